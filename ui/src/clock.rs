//! The browser's clock, read here alone. It may be wrong: times that count come from the server.

use medlane_shared::time::Timestamp;

/// The present time.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds of this century")]
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_ms(now_ms() as i64)
}

/// The present time in milliseconds, as timers count.
#[must_use]
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}
