//! The caller's picture, and the request to delete their account.

mod ops;
mod picture;
mod pictures;
mod routes;
pub mod store;
mod webp;

use medlane_shared::ids::{ClinicId, PersonId};

pub use ops::Keep;
pub(super) use ops::left;
pub use picture::portrait;
pub use pictures::Pictures;
pub use routes::{avatar_of, routes};

use crate::keys::Place;

/// The place that a person's picture is sealed for.
const fn place(clinic: ClinicId, person: PersonId) -> Place<'static> {
    Place { clinic, subject: person.0, record: person.0, version: 0, kind: "avatar" }
}
