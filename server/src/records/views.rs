//! A patient's notes, opened; the versions of an author's unsigned ones.

use medlane_shared::{
    access::{Action, Actor, Evidence, Grant, Resource, may},
    fault::{Code, Fault},
    ids::PersonId,
    records::{ChartMoves, ChartNotes, DraftVersions},
};

use super::store;
use crate::{
    engine::{Clinic, Core},
    identity::merge::merged_ids,
    keys::subject_keys,
    queue::chart_of,
};

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

/// How often a patient's chart has changed. It says nothing of the notes.
///
/// # Errors
/// [`Code::Internal`], [`Code::Overloaded`].
pub async fn chart_moves(core: &Core, grant: &Grant) -> Result<ChartMoves, Fault> {
    let patient = grant.resource().owner.ok_or(Code::Internal)?;
    let mut conn = core.read().await?;
    let moves = async {
        let patients = merged_ids(&mut conn, grant.clinic(), patient).await?;
        store::chart_moves(&mut conn, grant, &patients).await
    };
    Ok(ChartMoves { moves: moves.await.map_err(|error| core.broken(&error))? })
}

/// Whether the right is that of a doctor who reads what others have signed.
fn opens_to_a_doctor(grant: &Grant) -> bool {
    !matches!(grant.evidence(), Evidence::Own | Evidence::Author)
}

/// The right to follow the changes of a patient's chart.
///
/// # Errors
/// [`Code::NotFound`], [`Code::Forbidden`] for callers who may not read the chart.
pub fn may_follow_chart(clinic: &Clinic, actor: &Actor, patient: PersonId) -> Result<Grant, Fault> {
    let grant = may(actor, Action::ChartRead, &chart_of(clinic, patient, actor))?;
    if !opens_to_a_doctor(&grant) {
        // Neither a patient nor a doctor who wrote in the chart once learns of unsigned notes.
        return Err(Code::NotFound.into());
    }
    Ok(grant)
}

/// The notes of the grant's patient, as far as it reaches: the caller's own, and by any other right than an author's the
/// signed ones.
///
/// # Errors
/// [`Code::Internal`], [`Code::Overloaded`].
pub async fn note_views(core: &Core, grant: &Grant) -> Result<ChartNotes, Fault> {
    let broken = |error: sqlx::Error| core.broken(&error);
    let patient = grant.resource().owner.ok_or(Code::Internal)?;
    let clinic = grant.clinic();
    let mut conn = core.read().await?;
    // Each note is sealed with the key of the patient that it was written for, also after a merge.
    let patients = merged_ids(&mut conn, clinic, patient).await.map_err(broken)?;
    let moves = if opens_to_a_doctor(grant) {
        store::chart_moves(&mut conn, grant, &patients).await.map_err(broken)?
    } else {
        0
    };
    let rows = store::note_list(&mut conn, grant, &patients).await.map_err(broken)?;
    let begun = store::begun_list(&mut conn, grant, &patients).await.map_err(broken)?;
    let ids: Vec<String> = patients.iter().map(ToString::to_string).collect();
    let keys = subject_keys(&mut conn, &core.root, clinic, &ids).await.map_err(broken)?;
    let open = |row: store::Sealed| keys.get(&row.head.patient_id.0).map(|key| row.open(grant, key));
    // A note whose key was destroyed no longer exists. A note that cannot be decrypted with its key is an error.
    let items = rows.into_iter().filter_map(open).collect::<Result<_, _>>();
    Ok(ChartNotes {
        items: items.map_err(|error| broken(error.into()))?,
        begun,
        moves,
        ..ChartNotes::default()
    })
}
