//! The number of a patient's medical record in one clinic (FHIR `Identifier` of type `MR`). People read it aloud,
//! type it and print it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Damm's quasigroup of order 10. Its check digit detects every single wrong digit and every swap of two neighbours.
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// The fewest digits before the check digit.
const DIGITS_MIN: usize = 6;

/// The fewest digits of a part of a number.
const PART_MIN_DIGITS: usize = 4;
/// The most numbers that are tried for one part.
const TRIED_MAX: usize = 20_000;

/// A record number: `MRN 000017-4`. Each clinic counts from 1 and never gives a number twice. On the wire `000017-4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordNumber(u32);

/// The error for a text that is not a record number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotARecordNumber;

impl fmt::Display for NotARecordNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record number is digits and a check digit, as 000017-4")
    }
}

/// The check digit for these digits.
fn check(digits: &str) -> u8 {
    digits.bytes().fold(0, |row, digit| DAMM[usize::from(row)][usize::from(digit - b'0')])
}

/// The numbers up to `last` that end in these digits, with this check digit.
fn ending(found: &mut Vec<u32>, digits: &str, check_digit: &str, last: u32, most: usize) {
    let fits = |number: u32| {
        let whole = RecordNumber(number).to_string();
        whole.ends_with(check_digit) && whole.len() > digits.len() + 1
    };
    with_digits(found, digits, 0, last, most, fits);
}

/// The numbers up to `last` that contain these digits.
fn containing(found: &mut Vec<u32>, digits: &str, last: u32, most: usize) {
    let width = DIGITS_MIN.max(last.to_string().len());
    for after in 0..=width.saturating_sub(digits.len()) {
        with_digits(found, digits, after, last, most, |_| true);
    }
}

/// The numbers up to `last` that contain these digits, followed by `after` more.
fn with_digits(
    found: &mut Vec<u32>,
    digits: &str,
    after: usize,
    last: u32,
    most: usize,
    fits: impl Fn(u32) -> bool,
) {
    let power =
        |exponent: usize| u32::try_from(exponent).ok().and_then(|exponent| 10_u64.checked_pow(exponent));
    let (Some(own), Some(low), Ok(middle)) =
        (power(digits.len() + after), power(after), digits.parse::<u64>())
    else {
        return;
    };
    let mut numbers =
        (0..=u64::from(last) / own).flat_map(|high| (0..low).map(move |end| high * own + middle * low + end));
    let mut tried = 0;
    while let Some(number) = numbers.next().and_then(|number| u32::try_from(number).ok())
        && number <= last
        && found.len() < most
        && tried < TRIED_MAX
    {
        tried += 1;
        if number > 0 && fits(number) {
            found.push(number);
        }
    }
}

impl RecordNumber {
    /// The record number at this place in the clinic's numbering; `None` for 0.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        if number == 0 { None } else { Some(Self(number)) }
    }

    /// The places of the numbers that a typed text means, if `last` is the last one given: a whole number, with or without
    /// the check digit, or at least four of its digits. At most `most`, the likeliest first.
    #[must_use]
    pub fn fitting(text: &str, last: u32, most: usize) -> Vec<u32> {
        if let Ok(whole) = text.parse::<Self>() {
            return vec![whole.0];
        }
        let (before, check) = match text.split_once('-') {
            Some((before, check)) if check.len() == 1 => (before, Some(check)),
            Some(_) => return Vec::new(),
            None => (text, None),
        };
        let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if before.is_empty() || !is_digits(before) || !check.is_none_or(is_digits) {
            return Vec::new();
        }
        let mut found = Vec::new();
        match check {
            Some(check) => ending(&mut found, before, check, last, most),
            None if before.len() >= PART_MIN_DIGITS => {
                let own = before.parse().ok().filter(|own| (1..=last).contains(own));
                found.extend(own);
                let (digits, check) = before.split_at(before.len() - 1);
                ending(&mut found, digits, check, last, most);
                containing(&mut found, before, last, most);
            }
            None => {}
        }
        let mut seen = std::collections::HashSet::new();
        found.retain(|number| seen.insert(*number));
        found.truncate(most);
        found
    }

    /// Its place in the clinic's numbering.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl fmt::Display for RecordNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:0DIGITS_MIN$}", self.0);
        write!(f, "{digits}-{}", check(&digits))
    }
}

impl FromStr for RecordNumber {
    type Err = NotARecordNumber;

    /// Reads a number as people type it: with or without `MRN`, blanks and the dash. The last digit is the check
    /// digit.
    fn from_str(text: &str) -> Result<Self, NotARecordNumber> {
        let text = text.trim();
        let text = text.get(..3).filter(|head| head.eq_ignore_ascii_case("mrn")).map_or(text, |_| &text[3..]);
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        // Only one dash, before the check digit: a date has two.
        let dash = text.len().checked_sub(2).filter(|at| text.as_bytes()[*at] == b'-');
        let plain = dash.map_or_else(|| text.clone(), |at| [&text[..at], &text[at + 1..]].concat());
        if plain.len() <= DIGITS_MIN || !plain.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NotARecordNumber);
        }
        let (digits, last) = plain.split_at(plain.len() - 1);
        if last.as_bytes()[0] - b'0' != check(digits) {
            return Err(NotARecordNumber);
        }
        digits.parse().ok().and_then(Self::new).ok_or(NotARecordNumber)
    }
}

impl Serialize for RecordNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RecordNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for RecordNumber {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[0-9]{6,}-[0-9]$"))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for RecordNumber {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_is_read_as_people_write_it() {
        let number = RecordNumber::new(17).unwrap();
        let text = number.to_string();
        assert_eq!((text.len(), &text[..7]), (8, "000017-"));
        let typed = text.replace('-', " ");
        for same in [text.clone(), format!("MRN {text}"), format!("mrn{typed}"), typed] {
            assert_eq!(same.parse(), Ok(number), "{same}");
        }
        for wrong in ["", "17", "000017", "MRN", "000000-0", "00001x-4", "+96892123456", "1980-01-31"] {
            assert!(wrong.parse::<RecordNumber>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_is_found_by_a_part_of_it() {
        let text = RecordNumber(39).to_string();
        let check = &text[7..];
        for typed in [text.clone(), format!("39-{check}"), "000039".into(), "0039".into()] {
            let found = RecordNumber::fitting(&typed, 500, 100);
            assert_eq!(found.first(), Some(&39), "{typed}: {found:?}");
        }
        let found = RecordNumber::fitting(&format!("0039{check}"), 500, 100);
        assert!(found.contains(&39), "with the check digit: {found:?}");
        let found = RecordNumber::fitting("2345", 999_999, 1_000);
        for number in [2_345, 12_345, 23_450, 123_450, 234_567, 912_345] {
            assert!(found.contains(&number), "{number}: {found:?}");
        }
        assert!(
            found.iter().all(|number| RecordNumber(*number).to_string().replace('-', "").contains("2345"))
        );
        assert_eq!(RecordNumber::fitting("0000", 999_999, 20).len(), 20, "never more than asked for");
        for typed in ["", "39", "-7", "39-", "1-2-3", "12-34", "39-x"] {
            assert_eq!(RecordNumber::fitting(typed, 500, 100), [0; 0], "{typed}");
        }
        assert_eq!(RecordNumber::fitting("9999999999999999999999", 500, 100), [0; 0]);
    }

    proptest! {
        /// A single wrong digit, or a swap of two neighbours, never gives another valid number.
        #[test]
        fn a_slip_is_nobodys_number(number in 1_u32..9_999_999, at in 0_usize..7, digit in 0_u8..10) {
            let plain: Vec<u8> = RecordNumber(number).to_string().replace('-', "").into_bytes();
            let mut wrong = plain.clone();
            wrong[at] = b'0' + digit;
            let mut swapped = plain.clone();
            swapped.swap(at.min(plain.len() - 2), at.min(plain.len() - 2) + 1);
            for slip in [wrong, swapped] {
                let text = String::from_utf8(slip.clone()).unwrap();
                prop_assert_eq!(text.parse::<RecordNumber>().is_ok(), slip == plain);
            }
        }
    }
}
