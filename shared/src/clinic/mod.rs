//! The catalogue: branches, services, and the doctors who give them (`docs/product.md` §2).

mod policy;
mod settings;

use serde::{Deserialize, Serialize};

use crate::ids::{BranchId, PersonId, RoomId, ServiceId};

pub use policy::{BranchPolicy, ClassRate, Opening, POLICY_NUMBERS, PolicyNumber};
pub use settings::{
    BranchSettings, BranchView, DURATION_MAX_MIN, Given, PRICE_MAX_MINOR, ROOM_MAX_CHARS, ROOMS_MAX,
    ServiceSettings, ServiceView, Settings, StaffView,
};

/// A branch: one site of the clinic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Branch {
    /// Its id.
    pub id: BranchId,
    /// Its name.
    pub name: String,
    /// Its address, as one text.
    pub address: String,
    /// Its IANA time zone. Ticket numbers restart with its local day.
    pub time_zone: String,
    /// The languages spoken there (BCP 47); the first is the default.
    pub languages: Vec<String>,
    /// Its rooms and counters.
    pub rooms: Vec<Room>,
    /// When patients may join; if empty, they may always join.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opening: Vec<Opening>,
    /// Whether patients may join from home.
    #[serde(default = "yes")]
    pub remote_join: bool,
}

const fn yes() -> bool {
    true
}

/// The clinic's first branch. Where something concerns the whole clinic, days and times are those of its time zone.
#[must_use]
pub fn first_branch(branches: &[Branch]) -> Option<&Branch> {
    branches.iter().min_by_key(|branch| branch.id)
}

/// A room or counter that patients are called to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// Its name as the calls say it: "Room 3".
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
    /// 1–3 capital letters that stand before the number of its tickets.
    pub prefix: String,
    /// Planned duration in minutes.
    pub duration_min: u32,
    /// Price in minor units of the currency.
    pub price_minor: i64,
    /// ISO 4217 currency; some have three decimals (OMR).
    pub currency: String,
    /// Whether patients can join without an appointment.
    pub walk_in: bool,
    /// The doctors who give it at this branch.
    pub doctors: Vec<Doctor>,
}

/// A doctor, with the facts that patients may see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Doctor {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Opaque cursor of the next page; `None` on the last page.
    pub next: Option<String>,
}

#[cfg(feature = "openapi")]
impl<T: utoipa::ToSchema> utoipa::PartialSchema for Page<T> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::{ArrayBuilder, ObjectBuilder, Ref, Type, schema::SchemaType};
        let items = ArrayBuilder::new().items(Ref::from_schema_name(T::name()));
        let text = ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::String, Type::Null]));
        ObjectBuilder::new()
            .description(Some("A page of a list."))
            .property("items", items.description(Some("The rows.")))
            .required("items")
            .property("next", text.description(Some("Cursor of the next page; `null` on the last.")))
            .required("next")
            .into()
    }
}

/// Each list has a schema of its own, named by what it holds: `PersonViewPage`.
#[cfg(feature = "openapi")]
impl<T: utoipa::ToSchema> utoipa::ToSchema for Page<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("{}Page", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}
