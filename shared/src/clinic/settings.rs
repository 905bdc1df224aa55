//! The settings of an administrator: branches with their rooms, services, and the doctors who give them.

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
/// The highest price, in minor units: every whole number up to here is exact in JSON.
pub const PRICE_MAX_MINOR: i64 = (1 << 53) - 1;

/// The settings of a branch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct BranchSettings {
    /// Its name.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Title))]
    pub name: String,
    /// Its address, as one text.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::PostalAddress))]
    pub address: String,
    /// Its IANA time zone: `Asia/Muscat`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::TimeZone))]
    pub time_zone: String,
    /// Its languages (BCP 47); the first is the default.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Languages))]
    pub languages: Vec<String>,
    /// Its rooms and counters, by the names that the calls say.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Rooms))]
    pub rooms: Vec<String>,
    /// How it runs its queue.
    #[serde(default)]
    pub policy: BranchPolicy,
    /// The version that the caller saw; `None` for a new branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Version>))]
    pub version: Option<i64>,
}

/// One person who gives a service at one branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// The branch.
    pub branch_id: BranchId,
    /// The doctor, or another member of staff who gives the service at a desk.
    pub person_id: PersonId,
}

/// The settings of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ServiceSettings {
    /// Its name.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Title))]
    pub name: String,
    /// 1–3 capital letters that stand before the number of its tickets. No two services share them.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::TicketPrefix))]
    pub prefix: String,
    /// Planned duration in minutes, 1 to 480.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::DurationMin))]
    pub duration_min: u32,
    /// Price in minor units of the currency.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::PriceMinor))]
    pub price_minor: i64,
    /// Its currency (ISO 4217).
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Currency))]
    pub currency: String,
    /// Whether patients can join without an appointment.
    pub walk_in: bool,
    /// Who gives it, and at which branch. A service that nobody gives is not offered.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::GivenList))]
    pub given: Vec<Given>,
    /// The version that the caller saw; `None` for a new service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Version>))]
    pub version: Option<i64>,
}

/// A branch with its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BranchView {
    /// Its id.
    pub id: BranchId,
    /// Its settings.
    pub settings: BranchSettings,
}

/// A service with its settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ServiceView {
    /// Its id.
    pub id: ServiceId,
    /// Its settings.
    pub settings: ServiceSettings,
}

/// A person who may give a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StaffView {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// The roles that they hold.
    pub roles: Vec<Role>,
    /// The branches that they belong to.
    pub branches: Vec<BranchId>,
}

/// `GET /admin/settings`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Settings {
    /// The branches, by name.
    pub branches: Vec<BranchView>,
    /// The services, by name; also those that nobody gives.
    pub services: Vec<ServiceView>,
    /// The people who may give a service, by name.
    pub staff: Vec<StaffView>,
}
