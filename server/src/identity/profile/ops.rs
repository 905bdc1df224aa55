//! Operations on the caller's picture, and on the request to delete their account.

use medlane_shared::{
    access::{Grant, Role},
    fault::{Code, Fault, FieldCode},
    ids::PersonId,
};
use serde_json::json;

use super::store;
use crate::{
    engine::own_by,
    identity::visits::end_remote,
    identity::{
        accounts::{as_patient, managed, reason, seen, store::person_by_id},
        confirm,
        dependants::{dependant_ids, guardian_list},
        ops::tell,
        store::has_password,
    },
    notify::Template,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Sets the caller's picture, or removes it.
#[derive(Debug, Clone)]
pub struct AvatarSet {
    /// The sealed picture; `None` removes it.
    pub sealed: Option<Vec<u8>>,
}

impl Op for AvatarSet {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (person, _, grant) = own_by(unit.actor())?;
        let at = unit.at();
        match &self.sealed {
            Some(sealed) => store::avatar_put(unit.writes().await?, &grant, sealed, at).await?,
            None => store::avatar_delete(unit.writes().await?, &grant, person).await?,
        }
        let entry = Entry::new("person.avatar", format!("person:{person}")).by(&grant);
        Ok(unit.commit(entry.detail(json!({ "set": self.sealed.is_some() })), ()))
    }
}

/// Asks the clinic to delete the caller's account.
#[derive(Debug, Clone, Copy)]
pub struct DeletionAsk;

impl Op for DeletionAsk {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (person, grant) = patient(unit)?;
        let at = unit.at();
        confirm::demand(unit).await?;
        store::leaving_put(unit.writes().await?, &grant, person, Some(at)).await?;
        tell(unit, person, Template::DeletionAsked, &[]).await?;
        Ok(unit.commit(Entry::new("account.leave", format!("person:{person}")).by(&grant), ()))
    }
}

/// Withdraws that request.
#[derive(Debug, Clone, Copy)]
pub struct DeletionWithdraw;

impl Op for DeletionWithdraw {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (person, grant) = patient(unit)?;
        store::leaving_put(unit.writes().await?, &grant, person, None).await?;
        Ok(unit.commit(Entry::new("account.stay", format!("person:{person}")).by(&grant), ()))
    }
}

/// The caller, if they act as a patient. Staff cannot ask: the clinic removes them.
fn patient(unit: &Unit<'_>) -> Result<(PersonId, Grant), Failure> {
    let (person, _, grant) = own_by(unit.actor())?;
    if unit.actor().role() == Some(Role::Patient) { Ok((person, grant)) } else { Err(Code::Forbidden.into()) }
}

/// Keeps the account of a person who asked to delete it, and tells them why.
#[derive(Debug, Clone)]
pub struct Keep {
    /// The person.
    pub person: PersonId,
    /// Why, in the words that the person will read.
    pub why: String,
    /// The version that the caller saw.
    pub version: i64,
}

impl Op for Keep {
    type Out = PersonId;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<PersonId>, Failure> {
        let (before, grant) = managed(unit, self.person).await?;
        seen(&before, self.version)?;
        let why = reason(Some(&self.why))?;
        if before.leaving_at.is_none() {
            return Err(Fault::new(Code::Invalid).field("id", FieldCode::NotLeaving).into());
        }
        store::leaving_put(unit.writes().await?, &grant, self.person, None).await?;
        tell(unit, self.person, Template::DeletionRefused, &[("why", why)]).await?;
        let entry = Entry::new("person.keep", format!("person:{}", self.person))
            .by(&grant)
            .patient(as_patient(&before));
        Ok(unit.commit(entry.detail(json!({ "why": why })), self.person))
    }
}

/// Ends the tickets that an account took from home, also those of dependants without another guardian.
async fn end_all_remote(unit: &mut Unit<'_>, person: PersonId) -> Result<(), Failure> {
    let clinic = unit.clinic();
    end_remote(unit, person, "person.delete")?;
    for dependant in dependant_ids(unit.reads().await?, clinic, person).await? {
        let guardians = guardian_list(unit.reads().await?, clinic, dependant).await?;
        let acts_for_themselves = has_password(unit.reads().await?, clinic, dependant).await?;
        if !acts_for_themselves && guardians.iter().all(|guardian| *guardian == person) {
            end_remote(unit, dependant, "person.delete")?;
        }
    }
    Ok(())
}

/// Finishes the removal of a person: deletes their picture, and tells them if they had asked for it.
pub(in crate::identity) async fn left(
    unit: &mut Unit<'_>,
    grant: &Grant,
    person: PersonId,
) -> Result<(), Failure> {
    let view = person_by_id(unit.reads().await?, grant, person).await?;
    store::avatar_delete(unit.writes().await?, grant, person).await?;
    end_all_remote(unit, person).await?;
    if view.is_some_and(|view| view.leaving_at.is_some()) {
        tell(unit, person, Template::AccountDeleted, &[]).await?;
    }
    Ok(())
}
