//! Merging, taking it back, telling apart.

use medlane_shared::{
    access::{Action, Actor, Role},
    fault::{Code, Fault},
    identity::{MergeRequest, PersonView, Standing},
    ids::PersonId,
};
use serde_json::json;

use super::store;
use crate::{
    identity::{
        accounts::store::person_by_id,
        ops::{end_all, tell},
        patients::at_desk,
        store::account_by_id,
        subjects::details_changed,
    },
    notify::Template,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Whether the actor may: reception and managers as long as they belong to a branch, since patients belong to none.
pub fn allowed(actor: &Actor) -> Result<(), Fault> {
    at_desk(actor, Action::PatientMerge)
}

/// A patient as they are; whoever is at work here is nobody's duplicate.
async fn patient(unit: &mut Unit<'_>, id: PersonId, version: i64) -> Result<PersonView, Failure> {
    let clinic = unit.clinic();
    let person = person_by_id(unit.reads().await?, clinic, id).await?.ok_or(Code::NotFound)?;
    if person.roles != [Role::Patient] {
        return Err(Code::NotFound.into());
    }
    if person.version != version {
        return Err(Fault::new(Code::VersionStale).present(&person).into());
    }
    Ok(person)
}

/// Makes one of two.
#[derive(Debug, Clone)]
pub struct Merge {
    /// Who stays.
    pub id: PersonId,
    /// Who is the same.
    pub request: MergeRequest,
}

impl Op for Merge {
    type Out = PersonId;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<PersonId>, Failure> {
        allowed(unit.actor())?;
        let (at, clinic, other_id) = (unit.at(), unit.clinic(), self.request.other_id);
        if other_id == self.id {
            return Err(Fault::new(Code::Invalid).field("other_id", "is the same record").into());
        }
        let stays = patient(unit, self.id, self.request.version).await?;
        let other = patient(unit, other_id, self.request.other_version).await?;
        for person in [&stays, &other] {
            if person.merged_into.is_some() || person.standing == Standing::Deleted {
                return Err(Fault::new(Code::PersonMerged).present(person).into());
            }
        }
        if store::merged_ids(unit.reads().await?, clinic, other_id).await?.len() > 1 {
            return Err(Fault::new(Code::PersonMerged).present(&other).into());
        }
        if unit.live().of_patient(other_id).any(|live| live.ticket.state.is_active()) {
            return Err(Code::PatientWaits.into());
        }
        let signs_in = async |unit: &mut Unit<'_>, id| -> Result<bool, Failure> {
            let account = account_by_id(unit.reads().await?, clinic, id).await?;
            Ok(account.is_some_and(|account| account.password.is_some()))
        };
        // Nobody loses the way in: the one who can sign in is the one who stays.
        if signs_in(unit, other_id).await? && !signs_in(unit, self.id).await? {
            return Err(Code::MergeOther.into());
        }
        store::merge_put(unit.writes().await?, other_id, Some(self.id), at).await?;
        end_all(unit, other_id, None).await?;
        tell(unit, other_id, Template::AccountMerged, &[]).await?;
        // Where the other is still shown, they are shown as the one who stays.
        details_changed(unit, other_id).await?;
        let entry = Entry::new("person.merge", format!("person:{}", self.id))
            .patient(Some(self.id))
            .detail(json!({ "other": other_id, "other_name": other.name, "name": stays.name }));
        Ok(unit.commit(entry, self.id))
    }
}

/// Makes two of one again.
#[derive(Debug, Clone, Copy)]
pub struct Unmerge {
    /// Who was merged.
    pub id: PersonId,
    /// The version seen.
    pub version: i64,
}

impl Op for Unmerge {
    type Out = PersonId;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<PersonId>, Failure> {
        allowed(unit.actor())?;
        let (at, clinic) = (unit.at(), unit.clinic());
        let other = patient(unit, self.id, self.version).await?;
        let Some(into) = other.merged_into else {
            return Err(Fault::new(Code::PersonMerged).present(&other).into());
        };
        store::merge_put(unit.writes().await?, self.id, None, at).await?;
        // They were told apart by somebody: they are not asked about again.
        store::distinct_put(unit.writes().await?, clinic, (self.id, into), at).await?;
        details_changed(unit, self.id).await?;
        let entry = Entry::new("person.unmerge", format!("person:{}", self.id))
            .patient(Some(self.id))
            .detail(json!({ "from": into }));
        Ok(unit.commit(entry, self.id))
    }
}

/// They are two.
#[derive(Debug, Clone, Copy)]
pub struct Distinct(pub PersonId, pub PersonId);

impl Op for Distinct {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        allowed(unit.actor())?;
        let (at, clinic) = (unit.at(), unit.clinic());
        for id in [self.0, self.1] {
            person_by_id(unit.reads().await?, clinic, id).await?.ok_or(Code::NotFound)?;
        }
        store::distinct_put(unit.writes().await?, clinic, (self.0, self.1), at).await?;
        let entry =
            Entry::new("person.distinct", format!("person:{}", self.0)).detail(json!({ "other": self.1 }));
        Ok(unit.commit(entry, ()))
    }
}
