//! A person's picture, opened.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use medlane_shared::{
    access::Grant,
    fault::Fault,
    identity::{Avatar, Picture},
    ids::{ClinicId, PersonId},
};

use super::store;
use crate::{engine::Core, identity::subject, keys::Place};

/// The place that a person's picture is sealed for.
pub(super) const fn place(clinic: ClinicId, person: PersonId) -> Place<'static> {
    Place { clinic, subject: person.0, record: person.0, version: 0, kind: "avatar" }
}

/// A person's unsealed picture.
///
/// # Errors
/// [`Code::NotFound`] if the clinic has no person with this id.
pub async fn avatar_of(core: &Core, grant: &Grant, person: PersonId) -> Result<Avatar, Fault> {
    let clinic = grant.clinic();
    let subject = subject(core, clinic, person).await?;
    let sealed = store::avatar_by_person(&mut core.read().await?, grant, person).await;
    let sealed = sealed.map_err(|error| core.broken(&error))?;
    let opened = sealed.map(|sealed| subject.key.open(&place(clinic, person), &sealed)).transpose();
    let shown = |bytes: Vec<u8>| Picture {
        content_type: "image/jpeg".to_owned(),
        data: BASE64_STANDARD.encode(bytes),
    };
    Ok(Avatar { picture: opened.map_err(|error| core.broken(&error.into()))?.map(shown) })
}
