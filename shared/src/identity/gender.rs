//! Administrative gender, as FHIR has it.

use serde::{Deserialize, Serialize};

/// FHIR `AdministrativeGender`: what the clinic's records say, which tells people of one name apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// Male.
    Male,
    /// Female.
    Female,
    /// Another.
    Other,
    /// Not known, or not said.
    Unknown,
}

impl Gender {
    /// Every value.
    pub const ALL: &[Self] = &[Self::Male, Self::Female, Self::Other, Self::Unknown];

    /// As it stands on the wire and in the database.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }

    /// The value of a text of [`Gender::text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|gender| gender.text() == text)
    }
}
