//! Who is not signed in hears so before anything else of a request is looked at: its path, its body, its other headers.

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

/// Whether only somebody who is signed in may make a request: it is a call of the table, and not an open one.
pub(super) fn is_needed(parts: &Parts) -> bool {
    let method = if parts.method == Method::HEAD { Method::GET } else { parts.method.clone() };
    let path = parts.extensions.get::<MatchedPath>();
    let call = path.and_then(|path| BY_ROUTE.get(&(path.as_str(), method.as_str())));
    call.is_some_and(|call| !call.open)
}

/// Asks who it is before the call's own extractors run; they find the answer with the request.
pub(super) async fn first(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if is_needed(&parts)
        && let Err(refusal) = Caller::from_request_parts(&mut parts, &app).await
    {
        return refusal.into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}
