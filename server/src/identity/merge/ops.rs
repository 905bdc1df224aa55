//! Merging, taking it back, telling apart.

use medlane_shared::{
    access::{Action, Actor, Role},
    fault::{Code, Fault},
    identity::{ContactConfirmRequest, MergeProof, MergeRequest, PersonView, Standing},
    ids::PersonId,
    notify::Channel,
};
use serde_json::{Value, json};

use super::store;
use crate::{
    identity::{
        accounts::store::person_by_id,
        attempts::Try,
        contact::{Purpose, keep, prove, store::identity_check_insert},
        dependants::guardian_list,
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
    /// Who is the same, and what shows it.
    pub request: MergeRequest,
    /// How often an address may try codes.
    pub tries: Vec<Try>,
}

/// Whether anybody sees the chart of a record, or can come to: its owner by a password, or by a contact that once confirmed brings
/// one; or whoever looks after them.
async fn is_read(unit: &mut Unit<'_>, id: PersonId) -> Result<bool, Failure> {
    let clinic = unit.clinic();
    let account = account_by_id(unit.reads().await?, clinic, id).await?.ok_or(Code::NotFound)?;
    let reached =
        [Channel::Email, Channel::Sms].into_iter().any(|channel| account.contact(channel).is_some());
    Ok(account.password.is_some()
        || reached
        || !guardian_list(unit.reads().await?, clinic, id).await?.is_empty())
}

/// What shows that two records are one person's, where a chart would be opened by it. A code that was wrong is counted.
async fn shown(unit: &mut Unit<'_>, merge: &Merge) -> Result<Result<Value, Fault>, Failure> {
    let (at, clinic, other) = (unit.at(), unit.clinic(), merge.request.other_id);
    match &merge.request.proof {
        None => {
            let opens = store::has_chart(unit.reads().await?, clinic, other).await?;
            if opens && is_read(unit, merge.id).await? {
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
            keep(unit, row, Some(at)).await?;
            Ok(Ok(json!({ "code": told.channel })))
        }
        Some(MergeProof::Identity(document)) => {
            let by = unit.actor().person();
            let conn = unit.writes().await?;
            identity_check_insert(conn, clinic, other, (*document, "merge"), by, at).await?;
            Ok(Ok(json!({ "identity": document })))
        }
    }
}

impl Op for Merge {
    type Out = Result<PersonId, Fault>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
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
        let entry = Entry::new("person.merge", format!("person:{}", self.id)).patient(Some(self.id));
        let proof = match shown(unit, self).await? {
            Ok(proof) => proof,
            Err(fault) => return Ok(unit.commit(entry.refused(), Err(fault))),
        };
        store::merge_put(unit.writes().await?, other_id, Some(self.id), at).await?;
        end_all(unit, other_id, None).await?;
        tell(unit, other_id, Template::AccountMerged, &[]).await?;
        // Where the other is still shown, they are shown as the one who stays.
        details_changed(unit, other_id).await?;
        let detail =
            json!({ "other": other_id, "other_name": other.name, "name": stays.name, "proof": proof });
        Ok(unit.commit(entry.detail(detail), Ok(self.id)))
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
