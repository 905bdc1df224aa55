//! A person's age, as a list shows it.

/// An age: in years, or in months for small children.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Whole years.
    Years(u32),
    /// Whole months, below two years.
    Months(u32),
}

/// Ages below this many months are given in months.
const CHILD_MONTHS: i64 = 24;

/// Year, month and day of a date such as `1980-01-31`.
fn civil(day: &str) -> Option<(i64, i64, i64)> {
    let mut parts = day.splitn(3, '-').map(str::parse::<i64>);
    Some((parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?))
}

/// The age at `today` (the date where the patient is, `2026-11-28`) of a person born on `birth_date`. `None` if
/// either text is not a date, or if the birth is in the future.
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
        // At one in the morning in Muscat it is still the previous day in Greenwich.
        assert_eq!(age("1980-11-28", "2026-11-27"), Some(Age::Years(45)));
    }
}
