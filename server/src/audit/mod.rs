//! The audit log: read, verified, and signed at intervals.

mod anchor;
mod keep;
mod note;
mod refusals;
mod resume;
mod routes;
mod store;
mod trust;
mod verify;
mod words;

pub use keep::{Leaves, audit_open, keep};
pub use note::verifier;
pub use refusals::{Refusals, keep_refusals};
pub use resume::resume;
pub use routes::{activity, patients, routes};
pub use store::key_mark;
pub use trust::Trust;
pub use verify::verify;
pub use words::told;
