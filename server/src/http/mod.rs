//! HTTP: the caller, the request, and the answer.

mod address;
mod answer;
mod body;
mod caller;
mod connections;
mod denied;
mod formats;
mod headers;
mod health;
mod openapi;
mod pace;
mod path;
mod refusal;
mod request_id;
mod routes;
mod session_needed;
mod shape;
mod signed_in;
mod web;

use std::sync::Arc;

use axum::{Router, middleware};

pub use answer::{CallAnswer, Reply};
pub use body::{Asked, Body, Late, Query, page_before, page_limit, page_of};
pub use caller::{Caller, Client, SOCKET, SeenVersion};
pub use connections::accept;
pub use denied::{denial, is_denial};
pub use health::metrics_alone;
pub use openapi::document;
pub use path::{Path, PathPair};
pub use refusal::Refusal;
pub use routes::{Answers, Routes, Taken, Takes};

use crate::app::App;

/// The rooms' calls and the server's own. Refused calls get their audit entries here.
pub fn calls(rooms: Routes, app: &Arc<App>) -> Router<Arc<App>> {
    rooms
        .into_router()
        .merge(health::routes())
        .merge(openapi::routes(app.config.http.docs))
        .layer(middleware::from_fn_with_state(app.clone(), signed_in::first))
        .layer(middleware::from_fn_with_state(app.clone(), denied::written_down))
        .method_not_allowed_fallback(refusal::method_not_allowed)
}

/// Adds the headers, the allowed origins and the pages to the calls.
pub fn layered(api: Router<Arc<App>>, app: Arc<App>) -> Router {
    web::serve(api.layer(headers::origins(&app.config.http.origins)), &app.config.web)
        .layer(middleware::from_fn_with_state(app.clone(), headers::common))
        .with_state(app)
}
