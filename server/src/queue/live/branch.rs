//! The live queue of one branch, and its desks.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use imbl::{HashMap as SharedMap, OrdSet as SharedSet};
use medlane_shared::{
    ids::{PersonId, ServiceId, TicketId},
    queue::{Door, DoorSet, Learned, Line, Priority, State, Ticket},
    time::Timestamp,
};

use super::entry::AtDesk;

/// The queue of one branch.
#[derive(Debug, Clone, Default)]
pub struct Branch {
    pub(super) line: Line,
    pub(super) door: Door,
    /// Who set it last.
    pub(super) door_set: Option<Arc<DoorSet>>,
    pub(super) ended_day: Option<Arc<str>>,
    /// The last number of each prefix, by day.
    pub(super) numbers: SharedMap<String, HashMap<String, u32>>,
    pub(super) learned: HashMap<ServiceId, Learned>,
    pub(super) by_state: BTreeMap<&'static str, SharedSet<TicketId>>,
    /// The tickets that go on, by the day of their label.
    pub(super) by_day: BTreeMap<String, SharedSet<TicketId>>,
    pub(super) rooms: HashMap<PersonId, String>,
    pub(super) at_desk: Arc<AtDesk>,
    /// What each caller has called and is serving.
    pub(super) desks: BTreeMap<PersonId, Desk>,
    /// Who has called patients to each room or sees them there, and how many.
    pub(super) occupied: HashMap<String, BTreeMap<PersonId, u32>>,
    /// Tickets above normal priority: their service, priority and time of joining.
    pub(super) pressing: HashMap<TicketId, (ServiceId, Priority, Timestamp)>,
}

/// A desk counts as shut this long after its last activity, in milliseconds.
pub(super) const DESK_SHUT_MS: i64 = 20 * 60_000;
/// How long arrivals above normal priority are counted, in milliseconds.
const PRESSING_MS: i64 = 2 * 3_600_000;

/// The desk of a caller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Desk {
    /// How many tickets it has called.
    pub called: u32,
    /// How many tickets it is serving.
    pub serving: u32,
    /// The service of the last call.
    pub service: Option<ServiceId>,
    /// The time of the last call.
    called_at: Option<Timestamp>,
    /// The time of its last activity.
    seen_at: Option<Timestamp>,
}

impl Desk {
    /// Whether somebody works at the desk.
    fn is_open(&self, now: Timestamp) -> bool {
        let seen = self.seen_at.is_some_and(|seen| now.since_ms(seen) < DESK_SHUT_MS);
        seen || self.called + self.serving > 0
    }

    /// Since when the desk is busy with the patient whom it called last; `None` if it is idle.
    #[must_use]
    pub fn busy_since(&self) -> Option<Timestamp> {
        self.called_at.filter(|_| self.called + self.serving > 0)
    }

    /// The count of the tickets in a state; `None` for a state that a desk does not count.
    const fn of(&mut self, state: State) -> Option<&mut u32> {
        match state {
            State::Called => Some(&mut self.called),
            State::Serving => Some(&mut self.serving),
            _ => None,
        }
    }
}

impl Branch {
    /// The tickets in line.
    #[must_use]
    pub const fn line(&self) -> &Line {
        &self.line
    }

    /// The door: whether the branch takes tickets and calls patients.
    #[must_use]
    pub const fn door(&self) -> Door {
        self.door
    }

    /// Who set the door last, and when.
    #[must_use]
    pub fn door_set(&self) -> Option<&DoorSet> {
        self.door_set.as_deref()
    }

    /// The last day that has ended: none of its tickets waits any more.
    #[must_use]
    pub fn ended_day(&self) -> Option<&str> {
        self.ended_day.as_deref()
    }

    /// What was learned of how long a service's visits take.
    #[must_use]
    pub fn learned(&self, service: ServiceId) -> Option<Learned> {
        self.learned.get(&service).copied()
    }

    /// The room that a doctor last called to.
    #[must_use]
    pub fn room_of(&self, doctor: PersonId) -> Option<&str> {
        self.rooms.get(&doctor).map(String::as_str)
    }

    /// The callers whose desks are open.
    pub fn desks(&self, now: Timestamp) -> impl Iterator<Item = (PersonId, Desk)> {
        self.desks.iter().filter(move |(_, desk)| desk.is_open(now)).map(|(caller, desk)| (*caller, *desk))
    }

    /// How many tickets of a higher priority join a service per second, by the last two hours.
    #[must_use]
    pub fn pressing(&self, service: ServiceId, priority: Priority, now: Timestamp) -> f64 {
        let lately = self.pressing.values().filter(|(of, class, joined)| {
            *of == service && *class < priority && now.since_ms(*joined) <= PRESSING_MS
        });
        #[expect(clippy::cast_precision_loss, reason = "a count, and two hours")]
        let rate = lately.count() as f64 * 1_000.0 / PRESSING_MS as f64;
        rate
    }

    /// Counts a ticket at its caller's desk, or stops counting it.
    pub(super) fn count_at_desk(&mut self, ticket: &Ticket, there: bool) {
        let Some(call) = &ticket.call else { return };
        let desk = self.desks.entry(call.by).or_default();
        if let Some(count) = desk.of(ticket.state) {
            *count = if there { *count + 1 } else { count.saturating_sub(1) };
        }
        if Some(call.at) >= desk.called_at {
            desk.service = Some(ticket.service);
        }
        desk.called_at = desk.called_at.max(Some(call.at));
        desk.seen_at = desk.seen_at.max(ended_there(ticket)).max(ticket.serving_at).max(Some(call.at));
        if let (Some(room), State::Called | State::Serving) = (&call.room, ticket.state) {
            let by = self.occupied.entry(room.clone()).or_default();
            let count = by.entry(call.by).or_default();
            *count = if there { *count + 1 } else { count.saturating_sub(1) };
            if *count == 0 {
                by.remove(&call.by);
            }
            if by.is_empty() {
                self.occupied.remove(room);
            }
        }
    }

    /// Whether another caller has called a patient to the room, or sees one there.
    #[must_use]
    pub fn is_taken(&self, room: &str, by: PersonId) -> bool {
        self.occupied.get(room).is_some_and(|people| people.keys().any(|other| *other != by))
    }

    /// The open work of the desk.
    #[must_use]
    pub fn at_desk(&self) -> &AtDesk {
        &self.at_desk
    }

    /// Whether a desk works: a visit was called or ended there within `within_ms`, or has been going on for less than
    /// `serves_ms`.
    #[must_use]
    pub fn works(&self, caller: PersonId, now: Timestamp, within_ms: i64, serves_ms: i64) -> bool {
        self.desks.get(&caller).is_some_and(|desk| {
            let still_ms = desk.seen_at.map_or(i64::MAX, |seen| now.since_ms(seen));
            still_ms < within_ms || (desk.serving > 0 && still_ms < serves_ms)
        })
    }

    /// Everyone who has called a patient at this branch.
    pub fn callers(&self) -> impl Iterator<Item = PersonId> {
        self.desks.keys().copied()
    }

    /// The last number given for a prefix on a day.
    #[must_use]
    pub fn last_number(&self, day: &str, prefix: &str) -> u32 {
        self.numbers.get(day).and_then(|numbers| numbers.get(prefix)).copied().unwrap_or(0)
    }
}

/// When a desk ended the visit. `None` if the end of the day ended it (that cannot be undone), or if the patient gave
/// it up: neither says anything about the desk.
fn ended_there(ticket: &Ticket) -> Option<Timestamp> {
    ticket.ended_at.filter(|_| ticket.undo.is_some() && matches!(ticket.state, State::Done | State::NoShow))
}
