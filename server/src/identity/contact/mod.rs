//! Contacts, proven by a code that is sent to them: for registration, and to replace a forgotten password.

mod address;
mod codes;
mod desk;
pub mod ops;
mod own;
mod routes;
pub mod store;

pub use crate::forms::{birth_date, email, name, phone};
pub use address::{Contact, signs_in_with};
pub(super) use codes::{Purpose, holder, keep, prove, secret_hash_of, sends};
pub use routes::routes;
pub use store::verification_prune;
