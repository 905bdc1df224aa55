//! Notes: with the server at once in a browser; first on the disk in a desktop app.

use medlane_shared::{
    api::{SaveNote, SignNote},
    fault::{Code, Fault},
    ids::NoteId,
    lean,
    records::{NoteSave, NoteSign},
};
use serde_json::json;

use super::{call, desktop};

/// Saves a draft; answers the id and version to go on from.
///
/// # Errors
/// The server's fault; in a desktop app [`Code::KeyringLocked`] where nothing can be kept.
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

/// Sends a refused note again, or deletes it. Only a desktop app has any.
///
/// # Errors
/// [`Code::NotFound`] where it is not refused (any more).
pub async fn settle_refused(id: NoteId, keep: bool) -> Result<(), Fault> {
    let command = if keep { "note_retry" } else { "note_discard" };
    desktop::ask(command, json!({ "id": id })).await.map(drop)
}
