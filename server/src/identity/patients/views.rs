//! A patient as the desk sees them.

use medlane_shared::{
    fault::{Code, Fault},
    identity::PatientView,
    ids::PersonId,
};

use super::store;
use crate::{app::App, http::Caller};

/// An existing patient.
///
/// # Errors
/// [`Code::NotFound`].
pub async fn patient(app: &App, caller: &Caller, id: PersonId) -> Result<PatientView, Fault> {
    let found = store::patient_by_id(&mut app.core.read().await?, caller.actor.clinic(), id).await;
    found.map_err(|error| app.core.broken(&error))?.ok_or_else(|| Code::NotFound.into())
}
