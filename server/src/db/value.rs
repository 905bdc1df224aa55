//! Values that are bound to a statement.

use uuid::Uuid;

/// A value to bind.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text or null.
    Text(Option<String>),
    /// A constant text, such as the name of a state.
    Word(&'static str),
    /// An id, stored as text, or null.
    Id(Option<Uuid>),
    /// A whole number or null.
    Int(Option<i64>),
    /// A number or null.
    Real(Option<f64>),
    /// Bytes or null.
    Bytes(Option<Vec<u8>>),
}

impl Value {
    /// The text of a value.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "ids and texts are passed as they come")]
    pub fn text(value: impl ToString) -> Self {
        Self::Text(Some(value.to_string()))
    }

    /// The text of a value, or null.
    #[must_use]
    pub fn maybe(value: Option<impl ToString>) -> Self {
        Self::Text(value.map(|value| value.to_string()))
    }

    /// A whole number.
    #[must_use]
    pub const fn int(value: i64) -> Self {
        Self::Int(Some(value))
    }

    /// A number.
    #[must_use]
    pub const fn real(value: f64) -> Self {
        Self::Real(Some(value))
    }
}
