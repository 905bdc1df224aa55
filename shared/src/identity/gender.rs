//! Administrative gender, as FHIR defines it.

use serde::{Deserialize, Serialize};

/// FHIR `AdministrativeGender`, as the clinic's records state it. It helps to tell people of the same name apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Gender {
    /// Male.
    Male,
    /// Female.
    Female,
    /// Other.
    Other,
    /// Not known, or not said.
    Unknown,
}

impl Gender {
    /// Every value.
    pub const ALL: &[Self] = &[Self::Male, Self::Female, Self::Other, Self::Unknown];

    /// The text on the wire and in the database.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Male => "male",
            Self::Female => "female",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }

    /// The value with this [`Gender::text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|gender| gender.text() == text)
    }
}
