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
    time::Timestamp,
};
use phonenumber::Mode;
use zxcvbn::{Score, zxcvbn};

pub(super) use codes::{Purpose, holder, keep, prove, secret_hash_of, sends};
pub use routes::{chosen, routes};
pub use store::verification_prune;

/// The longest e-mail address (RFC 5321 §4.5.3.1.3).
const EMAIL_MAX_BYTES: usize = 254;
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

/// An e-mail address, in lower case. Plus-addresses are separate addresses.
///
/// # Errors
/// [`Code::Invalid`], with the field.
pub fn email(text: &str) -> Result<String, Fault> {
    let address = text.trim().to_lowercase();
    let fits = address.len() <= EMAIL_MAX_BYTES && address.parse::<lettre::Address>().is_ok();
    if fits { Ok(address) } else { Err(Fault::new(Code::Invalid).field("email", FieldCode::Email)) }
}

/// A phone number with its country code, in E.164.
///
/// # Errors
/// [`Code::Invalid`], with the field.
pub fn phone(text: &str) -> Result<String, Fault> {
    let wrong = || Fault::new(Code::Invalid).field("phone", FieldCode::Phone);
    let number = phonenumber::parse(None, text.trim()).map_err(|_| wrong())?;
    if phonenumber::is_valid(&number) {
        Ok(number.format().mode(Mode::E164).to_string())
    } else {
        Err(wrong())
    }
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

/// A date of birth, not after `today`.
///
/// # Errors
/// [`Code::Invalid`], with the field.
pub fn birth_date(text: &str, today: Timestamp) -> Result<String, Fault> {
    let wrong = || Fault::new(Code::Invalid).field("birth_date", FieldCode::BirthDate);
    let day: jiff::civil::Date = text.trim().parse().map_err(|_| wrong())?;
    let now = jiff::Timestamp::from_millisecond(today.ms()).map_err(|_| wrong())?;
    // East of UTC it may be tomorrow already.
    let last = now.to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow().map_err(|_| wrong())?;
    if day.year() >= 1900 && day <= last { Ok(day.to_string()) } else { Err(wrong()) }
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
    fn addresses_and_numbers_take_one_form() {
        assert_eq!(email(" Anna.Brown+visits@Clinic.Example ").unwrap(), "anna.brown+visits@clinic.example");
        for wrong in ["", "anna", "anna@", "@x", "a b@c.example", &format!("{}@c.example", "x".repeat(260))] {
            assert!(email(wrong).is_err(), "{wrong}");
        }
        for same in ["+968 9212 3456", "+96892123456", "+968-92-12-34-56"] {
            assert_eq!(phone(same).unwrap(), "+96892123456");
        }
        for wrong in ["", "92123456", "+1", "+968 1", "anna@clinic.example"] {
            assert!(phone(wrong).is_err(), "{wrong}");
        }
        assert_eq!(signs_in_with("+968 9212 3456").channel, Channel::Sms);
        assert_eq!(signs_in_with("Anna@X.example").address, "anna@x.example");
    }

    #[test]
    fn names_and_birthdays() {
        assert_eq!(name("  محمد بن علي ").unwrap(), "محمد بن علي");
        assert!(name(" ").is_err() && name("a\u{0}b").is_err() && name(&"x".repeat(201)).is_err());
        let today = Timestamp::from_ms(1_790_000_000_000);
        assert_eq!(birth_date("1980-01-31", today).unwrap(), "1980-01-31");
        for wrong in ["1980-02-30", "31.1.1980", "1899-12-31", "2100-01-01", ""] {
            assert!(birth_date(wrong, today).is_err(), "{wrong}");
        }
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
