//! Messages to people. The operation that causes a message writes it; the sender sends it afterwards, and tries again
//! until that works.

pub mod inbox;
mod limits;
mod mail;
mod ops;
pub mod push;
mod routes;
mod send;
mod store;
mod transport;
mod words;

use medlane_shared::{
    fault::Language,
    ids::{MessageId, PersonId},
    notify::{Channel, MessageState, masked},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

pub use limits::spend_soon;
pub use mail::{MESSAGE, Mail};
pub use routes::routes;
pub use send::{keep, outbox_ms};
pub use store::{choice_by_person, choice_put, message_prune};
pub use transport::Ways;
pub use words::{Named, Template};

use mail::Queued;

use crate::{
    attempts::Spent,
    keys::{DoesNotSeal, Place},
    writer::{Failure, Unit},
};

/// A message to write.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    /// The person whom it is for, if they are known.
    pub person: Option<PersonId>,
    /// The channel.
    pub channel: Channel,
    /// The e-mail address or E.164 number.
    pub to: &'a str,
    /// The template of its text.
    pub template: Template,
    /// The values that its text names.
    pub named: &'a [Named<'a>],
    /// The language of its text.
    pub language: Language,
    /// Do not send it before this time.
    pub due_at: Option<Timestamp>,
    /// After this time it is useless.
    pub expires_at: Option<Timestamp>,
    /// Why it is not sent. It is then stored only for administrators to see.
    pub held: Option<&'static str>,
}

/// The contents of a message, which are sealed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Contents {
    /// The address.
    pub to: String,
    /// The subject, for e-mail.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The tag in a browser: a newer message with the same tag replaces it, in any language.
    #[serde(default)]
    pub tag: String,
    /// It silently replaces the message that a browser shows, and does not stay.
    #[serde(default)]
    pub quiet: bool,
}

/// The place that a message's contents are sealed for.
fn place(clinic: medlane_shared::ids::ClinicId, id: MessageId) -> Place<'static> {
    Place { clinic, subject: clinic.0, record: id.0, version: 0, kind: "message" }
}

/// The recipient as administrators see it: an address with its middle left out; nothing about a browser.
fn recipient(channel: Channel, to: &str) -> String {
    if channel == Channel::Push { "a browser".to_owned() } else { masked(to) }
}

/// Writes a message, which is sent after the commit. A message above a limit is not sent. It is stored with the
/// reason, once in the time that the limit counts.
///
/// # Errors
/// An error of the database.
pub async fn post(unit: &mut Unit<'_>, message: Message<'_>) -> Result<MessageId, Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    let id = MessageId::new(at, rand::random());
    let held = match message.held {
        Some(why) => Spent::Held { why, is_first: true },
        None => limits::spend_for(unit, &message).await?,
    };
    let fault = match held {
        Spent::Free => None,
        Spent::Held { is_first: false, .. } => return Ok(id),
        Spent::Held { why, .. } => Some(why.to_owned()),
    };
    let name = unit.clinic_name();
    let (subject, text) = message.template.write(message.language, &name, message.named);
    let label = message.named.iter().find(|(name, _)| *name == "label").map(|(_, label)| *label);
    let contents = Contents {
        to: message.to.to_owned(),
        subject,
        text,
        tag: label.unwrap_or_else(|| message.template.text()).to_owned(),
        quiet: message.template.is_quiet(),
    };
    let contents = serde_json::to_vec(&contents).map_err(|_| DoesNotSeal)?;
    let sealed = unit.clinic_key().seal(&place(clinic, id), &contents)?;
    let row = store::Row {
        id,
        person: message.person,
        channel: message.channel,
        template: message.template.text().to_owned(),
        recipient: recipient(message.channel, message.to),
        sealed: Some(sealed).filter(|_| fault.is_none()),
        state: if fault.is_none() { MessageState::Waiting } else { MessageState::Failed },
        tries: 0,
        due_at: message.due_at.unwrap_or(at),
        expires_at: message.expires_at,
        created_at: at,
        settled_at: fault.as_ref().map(|_| at),
        fault,
    };
    store::message_put(unit.writes().await?, clinic, &row).await?;
    unit.change::<Mail>(Queued);
    unit.changed(MESSAGE, id, None, message.person);
    Ok(id)
}
