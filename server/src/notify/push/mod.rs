//! Web Push: notices to a browser while no page of ours is open. They are encrypted for that browser (RFC 8291) and
//! signed with the clinic's key (VAPID, RFC 8292), so the push service cannot read them.

mod key;
mod ops;
mod routes;
mod send;
pub mod store;

use medlane_shared::{ids::SessionId, notify::PushRequest};
use serde::{Deserialize, Serialize};

pub use key::vapid;
pub use routes::routes;
pub use send::{Push, send};
pub use store::{push_list, push_prune};

/// A browser's subscription, which is sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Subscription {
    /// The session. The subscription ends with it.
    pub session: SessionId,
    /// The browser's data.
    #[serde(flatten)]
    pub browser: PushRequest,
}
