//! Devices, as administrators see and change them.

mod ops;
mod routes;
mod store;

pub use routes::routes;
