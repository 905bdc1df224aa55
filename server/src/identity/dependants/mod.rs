//! Guardians, who act for dependants.

mod ops;
mod routes;
pub mod store;

pub use routes::routes;
pub use store::{Guarded, dependant_list, guarded_load, guardian_list};
