//! Proves a contact: a code is made, sent and checked, and works once.

use medlane_shared::{
    access::Role,
    fault::{Code, Fault},
    identity::{Face, ProvenHow},
    ids::{PersonId, VerificationId},
    notify::{Channel, masked},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::{
    address::Contact,
    codes::{LASTS_MS, Purpose, Told, begun, deliver, extend, holder, prove, sendable, settle, texts, told},
    person_store, store,
};
use crate::{
    attempts::{self, Try, of_account},
    config,
    identity::{
        ops::{Lives, Refreshed, begin, end_all, password_replace, tell},
        people::{Person, person_insert},
        store::{Account, account_by_id},
    },
    notify::Template,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Begins a verification. A code is sent only if the contact may get one.
#[derive(Debug, Clone)]
pub struct VerificationBegin {
    /// The id, made by the caller.
    pub id: VerificationId,
    /// The purpose.
    pub purpose: Purpose,
    /// The data of the request.
    pub told: Told,
    /// The code, made by the caller.
    pub code: String,
    /// The limits on requests from an address.
    pub tries: Vec<Try>,
}

impl Op for VerificationBegin {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let contact = self.told.contact();
        sendable(unit, &contact, self.purpose, &self.tries).await?;
        let known = holder(unit, &contact).await?;
        // The owner of a record that was merged is told so again: no code signs in with it.
        let merged = known.as_ref().filter(|account| account.merged_into.is_some());
        if let Some(merged) = merged.filter(|_| self.purpose == Purpose::Reset) {
            let texts = texts(unit, contact.channel, self.purpose);
            attempts::count(unit, &texts).await?;
            tell(unit, merged.id, Template::AccountMerged, &[]).await?;
        }
        // A suspended person gets no new password, but cannot register a second account either.
        let known = known.filter(|account| self.purpose == Purpose::Register || !account.suspended);
        let person = known.map(|account| account.id);
        let row = begun(unit, self.id, self.purpose, &self.told, person)?;
        deliver(unit, row, self.purpose, &self.told, (&self.code, person.is_some())).await?;
        let action = if self.purpose == Purpose::Register { "account.register" } else { "password.forgot" };
        let entry = Entry::new(action, format!("verification:{}", self.id))
            .detail(json!({ "channel": self.told.channel, "to": masked(&self.told.address) }));
        Ok(unit.commit(entry, ()))
    }
}

/// Sends another code.
#[derive(Debug, Clone)]
pub struct Resend {
    /// The verification.
    pub id: VerificationId,
    /// The code, made by the caller.
    pub code: String,
    /// The limits on requests from an address.
    pub tries: Vec<Try>,
}

impl Op for Resend {
    type Out = (Channel, u32);

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let (at, clinic) = (unit.at(), unit.clinic());
        let row = store::verification_by_id(unit.reads().await?, clinic, self.id).await?;
        let fresh =
            |row: &store::Verification| row.settled_at.is_none() && at.since_ms(row.created_at) < LASTS_MS;
        let row = row.filter(fresh).ok_or(Code::CodeExpired)?;
        // An invitation has no code. Codes at the desk and for one's own contacts are requested anew.
        let again = |purpose: &Purpose| matches!(purpose, Purpose::Register | Purpose::Reset);
        let purpose = Purpose::from_text(&row.purpose).filter(again).ok_or(Code::CodeExpired)?;
        let told = told(unit, &row)?;
        sendable(unit, &told.contact(), purpose, &self.tries).await?;
        let known = row.person.is_some();
        deliver(unit, row, purpose, &told, (&self.code, known)).await?;
        let entry = Entry::new("account.resend", format!("verification:{}", self.id));
        Ok(unit.commit(entry, (told.channel, purpose.lasts_s())))
    }
}

/// What a client sends together with a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum With {
    /// No password yet. The code is only checked, and stays valid until the password is chosen.
    Nothing,
    /// A password that is hashed once the code is right. The operation that follows writes the audit entry.
    Unhashed,
    /// The password's hash.
    Hash(String),
}

/// The result of a right code. It names the owner, so such a request is never stored to be answered again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Proven {
    /// The session, if one was begun.
    pub begun: Option<Refreshed>,
    /// The account's owner, once the code has done its work.
    pub person: Option<PersonId>,
    /// The owner's name and contacts, which must not be in the password.
    pub owner: Vec<String>,
}

/// Checks a new account's code. With a password it creates the account and begins a session.
#[derive(Debug, Clone)]
pub struct Verify {
    /// The verification.
    pub id: VerificationId,
    /// The code that the person typed.
    pub code: String,
    /// What was sent together with the code.
    pub with: With,
    /// The program.
    pub face: Face,
    /// The lifetimes of sessions.
    pub lives: Lives,
    /// The limits on tries from an address.
    pub tries: Vec<Try>,
    /// The program's own description of itself.
    pub agent: Option<String>,
}

impl Op for Verify {
    type Out = Result<Proven, Fault>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let proven = prove(unit, self.id, Purpose::Register, &self.code, &self.tries).await?;
        let (row, told) = match proven {
            Ok(proven) => proven,
            Err(fault) => return Ok(wrong(unit, self.id, fault).map(Err)),
        };
        let With::Hash(password) = &self.with else { return looked(unit, row, &told, &self.with).await };
        let (at, contact) = (unit.at(), told.contact());
        if holder(unit, &contact).await?.is_some() {
            // The account exists by now, through another code of the same contact.
            return Err(Code::CodeExpired.into());
        }
        let id = PersonId::new(at, rand::random());
        let person = Person {
            id,
            name: told.name,
            email: told.email,
            phone: told.phone,
            birth_date: told.birth_date,
            language: Some(told.language),
            password: Some(password.clone()),
            gender: None,
            roles: vec![Role::Patient],
            branches: Vec::new(),
        };
        person_insert(unit, &[person]).await?;
        // The code went to one of the two contacts. The other stays unconfirmed.
        by_code(unit, id, &contact).await?;
        settle(unit, row).await?;
        let begun =
            begin(unit, (Some(id), None), Role::Patient, self.face, self.lives, self.agent.as_deref())
                .await?;
        let entry =
            Entry::new("account.open", format!("person:{id}")).proven(Some(id), None).patient(Some(id));
        Ok(unit.commit(entry, Ok(Proven { begun: Some(begun), person: Some(id), owner: Vec::new() })))
    }
}

/// Checks a code for a new password. With a password it replaces the old one, and ends every session.
#[derive(Debug, Clone)]
pub struct Reset {
    /// The verification.
    pub id: VerificationId,
    /// The code that the person typed.
    pub code: String,
    /// What was sent together with the code.
    pub with: With,
    /// The limits on tries from an address.
    pub tries: Vec<Try>,
    /// The limits of failed sign-ins. The account's failures are reset.
    pub limits: config::LimitsConfig,
    /// The caller's network, as limits count it.
    pub counted: String,
}

impl Op for Reset {
    type Out = Result<Proven, Fault>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let proven = prove(unit, self.id, Purpose::Reset, &self.code, &self.tries).await?;
        let (row, told) = match proven {
            Ok(proven) => proven,
            Err(fault) => return Ok(wrong(unit, self.id, fault).map(Err)),
        };
        let With::Hash(password) = &self.with else { return looked(unit, row, &told, &self.with).await };
        let person = row.person.ok_or(Code::CodeExpired)?;
        let clinic = unit.clinic();
        let account = account_by_id(unit.reads().await?, clinic, person).await?;
        // The person may have been suspended since, or the record merged: neither gets a new password.
        let account = account.filter(|account| !account.suspended);
        // The contact may have been corrected since the code was sent: another person may read it now.
        if account.as_ref().and_then(|account| account.proven(told.channel)) != Some(told.address.as_str()) {
            return Err(Code::CodeExpired.into());
        }
        password_replace(unit, person, password).await?;
        settle(unit, row).await?;
        let failures =
            of_account(unit.core(), &self.limits, unit.clinic(), (&person.to_string(), &self.counted));
        attempts::clear(unit, &failures).await?;
        end_all(unit, person, None).await?;
        tell(unit, person, Template::PasswordChanged, &[]).await?;
        let entry = Entry::new("password.reset", format!("person:{person}")).proven(Some(person), None);
        Ok(unit.commit(entry, Ok(Proven { begun: None, person: Some(person), owner: Vec::new() })))
    }
}

/// Records that a person confirmed a contact by a code.
pub(super) async fn by_code(unit: &mut Unit<'_>, person: PersonId, contact: &Contact) -> Result<(), Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    person_store::contact_yield(unit.writes().await?, clinic, contact, person).await?;
    Ok(person_store::contact_prove(unit.writes().await?, person, contact, ProvenHow::Code, at).await?)
}

/// What the log tells of a contact that was confirmed: how, and which contacts are confirmed before and after.
pub(super) fn proven_by(account: &Account, channel: Channel, how: Json) -> Json {
    let before = account.proven_channels();
    let mut after = before.clone();
    if !after.contains(&channel) {
        after.push(channel);
    }
    let mut detail =
        json!({ "channel": channel, "before": { "proven": before }, "after": { "proven": after } });
    if let (Some(all), Json::Object(how)) = (detail.as_object_mut(), how) {
        all.extend(how);
    }
    detail
}

/// Ends the check of a right code, before the password arrives.
async fn looked(
    unit: &mut Unit<'_>,
    row: store::Verification,
    told: &Told,
    with: &With,
) -> Result<Done<Result<Proven, Fault>>, Failure> {
    let entry = Entry::new("account.verify", format!("verification:{}", row.id));
    extend(unit, row).await?;
    let owner = vec![told.name.clone(), told.address.clone()];
    let proven = Ok(Proven { begun: None, person: None, owner });
    match with {
        With::Unhashed => Ok(unit.commit_unaudited().map(|()| proven)),
        With::Nothing | With::Hash(_) => Ok(unit.commit(entry, proven)),
    }
}

pub(super) fn wrong(unit: &mut Unit<'_>, id: VerificationId, fault: Fault) -> Done<Fault> {
    unit.commit(Entry::new("account.verify", format!("verification:{id}")).refused(), fault)
}
