//! Numbers, prices, codes, days, names and passwords that a person typed.

mod day;
mod number;
mod phone;

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

pub use day::days;
pub use number::{Slip, decimals, money_text, price, price_text, whole};
pub use phone::{PHONE_GROUPS, phone_text};

/// The value of a digit: ASCII, Arabic-Indic, Persian, or Devanagari.
#[must_use]
pub fn digit(c: char) -> Option<u8> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        '\u{966}'..='\u{96f}' => '\u{966}',
        _ => return None,
    };
    u8::try_from(u32::from(c) - u32::from(zero)).ok()
}

/// The digits of a text, of any script, as ASCII digits. Everything else is left out.
pub fn digits(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter_map(digit).map(|value| char::from(b'0' + value))
}

/// A text with ASCII digits and without marks that show nothing; everything else stays.
#[must_use]
pub fn plain(text: &str) -> String {
    let seen = text.chars().filter(|&c| !(is_direction(c) || is_joint(c)));
    seen.map(|c| digit(c).map_or(c, |value| char::from(b'0' + value))).collect()
}

/// A code as it was meant: digits of any script as ASCII digits, without blanks, dashes, and marks that show nothing.
#[must_use]
pub fn code(text: &str) -> String {
    plain(text).chars().filter(|&c| !(c.is_whitespace() || is_dash(c))).collect()
}

/// A password with each accented letter as one character. Keyboards differ in how they write `ñ`; whoever types it means
/// the same.
#[must_use]
pub fn password(text: &str) -> String {
    text.nfc().collect()
}

const fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '_' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

/// Characters of no width. They come along with copied texts.
const fn is_joint(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}')
}

/// The most marks on one letter. Hindi and Arabic need up to four, and Tibetan and old Hebrew texts a few more.
pub const MARKS_MAX: usize = 8;

/// Whether a character shows nothing, or turns the text around it: a name with it reads like another one, or the line
/// around it falls apart. The two joiners (U+200C and U+200D) belong to Persian and Hindi names.
#[must_use]
pub const fn is_hidden(c: char) -> bool {
    is_direction(c)
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'
                | '\u{2028}' | '\u{2029}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{2800}'
                | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
        )
}

/// Whether people can read a name or another text in one line as it is written: nothing in it is hidden, and no letter
/// carries more than [`MARKS_MAX`] marks.
#[must_use]
pub fn is_legible(text: &str) -> bool {
    matches!(legible(text), Cow::Borrowed(_))
}

/// A text without hidden characters, and without the marks above [`MARKS_MAX`] on a letter.
#[must_use]
pub fn legible(text: &str) -> Cow<'_, str> {
    let mut marks = 0;
    let mut stays = |c: char| {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        !is_hidden(c) && marks <= MARKS_MAX
    };
    if text.chars().all(&mut stays) {
        return Cow::Borrowed(text);
    }
    marks = 0;
    let mut stays = |c: &char| {
        marks = if is_combining_mark(*c) { marks + 1 } else { 0 };
        !is_hidden(*c) && marks <= MARKS_MAX
    };
    Cow::Owned(text.chars().filter(|c| stays(c)).collect())
}

/// Whether the calendar has a day: there is no 31 February.
#[must_use]
pub const fn is_day(year: u32, month: u32, day: u32) -> bool {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return false,
    };
    year >= 1 && day >= 1 && day <= last
}

/// Whether a text has the form of a day, `1990-02-31`, and the calendar has no such day.
#[must_use]
pub fn is_no_day(text: &str) -> bool {
    let form = text.len() == 10
        && text.bytes().enumerate().all(|(n, byte)| match n {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let part = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse().ok()).unwrap_or(0);
    form && !is_day(part(0, 4), part(5, 7), part(8, 10))
}

/// The marks that set the direction of a text. Keyboards and copied texts bring them along.
const fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{2066}'..='\u{2069}' | '\u{202a}'..='\u{202e}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_however_they_were_typed() {
        for text in [
            "093494",
            "٠٩٣٤٩٤",
            "۰۹۳۴۹۴",
            "०९३४९४",
            "093 494",
            "093-494",
            "093\u{2011}494",
            " 0 9 3\u{a0}4 9 4 ",
            "\u{200f}٠٩٣\u{200b}٤٩٤\u{2069}",
        ] {
            assert_eq!(code(text), "093494", "{text:?}");
        }
        assert_eq!(code("09349a"), "09349a", "what is no digit stays, and is wrong");
    }

    #[test]
    fn an_accent_in_a_password_is_read_in_both_forms() {
        assert_eq!(password("man\u{303}ana"), "mañana");
        assert_eq!(password("mañana"), "mañana");
        assert_ne!(password("manana"), "mañana");
    }

    #[test]
    fn names_hide_nothing_and_turn_nothing_round() {
        for name in [
            "محمد بن علي",
            "مُحَمَّدٌ",
            "क्षितिज श्रीं",
            "می\u{200c}خواهم",
            "Nguyễn Thị",
            "O’Brien-Ünal",
            "👩\u{200d}⚕\u{fe0f}",
        ] {
            assert!(is_legible(name), "{name}");
        }
        let piled = format!("A{}li", "\u{301}".repeat(150));
        for (name, seen) in [
            ("Ali\u{202e}ilA", "AliilA"),
            ("\u{2067}Ali\u{2069}", "Ali"),
            ("A\u{200b}li", "Ali"),
            ("\u{3164}", ""),
            ("Ali\u{200f}", "Ali"),
            (piled.as_str(), &format!("A{}li", "\u{301}".repeat(MARKS_MAX))),
        ] {
            assert!(!is_legible(name), "{name:?}");
            assert_eq!(legible(name), seen, "{name:?}");
        }
    }

    #[test]
    fn days_that_the_calendar_does_not_have() {
        for (year, month, day) in [(1990, 2, 28), (2000, 2, 29), (2024, 2, 29), (1990, 12, 31), (1990, 4, 30)]
        {
            assert!(is_day(year, month, day), "{year} {month} {day}");
        }
        for (year, month, day) in [
            (1990, 2, 31),
            (1990, 2, 29),
            (1900, 2, 29),
            (1990, 4, 31),
            (1990, 13, 1),
            (1990, 0, 1),
            (1990, 1, 0),
        ] {
            assert!(!is_day(year, month, day), "{year} {month} {day}");
        }
        assert!(is_no_day("1990-02-31") && !is_no_day("1990-02-28") && !is_no_day("31.2.1990"));
    }
}
