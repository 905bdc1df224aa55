//! Several nodes on one database. Each is notified of the others' commits, and also looks once a second.

use std::{collections::HashSet, sync::Arc, time::Duration};

use medlane_shared::ids::ClinicId;
use sqlx::postgres::PgListener;

use crate::{app::App, writer};

/// How often the head of the feed is read, even without a notification.
const LOOK: Duration = Duration::from_secs(1);

/// Keeps this node up to date until the server ends.
pub async fn keep(app: Arc<App>) {
    let mut closing = app.closing.clone();
    let mut listener = listen(&app).await;
    loop {
        let heard = tokio::select! {
            heard = hear(&mut listener) => heard,
            () = tokio::time::sleep(LOOK) => None,
            _ = closing.wait_for(|closing| *closing) => return,
        };
        if let Err(error) = look(&app, heard).await {
            tracing::warn!(%error, "the head of the feed cannot be read");
        }
        if listener.is_none() && app.core.db.postgres().is_some() {
            listener = listen(&app).await;
        }
    }
}

async fn listen(app: &App) -> Option<PgListener> {
    let pool = app.core.db.postgres()?;
    let mut listener = PgListener::connect_with(pool).await.ok()?;
    listener.listen("medlane").await.ok()?;
    Some(listener)
}

/// Waits for a notification. Returns the clinics that a node has just written to.
async fn hear(listener: &mut Option<PgListener>) -> Option<HashSet<ClinicId>> {
    let Some(open) = listener else { return std::future::pending().await };
    if let Ok(notice) = open.recv().await {
        let id = notice.payload().split(':').next().and_then(|id| id.parse().ok());
        return Some(id.into_iter().collect());
    }
    *listener = None;
    None
}

async fn look(app: &App, only: Option<HashSet<ClinicId>>) -> sqlx::Result<()> {
    if app.core.db.postgres().is_none() {
        return Ok(());
    }
    let clinics = app.core.clinics.all();
    let asked = clinics.iter().filter(|clinic| only.as_ref().is_none_or(|only| only.contains(&clinic.id)));
    for clinic in asked {
        let mut conn = app.core.db.read().await?;
        let head = writer::head(&mut conn, clinic.id, false).await?;
        drop(conn);
        if head.cursor() != clinic.head() {
            app.writer.look(clinic.id).await;
        }
    }
    Ok(())
}
