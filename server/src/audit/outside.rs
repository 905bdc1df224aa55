//! Copies checkpoints to the folder outside the database, on a task of its own: a folder that is slow or away holds up neither
//! the signing nor anything else.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, time::sleep};

use super::{
    anchor::{Anchor, anchor},
    store,
};
use crate::engine::{Clinic, Core};

/// The first pause after a failure; each further one is twice as long,
const PAUSE: Duration = Duration::from_secs(1);
/// up to this.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// Copies each checkpoint that is signed until the sender of their sizes is gone, then the last ones once more.
pub(super) async fn keep_outside(core: Arc<Core>, clinic: Arc<Clinic>, mut signed: watch::Receiver<i64>) {
    let Some(anchor) = anchor(&core) else { return };
    let (mut stored, mut pause) = (0, PAUSE);
    loop {
        let is_last = signed.has_changed().is_err();
        let size = *signed.borrow_and_update();
        if size > stored {
            match fill(&core, &clinic, anchor, stored).await {
                Ok(()) => (stored, pause) = (size, PAUSE),
                Err(error) => {
                    tracing::error!(clinic = %clinic.id, %error, stored, signed = size,
                        "checkpoints of the audit log could not be stored outside the database");
                    if is_last {
                        return;
                    }
                    tokio::select! {
                        () = sleep(pause) => {}
                        () = ended(&mut signed) => {}
                    }
                    pause = (pause * 2).min(PAUSE_MAX);
                    continue;
                }
            }
        }
        if is_last {
            return;
        }
        drop(signed.changed().await);
    }
}

/// Waits for the sender's end.
async fn ended(signed: &mut watch::Receiver<i64>) {
    while signed.changed().await.is_ok() {}
}

/// Stores the checkpoints after a size.
async fn fill(core: &Core, clinic: &Clinic, anchor: &Anchor, after: i64) -> sqlx::Result<()> {
    let notes = {
        let mut conn = core.db.read().await?;
        store::checkpoint_list(&mut conn, clinic.id, after).await?
    };
    let notes: Vec<_> = notes.into_iter().map(|row| (row.size, row.note)).collect();
    Ok(anchor.fill(clinic.id, notes).await?)
}
