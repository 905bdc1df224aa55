//! What is asked of the log, and how the address of the page says it. A link to a filter, a reload and a lock keep it.

use medlane_shared::{
    audit::{AuditQuery, Outcome},
    ids::PersonId,
};

/// The filter. Empty texts ask for everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// One action.
    pub action: String,
    /// How it ended: a text of [`Outcome`].
    pub outcome: String,
    /// Also frequent entries that tell little.
    pub all: bool,
    /// What this person did.
    pub person: Option<PersonId>,
    /// What concerns this patient.
    pub patient: Option<PersonId>,
    /// From this day of the clinic, as it was typed,
    pub first_day: String,
    /// until the end of this one.
    pub last_day: String,
}

const OUTCOMES: [Outcome; 2] = [Outcome::Success, Outcome::Refused];

impl Asked {
    /// The query of a page.
    #[must_use]
    pub fn query(self, cursor: Option<String>) -> AuditQuery {
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        // A chosen action is shown, also if it is a frequent one.
        let quiet = (!self.all && self.action.is_empty()).then_some(true);
        AuditQuery {
            cursor,
            action: some(self.action),
            quiet,
            person_id: self.person,
            patient_id: self.patient,
            outcome: OUTCOMES.into_iter().find(|outcome| outcome.text() == self.outcome),
            first_day: some(self.first_day),
            last_day: some(self.last_day),
            ..AuditQuery::default()
        }
    }

    /// The part of the address from `#` on, which is sent to no server. It names people by their ids alone.
    #[must_use]
    pub fn address(&self) -> String {
        let id = |id: Option<PersonId>| id.map(|id| id.to_string()).unwrap_or_default();
        let parts = [
            ("action", self.action.clone()),
            ("outcome", self.outcome.clone()),
            ("all", if self.all { "1" } else { "" }.to_owned()),
            ("person", id(self.person)),
            ("patient", id(self.patient)),
            ("first", self.first_day.clone()),
            ("last", self.last_day.clone()),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mark = if parts.is_empty() { "" } else { "#" };
        format!("{mark}{}", parts.join("&"))
    }

    /// Reads the part of an address from `#` on. What it does not know it leaves out.
    #[must_use]
    pub fn of(hash: &str) -> Self {
        let mut asked = Self::default();
        let parts = hash.strip_prefix('#').unwrap_or_default();
        for (name, value) in parts.split('&').filter_map(|part| part.split_once('=')) {
            // Codes, ids and days have no other characters.
            let value: String =
                value.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect();
            match name {
                "action" => asked.action = value,
                "outcome" => asked.outcome = value,
                "all" => asked.all = !value.is_empty(),
                "person" => asked.person = value.parse().ok(),
                "patient" => asked.patient = value.parse().ok(),
                "first" => asked.first_day = value,
                "last" => asked.last_day = value,
                _ => {}
            }
        }
        asked
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::time::Timestamp;

    use super::*;

    #[test]
    fn the_address_keeps_the_filter() {
        let [person, patient] = [1, 2].map(|n| Some(PersonId::new(Timestamp::from_ms(n), [3; 10])));
        let asked = Asked {
            action: "person.roles".to_owned(),
            outcome: "refused".to_owned(),
            all: true,
            person,
            patient,
            first_day: "2026-11-01".to_owned(),
            last_day: "2026-11-28".to_owned(),
        };
        assert_eq!(Asked::of(&asked.address()), asked);
        assert_eq!(Asked::default().address(), "");
        for hash in ["", "#", "#main"] {
            assert_eq!(Asked::of(hash), Asked::default(), "{hash}");
        }
        let odd = Asked::of("#person=nobody&first=<b>2026&else=1&all");
        assert_eq!(odd, Asked { first_day: "b2026".to_owned(), ..Asked::default() });
    }

    #[test]
    fn a_chosen_action_is_shown_though_it_is_frequent() {
        let quiet = |asked: Asked| asked.query(None).quiet;
        assert_eq!(quiet(Asked::default()), Some(true));
        assert_eq!(quiet(Asked { all: true, ..Asked::default() }), None);
        assert_eq!(quiet(Asked { action: "audit.read".to_owned(), ..Asked::default() }), None);
        let refused = Asked { outcome: "refused".to_owned(), ..Asked::default() };
        assert_eq!(refused.query(None).outcome, Some(Outcome::Refused));
    }
}
