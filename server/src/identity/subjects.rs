//! A cache of patients' keys and demographics, because most patients who do one thing do more.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use medlane_shared::{
    fault::{Code, Fault},
    ids::{ClinicId, PersonId},
};

use super::{demographics::Demographics, store};
use crate::{
    engine::{Core, Entity, Load, RoomState},
    keys::{SubjectKey, subject_key, subject_key_delete},
    lock::hold,
    writer::{ChangeRow, Failure, Unit},
};

/// The most cached patients. Above it the whole cache is dropped.
const KEPT_MAX: usize = 10_000;

/// The data that operations for a patient need.
#[derive(Debug, Clone)]
pub struct Patient {
    /// Their demographics.
    pub demographics: Arc<Demographics>,
    /// Their key.
    pub key: SubjectKey,
}

/// A person whose details changed, or who was merged or separated again.
pub const PERSON: Entity = Entity::new("person");
/// The destroyed key of a person.
pub const KEY: Entity = Entity::new("key");

/// The patients of a clinic in memory. They are loaded on demand, and the feed drops changed ones on every node.
#[derive(Debug, Clone, Default)]
pub struct Subjects(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    patients: HashMap<PersonId, Patient>,
    /// Counts the changes of persons: a row that was read before a change is not kept after it.
    moves: u64,
}

impl RoomState for Subjects {
    /// A person whose row or key has changed or is gone.
    type Change = PersonId;

    const ENTITIES: &'static [Entity] = &[PERSON, KEY];

    async fn load(_at: Load<'_>) -> sqlx::Result<Self> {
        Ok(Self::default())
    }

    async fn catch_up(at: Load<'_>, news: &[&ChangeRow]) -> sqlx::Result<Vec<PersonId>> {
        let mut changed = Vec::new();
        for row in news {
            let person: PersonId = row.id()?;
            let merged = store::demographics_list(at.conn, at.clinic, person).await?;
            changed.extend(merged.into_iter().map(|(id, _)| id).chain([person]));
        }
        Ok(changed)
    }

    fn published(&self, changed: &[PersonId]) {
        let mut kept = hold(&self.0);
        kept.moves += 1;
        for person in changed {
            kept.patients.remove(person);
        }
    }
}

/// The details and the key of a clinic's patient.
///
/// # Errors
/// [`Code::NotFound`] if the clinic has no patient with this id, or their key was destroyed.
pub async fn subject(core: &Core, clinic: ClinicId, person: PersonId) -> Result<Patient, Fault> {
    let Subjects(subjects) = &*core.clinics.get(clinic)?.state::<Subjects>();
    let moves = {
        let kept = hold(subjects);
        if let Some(known) = kept.patients.get(&person) {
            return Ok(known.clone());
        }
        kept.moves
    };
    let mut conn = core.read().await?;
    let broken = |error: sqlx::Error| core.broken(&error);
    let found = store::demographics_list(&mut conn, clinic, person).await.map_err(broken)?;
    let found = found.into_iter().find(|(id, _)| *id == person);
    let key = subject_key(&mut conn, &core.root, clinic, person.0).await.map_err(broken)?;
    let (Some((_, demographics)), Some(key)) = (found, key) else { return Err(Code::NotFound.into()) };
    let patient = Patient { demographics: demographics.into(), key };
    let mut kept = hold(subjects);
    if kept.moves == moves {
        if kept.patients.len() >= KEPT_MAX {
            kept.patients.clear();
        }
        kept.patients.insert(person, patient.clone());
    }
    Ok(patient)
}

/// Publishes changed details of a person: every open view, on every node, shows the new ones.
///
/// # Errors
/// An error of the database.
pub async fn details_changed(unit: &mut Unit<'_>, person: PersonId) -> Result<(), Failure> {
    let clinic = unit.clinic();
    for (id, _) in store::demographics_list(unit.reads().await?, clinic, person).await? {
        unit.change::<Subjects>(id);
        // Tickets of a record that was merged into this one keep that record's id: replicas find them by an entry of
        // their own.
        if id != person {
            unit.changed(PERSON, id, None, Some(id));
        }
    }
    unit.change::<Subjects>(person);
    unit.changed(PERSON, person, None, Some(person));
    Ok(())
}

/// Destroys the key of a person: data that is sealed with it can be opened nowhere, and no node keeps the key in
/// memory.
///
/// # Errors
/// The database's.
pub async fn key_destroy(unit: &mut Unit<'_>, person: PersonId) -> Result<(), Failure> {
    let clinic = unit.clinic();
    subject_key_delete(unit.writes().await?, clinic, person.0).await?;
    unit.change::<Subjects>(person);
    unit.changed(KEY, person, None, Some(person));
    Ok(())
}
