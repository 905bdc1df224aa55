//! The commands of a kiosk's page to the app around it: printing, and tickets without the network. A browser has
//! neither.

use std::time::Duration;

use gloo_timers::future::sleep;
use medlane_shared::{
    api::SettleHeld,
    fault::{Code, Fault},
    ids::{ServiceId, TicketId},
    lean,
    queue::{CheckInRequest, HeldRequest, Label},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::paper::Picture;
use crate::backend::{ask_app, call, is_window};

/// A ticket that was given without the network.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Given {
    /// Its id.
    pub id: TicketId,
    /// The label that is printed and called.
    pub label: Label,
}

/// Whether tickets are printed here.
pub async fn prints() -> bool {
    is_window() && ask_app("kiosk_prints", json!({})).await == Ok(Value::Bool(true))
}

/// Prints a ticket.
///
/// # Errors
/// [`Code::PrinterGone`], [`Code::PaperOut`].
pub async fn print(picture: Picture) -> Result<(), Fault> {
    let Picture { width, height, dots } = picture;
    let picture = json!({ "width": width, "height": height, "dots": dots });
    ask_app("kiosk_print", json!({ "picture": picture })).await.map(drop)
}

/// Gives a ticket without the network.
///
/// # Errors
/// [`Code::Offline`] if this is not possible here.
pub async fn give(service: ServiceId, check_in: Option<CheckInRequest>) -> Result<Given, Fault> {
    if !is_window() {
        return Err(Code::Offline.into());
    }
    let given = ask_app("kiosk_give", json!({ "service": service, "check_in": check_in })).await?;
    lean::read(given).map_err(|_| Code::Internal.into())
}

/// The pause before the server is tried again.
pub const AGAIN: Duration = Duration::from_secs(3);
/// How often a browser tries to settle a ticket: for as long as the server holds it.
const TRIES: u32 = 100;

/// Settles a ticket: it becomes valid, or void. If the server is away, the app or this page tells it later.
///
/// # Errors
/// The server's fault.
pub async fn settle(id: TicketId, taken: bool) -> Result<(), Fault> {
    if is_window() {
        return ask_app("kiosk_settle", json!({ "id": id, "taken": taken })).await.map(drop);
    }
    let (id, request) = (id.to_string(), HeldRequest { taken });
    let mut told = call::<SettleHeld>(&[&id], &request).await;
    for _ in 1..TRIES {
        if !told.as_ref().is_err_and(|fault| fault.code.may_pass()) {
            break;
        }
        sleep(AGAIN).await;
        told = call::<SettleHeld>(&[&id], &request).await;
    }
    told.map(drop)
}
