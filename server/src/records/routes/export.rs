//! All data that the clinic keeps about the caller.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, header},
};
use medlane_shared::{
    access::{Action, Resource, may},
    api,
    fault::Code,
    identity::AccountExport,
    queue::TicketView,
};

use crate::{
    app::App,
    engine::own,
    http::{CallAnswer, Caller, Reply},
    identity::kept_of,
    notify::inbox::notice_list,
    queue::{history_list, past_tickets},
    records::note_views,
    writer::{Entry, Noted, Once},
};

/// The most visits in an export.
const VISITS_MAX: i64 = 1_000;

pub async fn export(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::ExportAccount> {
    let (person, present) = own(&caller.actor)?;
    let grant = may(&caller.actor, Action::SelfRead, &Resource::default().of(Some(person)))?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let now = app.core.now();
    let broken = |error: sqlx::Error| app.core.broken(&error);
    let mut conn = app.core.read().await?;
    let kept = kept_of(&mut conn, &grant, present, now).await.map_err(broken)?;
    let (view, dependants, sessions) = kept.ok_or(Code::SignedOut)?;
    let visits = history_list(&mut conn, &grant, None, VISITS_MAX).await.map_err(broken)?;
    let visits: Vec<TicketView> = past_tickets(&app.core, &clinic, &visits);
    let told = notice_list(&mut conn, &grant, VISITS_MAX).await.map_err(broken)?;
    let told = told.into_iter().map(|row| row.view(&clinic)).collect::<sqlx::Result<_>>().map_err(broken)?;
    drop(conn);
    let notes = note_views(&app.core, &grant).await?.items;
    // Health data is only sent after its audit entry is committed.
    let entry = Entry::new("account.export", format!("person:{person}")).patient(Some(person));
    app.writer.run(caller.by(Once::No), Noted::read(&grant, entry)).await?;
    let export = AccountExport { made_at: now, person: view, dependants, sessions, visits, notes, told };
    let name = HeaderValue::from_static("attachment; filename=\"medlane.json\"");
    Ok(CallAnswer::of(export).with(HeaderMap::from_iter([(header::CONTENT_DISPOSITION, name)])))
}
