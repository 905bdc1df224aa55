//! Patients as those at the desk find and register them.

use serde::{Deserialize, Serialize};

use super::{Gender, RecordNumber};
use crate::{ids::PersonId, notify::Channel};

/// The fewest letters and digits that are looked for: signs alone would find everybody.
pub const QUERY_MIN_CHARS: usize = 2;
/// The fewest digits of a phone number that are looked for.
pub const NUMBER_MIN_DIGITS: usize = 3;

/// Whether enough was typed to look for: two letters, or three digits where there are no letters.
#[must_use]
pub fn is_query(q: &str) -> bool {
    let (letters, digits) = q.chars().filter(|c| c.is_alphanumeric()).fold((0, 0), |(letters, digits), c| {
        if c.is_numeric() { (letters, digits + 1) } else { (letters + 1, digits) }
    });
    if letters > 0 { letters + digits >= QUERY_MIN_CHARS } else { digits >= NUMBER_MIN_DIGITS }
}

/// `GET /patients`: by a part of the name, the number or the address, the day of birth, or the record number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct PatientsQuery {
    /// What is looked for: at least two letters, or three digits.
    pub q: String,
    /// Rows, at most 200; 50 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Who a patient is: what tells them from others, and nothing of their health.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PatientView {
    /// Who.
    pub id: PersonId,
    /// The whole name.
    pub name: String,
    /// The day of birth, `1980-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// E.164.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The administrative gender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// The number of their record in this clinic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_number: Option<RecordNumber>,
    /// Which of the two are confirmed: `email`, `sms`. Nothing but its own code goes to another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proven: Vec<Channel>,
}

/// `POST /patients`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatientRequest {
    /// The whole name.
    pub name: String,
    /// The day of birth, `1980-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// A phone number with its country code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// An e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The administrative gender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// They are somebody else than those who look like them.
    #[serde(default)]
    pub is_new: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_alone_are_not_looked_for() {
        for q in ["", "  ", "%%", "__", "a", "a%", "%_%", "\\\\", "12", "+9", "@.", "१२"] {
            assert!(!is_query(q), "{q}");
        }
        for q in ["al", "a1", "نو", "李雷", "123", "+968 9", "1980-01-31", "a_b", "१२३"] {
            assert!(is_query(q), "{q}");
        }
    }
}
