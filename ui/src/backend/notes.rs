//! Notes. A browser sends them to the server at once; a desktop app stores them on its disk first.

use medlane_shared::{
    api::{SaveNote, SignNote},
    fault::{Code, Fault},
    ids::NoteId,
    lean,
    records::{NoteSave, NoteSign},
};
use serde_json::json;

use super::{call, desktop};

/// Saves a draft. Returns the id and version for the next save.
///
/// # Errors
/// The server's fault; in a desktop app [`Code::KeyringLocked`] if it cannot store anything.
pub async fn save_note(note: &NoteSave) -> Result<(NoteId, i64), Fault> {
    if desktop::is_here() {
        let mut saved = desktop::ask("note_save", json!({ "note": note })).await?;
        let version = saved["version"].as_i64().ok_or(Code::Internal)?;
        return Ok((lean::read(saved["id"].take()).map_err(|_| Code::Internal)?, version));
    }
    call::<SaveNote>(&[&note.id.to_string()], note).await.map(|note| (note.id, note.version))
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

/// Sends a refused note again, or deletes it. Only desktop apps keep refused notes.
///
/// # Errors
/// [`Code::NotFound`] if the note is not, or no longer, refused.
pub async fn settle_refused(id: NoteId, keep: bool) -> Result<(), Fault> {
    let command = if keep { "note_retry" } else { "note_discard" };
    desktop::ask(command, json!({ "id": id })).await.map(drop)
}
