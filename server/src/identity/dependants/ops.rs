//! Adding a dependant, and ending that.

use medlane_shared::{
    access::Role,
    fault::{Code, Fault, FieldCode},
    identity::{DEPENDANTS_MAX, Gender},
    ids::PersonId,
};

use serde_json::json;

use super::store;
use crate::{
    attempts::{self, Try},
    engine::own_by,
    identity::visits::end_remote,
    identity::{
        memory::{GUARDIAN, Guardians},
        people::{Person, person_insert},
        store::has_password,
    },
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Updates a guardian's dependants in memory, on every node.
pub async fn publish(unit: &mut Unit<'_>, guardian: PersonId) -> Result<(), Failure> {
    let clinic = unit.clinic();
    let all = store::dependant_ids(unit.reads().await?, clinic, guardian).await?;
    unit.change::<Guardians>((guardian, all.into()));
    unit.changed(GUARDIAN, guardian, None, Some(guardian));
    Ok(())
}

/// Adds a dependant: a person without an account of their own.
#[derive(Debug, Clone)]
pub struct DependantAdd {
    /// The id, made by the caller.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// The date of birth.
    pub birth_date: String,
    /// The administrative gender.
    pub gender: Option<Gender>,
    /// The limit on dependants added in a day.
    pub tries: Vec<Try>,
}

impl Op for DependantAdd {
    type Out = PersonId;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<PersonId>, Failure> {
        let (guardian, _, grant) = own_by(unit.actor())?;
        if unit.actor().role() != Some(Role::Patient) {
            return Err(Code::Forbidden.into());
        }
        let (at, clinic) = (unit.at(), unit.clinic());
        if store::dependant_ids(unit.reads().await?, clinic, guardian).await?.len() >= DEPENDANTS_MAX {
            return Err(Fault::new(Code::Invalid).field("name", FieldCode::Dependants).into());
        }
        attempts::check(unit.reads().await?, &self.tries, at).await?;
        let person = Person {
            id: self.id,
            name: self.name.clone(),
            email: None,
            phone: None,
            birth_date: Some(self.birth_date.clone()),
            language: None,
            password: None,
            gender: self.gender,
            roles: vec![Role::Patient],
            branches: Vec::new(),
        };
        person_insert(unit, &[person]).await?;
        attempts::count(unit, &self.tries).await?;
        store::guardian_put(unit.writes().await?, &grant, guardian, self.id, at).await?;
        publish(unit, guardian).await?;
        let entry =
            Entry::new("dependant.add", format!("person:{}", self.id)).by(&grant).patient(Some(self.id));
        Ok(unit.commit(entry, self.id))
    }
}

/// Ends a guardianship. The person's record stays with the clinic. If they have no account and no other guardian,
/// their tickets from home end, because nobody could give them up or bring the patient.
#[derive(Debug, Clone, Copy)]
pub struct DependantEnd(pub PersonId);

impl Op for DependantEnd {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (guardian, _, grant) = own_by(unit.actor())?;
        let (at, clinic) = (unit.at(), unit.clinic());
        let all = store::dependant_ids(unit.reads().await?, clinic, guardian).await?;
        if !all.contains(&self.0) {
            return Err(Code::NotFound.into());
        }
        store::guardian_end(unit.writes().await?, &grant, self.0, at).await?;
        publish(unit, guardian).await?;
        let acts_for_themselves = has_password(unit.reads().await?, clinic, self.0).await?;
        let has_another = !store::guardian_list(unit.reads().await?, clinic, self.0).await?.is_empty();
        let ended = if acts_for_themselves || has_another {
            Vec::new()
        } else {
            end_remote(unit, self.0, "dependant.end")?
        };
        let entry = Entry::new("dependant.end", format!("person:{}", self.0))
            .by(&grant)
            .patient(Some(self.0))
            .detail(json!({ "tickets": ended }));
        Ok(unit.commit(entry, ()))
    }
}
