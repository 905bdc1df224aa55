//! Notes over REST.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    routing::{get, post, put},
};
use medlane_shared::{
    access::{Action, Reach, Resource, may},
    clinic::Page,
    fault::{Code, Fault, FieldCode},
    ids::{ClinicId, NoteId, PersonId},
    records::{DraftView, Note, NoteRef, NoteSave, NoteSign, NoteState, NotesOf},
};

use super::{Save, Sign, store};
use crate::{
    app::App,
    engine::Core,
    http::{Asked, Caller, Path, Query, Reply},
    identity::{merge::merged_ids, subject},
    keys::subject_keys,
    writer::{Entry, Noted, Once},
};

/// The room's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/users/me/export", get(super::export::export))
        .route("/api/v1/notes", get(list))
        .route("/api/v1/notes/drafts", get(drafts))
        .route("/api/v1/notes/{id}", put(save))
        .route("/api/v1/notes/{id}/sign", post(sign))
}

async fn list(State(app): State<Arc<App>>, caller: Caller, Query(of): Query<NotesOf>) -> Reply<Page<Note>> {
    let clinic = caller.actor.clinic();
    let person = caller.actor.person();
    // A doctor has the right of an author. The notes of other authors do not exist for them.
    let resource = Resource::default().of(Some(of.patient_id)).right(true);
    let grant = may(&caller.actor, Action::ChartRead, &resource)?;
    let author = person.filter(|_| grant.reach() == Reach::Right);
    subject(&app.core, clinic, of.patient_id).await?;
    let mut items = note_views(&app.core, clinic, of.patient_id, author).await?;
    items.retain(|note| author.is_some() || note.state == NoteState::Signed);
    let entry = Entry::new("note.read", format!("person:{}", of.patient_id)).patient(Some(of.patient_id));
    app.writer.run(caller.by(Once::No), Noted(entry)).await?;
    Ok(Json(Page { items, next: None }))
}

async fn drafts(State(app): State<Arc<App>>, caller: Caller) -> Reply<Page<DraftView>> {
    // Only the author is told that a draft exists.
    may(&caller.actor, Action::NoteWrite, &Resource::default().right(true))?;
    let author = caller.actor.person().ok_or(Code::Forbidden)?;
    let mut conn = app.core.read().await?;
    let rows = store::draft_list(&mut conn, caller.actor.clinic(), author).await;
    drop(conn);
    let rows = rows.map_err(|error| app.core.broken(&error))?;
    let items: Vec<DraftView> = rows.iter().filter_map(|row| DraftView::of(&row.note)).collect();
    let entry = Entry::new("note.list", format!("person:{author}"));
    let entry = entry.shown(items.iter().map(|draft| draft.patient_id));
    app.writer.run(caller.by(Once::No), Noted(entry)).await?;
    Ok(Json(Page { items, next: None }))
}

/// The unsealed notes of a patient. If an author is named, only that author's.
///
/// # Errors
/// [`Code::Internal`], [`Code::Overloaded`].
pub async fn note_views(
    core: &Core,
    clinic: ClinicId,
    patient: PersonId,
    author: Option<PersonId>,
) -> Result<Vec<Note>, Fault> {
    let broken = |error: sqlx::Error| core.broken(&error);
    let mut conn = core.read().await?;
    // Each note is sealed with the key of the patient that it was written for, also after a merge.
    let patients = merged_ids(&mut conn, clinic, patient).await.map_err(broken)?;
    let rows = store::note_list(&mut conn, clinic, &patients, author).await.map_err(broken)?;
    let ids: Vec<String> = patients.iter().map(ToString::to_string).collect();
    let keys = subject_keys(&mut conn, &core.root, clinic, &ids).await.map_err(broken)?;
    let open = |row: store::Sealed| keys.get(&row.note.patient_id.0).map(|key| row.open(clinic, key));
    // A note whose key was destroyed no longer exists. A note that cannot be decrypted with its key is an error.
    rows.into_iter().filter_map(open).collect::<Result<_, _>>().map_err(|error| broken(error.into()))
}

/// The stored note that an operation returned.
async fn shown(app: &App, caller: &Caller, of: NoteRef) -> Result<Note, Fault> {
    let clinic = caller.actor.clinic();
    let patient = subject(&app.core, clinic, of.patient_id).await?;
    let mut conn = app.core.read().await?;
    let row = store::note_by_id(&mut conn, clinic, of.id).await.map_err(|error| app.core.broken(&error))?;
    row.ok_or(Code::NotFound)?.open(clinic, &patient.key).map_err(|error| app.core.broken(&error.into()))
}

async fn save(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<NoteId>,
    Asked { body, once }: Asked<NoteSave>,
) -> Reply<Note> {
    if body.id != id {
        return Err(Fault::new(Code::Invalid).field("id", FieldCode::Address).into());
    }
    caller.about(body.patient_id);
    let op = Save::prepare(&app.core, &caller.actor, body).await?;
    let of = app.writer.run(caller.by(once), op).await?;
    Ok(Json(shown(&app, &caller, of).await?))
}

async fn sign(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<NoteId>,
    Asked { body, once }: Asked<NoteSign>,
) -> Reply<Note> {
    if body.id != id {
        return Err(Fault::new(Code::Invalid).field("id", FieldCode::Address).into());
    }
    let op = Sign::prepare(&app.core, &caller.actor, body).await?;
    let of = app.writer.run(caller.by(once), op).await?;
    Ok(Json(shown(&app, &caller, of).await?))
}
