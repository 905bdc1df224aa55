//! The one form of a name in which names are searched and compared: without case, accents, and the marks and letter
//! forms that people leave out or write in several ways.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use crate::typed::{digit, is_hidden};

/// The scripts of India, from Devanagari on, have code blocks of one size. A sign has the same offset in each block.
const INDIC: std::ops::RangeInclusive<char> = '\u{900}'..='\u{d7f}';
/// The offset of the nukta: a dot that makes another letter of a letter.
const NUKTA: u32 = 0x3c;
/// The offset of the virama: it joins two consonants without a vowel.
const VIRAMA: u32 = 0x4d;

/// Whether a character is an Indian script's virama.
pub(super) fn is_virama(c: char) -> bool {
    INDIC.contains(&c) && u32::from(c) % 0x80 == VIRAMA
}

/// Signs that stand for an apostrophe, or for a letter that others write as one: "O’Connor", "Sa‘id".
const fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`' | '´' | '\u{2b9}'..='\u{2bf}' | '\u{2c8}' | '\u{2ca}' | '\u{2cb}' | '\u{2018}'..='\u{201b}'
            | '\u{2032}' | '\u{2035}' | '\u{a78c}' | '\u{ff07}' | '\u{ff40}'
    )
}

/// Whether people leave a character out: accents, vowel marks and the nukta. The signs of vowels in the scripts of India
/// and Thailand are letters.
fn is_left_out(c: char) -> bool {
    let is_sign = is_combining_mark(c) && (!c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}'));
    let is_nukta = INDIC.contains(&c) && u32::from(c) % 0x80 == NUKTA;
    let is_arabic = matches!(
        c,
        '\u{621}' | '\u{640}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}'
    );
    let is_hebrew = matches!(c, '\u{591}'..='\u{5c7}');
    let is_joiner = matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}');
    (is_sign && !is_virama(c)) || is_nukta || is_arabic || is_hebrew || is_joiner || is_hidden(c)
}

/// The letters that a letter in lower case counts as, if they are others.
const fn others(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ı' => "i",
        'ŧ' => "t",
        'þ' => "th",
        'ŋ' => "n",
        'ə' => "e",
        'ς' => "σ",
        'ٱ' => "ا",
        'ى' | 'ی' | 'ے' | 'ې' => "ي",
        'ة' | 'ہ' | 'ھ' | 'ۃ' | 'ە' => "ه",
        'ک' | 'ڪ' => "ك",
        // The nasal sign of Hindi is written as a moon with a dot, or as the dot alone.
        'ँ' => "ं",
        _ => return None,
    })
}

/// A text in the form for comparison: its letters and digits, `'` for each kind of apostrophe, and a blank for each
/// other sign.
#[must_use]
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        if is_apostrophe(c) {
            folded.push('\'');
        } else if c.is_ascii() {
            folded.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' });
        } else {
            decompose_compatible(c, |part| push(&mut folded, part));
        }
    }
    folded
}

/// Adds a part of a decomposed character.
fn push(folded: &mut String, part: char) {
    if is_left_out(part) {
        return;
    }
    if let Some(value) = digit(part) {
        folded.push(char::from(b'0' + value));
        return;
    }
    for lower in part.to_lowercase() {
        match others(lower) {
            Some(text) => folded.push_str(text),
            None if lower.is_alphanumeric() || is_virama(lower) => folded.push(lower),
            None if is_left_out(lower) => {}
            None => folded.push(' '),
        }
    }
}

/// The words of a name in the form for comparison. An apostrophe, a hyphen and a blank begin a new word alike.
#[must_use]
pub(super) fn words(text: &str) -> Vec<String> {
    fold(text).split([' ', '\'']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The same words in one order: some people write the family name first. Names with the same text are one name.
#[must_use]
pub fn name_key(name: &str) -> String {
    let mut words: Vec<String> = fold(name).split_whitespace().map(|word| word.replace('\'', "")).collect();
    words.retain(|word| !word.is_empty());
    words.sort_unstable();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_many_forms_is_one() {
        for (written, typed) in [
            ("ÉMILIE ÅNGSTRÖM", "emilie angstrom"),
            ("Müller", "muller"),
            ("José", "jose"),
            ("Jose\u{301}", "JOSE"),
            ("O’Connor Núñez", "o'connor nunez"),
            ("Sa‘id", "Sa`id"),
            ("Nguyễn", "nguyen"),
            ("Straße Søren Łukasz Æthel Œuvre Þór Đỗ", "strasse soren lukasz aethel oeuvre thor do"),
            ("İpek Işık", "ipek isik"),
            ("أحمد", "احمد"),
            ("إبراهيم آدم", "ابراهيم ادم"),
            ("محـمد", "محمد"),
            ("مُحَمَّدٌ", "محمد"),
            ("فاطمة", "فاطمه"),
            ("مصطفى", "مصطفي"),
            ("علی کریم", "علي كريم"),
            ("مؤمن رئيس إسراء", "مومن رييس اسرا"),
            ("\u{fef3}\u{fea4}\u{fef4}\u{fef0}", "يحيي"),
            ("ज़रीना", "जरीना"),
            ("\u{95b}रीना", "ज\u{93c}रीना"),
            ("सिँह", "सिंह"),
            ("Ali\u{200f}", "ali"),
            ("٣ Ａｌｉ", "3 ali"),
            ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
            ("Ёлкин", "елкин"),
        ] {
            assert_eq!(words(written), words(typed), "{written} · {typed}");
            assert_eq!(name_key(written), name_key(typed), "{written} · {typed}");
        }
        assert_eq!(name_key("Al-Harthy,  Ahmed"), name_key("ahmed al harthy"));
        assert_ne!(words("शर्मा"), words("शरमा"), "a joined consonant is another word");
        assert_ne!(words("สมชาย ดี"), words("สมชาย ด"), "vowel signs are letters");
        assert_eq!(words("' - ’"), Vec::<String>::new());
    }
}
