//! Who is who: signing in, sessions, devices.

pub mod accounts;
mod attempts;
pub mod contact;
mod devices;
mod ops;
mod own;
mod people;
mod routes;
pub mod session_store;
pub mod store;
mod subjects;
mod token;

pub use ops::{DeviceCodeMake, Enrol, Refresh, Refreshed, SignIn, SignOut};
pub use people::{PeopleAdd, Person};
pub use routes::{password_hash, routes};
pub use subjects::{Patient, Subjects};
pub use token::{Claims, known};
