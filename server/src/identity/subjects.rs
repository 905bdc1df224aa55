//! A cache of patients' keys and demographics, because most patients who do one thing do more.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use medlane_shared::{
    fault::{Code, Fault},
    identity::{Gender, RecordNumber},
    ids::{ClinicId, PersonId},
};

use super::store;
use crate::{
    app::Core,
    keys::SubjectKey,
    lock::hold,
    queue::Effect,
    writer::{Entity, Failure, Unit},
};

/// The most cached patients. Above it the whole cache is dropped.
const KEPT_MAX: usize = 10_000;

/// The facts that tell a patient from others (FHIR `Patient`). For a merged record they are those of the record that
/// stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demographics {
    /// The whole name.
    pub name: String,
    /// The date of birth, `1980-01-31`.
    pub birth_date: Option<String>,
    /// The administrative gender.
    pub gender: Option<Gender>,
    /// The number of the medical record.
    pub record_number: Option<RecordNumber>,
}

/// The data that operations for a patient need.
#[derive(Debug, Clone)]
pub struct Patient {
    /// Their demographics.
    pub demographics: Arc<Demographics>,
    /// Their key.
    pub key: SubjectKey,
}

/// The cache of patients.
#[derive(Debug, Default)]
pub struct Subjects(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    patients: HashMap<(ClinicId, PersonId), Patient>,
    /// A count of changes. Data that was read before a change is not cached after it.
    moves: u64,
}

impl Subjects {
    /// Removes a patient, because their key or row has changed.
    pub fn forget(&self, clinic: ClinicId, person: PersonId) {
        let mut kept = hold(&self.0);
        kept.moves += 1;
        kept.patients.remove(&(clinic, person));
    }

    /// Takes over what a commit, of this node or another, has changed about a patient.
    pub fn learn(&self, clinic: ClinicId, person: PersonId, demographics: &Arc<Demographics>) {
        let mut kept = hold(&self.0);
        kept.moves += 1;
        if let Some(known) = kept.patients.get_mut(&(clinic, person)) {
            known.demographics = demographics.clone();
        }
    }

    /// A patient of a clinic.
    ///
    /// # Errors
    /// [`Code::NotFound`] if the clinic has no patient with this id.
    pub async fn patient(&self, core: &Core, clinic: ClinicId, person: PersonId) -> Result<Patient, Fault> {
        let moves = {
            let kept = hold(&self.0);
            if let Some(known) = kept.patients.get(&(clinic, person)) {
                return Ok(known.clone());
            }
            kept.moves
        };
        let mut conn = core.read().await?;
        let broken = |error: sqlx::Error| core.broken(&error);
        let found = store::demographics_list(&mut conn, clinic, person).await.map_err(broken)?;
        let found = found.into_iter().find(|(id, _)| *id == person);
        let key = store::subject_key(&mut conn, &core.keys.root, clinic, person.0).await.map_err(broken)?;
        let (Some((_, demographics)), Some(key)) = (found, key) else { return Err(Code::NotFound.into()) };
        let patient = Patient { demographics: demographics.into(), key };
        let mut kept = hold(&self.0);
        if kept.moves == moves {
            if kept.patients.len() >= KEPT_MAX {
                kept.patients.clear();
            }
            kept.patients.insert((clinic, person), patient.clone());
        }
        Ok(patient)
    }
}

/// A person's details have changed. Every open view, on every node, shows the new ones.
///
/// # Errors
/// An error of the database.
pub async fn details_changed(unit: &mut Unit<'_>, person: PersonId) -> Result<(), Failure> {
    let clinic = unit.clinic();
    for (id, demographics) in store::demographics_list(unit.reads().await?, clinic, person).await? {
        unit.effect(Effect::Person(id, demographics.into()));
        // Tickets of a merged record keep that record's id. A feed entry of their own finds them in replicas.
        if id != person {
            unit.changed(Entity::Person, id, None, Some(id));
        }
    }
    unit.changed(Entity::Person, person, None, Some(person));
    Ok(())
}
