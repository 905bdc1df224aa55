//! What is deleted by age. What a clinic must keep (tickets, notes, the audit log) is not among it.

use std::{sync::Arc, time::Duration};

use crate::{app::App, attempts, engine::Core, identity, notify, queue, sync, writer};

/// How often it is looked for.
const EVERY: Duration = Duration::from_hours(1);
const DAY_MS: i64 = 24 * 3_600_000;
/// Idempotency keys, counts of tries, ended codes and the texts of messages that were shown instead of sent.
const KEY_MS: i64 = 2 * DAY_MS;
/// Notices in an inbox; the feed, and the answers to intents. A device that was away for longer takes a snapshot.
const MONTH_MS: i64 = 30 * DAY_MS;
/// Sessions, after they expired; messages, after they were sent or given up.
const QUARTER_MS: i64 = 90 * DAY_MS;
/// The waits that were quoted, by which the accuracy of estimates is shown.
const YEAR_MS: i64 = 400 * DAY_MS;

/// Deletes old rows once an hour until the server ends.
pub async fn keep(app: Arc<App>) {
    let mut closing = app.closing.clone();
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = closing.wait_for(|closing| *closing) => return,
        }
        if let Err(error) = prune(&app.core).await {
            tracing::warn!(%error, "old rows cannot be deleted");
        }
    }
}

/// Deletes what is old now.
///
/// # Errors
/// The database's.
pub async fn prune(core: &Core) -> sqlx::Result<()> {
    let mut conn = core.db.write().await?;
    let now = core.now();
    let [key, month, quarter, year] = [KEY_MS, MONTH_MS, QUARTER_MS, YEAR_MS].map(|age| now.plus_ms(-age));
    writer::idempotency_prune(&mut conn, key).await?;
    attempts::attempts_prune(&mut conn, key).await?;
    identity::contact::verification_prune(&mut conn, key).await?;
    notify::message_forget(&mut conn, key).await?;
    notify::push::push_prune(&mut conn, now).await?;
    notify::inbox::notice_prune(&mut conn, month).await?;
    sync::answer_prune(&mut conn, month).await?;
    for clinic in core.clinics.all() {
        writer::change_prune(&mut conn, clinic.number, month).await?;
    }
    identity::session_prune(&mut conn, quarter).await?;
    notify::message_prune(&mut conn, quarter).await?;
    queue::quotes::quote_prune(&mut conn, year).await
}
