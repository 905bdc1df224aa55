//! The audit log: read, verified, and signed at intervals.

mod checkpoint;
mod refusals;
mod routes;
mod store;
mod verify;

pub use checkpoint::{Leaves, keep};
pub use refusals::{Refusals, keep_refusals};
pub use routes::{activity, patients, routes};
pub use verify::verify;
