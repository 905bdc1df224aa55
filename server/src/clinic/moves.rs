//! Wakes a task after the changes of a clinic.

use std::time::Duration;

use medlane_shared::sync::Cursor;
use tokio::sync::watch;

use crate::{app::App, engine::Clinic};

/// The pause after a look that failed.
const PAUSE: Duration = Duration::from_secs(5);

/// The changes of a clinic, for a task that looks at it after each. Changes shortly after each other count as one.
pub struct Moves {
    moved: watch::Receiver<Cursor>,
    closing: watch::Receiver<bool>,
    settle: Duration,
}

impl Moves {
    /// Starts with the next change; changes within `settle` after it count as one.
    #[must_use]
    pub fn of(app: &App, clinic: &Clinic, settle: Duration) -> Self {
        Self { moved: clinic.moved(), closing: app.closing.clone(), settle }
    }

    /// Waits for the next change. If the last look failed, pauses first. Returns `false` when the server ends.
    pub async fn next(&mut self, looked: Result<(), String>) -> bool {
        if let Err(error) = looked {
            tracing::warn!(error, "a look at the queue");
            tokio::time::sleep(PAUSE).await;
        }
        tokio::select! {
            changed = self.moved.changed() => if changed.is_err() { return false },
            _ = self.closing.wait_for(|closing| *closing) => return false,
        }
        tokio::time::sleep(self.settle).await;
        self.moved.borrow_and_update();
        true
    }
}
