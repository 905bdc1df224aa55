//! Refuses a caller who is not signed in before anything else of the request is checked: its path, body and other
//! headers.

use std::sync::Arc;

use axum::{
    extract::{FromRequestParts as _, Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use super::{Caller, session_needed::is_needed};
use crate::app::App;

/// Identifies the caller before the call's own extractors run; these find the caller in the request.
pub(super) async fn first(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if is_needed(&parts)
        && let Err(refusal) = Caller::from_request_parts(&mut parts, &app).await
    {
        return refusal.into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}
