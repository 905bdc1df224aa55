//! Health for load balancers, readiness, and metrics for Prometheus.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use medlane_shared::fault::Code;
use serde_json::{Value, json};

use super::Refusal;
use crate::{
    app::App,
    db,
    gate::Sockets,
    keys::same,
    metrics::{CONTENT_TYPE, Present},
};

pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/health", get(health))
        .route("/api/health", get(health))
        .route("/api/v1/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
}

/// The metrics, for a listener of their own.
pub fn metrics_alone(app: Arc<App>) -> Router {
    Router::new().route("/metrics", get(metrics_here)).with_state(app)
}

async fn health() -> Json<Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// Ready if the database answers and has this binary's schema or a later one. While nodes are upgraded one by one, those of
/// the previous release go on (`migrations/README.md`).
async fn ready(State(app): State<Arc<App>>) -> (StatusCode, Json<Value>) {
    let found = match app.core.db.read().await {
        Ok(mut conn) => db::schema_found(&mut conn).await.ok(),
        Err(_) => None,
    };
    if found >= Some(db::SCHEMA_VERSION) {
        (StatusCode::OK, Json(json!({ "status": "ready" })))
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "not ready" })))
    }
}

/// The metrics, for callers with the token. If no token is set, the path does not exist.
async fn metrics(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Refusal> {
    let Some(token) = &app.config.metrics.token else { return Err(Code::NotFound.into()) };
    let said =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    match said {
        Some(said) if same(said.as_bytes(), token.as_bytes()) => Ok(exposed(&app).await),
        _ => Err(Code::TokenInvalid.into()),
    }
}

/// The metrics on the listener for operators only. If a token is set, it is required here too.
async fn metrics_here(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Refusal> {
    if app.config.metrics.token.is_some() {
        metrics(State(app), headers).await
    } else {
        Ok(exposed(&app).await)
    }
}

async fn exposed(app: &App) -> Response {
    let clinics = app.core.clinics.all();
    let present = Present {
        connections: app.doors.connections.taken(),
        sockets: clinics
            .iter()
            .map(|clinic| usize::try_from(clinic.state::<Sockets>().count()).unwrap_or_default())
            .sum(),
        anonymous: app.doors.anonymous(),
        waiting: app.writer.waiting(),
        feed: clinics.iter().map(|clinic| clinic.head().seq).sum(),
        audit_broken: clinics.iter().filter(|clinic| clinic.trust.broken().is_some()).count(),
        audit_bad_entry: clinics.iter().filter_map(|clinic| clinic.trust.bad()).map(|bad| bad.seq).min(),
        outbox_ms: (app.asks.outbox_ms)(&app.core).await,
    };
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], app.core.metrics.text(&present)).into_response()
}
