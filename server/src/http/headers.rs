//! The headers of every response, and the language of its messages.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};
use medlane_shared::{api::CALLS, fault::Language, identity::CONFIRM_HEADER, pages};
use tower_http::cors::{AllowOrigin, CorsLayer};
use tracing::Instrument as _;

use super::{
    SOCKET,
    refusal::LANGUAGE,
    request_id::{self, CURRENT, REQUEST_ID},
};
use crate::app::App;

/// A page may run its own wasm and connect to its own server, and nothing else.
const PAGE_CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Swagger UI puts styles into its markup.
const DOCS_CSP: &str = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Tells search engines whether they may show a page.
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");

/// How long a browser may cache the answer to a preflight request.
const PREFLIGHT: Duration = Duration::from_mins(10);

const FIXED: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(self), microphone=(self), geolocation=(), payment=()"),
    ),
];

/// Lets pages of these origins use the interface with cookies. Pages of other origins cannot.
pub fn origins(allowed: &[String]) -> CorsLayer {
    let allowed = allowed.iter().filter_map(|origin| HeaderValue::from_str(origin).ok());
    let names = [header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT_LANGUAGE, header::IF_MATCH];
    let own = ["idempotency-key", CONFIRM_HEADER].map(HeaderName::from_static);
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(allowed))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .allow_headers(names.into_iter().chain(own).collect::<Vec<_>>())
        .expose_headers([header::RETRY_AFTER, REQUEST_ID])
        .allow_credentials(true)
        .max_age(PREFLIGHT)
}

/// A request's method and route, for metrics and logs. The route has the names of parameters, never ids or secrets.
fn route_of(request: &Request) -> (&'static str, &'static str) {
    let method = match *request.method() {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        _ => "other",
    };
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    let calls = CALLS.iter().map(|call| call.path);
    let own = [SOCKET, "/health", "/api/health", "/api/v1/health", "/ready", "/metrics"];
    (method, calls.chain(own).find(|known| *known == path).unwrap_or("page"))
}

/// Sets the language of refusals and the request id, counts responses, and adds the security headers.
pub async fn common(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id::request_id(request.headers());
    let (method, route) = route_of(&request);
    let span = tracing::info_span!("request", %id, method, route);
    let accepted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let language = Language::negotiate(accepted.unwrap_or_default());
    let path = request.uri().path();
    let (is_docs, is_api) = (path.starts_with("/api-docs"), path.starts_with("/api/"));
    let is_public = pages::PUBLIC.contains(&pages::trimmed(path));
    let is_asset = path.contains("/assets/");
    let answered = LANGUAGE.scope(language, CURRENT.scope(id.clone(), next.run(request)));
    let mut response = answered.instrument(span.clone()).await;
    let status = response.status();
    span.in_scope(|| tracing::debug!(status = status.as_u16(), "answered"));
    app.core.metrics.answered(method, route, status.as_u16(), began.elapsed());
    let headers = response.headers_mut();
    if let Some(id) = request_id::header(&id) {
        headers.insert(REQUEST_ID, id);
    }
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
    let csp = HeaderValue::from_static(if is_docs { DOCS_CSP } else { PAGE_CSP });
    headers.insert(header::CONTENT_SECURITY_POLICY, csp);
    if app.config.http.https {
        let value = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    let cache = if is_api || status.is_client_error() || status.is_server_error() {
        "no-store"
    } else if is_asset && (status.is_success() || status == StatusCode::NOT_MODIFIED) {
        // The names of assets change with their contents.
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    // For search engines that come in spite of robots.txt, as by a link that somebody published.
    if !is_public && !is_api {
        headers.insert(ROBOTS, HeaderValue::from_static("noindex"));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(cache));
    response
}
