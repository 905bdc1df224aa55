//! Patients' names and keys in memory, for a while: most who do something do more.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use medlane_shared::{
    fault::{Code, Fault},
    ids::{ClinicId, PersonId},
};

use super::store;
use crate::{app::Core, keys::SubjectKey, lock::hold};

/// Patients kept; then all are forgotten and come back one by one.
const KEPT_MAX: usize = 10_000;

/// What is needed to write something down for a patient.
#[derive(Debug, Clone)]
pub struct Patient {
    /// Their name.
    pub name: Arc<str>,
    /// Their key.
    pub key: SubjectKey,
}

/// The patients in memory.
#[derive(Debug, Default)]
pub struct Subjects(Mutex<HashMap<(ClinicId, PersonId), Patient>>);

impl Subjects {
    /// Forgets a patient, who has changed.
    pub fn forget(&self, clinic: ClinicId, person: PersonId) {
        hold(&self.0).remove(&(clinic, person));
    }

    /// A patient of a clinic.
    ///
    /// # Errors
    /// [`Code::NotFound`] where the clinic has none of this id.
    pub async fn patient(&self, core: &Core, clinic: ClinicId, person: PersonId) -> Result<Patient, Fault> {
        if let Some(known) = hold(&self.0).get(&(clinic, person)) {
            return Ok(known.clone());
        }
        let mut conn = core.read().await?;
        let broken = |error: sqlx::Error| core.broken(&error);
        let name = store::person_name(&mut conn, clinic, person).await.map_err(broken)?;
        let key = store::subject_key(&mut conn, &core.keys.root, clinic, person.0).await.map_err(broken)?;
        let (Some(name), Some(key)) = (name, key) else { return Err(Code::NotFound.into()) };
        let patient = Patient { name: name.into(), key };
        let mut kept = hold(&self.0);
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert((clinic, person), patient.clone());
        Ok(patient)
    }
}
