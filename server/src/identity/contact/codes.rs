//! The codes that prove a contact: made, sent and compared. Each works once.

use medlane_shared::{
    audit::hex,
    fault::{Code, Fault, FieldFault, Language},
    identity::{CODE_TRIES, Limit, REGISTER_CODE_S, RESET_CODE_S},
    ids::{ClinicId, PersonId, VerificationId},
    notify::Channel,
    typed,
};
use serde::{Deserialize, Serialize};

use super::{address::Contact, store};
use crate::{
    attempts::{self, Try},
    engine::Core,
    identity::keys::codes,
    identity::store::{Account, account_by_contact},
    keys::{Place, mac},
    notify::{self, Message, Template},
    writer::{Failure, Unit},
};

/// How long after its beginning a verification can get another code, or a right code can stay valid, in milliseconds.
pub(super) const LASTS_MS: i64 = 3_600_000;
/// The most codes sent to one contact in a quarter of an hour, and in a day.
const SENDS: [Limit; 2] = [
    Limit { window_ms: 900_000, max: 3, grows: false },
    Limit { window_ms: 86_400_000, max: 10, grows: false },
];
/// The window of a clinic's limit on texts with codes, in milliseconds.
const HOUR_MS: i64 = 3_600_000;

/// The purpose of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Register an account.
    Register,
    /// Replace a forgotten password.
    Reset,
    /// Confirm a contact of a record. Its person reads the code back to reception.
    Confirm,
    /// A record's person agrees to merge the record into an account.
    Merge,
    /// Confirm a new contact of the caller's own account.
    Own,
}

impl Purpose {
    const ALL: [Self; 5] = [Self::Register, Self::Reset, Self::Confirm, Self::Merge, Self::Own];

    pub(super) fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.text() == text)
    }

    pub(in crate::identity) const fn text(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Reset => "reset",
            Self::Confirm => "confirm",
            Self::Merge => "merge",
            Self::Own => "own",
        }
    }

    /// How long a code is valid, in seconds.
    #[must_use]
    pub const fn lasts_s(self) -> u32 {
        match self {
            Self::Register => REGISTER_CODE_S,
            Self::Reset | Self::Confirm | Self::Merge | Self::Own => RESET_CODE_S,
        }
    }

    /// The message to send. If the code could not work for this contact, the message says why, or nothing is sent.
    /// `known` says whether the contact belongs to an account that matters for this purpose.
    const fn template(self, known: bool) -> Option<Template> {
        match (self, known) {
            (Self::Register, false) => Some(Template::RegisterCode),
            (Self::Register | Self::Own, true) => Some(Template::AccountKnown),
            (Self::Reset, true) => Some(Template::ResetCode),
            (Self::Reset, false) => None,
            (Self::Own, false) | (Self::Confirm, _) => Some(Template::ContactCode),
            (Self::Merge, _) => Some(Template::MergeCode),
        }
    }
}

/// The data of a request, sealed until the code arrives.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Told {
    /// The channel that the code is sent on.
    pub channel: Channel,
    /// The address that the code is sent to.
    pub address: String,
    /// The language of the message.
    pub language: String,
    /// The name, for a new account.
    #[serde(default)]
    pub name: String,
    /// The e-mail address, for a new account.
    #[serde(default)]
    pub email: Option<String>,
    /// The phone number, for a new account.
    #[serde(default)]
    pub phone: Option<String>,
    /// The date of birth, for a new account.
    #[serde(default)]
    pub birth_date: Option<String>,
    /// The record that another one will be merged into.
    #[serde(default)]
    pub into: Option<PersonId>,
}

impl Told {
    /// For a contact, without other data.
    #[must_use]
    pub fn of(contact: Contact, language: &str) -> Self {
        let Contact { channel, address } = contact;
        let (name, language) = (String::new(), language.to_owned());
        Self { channel, address, language, name, email: None, phone: None, birth_date: None, into: None }
    }

    pub(super) fn contact(&self) -> Contact {
        Contact { channel: self.channel, address: self.address.clone() }
    }
}

/// The limits on codes to one contact for one purpose. Codes for a new account do not use up those for a new password, or
/// those of reception. The limits are shared by all clinics, because they protect the person who gets the codes.
pub(in crate::identity) fn sends(unit: &Unit<'_>, contact: &Contact, purpose: &str) -> Vec<Try> {
    let nobody = ClinicId(uuid::Uuid::nil());
    let one = |limit: Limit| {
        let kind = format!("send {purpose} {}", limit.window_ms);
        Try::new(unit.core(), nobody, &kind, &contact.address, limit)
    };
    SENDS.map(one).to_vec()
}

/// Checks that a code may be sent to a contact: its country is served, and no limit of the contact, the asker or the
/// clinic is used up.
///
/// # Errors
/// [`Code::CountryUnserved`], [`Code::RateLimited`].
pub(super) async fn sendable(
    unit: &mut Unit<'_>,
    contact: &Contact,
    purpose: Purpose,
    asker: &[Try],
) -> Result<(), Failure> {
    if contact.channel == Channel::Sms && !unit.core().config.sending().serves(&contact.address) {
        return Err(Code::CountryUnserved.into());
    }
    let at = unit.at();
    let own = [asker.to_vec(), sends(unit, contact, purpose.text())].concat();
    // These limits count whether or not a message is sent, so that the answer reveals nothing about an account.
    let all = [own.clone(), texts(unit, contact.channel, purpose)].concat();
    attempts::check(unit.reads().await?, &all, at).await?;
    attempts::count(unit, &own).await
}

/// The limit on the clinic's texts with codes. Those that reception asks for have their own count.
pub(super) fn texts(unit: &Unit<'_>, channel: Channel, purpose: Purpose) -> Vec<Try> {
    if channel != Channel::Sms {
        return Vec::new();
    }
    let limit =
        Limit { window_ms: HOUR_MS, max: unit.core().config.messages.codes_clinic_hour, grows: false };
    let of = if matches!(purpose, Purpose::Confirm | Purpose::Merge) { "desk" } else { "" };
    vec![Try::new(unit.core(), unit.clinic(), "texts with codes", of, limit)]
}

/// The account that provably reads what is sent to a contact. A contact that only an identity check confirmed does
/// not count: a person who proves it by a code takes it over.
pub(in crate::identity) async fn holder(
    unit: &mut Unit<'_>,
    contact: &Contact,
) -> Result<Option<Account>, Failure> {
    let clinic = unit.clinic();
    let found = account_by_contact(unit.reads().await?, clinic, contact).await?;
    Ok(found.filter(|account| account.holds(contact.channel)))
}

/// The row of a new verification.
pub(super) fn begun(
    unit: &Unit<'_>,
    id: VerificationId,
    purpose: Purpose,
    told: &Told,
    person: Option<PersonId>,
) -> Result<store::Verification, Failure> {
    let sealed = serde_json::to_vec(told).map_err(|_| Code::Internal)?;
    let at = unit.at();
    Ok(store::Verification {
        id,
        purpose: purpose.text().to_owned(),
        person,
        sealed: unit.clinic_key().seal(&place(unit, id), &sealed)?,
        code_hash: None,
        tries: 0,
        expires_at: at,
        settled_at: None,
        created_at: at,
    })
}

fn place(unit: &Unit<'_>, id: VerificationId) -> Place<'static> {
    let clinic = unit.clinic();
    Place { clinic, subject: clinic.0, record: id.0, version: 0, kind: "verification" }
}

pub(super) fn told(unit: &Unit<'_>, row: &store::Verification) -> Result<Told, Failure> {
    let text = unit.clinic_key().open(&place(unit, row.id), &row.sealed)?;
    serde_json::from_slice(&text).map_err(|_| Code::Internal.into())
}

/// The hash under which a code or secret is stored.
#[must_use]
pub fn secret_hash_of(core: &Core, id: VerificationId, digits: &str) -> String {
    hex(&mac(&codes(&core.root), &[id.0.as_bytes(), digits.as_bytes()].concat()))
}

/// Stores a new code and writes its message. For `known` see [`Purpose::template`].
pub(super) async fn deliver(
    unit: &mut Unit<'_>,
    row: store::Verification,
    purpose: Purpose,
    told: &Told,
    (code, known): (&str, bool),
) -> Result<(), Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    let expires_at = at.plus_ms(i64::from(purpose.lasts_s()) * 1_000);
    let template = purpose.template(known);
    let counts = template.is_some_and(|template| template != Template::AccountKnown);
    let person = row.person;
    let code_hash = counts.then(|| secret_hash_of(unit.core(), row.id, code));
    let row = store::Verification { code_hash, tries: 0, expires_at, ..row };
    store::verification_put(unit.writes().await?, clinic, &row).await?;
    let Some(template) = template else { return Ok(()) };
    let texts = texts(unit, told.channel, purpose);
    attempts::count(unit, &texts).await?;
    let message = Message {
        person,
        channel: told.channel,
        to: &told.address,
        template,
        named: &[("code", code)],
        language: Language::from_tag(&told.language).unwrap_or_default(),
        due_at: None,
        expires_at: counts.then_some(expires_at),
        held: None,
    };
    notify::post(unit, message).await.map(drop)
}

/// Compares a code with the one that was sent. A wrong code is counted; the fault is then the result of an operation
/// that commits.
pub(in crate::identity) async fn prove(
    unit: &mut Unit<'_>,
    id: VerificationId,
    purpose: Purpose,
    code: &str,
    tries: &[Try],
) -> Result<Result<(store::Verification, Told), Fault>, Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    attempts::check(unit.reads().await?, tries, at).await?;
    let row = store::verification_by_id(unit.reads().await?, clinic, id).await?;
    let stands = |row: &store::Verification| {
        row.purpose == purpose.text()
            && row.settled_at.is_none()
            && at < row.expires_at
            && row.tries < CODE_TRIES
    };
    let row = row.filter(stands).ok_or(Code::CodeExpired)?;
    let own = secret_hash_of(unit.core(), id, &typed::code(code));
    // A keyed hash of the typed code is compared, so the time of the comparison reveals nothing about the right one.
    if row.code_hash.as_ref() == Some(&own) {
        let told = told(unit, &row)?;
        return Ok(Ok((row, told)));
    }
    attempts::count(unit, tries).await?;
    let row = store::Verification { tries: row.tries + 1, ..row };
    store::verification_put(unit.writes().await?, clinic, &row).await?;
    let left = CODE_TRIES - row.tries;
    Ok(Err(if left == 0 {
        Code::CodeExpired.into()
    } else {
        Fault::new(Code::CodeWrong).field("code", FieldFault::tries_left(left))
    }))
}

/// Records that a right code has done its work: it counts no more.
pub(in crate::identity) async fn settle(
    unit: &mut Unit<'_>,
    row: store::Verification,
) -> Result<(), Failure> {
    let row = store::Verification { settled_at: Some(unit.at()), ..row };
    put(unit, &row).await
}

/// Keeps a right code valid until the password is chosen.
pub(super) async fn extend(unit: &mut Unit<'_>, row: store::Verification) -> Result<(), Failure> {
    let later = unit.at().plus_ms(i64::from(RESET_CODE_S) * 1_000).min(row.created_at.plus_ms(LASTS_MS));
    let row = store::Verification { expires_at: row.expires_at.max(later), ..row };
    put(unit, &row).await
}

async fn put(unit: &mut Unit<'_>, row: &store::Verification) -> Result<(), Failure> {
    let clinic = unit.clinic();
    Ok(store::verification_put(unit.writes().await?, clinic, row).await?)
}
