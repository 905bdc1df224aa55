//! Dates, times and durations for readers: in their language, and in the branch's time zone.

use std::cell::RefCell;

use js_sys::{Array, Function, Intl::DateTimeFormat, Object, Reflect};
use medlane_shared::{queue::Wait, time::Timestamp};
use wasm_bindgen::{JsCast as _, JsValue};
use yew::AttrValue;

use super::{Named, Words, options};

/// The options of `Intl.DateTimeFormat`.
type Style = &'static [(&'static str, &'static str)];

const CLOCK: Style = &[("hour", "2-digit"), ("minute", "2-digit"), ("hourCycle", "h23")];
/// The month is written by name, because 01/02 is January to some readers and February to others.
const DATE: Style = &[("day", "numeric"), ("month", "short"), ("year", "numeric")];
const MOMENT: Style = &[DATE[0], DATE[1], DATE[2], CLOCK[0], CLOCK[1], CLOCK[2]];
/// A plain date has no zone. It is parsed and formatted in this one, so that it never shifts by a day.
const PLAIN_ZONE: &str = "UTC";
/// The Swedish format is that of ISO 8601.
const ISO_LOCALE: &str = "sv-SE";
/// A non-breaking space.
const NBSP: char = '\u{a0}';

thread_local! {
    /// The zones used so far. There are only as many as the clinic's branches have.
    static ZONES: RefCell<Vec<&'static str>> = RefCell::default();
}

/// The zone's name, leaked for the life of the page.
fn kept(zone: &str) -> &'static str {
    ZONES.with_borrow_mut(|zones| {
        zones.iter().find(|known| **known == zone).copied().unwrap_or_else(|| {
            let new: &'static str = Box::leak(zone.to_owned().into_boxed_str());
            zones.push(new);
            new
        })
    })
}

/// Splits minutes into whole hours and the remaining minutes.
const fn hours(minutes: u32) -> (u32, u32) {
    (minutes / 60, minutes % 60)
}

impl Words {
    /// The same texts, with times in a zone (IANA, `Asia/Muscat`). An empty zone is the reader's own.
    #[must_use]
    pub fn in_zone(self, zone: &str) -> Self {
        Self { zone: (!zone.is_empty()).then(|| kept(zone)), ..self }
    }

    /// A time of day: `14:05`.
    #[must_use]
    pub fn clock(&self, at: Timestamp) -> String {
        self.formatted(at, CLOCK)
    }

    /// A date with the time of day: `28 Nov 2026, 14:05`.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> String {
        self.formatted(at, MOMENT)
    }

    /// A plain date from `2026-11-28`: `28 Nov 2026`. A text that is not a date is returned unchanged.
    #[must_use]
    pub fn date(&self, iso: &str) -> String {
        let ms = js_sys::Date::parse(&format!("{iso}T00:00:00Z"));
        let told = ms.is_finite().then(|| format(&self.say("dates"), DATE, Some(PLAIN_ZONE), ms)).flatten();
        told.unwrap_or_else(|| iso.to_owned())
    }

    /// The calendar day of an instant, such as `2026-11-28`. It is for rules, not for readers.
    #[must_use]
    pub fn local_day(&self, at: Timestamp) -> String {
        let zone = self.zone;
        format(ISO_LOCALE, &[("dateStyle", "short")], zone, milliseconds(at)).unwrap_or_default()
    }

    /// A duration: `35 min`, `1 h 20 min`.
    #[must_use]
    pub fn duration(&self, minutes: u32) -> AttrValue {
        let said = match hours(minutes) {
            (0, n) => self.say_with("minutes", &[("n", n.into())]),
            (n, 0) => self.say_with("hours", &[("n", n.into())]),
            (h, m) => self.say_with("hours-minutes", &[("h", h.into()), ("m", m.into())]),
        };
        // Keeps it on one line.
        said.replace(' ', &NBSP.to_string()).into()
    }

    /// A waiting time: `10–25 min`, `50 min – 1 h 20 min`.
    #[must_use]
    pub fn wait(&self, wait: Wait) -> AttrValue {
        let Wait { low_min, high_min } = wait;
        if low_min >= high_min {
            return self.duration(high_min);
        }
        if hours(high_min).0 == 0 {
            return self.say_with("wait-range", &[("low", low_min.into()), ("high", high_min.into())]);
        }
        let told = |minutes| Named::Text(self.duration(minutes).to_string());
        self.say_with("wait-hours", &[("low", told(low_min)), ("high", told(high_min))])
    }

    fn formatted(&self, at: Timestamp, style: Style) -> String {
        format(&self.say("dates"), style, self.zone, milliseconds(at)).unwrap_or_else(|| at.to_string())
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of this century")]
fn milliseconds(at: Timestamp) -> f64 {
    at.ms() as f64
}

/// Formats an instant. For a zone that the browser does not know, it uses the reader's own.
fn format(locale: &str, style: Style, zone: Option<&str>, ms: f64) -> Option<String> {
    let options = options(style);
    let there = zone.and_then(|zone| {
        drop(Reflect::set(&options, &"timeZone".into(), &zone.into()));
        formatter(locale, &options).ok()
    });
    let here = || {
        drop(Reflect::delete_property(&options, &"timeZone".into()));
        formatter(locale, &options).ok()
    };
    let made = there.or_else(here)?;
    made.format().call1(&JsValue::UNDEFINED, &ms.into()).ok()?.as_string()
}

/// Like `DateTimeFormat::new`, but returns an error for a locale or zone that the browser does not know, instead of
/// ending the page.
fn formatter(locale: &str, options: &Object) -> Result<DateTimeFormat, JsValue> {
    let intl = Reflect::get(&js_sys::global(), &"Intl".into())?;
    let class: Function = Reflect::get(&intl, &"DateTimeFormat".into())?.dyn_into()?;
    Ok(Reflect::construct(&class, &Array::of2(&locale.into(), options))?.unchecked_into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_over_an_hour_are_hours_and_minutes() {
        assert_eq!([0, 59, 60, 80, 1_445].map(hours), [(0, 0), (0, 59), (1, 0), (1, 20), (24, 5)]);
    }
}
