//! The calls of all rooms.

use std::sync::Arc;

use axum::Router;

use crate::{app::App, audit, clinic, http, identity, notify, queue, records, sync};

/// All routes of the server.
pub fn router(app: Arc<App>) -> Router {
    let rooms = Router::new()
        .merge(identity::routes())
        .merge(clinic::routes())
        .merge(queue::routes())
        .merge(records::routes())
        .merge(audit::routes())
        .merge(notify::routes())
        .merge(sync::routes());
    let api = http::calls(rooms, &app);
    http::layered(api, app)
}
