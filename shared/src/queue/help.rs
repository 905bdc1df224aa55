//! Calls for help at kiosks.

use serde::{Deserialize, Serialize};

use crate::{ids::DeviceId, time::Timestamp};

/// Somebody at a kiosk needs help.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HelpCall {
    /// The kiosk.
    pub device_id: DeviceId,
    /// Its name.
    pub device_name: String,
    /// Since when.
    pub at: Timestamp,
}

/// Topic `help:<branch>`: who has asked for help at the branch's kiosks. No personal data is in it, so that it is followed
/// over a locked screen too. A kiosk sees its own call alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HelpView {
    /// The branch's name.
    pub branch_name: String,
    /// The calls that nobody has answered yet, the longest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<HelpCall>,
    /// Of a kiosk: somebody has said that they are on their way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub coming: bool,
}

/// How long a kiosk says that somebody is on their way.
pub const HELP_COMING_MS: i64 = 3 * 60_000;
