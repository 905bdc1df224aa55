//! A note that is open in two windows: what has happened to it, and in what the two texts differ.

use yew::prelude::*;

use crate::i18n::Words;

/// What another window has done to a note that is open here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apart {
    /// It wrote on the note; this window had no text of its own and shows the latest text.
    Caught,
    /// It wrote on the note, and so did this window: there are two drafts.
    Beside,
    /// It signed the note. What was typed here is another draft of the visit.
    Signed,
    /// It threw the note away. What was typed here is a draft of its own.
    Discarded,
}

impl Apart {
    /// The key of the sentence.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Caught => "apart-caught",
            Self::Beside => "apart-beside",
            Self::Signed => "apart-signed",
            Self::Discarded => "apart-discarded",
        }
    }
}

/// The part of each text that the other one does not have: what is left between their common beginning and their common
/// end. Whole words, so that each part can be read.
#[must_use]
pub fn differences<'a>(one: &'a str, other: &'a str) -> (&'a str, &'a str) {
    let same = |a: &str, b: &str| {
        a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    let begin: usize = same(one, other);
    let word = |text: &str| text[..begin].rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let is_whole = |text: &str| text[begin..].chars().next().is_none_or(char::is_whitespace);
    let begin = if is_whole(one) && is_whole(other) { begin } else { word(one) };
    let (one, other) = (&one[begin..], &other[begin..]);
    let ends = one.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a == b);
    let end: usize = ends.map(|(a, _)| a.len_utf8()).sum();
    let tail = &one[one.len() - end..];
    // The common end begins with a whole word.
    let end = if end == one.len() || end == other.len() {
        let starts = tail.chars().next().is_none_or(char::is_whitespace);
        let rest = tail.find(char::is_whitespace).map_or(0, |at| tail.len() - at);
        if starts || one.len() == other.len() { end } else { rest }
    } else {
        tail.find(char::is_whitespace).map_or(0, |at| tail.len() - at)
    };
    (one[..one.len() - end].trim(), other[..other.len() - end].trim())
}

/// In what another draft of the same visit differs from the one above.
pub(super) fn apart(words: Words, above: &str, other: &str) -> Html {
    let (here, there) = differences(above, other);
    if here.is_empty() && there.is_empty() {
        return html! { <p class="text-sm" data-apart="same">{ words.say("apart-same") }</p> };
    }
    let part = |key: &str, text: &str| {
        html! {
            if !text.is_empty() {
                <p class="text-sm"><span class="me-2 text-base-content/70">{ words.say(key) }</span><mark class="whitespace-pre-wrap break-words" dir="auto">{ text }</mark></p>
            }
        }
    };
    html! {
        <div class="space-y-1" data-apart="">{ part("apart-here", there) }{ part("apart-there", here) }</div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_differences_of_two_drafts_are_whole_words() {
        assert_eq!(differences("Sore throat. A-WINDOW", "Sore throat. B-WINDOW"), ("A-WINDOW", "B-WINDOW"));
        assert_eq!(differences("Sore throat", "Sore throat for three days"), ("", "for three days"));
        assert_eq!(differences("No fever", "Fever"), ("No fever", "Fever"));
        assert_eq!(differences("Allergic to nuts.", "Not allergic to nuts."), ("Allergic", "Not allergic"));
        assert_eq!(differences("take 2 daily", "take 20 daily"), ("2", "20"));
        assert_eq!(differences("same", "same"), ("", ""));
        assert_eq!(differences("", "new"), ("", "new"));
        assert_eq!(differences("سعال جاف", "سعال رطب"), ("جاف", "رطب"));
    }
}
