//! Contacts, proven by a code that is sent to them: for registration, and to replace a forgotten password.

mod codes;
mod desk;
pub mod ops;
mod own;
mod routes;
pub mod store;

use medlane_shared::{
    fault::{Code, Fault, FieldCode, FieldFault},
    identity::{NAME_MAX_CHARS, PASSWORD_MAX_BYTES, PASSWORD_MIN_CHARS},
    notify::Channel,
};
use zxcvbn::{Score, zxcvbn};

pub use crate::forms::{birth_date, email, phone};
pub(super) use codes::{Purpose, holder, keep, prove, secret_hash_of, sends};
pub use routes::{chosen, routes};
pub use store::verification_prune;

/// The part of a password that is checked against lists of common ones, in characters.
const JUDGED_CHARS: usize = 72;

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
pub fn signs_in_with(text: &str) -> Contact {
    match phone(text) {
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

/// A person's whole name.
///
/// # Errors
/// [`Code::Invalid`], with the field.
pub fn name(text: &str) -> Result<String, Fault> {
    let name = text.trim();
    let fits = (1..=NAME_MAX_CHARS).contains(&name.chars().count()) && !name.chars().any(char::is_control);
    if fits {
        Ok(name.to_owned())
    } else {
        Err(Fault::new(Code::Invalid).field("name", FieldFault::length(1, NAME_MAX_CHARS)))
    }
}

/// Checks a password: it is long enough, and not easy to guess from lists of common passwords and from `owner`, the
/// facts about its owner. There is no rule about its characters (OWASP ASVS 5.0 §6.2).
///
/// # Errors
/// [`Code::PasswordWeak`].
pub fn password_holds(password: &str, owner: &[&str]) -> Result<(), Fault> {
    let fits = password.chars().count() >= PASSWORD_MIN_CHARS && password.len() <= PASSWORD_MAX_BYTES;
    let judged: String = password.chars().take(JUDGED_CHARS).collect();
    if fits && zxcvbn(&judged, owner).score() >= Score::Two {
        return Ok(());
    }
    Err(Fault::new(Code::PasswordWeak).field("password", FieldCode::Password))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_field_takes_a_number_or_an_address() {
        assert_eq!(signs_in_with("+968 9212 3456").channel, Channel::Sms);
        assert_eq!(signs_in_with("Anna@X.example").address, "anna@x.example");
    }

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(name("  محمد بن علي ").unwrap(), "محمد بن علي");
        assert!(name(" ").is_err() && name("a\u{0}b").is_err() && name(&"x".repeat(201)).is_err());
    }

    #[test]
    fn passwords_that_everybody_tries_are_refused() {
        for weak in
            ["", "short", "password", "Password1", "12345678", "qwertyuiop", "annabrown", "aaaaaaaaaaaa"]
        {
            assert!(password_holds(weak, &["Anna Brown", "annabrown"]).is_err(), "{weak}");
        }
        for fine in ["correct horse battery", "kettle-42-violin", "قهوة وكتاب ومطر"] {
            assert!(password_holds(fine, &["Anna Brown"]).is_ok(), "{fine}");
        }
        assert!(password_holds(&"x7".repeat(600), &[]).is_err(), "too long to be hashed");
    }
}
