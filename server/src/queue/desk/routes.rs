//! The desk's tasks and calls for help over REST.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    routing::{delete, post},
};
use medlane_shared::ids::{BranchId, DeviceId, TaskId};

use super::{Help, TaskSettle};
use crate::{
    app::App,
    http::{Caller, Path, Reply},
    writer::Once,
};

/// The part's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/branches/{id}/help", post(ask_help))
        .route("/api/v1/branches/{id}/help/{device}", delete(answer_help))
        .route("/api/v1/branches/{id}/tasks/{task}", delete(settle))
}

async fn ask_help(State(app): State<Arc<App>>, caller: Caller, Path(branch): Path<BranchId>) -> Reply<()> {
    Ok(Json(app.writer.run(caller.by(Once::No), Help { branch, answered: None }).await?))
}

async fn answer_help(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((branch, device)): Path<(BranchId, DeviceId)>,
) -> Reply<()> {
    Ok(Json(app.writer.run(caller.by(Once::No), Help { branch, answered: Some(device) }).await?))
}

async fn settle(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((branch, id)): Path<(BranchId, TaskId)>,
) -> Reply<()> {
    Ok(Json(app.writer.run(caller.by(Once::No), TaskSettle { branch, id }).await?))
}
