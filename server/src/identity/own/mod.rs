//! One's own sessions, profile and password.

mod ops;
mod routes;

pub use routes::routes;
