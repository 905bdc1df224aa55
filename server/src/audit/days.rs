//! The stretch of time that a query of the log asks for.

use jiff::{civil::Date, tz::TimeZone};
use medlane_shared::{
    audit::AuditQuery,
    fault::{Code, Fault, FieldCode},
    time::Timestamp,
};

use crate::forms::day;

/// From a time until before another, in Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub from: i64,
    pub to: i64,
}

impl Span {
    /// What a query asks for, with days of a time zone; `None` if it names no time.
    ///
    /// # Errors
    /// [`Code::Invalid`] with the field that is no day, or that ends before the beginning.
    pub fn of(query: &AuditQuery, zone: &TimeZone) -> Result<Option<Self>, Fault> {
        let first = date("first_day", query.first_day.as_deref())?;
        let last = date("last_day", query.last_day.as_deref())?;
        if first.zip(last).is_some_and(|(first, last)| last < first) {
            return Err(wrong("last_day", FieldCode::Backwards));
        }
        if query.from.zip(query.to).is_some_and(|(from, to)| to < from) {
            return Err(wrong("to", FieldCode::Backwards));
        }
        let begins = |field, date: Date| {
            let begin = date.to_zoned(zone.clone()).map_err(|_| wrong(field, FieldCode::Day))?;
            Ok::<i64, Fault>(begin.timestamp().as_millisecond())
        };
        let first = first.map(|first| begins("first_day", first)).transpose()?;
        // The last day of the calendar has no end.
        let after = last.and_then(|last| last.tomorrow().ok());
        let after = after.map(|after| begins("last_day", after)).transpose()?;
        let from = query.from.map(Timestamp::ms).max(first);
        let to = [query.to.map(Timestamp::ms), after].into_iter().flatten().min();
        let names_any = from.is_some() || to.is_some();
        Ok(names_any.then(|| Self { from: from.unwrap_or(i64::MIN), to: to.unwrap_or(i64::MAX) }))
    }
}

fn wrong(field: &str, why: FieldCode) -> Fault {
    Fault::new(Code::Invalid).field(field, why)
}

fn date(field: &str, text: Option<&str>) -> Result<Option<Date>, Fault> {
    text.map(|text| day(text).ok_or_else(|| wrong(field, FieldCode::Day))).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(zone: &str, first: Option<&str>, last: Option<&str>) -> Result<Option<Span>, Fault> {
        let query = AuditQuery {
            first_day: first.map(str::to_owned),
            last_day: last.map(str::to_owned),
            ..AuditQuery::default()
        };
        Span::of(&query, &TimeZone::get(zone).unwrap())
    }

    fn at(text: &str) -> i64 {
        text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn a_day_is_one_of_the_zone_and_the_last_one_belongs_to_it() {
        let day = span("Asia/Muscat", Some("2026-11-28"), Some("2026-11-28")).unwrap().unwrap();
        assert_eq!((day.from, day.to), (at("2026-11-27T20:00:00Z"), at("2026-11-28T20:00:00Z")));
        // A day in which the clocks go back has 25 hours.
        let day = span("Europe/Berlin", Some("2026-10-25"), Some("2026-10-25")).unwrap().unwrap();
        assert_eq!(day.to - day.from, 25 * 3_600_000);
        assert_eq!(span("Asia/Muscat", Some("2026-11-28"), None).unwrap().unwrap().to, i64::MAX);
        assert_eq!(span("Asia/Muscat", None, Some("9999-12-31")).unwrap(), None, "it has no end");
        assert_eq!(span("Asia/Muscat", None, None).unwrap(), None);
    }

    #[test]
    fn what_is_no_day_and_what_ends_before_it_begins_is_named() {
        let field = |first, last| span("Asia/Muscat", first, last).unwrap_err().fields;
        for none in ["2026-02-30", "28.11.2026", "2026-11-28T00:00:00Z", "", "+12026-11-2", "2026-1-28"] {
            assert_eq!(field(Some(none), None)["first_day"].code, FieldCode::Day, "{none}");
            assert_eq!(field(None, Some(none))["last_day"].code, FieldCode::Day, "{none}");
        }
        let reversed = field(Some("2026-11-28"), Some("2026-11-27"));
        assert_eq!(reversed["last_day"].code, FieldCode::Backwards);
        let times = AuditQuery {
            from: Some(Timestamp::from_ms(2)),
            to: Some(Timestamp::from_ms(1)),
            ..AuditQuery::default()
        };
        let reversed = Span::of(&times, &TimeZone::UTC).unwrap_err().fields;
        assert_eq!(reversed["to"].code, FieldCode::Backwards);
    }

    #[test]
    fn of_times_and_days_the_narrower_counts() {
        let query = AuditQuery {
            from: Some(Timestamp::from_ms(at("2026-11-28T12:00:00Z"))),
            first_day: Some("2026-11-28".to_owned()),
            last_day: Some("2026-11-28".to_owned()),
            ..AuditQuery::default()
        };
        let span = Span::of(&query, &TimeZone::UTC).unwrap().unwrap();
        assert_eq!((span.from, span.to), (at("2026-11-28T12:00:00Z"), at("2026-11-29T00:00:00Z")));
    }
}
