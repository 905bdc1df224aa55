//! Messages to people (`docs/product.md` §10): e-mail, text messages, Web Push, and the inbox in the page.

mod choice;
mod inbox;
mod push;

use serde::{Deserialize, Serialize};

use crate::{ids::MessageId, time::Timestamp};

pub use choice::{NoticeChoice, Notices, Quiet, Reached};
pub use inbox::{INBOX_MAX, Inbox, NoticeView};
pub use push::{PushKey, PushRequest};

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// E-mail.
    Email,
    /// Text message.
    Sms,
    /// Web Push, to a browser that asked for it; not chosen beside the others.
    Push,
}

impl Channel {
    /// As it stands on the wire and in the database.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
            Self::Push => "push",
        }
    }

    /// The channel of a text of [`Channel::text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Email, Self::Sms, Self::Push].into_iter().find(|channel| channel.text() == text)
    }
}

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// To be sent, now or again.
    Waiting,
    /// Taken over by the mail server or gateway.
    Sent,
    /// Given up: refused, tried too often, or too late to be of use.
    Failed,
    /// Nothing is set up to send it by: it is shown on the local outbox page alone.
    Kept,
}

impl MessageState {
    /// Every state.
    pub const ALL: &[Self] = &[Self::Waiting, Self::Sent, Self::Failed, Self::Kept];

    /// As it stands on the wire and in the database.
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

/// A message as an administrator sees it: that it went, never what it said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MessageView {
    /// Which.
    pub id: MessageId,
    /// How it travels.
    pub channel: Channel,
    /// What it is about: `register_code`.
    pub template: String,
    /// To whom, with the middle left out: `a…@clinic.example`.
    pub recipient: String,
    /// Where it is.
    pub state: MessageState,
    /// How often it was tried.
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

/// Tries at the most.
pub const TRIES_MAX: u32 = 8;

/// Milliseconds until a message is tried again after `tries` failures: 10 s, 40 s, … at most an hour.
#[must_use]
pub const fn back_off_ms(tries: u32) -> i64 {
    let exponent = if tries > 10 { 10 } else { tries };
    let ms = 10_000 * 4_i64.pow(exponent.saturating_sub(1));
    if ms > 3_600_000 { 3_600_000 } else { ms }
}

/// An address with its middle left out, to be recognised by who knows it.
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
