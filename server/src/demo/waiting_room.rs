//! Simulates a day of a waiting room. Patients arrive, every doctor calls by the queue's own order, and each new
//! patient gets the queue's forecast.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use medlane_shared::{
    ids::{BranchId, PersonId, TicketId},
    queue::{Caller, Learned, RoomCall, State, Ticket},
    time::Timestamp,
};
use rand::{RngExt as _, rngs::StdRng};

use crate::{
    clinic::Catalogue,
    queue::{
        Change, Live, LiveQueue, RowChange, Scene,
        quotes::{Quote, QuotesKeep, Settled},
    },
};

const MINUTE: i64 = 60_000;
/// From the door to the chair, in milliseconds: nobody is called sooner.
const SETTLES: i64 = 20_000;
/// Between two visits of a doctor, in milliseconds.
const BETWEEN: i64 = 45_000;
/// How long a desk looks for a patient who does not come, in milliseconds.
const LOOKED_FOR: i64 = 4 * MINUTE;

/// An event that is not a call.
#[derive(Clone, Copy)]
enum Event {
    Comes,
    Leaves,
    Sits,
    Ends(State),
}

/// A doctor at work.
struct Desk {
    doctor: PersonId,
    room: String,
    free_at: Timestamp,
}

/// The waiting room of one branch on one day.
pub(super) struct WaitingRoom<'a> {
    pub(super) catalogue: &'a Catalogue,
    /// The queue before this day.
    pub(super) live: &'a mut LiveQueue,
    pub(super) branch: BranchId,
    /// The end of the simulation.
    pub(super) until: Timestamp,
    /// Whether some patients do not come when they are called, or leave before.
    pub(super) fickle: bool,
}

/// The result of a day.
pub(super) struct Passed {
    /// The tickets in their final states.
    pub(super) tickets: Vec<Ticket>,
    /// The forecasts, and how the waits ended.
    pub(super) quotes: QuotesKeep,
}

impl WaitingRoom<'_> {
    /// Simulates the day of these tickets. `visit_ms` gives the length of a ticket's visit.
    pub(super) fn pass(
        &mut self,
        doctors: &[PersonId],
        start: Timestamp,
        mut tickets: Vec<Ticket>,
        rng: &mut StdRng,
        visit_ms: impl Fn(&Ticket, &mut StdRng) -> i64,
    ) -> Passed {
        let desk = |(n, doctor): (usize, &PersonId)| Desk {
            doctor: *doctor,
            room: format!("Room {}", n + 1),
            free_at: start,
        };
        let mut desks: Vec<Desk> = doctors.iter().enumerate().map(desk).collect();
        let places: HashMap<TicketId, usize> = tickets.iter().enumerate().map(|(n, t)| (t.id, n)).collect();
        let mut events: BTreeMap<(Timestamp, usize), Event> =
            tickets.iter().enumerate().map(|(n, ticket)| ((ticket.joined_at, n), Event::Comes)).collect();
        let mut told: BTreeMap<TicketId, Quote> = BTreeMap::new();
        let mut settled = Vec::new();
        let mut clock = start;
        loop {
            let event = events.first_key_value().map(|((at, n), event)| (*at, *n, *event));
            let call = self.next_call(&desks, clock, &tickets, &places);
            let is_call = call.is_some_and(|(at, ..)| event.is_none_or(|(then, ..)| at <= then));
            if let Some((at, desk, n)) = call.filter(|_| is_call) {
                if at > self.until {
                    break;
                }
                clock = at;
                let ticket = &mut tickets[n];
                let desk = &mut desks[desk];
                let room = Some(desk.room.clone());
                ticket.call =
                    Some(RoomCall { by: desk.doctor, room, at, first_at: at, times: 1, on_way_at: None });
                self.step(ticket, State::Called);
                if let Some(quote) = told.get(&ticket.id) {
                    let actual_s = seconds(quote.at, at);
                    settled.push(Settled { quote: *quote, actual_s: Some(actual_s) });
                    let learned = self.learned(ticket).learn_wait(&quote.forecast, actual_s);
                    self.learn(ticket, learned);
                }
                events.retain(|(_, of), event| *of != n || !matches!(event, Event::Leaves));
                let ends_at = if self.fickle && rng.random_bool(0.04) {
                    let ends_at = at.plus_ms(LOOKED_FOR);
                    events.insert((ends_at, n), Event::Ends(State::NoShow));
                    ends_at
                } else {
                    let sits_at = at.plus_ms(rng.random_range(20_000..90_000));
                    let ends_at = sits_at.plus_ms(visit_ms(ticket, rng));
                    events.insert((sits_at, n), Event::Sits);
                    events.insert((ends_at, n), Event::Ends(State::Done));
                    ends_at
                };
                desk.free_at = ends_at.plus_ms(BETWEEN);
            } else if let Some((at, n, event)) = event {
                if at > self.until {
                    break;
                }
                clock = at;
                events.remove(&(at, n));
                let ticket = &mut tickets[n];
                match event {
                    Event::Comes => {
                        self.keep(ticket);
                        told.extend(self.quote(ticket).map(|quote| (quote.ticket, quote)));
                        if self.fickle && rng.random_bool(0.03) {
                            let leaves_at = at.plus_ms(rng.random_range(20 * MINUTE..50 * MINUTE));
                            events.insert((leaves_at, n), Event::Leaves);
                        }
                    }
                    Event::Leaves => {
                        ticket.ended_at = Some(at);
                        self.step(ticket, State::Cancelled);
                        let quote = told.get(&ticket.id);
                        settled.extend(quote.map(|quote| Settled { quote: *quote, actual_s: None }));
                    }
                    Event::Sits => {
                        ticket.serving_at = Some(at);
                        self.step(ticket, State::Serving);
                    }
                    Event::Ends(state) => {
                        ticket.ended_at = Some(at);
                        self.step(ticket, state);
                        let called = ticket.first_called_at().unwrap_or(at);
                        let learned = self.learned(ticket).learn(seconds(called, at), at);
                        self.learn(ticket, learned);
                    }
                }
            } else {
                break;
            }
        }
        // Drop the patients who would arrive later.
        tickets.retain(|ticket| ticket.joined_at <= self.until);
        Passed { tickets, quotes: QuotesKeep { told: told.into_values().collect(), settled } }
    }

    /// The next call: when, by which desk, and which ticket. The desk that is free first takes the next ticket that
    /// it may take.
    fn next_call(
        &self,
        desks: &[Desk],
        clock: Timestamp,
        tickets: &[Ticket],
        places: &HashMap<TicketId, usize>,
    ) -> Option<(Timestamp, usize, usize)> {
        let rates = self.catalogue.rates(self.branch);
        let here = self.live.branch(self.branch)?;
        let calls = desks.iter().enumerate().filter_map(|(desk, Desk { doctor, free_at, .. })| {
            let at = (*free_at).max(clock);
            let services = self.catalogue.given_by(self.branch, *doctor);
            let next =
                here.line().next(&Caller { doctor: Some(*doctor), services: &services }, at, &rates)?;
            let n = *places.get(&next)?;
            Some((at.max(tickets[n].joined_at.plus_ms(SETTLES)), desk, n))
        });
        calls.min_by_key(|(at, desk, _)| (*at, *desk))
    }

    fn step(&mut self, ticket: &mut Ticket, state: State) {
        ticket.state = state;
        ticket.version += 1;
        self.keep(ticket);
    }

    fn keep(&mut self, ticket: &Ticket) {
        let live =
            Live { ticket: ticket.clone(), patient: None, reason: None, reason_sealed: None, why: None };
        self.live.apply(&Change::Ticket(Arc::new(live), RowChange::Update));
    }

    /// The forecast for a patient who has just joined.
    fn quote(&self, ticket: &Ticket) -> Option<Quote> {
        let at = ticket.joined_at;
        let (forecast, wait) = Scene { catalogue: self.catalogue, live: self.live, at }.forecast(ticket)?;
        let ahead = self.live.ahead(ticket, at, &self.catalogue.rates(self.branch))?;
        Some(Quote {
            ticket: ticket.id,
            branch: self.branch,
            service: ticket.service,
            at,
            ahead,
            forecast,
            wait,
        })
    }

    fn learned(&self, ticket: &Ticket) -> Learned {
        let planned = self.catalogue.service(ticket.service).map_or(15, |service| service.duration_min);
        let known = self.live.branch(self.branch).and_then(|branch| branch.learned(ticket.service));
        known.unwrap_or_else(|| Learned::prior(planned))
    }

    fn learn(&mut self, ticket: &Ticket, learned: Learned) {
        self.live.apply(&Change::Learned(self.branch, ticket.service, learned));
    }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of a day")]
fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.since_ms(from).max(0) as f64 / 1_000.0
}
