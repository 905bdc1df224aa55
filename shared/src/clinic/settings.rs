//! What an administrator sets: branches with their rooms, services, and who gives them.

use serde::{Deserialize, Serialize};

use super::BranchPolicy;
use crate::{
    access::Role,
    ids::{BranchId, PersonId, ServiceId},
};

/// The most rooms of a branch.
pub const ROOMS_MAX: usize = 100;
/// The most characters of a room's name.
pub const ROOM_MAX_CHARS: usize = 60;
/// The longest planned visit, in minutes.
pub const DURATION_MAX_MIN: u32 = 480;

/// A branch, as it is set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BranchSettings {
    /// Its name.
    pub name: String,
    /// Its address, one text.
    pub address: String,
    /// IANA: `Asia/Muscat`.
    pub time_zone: String,
    /// BCP 47, the first is the default.
    pub languages: Vec<String>,
    /// Its rooms and counters, as they are called.
    pub rooms: Vec<String>,
    /// How it runs its queue.
    #[serde(default)]
    pub policy: BranchPolicy,
    /// The version seen; none for a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// Who gives a service, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// Where.
    pub branch_id: BranchId,
    /// By whom: a doctor, or whoever gives it at a desk.
    pub person_id: PersonId,
}

/// A service, as it is set.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ServiceSettings {
    /// Its name.
    pub name: String,
    /// 1–3 capital letters before the number of its tickets; no two services have the same.
    pub prefix: String,
    /// Planned minutes, 1 to 480.
    pub duration_min: u32,
    /// Price in minor units of the currency.
    pub price_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Can be joined without an appointment.
    pub walk_in: bool,
    /// Where, and by whom; a service that nobody gives is not offered.
    pub given: Vec<Given>,
    /// The version seen; none for a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
}

/// A branch that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BranchView {
    /// Which.
    pub id: BranchId,
    /// How it is set.
    pub settings: BranchSettings,
}

/// A service that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceView {
    /// Which.
    pub id: ServiceId,
    /// How it is set.
    pub settings: ServiceSettings,
}

/// Somebody who may give a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StaffView {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// The roles held.
    pub roles: Vec<Role>,
    /// The branches belonged to.
    pub branches: Vec<BranchId>,
}

/// `GET /admin/settings`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settings {
    /// The branches by name.
    pub branches: Vec<BranchView>,
    /// The services by name, also those that nobody gives.
    pub services: Vec<ServiceView>,
    /// Whoever may give a service, by name.
    pub staff: Vec<StaffView>,
}
