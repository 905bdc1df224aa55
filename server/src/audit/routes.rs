//! The audit log over REST, and the live activity.

use std::{collections::BTreeSet, sync::Arc};

use axum::{Json, Router, extract::State, routing::get};
use medlane_shared::{
    access::{Action, Actor, Resource, may},
    audit::{Activity, AuditEntry, AuditQuery, AuditVerdict},
    clinic::Page,
    fault::Fault,
    ids::PersonId,
};

use super::{store, verify};
use crate::{
    app::App,
    engine::{Clinic, Core},
    gate::Sockets,
    http::{Caller, Query, Reply, page_before, page_limit, page_of},
    writer::{Entry, Noted, Once},
};

/// How many entries the live activity shows.
const ACTIVITY: i64 = 50;

/// The room's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/audit", get(list)).route("/api/v1/audit/verify", get(check))
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<AuditQuery>,
) -> Reply<Page<AuditEntry>> {
    may(&caller.actor, Action::AuditRead, &Resource::clinic())?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let limit = page_limit(query.limit)?;
    let before: Option<i64> = page_before(query.cursor.as_deref())?;
    let before = before.unwrap_or(i64::MAX);
    let items = entries(&app.core, &clinic, &query, before, limit + 1).await?;
    let (items, next) = page_of(items, limit, |entry| entry.seq.to_string());
    let entry = Entry::new("audit.read", format!("clinic:{}", clinic.id)).shown(patients(&items));
    app.writer.run(caller.by(Once::No), Noted(entry)).await?;
    Ok(Json(Page { items, next }))
}

/// The patients that the entries name.
pub fn patients(entries: &[AuditEntry]) -> impl Iterator<Item = PersonId> {
    entries.iter().flat_map(|entry| entry.patient_id.into_iter().chain(entry.shown.iter().map(|one| one.id)))
}

async fn entries(
    core: &Core,
    clinic: &Clinic,
    query: &AuditQuery,
    before: i64,
    limit: i64,
) -> Result<Vec<AuditEntry>, Fault> {
    let broken = |error: sqlx::Error| core.broken(&error);
    let mut conn = core.read().await?;
    let rows = store::audit_list(&mut conn, clinic.number, query, before, limit).await.map_err(broken)?;
    let read = |row: &store::Row| row.entry(clinic.id, &clinic.key);
    let mut entries: Vec<AuditEntry> = rows.iter().map(read).collect::<Result<_, _>>().map_err(broken)?;
    let mut shown = store::shown_list(&mut conn, &rows, query.patient_id).await.map_err(broken)?;
    for entry in &mut entries {
        (entry.shown_count, entry.shown) = shown.remove(&entry.seq).unwrap_or_default();
    }
    let people: BTreeSet<PersonId> =
        entries.iter().filter_map(|entry| entry.person_id).chain(patients(&entries)).collect();
    let people: Vec<PersonId> = people.into_iter().collect();
    let names = crate::identity::person_names(&mut conn, clinic.id, &people).await.map_err(broken)?;
    for entry in &mut entries {
        entry.person_name = entry.person_id.and_then(|id| names.get(&id).cloned());
        entry.patient_name = entry.patient_id.and_then(|id| names.get(&id).cloned());
        for patient in &mut entry.shown {
            patient.name = names.get(&patient.id).cloned();
        }
    }
    Ok(entries)
}

/// The clinic's live activity.
///
/// # Errors
/// A missing right.
pub async fn activity(core: &Core, clinic: &Clinic, actor: &Actor) -> Result<Activity, Fault> {
    may(actor, Action::ActivityRead, &Resource::clinic())?;
    let entries = entries(core, clinic, &AuditQuery::default(), i64::MAX, ACTIVITY).await?;
    Ok(Activity { entries, sockets: clinic.state::<Sockets>().count() })
}

async fn check(State(app): State<Arc<App>>, caller: Caller) -> Reply<AuditVerdict> {
    may(&caller.actor, Action::AuditRead, &Resource::clinic())?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let entry = Entry::new("audit.verify", format!("clinic:{}", clinic.id));
    app.writer.run(caller.by(Once::No), Noted(entry)).await?;
    let verdict = verify(&app.core, &clinic).await;
    Ok(Json(verdict.map_err(|error| app.core.broken(&error))?))
}
