//! Looking at a clinic whenever it has moved.

use std::time::Duration;

use medlane_shared::sync::Cursor;
use tokio::sync::watch;

use crate::{app::App, engine::Clinic};

/// After a look that failed.
const PAUSE: Duration = Duration::from_secs(5);

/// The moves of a clinic, for whoever looks after each. Those within a while are one.
pub struct Moves {
    moved: watch::Receiver<Cursor>,
    closing: watch::Receiver<bool>,
    settle: Duration,
}

impl Moves {
    /// From now on; moves within `settle` are one.
    #[must_use]
    pub fn of(app: &App, clinic: &Clinic, settle: Duration) -> Self {
        Self { moved: clinic.moved(), closing: app.closing.clone(), settle }
    }

    /// Waits for the next, once it is known how the look at the last one went; false when the server ends.
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
