//! How people are told about their visits: on which channels, and at which hours not.

use serde::{Deserialize, Serialize};

use super::Channel;

/// How a person is told about their visits. Messages about the safety of an account are always sent, and at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NoticeChoice {
    /// The channels; if there are none, the notices appear only in the page.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::Channels))]
    pub channels: Vec<Channel>,
    /// The hours in which only urgent messages are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
}

/// The quiet hours of every day. They go past midnight if `until` is before `from`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// The start, `22:00`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::TimeOfDay))]
    pub from: String,
    /// The end, `07:00`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::TimeOfDay))]
    pub until: String,
    /// IANA time zone: `Asia/Muscat`.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::shape::TimeZone))]
    pub time_zone: String,
}

/// A channel on which the person can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reached {
    /// The channel.
    pub channel: Channel,
    /// The address, with its middle left out.
    pub address: String,
}

/// `GET /users/me/notices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notices {
    /// The person's choice, or the default.
    pub choice: NoticeChoice,
    /// The channels that the person can choose.
    pub reached: Vec<Reached>,
}

/// The minute of the day of a text such as `22:00`; `None` if it is not a time of day.
fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let two = |text: &str| text.parse::<u32>().ok().filter(|_| text.len() == 2);
    let (hour, minute) = (two(hour)?, two(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

impl Quiet {
    /// Minutes from `now` (a minute of the local day) until the quiet hours end; 0 if it is not quiet. `None` if a
    /// bound is not a time of day, or if both are the same.
    #[must_use]
    pub fn left_min(&self, now: u32) -> Option<u32> {
        let (from, until) = (minute(&self.from)?, minute(&self.until)?);
        let is_quiet = match from.cmp(&until) {
            std::cmp::Ordering::Less => (from..until).contains(&now),
            std::cmp::Ordering::Greater => now >= from || now < until,
            std::cmp::Ordering::Equal => return None,
        };
        Some(if is_quiet { (until + 24 * 60 - now) % (24 * 60) } else { 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_go_past_midnight_and_end() {
        let of = |from: &str, until: &str| Quiet {
            from: from.to_owned(),
            until: until.to_owned(),
            time_zone: "Asia/Muscat".to_owned(),
        };
        let night = of("22:00", "07:00");
        for (now, left) in [(0, 420), (419, 1), (420, 0), (720, 0), (1_319, 0), (1_320, 540), (1_439, 421)] {
            assert_eq!(night.left_min(now), Some(left), "at minute {now}");
        }
        assert_eq!(of("13:00", "15:30").left_min(14 * 60), Some(90));
        for wrong in [of("7:00", "22:00"), of("24:00", "07:00"), of("07:60", "08:00"), of("07:00", "07:00")] {
            assert_eq!(wrong.left_min(0), None, "{wrong:?}");
        }
    }
}
