//! The requests that need a session.

use std::{collections::HashMap, sync::LazyLock};

use axum::{
    extract::MatchedPath,
    http::{Method, request::Parts},
};
use medlane_shared::api::{CALLS, CallSpec};

static BY_ROUTE: LazyLock<HashMap<(&str, &str), &CallSpec>> =
    LazyLock::new(|| CALLS.iter().map(|call| ((call.path, call.method.text()), call)).collect());

/// Whether a request needs a session: its call is in the table of calls, and is not open to everyone.
pub(super) fn is_needed(parts: &Parts) -> bool {
    let method = if parts.method == Method::HEAD { Method::GET } else { parts.method.clone() };
    let path = parts.extensions.get::<MatchedPath>();
    let call = path.and_then(|path| BY_ROUTE.get(&(path.as_str(), method.as_str())));
    call.is_some_and(|call| !call.open)
}
