//! People, as administrators see and change them.

pub mod ops;
mod routes;
pub mod store;

pub use routes::routes;
