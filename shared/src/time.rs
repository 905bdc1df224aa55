//! Time: an instant in Unix milliseconds. On the wire it is RFC 3339 in UTC, with milliseconds.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant, to the millisecond. On the wire RFC 3339 in UTC (`2026-11-21T08:30:00.000Z`), in databases `i64`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From Unix milliseconds.
    #[must_use]
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Unix milliseconds.
    #[must_use]
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// This instant moved by `ms` milliseconds; a negative number moves it back. Saturates.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` to this instant; negative when `earlier` is later.
    #[must_use]
    pub const fn since_ms(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match calendar::text(self.0) {
            Some(text) => f.write_str(&text),
            None => write!(f, "{}ms", self.0),
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod calendar {
    pub fn text(ms: i64) -> Option<String> {
        jiff::Timestamp::from_millisecond(ms).ok().map(|at| format!("{at:.3}"))
    }

    pub fn ms(text: &str) -> Option<i64> {
        text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
    }
}

/// Uses the browser's `Date`: a calendar crate would be a quarter of the bundle.
#[cfg(target_arch = "wasm32")]
mod calendar {
    /// The last millisecond that a `Date` holds.
    const DATE_MAX_MS: i64 = 8_640_000_000_000_000;

    #[expect(clippy::cast_precision_loss, reason = "within a date's range every millisecond is exact")]
    pub fn text(ms: i64) -> Option<String> {
        let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(ms as f64));
        (ms.abs() <= DATE_MAX_MS).then(|| date.to_iso_string().into())
    }

    #[expect(clippy::cast_possible_truncation, reason = "a date's milliseconds are whole")]
    pub fn ms(text: &str) -> Option<i64> {
        let ms = js_sys::Date::parse(text);
        ms.is_finite().then_some(ms as i64)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let ms = calendar::ms(&text);
        ms.map(Self).ok_or_else(|| de::Error::custom("a time is RFC 3339, as 2026-11-21T08:30:00.000Z"))
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Timestamp {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_rfc_3339_with_milliseconds() {
        let at = Timestamp::from_ms(1_795_250_096_007);
        let text = serde_json::to_string(&at).unwrap();
        assert_eq!(text, "\"2026-11-21T08:34:56.007Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap(), at);
        assert!(serde_json::from_str::<Timestamp>("\"yesterday\"").is_err());
    }
}
