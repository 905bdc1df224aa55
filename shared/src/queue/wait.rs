//! Waiting times: who is ahead times what a visit takes, over the desks, as a range that learns from its own errors.

use serde::{Deserialize, Serialize};

use super::{Lane, Line, Place, Rates, Wait};
use crate::{ids::ServiceId, time::Timestamp};

/// What is known of a service at a branch, in seconds.
///
/// A visit is measured from the first call to the desk being free again: the way to the room, and those who do not come,
/// are in it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// Mean seconds of a visit.
    pub mean_s: f64,
    /// Variance in seconds squared.
    pub variance: f64,
    /// Visits learned from.
    pub visits: u32,
    /// How today goes beside the mean: 1.2 is a fifth slower.
    pub pace: f64,
    /// Visits of today.
    pub today: u32,
    /// The last visit: after some hours another day begins.
    pub last_at: Option<Timestamp>,
    /// What waits were beside what was said, in standard deviations: a tenth of them are below this.
    pub low: f64,
    /// A tenth of them are above this.
    pub high: f64,
    /// Waits learned from.
    pub waits: u32,
}

/// The weight of the newest visit.
const ALPHA: f64 = 0.015;
/// The weight of the newest visit for how today goes, at the least: a day drifts.
const PACE_ALPHA: f64 = 0.06;
/// How different days are: the standard deviation of their pace.
const PACE_SD: f64 = 0.15;
/// Without a visit for so long another day begins.
const NIGHT_MS: i64 = 4 * 3_600_000;
/// Visits that the prior counts for: below it, the learned mean is shrunk towards the planned duration.
const PRIOR_VISITS: f64 = 8.0;
/// A planned duration's coefficient of variation, until visits say better.
const PRIOR_CV: f64 = 0.6;
/// Two-sided 80 % of a normal distribution, until waits say better.
const Z_80: f64 = 1.2816;
/// Outside of the range on either side.
const TAIL: f64 = 0.1;
/// How far one wait moves the range, in standard deviations.
const QUANTILE_STEP: f64 = 0.04;
/// The widest range, in standard deviations.
const Z_MAX: f64 = 4.0;
/// A visit shorter or longer than this many times the mean is clipped before it is learned from.
const CLIP: f64 = 4.0;
/// What of a visit is still to come, at the least, however long it has gone on.
const RESIDUAL_MIN: f64 = 0.3;
/// Of the more pressing who come later, those who go before.
const OVERTAKE: f64 = 0.5;
/// By this share of the wait the order is looked at again: what is more pressing gains faster.
const LATER: f64 = 0.5;
/// What is not known of how the rest of the day goes, as a share of the wait.
const DRIFT_CV: f64 = 0.2;

impl Learned {
    /// What is believed before any visit: the planned duration.
    #[must_use]
    pub fn prior(duration_min: u32) -> Self {
        let mean_s = f64::from(duration_min.max(1)) * 60.0;
        Self {
            mean_s,
            variance: (mean_s * PRIOR_CV).powi(2),
            visits: 0,
            pace: 1.0,
            today: 0,
            last_at: None,
            low: -Z_80,
            high: Z_80,
            waits: 0,
        }
    }

    /// Learns from a visit of `seconds` that ended at `at`. A visit left open overnight is clipped, so that it does not
    /// spoil the mean.
    #[must_use]
    pub fn learn(self, seconds: f64, at: Timestamp) -> Self {
        let fresh = self.last_at.is_none_or(|last| at.since_ms(last) > NIGHT_MS);
        let (pace, today) = if fresh { (1.0, 0) } else { (self.pace, self.today) };
        let seconds = seconds.clamp(self.mean_s / CLIP / 4.0, self.mean_s * CLIP);
        let step = seconds - self.mean_s;
        // While little is known every visit counts alike.
        let alpha = ALPHA.max(1.0 / (f64::from(self.visits) + PRIOR_VISITS));
        let mean_s = self.mean_s + alpha * step;
        let pace_alpha = PACE_ALPHA.max(1.0 / (f64::from(today) + 1.0));
        Self {
            mean_s,
            variance: (1.0 - alpha) * (self.variance + alpha * step * step),
            visits: self.visits.saturating_add(1),
            pace: pace + pace_alpha * (seconds / self.mean_s - pace),
            today: today.saturating_add(1),
            last_at: Some(at),
            ..self
        }
    }

    /// Learns from a wait that was told as `forecast`, and was `seconds`: the range moves so that a tenth fall out of it on
    /// either side.
    #[must_use]
    pub fn learn_wait(self, forecast: &Forecast, seconds: f64) -> Self {
        let error = (seconds - forecast.mean_s) / forecast.sd_s.max(1.0);
        let step = QUANTILE_STEP.max(1.0 / (f64::from(self.waits) + 5.0));
        let move_to = |quantile: f64, share: f64| {
            let next =
                if error < quantile { quantile - step * (1.0 - share) } else { quantile + step * share };
            next.clamp(-Z_MAX, Z_MAX)
        };
        let (low, high) = (move_to(self.low, TAIL), move_to(self.high, 1.0 - TAIL));
        Self { low, high, waits: self.waits.saturating_add(1), ..self }
    }

    /// Shrunk towards the prior while few visits are known.
    #[must_use]
    pub fn shrunk(self, prior: Self) -> Self {
        let visits = f64::from(self.visits);
        let weight = visits / (visits + PRIOR_VISITS);
        Self {
            mean_s: weight * self.mean_s + (1.0 - weight) * prior.mean_s,
            variance: weight * self.variance + (1.0 - weight) * prior.variance,
            ..self
        }
    }

    /// What a visit takes as today goes.
    #[must_use]
    pub fn visit_s(&self, now: Timestamp) -> f64 {
        let is_today = self.last_at.is_some_and(|last| now.since_ms(last) <= NIGHT_MS);
        let today = if is_today { f64::from(self.today).min(1.0 / PACE_ALPHA) } else { 0.0 };
        // What the day's visits say of its pace, against how different days are at all.
        let spread = self.variance / self.mean_s.powi(2);
        let weight = today * PACE_SD.powi(2) / (today * PACE_SD.powi(2) + spread.max(0.01));
        self.mean_s * (1.0 + weight * (self.pace - 1.0))
    }
}

/// What stands between somebody and their turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// Those who come before, in visits of this service.
    pub ahead: f64,
    /// Other services that its desks give as well, with what a visit of each takes of them, in visits of this one.
    pub beside: Vec<(ServiceId, f64)>,
    /// The desks that work through them.
    pub desks: f64,
    /// The visits that go on now: seconds since each began, and what such a visit takes; shorter than the desks where one
    /// is free.
    pub going_on: Vec<(f64, f64)>,
    /// Those who come later and go before, for each second: what is more pressing.
    pub overtaking: f64,
}

/// A waiting time as it is believed, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// Expected.
    pub mean_s: f64,
    /// Standard deviation.
    pub sd_s: f64,
}

/// The waiting time of one with this before them.
#[must_use]
pub fn forecast(outlook: &Outlook, learned: &Learned, now: Timestamp) -> Forecast {
    let ahead = outlook.ahead;
    #[expect(clippy::cast_precision_loss, reason = "a count of desks")]
    let busy = outlook.going_on.len() as f64;
    let desks = outlook.desks.max(0.1);
    let visit_s = learned.visit_s(now);
    let cv = (learned.variance.sqrt() / learned.mean_s).clamp(0.2, 1.5);
    // With a free desk there is nothing to wait for but the others; else the rest of a visit comes first.
    let rest_s = if busy + 0.5 >= desks.max(1.0) {
        let left = |(gone, takes): &(f64, f64)| (takes - gone).max(RESIDUAL_MIN * takes);
        let left: f64 = outlook.going_on.iter().map(left).sum();
        left / busy.max(1.0) / desks.max(busy.min(desks.ceil()))
    } else {
        0.0
    };
    let plain_s = rest_s + ahead * visit_s / desks;
    // Each who overtakes takes a visit of a desk, as long as one waits.
    let taken = (OVERTAKE * outlook.overtaking * visit_s / desks).clamp(0.0, 0.6);
    let mean_s = plain_s / (1.0 - taken);
    let parts = ahead + if rest_s > 0.0 { 0.6 } else { 0.1 };
    let sd_s = ((parts * (cv * visit_s).powi(2)) / desks.powi(2) + (DRIFT_CV * mean_s).powi(2)).sqrt();
    Forecast { mean_s, sd_s: sd_s.max(20.0) }
}

/// The waiting time of a place in line: by the time of its turn the order may be another than now.
#[must_use]
pub fn forecast_in(
    line: &Line,
    (own, place): (&Lane, &Place),
    outlook: &Outlook,
    learned: &Learned,
    now: Timestamp,
    rates: &Rates,
) -> Forecast {
    #[expect(clippy::cast_precision_loss, reason = "counts of people")]
    let ahead = |at: Timestamp| {
        let others = outlook
            .beside
            .iter()
            .map(|(service, visits)| line.before(*service, (own, place), at, rates) as f64 * visits);
        let ahead = line.ahead(own, place, at, rates) as f64 + others.sum::<f64>();
        Outlook { ahead, ..outlook.clone() }
    };
    let first = forecast(&ahead(now), learned, now);
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a day")]
    let later = now.plus_ms((first.mean_s * LATER * 1_000.0) as i64);
    forecast(&ahead(later), learned, now)
}

impl Forecast {
    /// As a range of minutes that holds four of five, as waits have been beside what was said.
    #[must_use]
    pub fn range(&self, learned: &Learned) -> Wait {
        let at = |z: f64| (self.mean_s + z * self.sd_s) / 60.0;
        let low = at(learned.low).floor().max(0.0);
        let high = at(learned.high).ceil().max(low + 2.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to minutes of a few days"
        )]
        let minutes = |value: f64| value.min(6_000.0) as u32;
        Wait { low_min: minutes(low), high_min: minutes(high) }
    }
}
