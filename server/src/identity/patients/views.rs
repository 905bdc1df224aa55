//! A patient as the desk sees them.

use medlane_shared::{
    fault::{Code, Fault},
    identity::PatientView,
    ids::{ClinicId, PersonId},
};

use super::store;
use crate::engine::Core;

/// An existing patient.
///
/// # Errors
/// [`Code::NotFound`].
pub async fn patient(core: &Core, clinic: ClinicId, id: PersonId) -> Result<PatientView, Fault> {
    let found = store::patient_by_id(&mut core.read().await?, clinic, id).await;
    found.map_err(|error| core.broken(&error))?.ok_or_else(|| Code::NotFound.into())
}
