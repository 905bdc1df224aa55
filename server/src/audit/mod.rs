//! The audit log: read, verified, and signed at intervals.

mod anchor;
mod begin;
mod keep;
mod note;
mod outside;
mod record;
mod refusals;
mod resume;
mod routes;
mod store;
mod trust;
mod verify;
mod walk;
mod words;

pub use anchor::Anchor;
pub use begin::audit_open;
pub use keep::{Leaves, keep};
pub use note::verifier;
pub use refusals::{Refusals, keep_refusals};
pub use resume::resume;
pub use routes::{activity, patients, routes};
pub use trust::Trust;
pub use verify::verify;
pub use words::told;
