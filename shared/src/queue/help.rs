//! Calls for help from kiosks.

use serde::{Deserialize, Serialize};

use crate::{ids::DeviceId, time::Timestamp};

/// A call for help from a kiosk.
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

/// Topic `help:<branch>`: the calls for help from the branch's kiosks. It holds no personal data, so that staff can
/// follow it over a locked screen too. A kiosk sees only its own call.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HelpView {
    /// The branch's name.
    pub branch_name: String,
    /// The calls that nobody has answered yet, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<HelpCall>,
    /// The calls that were taken back lately, and when, for people who may be on their way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withdrawn: Vec<HelpCall>,
    /// For a kiosk: a member of staff has answered that they are on their way.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub coming: bool,
}

/// How long a kiosk shows that help is on its way, in milliseconds.
pub const HELP_COMING_MS: i64 = 3 * 60_000;
/// How long the desk shows that help is no longer needed, in milliseconds.
pub const HELP_WITHDRAWN_MS: i64 = 2 * 60_000;
