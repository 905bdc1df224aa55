//! The commands that windows may call, each one line to the core. A capability file names the commands of its window.

use std::sync::Arc;

use medlane_shared::{
    fault::{Code, Fault},
    identity::ConfirmNeeds,
    ids::{NoteId, ServiceId, TicketId},
    queue::CheckInRequest,
    records::{NoteDiscard, NoteSave, NoteSign},
    sync::Topic,
};
use tauri::State;

use crate::{
    kiosk::{Given, Kiosk, Picture},
    records::Saved,
    session::{Request, Standing},
    workstation::Workstation,
};

type Asked<'a> = State<'a, Workstation>;

#[tauri::command]
pub async fn resume(asked: Asked<'_>) -> Result<Standing, Fault> {
    asked.resume().await
}

#[tauri::command]
pub async fn sign_in(asked: Asked<'_>, email: String, password: String) -> Result<Standing, Fault> {
    asked.sign_in(email, password).await
}

#[tauri::command]
pub async fn pass_factor(asked: Asked<'_>, code: String) -> Result<Standing, Fault> {
    asked.pass_factor(code).await
}

#[tauri::command]
pub async fn confirm(
    asked: Asked<'_>,
    password: String,
    code: Option<String>,
) -> Result<Option<ConfirmNeeds>, Fault> {
    asked.session().confirm(password, code).await
}

#[tauri::command]
pub async fn lock(asked: Asked<'_>) -> Result<Standing, Fault> {
    asked.lock().await
}

#[tauri::command]
pub async fn unlock(asked: Asked<'_>, password: String) -> Result<Standing, Fault> {
    asked.unlock(password).await
}

#[tauri::command]
pub async fn sign_out(asked: Asked<'_>) -> Result<Standing, Fault> {
    asked.sign_out().await
}

#[tauri::command]
pub async fn enrol(asked: Asked<'_>, code: String) -> Result<Standing, Fault> {
    asked.enrol(code).await
}

#[tauri::command]
pub async fn trust_clinic(asked: Asked<'_>, code: String) -> Result<Standing, Fault> {
    asked.trust_clinic(&code).await
}

#[tauri::command]
pub async fn call(
    asked: Asked<'_>,
    kiosk: State<'_, Option<Arc<Kiosk>>>,
    request: Request,
) -> Result<String, Fault> {
    match kiosk.inner() {
        Some(kiosk) => kiosk.call(&request).await,
        None => asked.call(request).await,
    }
}

#[tauri::command]
pub async fn kiosk_prints(kiosk: State<'_, Option<Arc<Kiosk>>>) -> Result<bool, Fault> {
    Ok(kiosk.inner().as_ref().is_some_and(|kiosk| kiosk.prints()))
}

#[tauri::command]
pub async fn kiosk_print(kiosk: State<'_, Option<Arc<Kiosk>>>, picture: Picture) -> Result<(), Fault> {
    here(&kiosk)?.print(&picture).await
}

#[tauri::command]
pub async fn kiosk_give(
    kiosk: State<'_, Option<Arc<Kiosk>>>,
    service: ServiceId,
    check_in: Option<CheckInRequest>,
) -> Result<Given, Fault> {
    here(&kiosk)?.give(service, check_in)
}

#[tauri::command]
pub async fn kiosk_settle(
    kiosk: State<'_, Option<Arc<Kiosk>>>,
    id: TicketId,
    taken: bool,
) -> Result<(), Fault> {
    here(&kiosk)?.settle(id, taken).await
}

/// This app's kiosk; a board has none.
fn here<'a>(kiosk: &'a State<'_, Option<Arc<Kiosk>>>) -> Result<&'a Kiosk, Fault> {
    kiosk.inner().as_deref().ok_or_else(|| Code::Forbidden.into())
}

#[tauri::command]
pub async fn follow(asked: Asked<'_>, topic: Topic) -> Result<(), Fault> {
    asked.follow(topic).await
}

#[tauri::command]
pub async fn unfollow(asked: Asked<'_>, topic: Topic) -> Result<(), Fault> {
    asked.unfollow(topic).await
}

#[tauri::command]
pub async fn note_save(asked: Asked<'_>, note: NoteSave) -> Result<Saved, Fault> {
    asked.note_save(note).await
}

#[tauri::command]
pub async fn note_sign(asked: Asked<'_>, sign: NoteSign) -> Result<bool, Fault> {
    asked.note_sign(sign).await
}

#[tauri::command]
pub async fn note_throw_away(asked: Asked<'_>, discard: NoteDiscard) -> Result<bool, Fault> {
    asked.note_throw_away(discard).await
}

#[tauri::command]
pub async fn note_retry(asked: Asked<'_>, id: NoteId) -> Result<(), Fault> {
    asked.note_retry(id).await
}

#[tauri::command]
pub async fn note_discard(asked: Asked<'_>, id: NoteId) -> Result<(), Fault> {
    asked.note_discard(id).await
}
