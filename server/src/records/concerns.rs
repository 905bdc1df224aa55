//! The patient whom a path concerns that names a note.

use futures_util::future::BoxFuture;
use medlane_shared::ids::{NoteId, PersonId};

use super::note_row;
use crate::engine::{Clinic, Core};

/// The patient of a note.
pub fn note_concerned<'a>(
    core: &'a Core,
    clinic: &'a Clinic,
    id: &'a str,
) -> BoxFuture<'a, Option<PersonId>> {
    Box::pin(async move {
        let id: NoteId = id.parse().ok()?;
        let mut conn = core.read().await.ok()?;
        let note = note_row(&mut conn, clinic.id, id).await.ok()??;
        Some(note.head.patient_id)
    })
}
