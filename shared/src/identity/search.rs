//! The search of the desk: by what a person is found, and what a typed text looks for.
//!
//! A person is found by the *entries* of an index, and a text looks for the beginnings of entries. So a search is a
//! look-up in an ordered index, the same in each database. The first character tells the kind of an entry: none for a
//! name, `&` for the beginnings of two of its words, `=` for a whole name, `@` for an address, `+` for a number as it is dialled in its country, `-` for a number with
//! its country code, from its end.

use super::{
    NUMBER_MIN_DIGITS,
    fold::{name_key, words},
};
use crate::typed::{days, digits, plain};

/// The most characters of an entry for a name. Nobody types more of a name.
const NAME_ENTRY_MAX: usize = 40;
/// The most words of a name that it is found by.
const WORDS_MAX: usize = 16;
/// The fewest digits that a number is found by from its end.
const END_MIN_DIGITS: usize = 4;
/// The letters of a word in an entry for two words. Two common names are rarer together than each is.
const HEAD_CHARS: usize = 3;
/// The most words of a name that have entries in twos.
const PAIRED_MAX: usize = 5;
/// The most things that one text looks for.
const CRITERIA_MAX: usize = 8;
/// The article of Arabic names, which is written together with its word.
const ARTICLE: &str = "ال";

/// The entries by which a person is found. The number is in E.164.
///
/// Each word of the name begins an entry that goes on with the words after it: a name is found by the beginning of each
/// word, and also when words are written together.
#[must_use]
pub fn entries(name: &str, email: Option<&str>, phone: Option<&str>) -> Vec<String> {
    let words = words(name);
    let mut all: Vec<String> = Vec::new();
    for at in 0..words.len().min(WORDS_MAX) {
        let run = words[at..].concat();
        let bare = run.strip_prefix(ARTICLE).filter(|rest| rest.chars().count() > 2).map(str::to_owned);
        let cut = |run: String| run.chars().take(NAME_ENTRY_MAX).collect::<String>();
        all.extend([Some(run), bare].into_iter().flatten().map(cut));
    }
    let heads: Vec<Vec<String>> = (0..words.len().min(PAIRED_MAX))
        .map(|at| {
            let run = words[at..].concat();
            let bare = run.strip_prefix(ARTICLE).filter(|rest| rest.chars().count() > 2);
            [Some(run.as_str()), bare].into_iter().flatten().filter_map(head).collect()
        })
        .collect();
    for (at, one) in heads.iter().enumerate() {
        let others = heads[at + 1..].iter().flatten();
        all.extend(others.flat_map(|other| one.iter().map(|one| in_twos(one, other))));
    }
    let key = name_key(name);
    if !key.is_empty() {
        all.push(format!("={key}"));
    }
    all.extend(email.map(|email| format!("@{}", email.to_lowercase())));
    if let Some(phone) = phone {
        let digits: String = digits(phone).collect();
        all.push(format!("+{}", national(&digits)));
        all.push(from_end(&digits));
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The first letters of a word, if it is long enough for an entry for two words.
fn head(word: &str) -> Option<String> {
    let head: String = word.chars().take(HEAD_CHARS).collect();
    (head.chars().count() == HEAD_CHARS).then_some(head)
}

fn in_twos(one: &str, other: &str) -> String {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    format!("&{first}{second}")
}

/// The entry that everybody has whose name has two words with these beginnings; `None` if one is too short, or is no word of
/// a name.
#[must_use]
pub fn pair_entry(one: &str, other: &str) -> Option<String> {
    let is_word = |text: &str| text.chars().next().is_some_and(char::is_alphanumeric);
    let heads = head(one).filter(|_| is_word(one)).zip(head(other).filter(|_| is_word(other)));
    heads.map(|(one, other)| in_twos(&one, &other))
}

/// The entry of a number from its end.
fn from_end(digits: &str) -> String {
    std::iter::once('-').chain(digits.chars().rev()).collect()
}

/// A number with its country code, without that code (ITU-T E.164: no code begins another).
fn national(digits: &str) -> &str {
    let two = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
        "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81",
        "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    let code = match digits.get(..2) {
        _ if digits.starts_with(['1', '7']) => 1,
        Some(head) if two.contains(&head) => 2,
        _ => 3,
    };
    digits.get(code..).unwrap_or_default()
}

/// One thing that a text looks for. A patient fits by any of its parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Criterion {
    /// The beginnings of entries.
    pub entries: Vec<String>,
    /// Days of birth, as `1949-08-23`.
    pub days: Vec<String>,
    /// A record number, or digits of one: see [`super::RecordNumber::fitting`].
    pub record: Option<String>,
}

/// What a text looks for. A patient fits if every criterion does. Empty if the text says nothing.
#[must_use]
pub fn criteria(q: &str) -> Vec<Criterion> {
    let text = plain(q).to_lowercase();
    let text: String = text.chars().map(|c| if matches!(c, ',' | '،' | ';') { ' ' } else { c }).collect();
    let mut chunks: Vec<&str> = text.split_whitespace().collect();
    let mut all = Vec::new();
    if let Some((from, count, days)) = day_in(&chunks) {
        chunks.drain(from..from + count);
        all.push(Criterion { days, ..Criterion::default() });
    }
    // Digits that stand together are one number, however they are grouped.
    let (mut number, mut names): (String, Vec<&str>) = (String::new(), Vec::new());
    for chunk in chunks {
        let chunk =
            chunk.strip_prefix("mrn").filter(|rest| rest.is_empty() || is_number(rest)).unwrap_or(chunk);
        if is_number(chunk) {
            number.push_str(chunk);
        } else if !chunk.is_empty() {
            names.push(chunk);
        }
    }
    let short = Some(number.as_str())
        .filter(|number| digits(number).count() < NUMBER_MIN_DIGITS && !number.is_empty());
    match short {
        // Too short for a number: a word of a name.
        Some(short) => names.push(short),
        None if number.is_empty() => {}
        None => all.push(of_number(&number)),
    }
    let joined: Vec<String> = names.iter().map(|name| words(name).concat()).collect();
    let is_alone = names.len() == 1;
    for (at, word) in joined.iter().enumerate() {
        let mut entries = Vec::new();
        // Only an address has an at sign.
        let is_address = names[at].contains('@');
        if !word.is_empty() && !is_address {
            entries.push(cut(word));
            // "Al Harthy" and "Alharthy" are one name.
            entries.extend(at.checked_sub(1).map(|before| cut(&format!("{}{word}", joined[before]))));
        }
        if (is_alone || is_address) && names[at].chars().any(char::is_alphanumeric) {
            entries.push(format!("@{}", names[at]));
        }
        if !entries.is_empty() {
            all.push(Criterion { entries, ..Criterion::default() });
        }
    }
    all.truncate(CRITERIA_MAX);
    all
}

fn cut(word: &str) -> String {
    word.chars().take(NAME_ENTRY_MAX).collect()
}

/// Whether a part of a text is a number, or part of one: digits, and the signs between them.
fn is_number(chunk: &str) -> bool {
    chunk.chars().any(|c| c.is_ascii_digit())
        && chunk.chars().all(|c| c.is_ascii_digit() || "+-()./#".contains(c))
        || matches!(chunk, "+" | "-" | "#")
}

/// The day in a text: where it begins, of how many parts it is, and what it may mean.
fn day_in(chunks: &[&str]) -> Option<(usize, usize, Vec<String>)> {
    [3, 1].into_iter().find_map(|count| {
        chunks.windows(count).enumerate().find_map(|(from, parts)| {
            let found = days(&parts.join(" "));
            // Eight digits are rather a phone number, which may be a day too.
            let is_plain = count == 1 && parts[0].bytes().all(|byte| byte.is_ascii_digit());
            (!found.is_empty() && !is_plain).then_some((from, count, found))
        })
    })
}

/// A number: of a phone or a record, or a day in eight digits.
fn of_number(number: &str) -> Criterion {
    let all: String = digits(number).collect();
    let international = number.strip_prefix('+').map(|_| all.as_str()).or_else(|| all.strip_prefix("00"));
    // Zeros before a number are dialled, and are no part of it.
    let own = all.trim_start_matches('0');
    let mut entries = Vec::new();
    if own.len() >= END_MIN_DIGITS {
        entries.push(from_end(own));
    }
    let dialled = international.map_or(own, national);
    if dialled.len() >= NUMBER_MIN_DIGITS {
        entries.push(format!("+{dialled}"));
    }
    entries.push(all);
    Criterion { entries, days: days(number), record: Some(number.replace('#', "")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a text finds a person by name, address and number.
    fn finds(q: &str, name: &str, email: Option<&str>, phone: Option<&str>) -> bool {
        let all = entries(name, email, phone);
        let criteria = criteria(q);
        let fits = |one: &Criterion| {
            one.entries.iter().any(|begin| all.iter().any(|entry| entry.starts_with(begin)))
        };
        !criteria.is_empty() && criteria.iter().all(fits)
    }

    #[test]
    fn names_are_found_by_the_beginnings_of_their_words_in_any_order() {
        for (q, name) in [
            ("sara", "Sara Khan"),
            ("khan sara", "Sara Khan"),
            ("kh  sa", "Sara Khan"),
            ("sarakhan", "Sara Khan"),
            ("emilie", "ÉMILIE ÅNGSTRÖM"),
            ("o'connor", "O’Connor Núñez"),
            ("oconnor", "O’Connor Núñez"),
            ("connor nunez", "O’Connor Núñez"),
            ("o connor", "O’Connor"),
            ("o’connor", "OConnor"),
            ("احمد", "أحمد بن علي"),
            ("علي احمد", "أحمد بن علي"),
            ("محمد", "محـمد"),
            ("فاطمه", "فاطمة الحارثي"),
            ("حارثي", "فاطمة الحارثي"),
            ("الحارثي فاطمة", "فاطمة الحارثي"),
            ("عبدالله", "عبد الله سالم"),
            ("عبد الله سالم", "عبدالله سالم"),
            ("jose", "José Rivera"),
            ("nguyen", "Nguyễn Thị"),
            ("muller", "Jürgen Müller"),
            ("जरीना", "ज़रीना"),
            ("al harthy salim", "Salim Alharthy"),
            ("alharthy", "Salim Al-Harthy"),
            ("李雷", "李雷"),
            ("patient 12", "Patient 12"),
        ] {
            assert!(finds(q, name, None, None), "{q} · {name}");
        }
        for (q, name) in
            [("hara", "Sara Khan"), ("sara omar", "Sara Khan"), ("", "Sara"), ("' -", "O'Connor")]
        {
            assert!(!finds(q, name, None, None), "{q} · {name}");
        }
    }

    #[test]
    fn two_words_of_a_name_have_one_entry() {
        for (name, one, other) in [
            ("Mohammed bin Salim Al Harthy", "salim", "moham"),
            ("Mohammed bin Salim Al Harthy", "alharthy", "mohammed"),
            ("فاطمة الحارثي", "حارثي", "فاطمه"),
            ("O’Connor Núñez", "oconnor", "nun"),
        ] {
            let entry = pair_entry(one, other).unwrap();
            assert!(entries(name, None, None).contains(&entry), "{name}: {entry}");
            assert_eq!(pair_entry(other, one), Some(entry));
        }
        assert!(!entries("Sara Khan", None, None).contains(&pair_entry("sara", "omar").unwrap()));
        assert_eq!((pair_entry("al", "sara"), pair_entry("@sara", "sara")), (None, None));
    }

    #[test]
    fn numbers_and_addresses_are_found_as_they_are_typed() {
        let phone = Some("+96892123456");
        for q in [
            "92123456",
            "9212 3456",
            "9212-3456",
            "(968) 92123456",
            "+968 9212 3456",
            "0096892123456",
            "٩٢١٢٣٤٥٦",
            "۹۲۱۲ ۳۴۵۶",
            "9212",
            "921",
            "+968 921",
            "3456",
            "092123456",
            "\u{200e}+968 9212 3456",
        ] {
            assert!(finds(q, "Sara", None, phone), "{q}");
        }
        for q in ["345", "21234", "9999", "968"] {
            assert!(!finds(q, "Sara", None, phone), "{q}");
        }
        assert!(finds("07911 123456", "Sara", None, Some("+447911123456")), "as it is dialled there");
        let email = Some("anna.brown@clinic.example");
        assert!(finds("anna.b", "Noor", email, None) && finds("Anna.Brown@Clinic", "Noor", email, None));
        assert!(
            !finds("clinic.example", "Noor", email, None),
            "what all addresses have in common finds nobody"
        );
    }

    #[test]
    fn a_day_and_a_record_number_stand_alone_or_with_a_name() {
        let all = criteria("khan 23 Aug 1949");
        assert_eq!(all[0].days, ["1949-08-23"]);
        assert_eq!(
            (all.len(), all[1].entries.as_slice()),
            (2, ["khan".to_owned(), "@khan".to_owned()].as_slice())
        );
        assert_eq!(criteria("23/08/1949 sara khan").len(), 3);
        assert_eq!(criteria("٢٣/٠٨/١٩٤٩")[0].days, ["1949-08-23"]);
        let eight = &criteria("23081949")[0];
        assert_eq!(
            (eight.days.as_slice(), eight.record.as_deref()),
            (["1949-08-23".to_owned()].as_slice(), Some("23081949"))
        );
        for (q, record) in
            [("MRN 000039-7", "000039-7"), ("mrn000039", "000039"), ("39-7", "39-7"), ("٠٠٠٠٣٩", "000039")]
        {
            assert_eq!(criteria(q)[0].record.as_deref(), Some(record), "{q}");
        }
        assert_eq!(criteria(&"a b c d e f g h i j k l".repeat(3)).len(), CRITERIA_MAX);
    }

    #[test]
    fn country_codes_are_cut_off() {
        for (digits, rest) in [
            ("96892123456", "92123456"),
            ("447911123456", "7911123456"),
            ("12025550123", "2025550123"),
            ("919876543210", "9876543210"),
            ("97150", "50"),
            ("9", ""),
        ] {
            assert_eq!(national(digits), rest);
        }
    }
}
