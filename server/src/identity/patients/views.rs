//! A patient as the desk sees them.

use medlane_shared::{
    access::{Action, Actor},
    fault::{Code, Fault},
    identity::PatientView,
    ids::PersonId,
};

use super::{at_desk, store};
use crate::engine::Core;

/// An existing patient, if the caller may see who patients are.
///
/// # Errors
/// A missing right; [`Code::NotFound`].
pub async fn patient(core: &Core, actor: &Actor, id: PersonId) -> Result<PatientView, Fault> {
    let grant = at_desk(actor, Action::PatientRead)?;
    let found = store::patient_by_id(&mut core.read().await?, &grant, id).await;
    found.map_err(|error| core.broken(&error))?.ok_or_else(|| Code::NotFound.into())
}
