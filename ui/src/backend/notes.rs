//! Notes. A browser sends them to the server at once; a desktop app stores them on its disk first.

use medlane_shared::{
    api::{DiscardNote, SaveNote, SignNote},
    fault::{Code, Fault},
    ids::NoteId,
    lean,
    records::{NoteDiscard, NoteSave, NoteSign},
};
use serde_json::json;

use super::{call, desktop};

/// A saved draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavedNote {
    /// The id for the next save.
    pub id: NoteId,
    /// The version for the next save.
    pub version: i64,
    /// Whether the text has become a draft beside another one of the visit.
    pub is_beside: bool,
}

/// Saves a draft.
///
/// # Errors
/// The server's fault; in a desktop app [`Code::KeyringLocked`] if it cannot store anything.
pub async fn save_note(note: &NoteSave) -> Result<SavedNote, Fault> {
    if desktop::is_here() {
        let mut saved = desktop::ask("note_save", json!({ "note": note })).await?;
        let version = saved["version"].as_i64().ok_or(Code::Internal)?;
        let id = lean::read(saved["id"].take()).map_err(|_| Code::Internal)?;
        return Ok(SavedNote { id, version, is_beside: false });
    }
    let saved = call::<SaveNote>(&[&note.id.to_string()], note).await?;
    Ok(SavedNote { id: saved.id, version: saved.version, is_beside: saved.sibling_of.is_some() })
}

/// Signs a draft.
///
/// # Errors
/// As [`save_note`].
pub async fn sign_note(sign: &NoteSign) -> Result<(), Fault> {
    if desktop::is_here() {
        return desktop::ask("note_sign", json!({ "sign": sign })).await.map(drop);
    }
    call::<SignNote>(&[&sign.id.to_string()], sign).await.map(drop)
}

/// Throws a draft away. A desktop app does so without the network too, and tells the server later.
///
/// # Errors
/// [`Code::VersionStale`] if it was written on since, [`Code::NoteSigned`]; as [`save_note`].
pub async fn discard_note(discard: &NoteDiscard) -> Result<(), Fault> {
    if desktop::is_here() {
        return desktop::ask("note_throw_away", json!({ "discard": discard })).await.map(drop);
    }
    call::<DiscardNote>(&[&discard.id.to_string()], discard).await
}

/// Sends a refused note again, or deletes it. Only desktop apps keep refused notes.
///
/// # Errors
/// [`Code::NotFound`] if the note is not, or no longer, refused.
pub async fn settle_refused(id: NoteId, keep: bool) -> Result<(), Fault> {
    let command = if keep { "note_retry" } else { "note_discard" };
    desktop::ask(command, json!({ "id": id })).await.map(drop)
}
