//! Several nodes on one database. Each is notified of the others' commits, and also looks once a second.

use std::{collections::HashSet, sync::Arc, time::Duration};

use medlane_shared::ids::ClinicId;
use sqlx::postgres::PgListener;

use crate::{app::App, attempts, identity, notify, writer};

/// How often the head of the feed is read, even without a notification.
const LOOK: Duration = Duration::from_secs(1);
/// How often old rows are deleted.
const PRUNE: Duration = Duration::from_hours(1);
/// How long notices stay in an inbox, in milliseconds.
const NOTICE_MS: i64 = 30 * 24 * 3_600_000;
/// How long idempotency keys, counts of tries, ended codes and the texts of unsent messages stay, in milliseconds.
const KEY_MS: i64 = 48 * 3_600_000;

/// Keeps this node up to date until the server ends.
pub async fn keep(app: Arc<App>) {
    let mut closing = app.closing.clone();
    let mut pruned = tokio::time::Instant::now();
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
        if pruned.elapsed() > PRUNE {
            pruned = tokio::time::Instant::now();
            if let Err(error) = prune(&app).await {
                tracing::warn!(%error, "old rows cannot be deleted");
            }
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

async fn prune(app: &App) -> sqlx::Result<()> {
    let mut conn = app.core.db.write().await?;
    let before = app.core.now().plus_ms(-KEY_MS);
    writer::idempotency_prune(&mut conn, before).await?;
    attempts::attempts_prune(&mut conn, before).await?;
    identity::contact::verification_prune(&mut conn, before).await?;
    notify::message_prune(&mut conn, before).await?;
    notify::push::push_prune(&mut conn, app.core.now()).await?;
    notify::inbox::notice_prune(&mut conn, app.core.now().plus_ms(-NOTICE_MS)).await
}
