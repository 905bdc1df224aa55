//! Numbers and prices that a person typed, in the digits of any script, with either decimal mark. A text with two readings is
//! refused, never guessed: `1,500` is a thousand and a half to some readers, and one and a half to others.

use super::{digit, is_direction};

/// Why a typed text is not the number that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slip {
    /// Nothing was typed.
    Missing,
    /// It is not a number in digits.
    NoNumber,
    /// Its separators do not stand between thousands.
    Grouped,
    /// It can mean either of these numbers, the smaller one first.
    Either(i64, i64),
    /// It has more decimals than this many.
    Decimals(usize),
    /// It is less than the first or more than the second bound.
    Range(i64, i64),
}

/// A mark in a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// It stands before the decimals, in Arabic: `٫`.
    Decimal,
    /// A point, which stands before the decimals, or between thousands where a comma stands before the decimals.
    Point,
    /// A comma, which stands between thousands or before the decimals.
    Comma,
    /// It stands between thousands: a blank, an apostrophe, `٬`.
    Thousands,
}

fn mark(c: char) -> Option<Mark> {
    match c {
        '\u{66b}' => Some(Mark::Decimal),
        '.' => Some(Mark::Point),
        ',' | '\u{60c}' => Some(Mark::Comma),
        '\u{66c}' | '\'' | '’' | '_' => Some(Mark::Thousands),
        c if c.is_whitespace() => Some(Mark::Thousands),
        _ => None,
    }
}

/// A whole number within bounds, both included.
///
/// # Errors
/// [`Slip`].
pub fn whole(text: &str, min: i64, max: i64) -> Result<i64, Slip> {
    let text: String = text.chars().filter(|c| !is_direction(*c)).collect();
    units(text.trim(), 0, min, max)
}

/// A price in the minor units of a currency, typed in its own unit, with or without the currency: `5.500 OMR` is 5500.
/// It is at least 0.
///
/// # Errors
/// [`Slip`].
pub fn price(text: &str, currency: &str, max_minor: i64) -> Result<i64, Slip> {
    let text: String = text.chars().filter(|c| !is_direction(*c)).collect();
    let text = text.trim();
    let split = text.len().checked_sub(currency.len()).and_then(|at| text.split_at_checked(at));
    let amount = match split {
        Some((amount, end)) if !currency.is_empty() && end.eq_ignore_ascii_case(currency) => {
            amount.trim_end()
        }
        _ => text,
    };
    units(amount, decimals(currency), 0, max_minor)
}

/// The digits before and after the decimal mark.
type Parts = (String, String);

/// A number with at most so many decimals, in units of the last one.
fn units(text: &str, decimals: usize, min: i64, max: i64) -> Result<i64, Slip> {
    if text.is_empty() {
        return Err(Slip::Missing);
    }
    let (sign, amount) = match text.strip_prefix(['-', '−']) {
        Some(amount) => (-1, amount),
        None => (1, text),
    };
    let has_digits = amount.chars().any(|c| digit(c).is_some());
    if !has_digits || !amount.chars().all(|c| digit(c).is_some() || mark(c).is_some()) {
        return Err(Slip::NoNumber);
    }
    let value = |(before, after): &Parts| {
        let missing = decimals.checked_sub(after.len()).ok_or(Slip::Decimals(decimals))?;
        let all = before.bytes().chain(after.bytes()).map(|byte| byte - b'0');
        let all = all.chain(std::iter::repeat_n(0, missing));
        let add = |sum: i64, value: u8| sum.checked_mul(10)?.checked_add(sign * i64::from(value));
        let sum = all.into_iter().try_fold(0_i64, add);
        sum.filter(|sum| (min..=max).contains(sum)).ok_or(Slip::Range(min, max))
    };
    match parts(amount, decimals)? {
        (one, None) => value(&one),
        // A reading that is out of bounds was not meant.
        (one, Some(other)) => match (value(&one), value(&other)) {
            (Ok(less), Ok(more)) => Err(Slip::Either(less.min(more), less.max(more))),
            (Ok(only), Err(_)) | (Err(_), Ok(only)) => Ok(only),
            (Err(slip), Err(_)) => Err(slip),
        },
    }
}

/// What an amount can mean: one reading, or two.
fn parts(amount: &str, decimals: usize) -> Result<(Parts, Option<Parts>), Slip> {
    let marks: Vec<(usize, Mark)> =
        amount.char_indices().filter_map(|(at, c)| mark(c).map(|mark| (at, mark))).collect();
    let soft: Vec<(usize, Mark)> =
        marks.iter().copied().filter(|(_, mark)| *mark != Mark::Thousands).collect();
    let Some(&(at, last)) = soft.last() else { return Ok((thousands(amount)?, None)) };
    let of_last = soft.iter().filter(|(_, mark)| *mark == last).count();
    let others = soft.len() - of_last;
    let is_end = marks.last() == Some(&(at, last));
    let point = || at_point(amount, at);
    match last {
        // Another mark stands between the thousands: 1,500.250.
        Mark::Point | Mark::Comma if of_last == 1 && is_end && (others > 0 || marks.len() > soft.len()) => {
            Ok((point()?, None))
        }
        Mark::Point | Mark::Comma if of_last > 1 && others == 0 => Ok((thousands(amount)?, None)),
        // A point alone is the decimal mark: that is how prices are shown.
        Mark::Decimal | Mark::Point if of_last == 1 && is_end => Ok((point()?, None)),
        Mark::Comma if of_last == 1 && is_end => {
            let decimal = point()?;
            match thousands(amount) {
                Ok(grouped) if decimal.1.len() <= decimals => Ok((decimal, Some(grouped))),
                Ok(grouped) => Ok((grouped, None)),
                Err(_) => Ok((decimal, None)),
            }
        }
        _ => Err(Slip::Grouped),
    }
}

fn ascii(text: &str) -> String {
    super::digits(text).collect()
}

/// An amount whose decimal mark is at a place.
fn at_point(amount: &str, at: usize) -> Result<Parts, Slip> {
    let (before, rest) = amount.split_at(at);
    let after = ascii(rest);
    if before.is_empty() || after.is_empty() {
        return Err(Slip::NoNumber);
    }
    Ok((thousands(before)?.0, after))
}

/// A whole amount, with marks of one kind between its thousands: the last group has three digits, those before it have two
/// (as in India) or three, and the first has up to three, and does not begin with 0.
fn thousands(amount: &str) -> Result<Parts, Slip> {
    let kinds: Vec<Mark> = amount.chars().filter_map(mark).collect();
    let groups: Vec<&str> = amount.split(|c| mark(c).is_some()).collect();
    let size = |group: &&str| group.chars().count();
    let is_one_kind = kinds.windows(2).all(|pair| pair[0] == pair[1]);
    let fits = match groups.as_slice() {
        [_] => true,
        [first, middle @ .., last] => {
            (1..=3).contains(&size(first))
                && first.chars().next().and_then(digit) != Some(0)
                && size(last) == 3
                && (middle.iter().all(|group| size(group) == 3)
                    || middle.iter().all(|group| size(group) == 2))
        }
        [] => false,
    };
    if is_one_kind && fits { Ok((ascii(amount), String::new())) } else { Err(Slip::Grouped) }
}

/// How many decimals a currency has (ISO 4217); two, unless it is one of those listed here.
#[must_use]
pub fn decimals(currency: &str) -> usize {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// A price in the currency's own unit, with all its decimals: 5500 of OMR is `5.500`.
#[must_use]
pub fn price_text(minor: i64, currency: &str) -> String {
    let decimals = decimals(currency);
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = decimals + 1);
    let (before, after) = digits.split_at(digits.len() - decimals);
    let sign = if minor < 0 { "-" } else { "" };
    let point = if after.is_empty() { "" } else { "." };
    format!("{sign}{before}{point}{after}")
}

/// A price as a reader checks it: the thousands stand apart, which no reader takes for decimals. 1500500 of OMR is
/// `1 500.500 OMR`, with narrow blanks.
#[must_use]
pub fn money_text(minor: i64, currency: &str) -> String {
    let text = price_text(minor, currency);
    let whole = text.find('.').unwrap_or(text.len());
    let mut money = String::new();
    for (at, c) in text.char_indices() {
        let is_group = at > 0 && at < whole && (whole - at).is_multiple_of(3) && !money.ends_with('-');
        if is_group {
            money.push('\u{202f}');
        }
        money.push(c);
    }
    format!("{money}\u{a0}{currency}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: i64 = 9_007_199_254_740_991;

    #[test]
    fn whole_numbers_are_read_in_each_script() {
        for text in ["12", " 12 ", "١٢", "۱۲", "१२", "012", "\u{200f}١٢\u{200f}"] {
            assert_eq!(whole(text, 1, 20), Ok(12), "{text}");
        }
        for (text, slip) in [
            ("", Slip::Missing),
            ("  ", Slip::Missing),
            ("abc", Slip::NoNumber),
            ("1O", Slip::NoNumber),
            ("1e1", Slip::NoNumber),
            ("+1", Slip::NoNumber),
            ("-", Slip::NoNumber),
            (".", Slip::NoNumber),
            ("1.", Slip::NoNumber),
            ("1.5", Slip::Decimals(0)),
            ("1,000", Slip::Range(1, 20)),
            ("1,5", Slip::Decimals(0)),
            ("1 0", Slip::Grouped),
            ("0", Slip::Range(1, 20)),
            ("-5", Slip::Range(1, 20)),
            ("21", Slip::Range(1, 20)),
            ("99999999999999999999", Slip::Range(1, 20)),
        ] {
            assert_eq!(whole(text, 1, 20), Err(slip), "{text}");
        }
    }

    #[test]
    fn prices_have_the_decimals_of_their_currency() {
        for (text, currency, minor) in [
            ("5.500", "OMR", 5_500),
            ("5.5", "OMR", 5_500),
            ("5", "OMR", 5_000),
            ("5.500 OMR", "OMR", 5_500),
            ("5.500omr", "OMR", 5_500),
            ("٥٫٥٠٠", "OMR", 5_500),
            ("१२.५०", "INR", 1_250),
            ("0", "INR", 0),
            ("500", "JPY", 500),
            ("12.000", "OMR", 12_000),
            ("12,50", "INR", 1_250),
            ("5,5", "OMR", 5_500),
            ("0,500", "OMR", 500),
            ("1,000", "INR", 100_000),
            ("1,500", "JPY", 1_500),
            ("1,500.250", "OMR", 1_500_250),
            ("1.500,250", "OMR", 1_500_250),
            ("1.500.000", "OMR", 1_500_000_000),
            ("1 500,5", "OMR", 1_500_500),
            ("1’500", "OMR", 1_500_000),
            ("1,00,000.50", "INR", 10_000_050),
            ("١٬٥٠٠", "OMR", 1_500_000),
            ("١٬٥٠٠٫٢٥٠", "OMR", 1_500_250),
            ("۱۲٫۵", "INR", 1_250),
            ("1234,500", "OMR", 1_234_500),
        ] {
            assert_eq!(price(text, currency, MAX), Ok(minor), "{text} {currency}");
        }
        for (text, currency, slip) in [
            ("", "OMR", Slip::Missing),
            ("OMR", "OMR", Slip::Missing),
            ("free", "OMR", Slip::NoNumber),
            ("5.500 INR", "OMR", Slip::NoNumber),
            ("5.5000", "OMR", Slip::Decimals(3)),
            ("5.500", "INR", Slip::Decimals(2)),
            ("5.500", "JPY", Slip::Decimals(0)),
            ("1,500", "OMR", Slip::Either(1_500, 1_500_000)),
            ("12،000", "OMR", Slip::Either(12_000, 12_000_000)),
            ("1,5000", "OMR", Slip::Decimals(3)),
            ("1,50,00", "OMR", Slip::Grouped),
            ("1.2,3.4", "OMR", Slip::Grouped),
            ("1,500 000", "OMR", Slip::Grouped),
            ("01,500,000", "OMR", Slip::Grouped),
            (",5", "OMR", Slip::NoNumber),
            ("5,", "OMR", Slip::NoNumber),
            ("-1", "OMR", Slip::Range(0, MAX)),
            ("9007199254740.992", "OMR", Slip::Range(0, MAX)),
        ] {
            assert_eq!(price(text, currency, MAX), Err(slip), "{text} {currency}");
        }
    }

    #[test]
    fn a_price_that_is_shown_is_read_as_the_same() {
        for currency in ["OMR", "INR", "JPY", "CLF"] {
            for minor in [0, 5, 99, 5_500, 12_345_678] {
                let text = price_text(minor, currency);
                assert_eq!(price(&text, currency, MAX), Ok(minor), "{text} {currency}");
            }
        }
        assert_eq!((price_text(5_500, "OMR"), price_text(5, "INR")), ("5.500".into(), "0.05".into()));
        assert_eq!((price_text(500, "JPY"), price_text(-5, "INR")), ("500".into(), "-0.05".into()));
    }

    #[test]
    fn money_has_its_thousands_apart() {
        assert_eq!(money_text(1_500_500, "OMR"), "1\u{202f}500.500\u{a0}OMR");
        assert_eq!(money_text(12_000, "OMR"), "12.000\u{a0}OMR");
        assert_eq!(money_text(123_456_789, "INR"), "1\u{202f}234\u{202f}567.89\u{a0}INR");
        assert_eq!(
            (money_text(-150_000, "JPY").as_str(), money_text(0, "JPY").as_str()),
            ("-150\u{202f}000\u{a0}JPY", "0\u{a0}JPY")
        );
    }
}
