//! The calls of all rooms.

use std::sync::Arc;

use axum::Router;

use crate::{
    app::App,
    audit, clinic,
    http::{self, Routes},
    identity, notify, queue, records, sync,
};

/// All routes of the server.
pub fn router(app: Arc<App>) -> Router {
    let api = http::calls(rooms(), &app);
    http::layered(api, app)
}

/// The routes of all rooms.
fn rooms() -> Routes {
    Routes::new()
        .and(identity::routes())
        .and(clinic::routes())
        .and(queue::routes())
        .and(records::routes())
        .and(audit::routes())
        .and(notify::routes())
        .and(sync::routes())
}

#[cfg(test)]
mod tests {
    use medlane_shared::api::CALLS;

    use super::*;

    #[test]
    fn every_call_has_a_route() {
        let rooms = rooms();
        let mut bound = rooms.calls().to_vec();
        let mut calls: Vec<&str> = CALLS.iter().map(|call| call.name).collect();
        bound.sort_unstable();
        calls.sort_unstable();
        assert_eq!(bound, calls);
    }
}
