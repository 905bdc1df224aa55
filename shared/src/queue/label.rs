//! The labels that are printed and called.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A ticket's label: 1–3 capital letters, `-`, a number from 1 of at least 3 digits (`GP-017`). Unique per branch and
/// local day.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Label {
    prefix: String,
    number: u32,
}

/// The error for a text that is not a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotALabel;

impl fmt::Display for NotALabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a label is 1 to 3 capital letters, a dash and a number, as GP-017")
    }
}

impl Label {
    /// The label of a prefix and a number.
    ///
    /// # Errors
    /// [`NotALabel`] if the prefix is not 1–3 capital letters, or the number is 0.
    pub fn new(prefix: &str, number: u32) -> Result<Self, NotALabel> {
        let capital = prefix.bytes().all(|b| b.is_ascii_uppercase());
        if capital && (1..=3).contains(&prefix.len()) && number > 0 {
            Ok(Self { prefix: prefix.to_owned(), number })
        } else {
            Err(NotALabel)
        }
    }

    /// The letters.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The number.
    #[must_use]
    pub const fn number(&self) -> u32 {
        self.number
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:03}", self.prefix, self.number)
    }
}

impl FromStr for Label {
    type Err = NotALabel;
    fn from_str(text: &str) -> Result<Self, NotALabel> {
        let (prefix, number) = text.split_once('-').ok_or(NotALabel)?;
        if number.len() < 3 || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NotALabel);
        }
        let label = Self::new(prefix, number.parse().map_err(|_| NotALabel)?)?;
        if label.to_string() == text { Ok(label) } else { Err(NotALabel) }
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Label {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[A-Z]{1,3}-(00[1-9]|0[1-9][0-9]|[1-9][0-9]{2,8})$"))
            .extensions(Some(
                utoipa::openapi::extensions::ExtensionsBuilder::new()
                    .add("x-fault", crate::fault::FieldCode::Label.text())
                    .build(),
            ))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Label {}
