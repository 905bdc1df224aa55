//! Who is who: signing in, sessions, devices.

pub mod accounts;
pub mod attempts;
mod checks;
pub mod code;
pub mod contact;
pub mod dependants;
pub mod devices;
mod factor;
pub mod merge;
mod ops;
mod own;
pub mod patients;
mod people;
pub mod profile;
mod routes;
pub mod session_store;
pub mod signing;
pub mod store;
mod subjects;
mod token;

pub use checks::Checks;
pub use devices::DeviceCodeMake;
pub use ops::{Refresh, Refreshed, SignIn, SignOut};
pub(crate) use own::own;
pub use people::{PeopleAdd, Person};
pub use routes::{password_hash, routes};
pub use signing::Signing;
pub use subjects::{Patient, Subjects};
pub use token::{Claims, known};
