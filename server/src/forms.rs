//! Checks names, e-mail addresses, phone numbers and dates of birth, and brings each into one form.

mod country;

use medlane_shared::{
    fault::{Code, Fault, FieldCode, FieldFault},
    identity::NAME_MAX_CHARS,
    time::Timestamp,
    typed,
};
use phonenumber::Mode;

pub use country::{Country, country_of_zone};

/// The longest e-mail address (RFC 5321 §4.5.3.1.3).
const EMAIL_MAX_BYTES: usize = 254;

/// An e-mail address, in lower case. Plus-addresses are separate addresses.
///
/// # Errors
/// [`Code::Invalid`], with the field.
pub fn email(text: &str) -> Result<String, Fault> {
    let address = text.trim().to_lowercase();
    let fits = address.len() <= EMAIL_MAX_BYTES
        && typed::is_legible(&address)
        && address.rsplit_once('@').is_some_and(|(_, domain)| is_named(domain))
        && address.parse::<lettre::Address>().is_ok();
    if fits { Ok(address) } else { Err(Fault::new(Code::Invalid).field("email", FieldCode::Email)) }
}

/// Whether mail goes to a domain by its name, and not to the address of a machine: `[127.0.0.1]`, `10.0.0.1`.
fn is_named(domain: &str) -> bool {
    let last = domain.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    !domain.starts_with('[') && last.chars().any(char::is_alphabetic)
}

/// A phone number in E.164: with its country code, or as it is dialled in a country, in the digits of any script.
///
/// # Errors
/// [`Code::Invalid`], with the field and an example of the country.
pub fn phone(text: &str, country: Option<Country>) -> Result<String, Fault> {
    let plain = typed::plain(text);
    let plain = plain.trim();
    // `00` begins a number with its country code in most countries.
    let typed = plain.strip_prefix("00").map(|rest| format!("+{rest}"));
    let typed = typed.as_deref().unwrap_or(plain);
    let read = |country: Option<Country>, text: &str| {
        // A letter is a slip of the finger. Read as the digit of its key, it would be a stranger's number.
        if text.chars().any(char::is_alphabetic) {
            return None;
        }
        let number = phonenumber::parse(country, text).ok().filter(phonenumber::is_valid)?;
        Some(number.format().mode(Mode::E164).to_string())
    };
    let found = match country {
        Some(_) if !typed.starts_with('+') => read(country, typed),
        _ => read(None, typed),
    };
    found.ok_or_else(|| {
        let like = country.and_then(country::example);
        let why = FieldFault { like, ..FieldCode::Phone.into() };
        Fault::new(Code::Invalid).field("phone", why)
    })
}

/// Whether a text may be a phone number of some country.
#[must_use]
pub fn is_like_phone(text: &str) -> bool {
    typed::digits(text).next().is_some()
}

/// A date of birth, not after `today`.
///
/// # Errors
/// [`Code::Invalid`], with the field.
pub fn birth_date(text: &str, today: Timestamp) -> Result<String, Fault> {
    let code = if typed::is_no_day(text.trim()) { FieldCode::NoSuchDay } else { FieldCode::BirthDate };
    let wrong = || Fault::new(Code::Invalid).field("birth_date", code);
    let day: jiff::civil::Date = text.trim().parse().map_err(|_| wrong())?;
    let now = jiff::Timestamp::from_millisecond(today.ms()).map_err(|_| wrong())?;
    // East of UTC it may be tomorrow already.
    let last = now.to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow().map_err(|_| wrong())?;
    if day.year() >= 1900 && day <= last { Ok(day.to_string()) } else { Err(wrong()) }
}

/// A day of the calendar, such as `2026-11-28`; `None` if the text is none.
#[must_use]
pub fn day(text: &str) -> Option<jiff::civil::Date> {
    let form = text.len() == 10
        && text.bytes().enumerate().all(|(n, byte)| match n {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    text.parse().ok().filter(|_| form)
}

/// A person's whole name.
///
/// # Errors
/// [`Code::Invalid`], with the field.
pub fn name(text: &str) -> Result<String, Fault> {
    let name = text.trim();
    let wrong = if !(1..=NAME_MAX_CHARS).contains(&name.chars().count()) {
        FieldFault::length(1, NAME_MAX_CHARS)
    } else if name.chars().any(char::is_control) {
        FieldCode::Line.into()
    } else if typed::is_legible(name) {
        return Ok(name.to_owned());
    } else {
        FieldCode::Hidden.into()
    };
    Err(Fault::new(Code::Invalid).field("name", wrong))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_numbers_take_one_form() {
        assert_eq!(email(" Anna.Brown+visits@Clinic.Example ").unwrap(), "anna.brown+visits@clinic.example");
        for wrong in [
            "",
            "anna",
            "anna@",
            "@x",
            "a b@c.example",
            "a@[127.0.0.1]",
            "a@[IPv6:::1]",
            "a@127.0.0.1",
            "a@c.example.1",
            "a\u{202e}b@c.example",
            &format!("{}@c.example", "x".repeat(260)),
        ] {
            assert!(email(wrong).is_err(), "{wrong}");
        }
        for same in [
            "+968 9212 3456",
            "+96892123456",
            "+968-92-12-34-56",
            "0096892123456",
            "+٩٦٨ ٩٢١٢ ٣٤٥٦",
            "\u{200e}+968 9212 3456",
        ] {
            assert_eq!(phone(same, None).unwrap(), "+96892123456");
        }
        for wrong in ["", "92123456", "+1", "+968 1", "anna@clinic.example"] {
            assert!(phone(wrong, None).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_is_read_as_it_is_dialled_in_the_country() {
        let (oman, britain) = (country_of_zone("Asia/Muscat"), country_of_zone("Europe/London"));
        for same in [
            "92123456",
            "9212 3456",
            "(9212) 3456",
            "9212-3456",
            "9212\u{2013}3456",
            "٩٢١٢٣٤٥٦",
            "۹۲۱۲ ۳۴۵۶",
            "९२१२३४५६",
            "+968 9212 3456",
            "00968 92123456",
            "96892123456",
            "\u{200f}٩٢١٢٣٤٥٦",
        ] {
            assert_eq!(phone(same, oman).as_deref(), Ok("+96892123456"), "{same}");
        }
        assert_eq!(phone("07911 123456", britain).unwrap(), "+447911123456");
        assert_eq!(phone("+44 7911 123456", oman).unwrap(), "+447911123456");
        for wrong in ["", "12", "9212345", "921234567", "abc", "9212345G", "+1 800 FLOWERS", "92123456 ext 5"]
        {
            let fault = phone(wrong, oman).unwrap_err();
            let why = &fault.fields["phone"];
            assert_eq!((why.code, why.like.as_deref()), (FieldCode::Phone, Some("9212 3456")), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_shown_in_the_groups_of_their_country() {
        let mut wrong = Vec::new();
        for (code, count, _) in typed::PHONE_GROUPS {
            let all = phonenumber::metadata::DATABASE.by_code(&code.parse::<u16>().unwrap()).unwrap();
            let mobile = all[0].descriptors().mobile().unwrap().example().unwrap();
            assert_eq!(mobile.len(), *count, "{code} {mobile}");
            let number = phonenumber::parse(None, format!("+{code}{mobile}")).unwrap();
            let written = number.format().mode(Mode::International).to_string().replace('-', " ");
            let shown = typed::phone_text(&format!("+{code}{mobile}"));
            if shown != written {
                wrong.push((shown, written));
            }
        }
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn birthdays_are_days_that_have_been() {
        let today = Timestamp::from_ms(1_790_000_000_000);
        assert_eq!(birth_date("1980-01-31", today).unwrap(), "1980-01-31");
        for wrong in ["1980-02-30", "31.1.1980", "1899-12-31", "2100-01-01", ""] {
            assert!(birth_date(wrong, today).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_are_trimmed_and_bounded() {
        assert_eq!(name("  محمد بن علي ").unwrap(), "محمد بن علي");
        let code = |text: &str| name(text).unwrap_err().fields["name"].code;
        assert_eq!((code(" "), code(&"x".repeat(201))), (FieldCode::Length, FieldCode::Length));
        assert_eq!((code("a\u{0}b"), code("Ali\u{202e}ilA")), (FieldCode::Line, FieldCode::Hidden));
    }
}
