//! The registration of a walk-in that was begun and not finished.

use medlane_shared::identity::PatientRequest;

/// The name of what is kept.
pub(super) const BEGUN: &str = "walk-in-fields";

/// A patient whose registration was begun, with the search that found nobody.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Begun {
    /// The search.
    pub q: String,
    /// What was typed.
    pub fields: PatientRequest,
}

impl Begun {
    /// The fields for "New patient" after a search: those that were typed after the same search, otherwise empty ones.
    /// What was typed for somebody else never comes back under another name.
    pub(super) fn of(&self, q: &str) -> Self {
        if self.is_begun() && self.q == q {
            return self.clone();
        }
        // The search text is usually the name.
        let is_name = !q.contains(|c: char| c.is_ascii_digit() || c == '@');
        let name = if is_name { q.to_owned() } else { String::new() };
        Self { q: q.to_owned(), fields: PatientRequest { name, ..PatientRequest::default() } }
    }

    /// Whether there is something to go on with.
    pub(super) fn is_begun(&self) -> bool {
        self.fields != PatientRequest::default()
    }

    /// Whose it is, as far as that was typed.
    pub(super) fn name(&self) -> &str {
        if self.fields.name.is_empty() { &self.q } else { &self.fields.name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_for_one_person_never_comes_back_under_another_name() {
        let typed = Begun::default().of("Kwame Al Lawati");
        assert_eq!((typed.fields.name.as_str(), typed.fields.phone.as_ref()), ("Kwame Al Lawati", None));
        let fields = PatientRequest { phone: Some("+968 9212 3456".to_owned()), ..typed.fields.clone() };
        let typed = Begun { fields, ..typed };
        assert_eq!(typed.of("Kwame Al Lawati"), typed, "back, and again the same person");
        let other = typed.of("Juan Novak");
        assert_eq!((other.fields.name.as_str(), other.fields.phone), ("Juan Novak", None));
        assert_eq!(typed.of("+968 9").fields.name, "", "a number is no name");
        assert_eq!(typed.of("").fields, PatientRequest::default());
    }
}
