//! What a kiosk's page asks the app around it: paper, and tickets while the network is away. In a browser there is neither.

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
    /// What is printed and called.
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
/// [`Code::Offline`] where that is not possible.
pub async fn give(service: ServiceId, check_in: Option<CheckInRequest>) -> Result<Given, Fault> {
    if !is_window() {
        return Err(Code::Offline.into());
    }
    let given = ask_app("kiosk_give", json!({ "service": service, "check_in": check_in })).await?;
    lean::read(given).map_err(|_| Code::Internal.into())
}

/// After what time it is tried again to reach the server.
pub const AGAIN: Duration = Duration::from_secs(3);
/// How often a browser tells it what became of a ticket: for as long as that is held.
const TRIES: u32 = 100;

/// Whether the same may go well later: the server is away, or has too much to do.
#[must_use]
pub fn may_pass(fault: &Fault) -> bool {
    fault.code.status() >= 500 || fault.code == Code::RateLimited
}

/// Says what became of a ticket: it counts, or is void. Where the server is away it is told later, by the app where there is one.
///
/// # Errors
/// The server's.
pub async fn settle(id: TicketId, taken: bool) -> Result<(), Fault> {
    if is_window() {
        return ask_app("kiosk_settle", json!({ "id": id, "taken": taken })).await.map(drop);
    }
    let (id, request) = (id.to_string(), HeldRequest { taken });
    let mut told = call::<SettleHeld>(&[&id], &request).await;
    for _ in 1..TRIES {
        if !told.as_ref().is_err_and(may_pass) {
            break;
        }
        sleep(AGAIN).await;
        told = call::<SettleHeld>(&[&id], &request).await;
    }
    told.map(drop)
}
