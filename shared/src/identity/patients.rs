//! Patients, as the desk finds and registers them.

use serde::{Deserialize, Serialize};

use super::{Gender, RecordNumber};
use crate::{ids::PersonId, notify::Channel};

/// The fewest letters and digits of a search: signs alone would match everybody.
pub const QUERY_MIN_CHARS: usize = 2;
/// The fewest digits of a search for a phone number.
pub const NUMBER_MIN_DIGITS: usize = 3;

/// Whether the text is long enough to search: two letters or digits, or three digits if there are no letters.
#[must_use]
pub fn is_query(q: &str) -> bool {
    let (letters, digits) = q.chars().filter(|c| c.is_alphanumeric()).fold((0, 0), |(letters, digits), c| {
        if c.is_numeric() { (letters, digits + 1) } else { (letters + 1, digits) }
    });
    if letters > 0 { letters + digits >= QUERY_MIN_CHARS } else { digits >= NUMBER_MIN_DIGITS }
}

/// `GET /patients`: search by the beginnings of the words of a name, in any order, by phone number, by the beginning of the
/// address, by date of birth, or by record number. All that is typed has to fit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), derive(utoipa::IntoParams))]
#[serde(deny_unknown_fields)]
pub struct PatientsQuery {
    /// The text to search for: at least two letters, or three digits.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Search))]
    pub q: String,
    /// The most rows, at most 200; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::PageLimit>))]
    pub limit: Option<u32>,
}

/// A search counts matches up to this many.
pub const MATCHES_MAX: u32 = 100;

/// The answer to a search: the first patients that match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PatientsFound {
    /// The patients, by name.
    pub items: Vec<PatientView>,
    /// How many patients match: more than the items, if the request asked for fewer. 101 stands for more than 100.
    pub matches: u32,
}

/// The facts that tell a patient from others. They include nothing about their health.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PatientView {
    /// Their id.
    pub id: PersonId,
    /// The whole name.
    pub name: String,
    /// The date of birth, `1980-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// The phone number, in E.164.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The administrative gender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// The number of their medical record in this clinic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_number: Option<RecordNumber>,
    /// The numbers of records that were merged into this one. A search finds the patient by them too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_numbers: Vec<RecordNumber>,
    /// Which of the two contacts are confirmed: `email`, `sms`. An unconfirmed contact gets nothing but its own code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proven: Vec<Channel>,
    /// Preferred language, BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Grows with every change.
    #[serde(default)]
    pub version: i64,
}

/// `POST /patients`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatientRequest {
    /// The whole name.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::PersonName))]
    pub name: String,
    /// The date of birth, `1980-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::BirthDateOrNothing>))]
    pub birth_date: Option<String>,
    /// A phone number with its country code, or as it is dialled in the country of the branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::PhoneOrNothing>))]
    pub phone: Option<String>,
    /// An e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::EmailOrNothing>))]
    pub email: Option<String>,
    /// The administrative gender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::LanguageTag>))]
    pub language: Option<String>,
    /// Set if the caller has checked that no similar patient is this one.
    #[serde(default)]
    pub is_new: bool,
}

/// `PUT /patients/{id}`: a patient's new details. A field that is left out is deleted. A changed address or number is
/// unproven until it is confirmed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatientChange {
    /// The whole name.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::PersonName))]
    pub name: String,
    /// The day of birth, `1980-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::BirthDateOrNothing>))]
    pub birth_date: Option<String>,
    /// A phone number with its country code, or as it is dialled in the country of the branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::PhoneOrNothing>))]
    pub phone: Option<String>,
    /// An e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::EmailOrNothing>))]
    pub email: Option<String>,
    /// The administrative gender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// BCP 47.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::LanguageTag>))]
    pub language: Option<String>,
    /// Set if the caller has checked that no similar patient is this one.
    #[serde(default)]
    pub is_new: bool,
    /// The version that the caller saw, here or in `If-Match`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<crate::shape::Version>))]
    pub version: Option<i64>,
}

impl PatientChange {
    /// The new details, as they would register a patient, and the version that the caller saw.
    #[must_use]
    pub fn into_parts(self) -> (PatientRequest, Option<i64>) {
        let Self { name, birth_date, phone, email, gender, language, is_new, version } = self;
        (PatientRequest { name, birth_date, phone, email, gender, language, is_new }, version)
    }
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
