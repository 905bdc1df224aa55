//! The entries of the log as they are shown, and the live activity.

use std::collections::BTreeSet;

use medlane_shared::{
    access::{Action, Actor, Resource, may},
    audit::{Activity, AuditEntry, AuditQuery},
    fault::Fault,
    ids::PersonId,
};

use super::store;
use crate::{
    engine::{Clinic, Core},
    gate::Sockets,
    identity::person_names,
};

/// How many entries the live activity shows.
const ACTIVITY: i64 = 50;

/// The patients that the entries name.
pub fn patients(entries: &[AuditEntry]) -> impl Iterator<Item = PersonId> {
    entries.iter().flat_map(|entry| entry.patient_id.into_iter().chain(entry.shown.iter().map(|one| one.id)))
}

pub(super) async fn entries(
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
    let about = entries.iter().flat_map(|entry| entry.person_id.into_iter().chain(entry.about()));
    let people: BTreeSet<PersonId> = about.chain(patients(&entries)).collect();
    let people: Vec<PersonId> = people.into_iter().collect();
    let names = person_names(&mut conn, clinic.id, &people).await.map_err(broken)?;
    for entry in &mut entries {
        entry.person_name = entry.person_id.and_then(|id| names.get(&id).cloned());
        entry.target_name = entry.about().and_then(|id| names.get(&id).cloned());
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
