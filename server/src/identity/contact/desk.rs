//! A patient's contacts at the desk: a code that the patient reads back, and the check of their identity.

use medlane_shared::{
    access::{Action, Grant, Role},
    fault::{Code, Fault, FieldCode},
    identity::{ContactCodeRequest, ContactConfirmRequest, IdentityCheckRequest, ProvenHow},
    ids::{PersonId, VerificationId},
    notify::{Channel, masked},
};
use serde_json::json;

use super::{
    address::Contact,
    codes::{Purpose, Told, begun, deliver, holder, prove, sendable, settle},
    ops::{by_code, proven_by},
    person_store,
};
use crate::{
    attempts::Try,
    identity::{
        merge::store::has_chart,
        patients::at_desk,
        store::{Account, account_by_contact, account_held},
    },
    writer::{Done, Entry, Failure, Op, Unit},
};

/// An existing patient, and one of their contacts.
async fn contact_of(
    unit: &mut Unit<'_>,
    grant: &Grant,
    patient: PersonId,
    (channel, field): (Channel, &str),
) -> Result<(Account, Contact), Failure> {
    let account = account_held(unit.reads().await?, grant, patient).await?;
    let here = |account: &Account| account.roles == [Role::Patient] && !account.suspended;
    let account = account.filter(here).ok_or(Code::NotFound)?;
    let Some((address, _)) = account.contact(channel) else {
        return Err(Fault::new(Code::Invalid).field(field, FieldCode::NotOnRecord).into());
    };
    let contact = Contact { channel, address: address.to_owned() };
    Ok((account, contact))
}

/// The fault for a contact that another person has.
fn taken(contact: &Contact) -> Failure {
    let field = if contact.channel == Channel::Email { "email" } else { "phone" };
    Fault::new(Code::AccountExists).field(field, FieldCode::Taken).into()
}

/// Sends a code to a patient's contact. The patient reads it back to reception.
#[derive(Debug, Clone)]
pub struct CodeSend {
    /// The id, made by the caller.
    pub id: VerificationId,
    /// The patient.
    pub patient: PersonId,
    /// The channel and the purpose.
    pub request: ContactCodeRequest,
    /// The code, made by the caller.
    pub code: String,
    /// The limits on requests from an address.
    pub tries: Vec<Try>,
}

impl Op for CodeSend {
    type Out = u32;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<u32>, Failure> {
        let ContactCodeRequest { channel, merge_into } = self.request;
        let merges = merge_into.is_some();
        let action = if merges { Action::PatientMerge } else { Action::PatientRegister };
        let grant = at_desk(unit.actor(), action)?;
        let (account, contact) = contact_of(unit, &grant, self.patient, (channel, "channel")).await?;
        if merges && account.proven(channel).is_none() {
            return Err(Fault::new(Code::Invalid).field("channel", FieldCode::NotConfirmed).into());
        }
        if holder(unit, &contact).await?.is_some_and(|holder| holder.is_other_than(self.patient)) {
            return Err(taken(&contact));
        }
        let purpose = if merges { Purpose::Merge } else { Purpose::Confirm };
        sendable(unit, &contact, purpose, &self.tries).await?;
        let language = account.language.unwrap_or_default();
        let told = Told { into: merge_into, ..Told::of(contact, &language) };
        let row = begun(unit, self.id, purpose, &told, Some(self.patient))?;
        deliver(unit, row, purpose, &told, (&self.code, true)).await?;
        let entry = Entry::new("contact.code", format!("person:{}", self.patient))
            .by(&grant)
            .patient(Some(self.patient))
            .detail(json!({ "channel": channel, "to": masked(&told.address), "merge_into": merge_into }));
        Ok(unit.commit(entry, purpose.lasts_s()))
    }
}

/// Confirms a patient's contact by the code that they read back.
#[derive(Debug, Clone)]
pub struct CodeConfirm {
    /// The patient.
    pub patient: PersonId,
    /// The code.
    pub request: ContactConfirmRequest,
    /// The limits on tries from an address.
    pub tries: Vec<Try>,
}

impl Op for CodeConfirm {
    type Out = Result<(), Fault>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let grant = at_desk(unit.actor(), Action::PatientRegister)?;
        let ContactConfirmRequest { verification_id, code } = &self.request;
        let entry = Entry::new("contact.confirm", format!("person:{}", self.patient))
            .by(&grant)
            .patient(Some(self.patient));
        let (row, told) = match prove(unit, *verification_id, Purpose::Confirm, code, &self.tries).await? {
            Ok(proven) => proven,
            Err(fault) => return Ok(unit.commit(entry.refused(), Err(fault))),
        };
        let contact = told.contact();
        // The record may have changed since the code was sent, and the contact may belong to another person now.
        let (account, now) = contact_of(unit, &grant, self.patient, (told.channel, "code")).await?;
        let other = holder(unit, &contact).await?.is_some_and(|holder| holder.is_other_than(self.patient));
        if row.person != Some(self.patient) || now != contact || other {
            return Err(Code::CodeExpired.into());
        }
        shown(unit, &grant, &account, told.channel).await?;
        by_code(unit, self.patient, &contact).await?;
        settle(unit, row).await?;
        let detail = proven_by(&account, told.channel, json!({ "how": ProvenHow::Code }));
        Ok(unit.commit(entry.detail(detail), Ok(())))
    }
}

/// Refuses where a code alone would make whoever reads a contact the owner of an account or a chart: reception typed the
/// contact over or beside what the record had. A code to a contact that a code, a link or the record stood for before shows
/// whose record it is, and counts for the other contact too.
async fn shown(
    unit: &mut Unit<'_>,
    grant: &Grant,
    account: &Account,
    channel: Channel,
) -> Result<(), Failure> {
    let (clinic, id) = (unit.clinic(), account.id);
    if account.holds(channel) {
        return Ok(person_store::contacts_checked(unit.writes().await?, grant, id).await?);
    }
    let needs = person_store::contact_needs_check(unit.reads().await?, grant, id, channel).await?;
    if needs && (account.password.is_some() || has_chart(unit.reads().await?, clinic, id).await?) {
        return Err(Code::ContactUnchecked.into());
    }
    Ok(())
}

/// Records that reception has checked a patient's identity, and that they confirmed a contact.
#[derive(Debug, Clone)]
pub struct IdentityChecked {
    /// The patient.
    pub patient: PersonId,
    /// The document, and the confirmed contact.
    pub request: IdentityCheckRequest,
}

impl Op for IdentityChecked {
    type Out = PersonId;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<PersonId>, Failure> {
        let grant = at_desk(unit.actor(), Action::PatientRegister)?;
        let IdentityCheckRequest { document, contact: channel } = self.request;
        let (account, contact) = contact_of(unit, &grant, self.patient, (channel, "contact")).await?;
        let (at, clinic, by) = (unit.at(), unit.clinic(), unit.actor().person());
        let found = account_by_contact(unit.reads().await?, clinic, &contact).await?;
        if found.is_some_and(|found| found.is_other_than(self.patient)) {
            return Err(taken(&contact));
        }
        // A contact that a code has confirmed keeps that stronger proof.
        if !account.holds(channel) {
            person_store::contact_yield(unit.writes().await?, clinic, &contact, self.patient).await?;
            let conn = unit.writes().await?;
            person_store::contact_prove(conn, self.patient, &contact, ProvenHow::Identity, at).await?;
        }
        let conn = unit.writes().await?;
        person_store::identity_check_insert(conn, &grant, self.patient, (document, "contact"), by, at)
            .await?;
        let entry = Entry::new("contact.identity", format!("person:{}", self.patient))
            .by(&grant)
            .patient(Some(self.patient))
            .detail(proven_by(&account, channel, json!({ "document": document })));
        Ok(unit.commit(entry, self.patient))
    }
}
