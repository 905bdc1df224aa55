//! Web Push: what a browser is told while no page of ours is open. Encrypted to that browser (RFC 8291), and signed with the
//! clinic's key (VAPID, RFC 8292): the push service reads nothing of it.

mod ops;
mod routes;
mod send;
pub mod store;

use medlane_shared::{ids::SessionId, notify::PushRequest};
use serde::{Deserialize, Serialize};

pub use routes::routes;
pub use send::{Push, send};
pub use store::push_prune;

/// A browser that wants to be told, as it is sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Subscription {
    /// Whose session is in it: with that it ends.
    pub session: SessionId,
    /// What the browser said.
    #[serde(flatten)]
    pub browser: PushRequest,
}
