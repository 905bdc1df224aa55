//! A message before it is written, and the contents that are sealed.

use medlane_shared::{
    fault::Language,
    ids::{ClinicId, MessageId, PersonId},
    notify::{Channel, masked},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::words::{Named, Template};
use crate::keys::Place;

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
pub(super) fn place(clinic: ClinicId, id: MessageId) -> Place<'static> {
    Place { clinic, subject: clinic.0, record: id.0, version: 0, kind: "message" }
}

/// The recipient as administrators see it: an address with its middle left out; nothing about a browser.
pub(super) fn recipient(channel: Channel, to: &str) -> String {
    if channel == Channel::Push { "a browser".to_owned() } else { masked(to) }
}
