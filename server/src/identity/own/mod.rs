//! The caller's own sessions, profile and password.

mod kept;
mod ops;
mod routes;

pub use kept::kept_of;
pub use routes::routes;
