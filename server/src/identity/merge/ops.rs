//! Merging, undoing a merge, and marking two records as different people.

use medlane_shared::{
    access::{Action, Actor, Grant, Role},
    fault::{Code, Fault, FieldCode},
    identity::{ContactConfirmRequest, MergeProof, MergeRequest, PersonView, Standing},
    ids::PersonId,
    notify::Channel,
};
use serde_json::{Value, json};

use super::store;
use crate::{
    attempts::Try,
    identity::visits::waits,
    identity::{
        accounts::store::person_by_id,
        contact::{Purpose, person_store::identity_check_insert, prove, settle},
        dependants::{guardian_list, guardian_put, guardians_take_back, publish},
        ops::{end_all, tell},
        patients::at_desk,
        store::{account_held, has_password},
        subjects::details_changed,
    },
    notify::Template,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Checks that the caller may do this. Patients belong to no branch, so reception and managers may if they belong to
/// any branch.
pub fn allowed(actor: &Actor) -> Result<Grant, Fault> {
    at_desk(actor, Action::PatientMerge)
}

/// A patient in their present state. Staff are never duplicates.
async fn patient(
    unit: &mut Unit<'_>,
    grant: &Grant,
    id: PersonId,
    version: i64,
) -> Result<PersonView, Failure> {
    let person = person_by_id(unit.reads().await?, grant, id).await?.ok_or(Code::NotFound)?;
    if person.roles != [Role::Patient] {
        return Err(Code::NotFound.into());
    }
    if person.version != version {
        return Err(Fault::new(Code::VersionStale).present(&person).into());
    }
    Ok(person)
}

/// Merges two patients.
#[derive(Debug, Clone)]
pub struct Merge {
    /// The record that stays.
    pub id: PersonId,
    /// The other record, and the proof.
    pub request: MergeRequest,
    /// The limits on tries of codes from an address.
    pub tries: Vec<Try>,
}

/// Whether anybody can read a record's chart, or can come to: its owner has a password, or a contact that once
/// confirmed can bring one; or the patient has a guardian.
async fn is_read(unit: &mut Unit<'_>, grant: &Grant, id: PersonId) -> Result<bool, Failure> {
    let clinic = unit.clinic();
    let account = account_held(unit.reads().await?, grant, id).await?.ok_or(Code::NotFound)?;
    let reached =
        [Channel::Email, Channel::Sms].into_iter().any(|channel| account.contact(channel).is_some());
    Ok(account.password.is_some()
        || reached
        || !guardian_list(unit.reads().await?, clinic, id).await?.is_empty())
}

/// The guardians of a record who do not act for another yet.
async fn newly(unit: &mut Unit<'_>, other: PersonId, stays: PersonId) -> Result<Vec<PersonId>, Failure> {
    let clinic = unit.clinic();
    let already = guardian_list(unit.reads().await?, clinic, stays).await?;
    let mut guardians = guardian_list(unit.reads().await?, clinic, other).await?;
    guardians.retain(|guardian| !already.contains(guardian));
    Ok(guardians)
}

/// Checks the proof that two records are the same person's, if the merge would open a chart, or give somebody a guardian. A
/// wrong code is counted.
async fn shown(unit: &mut Unit<'_>, grant: &Grant, merge: &Merge) -> Result<Result<Value, Fault>, Failure> {
    let (at, clinic, other) = (unit.at(), unit.clinic(), merge.request.other_id);
    match &merge.request.proof {
        None => {
            let opens = store::has_chart(unit.reads().await?, clinic, other).await?;
            let is_given = !newly(unit, other, merge.id).await?.is_empty();
            if is_given || (opens && is_read(unit, grant, merge.id).await?) {
                return Err(Code::IdentityUnproven.into());
            }
            Ok(Ok(Value::Null))
        }
        Some(MergeProof::Code(ContactConfirmRequest { verification_id, code })) => {
            let proven = prove(unit, *verification_id, Purpose::Merge, code, &merge.tries).await?;
            let (row, told) = match proven {
                Ok(proven) => proven,
                Err(fault) => return Ok(Err(fault)),
            };
            if row.person != Some(other) || told.into != Some(merge.id) {
                return Err(Code::CodeExpired.into());
            }
            settle(unit, row).await?;
            Ok(Ok(json!({ "code": told.channel })))
        }
        Some(MergeProof::Identity(document)) => {
            let by = unit.actor().person();
            let conn = unit.writes().await?;
            identity_check_insert(conn, grant, other, (*document, "merge"), by, at).await?;
            Ok(Ok(json!({ "identity": document })))
        }
    }
}

impl Op for Merge {
    type Out = Result<PersonId, Fault>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let grant = allowed(unit.actor())?;
        let (at, clinic, other_id) = (unit.at(), unit.clinic(), self.request.other_id);
        if other_id == self.id {
            return Err(Fault::new(Code::Invalid).field("other_id", FieldCode::SameRecord).into());
        }
        let stays = patient(unit, &grant, self.id, self.request.version).await?;
        let other = patient(unit, &grant, other_id, self.request.other_version).await?;
        for person in [&stays, &other] {
            if person.merged_into.is_some() || person.standing == Standing::Deleted {
                return Err(Fault::new(Code::PersonMerged).present(person).into());
            }
        }
        if store::merged_ids(unit.reads().await?, clinic, other_id).await?.len() > 1 {
            return Err(Fault::new(Code::PersonMerged).present(&other).into());
        }
        if waits(unit, other_id) {
            return Err(Code::PatientWaits.into());
        }
        // The record that can sign in has to be the one that stays, so that its owner does not lose access.
        if has_password(unit.reads().await?, clinic, other_id).await?
            && !has_password(unit.reads().await?, clinic, self.id).await?
        {
            return Err(Code::MergeOther.into());
        }
        let entry = Entry::new("person.merge", format!("person:{}", self.id))
            .by(&grant)
            .patient(Some(self.id))
            .shown([other_id]);
        let proof = match shown(unit, &grant, self).await? {
            Ok(proof) => proof,
            Err(fault) => return Ok(unit.commit(entry.refused(), Err(fault))),
        };
        // Whoever acted for the other record acts for the one that stays.
        let guardians = newly(unit, other_id, self.id).await?;
        store::merge_put(unit.writes().await?, &grant, other_id, Some(self.id), at).await?;
        for guardian in &guardians {
            guardian_put(unit.writes().await?, &grant, *guardian, self.id, at).await?;
        }
        act_for_what_stays(unit, other_id).await?;
        end_all(unit, other_id, None).await?;
        tell(unit, other_id, Template::AccountMerged, &[]).await?;
        // Where the other record is still shown, it now shows the data of the one that stays.
        details_changed(unit, other_id).await?;
        let detail = json!({ "other": other_id, "other_name": other.name, "name": stays.name, "proof": proof, "guardians": guardians });
        Ok(unit.commit(entry.detail(detail), Ok(self.id)))
    }
}

/// Brings the dependants of this record's guardians up to date in memory.
async fn act_for_what_stays(unit: &mut Unit<'_>, id: PersonId) -> Result<(), Failure> {
    let clinic = unit.clinic();
    for guardian in guardian_list(unit.reads().await?, clinic, id).await? {
        publish(unit, guardian).await?;
    }
    Ok(())
}

/// Undoes a merge.
#[derive(Debug, Clone, Copy)]
pub struct Unmerge {
    /// The record that was merged away.
    pub id: PersonId,
    /// The version that the caller saw.
    pub version: i64,
}

impl Op for Unmerge {
    type Out = PersonId;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<PersonId>, Failure> {
        let grant = allowed(unit.actor())?;
        let at = unit.at();
        let other = patient(unit, &grant, self.id, self.version).await?;
        let Some(into) = other.merged_into else {
            return Err(Fault::new(Code::PersonMerged).present(&other).into());
        };
        guardians_take_back(unit.writes().await?, &grant, (into, self.id), at).await?;
        store::merge_put(unit.writes().await?, &grant, self.id, None, at).await?;
        act_for_what_stays(unit, self.id).await?;
        details_changed(unit, self.id).await?;
        let entry = Entry::new("person.unmerge", format!("person:{}", self.id))
            .by(&grant)
            .shown([into])
            .patient(Some(self.id))
            .detail(json!({ "from": into }));
        Ok(unit.commit(entry, self.id))
    }
}

/// Marks two records as different people.
#[derive(Debug, Clone, Copy)]
pub struct Distinct(pub PersonId, pub PersonId);

impl Op for Distinct {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let grant = allowed(unit.actor())?;
        let at = unit.at();
        for id in [self.0, self.1] {
            person_by_id(unit.reads().await?, &grant, id).await?.ok_or(Code::NotFound)?;
        }
        store::distinct_put(unit.writes().await?, &grant, (self.0, self.1), at).await?;
        let entry = Entry::new("person.distinct", format!("person:{}", self.0))
            .by(&grant)
            .shown([self.0, self.1])
            .detail(json!({ "other": self.1 }));
        Ok(unit.commit(entry, ()))
    }
}

/// Takes back that two records are different people.
#[derive(Debug, Clone, Copy)]
pub struct DistinctEnd(pub PersonId, pub PersonId);

impl Op for DistinctEnd {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let grant = allowed(unit.actor())?;
        if !store::distinct_delete(unit.writes().await?, &grant, (self.0, self.1)).await? {
            return Err(Code::NotFound.into());
        }
        let entry = Entry::new("person.distinct_end", format!("person:{}", self.0))
            .by(&grant)
            .shown([self.0, self.1])
            .detail(json!({ "other": self.1 }));
        Ok(unit.commit(entry, ()))
    }
}
