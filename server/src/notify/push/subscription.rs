//! The subscription of a browser.

use medlane_shared::{ids::SessionId, notify::PushRequest};
use serde::{Deserialize, Serialize};

/// A browser's subscription, which is sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Subscription {
    /// The session. The subscription ends with it.
    pub session: SessionId,
    /// The browser's data.
    #[serde(flatten)]
    pub browser: PushRequest,
}
