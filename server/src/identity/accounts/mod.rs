//! People, as administrators see and change them.

mod managed;
pub mod ops;
mod routes;
pub mod store;

pub(super) use managed::{as_patient, managed, reason, seen};
pub use routes::routes;
