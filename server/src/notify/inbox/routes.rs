//! The inbox over REST.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use medlane_shared::notify::Inbox;

use super::{ops::Read, views::inbox};
use crate::{
    app::App,
    http::{Caller, Reply},
    writer::Once,
};

/// The part's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/users/me/inbox", get(look)).route("/api/v1/users/me/inbox/read", post(read))
}

async fn look(State(app): State<Arc<App>>, caller: Caller) -> Reply<Inbox> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    Ok(Json(inbox(&app.core, &clinic, &caller.actor).await?))
}

async fn read(State(app): State<Arc<App>>, caller: Caller) -> Reply<Inbox> {
    app.writer.run(caller.by(Once::No), Read).await?;
    look(State(app), caller).await
}
