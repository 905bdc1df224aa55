//! Messages to people (`docs/product.md` §10): e-mail, text messages, Web Push, and the inbox in the page.

mod choice;
mod inbox;
mod push;

use serde::{Deserialize, Serialize};

use crate::{ids::MessageId, time::Timestamp};

pub use choice::{NoticeChoice, Notices, Quiet, Reached};
pub use inbox::{INBOX_MAX, Inbox, NoticeView};
pub use push::{PushKey, PushRequest};

/// The way that a message takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// E-mail.
    Email,
    /// Text message.
    Sms,
    /// Web Push, to a browser that subscribed to it. A person does not choose it like the other channels.
    Push,
}

impl Channel {
    /// The text on the wire and in the database.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Push => "push",
        }
    }

    /// The channel with this [`Channel::text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Email, Self::Sms, Self::Push].into_iter().find(|channel| channel.text() == text)
    }
}

/// The state of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Not sent yet; it is tried now or again later.
    Waiting,
    /// The mail server or gateway has accepted it.
    Sent,
    /// Given up: refused, tried too often, or too late to be useful.
    Failed,
    /// No transport is configured: the message appears only on the local outbox page.
    Kept,
}

impl MessageState {
    /// Every state.
    pub const ALL: &[Self] = &[Self::Waiting, Self::Sent, Self::Failed, Self::Kept];

    /// The text on the wire and in the database.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Kept => "kept",
        }
    }
}

/// A message as administrators see it: its delivery, never its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageView {
    /// Its id.
    pub id: MessageId,
    /// Its channel.
    pub channel: Channel,
    /// The name of its template: `register_code`.
    pub template: String,
    /// The recipient, with the middle left out: `a…@clinic.example`.
    pub recipient: String,
    /// Its state.
    pub state: MessageState,
    /// How often the server tried to send it.
    pub tries: u32,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was sent or given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<Timestamp>,
    /// Why the last try failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// The most tries of a message.
pub const TRIES_MAX: u32 = 8;

/// Milliseconds until the next try after `tries` failures: 10 s, 40 s, … at most an hour.
#[must_use]
pub const fn back_off_ms(tries: u32) -> i64 {
    let exponent = if tries > 10 { 10 } else { tries };
    let ms = 10_000 * 4_i64.pow(exponent.saturating_sub(1));
    if ms > 3_600_000 { 3_600_000 } else { ms }
}

/// An address with its middle left out. A person who knows the address recognises it.
#[must_use]
pub fn masked(address: &str) -> String {
    if let Some((name, domain)) = address.rsplit_once('@') {
        let first: String = name.chars().take(1).collect();
        return format!("{first}…@{domain}");
    }
    let digits: Vec<char> = address.chars().collect();
    let tail = digits.len().saturating_sub(2);
    let head: String = digits[..tail.min(4)].iter().collect();
    let tail: String = digits[tail..].iter().collect();
    format!("{head}…{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_grows_to_an_hour() {
        let waits: Vec<i64> = (1..=8).map(back_off_ms).collect();
        assert_eq!(waits, [10_000, 40_000, 160_000, 640_000, 2_560_000, 3_600_000, 3_600_000, 3_600_000]);
    }

    #[test]
    fn a_masked_address_keeps_its_ends() {
        assert_eq!(masked("anna.brown@clinic.example"), "a…@clinic.example");
        assert_eq!(masked("+96891234567"), "+968…67");
        assert_eq!((masked("+9"), masked("")), ("…+9".to_owned(), "…".to_owned()));
    }
}
