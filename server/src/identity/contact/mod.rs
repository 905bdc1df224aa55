//! Contacts, proven by a code that is sent to them: for registration, and to replace a forgotten password.

mod address;
mod codes;
mod country;
mod desk;
pub mod ops;
mod own;
pub mod person_store;
mod routes;
pub mod store;

pub use crate::forms::{birth_date, email, name, phone};
pub use address::{Contact, signs_in_with};
pub(super) use codes::{Purpose, holder, prove, secret_hash_of, sends, settle};
pub use country::country;
pub use routes::routes;
pub use store::verification_prune;
