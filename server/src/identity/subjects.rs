//! Patients' keys, and what tells them from others, in memory for a while: most who do something do more.

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

/// Patients kept; then all are forgotten and come back one by one.
const KEPT_MAX: usize = 10_000;

/// What tells a patient from others (FHIR `Patient`); of one who was merged, what tells the one who stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demographics {
    /// The whole name.
    pub name: String,
    /// `1980-01-31`.
    pub birth_date: Option<String>,
    /// The administrative gender.
    pub gender: Option<Gender>,
    /// The number of the record.
    pub record_number: Option<RecordNumber>,
}

/// What is needed to write something down for a patient.
#[derive(Debug, Clone)]
pub struct Patient {
    /// Who they are.
    pub demographics: Arc<Demographics>,
    /// Their key.
    pub key: SubjectKey,
}

/// The patients in memory.
#[derive(Debug, Default)]
pub struct Subjects(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    patients: HashMap<(ClinicId, PersonId), Patient>,
    /// How often somebody has changed: what was read before a change is not kept after it.
    moves: u64,
}

impl Subjects {
    /// Forgets a patient, whose key or row is another now.
    pub fn forget(&self, clinic: ClinicId, person: PersonId) {
        let mut kept = hold(&self.0);
        kept.moves += 1;
        kept.patients.remove(&(clinic, person));
    }

    /// Takes in what a commit, of this node or another, has changed of a patient.
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
    /// [`Code::NotFound`] where the clinic has none of this id.
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

/// Somebody's details have changed: every open view, on every node, shows them as they are now.
///
/// # Errors
/// An error of the database.
pub async fn details_changed(unit: &mut Unit<'_>, person: PersonId) -> Result<(), Failure> {
    let clinic = unit.clinic();
    for (id, demographics) in store::demographics_list(unit.reads().await?, clinic, person).await? {
        unit.effect(Effect::Person(id, demographics.into()));
        // Tickets of who was merged into them keep their own id: an entry of its own finds those in replicas.
        if id != person {
            unit.changed(Entity::Person, id, None, Some(id));
        }
    }
    unit.changed(Entity::Person, person, None, Some(person));
    Ok(())
}
