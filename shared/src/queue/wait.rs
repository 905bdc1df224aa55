//! Waiting times: position times learned service time over active desks, as a range.

use serde::{Deserialize, Serialize};

use super::Wait;

/// A learned service time: an exponentially weighted mean and variance, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Learned {
    /// Mean seconds of a visit.
    pub mean_s: f64,
    /// Variance in seconds squared.
    pub variance: f64,
    /// Visits learned from.
    pub visits: u32,
}

/// The weight of the newest visit.
const ALPHA: f64 = 0.08;
/// Visits that the prior counts for: below it, the learned mean is shrunk towards the planned duration.
const PRIOR_VISITS: f64 = 8.0;
/// A planned duration's coefficient of variation, until visits say better.
const PRIOR_CV: f64 = 0.6;
/// Two-sided 80 % of a normal distribution.
const Z_80: f64 = 1.2816;
/// A visit shorter or longer than this many times the mean is clipped before it is learned from.
const CLIP: f64 = 4.0;

impl Learned {
    /// What is believed before any visit: the planned duration.
    #[must_use]
    pub fn prior(duration_min: u32) -> Self {
        let mean_s = f64::from(duration_min.max(1)) * 60.0;
        Self { mean_s, variance: (mean_s * PRIOR_CV).powi(2), visits: 0 }
    }

    /// Learns from a visit of `seconds`. A visit left open overnight is clipped, so that it does not spoil the mean.
    #[must_use]
    pub fn learn(self, seconds: f64) -> Self {
        let seconds = seconds.clamp(self.mean_s / CLIP, self.mean_s * CLIP);
        let step = seconds - self.mean_s;
        Self {
            mean_s: self.mean_s + ALPHA * step,
            variance: (1.0 - ALPHA) * (self.variance + ALPHA * step * step),
            visits: self.visits.saturating_add(1),
        }
    }

    /// Shrunk towards the prior while few visits are known.
    #[must_use]
    pub fn shrunk(self, prior: Self) -> Self {
        let visits = f64::from(self.visits);
        let weight = visits / (visits + PRIOR_VISITS);
        Self {
            mean_s: weight * self.mean_s + (1.0 - weight) * prior.mean_s,
            variance: weight * self.variance + (1.0 - weight) * prior.variance,
            visits: self.visits,
        }
    }
}

/// The waiting time of one with `ahead` before them, at `desks` active desks, of which `busy` are seeing somebody.
///
/// With a free desk and nobody ahead there is nothing to wait for but the call. Otherwise `ahead` whole visits and,
/// where every desk is busy, the rest of one have to pass through `desks` desks.
#[must_use]
pub fn estimate(ahead: usize, desks: usize, busy: usize, learned: &Learned) -> Wait {
    #[expect(clippy::cast_precision_loss, reason = "counts of people and desks")]
    let (desks_f, ahead) = (desks.max(1) as f64, ahead as f64);
    let rest = if busy >= desks { 0.5 } else { 0.0 };
    let visits = ahead + rest;
    let mean_s = visits * learned.mean_s / desks_f;
    let spread_s = Z_80 * (visits * learned.variance).sqrt() / desks_f;
    let low = ((mean_s - spread_s) / 60.0).floor().max(0.0);
    let high = ((mean_s + spread_s) / 60.0).ceil().max(low + 2.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to minutes of a day or so"
    )]
    let minutes = |value: f64| value.min(6_000.0) as u32;
    Wait { low_min: minutes(low), high_min: minutes(high) }
}
