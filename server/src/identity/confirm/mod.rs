//! Confirms a caller's identity again. It is required for the calls that a stolen session must not be able to make:
//! second factors, roles, invitations, reinstating and removing people, codes, unlocking and wiping devices, keys, and the own
//! password.

mod ops;
mod routes;

pub use ops::demand;
pub use routes::routes;
