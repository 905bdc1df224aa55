//! The socket: drives the sessions of the protocol in `shared` over axum's WebSocket.

mod boards;
mod intents;
mod replica;
mod socket;
mod store;
mod topics;

pub use boards::Boards;

use std::sync::Arc;

use axum::{
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::HeaderMap,
    response::Response,
    routing::get,
};
use medlane_shared::{
    fault::{Code, Fault, FieldCode},
    sync::{ACCESS_HEADER, FRAME_MAX_BYTES},
};
use tracing::Instrument as _;

pub use store::answer_prune;

use crate::{
    app::App,
    gate::Shown,
    http::{Caller, Client, Refusal, Routes, SOCKET},
};

/// The read buffer of a socket, in bytes. The default would need 128 KiB for each.
const READ_BUFFER: usize = 2_048;

/// The room's route.
pub fn routes() -> Routes {
    Routes::new().plain(SOCKET, get(open))
}

async fn open(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    client: Client,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refusal> {
    let upgrade = upgrade.map_err(|_| Fault::new(Code::Malformed).field("Upgrade", FieldCode::Websocket))?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    // The place is taken before the upgrade is answered, so that a socket without a place costs nothing more. A token
    // that is not valid counts as no token: the answer to the hello says why.
    let shown = headers.get(ACCESS_HEADER).and_then(|token| token.to_str().ok());
    let known = shown.and_then(|token| crate::identity::known(&app.core, token, None).ok());
    // A browser cannot send this header. Its cookie proves its session.
    let session = || crate::identity::session_shown(&app.core, &clinic, &client).map(Shown::Session);
    let shown = known.map(|known| Shown::Who(known.who)).or_else(session);
    let places = app.doors.socket(caller.ip, shown)?;
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(FRAME_MAX_BYTES)
        .max_frame_size(FRAME_MAX_BYTES);
    // The log lines of the socket name the request that opened it.
    let span = tracing::Span::current();
    Ok(upgrade.on_upgrade(move |socket| socket::run(app, clinic, caller.ip, places, socket).instrument(span)))
}
