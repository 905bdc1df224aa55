//! Appointments among walk-ins (`docs/product.md` §4): one line for both. Where an appointment stands in it follows from when it waits.

use crate::time::Timestamp;

/// Milliseconds that somebody may come late and keep their slot.
pub const LATE_MS: i64 = 15 * 60_000;

/// From when somebody with an appointment waits, once they have checked in: from their slot, also where they came early or a
/// little late; from when they came where that is more than `late_ms` after it, as a walk-in does.
///
/// Who is early has a slot that is still to come, and stands behind everybody of their class who waits already.
#[must_use]
pub fn waits_since(slot: Timestamp, arrived: Timestamp, late_ms: i64) -> Timestamp {
    if arrived.since_ms(slot) > late_ms { arrived } else { slot }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::queue::{Priority, Rates, score};

    /// A day's minutes.
    fn minute() -> impl Strategy<Value = i64> {
        0..720_i64
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_ms(minute * 60_000)
    }

    proptest! {
        /// Whatever the day: who keeps their slot stands before whoever walked in after it and behind whoever walked in
        /// before it; who is too late stands where a walk-in of that minute does; nobody stands better for coming later.
        #[test]
        fn appointments_and_walk_ins_are_one_line(slot in minute(), came in minute(), walk_in in minute(), later in 0..90_i64) {
            let now = at(720);
            let score = |since| score(Priority::Normal, since, now, &Rates::default());
            let since = waits_since(at(slot), at(came), LATE_MS);
            let kept = came <= slot + 15;
            prop_assert_eq!(since, at(if kept { slot } else { came }));
            let walks_in = score(at(walk_in));
            if kept {
                prop_assert_eq!(score(since) > walks_in, slot < walk_in);
            } else {
                prop_assert_eq!(score(since) > walks_in, came < walk_in);
            }
            let had_they_come_later = waits_since(at(slot), at(came + later), LATE_MS);
            prop_assert!(had_they_come_later >= since);
        }

        /// Whoever is early is behind everybody who waits already.
        #[test]
        fn early_ones_wait(now in minute(), ahead in 1..240_i64, waited in 0..240_i64) {
            let now = at(now);
            let score = |since| score(Priority::Normal, since, now, &Rates::default());
            let early = waits_since(now.plus_ms(ahead * 60_000), now, LATE_MS);
            let there = now.plus_ms(-waited * 60_000);
            // Of the same score, who waits longer is first.
            prop_assert!(score(early) <= score(there) && there < early);
        }
    }
}
