//! What waits at the desk, over REST.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::{delete, post},
};
use medlane_shared::fault::Code;

use super::{Help, TaskSettle};
use crate::{
    app::App,
    http::{Caller, Reply},
    writer::Once,
};

/// The part's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/branches/{id}/help", post(ask_help))
        .route("/api/v1/branches/{id}/help/{device}", delete(answer_help))
        .route("/api/v1/branches/{id}/tasks/{task}", delete(settle))
}

async fn ask_help(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<String>) -> Reply<()> {
    let branch = id.parse().map_err(|_| Code::NotFound)?;
    Ok(Json(app.writer.run(caller.by(Once::No), Help { branch, answered: None }).await?))
}

async fn answer_help(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, device)): Path<(String, String)>,
) -> Reply<()> {
    let branch = id.parse().map_err(|_| Code::NotFound)?;
    let answered = Some(device.parse().map_err(|_| Code::NotFound)?);
    Ok(Json(app.writer.run(caller.by(Once::No), Help { branch, answered }).await?))
}

async fn settle(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((id, task)): Path<(String, String)>,
) -> Reply<()> {
    let branch = id.parse().map_err(|_| Code::NotFound)?;
    let id = task.parse().map_err(|_| Code::NotFound)?;
    Ok(Json(app.writer.run(caller.by(Once::No), TaskSettle { branch, id }).await?))
}
