//! How similar two patients are.

use medlane_shared::identity::{Likeness, name_key};
use strsim::jaro_winkler;

/// The facts that are compared.
#[derive(Debug, Clone, Copy)]
pub struct Traits<'a> {
    /// The whole name.
    pub name: &'a str,
    /// The date of birth, `1980-01-31`.
    pub birth_date: Option<&'a str>,
    /// A phone number in E.164: a confirmed one, or one that reception was just given.
    pub phone: Option<&'a str>,
}

/// Names with at least this similarity count as one name written in two ways.
const NEAR: f64 = 0.92;

/// What two people have in common, and how certain it is that they are the same person; `None` if there is no reason
/// to ask.
///
/// A shared number alone can be a family's, and a shared date of birth alone means nothing. Any two of the three
/// facts count; so does an identical name if no other fact contradicts it.
#[must_use]
pub fn likeness(a: &Traits<'_>, b: &Traits<'_>) -> Option<(Vec<Likeness>, u8)> {
    let (one, other) = (name_key(a.name), name_key(b.name));
    let same_name = !one.is_empty() && one == other;
    let near_name = same_name || (!one.is_empty() && jaro_winkler(&one, &other) >= NEAR);
    let both = |a: Option<&str>, b: Option<&str>| a.zip(b).map(|(a, b)| a == b);
    let (birth, phone) = (both(a.birth_date, b.birth_date), both(a.phone, b.phone));
    let score = match (near_name, birth, phone) {
        (true, Some(true), Some(true)) => 98,
        (true, Some(true), _) => 90,
        (true, None, Some(true)) => 85,
        (false, Some(true), Some(true)) => 75,
        // The dates of birth differ, but name and number fit: perhaps a parent and a child of the same name.
        (true, Some(false), Some(true)) => 55,
        (true, None, None) if same_name => 50,
        _ => return None,
    };
    let mut alike = Vec::new();
    if near_name {
        alike.push(Likeness::Name);
    }
    if birth == Some(true) {
        alike.push(Likeness::BirthDate);
    }
    if phone == Some(true) {
        alike.push(Likeness::Phone);
    }
    Some((alike, score))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of<'a>(name: &'a str, birth_date: Option<&'a str>, phone: Option<&'a str>) -> Traits<'a> {
        Traits { name, birth_date, phone }
    }

    fn score(a: &Traits<'_>, b: &Traits<'_>) -> Option<u8> {
        let (there, back) = (likeness(a, b), likeness(b, a));
        assert_eq!(there, back, "whichever comes first");
        there.map(|(_, score)| score)
    }

    #[test]
    fn two_of_three_are_a_reason_to_ask() {
        let (day, number) = (Some("1980-01-31"), Some("+96892123456"));
        let anna = of("Anna Maria Brown", day, number);
        assert_eq!(score(&anna, &of("anna-maria  BROWN", day, number)), Some(98));
        assert_eq!(score(&anna, &of("Brown, Anna Maria", day, None)), Some(90));
        assert_eq!(score(&anna, &of("Ana Maria Brown", None, number)), Some(85));
        assert_eq!(score(&anna, &of("Anna Maria Brown-Smith", day, Some("+441632960001"))), Some(90));
        assert_eq!(score(&anna, &of("Mrs. B", day, number)), Some(75));
        assert_eq!(score(&of("محمد بن علي", None, None), &of("مُحَمَّد بن علي", None, None)), Some(50));
        assert_eq!(score(&of("José Rivera", day, None), &of("Jose Rivera", day, None)), Some(90));
        assert_eq!(score(&of("O’Connor Núñez", None, None), &of("NUNEZ, O'Connor", None, None)), Some(50));
    }

    #[test]
    fn a_family_is_not_one_person() {
        let number = Some("+96892123456");
        let parent = of("Salim Al Harthy", Some("1970-05-01"), number);
        assert_eq!(score(&parent, &of("Noor Al Balushi", Some("2015-02-02"), number)), None);
        assert_eq!(score(&parent, &of("Salim Al Harthy", Some("2010-05-01"), number)), Some(55));
        assert_eq!(score(&of("Anna", Some("1980-01-31"), None), &of("Omar", Some("1980-01-31"), None)), None);
        assert_eq!(score(&of("", None, None), &of("", None, None)), None);
    }
}
