//! Branches, services and who gives them: the catalogue (`docs/product.md` §2).

mod policy;
mod settings;

use serde::{Deserialize, Serialize};

use crate::ids::{BranchId, PersonId, RoomId, ServiceId};

pub use policy::{BranchPolicy, ClassRate, Opening};
pub use settings::{
    BranchSettings, BranchView, DURATION_MAX_MIN, Given, ROOM_MAX_CHARS, ROOMS_MAX, ServiceSettings,
    ServiceView, Settings, StaffView,
};

/// One of a clinic's places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Branch {
    /// Its id.
    pub id: BranchId,
    /// Its name.
    pub name: String,
    /// Its address, one text.
    pub address: String,
    /// IANA time zone; its local day numbers the tickets.
    pub time_zone: String,
    /// Languages spoken there, BCP 47, first is the default.
    pub languages: Vec<String>,
    /// Its rooms and counters.
    pub rooms: Vec<Room>,
    /// When patients may join; always without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opening: Vec<Opening>,
    /// Patients may join from home.
    #[serde(default = "yes")]
    pub remote_join: bool,
}

const fn yes() -> bool {
    true
}

/// A room or counter that patients are called to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// Its name as called: "Room 3".
    pub name: String,
}

/// What a branch offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// Its name.
    pub name: String,
    /// 1–3 capital letters before the number of its tickets.
    pub prefix: String,
    /// Planned minutes.
    pub duration_min: u32,
    /// Price in minor units of the currency.
    pub price_minor: i64,
    /// ISO 4217 currency; some have three decimals (OMR).
    pub currency: String,
    /// Can be joined without an appointment.
    pub walk_in: bool,
    /// Who gives it at this branch.
    pub doctors: Vec<Doctor>,
}

/// A doctor, as patients see one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Doctor {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Opaque cursor of the next page; none on the last.
    pub next: Option<String>,
}
