//! The audit log: read, verified, and signed at intervals.

mod checkpoint;
mod routes;
mod store;
mod verify;

pub use checkpoint::{Leaves, keep};
pub use routes::{activity, routes};
pub use verify::verify;
