//! A contact: an e-mail address or a phone number.

use medlane_shared::notify::Channel;

use crate::forms::{Country, phone};

/// A contact of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The channel: e-mail or text message.
    pub channel: Channel,
    /// The address in lower case, or the number in E.164.
    pub address: String,
}

/// The contact that a person signs in with: a phone number if the text is one; otherwise the text counts as an e-mail
/// address, which may match nobody.
#[must_use]
pub fn signs_in_with(text: &str, country: Option<Country>) -> Contact {
    match phone(text, country) {
        Ok(address) => Contact { channel: Channel::Sms, address },
        Err(_) => Contact { channel: Channel::Email, address: text.trim().to_lowercase() },
    }
}

impl Contact {
    /// The contact for messages: the e-mail address if there is one, otherwise the phone number.
    #[must_use]
    pub fn of(email: Option<&String>, phone: Option<&String>) -> Option<Self> {
        match (email, phone) {
            (Some(address), _) => Some(Self { channel: Channel::Email, address: address.clone() }),
            (None, Some(address)) => Some(Self { channel: Channel::Sms, address: address.clone() }),
            (None, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_field_takes_a_number_or_an_address() {
        assert_eq!(signs_in_with("+968 9212 3456", None).channel, Channel::Sms);
        assert_eq!(signs_in_with("Anna@X.example", None).address, "anna@x.example");
    }
}
