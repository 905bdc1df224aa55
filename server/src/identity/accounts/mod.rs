//! People, as administrators see and change them.

pub mod ops;
mod routes;
pub mod store;

pub(super) use ops::managed;
pub use routes::routes;
