//! Proving a contact: a code is made and sent, looked at, and does its work once.

use medlane_shared::{
    access::Role,
    fault::{Code, Fault},
    identity::{Face, ProvenHow},
    ids::{PersonId, VerificationId},
    notify::{Channel, masked},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Contact,
    codes::{LASTS_MS, Purpose, Told, begun, deliver, holder, keep, prove, sendable, told},
    store,
};
use crate::{
    config,
    identity::{
        attempts::{self, Try, of_account},
        ops::{Lives, Refreshed, begin, end_all, tell},
        people::{Person, person_insert},
    },
    notify::Template,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Begins: the code is sent, should the contact be one that gets one.
#[derive(Debug, Clone)]
pub struct Begin {
    /// Made by the caller.
    pub id: VerificationId,
    /// What for.
    pub purpose: Purpose,
    /// What was told.
    pub told: Told,
    /// The code, made by the caller.
    pub code: String,
    /// How often an address may ask.
    pub tries: Vec<Try>,
}

impl Op for Begin {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let contact = self.told.contact();
        sendable(unit, &contact, &self.tries).await?;
        let known = holder(unit, &contact).await?;
        // Whoever is suspended gets no new password; and no second account either.
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
    /// Of which.
    pub id: VerificationId,
    /// The code, made by the caller.
    pub code: String,
    /// How often an address may ask.
    pub tries: Vec<Try>,
}

impl Op for Resend {
    type Out = (Channel, u32);

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let (at, clinic) = (unit.at(), unit.clinic());
        let row = store::verification_by_id(unit.reads().await?, clinic, self.id).await?;
        let fresh = |row: &store::Row| row.settled_at.is_none() && at.since_ms(row.created_at) < LASTS_MS;
        let row = row.filter(fresh).ok_or(Code::CodeExpired)?;
        // An invitation has no code; those at the desk and one's own are asked for anew.
        let again = |purpose: &Purpose| matches!(purpose, Purpose::Register | Purpose::Reset);
        let purpose = Purpose::from_text(&row.purpose).filter(again).ok_or(Code::CodeExpired)?;
        let told = told(unit, &row)?;
        sendable(unit, &told.contact(), &self.tries).await?;
        let known = row.person.is_some();
        deliver(unit, row, purpose, &told, (&self.code, known)).await?;
        let entry = Entry::new("account.resend", format!("verification:{}", self.id));
        Ok(unit.commit(entry, (told.channel, purpose.lasts_s())))
    }
}

/// What comes with a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum With {
    /// Nothing yet: the code is looked at, and counts until the password is chosen.
    Nothing,
    /// A password that is hashed once the code was right: what follows is written down.
    Unhashed,
    /// The password's hash.
    Hash(String),
}

/// What a code that was right has led to. It names its owner: a request with a code is never kept to be answered again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Proven {
    /// The session, where one was begun.
    pub begun: Option<Refreshed>,
    /// Whose account it is, once it did its work.
    pub person: Option<PersonId>,
    /// What the account's owner is called and reached by: no password of theirs.
    pub owner: Vec<String>,
}

/// Looks at a new account's code; with a password the account is made, and a session begun.
#[derive(Debug, Clone)]
pub struct Verify {
    /// Of which.
    pub id: VerificationId,
    /// The code that came.
    pub code: String,
    /// What came with it.
    pub with: With,
    /// The program.
    pub face: Face,
    /// How long sessions live.
    pub lives: Lives,
    /// How often an address may try.
    pub tries: Vec<Try>,
    /// What the program says of itself.
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
            // Made meanwhile, by the same contact's other code.
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
            roles: vec![Role::Patient],
            branches: Vec::new(),
        };
        person_insert(unit, &[person]).await?;
        // The code went to one of the two: the other stays unproven.
        by_code(unit, id, &contact).await?;
        let settled = Some(at);
        keep(unit, row, settled).await?;
        let begun =
            begin(unit, (Some(id), None), Role::Patient, self.face, self.lives, self.agent.as_deref())
                .await?;
        let entry =
            Entry::new("account.open", format!("person:{id}")).proven(Some(id), None).patient(Some(id));
        Ok(unit.commit(entry, Ok(Proven { begun: Some(begun), person: Some(id), owner: Vec::new() })))
    }
}

/// Looks at a code for a new password; with one, the password is replaced and every session ended.
#[derive(Debug, Clone)]
pub struct Reset {
    /// Of which.
    pub id: VerificationId,
    /// The code that came.
    pub code: String,
    /// What came with it.
    pub with: With,
    /// How often an address may try.
    pub tries: Vec<Try>,
    /// The limits of failed sign-ins: those of the account are forgotten.
    pub limits: config::Limits,
    /// What limits count of where it comes from.
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
        let at = unit.at();
        store::password_put(unit.writes().await?, person, password).await?;
        keep(unit, row, Some(at)).await?;
        let failures =
            of_account(unit.core(), &self.limits, unit.clinic(), (&person.to_string(), &self.counted));
        attempts::clear(unit, &failures).await?;
        end_all(unit, person, None).await?;
        tell(unit, person, Template::PasswordChanged, &[]).await?;
        let entry = Entry::new("password.reset", format!("person:{person}")).proven(Some(person), None);
        Ok(unit.commit(entry, Ok(Proven { begun: None, person: Some(person), owner: Vec::new() })))
    }
}

/// A contact is somebody's: the code that went there came back.
pub(super) async fn by_code(unit: &mut Unit<'_>, person: PersonId, contact: &Contact) -> Result<(), Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    store::contact_yield(unit.writes().await?, clinic, contact, person).await?;
    Ok(store::contact_prove(unit.writes().await?, person, contact, ProvenHow::Code, at).await?)
}

/// Ends a look at a code that was right.
async fn looked(
    unit: &mut Unit<'_>,
    row: store::Row,
    told: &Told,
    with: &With,
) -> Result<Done<Result<Proven, Fault>>, Failure> {
    let entry = Entry::new("account.verify", format!("verification:{}", row.id));
    keep(unit, row, None).await?;
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
