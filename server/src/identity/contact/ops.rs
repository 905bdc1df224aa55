//! Proving a contact: a code is made and sent, looked at, and does its work once.

use medlane_shared::{
    access::Role,
    audit::hex,
    fault::{Code, Fault, Language},
    identity::{CODE_TRIES, Face, Limit, REGISTER_CODE_S, RESET_CODE_S},
    ids::{ClinicId, PersonId, VerificationId},
    notify::{Channel, masked},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Contact, store};
use crate::{
    app::Core,
    config,
    identity::{
        attempts::{self, Try, of_account},
        ops::{Lives, Refreshed, begin, end_all, tell},
        people::{Person, person_insert},
        store::account_by_contact,
    },
    keys::{Place, mac},
    notify::{self, Message, Template},
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Another code is sent, and one that was right goes on counting, for so long after it began.
const LASTS_MS: i64 = 3_600_000;
/// Codes sent to one contact in a quarter of an hour, and in a day.
const SENDS: [Limit; 2] = [
    Limit { window_ms: 900_000, max: 3, grows: false },
    Limit { window_ms: 86_400_000, max: 10, grows: false },
];

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A new account.
    Register,
    /// A new password.
    Reset,
}

impl Purpose {
    fn from_text(text: &str) -> Option<Self> {
        [Self::Register, Self::Reset].into_iter().find(|purpose| purpose.text() == text)
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Reset => "reset",
        }
    }

    /// Seconds that a code counts.
    #[must_use]
    pub const fn lasts_s(self) -> u32 {
        match self {
            Self::Register => REGISTER_CODE_S,
            Self::Reset => RESET_CODE_S,
        }
    }
}

/// What was told with a contact, sealed until the code comes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Told {
    /// Where the code goes.
    pub channel: Channel,
    /// The same.
    pub address: String,
    /// The language to write in.
    pub language: String,
    /// For a new account.
    #[serde(default)]
    pub name: String,
    /// For a new account.
    #[serde(default)]
    pub email: Option<String>,
    /// For a new account.
    #[serde(default)]
    pub phone: Option<String>,
    /// For a new account.
    #[serde(default)]
    pub birth_date: Option<String>,
}

impl Told {
    fn contact(&self) -> Contact {
        Contact { channel: self.channel, address: self.address.clone() }
    }
}

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

/// How often a contact is sent a code. Contacts are not told apart by clinic: the limit guards who reads them.
fn sends(unit: &Unit<'_>, contact: &Contact) -> Vec<Try> {
    let nobody = ClinicId(uuid::Uuid::nil());
    let one = |limit: Limit| {
        Try::new(unit.core(), nobody, &format!("send {}", limit.window_ms), &contact.address, limit)
    };
    SENDS.map(one).to_vec()
}

impl Op for Begin {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (at, clinic) = (unit.at(), unit.clinic());
        let tries = [self.tries.clone(), sends(unit, &self.told.contact())].concat();
        attempts::check(unit.reads().await?, &tries, at).await?;
        let known = account_by_contact(unit.reads().await?, clinic, &self.told.contact()).await?;
        // Whoever is suspended gets no new password; and no second account either.
        let known = known.filter(|account| self.purpose == Purpose::Register || !account.suspended);
        attempts::count(unit, &tries).await?;
        let sealed = serde_json::to_vec(&self.told).map_err(|_| Code::Internal)?;
        let row = store::Row {
            id: self.id,
            purpose: self.purpose.text().to_owned(),
            person: known.map(|account| account.id),
            sealed: unit.clinic_key().seal(&place(unit, self.id), &sealed),
            code_hash: None,
            tries: 0,
            expires_at: at,
            settled_at: None,
            created_at: at,
        };
        deliver(unit, row, self.purpose, &self.told, &self.code).await?;
        let action = match self.purpose {
            Purpose::Register => "account.register",
            Purpose::Reset => "password.forgot",
        };
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
        // An invitation has no code.
        let purpose = Purpose::from_text(&row.purpose).ok_or(Code::CodeExpired)?;
        let told = told(unit, &row)?;
        let tries = [self.tries.clone(), sends(unit, &told.contact())].concat();
        attempts::check(unit.reads().await?, &tries, at).await?;
        attempts::count(unit, &tries).await?;
        deliver(unit, row, purpose, &told, &self.code).await?;
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
        let clinic = unit.clinic();
        if account_by_contact(unit.reads().await?, clinic, &told.contact()).await?.is_some() {
            // Made meanwhile, by the same contact's other code.
            return Err(Code::CodeExpired.into());
        }
        let id = PersonId::new(unit.at(), rand::random());
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
        let settled = Some(unit.at());
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

fn place(unit: &Unit<'_>, id: VerificationId) -> Place<'static> {
    let clinic = unit.clinic();
    Place { clinic, subject: clinic.0, record: id.0, version: 0, kind: "verification" }
}

fn told(unit: &Unit<'_>, row: &store::Row) -> Result<Told, Failure> {
    let text = unit.clinic_key().open(&place(unit, row.id), &row.sealed).map_err(|_| Code::Internal)?;
    serde_json::from_slice(&text).map_err(|_| Code::Internal.into())
}

/// A code or secret as it is kept.
#[must_use]
pub fn secret_hash_of(core: &Core, id: VerificationId, digits: &str) -> String {
    hex(&mac(&core.keys.codes, &[id.0.as_bytes(), digits.as_bytes()].concat()))
}

/// Stores a fresh code and writes the message; a contact for which no code can count is told why, or nothing.
async fn deliver(
    unit: &mut Unit<'_>,
    row: store::Row,
    purpose: Purpose,
    told: &Told,
    code: &str,
) -> Result<(), Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    let expires_at = at.plus_ms(i64::from(purpose.lasts_s()) * 1_000);
    let template = match (purpose, row.person) {
        (Purpose::Register, None) => Some(Template::RegisterCode),
        (Purpose::Register, Some(_)) => Some(Template::AccountKnown),
        (Purpose::Reset, Some(_)) => Some(Template::ResetCode),
        (Purpose::Reset, None) => None,
    };
    let counts = matches!(template, Some(Template::RegisterCode | Template::ResetCode));
    let person = row.person;
    let code_hash = counts.then(|| secret_hash_of(unit.core(), row.id, code));
    let row = store::Row { code_hash, tries: 0, expires_at, ..row };
    store::verification_put(unit.writes().await?, clinic, &row).await?;
    let Some(template) = template else { return Ok(()) };
    let message = Message {
        person,
        channel: told.channel,
        to: &told.address,
        template,
        named: &[("code", code)],
        language: Language::from_tag(&told.language).unwrap_or_default(),
        due_at: None,
        expires_at: counts.then_some(expires_at),
    };
    notify::post(unit, message).await.map(drop)
}

/// Holds a code against the one that was sent. A wrong one is counted, and the fault is the answer of an operation that
/// wrote.
async fn prove(
    unit: &mut Unit<'_>,
    id: VerificationId,
    purpose: Purpose,
    code: &str,
    tries: &[Try],
) -> Result<Result<(store::Row, Told), Fault>, Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    attempts::check(unit.reads().await?, tries, at).await?;
    let row = store::verification_by_id(unit.reads().await?, clinic, id).await?;
    let stands = |row: &store::Row| {
        row.purpose == purpose.text()
            && row.settled_at.is_none()
            && at < row.expires_at
            && row.tries < CODE_TRIES
    };
    let row = row.filter(stands).ok_or(Code::CodeExpired)?;
    let own = secret_hash_of(unit.core(), id, code.trim());
    // A keyed hash of what came: where the comparison ends tells nothing of the code.
    if row.code_hash.as_ref() == Some(&own) {
        let told = told(unit, &row)?;
        return Ok(Ok((row, told)));
    }
    attempts::count(unit, tries).await?;
    let row = store::Row { tries: row.tries + 1, ..row };
    store::verification_put(unit.writes().await?, clinic, &row).await?;
    let left = CODE_TRIES - row.tries;
    Ok(Err(if left == 0 {
        Code::CodeExpired.into()
    } else {
        Fault::new(Code::CodeWrong).field("code", &format!("{left} tries left"))
    }))
}

fn wrong(unit: &mut Unit<'_>, id: VerificationId, fault: Fault) -> Done<Fault> {
    unit.commit(Entry::new("account.verify", format!("verification:{id}")).refused(), fault)
}

/// A code that was right counts until the password is chosen; or it has done its work.
async fn keep(unit: &mut Unit<'_>, row: store::Row, settled_at: Option<Timestamp>) -> Result<(), Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    let later = at.plus_ms(i64::from(RESET_CODE_S) * 1_000).min(row.created_at.plus_ms(LASTS_MS));
    let expires_at = row.expires_at.max(later);
    let row = store::Row { expires_at, settled_at, ..row };
    Ok(store::verification_put(unit.writes().await?, clinic, &row).await?)
}
