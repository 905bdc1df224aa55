//! A patient's notes, opened; the versions of an author's unsigned ones.

use medlane_shared::{
    access::{Action, Actor, Grant, Resource, may},
    fault::{Code, Fault},
    records::{DraftVersions, Note},
};

use super::store;
use crate::{engine::Core, identity::merge::merged_ids, keys::subject_keys};

/// The versions of the caller's own unsigned notes. It names no patient.
///
/// # Errors
/// [`Code::Forbidden`] for callers who write no notes; [`Code::Internal`], [`Code::Overloaded`].
pub async fn draft_versions(core: &Core, actor: &Actor) -> Result<DraftVersions, Fault> {
    let grant = may(actor, Action::NoteWrite, &Resource::default().written_by(actor.person()))?;
    let mut conn = core.read().await?;
    let notes = store::draft_versions(&mut conn, &grant).await;
    Ok(DraftVersions { notes: notes.map_err(|error| core.broken(&error))? })
}

/// The notes of the grant's patient, as far as it reaches: an author's own, or the signed ones.
///
/// # Errors
/// [`Code::Internal`], [`Code::Overloaded`].
pub async fn note_views(core: &Core, grant: &Grant) -> Result<Vec<Note>, Fault> {
    let broken = |error: sqlx::Error| core.broken(&error);
    let patient = grant.resource().owner.ok_or(Code::Internal)?;
    let clinic = grant.clinic();
    let mut conn = core.read().await?;
    // Each note is sealed with the key of the patient that it was written for, also after a merge.
    let patients = merged_ids(&mut conn, clinic, patient).await.map_err(broken)?;
    let rows = store::note_list(&mut conn, grant, &patients).await.map_err(broken)?;
    let ids: Vec<String> = patients.iter().map(ToString::to_string).collect();
    let keys = subject_keys(&mut conn, &core.root, clinic, &ids).await.map_err(broken)?;
    let open = |row: store::Sealed| keys.get(&row.head.patient_id.0).map(|key| row.open(grant, key));
    // A note whose key was destroyed no longer exists. A note that cannot be decrypted with its key is an error.
    rows.into_iter().filter_map(open).collect::<Result<_, _>>().map_err(|error| broken(error.into()))
}
