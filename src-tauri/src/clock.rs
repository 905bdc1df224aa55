//! The time: the computer's clock, and how far it can be trusted. A person at the computer can set its clock back.
//! That must not let them see the stored data for longer.

use std::{
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use medlane_shared::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The computer's clock.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_ms(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// How long the program has been running.
fn running() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    BEGAN.get_or_init(Instant::now).elapsed()
}

/// How far a clock may go back without suspicion, in milliseconds: network time corrects it.
const BACK_MAX_MS: i64 = 60_000;
/// How much of a lease such a step back costs, in milliseconds. Repeated steps soon exceed [`BACK_MAX_MS`].
const BACK_COSTS_MS: i64 = 10_000;

type Wall = Arc<dyn Fn() -> Timestamp + Send + Sync>;
type Running = Arc<dyn Fn() -> Duration + Send + Sync>;

/// The two clocks of a computer. Tests bring their own.
#[derive(Clone)]
pub struct Clock {
    /// The time of day, which a person can set.
    wall: Wall,
    /// The time since some moment, which nobody can set.
    running: Running,
}

impl Clock {
    /// The computer's own clocks.
    #[must_use]
    pub fn system() -> Self {
        Self { wall: Arc::new(now), running: Arc::new(running) }
    }

    /// A test's clocks.
    #[must_use]
    pub fn of(
        wall: impl Fn() -> Timestamp + Send + Sync + 'static,
        running: impl Fn() -> Duration + Send + Sync + 'static,
    ) -> Self {
        Self { wall: Arc::new(wall), running: Arc::new(running) }
    }
}

/// The latest known time, as the vault stores it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latest {
    /// The latest time that was reached here, by the server's clock.
    pub at: Timestamp,
    /// How far the server's clock was ahead of this computer's at the last contact, in milliseconds.
    pub ahead_ms: i64,
}

/// The trusted time: by the server's clock as last heard. It never goes back by itself.
pub struct Time {
    clock: Clock,
    known: Mutex<Known>,
}

/// The source of the time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// Only the computer's clock.
    Clock,
    /// Also the time stored before the program started.
    Kept,
    /// The server, since the program started.
    Server,
}

#[derive(Clone, Copy)]
struct Known {
    by: By,
    latest: Latest,
    /// How long the program had been running at that time.
    running: Duration,
}

impl Time {
    /// Starts with the computer's clock, until a better source is known.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let latest = Latest { at: (clock.wall)(), ahead_ms: 0 };
        let running = (clock.running)();
        Self { clock, known: Mutex::new(Known { by: By::Clock, latest, running }) }
    }

    /// The present time: the computer's clock, or the latest known time plus the time passed since; whichever is
    /// later.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let mut known = self.known();
        let at = self.wall(known.latest.ahead_ms).max(self.passed(&known));
        known.latest.at = at;
        known.running = (self.clock.running)();
        at
    }

    /// The computer's clock, whatever it was set to.
    #[must_use]
    pub fn by_clock(&self) -> Timestamp {
        (self.clock.wall)()
    }

    /// Whether the computer's clock was set back: it shows much less than the time that has passed.
    #[must_use]
    pub fn went_back(&self) -> bool {
        let known = self.known();
        self.passed(&known).since_ms(self.wall(known.latest.ahead_ms)) > BACK_MAX_MS
    }

    /// Takes the server's time. It may be earlier than the time known here.
    pub fn told(&self, at: Timestamp) {
        let latest = Latest { at, ahead_ms: at.since_ms((self.clock.wall)()) };
        *self.known() = Known { by: By::Server, latest, running: (self.clock.running)() };
    }

    /// The server has confirmed that a person may work here, and will send its time. Until then the computer's clock
    /// counts.
    pub fn confirmed(&self) {
        if self.went_back() {
            self.told((self.clock.wall)());
        }
    }

    /// Takes the time that was stored before the program started.
    pub fn kept(&self, kept: Latest) {
        let mut known = self.known();
        if known.by == By::Server {
            return;
        }
        let wall = self.wall(kept.ahead_ms);
        let mut at = if wall < kept.at { kept.at.plus_ms(BACK_COSTS_MS) } else { wall };
        if known.by == By::Kept {
            at = at.max(self.passed(&known));
        }
        *known = Known {
            by: By::Kept,
            latest: Latest { at, ahead_ms: kept.ahead_ms },
            running: (self.clock.running)(),
        };
    }

    /// The latest known time, to be stored.
    #[must_use]
    pub fn latest(&self) -> Latest {
        let at = self.now();
        Latest { at, ..self.known().latest }
    }

    /// The computer's clock, corrected to the server's.
    fn wall(&self, ahead_ms: i64) -> Timestamp {
        (self.clock.wall)().plus_ms(ahead_ms)
    }

    /// The latest known time plus the time passed since, whatever the computer's clock was set to.
    fn passed(&self, known: &Known) -> Timestamp {
        let passed = (self.clock.running)().saturating_sub(known.running);
        known.latest.at.plus_ms(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::SeqCst};

    use super::*;

    const START: i64 = 1_000_000_000;
    const HOUR: i64 = 3_600_000;

    /// Clocks that a test sets.
    #[derive(Default)]
    struct Hands {
        wall: AtomicI64,
        running: AtomicU64,
    }

    impl Hands {
        fn at(wall: i64) -> Arc<Self> {
            Arc::new(Self { wall: AtomicI64::new(wall), running: AtomicU64::new(0) })
        }

        fn time(self: &Arc<Self>) -> Time {
            let (wall, running) = (Arc::clone(self), Arc::clone(self));
            Time::new(Clock::of(
                move || Timestamp::from_ms(wall.wall.load(SeqCst)),
                move || Duration::from_millis(running.running.load(SeqCst)),
            ))
        }
    }

    #[test]
    fn time_passes_whatever_the_clock_is_set_to() {
        let hands = Hands::at(START);
        let time = hands.time();
        time.told(Timestamp::from_ms(START + HOUR));
        assert_eq!(time.now().ms(), START + HOUR, "by the server's clock");
        hands.wall.store(START - 9 * HOUR, SeqCst);
        hands.running.store(8 * 3_600_000, SeqCst);
        assert_eq!(time.now().ms(), START + 9 * HOUR);
        assert!(time.went_back());
        hands.wall.store(START + 8 * HOUR, SeqCst);
        assert!(!time.went_back(), "it was set right");
        // While a computer sleeps, no program runs, but its clock goes on.
        hands.wall.store(START + 20 * HOUR, SeqCst);
        assert_eq!(time.now().ms(), START + 21 * HOUR);
    }

    #[test]
    fn a_clock_that_was_set_back_while_the_program_was_away_is_seen_until_the_server_is_heard() {
        let kept = Latest { at: Timestamp::from_ms(START), ahead_ms: HOUR };
        let time = Hands::at(START - HOUR + 1).time();
        time.kept(kept);
        assert!(!time.went_back(), "a computer's clock may be wrong, as long as it is wrong alike");
        assert_eq!(time.now().ms(), START + 1);
        let time = Hands::at(START - 3 * HOUR).time();
        time.kept(kept);
        assert!(time.went_back());
        assert!(time.now() >= kept.at);
        time.told(Timestamp::from_ms(START + 5));
        assert!(!time.went_back());
        time.kept(kept);
        assert_eq!(time.now().ms(), START + 5, "what the server said counts");
    }

    #[test]
    fn a_clock_that_was_ahead_and_is_set_right_is_in_doubt_until_the_server_is_heard_or_time_has_caught_up() {
        let hands = Hands::at(START + 5 * HOUR);
        let time = hands.time();
        time.kept(Latest { at: Timestamp::from_ms(START), ahead_ms: 0 });
        // The clock was five hours ahead, and that time was stored. The program cannot tell a correction from a step
        // back.
        let kept = time.latest();
        hands.wall.store(START, SeqCst);
        assert!(time.went_back());
        let started = || {
            let time = hands.time();
            time.kept(kept);
            time
        };
        let time = started();
        assert!(time.went_back());
        time.told(Timestamp::from_ms(START + 1));
        assert!(!time.went_back());
        assert_eq!(time.now().ms(), START + 1, "the server's word counts at once");
        hands.wall.store(START + 5 * HOUR, SeqCst);
        assert!(!started().went_back(), "the time that was kept has come");
    }

    #[test]
    fn going_back_a_little_costs_so_that_it_cannot_be_done_for_ever() {
        let mut kept = Latest { at: Timestamp::from_ms(START), ahead_ms: 0 };
        let mut starts = 0;
        // The program starts at the same minute again and again.
        while starts < 100 {
            let time = Hands::at(START - 1_000).time();
            time.kept(kept);
            if time.went_back() {
                break;
            }
            kept = time.latest();
            starts += 1;
        }
        assert_eq!(starts, 5);
    }
}
