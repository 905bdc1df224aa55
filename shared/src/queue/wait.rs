//! Waiting times: the number of visits ahead, times the length of a visit, divided by the desks. The result is a
//! range that learns from its own errors.

use serde::{Deserialize, Serialize};

use super::{Lane, Line, Place, Rates, Wait};
use crate::{ids::ServiceId, time::Timestamp};

/// What the server has learned about a service at a branch, in seconds.
///
/// A visit is measured from the first call until the desk is free again. It includes the way to the room, and the
/// calls that nobody answers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// Mean seconds of a visit.
    pub mean_s: f64,
    /// Variance in seconds squared.
    pub variance: f64,
    /// How many visits this was learned from.
    pub visits: u32,
    /// Today's pace compared with the mean: 1.2 is a fifth slower.
    pub pace: f64,
    /// How many visits were today.
    pub today: u32,
    /// The end of the last visit. After some hours without a visit a new day begins.
    pub last_at: Option<Timestamp>,
    /// 10th percentile of (actual − forecast), in standard deviations.
    pub low: f64,
    /// 90th percentile of (actual − forecast), in standard deviations.
    pub high: f64,
    /// How many waits this was learned from.
    pub waits: u32,
}

/// The weight of the newest visit.
const ALPHA: f64 = 0.015;
/// The lowest weight of the newest visit in today's pace, because the pace drifts during a day.
const PACE_ALPHA: f64 = 0.06;
/// How much days differ: the standard deviation of their pace.
const PACE_SD: f64 = 0.15;
/// After this long without a visit a new day begins, in milliseconds.
const NIGHT_MS: i64 = 4 * 3_600_000;
/// How many visits the prior counts for. While there are few visits, the learned mean is shrunk towards the planned
/// duration.
const PRIOR_VISITS: f64 = 8.0;
/// The coefficient of variation of a planned duration, until visits give a better value.
const PRIOR_CV: f64 = 0.6;
/// The bounds that hold 80 % of a normal distribution, until waits give better bounds.
const Z_80: f64 = 1.2816;
/// The share of waits that lies outside the range on each side.
const TAIL: f64 = 0.1;
/// How far one wait moves the range, in standard deviations.
const QUANTILE_STEP: f64 = 0.04;
/// The widest range, in standard deviations.
const Z_MAX: f64 = 4.0;
/// A visit's length is clipped at this many times the mean before it is learned from.
const CLIP: f64 = 4.0;
/// The least share of a visit that is still to come, however long the visit has lasted.
const RESIDUAL_MIN: f64 = 0.3;
/// The share of later and more pressing tickets that overtake.
const OVERTAKE: f64 = 0.5;
/// The order is checked again after this share of the wait, because more pressing tickets gain faster.
const LATER: f64 = 0.5;
/// The uncertainty about the rest of the day, as a share of the wait.
const DRIFT_CV: f64 = 0.2;

impl Learned {
    /// The values before any visit: the planned duration.
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

    /// Learns from a visit of `seconds` that ended at `at`. A visit that was left open overnight is clipped, so that
    /// it does not spoil the mean.
    #[must_use]
    pub fn learn(self, seconds: f64, at: Timestamp) -> Self {
        let fresh = self.last_at.is_none_or(|last| at.since_ms(last) > NIGHT_MS);
        let (pace, today) = if fresh { (1.0, 0) } else { (self.pace, self.today) };
        let seconds = seconds.clamp(self.mean_s / CLIP / 4.0, self.mean_s * CLIP);
        let step = seconds - self.mean_s;
        // While few visits are known, each one counts alike.
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

    /// Learns from a wait of `seconds` that was forecast as `forecast`. The bounds move so that a tenth of the waits
    /// lie outside on each side.
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

    /// The values, shrunk towards the prior while few visits are known.
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

    /// The expected length of a visit at today's pace, in seconds.
    #[must_use]
    pub fn visit_s(&self, now: Timestamp) -> f64 {
        let is_today = self.last_at.is_some_and(|last| now.since_ms(last) <= NIGHT_MS);
        let today = if is_today { f64::from(self.today).min(1.0 / PACE_ALPHA) } else { 0.0 };
        // Weighs today's visits against how much days differ at all.
        let spread = self.variance / self.mean_s.powi(2);
        let weight = today * PACE_SD.powi(2) / (today * PACE_SD.powi(2) + spread.max(0.01));
        self.mean_s * (1.0 + weight * (self.pace - 1.0))
    }
}

/// What is between a patient and their turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// The tickets that come first, counted in visits of this service.
    pub ahead: f64,
    /// The other services of the same desks. For each: the length of its visit, in visits of this service.
    pub beside: Vec<(ServiceId, f64)>,
    /// The desks that work on them.
    pub desks: f64,
    /// The visits that are going on: seconds since each began, and the expected length. The list is shorter than
    /// `desks` if a desk is free.
    pub going_on: Vec<(f64, f64)>,
    /// How many more pressing tickets arrive per second.
    pub overtaking: f64,
}

/// A forecast waiting time, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// The expected value.
    pub mean_s: f64,
    /// Standard deviation.
    pub sd_s: f64,
}

/// The waiting time for a patient with this outlook.
#[must_use]
pub fn forecast(outlook: &Outlook, learned: &Learned, now: Timestamp) -> Forecast {
    let ahead = outlook.ahead;
    #[expect(clippy::cast_precision_loss, reason = "a count of desks")]
    let busy = outlook.going_on.len() as f64;
    let desks = outlook.desks.max(0.1);
    let visit_s = learned.visit_s(now);
    let cv = (learned.variance.sqrt() / learned.mean_s).clamp(0.2, 1.5);
    // With a free desk only the tickets ahead count. Otherwise the rest of a running visit comes first.
    let rest_s = if busy + 0.5 >= desks.max(1.0) {
        let left = |(gone, takes): &(f64, f64)| (takes - gone).max(RESIDUAL_MIN * takes);
        let left: f64 = outlook.going_on.iter().map(left).sum();
        left / busy.max(1.0) / desks.max(busy.min(desks.ceil()))
    } else {
        0.0
    };
    let plain_s = rest_s + ahead * visit_s / desks;
    // During the wait, each ticket that overtakes takes one visit of a desk.
    let taken = (OVERTAKE * outlook.overtaking * visit_s / desks).clamp(0.0, 0.6);
    let mean_s = plain_s / (1.0 - taken);
    let parts = ahead + if rest_s > 0.0 { 0.6 } else { 0.1 };
    let sd_s = ((parts * (cv * visit_s).powi(2)) / desks.powi(2) + (DRIFT_CV * mean_s).powi(2)).sqrt();
    Forecast { mean_s, sd_s: sd_s.max(20.0) }
}

/// The waiting time for a place in line. The order at the patient's turn may differ from the present order.
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
    /// The range in minutes that holds four of five waits, by the past errors of the forecasts.
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
