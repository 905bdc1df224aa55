//! Identity: signing in, sessions, accounts, devices.

pub mod accounts;
mod checks;
mod code;
mod concerns;
mod confirm;
pub mod contact;
mod demographics;
pub mod dependants;
pub mod devices;
mod factor;
mod keys;
mod mark;
mod memory;
pub mod merge;
mod notices;
mod ops;
mod own;
mod passwords;
pub mod patients;
mod people;
pub mod profile;
mod pushes;
mod renewal;
mod routes;
mod session_store;
mod shown;
pub mod signing;
mod store;
mod subjects;
mod token;
mod visits;

pub use checks::Checks;
pub use code::{lettered, typed};
pub use concerns::patient_concerned;
pub use demographics::Demographics;
pub use devices::DeviceCodeMake;
pub use memory::{DEVICE, Devices, GUARDIAN, Guardians, SESSION, Sessions};
pub use notices::{reached, unchosen};
pub use ops::{Lives, Refreshed, SignIn, SignOut};
pub use own::kept_of;
pub use passwords::{password_hash, password_holds};
pub use people::{PeopleAdd, Person};
pub use profile::{Pictures, portrait};
pub use routes::{routes, session_shown};
pub use session_store::session_prune;
pub use signing::Signing;
pub use store::{
    Account, account_by_email, account_by_id, demographics_list, person_names, record_number_of,
};
pub use subjects::{KEY, PERSON, Patient, Subjects, details_changed, key_destroy, subject};
pub use token::{Claims, confirmed, known, known_until};
pub use visits::Visits;
