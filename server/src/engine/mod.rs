//! The engine below the rooms. It keeps the rooms' states in memory, one snapshot for each commit, and knows no room
//! by name.

mod actor;
mod clinic;
mod core;
mod entity;
mod found;
mod intents;
mod leaves;
mod number;
mod room;
mod rooms;
mod services;
mod store;
mod trust;
pub mod writer;

pub use actor::{own, own_by};
pub use clinic::{Clinic, Clinics, Snapshot};
pub use core::{Clock, Core, wall_clock};
pub use entity::Entity;
pub use found::found;
pub use intents::{Act, IntentOp, Intents};
pub use leaves::Leaves;
pub use number::Number;
pub use room::{Load, RoomState};
pub use rooms::Rooms;
pub(crate) use rooms::{News, Part, change, look};
pub use services::Services;
pub use store::{ClinicRow, clinic_list};
pub use trust::{Trust, signing_key};
