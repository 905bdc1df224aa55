//! Identity: signing in, sessions, accounts, devices.

pub mod accounts;
pub mod attempts;
mod checks;
mod code;
mod confirm;
pub mod contact;
pub mod dependants;
pub mod devices;
mod factor;
mod known;
mod memory;
pub mod merge;
mod ops;
mod own;
pub mod patients;
mod people;
pub mod profile;
mod renewal;
mod routes;
mod session_store;
mod shown;
pub mod signing;
mod store;
mod subjects;
mod token;

pub use checks::Checks;
pub use code::{lettered, typed};
pub use devices::DeviceCodeMake;
pub use memory::{DEVICE, Devices, GUARDIAN, Guardians, SESSION, Sessions};
pub use ops::{Lives, Refreshed, SignIn, SignOut};
pub(crate) use own::own;
pub use people::{PeopleAdd, Person};
pub use profile::{Pictures, portrait};
pub use routes::{password_hash, routes, session_shown};
pub use signing::Signing;
pub use store::{
    Account, account_by_email, account_by_id, demographics_list, person_names, record_number_of,
};
pub use subjects::{Demographics, KEY, PERSON, Patient, Subjects, details_changed, key_destroy, subject};
pub use token::{Claims, confirmed, known, known_until};
