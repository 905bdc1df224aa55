//! Records: the consultation note (PRODUCT §6), so far.

use serde::{Deserialize, Serialize};

use crate::{
    fault::{Code, Fault},
    ids::{NoteId, PersonId, TicketId},
    time::Timestamp,
};

/// The most characters that a note takes: with every one escaped or of four bytes it still fits a frame.
pub const NOTE_MAX_CHARS: usize = 10_000;

/// Draft until it is signed; then immutable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum NoteState {
    /// Can be changed by its author.
    Draft,
    /// Fixed; addenda only.
    Signed,
}

/// A consultation note (FHIR `Composition`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Note {
    /// Its id, made by the writer's device.
    pub id: NoteId,
    /// Whose visit.
    pub patient_id: PersonId,
    /// The patient's name.
    pub patient_name: String,
    /// The ticket of the visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketId>,
    /// Who wrote it.
    pub author_id: PersonId,
    /// The text.
    pub text: String,
    /// Draft or signed.
    pub state: NoteState,
    /// Grows by one with every change.
    pub version: i64,
    /// Written from a version that was not the last: the two drafts stand side by side, and the author chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sibling_of: Option<NoteId>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
}

/// `PUT /notes/{id}` and intent `note.save`: the whole text of a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NoteSave {
    /// The note; a new id begins one.
    pub id: NoteId,
    /// Whose visit.
    pub patient_id: PersonId,
    /// The ticket of the visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<TicketId>,
    /// The text, at most [`NOTE_MAX_CHARS`].
    pub text: String,
    /// The version that the writer saw; 0 for a new note.
    pub version: i64,
}

/// `POST /notes/{id}/sign` and intent `note.sign`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NoteSign {
    /// The note.
    pub id: NoteId,
    /// The version that the signer saw.
    pub version: i64,
}

/// `GET /notes?patient_id=`: the notes of one patient that the caller may read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct NotesOf {
    /// The patient.
    pub patient_id: PersonId,
}

/// The answer to an intent about a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteRef {
    /// Which; another than asked for where the text became a draft beside it.
    pub id: NoteId,
    /// Its version afterwards.
    pub version: i64,
    /// Whose visit.
    pub patient_id: PersonId,
}

/// A note that is kept on the workstation, since the server refused it: what the page shows of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoteRefused {
    /// The id that its writer began with.
    pub id: NoteId,
    /// The text, which is nowhere else.
    pub text: String,
    /// When it was last typed at.
    pub written_at: Timestamp,
    /// Why.
    pub fault: Fault,
}

/// What saving does to the note that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveEffect {
    /// A new note, version 1.
    Begin,
    /// The draft takes the text and its next version.
    Replace,
    /// The text was written from an older version: it becomes a draft beside the other.
    Sibling,
}

/// Decides what saving `version` does, given the note as it is.
///
/// # Errors
/// [`Code::NoteSigned`] once it is signed, [`Code::NotFound`] where a version is named of a note that is not there.
pub fn save_effect(present: Option<(NoteState, i64)>, version: i64) -> Result<SaveEffect, Code> {
    match present {
        None if version == 0 => Ok(SaveEffect::Begin),
        None => Err(Code::NotFound),
        Some((NoteState::Signed, _)) => Err(Code::NoteSigned),
        Some((NoteState::Draft, now)) if now == version => Ok(SaveEffect::Replace),
        Some((NoteState::Draft, _)) => Ok(SaveEffect::Sibling),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_written_from_an_old_version_never_overwrites() {
        assert_eq!(save_effect(None, 0), Ok(SaveEffect::Begin));
        assert_eq!(save_effect(None, 3), Err(Code::NotFound));
        assert_eq!(save_effect(Some((NoteState::Draft, 3)), 3), Ok(SaveEffect::Replace));
        assert_eq!(save_effect(Some((NoteState::Draft, 4)), 3), Ok(SaveEffect::Sibling));
        assert_eq!(save_effect(Some((NoteState::Signed, 4)), 4), Err(Code::NoteSigned));
    }
}
