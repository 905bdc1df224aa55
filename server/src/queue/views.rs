//! The views of the queue for each kind of screen, made from the live queue in memory.

use std::collections::{HashMap, HashSet};

use medlane_shared::{
    access::{Action, Actor, Grant, Reach, Resource, Role, may},
    clinic::Service,
    identity::{alike, folded},
    ids::{BranchId, PersonId, ServiceId, TicketId},
    queue::{
        Board, BoardCall, BoardNext, Door, Forecast, Learned, Outlook, Priority, QueueRow, QueueStats,
        QueueView, State, TakenBy, TaskKind, Ticket, TicketView, Wait, arrange, forecast, forecast_in,
    },
    time::Timestamp,
};

use super::{
    live::{AtDesk, Branch, Desk, Live, LiveQueue, lane, place},
    today::todays,
};
use crate::{
    clinic::{Catalogue, Offer, local_day},
    queue::Secrets,
};

/// The most labels of a service that the board shows as next.
const NEXT_MAX: usize = 5;
/// The most calls that the board shows.
const CALLS_MAX: usize = 12;

/// How long the card of an ended visit stays, also past midnight, in milliseconds.
const ENDED_MS: i64 = 12 * 3_600_000;

/// The data that views are made from.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The catalogue, for names.
    pub catalogue: &'a Catalogue,
    /// The tickets.
    pub live: &'a LiveQueue,
    /// The present time.
    pub at: Timestamp,
}

impl Scene<'_> {
    /// What was learned about a service's visits. While little is known, it is shrunk towards the planned duration.
    #[must_use]
    pub fn learned(&self, offer: Offer<'_>) -> Learned {
        let prior = Learned::prior(offer.service.duration_min);
        let here = self.live.branch(offer.branch.id);
        here.and_then(|here| here.learned(offer.service.id)).map_or(prior, |learned| learned.shrunk(prior))
    }

    /// The outlook of a patient of this class, except for the tickets ahead.
    fn outlook(&self, offer: Offer<'_>, priority: Priority) -> Outlook {
        let (branch, service) = (offer.branch.id, offer.service);
        let nobody =
            Outlook { ahead: 0.0, beside: Vec::new(), desks: 1.0, going_on: Vec::new(), overtaking: 0.0 };
        let Some(here) = self.live.branch(branch) else { return nobody };
        let gives = |service: &Service, person: &PersonId| self.catalogue.gives(branch, service, *person);
        let (own, others): (Vec<_>, Vec<_>) =
            here.desks(self.at).partition(|(person, _)| gives(service, person));
        let overtaking = here.pressing(service.id, priority, self.at);
        if own.is_empty() {
            // If no desk has begun yet, one will.
            return Outlook { overtaking, ..nobody };
        }
        let visit_s = self.learned(offer).mean_s;
        // Patients who wait for another service of these desks come before too, as far as no other desk gives that
        // service.
        let beside = self.catalogue.services(branch).iter().filter_map(|other| {
            let count =
                |desks: &[(PersonId, Desk)]| desks.iter().filter(|(who, _)| gives(other, who)).count();
            let (here, elsewhere) = (count(&own), count(&others));
            if other.id == service.id || here == 0 {
                return None;
            }
            let theirs_s = self.learned(Offer { service: other, ..offer }).mean_s;
            #[expect(clippy::cast_precision_loss, reason = "counts of desks")]
            let share = here as f64 / (here + elsewhere) as f64;
            Some((other.id, share * theirs_s / visit_s))
        });
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of a day")]
        let gone = |since: Timestamp| self.at.since_ms(since).max(0) as f64 / 1_000.0;
        let takes = |of: ServiceId| {
            let offer = self.catalogue.offer(branch, of).unwrap_or(offer);
            self.learned(offer).visit_s(self.at)
        };
        let going_on = |(_, desk): &(PersonId, Desk)| {
            Some((gone(desk.busy_since()?), takes(desk.service.unwrap_or(service.id))))
        };
        #[expect(clippy::cast_precision_loss, reason = "a count of desks")]
        Outlook {
            ahead: 0.0,
            beside: beside.collect(),
            desks: own.len() as f64,
            going_on: own.iter().filter_map(going_on).collect(),
            overtaking,
        }
    }

    /// The waiting time of a ticket; `None` if it is not in line.
    #[must_use]
    pub fn forecast(&self, ticket: &Ticket) -> Option<(Forecast, Wait)> {
        let offer = self.catalogue.offer(ticket.branch, ticket.service)?;
        let here = self.live.branch(ticket.branch).filter(|_| ticket.state == State::Waiting)?;
        let (learned, outlook) = (self.learned(offer), self.outlook(offer, ticket.priority));
        let own = (&lane(ticket), &place(ticket));
        let forecast =
            forecast_in(here.line(), own, &outlook, &learned, self.at, &self.catalogue.rates(ticket.branch));
        Some((forecast, forecast.range(&learned)))
    }

    /// The waiting time that the patient is told. While their ticket is being printed, it is that of a patient who
    /// joins now.
    fn told(&self, ticket: &Ticket) -> Option<Wait> {
        if self.is_paused(ticket.branch) {
            return None;
        }
        if ticket.state != State::Held {
            return self.forecast(ticket).map(|(_, wait)| wait);
        }
        let offer = self.catalogue.offer(ticket.branch, ticket.service)?;
        let waiting = self.live.branch(ticket.branch).map_or(0, |here| here.line().waiting(ticket.service));
        Some(self.wait(offer, waiting))
    }

    /// The waiting time of a patient who joins now, with this many before them.
    fn wait(&self, offer: Offer<'_>, ahead: usize) -> Wait {
        let (learned, outlook) = (self.learned(offer), self.outlook(offer, Priority::Normal));
        let waiting =
            |of: ServiceId| self.live.branch(offer.branch.id).map_or(0, |here| here.line().waiting(of));
        #[expect(clippy::cast_precision_loss, reason = "counts of people")]
        let others: f64 = outlook.beside.iter().map(|(of, visits)| waiting(*of) as f64 * visits).sum();
        #[expect(clippy::cast_precision_loss, reason = "a count of people")]
        let outlook = Outlook { ahead: ahead as f64 + others, ..outlook };
        forecast(&outlook, &learned, self.at).range(&learned)
    }

    /// A ticket as its owner sees it.
    #[must_use]
    pub fn ticket(&self, ticket: &Ticket, shown: Option<Secrets>) -> TicketView {
        let ahead = self.live.ahead(ticket, self.at, &self.catalogue.rates(ticket.branch));
        let (link, code) = shown.map(|shown| (shown.link, shown.code)).unzip();
        let call = ticket.call.as_ref().filter(|_| matches!(ticket.state, State::Called | State::Serving));
        let branch = self.catalogue.branch(ticket.branch);
        TicketView {
            id: ticket.id,
            label: ticket.label.clone(),
            state: ticket.state,
            version: ticket.version,
            branch_id: ticket.branch,
            branch_name: branch.map(|branch| branch.name.clone()).unwrap_or_default(),
            time_zone: branch.map(|branch| branch.time_zone.clone()).unwrap_or_default(),
            service_id: ticket.service,
            service_name: self.service_name(ticket.service),
            services_before: self.services_before(ticket),
            sent_at: ticket.lately_sent().map(|sent| sent.at),
            doctor_name: ticket.doctor.and_then(|id| self.catalogue.doctor_name(id)).map(str::to_owned),
            position: ahead.map(|ahead| u32::try_from(ahead + 1).unwrap_or(u32::MAX)),
            leave_now: ahead.is_some_and(|ahead| ahead < self.catalogue.near(ticket.branch)),
            wait: self.told(ticket),
            paused: ticket.state.is_active() && self.is_paused(ticket.branch),
            room: call.and_then(|call| call.room.clone()),
            calls: ticket.call.as_ref().map_or(0, |call| call.times),
            joined_at: ticket.joined_at,
            called_at: ticket.call.as_ref().map(|call| call.at),
            on_way_at: ticket.on_way_at(),
            ended_at: ticket.ended_at,
            return_until: self.return_until(ticket),
            cancelled_by: ticket.cancelled_by(),
            patient_id: None,
            patient_name: None,
            arrived_at: ticket.arrived_at,
            link,
            code,
        }
    }

    /// A patient's recently ended tickets: the last one of each service, if no newer ticket of the service exists.
    pub fn ended(&self, patient: PersonId) -> impl Iterator<Item = &Live> {
        let mut services = Vec::new();
        self.live.of_patient(patient).filter_map(move |live| {
            let ticket = &live.ticket;
            let is_last = !services.contains(&ticket.service);
            services.push(ticket.service);
            let is_recent = ticket.ended_at.is_some_and(|ended| self.at.since_ms(ended) < ENDED_MS);
            (is_last && is_recent && !ticket.state.is_active()).then_some(&**live)
        })
    }

    /// Until when a patient who missed their call can put themselves back in line; `None` once that time is over.
    #[must_use]
    pub fn return_until(&self, ticket: &Ticket) -> Option<Timestamp> {
        let missed = ticket.ended_at.filter(|_| ticket.state == State::NoShow)?;
        let ended = self.live.branch(ticket.branch).and_then(Branch::ended_day);
        if ended.is_some_and(|ended| ticket.day.as_str() <= ended) {
            return None;
        }
        let until = missed.plus_ms(self.catalogue.rules(ticket.branch).return_ms);
        Some(until).filter(|until| self.at <= *until)
    }

    pub(super) fn service_name(&self, service: ServiceId) -> String {
        self.catalogue.service(service).map(|service| service.name.clone()).unwrap_or_default()
    }

    /// A row of the staff's queue, by the right to read the queue of its branch. The caller's other rights decide
    /// whether it holds the reason.
    #[must_use]
    pub fn row(&self, actor: &Actor, grant: &Grant, live: &Live) -> QueueRow {
        let ticket = &live.ticket;
        debug_assert_eq!((grant.action(), grant.resource().branch), (Action::QueueRead, Some(ticket.branch)));
        let todays = todays(self.catalogue, ticket, actor.person());
        let resource = Resource::branch(ticket.branch).of(ticket.patient).found(todays);
        let with_reason = may(actor, Action::QueueReasonsRead, &resource).is_ok();
        let (call, patient) = (ticket.call.as_ref(), live.patient.as_deref());
        QueueRow {
            id: ticket.id,
            label: ticket.label.clone(),
            state: ticket.state,
            version: ticket.version,
            service_id: ticket.service,
            service_name: self.service_name(ticket.service),
            doctor_id: ticket.doctor,
            doctor_name: ticket.doctor.and_then(|id| self.catalogue.doctor_name(id)).map(str::to_owned),
            called_by: call.map(|call| call.by),
            patient_id: ticket.patient,
            patient_name: patient.map(|patient| patient.name.clone()),
            birth_date: patient.and_then(|patient| patient.birth_date.clone()),
            gender: patient.and_then(|patient| patient.gender),
            record_number: patient.and_then(|patient| patient.record_number),
            similar_name: false,
            earlier_day: self.earlier_day(ticket),
            reason: live.reason.as_deref().filter(|_| with_reason).map(str::to_owned),
            priority: ticket.priority,
            priority_why: live.why.as_ref().and_then(|why| why.text.of(ticket.priority)).map(str::to_owned),
            suggested_priority: ticket.suggested,
            waiting_since: ticket.waiting_since,
            arrived_at: ticket.arrived_at,
            room: call.and_then(|call| call.room.clone()),
            calls: call.map_or(0, |call| call.times),
            called_at: call.map(|call| call.at),
            on_way_at: ticket.on_way_at(),
            serving_at: ticket.serving_at,
            ended_at: ticket.ended_at,
            undo_until: ticket.undo.as_ref().map(|undo| undo.until),
            cancelled_by: ticket.cancelled_by(),
            taken_by: self.taken_by(ticket),
            sent_from: self.sent_from(live, with_reason),
        }
    }

    /// Who took a ticket's last step.
    fn taken_by(&self, ticket: &Ticket) -> Option<TakenBy> {
        Some(self.named(ticket.taken_by()?))
    }

    /// The day of a ticket's label, if that is not today.
    fn earlier_day(&self, ticket: &Ticket) -> Option<String> {
        let today = local_day(self.catalogue.branch(ticket.branch)?, self.at);
        (ticket.state.is_active() && ticket.day != today).then(|| ticket.day.clone())
    }

    /// Patients of a branch who are here or on their way, and whose names are similar to another's.
    #[must_use]
    pub fn similar(&self, branch: BranchId) -> HashSet<PersonId> {
        let active = State::ALL.iter().filter(|state| state.is_active());
        let active = active.flat_map(|state| self.live.in_state(branch, *state));
        let names: HashMap<PersonId, &str> = active
            .filter_map(|live| Some((live.ticket.patient?, live.patient.as_ref()?.name.as_str())))
            .collect();
        let people: Vec<_> = names.into_iter().map(|(who, name)| (who, folded(name))).collect();
        alike(&people)
    }

    /// The rows of a branch that a caller may see with names. A doctor sees the tickets of their own queue.
    #[must_use]
    pub fn rows(&self, actor: &Actor, grant: &Grant, branch: BranchId) -> Vec<QueueRow> {
        let all = grant.reach() != Reach::Workplace;
        let seen = |live: &&std::sync::Arc<Live>| {
            all || todays(self.catalogue, &live.ticket, actor.person()).is_some()
        };
        self.live.of_branch(branch).filter(seen).map(|live| self.row(actor, grant, live)).collect()
    }

    /// The staff's queue of a branch.
    #[must_use]
    pub fn queue(&self, actor: &Actor, grant: &Grant, branch: BranchId) -> QueueView {
        let similar = self.similar(branch);
        let mut rows = self.rows(actor, grant, branch);
        for row in rows.iter_mut().filter(|row| row.state.is_active()) {
            row.similar_name = row.patient_id.is_some_and(|patient| similar.contains(&patient));
        }
        let view = arrange(branch, rows, self.door(branch), self.at, self.catalogue.urgent(branch));
        let here = self.live.branch(branch).filter(|_| grant.reach() != Reach::Workplace);
        let AtDesk { help, mut tasks, .. } = here.map(|here| here.at_desk().clone()).unwrap_or_default();
        // A task about a duplicate ends when its ticket does.
        tasks.retain(|task| {
            let is_active = || {
                let ticket = task.ticket_id.and_then(|id| self.live.ticket(id));
                ticket.is_some_and(|live| live.ticket.state.is_active())
            };
            matches!(task.kind, TaskKind::CallRefused | TaskKind::NotTaken) || is_active()
        });
        let doctor = actor.person().filter(|_| grant.reach() == Reach::Workplace);
        let sent = doctor.map(|doctor| self.sent_on(branch, doctor)).unwrap_or_default();
        let door_set = self.live.branch(branch).and_then(Branch::door_set).cloned();
        QueueView { help, tasks, sent, door_set, ..view }
    }

    fn door(&self, branch: BranchId) -> Door {
        self.live.branch(branch).map_or(Door::Open, Branch::door)
    }

    /// Whether nobody is called for now, so that no waiting time is true.
    fn is_paused(&self, branch: BranchId) -> bool {
        self.door(branch) == Door::Paused
    }

    /// The public board of a branch.
    #[must_use]
    pub fn board(&self, branch: BranchId) -> Option<Board> {
        let place = self.catalogue.branch(branch)?;
        let calls = |state| {
            let mut calls: Vec<BoardCall> = self
                .live
                .in_state(branch, state)
                .filter_map(|live| {
                    let call = live.ticket.call.as_ref()?;
                    Some(BoardCall {
                        label: live.ticket.label.clone(),
                        room: call.room.clone(),
                        service_name: self.service_name(live.ticket.service),
                        at: call.at,
                        calls: call.times,
                    })
                })
                .collect();
            calls.sort_by(|a, b| (b.at, &b.label).cmp(&(a.at, &a.label)));
            calls.truncate(CALLS_MAX);
            calls
        };
        let mut serving = calls(State::Serving);
        serving.sort_by(|a, b| (&a.room, &a.label).cmp(&(&b.room, &b.label)));
        let rates = self.catalogue.rates(branch);
        let next = self.catalogue.services(branch).iter().filter(|service| service.walk_in).map(|service| {
            let here = self.live.branch(branch);
            let ids: Vec<TicketId> =
                here.map(|here| here.line().head(service.id, NEXT_MAX, self.at, &rates)).unwrap_or_default();
            let waiting = here.map_or(0, |here| here.line().waiting(service.id));
            BoardNext {
                service_id: Some(service.id),
                service_name: service.name.clone(),
                labels: ids
                    .iter()
                    .filter_map(|id| Some(self.live.ticket(*id)?.ticket.label.clone()))
                    .collect(),
                waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
                wait: (!self.is_paused(branch)).then(|| self.wait(Offer { branch: place, service }, waiting)),
            }
        });
        Some(Board {
            branch_id: branch,
            branch_name: place.name.clone(),
            time_zone: place.time_zone.clone(),
            at: self.at,
            calling: calls(State::Called),
            serving,
            next: next.collect(),
            languages: place.languages.clone(),
            // Outside the opening hours nobody can join, whatever the desk has set.
            door: if self.catalogue.is_open(branch, self.at) { self.door(branch) } else { Door::Closed },
            messages: self
                .catalogue
                .policies
                .get(&branch)
                .map(|policy| policy.messages.clone())
                .unwrap_or_default(),
        })
    }

    /// The figures of today at a branch.
    #[must_use]
    pub fn stats(&self, branch: BranchId) -> Option<QueueStats> {
        let day = local_day(self.catalogue.branch(branch)?, self.at);
        let (mut waits, mut visits) = (Mean::default(), Mean::default());
        let mut ended = [0_u32; 3];
        for live in self.live.of_branch(branch).filter(|live| live.ticket.day == day) {
            let ticket = &live.ticket;
            if let Some(called) = ticket.first_called_at() {
                waits.add(called.since_ms(ticket.joined_at));
            }
            match (ticket.state, ticket.serving_at, ticket.ended_at) {
                (State::Done, from, to) => {
                    ended[0] += 1;
                    if let (Some(from), Some(to)) = (from, to) {
                        visits.add(to.since_ms(from));
                    }
                }
                (State::NoShow, ..) => ended[1] += 1,
                (State::Cancelled, ..) => ended[2] += 1,
                _ => {}
            }
        }
        let count = |state| u32::try_from(self.live.count(branch, state)).unwrap_or(u32::MAX);
        Some(QueueStats {
            branch_id: branch,
            day,
            waiting: count(State::Waiting),
            called: count(State::Called),
            serving: count(State::Serving),
            parked: count(State::Parked),
            done: ended[0],
            no_show: ended[1],
            cancelled: ended[2],
            mean_wait_min: waits.minutes(),
            mean_service_min: visits.minutes(),
        })
    }
}

/// The branch of a request: the one asked for, otherwise the caller's first, otherwise the clinic's first.
#[must_use]
pub fn branch_of(actor: &Actor, catalogue: &Catalogue, asked: Option<BranchId>) -> Option<BranchId> {
    let own = match actor {
        Actor::Known(known) if known.role != Role::Admin => known.branches.first().copied(),
        _ => None,
    };
    asked.or(own).or_else(|| catalogue.branches.first().map(|branch| branch.id))
}

#[derive(Default)]
struct Mean {
    sum_ms: i64,
    count: i64,
}

impl Mean {
    fn add(&mut self, ms: i64) {
        self.sum_ms += ms.max(0);
        self.count += 1;
    }

    #[expect(clippy::cast_precision_loss, reason = "a day's milliseconds")]
    fn minutes(&self) -> Option<f64> {
        let mean = (self.count > 0).then(|| self.sum_ms as f64 / self.count as f64 / 60_000.0)?;
        Some((mean * 10.0).round() / 10.0)
    }
}
