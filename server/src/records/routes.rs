//! Notes over REST.

mod export;

use std::sync::Arc;

use axum::extract::State;
use medlane_shared::{
    access::{Action, Resource, may},
    api,
    clinic::Page,
    fault::{Code, Fault, FieldCode},
    ids::NoteId,
    records::{DraftView, Note, NoteRef},
};

use super::{
    ops::{Discard, Save, Sign},
    store,
    views::note_views,
};
use crate::{
    app::App,
    engine::IntentOp as _,
    http::{Asked, CallAnswer, Caller, Path, Query, Reply, Routes},
    identity::subject,
    queue::chart_of,
    writer::{Entry, Noted, Once},
};

/// The room's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::ExportAccount, export::export)
        .on(api::ListNotes, list)
        .on(api::ListDrafts, drafts)
        .on(api::SaveNote, save)
        .on(api::SignNote, sign)
        .on(api::DiscardNote, discard)
}

async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(of): Query<api::ListNotes>,
) -> Reply<api::ListNotes> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let chart = chart_of(&clinic, of.patient_id, &caller.actor);
    let grant = may(&caller.actor, Action::ChartRead, &chart)?;
    subject(&app.core, clinic.id, of.patient_id).await?;
    let notes = note_views(&app.core, &grant).await?;
    // To a doctor whose patient this is not, an empty list would read as an empty chart, and be a look into it in the log.
    if notes.items.is_empty() && grant.author().is_some() {
        caller.about(of.patient_id);
        return Err(Code::NotFound.into());
    }
    let entry = Entry::new("note.read", format!("person:{}", of.patient_id)).patient(Some(of.patient_id));
    app.writer.run(caller.by(Once::No), Noted::read(&grant, entry)).await?;
    Ok(CallAnswer::of(notes))
}

async fn drafts(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::ListDrafts> {
    // Only the author is told that a draft exists.
    let grant =
        may(&caller.actor, Action::NoteWrite, &Resource::default().written_by(caller.actor.person()))?;
    let author = caller.actor.person().ok_or(Code::Forbidden)?;
    let items = store::draft_list(&mut app.core.read().await?, &grant).await;
    let items: Vec<DraftView> = items.map_err(|error| app.core.broken(&error))?;
    let entry = Entry::new("note.list", format!("person:{author}"));
    let entry = entry.shown(items.iter().map(|draft| draft.patient_id));
    app.writer.run(caller.by(Once::No), Noted::read(&grant, entry)).await?;
    Ok(CallAnswer::of(Page { items, next: None }))
}

/// The stored note that an operation returned, if the caller may read it.
async fn shown(app: &App, caller: &Caller, of: NoteRef) -> Result<Note, Fault> {
    let clinic = caller.actor.clinic();
    let patient = subject(&app.core, clinic, of.patient_id).await?;
    let mut conn = app.core.read().await?;
    let row = store::note_by_id(&mut conn, clinic, of.id).await.map_err(|error| app.core.broken(&error))?;
    let row = row.ok_or(Code::NotFound)?;
    let grant = may(&caller.actor, Action::ChartRead, &row.head.resource())?;
    row.open(&grant, &patient.key).map_err(|error| app.core.broken(&error.into()))
}

async fn save(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<NoteId>,
    Asked { body, once }: Asked<api::SaveNote>,
) -> Reply<api::SaveNote> {
    if body.id != id {
        return Err(Fault::new(Code::Invalid).field("id", FieldCode::Address).into());
    }
    caller.about(body.patient_id);
    let op = Save::prepare(&app.core, &caller.actor, body).await?;
    let of = app.writer.run(caller.by(once), op).await?;
    Ok(CallAnswer::of(shown(&app, &caller, of).await?))
}

async fn sign(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<NoteId>,
    Asked { body, once }: Asked<api::SignNote>,
) -> Reply<api::SignNote> {
    if body.id != id {
        return Err(Fault::new(Code::Invalid).field("id", FieldCode::Address).into());
    }
    let op = Sign::prepare(&app.core, &caller.actor, body).await?;
    let of = app.writer.run(caller.by(once), op).await?;
    Ok(CallAnswer::of(shown(&app, &caller, of).await?))
}

async fn discard(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<NoteId>,
    Asked { body, once }: Asked<api::DiscardNote>,
) -> Reply<api::DiscardNote> {
    if body.id != id {
        return Err(Fault::new(Code::Invalid).field("id", FieldCode::Address).into());
    }
    let op = Discard::prepare(&app.core, &caller.actor, body).await?;
    app.writer.run(caller.by(once), op).await?;
    Ok(CallAnswer::of(()))
}
