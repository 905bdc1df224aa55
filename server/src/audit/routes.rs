//! The audit log over REST, and the live activity.

use std::sync::Arc;

use axum::extract::State;
use medlane_shared::{
    access::{Action, Resource, may},
    api,
    audit::{AuditExport, AuditState, EXPORT_MAX},
    clinic::Page,
    ids::PersonId,
};
use serde_json::json;

use super::{
    days::Span,
    lines::lines,
    store::Wanted,
    verify::verify,
    views::{entries, patients, shown_page, whole},
};
use crate::{
    app::App,
    clinic::Catalogue,
    http::{CallAnswer, Caller, Query, Reply, Routes, page_before, page_limit, page_of},
    writer::{Entry, Noted, Once},
};

/// The room's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::ListAudit, list)
        .on(api::ListAuditPatients, shown)
        .on(api::ExportAudit, export)
        .on(api::VerifyAudit, check)
        .on(api::GetAuditState, state)
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<api::ListAudit>,
) -> Reply<api::ListAudit> {
    let grant = may(&caller.actor, Action::AuditRead, &Resource::clinic())?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let limit = page_limit(query.limit)?;
    let before: Option<i64> = page_before(query.cursor.as_deref())?;
    let span = Span::of(&query, &clinic.state::<Catalogue>().zone())?;
    let wanted = Wanted { query: &query, span, before: before.unwrap_or(i64::MAX), limit: limit + 1 };
    let items = entries(&app.core, (&clinic, &grant), &wanted).await?;
    let (items, next) = page_of(items, limit, |entry| entry.seq.to_string());
    let entry = Entry::new("audit.read", format!("clinic:{}", clinic.id)).shown(patients(&items));
    app.writer.run(caller.by(Once::No), Noted::read(&grant, entry)).await?;
    Ok(CallAnswer::of(Page { items, next }))
}

async fn shown(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<api::ListAuditPatients>,
) -> Reply<api::ListAuditPatients> {
    let grant = may(&caller.actor, Action::AuditRead, &Resource::clinic())?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let limit = page_limit(query.limit)?;
    let after: Option<PersonId> = page_before(query.cursor.as_deref())?;
    let items = shown_page(&app.core, (&clinic, &grant), query.seq, after, limit + 1).await?;
    let (items, next) = page_of(items, limit, |patient| patient.id.to_string());
    let entry = Entry::new("audit.read", format!("audit:{}", query.seq));
    let entry = entry.shown(items.iter().map(|patient| patient.id));
    app.writer.run(caller.by(Once::No), Noted::read(&grant, entry)).await?;
    Ok(CallAnswer::of(Page { items, next }))
}

async fn export(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(query): Query<api::ExportAudit>,
) -> Reply<api::ExportAudit> {
    let grant = may(&caller.actor, Action::AuditRead, &Resource::clinic())?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let asked = json!(query);
    let (format, query) = (query.format, query.entries());
    let before: Option<i64> = page_before(query.cursor.as_deref())?;
    let zone = clinic.state::<Catalogue>().zone();
    let span = Span::of(&query, &zone)?;
    let limit = i64::from(EXPORT_MAX);
    let wanted = Wanted { query: &query, span, before: before.unwrap_or(i64::MAX), limit: limit + 1 };
    let items = whole(&app.core, (&clinic, &grant), &wanted).await?;
    let (items, next) = page_of(items, limit, |entry| entry.seq.to_string());
    let text = lines(&items, format, &zone, before.is_none());
    let text = text.map_err(|error| app.core.broken(&sqlx::Error::Encode(error.into())))?;
    let entries = u32::try_from(items.len()).unwrap_or(u32::MAX);
    let range = items.last().zip(items.first()).map(|(last, first)| (last.seq, first.seq));
    // The file leaves the clinic's hands: the log says what was asked for, and what it holds.
    let entry = Entry::new("audit.export", format!("clinic:{}", clinic.id))
        .shown(patients(&items))
        .detail(json!({ "asked": asked, "entries": entries, "range": range }));
    app.writer.run(caller.by(Once::No), Noted::read(&grant, entry)).await?;
    Ok(CallAnswer::of(AuditExport { entries, text, next }))
}

async fn check(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::VerifyAudit> {
    let grant = may(&caller.actor, Action::AuditRead, &Resource::clinic())?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let entry = Entry::new("audit.verify", format!("clinic:{}", clinic.id));
    app.writer.run(caller.by(Once::No), Noted::read(&grant, entry)).await?;
    let verdict = verify(&app.core, &clinic).await;
    Ok(CallAnswer::of(verdict.map_err(|error| app.core.broken(&error))?))
}

async fn state(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::GetAuditState> {
    may(&caller.actor, Action::AuditRead, &Resource::clinic())?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let trust = &clinic.trust;
    let is_signed = trust.broken().is_none();
    Ok(CallAnswer::of(AuditState { first_bad: trust.bad(), is_signed, checked_at: trust.checked() }))
}
