//! The country in which a branch stands, by its time zone. It decides how phone numbers are dialled there.

use std::{collections::HashMap, sync::LazyLock};

use phonenumber::{Mode, metadata::DATABASE};

/// A country (ISO 3166-1).
pub type Country = phonenumber::country::Id;

/// Each country with its time zones, as in the file `zone.tab` of the time zone database, and their earlier names.
const ZONES: &str = include_str!("zones.txt");

static COUNTRIES: LazyLock<HashMap<&'static str, Country>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let (country, zones) = line.split_once(' ')?;
        let country: Country = country.parse().ok()?;
        Some(zones.split(' ').map(move |zone| (zone, country)))
    };
    ZONES.lines().filter_map(line).flatten().collect()
});

/// The country of a time zone; `None` if it is no country's: `UTC`.
#[must_use]
pub fn country_of_zone(zone: &str) -> Option<Country> {
    COUNTRIES.get(zone).copied()
}

/// A mobile number as people dial it in a country, as an example.
pub(super) fn example(country: Country) -> Option<String> {
    let all = DATABASE.by_id(country.as_ref())?;
    let national = all.descriptors().mobile().or_else(|| all.descriptors().fixed_line())?.example()?;
    let number = phonenumber::parse(Some(country), national).ok()?;
    Some(number.format().mode(Mode::National).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_zone_is_in_a_country() {
        for (zone, country) in [
            ("Asia/Muscat", Some("OM")),
            ("Asia/Dubai", Some("AE")),
            ("Asia/Kolkata", Some("IN")),
            ("Asia/Calcutta", Some("IN")),
            ("Europe/London", Some("GB")),
            ("UTC", None),
            ("Nowhere", None),
        ] {
            assert_eq!(country_of_zone(zone).map(|id| id.as_ref().to_owned()).as_deref(), country, "{zone}");
        }
        assert!(COUNTRIES.len() > 400, "{}", COUNTRIES.len());
        let muscat = country_of_zone("Asia/Muscat").unwrap();
        assert_eq!(example(muscat).as_deref(), Some("9212 3456"));
    }
}
