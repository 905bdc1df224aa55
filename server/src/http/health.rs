//! Health for load balancers, readiness, and metrics for Prometheus.

use std::{fmt::Write as _, sync::Arc, sync::atomic::Ordering};

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
use crate::{app::App, db, http::Sockets, keys::same};

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

/// Ready if the database answers and has this binary's schema.
async fn ready(State(app): State<Arc<App>>) -> (StatusCode, Json<Value>) {
    let found = match app.core.db.read().await {
        Ok(mut conn) => db::schema_found(&mut conn).await.ok(),
        Err(_) => None,
    };
    if found == Some(db::SCHEMA_VERSION) {
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
        Some(said) if same(said.as_bytes(), token.as_bytes()) => Ok(figures(&app)),
        _ => Err(Code::TokenInvalid.into()),
    }
}

/// The metrics on the listener for operators only. If a token is set, it is required here too.
async fn metrics_here(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Refusal> {
    if app.config.metrics.token.is_some() { metrics(State(app), headers).await } else { Ok(figures(&app)) }
}

fn figures(app: &App) -> Response {
    let figures = &app.core.metrics;
    let mut text = String::new();
    let mut put = |name: &str, kind: &str, help: &str, lines: &[(String, u64)]| {
        // Writing into a string does not fail.
        let _ = write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        for (labels, value) in lines {
            let _ = writeln!(text, "{name}{labels} {value}");
        }
    };
    let of = |counter: &std::sync::atomic::AtomicU64| vec![(String::new(), counter.load(Ordering::Relaxed))];
    put("medlane_operations_total", "counter", "Operations that the writer ran.", &of(&figures.operations));
    put("medlane_batches_total", "counter", "Transactions of the writer.", &of(&figures.batches));
    let classes = [2_u16, 3, 4, 5].map(|class| {
        let value = figures.responses(class * 100).load(Ordering::Relaxed);
        (format!("{{class=\"{class}xx\"}}"), value)
    });
    put("medlane_responses_total", "counter", "HTTP responses by class.", &classes);
    let now = |count: usize| vec![(String::new(), u64::try_from(count).unwrap_or(u64::MAX))];
    put("medlane_connections", "gauge", "Open connections.", &now(app.doors.connections.taken()));
    put("medlane_sockets_anonymous", "gauge", "Open sockets of nobody.", &now(app.doors.anonymous()));
    put(
        "medlane_turned_away_total",
        "counter",
        "Connections that found no place.",
        &of(&figures.turned_away),
    );
    let clinics = app.core.clinics.all();
    let sockets: Vec<_> = clinics
        .iter()
        .map(|c| (format!("{{clinic=\"{}\"}}", c.id), u64::from(c.state::<Sockets>().count())))
        .collect();
    put("medlane_sockets", "gauge", "Open sockets.", &sockets);
    let feed: Vec<_> =
        clinics.iter().map(|c| (format!("{{clinic=\"{}\"}}", c.id), c.head().seq.unsigned_abs())).collect();
    put("medlane_feed_seq", "gauge", "The head of the change feed.", &feed);
    let broken: Vec<_> = clinics
        .iter()
        .map(|c| (format!("{{clinic=\"{}\"}}", c.id), u64::from(c.trust.broken().is_some())))
        .collect();
    let help = "1 where the audit log does not extend what was signed of it, and is signed no more.";
    put("medlane_audit_broken", "gauge", help, &broken);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
