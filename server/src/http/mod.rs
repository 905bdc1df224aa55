//! HTTP: the caller, the request, and the answer.

mod address;
mod body;
mod caller;
mod connections;
mod denied;
mod doors;
mod formats;
mod headers;
mod health;
mod hello;
mod limits;
mod openapi;
mod pace;
mod path;
mod places;
mod refusal;
mod request_id;
mod shape;
mod signed_in;
mod sockets;
mod web;

use std::sync::Arc;

use axum::{Router, middleware};

pub use address::network;
pub use body::{Asked, Body, Query, body_of, page_before, page_limit, page_of};
pub use caller::{Caller, Client, SOCKET};
pub use connections::accept;
pub use denied::{denial, is_denial};
pub use doors::{Doors, Shown, SocketPlaces, left_out, raise_files};
pub use health::metrics_alone;
pub use limits::Limits;
pub use openapi::document;
pub use path::Path;
pub use places::{Full, Place};
pub use refusal::{Refusal, Reply};
pub use sockets::{SocketCount, Sockets};

use crate::app::App;

/// All routes of the server.
pub fn router(app: Arc<App>) -> Router {
    let api = Router::new()
        .merge(crate::identity::routes())
        .merge(crate::clinic::routes())
        .merge(crate::queue::routes())
        .merge(crate::records::routes())
        .merge(crate::audit::routes())
        .merge(crate::notify::routes())
        .merge(crate::sync::routes())
        .merge(health::routes())
        .merge(openapi::routes(app.config.http.docs))
        .layer(middleware::from_fn_with_state(app.clone(), signed_in::first))
        .layer(middleware::from_fn_with_state(app.clone(), denied::written_down))
        .method_not_allowed_fallback(refusal::method_not_allowed);
    layered(api, app)
}

/// Adds the headers, the allowed origins and the pages to the calls.
pub fn layered(api: Router<Arc<App>>, app: Arc<App>) -> Router {
    web::serve(api.layer(headers::origins(&app.config.http.origins)), &app.config.web)
        .layer(middleware::from_fn_with_state(app.clone(), headers::common))
        .with_state(app)
}
