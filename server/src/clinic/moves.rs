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
    pause: Duration,
}

impl Moves {
    /// Starts with the next change; changes within `settle` after it count as one.
    #[must_use]
    pub fn of(app: &App, clinic: &Clinic, settle: Duration) -> Self {
        Self { moved: clinic.moved(), closing: app.closing.clone(), settle, pause: PAUSE }
    }

    /// Waits for the next change. If the last look failed, pauses instead, so that the look is repeated also when nothing else
    /// changes. Returns `false` when the server ends.
    pub async fn next(&mut self, looked: Result<(), String>) -> bool {
        if let Err(error) = looked {
            tracing::warn!(error, "a look at the queue");
            return self.rest(self.pause).await;
        }
        tokio::select! {
            changed = self.moved.changed() => if changed.is_err() { return false },
            _ = self.closing.wait_for(|closing| *closing) => return false,
        }
        self.rest(self.settle).await
    }

    /// Lets a time pass. The look that follows sees all changes of this time. Returns `false` when the server ends.
    async fn rest(&mut self, time: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(time) => {}
            _ = self.closing.wait_for(|closing| *closing) => return false,
        }
        self.moved.borrow_and_update();
        true
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::sync::Cursor;
    use tokio::sync::watch;

    use super::*;

    const LONG: Duration = Duration::from_hours(1);

    fn watching(settle: Duration, pause: Duration) -> (watch::Sender<Cursor>, watch::Sender<bool>, Moves) {
        let (change, moved) = watch::channel(Cursor { epoch: 1, seq: 1 });
        let (close, closing) = watch::channel(false);
        (change, close, Moves { moved, closing, settle, pause })
    }

    #[tokio::test]
    async fn a_look_that_failed_is_repeated_though_nothing_moves() {
        let (change, _close, mut moves) = watching(Duration::ZERO, Duration::ZERO);
        assert!(moves.next(Err("the database is away".to_owned())).await);
        // A change of the pause is seen by that look.
        change.send_replace(Cursor { epoch: 1, seq: 2 });
        assert!(moves.next(Err("the database is away".to_owned())).await);
        assert!(!moves.moved.has_changed().unwrap());
        change.send_replace(Cursor { epoch: 1, seq: 3 });
        assert!(moves.next(Ok(())).await);
    }

    #[tokio::test]
    async fn the_end_of_the_server_waits_for_no_pause() {
        let (change, close, mut moves) = watching(LONG, LONG);
        change.send_replace(Cursor { epoch: 1, seq: 2 });
        let (settled, ()) = tokio::join!(moves.next(Ok(())), async {
            close.send_replace(true);
        });
        assert!(!settled);
        assert!(!moves.next(Err("the database is away".to_owned())).await);
    }
}
