//! Days as people write them: 1949-08-23, 23/08/1949, 23 Aug 1949, ٢٣ أغسطس ١٩٤٩.

use super::{is_day, plain};

/// The months by their names, in each language; a name may be cut after three letters.
const MONTHS: [[&str; 12]; 3] = [
    [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ],
    [
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    ],
    ["जनवरी", "फ़रवरी", "मार्च", "अप्रैल", "मई", "जून", "जुलाई", "अगस्त", "सितंबर", "अक्टूबर", "नवंबर", "दिसंबर"],
];

/// The fewest letters of a month's name.
const MONTH_MIN_CHARS: usize = 3;

/// The month of a name, in the form of [`crate::identity`]'s names.
fn month(text: &str) -> Option<u32> {
    let folded = |name: &str| crate::identity::name_key(name);
    let typed = folded(text);
    let is_long = typed.chars().count() >= MONTH_MIN_CHARS || !typed.is_ascii();
    let is = |name: &&str| {
        let name = folded(name);
        name == typed || (is_long && !typed.is_empty() && name.starts_with(&typed))
    };
    let place = MONTHS.iter().find_map(|names| {
        let mut found = names.iter().enumerate().filter(|(_, name)| is(name));
        // "Ju" and "Ma" are two months.
        found.next().filter(|_| found.next().is_none()).map(|(place, _)| place)
    })?;
    u32::try_from(place).ok().map(|place| place + 1)
}

/// A day of the month, also with an English ending: 23rd.
fn number(text: &str) -> Option<u32> {
    let endings = ["st", "nd", "rd", "th"];
    let digits = endings.iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text);
    ((1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())?
}

/// Whether a part is a year: four digits.
fn is_year(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The days that a text may mean, as `1949-08-23`, the likeliest first. Empty if it means none. Where two numbers may each be
/// the month, the day comes first, and the other reading second.
#[must_use]
pub fn days(text: &str) -> Vec<String> {
    let text = plain(text).to_lowercase();
    let mut found: Vec<String> = Vec::new();
    let mut add = |year: Option<u32>, month: Option<u32>, day: Option<u32>| {
        if let (Some(year), Some(month), Some(day)) = (year, month, day)
            && (1900..=2100).contains(&year)
            && is_day(year, month, day)
        {
            let one = format!("{year:04}-{month:02}-{day:02}");
            if !found.contains(&one) {
                found.push(one);
            }
        }
    };
    let splits =
        |c: char| c.is_whitespace() || matches!(c, '-' | '/' | '.' | ',' | '،' | '\u{2010}'..='\u{2015}');
    let parts: Vec<&str> = text.split(splits).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [one, two, three] if is_year(one) => {
            add(number(one), number(two).or_else(|| month(two)), number(three));
        }
        [one, two, three] if is_year(three) => {
            add(number(three), number(two).or_else(|| month(two)), number(one));
            add(number(three), number(one).or_else(|| month(one)), number(two));
        }
        [one] if one.len() == 8 && one.bytes().all(|byte| byte.is_ascii_digit()) => {
            let part = |range: std::ops::Range<usize>| one.get(range).and_then(number);
            add(part(4..8), part(2..4), part(0..2));
            add(part(0..4), part(4..6), part(6..8));
        }
        _ => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_as_they_are_written() {
        for text in [
            "1949-08-23",
            "1949/8/23",
            "23/08/1949",
            "23.8.1949",
            "23-08-1949",
            "23 08 1949",
            "23 Aug 1949",
            "23rd August, 1949",
            "Aug 23, 1949",
            "08/23/1949",
            "٢٣/٠٨/١٩٤٩",
            "१९४९-०८-२३",
            "۲۳.۸.۱۹۴۹",
            "٢٣ أغسطس ١٩٤٩",
            "٢٣ اغسطس ١٩٤٩",
            "२३ अगस्त १९४९",
            "23081949",
            "19490823",
            "\u{200f}23/08/1949",
        ] {
            assert_eq!(days(text), ["1949-08-23"], "{text}");
        }
        assert_eq!(days("04/05/1980"), ["1980-05-04", "1980-04-05"], "both readings");
        assert_eq!(days("1 May 1980"), ["1980-05-01"]);
        for text in [
            "",
            "31/02/1990",
            "23 Ju 1949",
            "23/08",
            "91/23/4567",
            "23/08/1849",
            "sara",
            "2308194",
            "a b 1949",
        ] {
            assert_eq!(days(text), Vec::<String>::new(), "{text}");
        }
    }
}
