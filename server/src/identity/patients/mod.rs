//! Patients, as the desk finds and registers them.

mod desk;
mod found_store;
mod ops;
mod routes;
mod store;
mod views;

pub(super) use desk::at_desk;
pub use routes::routes;
pub(super) use views::patient;
