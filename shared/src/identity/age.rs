//! How old somebody is, as a list says it.

/// An age: in years, of small children in months.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Whole years.
    Years(u32),
    /// Whole months, below two years.
    Months(u32),
}

/// Below this many months an age is said in months.
const CHILD_MONTHS: i64 = 24;

/// Year, month and day of a day as `1980-01-31`.
fn civil(day: &str) -> Option<(i64, i64, i64)> {
    let mut parts = day.splitn(3, '-').map(str::parse::<i64>);
    Some((parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?))
}

/// The age on a day, `2026-11-28` where the patient is, of who was born on another; `None` where one is no day, or the
/// birth is yet to come.
#[must_use]
pub fn age(birth_date: &str, today: &str) -> Option<Age> {
    let ((year, month, day), (this_year, this_month, this_day)) = (civil(birth_date)?, civil(today)?);
    let months = (this_year - year) * 12 + this_month - month - i64::from(this_day < day);
    let whole = |n: i64| u32::try_from(n).ok();
    if months < CHILD_MONTHS { whole(months).map(Age::Months) } else { whole(months / 12).map(Age::Years) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_end_on_the_birthday() {
        for (born, is) in [
            ("1980-11-28", Some(Age::Years(46))),
            ("1980-11-29", Some(Age::Years(45))),
            ("2024-11-29", Some(Age::Months(23))),
            ("2024-11-28", Some(Age::Years(2))),
            ("2026-11-28", Some(Age::Months(0))),
            ("2026-12-01", None),
            ("soon", None),
        ] {
            assert_eq!(age(born, "2026-11-28"), is, "{born}");
        }
        // At one in the morning in Muscat it is still the day before in Greenwich.
        assert_eq!(age("1980-11-28", "2026-11-27"), Some(Age::Years(45)));
    }
}
