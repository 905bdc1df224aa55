//! The desk's tasks and calls for help over REST.

use std::sync::Arc;

use axum::extract::State;
use medlane_shared::{
    api,
    ids::{BranchId, DeviceId, TaskId},
};

use super::{Help, HelpStep, TaskSettle};
use crate::{
    app::App,
    http::{CallAnswer, Caller, Path, PathPair, Reply, Routes},
    writer::Once,
};

/// The part's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::AskHelp, ask_help)
        .on(api::WithdrawHelp, withdraw_help)
        .on(api::AnswerHelp, answer_help)
        .on(api::SettleTask, settle)
}

async fn ask_help(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(branch): Path<BranchId>,
) -> Reply<api::AskHelp> {
    Ok(CallAnswer::of(app.writer.run(caller.by(Once::No), Help { branch, step: HelpStep::Ask }).await?))
}

async fn withdraw_help(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(branch): Path<BranchId>,
) -> Reply<api::WithdrawHelp> {
    Ok(CallAnswer::of(app.writer.run(caller.by(Once::No), Help { branch, step: HelpStep::Withdraw }).await?))
}

async fn answer_help(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPair(branch, device): PathPair<BranchId, DeviceId>,
) -> Reply<api::AnswerHelp> {
    Ok(CallAnswer::of(
        app.writer.run(caller.by(Once::No), Help { branch, step: HelpStep::Answer(device) }).await?,
    ))
}

async fn settle(
    State(app): State<Arc<App>>,
    caller: Caller,
    PathPair(branch, id): PathPair<BranchId, TaskId>,
) -> Reply<api::SettleTask> {
    Ok(CallAnswer::of(app.writer.run(caller.by(Once::No), TaskSettle { branch, id }).await?))
}
