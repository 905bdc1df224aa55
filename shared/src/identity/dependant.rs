//! Guardians act for dependants: children, and adults who cannot act for themselves.

use serde::{Deserialize, Serialize};

use super::{Gender, RecordNumber};
use crate::{ids::PersonId, time::Timestamp};

/// The most dependants of one person.
pub const DEPENDANTS_MAX: usize = 20;

/// A person whom the caller looks after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Dependant {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// The date of birth, `1980-01-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<String>,
    /// The administrative gender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
    /// The number of their medical record in this clinic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record_number: Option<RecordNumber>,
    /// Since when the caller looks after them.
    pub since: Timestamp,
}

/// `POST /users/me/dependants`: a person who has no account of their own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct DependantRequest {
    /// Their whole name.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::PersonName))]
    pub name: String,
    /// The date of birth, `1980-01-31`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::BirthDate))]
    pub birth_date: String,
    /// The administrative gender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gender: Option<Gender>,
}
