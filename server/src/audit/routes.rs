//! The audit log over REST, and the live activity.

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::get};
use medlane_shared::{
    access::{Action, Resource, may},
    audit::{AuditEntry, AuditQuery, AuditState, AuditVerdict},
    clinic::Page,
};

use super::{
    verify::verify,
    views::{entries, patients},
};
use crate::{
    app::App,
    http::{Caller, Query, Reply, page_before, page_limit, page_of},
    writer::{Entry, Noted, Once},
};

/// The room's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/audit", get(list))
        .route("/api/v1/audit/verify", get(check))
        .route("/api/v1/audit/state", get(state))
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

async fn check(State(app): State<Arc<App>>, caller: Caller) -> Reply<AuditVerdict> {
    may(&caller.actor, Action::AuditRead, &Resource::clinic())?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let entry = Entry::new("audit.verify", format!("clinic:{}", clinic.id));
    app.writer.run(caller.by(Once::No), Noted(entry)).await?;
    let verdict = verify(&app.core, &clinic).await;
    Ok(Json(verdict.map_err(|error| app.core.broken(&error))?))
}

async fn state(State(app): State<Arc<App>>, caller: Caller) -> Reply<AuditState> {
    may(&caller.actor, Action::AuditRead, &Resource::clinic())?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let trust = &clinic.trust;
    let is_signed = trust.broken().is_none();
    Ok(Json(AuditState { first_bad: trust.bad(), is_signed, checked_at: trust.checked() }))
}
