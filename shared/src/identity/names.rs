//! Finds names that staff can confuse in one waiting room.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use strsim::jaro_winkler;

use super::fold::{fold, is_virama};

/// Words with at least this similarity count as one mistyped word. Words that sound alike may be less similar.
const NEAR: f64 = 0.96;
/// Latin words with at least this many letters may differ in one more vowel: "Abdullah", "Abdallah".
const LONG: usize = 7;
/// The most words of a name that are compared; real names have fewer.
const WORDS_MAX: usize = 20;
/// A name with more words than this is compared with every other name: to look up all its shorter forms would take
/// longer.
const LOOKED_UP_MAX: usize = 6;
/// Words that do not help to tell people apart.
const PARTICLES: [&str; 13] =
    ["al", "el", "bin", "ben", "bint", "ibn", "abu", "mr", "mrs", "dr", "بن", "بنت", "ابن"];

/// A name, normalised for comparison: its words in order, without case, marks and particles.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FoldedName(Vec<Word>);

/// A word of a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Word {
    text: String,
    /// For a Latin word its consonants, each with the vowels after it. The first entry stands for the beginning of
    /// the word.
    sound: Vec<(char, u8)>,
}

const A: u8 = 1;
const E: u8 = 2;
const I: u8 = 4;
const U: u8 = 8;

/// One letter for consonants of the same sound.
const fn hard(c: char) -> char {
    if matches!(c, 'c' | 'q') { 'k' } else { c }
}

/// The sound of a Latin word; empty for words in other scripts.
fn sound(word: &str) -> Vec<(char, u8)> {
    if !word.chars().all(|c| c.is_ascii_lowercase()) {
        return Vec::new();
    }
    // A final "h" after a vowel is silent: "Sara", "Sarah".
    let heard =
        word.strip_suffix('h').filter(|rest| rest.ends_with(['a', 'e', 'i', 'o', 'u'])).unwrap_or(word);
    let mut parts = vec![('-', 0)];
    for (n, c) in heard.chars().enumerate() {
        let vowel = match c {
            'a' => A,
            'e' => E,
            'i' => I,
            'o' | 'u' => U,
            'y' if n > 0 => I,
            'w' if n > 0 => U,
            _ => 0,
        };
        let Some(last) = parts.last_mut() else { break };
        if vowel > 0 {
            last.1 |= vowel;
        } else if *last != (hard(c), 0) {
            parts.push((hard(c), 0));
        }
    }
    parts
}

impl Word {
    fn new(text: String) -> Self {
        Self { sound: sound(&text), text }
    }

    /// Whether two Latin words sound alike. They have the same consonants; at the beginning and at the end both have
    /// a vowel, or neither has. Between them at most one vowel is written in one word only, and in long words one
    /// more may differ.
    fn sounds_like(&self, other: &Self) -> bool {
        let (a, b) = (&self.sound, &other.sound);
        if a.is_empty() || a.len() != b.len() {
            return false;
        }
        let ends = |n: usize| n == 0 || n + 1 == a.len();
        let differs = a.iter().zip(b).enumerate().try_fold(0, |all, (n, (a, b))| {
            let here = match (a.1, b.1) {
                _ if a.0 != b.0 => return None,
                (0, 0) => 0,
                (0, _) | (_, 0) if ends(n) => return None,
                (0, _) | (_, 0) => 1,
                // In Arabic names written in Latin letters, "e" stands for any vowel.
                (a, b) if a & b > 0 || (a | b) & E > 0 => 0,
                _ => 2,
            };
            Some(all + here)
        });
        let most = if self.text.len() >= LONG && other.text.len() >= LONG { 2 } else { 1 };
        differs.is_some_and(|differs| differs <= most)
    }

    fn has_digit(&self) -> bool {
        self.text.chars().any(char::is_numeric)
    }

    /// Whether two words are the same word, perhaps written in two ways. A number is never nearly another number.
    /// Words with different first letters are never compared: see [`FoldedName::key`].
    fn is_near(&self, other: &Self) -> bool {
        if self.text == other.text {
            return true;
        }
        if self.has_digit() || other.has_digit() || self.initial() != other.initial() {
            return false;
        }
        self.sounds_like(other) || jaro_winkler(&self.text, &other.text) >= NEAR
    }

    /// The first letter of a word; all vowels count as one letter: "Omar", "Umar".
    fn initial(&self) -> Option<char> {
        self.text.chars().next().map(|c| if matches!(c, 'a' | 'e' | 'i' | 'o' | 'u') { 'a' } else { hard(c) })
    }
}

/// A letter of [`fold`] as it counts among similar names: in Devanagari, a long vowel is a short one.
const fn short(c: char) -> char {
    match c {
        'ई' => 'इ',
        'ऊ' => 'उ',
        'ी' => 'ि',
        'ू' => 'ु',
        other => other,
    }
}

/// Writes a doubled consonant once: "मोहम्मद" becomes "मोहमद".
fn undoubled(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let is_doubled = |n: usize| {
        let (bind, own) = (letters.get(n + 1), letters.get(n + 2));
        bind.is_some_and(|c| is_virama(*c)) && own == letters.get(n)
    };
    let stays = |n: &usize| !(is_doubled(*n) || (*n > 0 && is_doubled(*n - 1)));
    (0..letters.len()).filter(stays).map(|n| letters[n]).collect()
}

/// Normalises a name for comparison.
#[must_use]
pub fn folded(name: &str) -> FoldedName {
    let text: String = fold(name).chars().filter(|c| *c != '\'').map(short).collect();
    let bare = |word: &str| {
        let rest = word.strip_prefix("ال").filter(|rest| rest.chars().count() > 2);
        Word::new(undoubled(rest.unwrap_or(word)))
    };
    let mut words: Vec<Word> =
        text.split_whitespace().filter(|word| !PARTICLES.contains(word)).map(bare).take(WORDS_MAX).collect();
    words.sort_unstable();
    FoldedName(words)
}

impl FoldedName {
    /// Whether a person might answer to a call of the other name. Each word of the shorter name is in the longer one,
    /// and at least two words match, or both names are a single word.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let (short, long) = if self.0.len() <= other.0.len() { (self, other) } else { (other, self) };
        if short.0.is_empty() || (short.0.len() == 1 && long.0.len() > 1) {
            return false;
        }
        let mut left: Vec<&Word> = long.0.iter().collect();
        short.0.iter().all(|word| {
            let found = left.iter().position(|other| word.is_near(other));
            found.map(|at| left.swap_remove(at)).is_some()
        })
    }

    /// The first letters of the chosen words; a word with digits counts whole. Names that are alike have the same
    /// key.
    fn key(&self, taken: u32) -> Option<String> {
        let words = self.0.iter().enumerate().filter(|(n, _)| taken & (1 << n) != 0);
        let mut initials: Vec<String> = words
            .map(
                |(_, word)| {
                    if word.has_digit() { word.text.clone() } else { word.initial().into_iter().collect() }
                },
            )
            .collect();
        initials.sort_unstable();
        (!initials.is_empty()).then(|| initials.join(" "))
    }

    const fn is_long(&self) -> bool {
        self.0.len() > LOOKED_UP_MAX
    }

    /// The name's own key, which is the first, and the keys of the shorter names that it may be like. Empty for a
    /// long name.
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

/// The people whose name is like that of another person in the list. Entries with the same key are the same person.
#[must_use]
pub fn alike<K: Copy + Eq + Hash>(people: &[(K, FoldedName)]) -> HashSet<K> {
    // Index each name by its own key only: a longer name looks up its shorter forms.
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

/// First words of compound given names: "Abd Al Rahman", "أم كلثوم".
const COMPOUND: [&str; 11] = ["abd", "abdul", "abdel", "abu", "umm", "al", "عبد", "أبو", "ابو", "أم", "ام"];

/// The given name of a full name, to tell the members of a family apart: its first word without a title, with the
/// second word of a compound name.
#[must_use]
pub fn first_name(name: &str) -> String {
    let is = |word: &str, of: &[&str]| of.contains(&word.trim_end_matches('.').to_lowercase().as_str());
    let mut words = name.split_whitespace().skip_while(|word| is(word, &["mr", "mrs", "ms", "dr"]));
    let mut first = words.next().unwrap_or(name.trim()).to_owned();
    let mut last = first.clone();
    while is(&last, &COMPOUND)
        && let Some(word) = words.next()
    {
        first = format!("{first} {word}");
        word.clone_into(&mut last);
    }
    first
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
    fn the_first_name_of_a_family_is_short_and_whole() {
        let of = [
            "Sara Al Harthy",
            "Dr. Omar",
            "Abd Al Rahman Said",
            "عبد الله بن سعيد",
            "سارة الحارثي",
            "Cher",
            " ",
        ];
        let first = of.map(first_name);
        assert_eq!(first, ["Sara", "Omar", "Abd Al Rahman", "عبد الله", "سارة", "Cher", ""]);
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
            // Other vowels at the beginning and in the middle.
            ("Omar", "Umar"),
            ("Osman", "Usman"),
            ("Iman", "Eman"),
            ("Osama", "Usama"),
            ("Mohamed", "Mohammed"),
            ("Mohammed", "Muhammad"),
            ("Fatima", "Fatma"),
            ("Ahmed", "Ahmad"),
            ("Abdullah", "Abdalla"),
            ("Abdullah", "Abdallah"),
            ("Yousef", "Yusuf"),
            ("Qasim", "Kasem"),
            ("Sara", "Sarah"),
            ("Daoud", "Dawood"),
            ("Maryam", "Mariam"),
            ("Omar Said Al Harthy", "Umar Saeed Harthi"),
            ("Amna Harthy", "Amna Harty"),
            // Devanagari: the dot, long and short vowels, doubled consonants.
            ("फ़ातिमा खान", "फातिमा ख़ान"),
            ("सुनीता शर्मा", "सुनिता शर्मा"),
            ("मोहम्मद", "मोहमद"),
            ("प्रिया वर्मा", "प्रीया वर्मा"),
            ("राजेश कुमार सिंह", "राजेश कुमार सिँह"),
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
            // Different names: warnings that come too often do not help the reader.
            ("Salim", "Salma"),
            ("Khalid", "Khalil"),
            ("Amal", "Amar"),
            ("Mohammed", "Mahmoud"),
            ("Mohamed", "Mahmood"),
            ("Jamal", "Jamil"),
            ("Hassan", "Hussein"),
            ("محمد", "محمود"),
            ("सलीम", "सलमा"),
            ("अमर", "अमल"),
            // A sign within a word does not split it.
            ("शर्मा", "शर मा"),
            ("प्रिया वर्मा", "प्रिया शर्मा"),
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
        // Two entries of the same person do not count as two people.
        people[5].0 = 0;
        people.retain(|(who, _)| *who != 2);
        assert_eq!(alike(&people), HashSet::from([1, 4]));
    }
}
