//! The fair order: accumulating priority, and the structure that answers who is next and how many are ahead.
//!
//! A ticket's score is its class's credit plus its class's gain times the time waited (accumulating priority,
//! Kleinrock 1964; Stanford, Taylor and Ziedins 2014). Within a class the order is by waiting time. Each lane has one
//! class, so a lane is sorted once, and only the heads of the lanes compete.
//!
//! An emergency is always first: its credit is larger than any wait. Urgent tickets get the branch's head start (four
//! hours by default), so they stand near the front among normal waits. A normal ticket never starves: with the
//! default gain of 1, an urgent ticket that joins later than the head start never overtakes it. With gain g, an
//! urgent ticket overtakes only if it joined within the first (g−1)/g of the normal ticket's wait, plus head start /
//! g.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::{Door, Priority, QueueRow, QueueView, State};
use crate::{
    clinic::ClassRate,
    ids::{BranchId, PersonId, ServiceId, TicketId},
    time::Timestamp,
};

/// The credit that each class starts with, and how fast it gains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Milliseconds of credit: emergency, urgent, normal.
    pub credit_ms: [i64; 3],
    /// Gain per waited millisecond: emergency, urgent, normal.
    pub gain: [i64; 3],
}

/// The credit of an emergency in milliseconds: a century, longer than any wait.
const ALWAYS_FIRST_MS: i64 = 100 * 365 * 86_400_000;

impl Rates {
    /// The rates of a branch, from its setting for urgent tickets.
    #[must_use]
    pub fn of(urgent: ClassRate) -> Self {
        let head_start_ms = i64::from(urgent.head_start_min) * 60_000;
        Self { credit_ms: [ALWAYS_FIRST_MS, head_start_ms, 0], gain: [1, urgent.gain.into(), 1] }
    }
}

impl Default for Rates {
    fn default() -> Self {
        Self::of(ClassRate::urgent())
    }
}

/// The score of a ticket at `now`. The ticket with the highest score is next.
#[must_use]
pub fn score(priority: Priority, since: Timestamp, now: Timestamp, rates: &Rates) -> i64 {
    let class = priority as usize;
    rates.credit_ms[class].saturating_add(rates.gain[class].saturating_mul(now.since_ms(since).max(0)))
}

/// Tickets in the same competition: one service, one doctor or any doctor, one class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lane {
    /// The service.
    pub service: ServiceId,
    /// The doctor asked for by name.
    pub doctor: Option<PersonId>,
    /// The class.
    pub priority: Priority,
}

/// A ticket's place in a lane. Places sort by waiting time, then by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From when the waiting counts.
    pub since: Timestamp,
    /// The ticket.
    pub id: TicketId,
}

/// The caller. A doctor takes the tickets that name them, and those of their services that name no doctor.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The doctor; `None` for a desk.
    pub doctor: Option<PersonId>,
    /// The services that the caller gives.
    pub services: &'a [ServiceId],
}

impl Caller<'_> {
    fn takes(&self, lane: &Lane) -> bool {
        match lane.doctor {
            Some(doctor) => self.doctor == Some(doctor),
            None => self.services.contains(&lane.service),
        }
    }
}

/// The tickets in line at one branch.
///
/// A join is amortised O(1), a position O(lanes · log n), the next ticket O(lanes). There are at most services ×
/// doctors × 3 lanes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Shared between copies of the line until one of them changes a lane.
    lanes: BTreeMap<Lane, Arc<VecDeque<Place>>>,
}

impl Line {
    /// Adds a ticket to the line. Adding it twice changes nothing.
    pub fn insert(&mut self, lane: Lane, place: Place) {
        let lane = Arc::make_mut(self.lanes.entry(lane).or_default());
        if lane.back().is_none_or(|last| *last < place) {
            lane.push_back(place);
        } else if let Err(at) = lane.binary_search(&place) {
            lane.insert(at, place);
        }
    }

    /// Removes a ticket from the line. Returns whether it was there.
    pub fn remove(&mut self, lane: &Lane, place: &Place) -> bool {
        let Some(places) = self.lanes.get_mut(lane) else { return false };
        let Ok(at) = places.binary_search(place) else { return false };
        let places = Arc::make_mut(places);
        places.remove(at);
        if places.is_empty() {
            self.lanes.remove(lane);
        }
        true
    }

    /// How many tickets are in line.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lanes.values().map(|places| places.len()).sum()
    }

    /// Whether the line is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// How many tickets wait for a service.
    #[must_use]
    pub fn waiting(&self, service: ServiceId) -> usize {
        self.lanes.iter().filter(|(lane, _)| lane.service == service).map(|(_, places)| places.len()).sum()
    }

    /// The first ticket in the fair order that the caller may take. Of equal scores the one that waited longer comes
    /// first, then the lower id.
    #[must_use]
    pub fn next(&self, caller: &Caller<'_>, now: Timestamp, rates: &Rates) -> Option<TicketId> {
        self.lanes
            .iter()
            .filter(|(lane, _)| caller.takes(lane))
            .filter_map(|(lane, places)| places.front().map(|place| (lane, place)))
            .max_by(|a, b| {
                let of = |(lane, place): &(&Lane, &Place)| score(lane.priority, place.since, now, rates);
                of(a).cmp(&of(b)).then_with(|| b.1.cmp(a.1))
            })
            .map(|(_, place)| place.id)
    }

    /// How many tickets of the same service come before this place. Tickets that name no doctor all count; tickets
    /// that name one count only if they can be taken before this one.
    #[must_use]
    pub fn ahead(&self, lane: &Lane, place: &Place, now: Timestamp, rates: &Rates) -> usize {
        self.count(|other| competes(lane, other), (lane, place), now, rates)
    }

    /// How many tickets of another service score higher than this place. Only those that name no doctor count.
    #[must_use]
    pub fn before(&self, service: ServiceId, own: (&Lane, &Place), now: Timestamp, rates: &Rates) -> usize {
        self.count(|other| other.service == service && other.doctor.is_none(), own, now, rates)
    }

    fn count(
        &self,
        of: impl Fn(&Lane) -> bool,
        (lane, place): (&Lane, &Place),
        now: Timestamp,
        rates: &Rates,
    ) -> usize {
        let mine = score(lane.priority, place.since, now, rates);
        let lanes = self.lanes.iter().filter(|(other, _)| of(other));
        let ahead = lanes.map(|(other, places)| {
            places.partition_point(|p| {
                let theirs = score(other.priority, p.since, now, rates);
                theirs > mine || (theirs == mine && p < place)
            })
        });
        ahead.sum()
    }

    /// The new start of waiting for a ticket that lets `count` others go first. `None` if nobody is behind it, or if
    /// its class alone keeps it before them.
    #[must_use]
    pub fn since_behind(
        &self,
        lane: &Lane,
        place: &Place,
        count: usize,
        now: Timestamp,
        rates: &Rates,
    ) -> Option<Timestamp> {
        let mine = score(lane.priority, place.since, now, rates);
        let mut behind: Vec<i64> = self
            .lanes
            .iter()
            .filter(|(other, _)| competes(lane, other))
            .flat_map(|(other, places)| {
                let of = |p: &Place| score(other.priority, p.since, now, rates);
                let first = places.partition_point(|p| of(p) > mine || (of(p) == mine && p <= place));
                places.range(first..).take(count).map(of).collect::<Vec<_>>()
            })
            .collect();
        behind.sort_unstable_by(|a, b| b.cmp(a));
        let last = *behind.get(count.max(1) - 1).or(behind.last())?;
        let class = lane.priority as usize;
        // Just below the last ticket that goes first, but never in the future, where waiting gains nothing.
        let waited = (last - 1 - rates.credit_ms[class]).max(0) / rates.gain[class];
        let since = now.plus_ms(-waited).max(place.since);
        (score(lane.priority, since, now, rates) < last).then_some(since)
    }

    /// The first `count` tickets of every lane. Every ticket with fewer than `count` ahead is among them.
    pub fn fronts(&self, count: usize) -> impl Iterator<Item = TicketId> {
        self.lanes.values().flat_map(move |places| places.iter().take(count).map(|place| place.id))
    }

    /// The first `count` tickets of a service in the fair order.
    #[must_use]
    pub fn head(&self, service: ServiceId, count: usize, now: Timestamp, rates: &Rates) -> Vec<TicketId> {
        let mut places: Vec<(i64, Place)> = self
            .lanes
            .iter()
            .filter(|(lane, _)| lane.service == service)
            .flat_map(|(lane, places)| {
                places.iter().take(count).map(|place| (score(lane.priority, place.since, now, rates), *place))
            })
            .collect();
        places.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        places.into_iter().take(count).map(|(_, place)| place.id).collect()
    }
}

/// Whether tickets of the other lane can be taken before a ticket of this lane.
fn competes(lane: &Lane, other: &Lane) -> bool {
    other.service == lane.service
        && (lane.doctor.is_none() || other.doctor.is_none() || other.doctor == lane.doctor)
}

/// The most ended tickets in a queue's view.
const ENDED_MAX: usize = 20;

/// The staff's view of a branch's rows at `now`. The server makes it from its tickets, a workstation from its
/// replica.
#[must_use]
pub fn arrange(
    branch: BranchId,
    rows: Vec<QueueRow>,
    door: Door,
    now: Timestamp,
    urgent: ClassRate,
) -> QueueView {
    let rates = Rates::of(urgent);
    let mut view = QueueView {
        branch_id: branch,
        at: now,
        waiting: Vec::new(),
        called: Vec::new(),
        serving: Vec::new(),
        parked: Vec::new(),
        ended: Vec::new(),
        help: Vec::new(),
        tasks: Vec::new(),
        sent: Vec::new(),
        door,
        door_set: None,
        urgent,
    };
    for row in rows {
        match row.state {
            State::Waiting => view.waiting.push(row),
            State::Called => view.called.push(row),
            State::Serving => view.serving.push(row),
            State::Parked => view.parked.push(row),
            // A held ticket is not in any line yet.
            State::Held => {}
            State::Done | State::NoShow | State::Cancelled => view.ended.push(row),
        }
    }
    let place = |row: &QueueRow| Place { since: row.waiting_since, id: row.id };
    view.waiting.sort_by(|a, b| {
        let of = |row: &QueueRow| score(row.priority, row.waiting_since, now, &rates);
        of(b).cmp(&of(a)).then_with(|| place(a).cmp(&place(b)))
    });
    view.called.sort_by_key(|row| (row.called_at, row.id));
    view.serving.sort_by_key(|row| (row.serving_at, row.id));
    view.parked.sort_by_key(place);
    view.ended.sort_by_key(|row| std::cmp::Reverse((row.ended_at, row.id)));
    view.ended.truncate(ENDED_MAX);
    view
}
