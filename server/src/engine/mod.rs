//! The engine below the rooms. It keeps the rooms' states in memory, one snapshot for each commit, and knows no room
//! by name.

mod clinic;
mod number;
mod room;
mod rooms;
mod store;

pub use clinic::{Clinic, Clinics, Snapshot};
pub use number::Number;
pub use room::{Entity, Load, RoomState};
pub use rooms::Rooms;
pub(crate) use rooms::{News, Part, change, look};
pub use store::ClinicRow;
