//! Wakes the sender of a clinic's messages.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::engine::{Entity, Load, RoomState};

/// A message to a person.
pub const MESSAGE: Entity = Entity::new("message");

/// Wakes the sender of this node when a message was written at this node. Other nodes check by the clock.
#[derive(Debug, Clone, Default)]
pub struct Mail(Arc<Notify>);

/// A message is to be sent.
#[derive(Debug, Clone, Copy)]
pub struct Queued;

impl Mail {
    /// Waits for a message that was written since the last time.
    pub async fn queued(&self) {
        self.0.notified().await;
    }
}

impl RoomState for Mail {
    type Change = Queued;

    const ENTITIES: &'static [Entity] = &[MESSAGE];

    async fn load(_at: Load<'_>) -> sqlx::Result<Self> {
        Ok(Self::default())
    }

    fn published(&self, _queued: &[Queued]) {
        self.0.notify_one();
    }
}
