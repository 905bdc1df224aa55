//! The inbox over REST.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use medlane_shared::{
    access::Actor,
    fault::Fault,
    notify::{INBOX_MAX, Inbox, NoticeView},
};

use super::{ops::Read, store};
use crate::{
    app::App,
    engine::{Clinic, Core, own},
    http::{Caller, Reply},
    writer::Once,
};

/// The part's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/users/me/inbox", get(look)).route("/api/v1/users/me/inbox/read", post(read))
}

/// The caller's inbox.
///
/// # Errors
/// A missing right, or an error of the database.
pub async fn inbox(core: &Core, clinic: &Clinic, actor: &Actor) -> Result<Inbox, Fault> {
    let (person, _) = own(actor)?;
    let rows = store::notice_list(&mut core.read().await?, person, INBOX_MAX).await;
    let rows = rows.map_err(|error| core.broken(&error))?;
    let notices: sqlx::Result<Vec<NoticeView>> = rows.into_iter().map(|row| row.view(clinic)).collect();
    let notices = notices.map_err(|error| core.broken(&error))?;
    let unread = u32::try_from(notices.iter().filter(|notice| !notice.read).count()).unwrap_or(u32::MAX);
    Ok(Inbox { notices, unread })
}

async fn look(State(app): State<Arc<App>>, caller: Caller) -> Reply<Inbox> {
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    Ok(Json(inbox(&app.core, &clinic, &caller.actor).await?))
}

async fn read(State(app): State<Arc<App>>, caller: Caller) -> Reply<Inbox> {
    app.writer.run(caller.by(Once::No), Read).await?;
    look(State(app), caller).await
}
