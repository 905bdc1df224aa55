//! Limits on how often an action may be tried (`docs/product.md` §1).

use crate::time::Timestamp;

/// The tries of one action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// When the count began.
    pub began_at: Timestamp,
    /// When the last try was.
    pub last_at: Timestamp,
    /// How many tries since then.
    pub count: u32,
}

/// A limit: at most `max` tries in a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How long a count lasts, in milliseconds.
    pub window_ms: i64,
    /// The tries allowed within it.
    pub max: u32,
    /// If true, each further try has to wait longer. If false, further tries wait until the window ends.
    pub grows: bool,
}

/// The longest wait if `grows` is set: nobody is locked out for ever.
const WAIT_MAX_MS: i64 = 300_000;

impl Limit {
    /// Whether another try is allowed at `now`.
    ///
    /// # Errors
    /// The milliseconds after which it is allowed.
    pub fn check(&self, attempts: Option<Attempts>, now: Timestamp) -> Result<(), i64> {
        let Some(attempts) = attempts.filter(|attempts| self.counts(attempts, now)) else { return Ok(()) };
        if attempts.count < self.max {
            return Ok(());
        }
        let until = if self.grows {
            let doublings = (attempts.count - self.max).min(20);
            attempts.last_at.plus_ms((1_000_i64 << doublings).min(WAIT_MAX_MS))
        } else {
            attempts.began_at.plus_ms(self.window_ms)
        };
        if until <= now { Ok(()) } else { Err(until.since_ms(now)) }
    }

    /// The count after another try at `now`.
    #[must_use]
    pub fn count(&self, attempts: Option<Attempts>, now: Timestamp) -> Attempts {
        match attempts.filter(|attempts| self.counts(attempts, now)) {
            Some(attempts) => Attempts { last_at: now, count: attempts.count.saturating_add(1), ..attempts },
            None => Attempts { began_at: now, last_at: now, count: 1 },
        }
    }

    /// Whether the count is still valid: its window runs from its beginning, or from its last try if `grows` is set.
    fn counts(&self, attempts: &Attempts, now: Timestamp) -> bool {
        let from = if self.grows { attempts.last_at } else { attempts.began_at };
        now.since_ms(from) < self.window_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: i64) -> Timestamp {
        Timestamp::from_ms(s * 1_000)
    }

    /// Tries once a second for an hour; returns the seconds at which a try was allowed.
    fn storm(limit: Limit) -> Vec<i64> {
        let mut attempts = None;
        let mut through = Vec::new();
        for s in 0..3_600 {
            if limit.check(attempts, at(s)).is_ok() {
                attempts = Some(limit.count(attempts, at(s)));
                through.push(s);
            }
        }
        through
    }

    #[test]
    fn a_window_lets_so_many_through() {
        let through = storm(Limit { window_ms: 900_000, max: 5, grows: false });
        assert_eq!(through[..7], [0, 1, 2, 3, 4, 900, 901]);
        assert_eq!(through.len(), 20);
    }

    #[test]
    fn a_growing_wait_never_ends_for_ever() {
        let through = storm(Limit { window_ms: 900_000, max: 5, grows: true });
        assert_eq!(through[..10], [0, 1, 2, 3, 4, 5, 7, 11, 19, 35]);
        let waits: Vec<i64> = through.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(waits.iter().max(), Some(&300));
        let limit = Limit { window_ms: 900_000, max: 5, grows: true };
        let many = Attempts { began_at: at(0), last_at: at(0), count: u32::MAX };
        assert_eq!(limit.check(Some(many), at(0)), Err(300_000));
        assert_eq!(limit.count(Some(many), at(900)).count, 1, "forgotten after a quiet while");
    }
}
