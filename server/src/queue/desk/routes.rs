//! The desk's tasks and calls for help over REST.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    routing::{delete, post},
};
use medlane_shared::ids::{BranchId, DeviceId, TaskId};

use super::{Help, HelpStep, TaskSettle};
use crate::{
    app::App,
    http::{Caller, Path, Reply},
    writer::Once,
};

/// The part's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/branches/{id}/help", post(ask_help).delete(withdraw_help))
        .route("/api/v1/branches/{id}/help/{device}", delete(answer_help))
        .route("/api/v1/branches/{id}/tasks/{task}", delete(settle))
}

async fn ask_help(State(app): State<Arc<App>>, caller: Caller, Path(branch): Path<BranchId>) -> Reply<()> {
    Ok(Json(app.writer.run(caller.by(Once::No), Help { branch, step: HelpStep::Ask }).await?))
}

async fn withdraw_help(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(branch): Path<BranchId>,
) -> Reply<()> {
    Ok(Json(app.writer.run(caller.by(Once::No), Help { branch, step: HelpStep::Withdraw }).await?))
}

async fn answer_help(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((branch, device)): Path<(BranchId, DeviceId)>,
) -> Reply<()> {
    Ok(Json(app.writer.run(caller.by(Once::No), Help { branch, step: HelpStep::Answer(device) }).await?))
}

async fn settle(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((branch, id)): Path<(BranchId, TaskId)>,
) -> Reply<()> {
    Ok(Json(app.writer.run(caller.by(Once::No), TaskSettle { branch, id }).await?))
}
