//! Administration in the console: people, patients, devices.

mod change;
mod contact;
mod decided;
mod devices;
mod duplicates;
mod face;
mod patients;
mod people;

pub use devices::Devices;
pub use duplicates::Duplicates;
pub use patients::Patients;
pub use people::People;
