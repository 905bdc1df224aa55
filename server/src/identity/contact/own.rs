//! The caller's own contacts. A new one replaces the old one once the code that was sent to it is entered.

use medlane_shared::{
    fault::{Code, Fault, Language},
    identity::{ContactConfirmRequest, Limit, ProvenHow},
    ids::VerificationId,
    notify::{Channel, masked},
};
use serde_json::json;

use super::{
    address::Contact,
    codes::{Purpose, Told, begun, deliver, holder, prove, sendable, settle},
    ops::{by_code, proven_by},
};
use crate::{
    attempts::Try,
    engine::own_by,
    identity::{
        confirm,
        store::{Account, account_held},
    },
    notify::{self, Message, Template, inbox},
    writer::{Done, Entry, Failure, Op, Unit},
};

/// The most codes that one person may have sent, to any address, so that nobody runs up costs with a list of numbers.
const CODES: Limit = Limit { window_ms: 24 * 3_600_000, max: 10, grows: false };

/// Sends a code to a new contact of the caller, who has just confirmed their identity.
#[derive(Debug, Clone)]
pub struct OwnSend {
    /// The id, made by the caller.
    pub id: VerificationId,
    /// The contact.
    pub contact: Contact,
    /// The code, made by the caller.
    pub code: String,
    /// The limits on requests from an address.
    pub tries: Vec<Try>,
}

impl Op for OwnSend {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (person, _, grant) = own_by(unit.actor())?;
        confirm::demand(unit).await?;
        let clinic = unit.clinic();
        let of_person = Try::new(unit.core(), clinic, "codes to own contacts", &person.to_string(), CODES);
        let tries = [self.tries.clone(), vec![of_person]].concat();
        sendable(unit, &self.contact, Purpose::Own, &tries).await?;
        let account = account_held(unit.reads().await?, &grant, person).await?.ok_or(Code::SignedOut)?;
        // The answer does not reveal that the address has an account. The owner of the address is told instead.
        let known = holder(unit, &self.contact).await?.is_some_and(|holder| holder.is_other_than(person));
        let told = Told::of(self.contact.clone(), account.language.as_deref().unwrap_or_default());
        let row = begun(unit, self.id, Purpose::Own, &told, Some(person))?;
        deliver(unit, row, Purpose::Own, &told, (&self.code, known)).await?;
        let entry = Entry::new("contact.code", format!("person:{person}"))
            .by(&grant)
            .detail(json!({ "channel": told.channel, "to": masked(&told.address) }));
        Ok(unit.commit(entry, ()))
    }
}

/// Confirms the caller's new contact by the code.
#[derive(Debug, Clone)]
pub struct OwnConfirm {
    /// The code.
    pub request: ContactConfirmRequest,
    /// The limits on tries from an address.
    pub tries: Vec<Try>,
}

impl Op for OwnConfirm {
    type Out = Result<(), Fault>;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<Self::Out>, Failure> {
        let (person, _, grant) = own_by(unit.actor())?;
        let ContactConfirmRequest { verification_id, code } = &self.request;
        let entry = Entry::new("contact.confirm", format!("person:{person}")).by(&grant);
        let (row, told) = match prove(unit, *verification_id, Purpose::Own, code, &self.tries).await? {
            Ok(proven) => proven,
            Err(fault) => return Ok(unit.commit(entry.refused(), Err(fault))),
        };
        let contact = told.contact();
        let other = holder(unit, &contact).await?.is_some_and(|holder| holder.is_other_than(person));
        if row.person != Some(person) || other {
            return Err(Code::CodeExpired.into());
        }
        let account = account_held(unit.reads().await?, &grant, person).await?.ok_or(Code::SignedOut)?;
        by_code(unit, person, &contact).await?;
        settle(unit, row).await?;
        let before = account.proven(told.channel).filter(|before| *before != contact.address);
        if let Some(before) = before {
            changed(unit, &account, before, &contact).await?;
        }
        let how = json!({ "how": ProvenHow::Code, "replaced": before.map(masked) });
        let detail = proven_by(&account, told.channel, how);
        Ok(unit.commit(entry.detail(detail), Ok(())))
    }
}

/// Tells the owner about the change, at the old address and in the inbox.
async fn changed(
    unit: &mut Unit<'_>,
    account: &Account,
    before: &str,
    contact: &Contact,
) -> Result<(), Failure> {
    let Contact { channel, address } = contact;
    let language = account.language.as_deref().and_then(Language::from_tag).unwrap_or_default();
    let template = if *channel == Channel::Email { Template::EmailChanged } else { Template::PhoneChanged };
    let now = masked(address);
    let named = [("now", now.as_str())];
    inbox::put(unit, account.id, template, &named, language).await?;
    let message = Message {
        person: Some(account.id),
        channel: *channel,
        to: before,
        template,
        named: &named,
        language,
        due_at: None,
        expires_at: None,
        held: None,
    };
    notify::post(unit, message).await.map(drop)
}
