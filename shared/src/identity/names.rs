//! Names that can be taken for each other in one waiting room.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use strsim::jaro_winkler;

/// Words at least as near as this are taken for one that was written in two ways.
const NEAR: f64 = 0.82;
/// Words of a name that are compared: no name has more.
const WORDS_MAX: usize = 20;
/// A name of more words than this is held against every other: looking its shorter ones up would take longer.
const LOOKED_UP_MAX: usize = 6;
/// What stands between the words of a name and tells nobody apart.
const PARTICLES: [&str; 13] =
    ["al", "el", "bin", "ben", "bint", "ibn", "abu", "mr", "mrs", "dr", "بن", "بنت", "ابن"];

/// A name as it is compared: its words in order, without case, marks and particles.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FoldedName(Vec<String>);

/// A letter without what some write and others leave out.
const fn plain(c: char) -> char {
    match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è'..='ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ì'..='ï' | 'ī' => 'i',
        'ñ' | 'ń' => 'n',
        'ò'..='ö' | 'ø' | 'ō' => 'o',
        'ù'..='ü' | 'ū' => 'u',
        'ý' | 'ÿ' => 'y',
        'ś' | 'š' | 'ş' => 's',
        'ź' | 'ż' | 'ž' => 'z',
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' | 'ئ' => 'ي',
        'ة' => 'ه',
        'ؤ' => 'و',
        other => other,
    }
}

/// A name as it is compared.
#[must_use]
pub fn folded(name: &str) -> FoldedName {
    let is_mark =
        |c: &char| matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{652}' | '\u{640}' | '\'' | '’');
    let text: String = name
        .to_lowercase()
        .chars()
        .filter(|c| !is_mark(c))
        .map(|c| if c.is_alphanumeric() { plain(c) } else { ' ' })
        .collect();
    let bare = |word: &str| {
        let rest = word.strip_prefix("ال").filter(|rest| rest.chars().count() > 2);
        rest.unwrap_or(word).to_owned()
    };
    let mut words: Vec<String> =
        text.split_whitespace().filter(|word| !PARTICLES.contains(word)).map(bare).take(WORDS_MAX).collect();
    words.sort_unstable();
    FoldedName(words)
}

/// Whether two words are one, perhaps written in two ways. A number is never nearly another.
fn near(a: &str, b: &str) -> bool {
    let has_digit = |word: &str| word.chars().any(char::is_numeric);
    a == b || (!has_digit(a) && !has_digit(b) && jaro_winkler(a, b) >= NEAR)
}

impl FoldedName {
    /// Whether somebody who calls one of the two names may be answered by the other: each word of the shorter is in the
    /// longer, and they have two in common or all of one.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let (short, long) = if self.0.len() <= other.0.len() { (self, other) } else { (other, self) };
        if short.0.is_empty() || (short.0.len() == 1 && long.0.len() > 1) {
            return false;
        }
        let mut left: Vec<&String> = long.0.iter().collect();
        short.0.iter().all(|word| {
            let found = left.iter().position(|other| near(word, other));
            found.map(|at| left.swap_remove(at)).is_some()
        })
    }

    /// The first letters of its words, of a number all of it: names that are alike share them.
    fn key(&self, taken: u32) -> Option<String> {
        let words = self.0.iter().enumerate().filter(|(n, _)| taken & (1 << n) != 0);
        let mut initials: Vec<&str> = words
            .map(|(_, word)| {
                let first = word.char_indices().nth(1).map_or(word.len(), |(at, _)| at);
                if word.chars().any(char::is_numeric) { word.as_str() } else { &word[..first] }
            })
            .collect();
        initials.sort_unstable();
        (!initials.is_empty()).then(|| initials.join(" "))
    }

    const fn is_long(&self) -> bool {
        self.0.len() > LOOKED_UP_MAX
    }

    /// The keys of the names of fewer words that it may be like, and its own, which is the first; none of a long name.
    fn keys(&self) -> Vec<String> {
        if self.is_long() {
            return Vec::new();
        }
        let all = (1_u32 << self.0.len()) - 1;
        let shorter = (1..all).filter(|taken| taken.count_ones() >= 2).rev();
        let mut keys: Vec<String> =
            std::iter::once(all).chain(shorter).filter_map(|taken| self.key(taken)).collect();
        let mut seen = HashSet::new();
        keys.retain(|key| seen.insert(key.clone()));
        keys
    }
}

/// Those of some people whose name is like that of another of them. Two of one key are one person.
#[must_use]
pub fn alike<K: Copy + Eq + Hash>(people: &[(K, FoldedName)]) -> HashSet<K> {
    // By own key alone: a longer name looks its shorter ones up.
    let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
    let keys: Vec<Vec<String>> = people.iter().map(|(_, name)| name.keys()).collect();
    for (at, keys) in keys.iter().enumerate() {
        if let Some(own) = keys.first() {
            by_key.entry(own.clone()).or_default().push(at);
        }
    }
    let mut found = HashSet::new();
    let everybody: Vec<usize> = (0..people.len()).collect();
    for ((who, name), keys) in people.iter().zip(&keys) {
        let looked_up = keys.iter().filter_map(|key| by_key.get(key)).flatten();
        let others = looked_up.chain(everybody.iter().filter(|_| name.is_long()));
        for at in others {
            let (other, theirs) = &people[*at];
            if other != who && !(found.contains(who) && found.contains(other)) && name.is_like(theirs) {
                found.insert(*who);
                found.insert(*other);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_like(a: &str, b: &str) -> bool {
        let (a, b) = (folded(a), folded(b));
        assert_eq!(a.is_like(&b), b.is_like(&a), "whichever comes first");
        assert_eq!(alike(&[(1, a.clone()), (2, b.clone())]).len(), if a.is_like(&b) { 2 } else { 0 });
        a.is_like(&b)
    }

    #[test]
    fn one_who_is_called_may_be_the_other() {
        for (a, b) in [
            ("Ahmed Al Harthy", "ahmed al-harthy"),
            ("Ahmed Al Harthy", "Al Harthy, Ahmed"),
            ("Ahmed Said Al Harthy", "Ahmed Harthy"),
            ("Mohammed Salim", "Mohamed Saleem"),
            ("José Müller", "Jose Muller"),
            ("Mary O'Connor", "Mary OConnor"),
            ("أحمد الحارثي", "احمد الحارثى"),
            ("مُحَمَّد بن علي", "محمد علي"),
            ("Fatma", "Fatma"),
            ("Ahmed Said Al Harthy of a rather long name", "Ahmed Al Harthy of a rather long name"),
            ("Maria Fernanda Villanueva Castellanos de la Cruz y Soler", "Maria Soler"),
        ] {
            assert!(is_like(a, b), "{a} · {b}");
        }
    }

    #[test]
    fn a_first_name_or_a_family_alone_is_no_likeness() {
        for (a, b) in [
            ("Ahmed Al Harthy", "Ahmed Al Balushi"),
            ("Salim Al Harthy", "Noor Al Harthy"),
            ("Ahmed", "Ahmed Al Harthy"),
            ("Name of patient1", "Name of patient2"),
            ("Anna Brown", "Omar Khan"),
            ("", ""),
            ("Al", "El"),
        ] {
            assert!(!is_like(a, b), "{a} · {b}");
        }
    }

    #[test]
    fn among_many_those_are_found_who_are_like_somebody() {
        let names = [
            "Ahmed Al Harthy",
            "Noor Said",
            "Ahmed Said Harthy",
            "Lucas Silva",
            "Noor Saeed",
            "Ahmed Al Harthy",
        ];
        let mut people: Vec<(usize, FoldedName)> = names.into_iter().map(folded).enumerate().collect();
        assert_eq!(alike(&people), HashSet::from([0, 1, 2, 4, 5]));
        // The same person in two lines is one.
        people[5].0 = 0;
        people.retain(|(who, _)| *who != 2);
        assert_eq!(alike(&people), HashSet::from([1, 4]));
    }
}
