//! The open sockets of a clinic, counted.

use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::engine::{Entity, Load, RoomState};

/// How many sockets of a clinic are open at this node.
#[derive(Debug, Clone, Default)]
pub struct Sockets(Arc<AtomicU32>);

impl Sockets {
    /// Counts a socket for as long as the answer is held.
    #[must_use]
    pub fn open(&self) -> SocketCount {
        self.0.fetch_add(1, Ordering::Relaxed);
        SocketCount(self.clone())
    }

    /// Open sockets.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl RoomState for Sockets {
    type Change = Infallible;

    const ENTITIES: &'static [Entity] = &[];

    async fn load(_at: Load<'_>) -> sqlx::Result<Self> {
        Ok(Self::default())
    }
}

/// An open socket of a clinic.
#[derive(Debug)]
pub struct SocketCount(Sockets);

impl Drop for SocketCount {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
