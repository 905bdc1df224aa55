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

/// How often, and after what time, a browser tells the server again what became of a ticket.
const TRIES: u32 = 100;
const BETWEEN: Duration = Duration::from_secs(3);

/// Says what became of a ticket: it counts, or is void. Where the server is away it is told later, by the app where there is one.
///
/// # Errors
/// The server's.
pub async fn settle(id: TicketId, taken: bool) -> Result<(), Fault> {
    if is_window() {
        return ask_app("kiosk_settle", json!({ "id": id, "taken": taken })).await.map(drop);
    }
    for _ in 0..TRIES {
        match call::<SettleHeld>(&[&id.to_string()], &HeldRequest { taken }).await {
            Err(Fault { code: Code::Offline, .. }) => sleep(BETWEEN).await,
            told => return told.map(drop),
        }
    }
    Err(Code::Offline.into())
}
