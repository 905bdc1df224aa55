//! Patients who are there twice. A merge moves nothing: what is sealed to a patient stays sealed to them, and the one who
//! stays is shown what is the other's. So it can be taken back whole.

mod likeness;
mod ops;
mod routes;
pub mod store;

pub use likeness::{Traits, likeness};
pub use routes::routes;
pub use store::merged_ids;
