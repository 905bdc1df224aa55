//! The inbox over REST.

use std::sync::Arc;

use axum::extract::State;
use medlane_shared::{
    api::{self, Call},
    notify::Inbox,
};

use super::{ops::Read, views::inbox};
use crate::{
    app::App,
    http::{CallAnswer, Caller, Reply, Routes},
    writer::Once,
};

/// The part's routes.
pub fn routes() -> Routes {
    Routes::new().on(api::GetInbox, look).on(api::ReadInbox, read)
}

async fn look<C: Call<Response = Inbox>>(State(app): State<Arc<App>>, caller: Caller) -> Reply<C> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    Ok(CallAnswer::of(inbox(&app.core, &clinic, &caller.actor).await?))
}

async fn read(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::ReadInbox> {
    app.writer.run(caller.by(Once::No), Read).await?;
    look(State(app), caller).await
}
