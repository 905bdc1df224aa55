//! How people are told of their visits: by which channels, and when not.

use serde::{Deserialize, Serialize};

use super::Channel;

/// How somebody is told of their visits. What concerns the safety of an account is always sent, at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NoticeChoice {
    /// By these; where there are none, only in the page.
    pub channels: Vec<Channel>,
    /// When only what cannot wait is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<Quiet>,
}

/// Hours of every day in which nobody is disturbed; past midnight where they end before they begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Quiet {
    /// `22:00`.
    pub from: String,
    /// `07:00`.
    pub until: String,
    /// IANA: `Asia/Muscat`.
    pub time_zone: String,
}

/// A channel that reaches somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reached {
    /// Which.
    pub channel: Channel,
    /// Where, with the middle left out.
    pub address: String,
}

/// `GET /users/me/notices`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notices {
    /// What was chosen, or what counts without a choice.
    pub choice: NoticeChoice,
    /// What can be chosen.
    pub reached: Vec<Reached>,
}

/// The minute of the day of `22:00`; none where that is no time of day.
fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let two = |text: &str| text.parse::<u32>().ok().filter(|_| text.len() == 2);
    let (hour, minute) = (two(hour)?, two(minute)?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

impl Quiet {
    /// Minutes from a minute of the local day until it is not quiet any more: 0 where it is not, none where the hours
    /// are no times of day, or never begin.
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
