//! Appointments among walk-ins (`docs/product.md` §4): both are in one line. The start of an appointment's waiting
//! decides its place in it.

use crate::time::Timestamp;

/// How late a patient may come and still keep their slot, in milliseconds.
pub const LATE_MS: i64 = 15 * 60_000;

/// From when a patient with an appointment waits, once they have checked in. It is the time of their slot, also if
/// they came early or at most `late_ms` late. If they came later, it is the time they came, as for a walk-in.
///
/// The slot of an early patient is still in the future, so they stand behind every waiting patient of their class.
#[must_use]
pub fn waits_since(slot: Timestamp, arrived: Timestamp, late_ms: i64) -> Timestamp {
    if arrived.since_ms(slot) > late_ms { arrived } else { slot }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::queue::{Priority, Rates, score};

    /// A minute of the day.
    fn minute() -> impl Strategy<Value = i64> {
        0..720_i64
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_ms(minute * 60_000)
    }

    proptest! {
        /// On any day: a patient who keeps their slot stands before those who walked in after the slot's time, and
        /// behind those who walked in before it. A patient who is too late stands where a walk-in of that minute
        /// does. Nobody gets a better place by coming later.
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

        /// An early patient is behind everybody who waits already.
        #[test]
        fn early_ones_wait(now in minute(), ahead in 1..240_i64, waited in 0..240_i64) {
            let now = at(now);
            let score = |since| score(Priority::Normal, since, now, &Rates::default());
            let early = waits_since(now.plus_ms(ahead * 60_000), now, LATE_MS);
            let there = now.plus_ms(-waited * 60_000);
            // Of equal scores, the patient who waits longer is first.
            prop_assert!(score(early) <= score(there) && there < early);
        }
    }
}
