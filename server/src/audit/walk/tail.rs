//! How long the server went on without a checkpoint.

use medlane_shared::time::Timestamp;

/// The entries since the last checkpoint: how long the server went on without one, pauses left out.
#[derive(Debug, Default)]
pub(super) struct Tail {
    began_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    pub longest_ms: i64,
}

impl Tail {
    pub fn add(&mut self, at: Timestamp, due_ms: i64) {
        let is_pause = self.last_at.is_none_or(|last| at.since_ms(last) > due_ms);
        let began_at = self.began_at.filter(|_| !is_pause).unwrap_or(at);
        (self.began_at, self.last_at) = (Some(began_at), Some(at));
        self.longest_ms = self.longest_ms.max(at.since_ms(began_at));
    }
}
