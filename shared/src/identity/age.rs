//! How old somebody is, as a list says it.

use crate::time::Timestamp;

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

/// Year, month and day of an instant in UTC (Hinnant, "chrono-compatible low-level date algorithms").
const fn civil(at: Timestamp) -> (i64, i64, i64) {
    let days = at.ms().div_euclid(86_400_000) + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + (month <= 2) as i64, month, of_year - (153 * shifted + 2) / 5 + 1)
}

/// The age at an instant of who was born on a day as `1980-01-31`; `None` where that is no day, or in the future.
#[must_use]
pub fn age(birth_date: &str, at: Timestamp) -> Option<Age> {
    let mut parts = birth_date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let (this_year, this_month, this_day) = civil(at);
    let months = (this_year - year) * 12 + this_month - month - i64::from(this_day < day);
    let whole = |n: i64| u32::try_from(n).ok();
    if months < CHILD_MONTHS { whole(months).map(Age::Months) } else { whole(months / 12).map(Age::Years) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_end_on_the_birthday() {
        // 2026-11-28, noon.
        let at = Timestamp::from_ms(1_795_867_200_000);
        assert_eq!(civil(at), (2026, 11, 28));
        for (born, is) in [
            ("1980-11-28", Some(Age::Years(46))),
            ("1980-11-29", Some(Age::Years(45))),
            ("2024-11-29", Some(Age::Months(23))),
            ("2024-11-28", Some(Age::Years(2))),
            ("2026-11-28", Some(Age::Months(0))),
            ("2026-12-01", None),
            ("soon", None),
        ] {
            assert_eq!(age(born, at), is, "{born}");
        }
        assert_eq!(civil(Timestamp::from_ms(951_782_400_000)), (2000, 2, 29));
    }
}
