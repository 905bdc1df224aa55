//! Formats of the OpenAPI description that no pattern can express, and their checks.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::VerifyingKey;
use medlane_shared::{fault::FieldCode, identity::is_query, time::Timestamp, typed};

use crate::forms::{birth_date, day, email, is_like_phone};

/// Whether a text has a format.
pub fn fits(format: &str, text: &str, now: Timestamp) -> bool {
    match format {
        "uuid" => text.len() == 36 && uuid::Uuid::try_parse(text).is_ok(),
        "date-time" => is_date_time(text),
        "email" => email(text).is_ok(),
        // The operation reads it, because it knows the country.
        "phone" => is_like_phone(text),
        "birth-date" => birth_date(text, now).is_ok(),
        "day" => day(text).is_some(),
        "time-zone" => jiff::tz::TimeZone::get(text).is_ok(),
        "search" => is_query(text) && !text.contains('\0'),
        "ed25519-key" => {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
            let key = bytes.and_then(|bytes| VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok());
            // Many signatures are valid for a weak key.
            key.is_some_and(|key| !key.is_weak())
        }
        _ => true,
    }
}

/// What is wrong with a text that has the form of its kind: a line that hides something, or a day that does not exist.
pub fn fine_fault(format: &str, text: &str) -> Option<FieldCode> {
    match format {
        "line" => (!typed::is_legible(text)).then_some(FieldCode::Hidden),
        "birth-date" | "day" => typed::is_no_day(text).then_some(FieldCode::NoSuchDay),
        _ => None,
    }
}

/// The form in which a text of several lines is kept: without what is hidden in it. Such characters come along with copied
/// texts, so that whoever wrote the text need not look for them.
pub fn kept(format: &str, text: &str) -> Option<String> {
    let is_text = format == "text";
    is_text.then(|| typed::legible(text)).filter(|kept| **kept != *text).map(Into::into)
}

/// The fault of a format for types that declare no fault of their own.
pub fn fault(format: &str) -> Option<FieldCode> {
    match format {
        "uuid" => Some(FieldCode::Uuid),
        "date-time" => Some(FieldCode::DateTime),
        _ => None,
    }
}

/// Whether a text is an RFC 3339 time: the parser also accepts other forms.
fn is_date_time(text: &str) -> bool {
    let form = text.bytes().enumerate().all(|(n, byte)| match n {
        4 | 7 => byte == b'-',
        10 => byte.eq_ignore_ascii_case(&b'T'),
        13 | 16 => byte == b':',
        0..19 => byte.is_ascii_digit(),
        _ => byte.is_ascii_digit() || b".+-:Zz".contains(&byte),
    });
    form && text.len() >= 20 && text.parse::<jiff::Timestamp>().is_ok()
}

/// Whether a format is checked, here or by the operation.
#[cfg(test)]
pub fn is_known(format: &str) -> bool {
    let known = [
        "uuid",
        "date-time",
        "email",
        "phone",
        "birth-date",
        "day",
        "time-zone",
        "search",
        "ed25519-key",
        "line",
        "text",
    ];
    // The operation itself checks these formats, because it knows the push services and can decode pictures.
    let by_the_operation = ["byte", "push-endpoint", "p256-key"];
    known.contains(&format) || by_the_operation.contains(&format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        for fits in ["2026-11-21T08:30:00Z", "2026-11-21t08:30:00.123456+04:00", "0017-05-30T00:08:29Z"] {
            assert!(is_date_time(fits), "{fits}");
        }
        for wrong in [
            "",
            "yesterday",
            "2026-11-21",
            "2026-11-21 08:30:00Z",
            "2026-11-21T08:30:00",
            "2026-13-01T08:30:00Z",
            "20261121T083000Z",
        ] {
            assert!(!is_date_time(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_id_has_its_hyphens() {
        let now = Timestamp::from_ms(0);
        assert!(fits("uuid", "01a22298-f12e-7932-bb06-411080cf1bfc", now));
        for wrong in ["", "01a22298f12e7932bb06411080cf1bfc", "{01a22298-f12e-7932-bb06-411080cf1bfc}"] {
            assert!(!fits("uuid", wrong, now), "{wrong}");
        }
    }
}
