//! Refuses a caller who is not signed in before anything else of the request is checked: its path, body and other
//! headers.

use std::{collections::HashMap, sync::Arc, sync::LazyLock};

use axum::{
    extract::{FromRequestParts as _, MatchedPath, Request, State},
    http::{Method, request::Parts},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use medlane_shared::api::{CALLS, CallSpec};

use super::Caller;
use crate::app::App;

static BY_ROUTE: LazyLock<HashMap<(&str, &str), &CallSpec>> =
    LazyLock::new(|| CALLS.iter().map(|call| ((call.path, call.method.text()), call)).collect());

/// Whether a request needs a session: its call is in the table of calls, and is not open to everyone.
pub(super) fn is_needed(parts: &Parts) -> bool {
    let method = if parts.method == Method::HEAD { Method::GET } else { parts.method.clone() };
    let path = parts.extensions.get::<MatchedPath>();
    let call = path.and_then(|path| BY_ROUTE.get(&(path.as_str(), method.as_str())));
    call.is_some_and(|call| !call.open)
}

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
