//! The live queue of a clinic, in memory: an ordered structure that tells who is next and how many are ahead.
//!
//! A batch works on its own copy. What grows during the day is in persistent maps: the copy shares them, and copies
//! only the paths to the changed entries.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

use imbl::{HashMap as SharedMap, OrdSet as SharedSet};
use medlane_shared::{
    ids::{BranchId, PersonId, ServiceId, TicketId},
    queue::{Label, Lane, NotALabel, Place, Priority, Rates, State, Ticket},
    time::Timestamp,
};

use super::change::Change;
use crate::identity::Demographics;

mod branch;
pub(super) mod entry;

pub use branch::{Branch, Desk};
pub use entry::{AtDesk, Live, Why, Whys};

/// How long an ended ticket stays in memory, to be undone or shown, in milliseconds.
const KEEP_ENDED_MS: i64 = 24 * 3_600_000;

/// The live queue of one clinic.
#[derive(Debug, Clone, Default)]
pub struct LiveQueue {
    tickets: SharedMap<TicketId, Arc<Live>>,
    branches: BTreeMap<BranchId, Arc<Branch>>,
    active: SharedMap<(PersonId, ServiceId), TicketId>,
    patients: SharedMap<PersonId, BTreeSet<TicketId>>,
    ended: SharedSet<(Timestamp, TicketId)>,
    corrected: Arc<Corrected>,
}

/// Patients whose details changed lately. A ticket whose operation was prepared before the change carries the old
/// ones.
#[derive(Debug, Clone, Default)]
struct Corrected {
    people: HashMap<PersonId, Arc<Demographics>>,
    order: VecDeque<PersonId>,
}

/// How many changes are remembered: many more than there are operations in progress.
const CORRECTED_MAX: usize = 1_000;

impl Corrected {
    fn put(&mut self, person: PersonId, details: Arc<Demographics>) {
        if self.people.insert(person, details).is_none() {
            self.order.push_back(person);
        }
        if self.order.len() > CORRECTED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.people.remove(&oldest);
        }
    }

    /// The ticket with its patient's present details.
    fn of(&self, live: Arc<Live>) -> Arc<Live> {
        let now = live.ticket.patient.and_then(|patient| self.people.get(&patient));
        match now {
            Some(now) if live.patient.as_ref() != Some(now) => {
                Arc::new(Live { patient: Some(now.clone()), ..Live::clone(&live) })
            }
            _ => live,
        }
    }
}

pub(super) fn lane(ticket: &Ticket) -> Lane {
    Lane { service: ticket.service, doctor: ticket.doctor, priority: ticket.priority }
}

pub(super) fn place(ticket: &Ticket) -> Place {
    Place { since: ticket.waiting_since, id: ticket.id }
}

impl LiveQueue {
    /// Applies a change.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Ticket(live, _) => self.put(live.clone()),
            Change::Door(branch, door, set) => {
                let here = self.branch_mut(*branch);
                (here.door, here.door_set) = (*door, set.clone());
            }
            Change::DayEnded(branch, day) => self.branch_mut(*branch).ended_day = Some(day.clone()),
            Change::Desk(branch, at_desk) => self.branch_mut(*branch).at_desk = at_desk.clone(),
            Change::Learned(branch, service, learned) => {
                self.branch_mut(*branch).learned.insert(*service, *learned);
            }
            Change::Person(person, details) => self.correct(*person, details),
            Change::Sealed(person) => self.shut(*person),
        }
    }

    fn branch_mut(&mut self, branch: BranchId) -> &mut Branch {
        Arc::make_mut(self.branches.entry(branch).or_default())
    }

    /// Updates the details in a patient's tickets. This is no step of a ticket, so its version stays.
    fn correct(&mut self, person: PersonId, details: &Arc<Demographics>) {
        Arc::make_mut(&mut self.corrected).put(person, details.clone());
        for id in self.patients.get(&person).into_iter().flatten() {
            if let Some(live) = self.tickets.get_mut(id) {
                *live = self.corrected.of(live.clone());
            }
        }
    }

    /// Removes from memory what was sealed with a patient's key: the reasons for visits, of classes and of transfers.
    fn shut(&mut self, person: PersonId) {
        for id in self.patients.get(&person).into_iter().flatten() {
            if let Some(live) = self.tickets.get_mut(id) {
                let live = Arc::make_mut(live);
                live.reason = None;
                let sealed = live.why.take().map(|why| why.sealed);
                live.why = sealed.map(|sealed| Why { text: Arc::default(), sealed });
            }
        }
    }

    fn put(&mut self, live: Arc<Live>) {
        let live = self.corrected.of(live);
        if let Some(old) = self.tickets.get(&live.ticket.id).cloned() {
            if old.ticket.version > live.ticket.version {
                return;
            }
            self.forget(&old);
        }
        let ticket = &live.ticket;
        let branch = Arc::make_mut(self.branches.entry(ticket.branch).or_default());
        if ticket.label.number() > branch.last_number(&ticket.day, ticket.label.prefix()) {
            let numbers = branch.numbers.entry(ticket.day.clone()).or_default();
            numbers.insert(ticket.label.prefix().to_owned(), ticket.label.number());
        }
        if let Some(call) = &ticket.call
            && let Some(room) = &call.room
            && branch.room_of(call.by) != Some(room)
        {
            branch.rooms.insert(call.by, room.clone());
        }
        branch.by_state.entry(ticket.state.text()).or_default().insert(ticket.id);
        if ticket.state.is_active() {
            branch.by_day.entry(ticket.day.clone()).or_default().insert(ticket.id);
        }
        branch.count_at_desk(ticket, true);
        if ticket.priority != Priority::Normal {
            branch.pressing.insert(ticket.id, (ticket.service, ticket.priority, ticket.joined_at));
        }
        if ticket.state == State::Waiting {
            branch.line.insert(lane(ticket), place(ticket));
        }
        if let Some(patient) = ticket.patient {
            self.patients.entry(patient).or_default().insert(ticket.id);
            if ticket.state.is_active() {
                self.active.insert((patient, ticket.service), ticket.id);
            }
        }
        if let Some(ended) = ticket.ended_at {
            self.ended.insert((ended, ticket.id));
            self.age(ended);
        }
        self.tickets.insert(ticket.id, live);
    }

    /// Removes a ticket from every index.
    fn forget(&mut self, live: &Live) {
        let ticket = &live.ticket;
        self.tickets.remove(&ticket.id);
        if let Some(branch) = self.branches.get_mut(&ticket.branch).map(Arc::make_mut) {
            branch.line.remove(&lane(ticket), &place(ticket));
            branch.count_at_desk(ticket, false);
            branch.pressing.remove(&ticket.id);
            if let Some(set) = branch.by_state.get_mut(ticket.state.text()) {
                set.remove(&ticket.id);
            }
            if let Some(set) = branch.by_day.get_mut(&ticket.day) {
                set.remove(&ticket.id);
                if set.is_empty() {
                    branch.by_day.remove(&ticket.day);
                }
            }
        }
        if let Some(patient) = ticket.patient {
            if self.active.get(&(patient, ticket.service)) == Some(&ticket.id) {
                self.active.remove(&(patient, ticket.service));
            }
            if let Some(theirs) = self.patients.get_mut(&patient) {
                theirs.remove(&ticket.id);
                if theirs.is_empty() {
                    self.patients.remove(&patient);
                }
            }
        }
        if let Some(ended) = ticket.ended_at {
            self.ended.remove(&(ended, ticket.id));
        }
    }

    fn age(&mut self, now: Timestamp) {
        while let Some((ended, id)) = self.ended.get_min().copied()
            && now.since_ms(ended) > KEEP_ENDED_MS
        {
            self.ended.remove_min();
            if let Some(old) = self.tickets.get(&id).cloned() {
                self.forget(&old);
            }
        }
    }

    /// The ticket with this id.
    #[must_use]
    pub fn ticket(&self, id: TicketId) -> Option<&Arc<Live>> {
        self.tickets.get(&id)
    }

    /// The queue of a branch; `None` before anything happens there.
    #[must_use]
    pub fn branch(&self, id: BranchId) -> Option<&Branch> {
        self.branches.get(&id).map(Arc::as_ref)
    }

    /// The active ticket of a patient for a service.
    #[must_use]
    pub fn active(&self, patient: PersonId, service: ServiceId) -> Option<&Arc<Live>> {
        self.active.get(&(patient, service)).and_then(|id| self.tickets.get(id))
    }

    /// The active tickets that name a patient.
    pub fn of_patients(&self) -> impl Iterator<Item = &Arc<Live>> {
        self.active.values().filter_map(|id| self.tickets.get(id))
    }

    /// The next label of a prefix at a branch on a day. Skips the labels of active tickets from earlier days: two
    /// patients in the building never have the same label.
    ///
    /// # Errors
    /// The prefix is not valid.
    pub fn next_label(&self, branch: BranchId, day: &str, prefix: &str) -> Result<Label, NotALabel> {
        let last = self.branches.get(&branch).map_or(0, |here| here.last_number(day, prefix));
        let mut label = Label::new(prefix, last + 1)?;
        let held = self.of_earlier_days(branch, day);
        while held.iter().any(|live| live.ticket.label == label) {
            label = Label::new(prefix, label.number() + 1)?;
        }
        Ok(label)
    }

    /// The active tickets of a branch from before a day.
    #[must_use]
    pub fn of_earlier_days(&self, branch: BranchId, day: &str) -> Vec<&Arc<Live>> {
        let days =
            self.branches.get(&branch).into_iter().flat_map(|here| here.by_day.range(..day.to_owned()));
        days.flat_map(|(_, ids)| ids).filter_map(|id| self.tickets.get(id)).collect()
    }

    /// The tickets of a patient, newest first.
    pub fn of_patient(&self, patient: PersonId) -> impl Iterator<Item = &Arc<Live>> {
        let ids = self.patients.get(&patient).into_iter().flat_map(|ids| ids.iter().rev());
        ids.filter_map(|id| self.tickets.get(id))
    }

    /// The tickets of a branch in one state, oldest first.
    pub fn in_state(&self, branch: BranchId, state: State) -> impl Iterator<Item = &Arc<Live>> {
        let ids = self.branches.get(&branch).and_then(|branch| branch.by_state.get(state.text()));
        ids.into_iter().flatten().filter_map(|id| self.tickets.get(id))
    }

    /// How many tickets of a branch are in one state. Ended ones are those of the last day.
    #[must_use]
    pub fn count(&self, branch: BranchId, state: State) -> usize {
        let ids = self.branches.get(&branch).and_then(|branch| branch.by_state.get(state.text()));
        ids.map_or(0, SharedSet::len)
    }

    /// The tickets of a branch, also those that ended during the last day.
    pub fn of_branch(&self, branch: BranchId) -> impl Iterator<Item = &Arc<Live>> {
        State::ALL.iter().flat_map(move |state| self.in_state(branch, *state))
    }

    /// How many tickets are ahead of a ticket; `None` if it is not in line.
    #[must_use]
    pub fn ahead(&self, ticket: &Ticket, now: Timestamp, rates: &Rates) -> Option<usize> {
        if ticket.state != State::Waiting {
            return None;
        }
        let branch = self.branches.get(&ticket.branch)?;
        Some(branch.line.ahead(&lane(ticket), &place(ticket), now, rates))
    }

    /// The new start of waiting for a ticket that lets `count` others go first; `None` if no other can.
    #[must_use]
    pub fn since_behind(
        &self,
        ticket: &Ticket,
        count: usize,
        now: Timestamp,
        rates: &Rates,
    ) -> Option<Timestamp> {
        let branch = self.branches.get(&ticket.branch)?;
        branch.line.since_behind(&lane(ticket), &place(ticket), count, now, rates)
    }
}

#[cfg(test)]
mod tests;
