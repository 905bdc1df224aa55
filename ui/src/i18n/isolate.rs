//! Keeps a value in its own direction inside a sentence. In an Arabic sentence the browser shows `000304-6` as
//! `6-000304`, because the digits after an Arabic word take its direction.

use std::borrow::Cow;

/// First strong isolate (UAX #9): begins a run that does not depend on the text around it. Without a letter the run
/// is left to right.
const FSI: char = '\u{2068}';
/// Pop directional isolate: ends the run.
const PDI: char = '\u{2069}';

/// Whether a letter belongs to a script that is written from right to left.
fn is_rtl(letter: char) -> bool {
    matches!(letter, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// The value, isolated where the sentence's direction could turn it round. Plain digits stay as they are.
pub fn isolated(value: &str, in_rtl: bool) -> Cow<'_, str> {
    let can_turn =
        if in_rtl { !value.bytes().all(|byte| byte.is_ascii_digit()) } else { value.contains(is_rtl) };
    if can_turn { Cow::Owned(format!("{FSI}{value}{PDI}")) } else { Cow::Borrowed(value) }
}

/// The right-to-left mark (UAX #9): gives a run of isolated values its direction.
const RLM: char = '\u{200f}';

/// A text of isolated values that follow each other from right to left, wherever it stands.
pub fn led(text: &str) -> String {
    format!("{RLM}{text}")
}

/// The text without the marks, for a voice.
#[must_use]
pub fn unmarked(text: &str) -> String {
    text.replace([FSI, PDI, RLM], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_an_arabic_sentence_keeps_its_order() {
        for value in ["000304-6", "1990-04-01", "+968 9123 4567", "a@b.example", "GP-017", "24 يوليو 2007"]
        {
            assert_eq!(isolated(value, true), format!("{FSI}{value}{PDI}"));
            assert_eq!(unmarked(&isolated(value, true)), value);
        }
        assert_eq!((&*isolated("482913", true), &*isolated("", true)), ("482913", ""));
    }

    #[test]
    fn an_arabic_name_in_an_english_sentence_turns_nothing_round() {
        assert_eq!(isolated("علي", false), format!("{FSI}علي{PDI}"));
        assert_eq!(isolated("Ali 000304-6", false), "Ali 000304-6");
    }
}
