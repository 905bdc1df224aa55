//! The audit log: read, verified, and signed at intervals.

mod anchor;
mod begin;
mod changes;
mod days;
mod frontier;
mod grown;
mod keep;
mod lines;
mod note;
mod ops;
mod outside;
mod record;
mod refusals;
mod resume;
mod routes;
mod store;
mod verify;
mod views;
mod walk;
mod words;

pub use anchor::{Anchor, Outside};
pub use begin::audit_open;
pub use keep::keep;
pub use note::verifier;
pub use refusals::keep_refusals;
pub use resume::resume;
pub use routes::routes;
pub use verify::verify;
pub use views::{activity, patients};
pub use words::told;
