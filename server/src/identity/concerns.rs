//! The patient whom a path concerns that names a person.

use futures_util::future::BoxFuture;
use medlane_shared::ids::PersonId;

use super::subject;
use crate::engine::{Clinic, Core};

/// The patient with this id, if the clinic has one.
pub fn patient_concerned<'a>(
    core: &'a Core,
    clinic: &'a Clinic,
    id: &'a str,
) -> BoxFuture<'a, Option<PersonId>> {
    Box::pin(async move {
        let patient: PersonId = id.parse().ok()?;
        subject(core, clinic.id, patient).await.ok().map(|_| patient)
    })
}
