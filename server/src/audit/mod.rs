//! The audit log: read, verified, and signed at intervals.

pub mod checkpoint;
mod routes;
pub mod store;
mod verify;

pub use routes::{activity, routes};
pub use verify::verify;
