//! The operations on the queue. Each loads, decides by the shared rules, and stores.

mod step;

use std::sync::Arc;

use medlane_shared::{
    access::{Action, Actor, Grant, Resource, Role, may, role_may},
    fault::{Code, Fault},
    ids::{BranchId, PersonId, TicketId},
    queue::{self as rules, CancelledBy, Door, State, Ticket, Together},
};
use serde_json::json;

pub use step::Step;
pub(super) use step::action_of;

use super::{
    again,
    change::{Change, QUEUE},
    live::{Branch, Live, LiveQueue},
    room::ticket_put,
    steps::{TicketRef, alone, behind, found, free, leads, put, stepped, works_in_one_room},
    store, today,
};
use crate::{
    attempts::{self, Try},
    clinic::{Catalogue, door_list, door_text, local_day},
    identity::Demographics,
    identity::is_merged,
    writer::{Done, Entry, Failure, Op, Unit},
};

/// A reason for a visit. It is sealed before the writer sees it.
#[derive(Debug, Clone)]
pub struct Reason {
    /// The text, for the doctor's screen.
    pub text: Arc<str>,
    /// The sealed text, for the row.
    pub sealed: Arc<[u8]>,
}

/// Takes a place in a queue.
#[derive(Debug, Clone)]
pub struct Join {
    /// The ticket's id, made by the caller, because the reason is sealed for it.
    pub id: TicketId,
    /// The request.
    pub request: rules::JoinRequest,
    /// The patient; `None` for a walk-in without a name.
    pub patient: Option<PersonId>,
    /// The patient's demographics.
    pub details: Option<Arc<Demographics>>,
    /// Why the patient comes.
    pub reason: Option<Reason>,
    /// The limits on tickets that an account takes from home.
    pub tries: Vec<Try>,
}

impl Op for Join {
    type Out = TicketRef;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<TicketRef>, Failure> {
        let request = &self.request;
        let resource = Resource::branch(request.branch_id).of(self.patient).found(today::asked(
            unit,
            self.id,
            self.patient,
            request.doctor_id,
        ));
        let grant = may(unit.actor(), Action::TicketJoin, &resource)?;
        let catalogue = unit.keep::<Catalogue>();
        let branch = catalogue.branch(request.branch_id).ok_or(Code::NotFound)?;
        let service = catalogue.offer(branch.id, request.service_id).ok_or(Code::ServiceUnavailable)?.service;
        if !service.walk_in {
            return Err(Code::ServiceUnavailable.into());
        }
        if request.doctor_id.is_some_and(|asked| service.doctors.iter().all(|doctor| doctor.id != asked)) {
            return Err(Code::DoctorUnavailable.into());
        }
        let by_patient = unit.actor().role() == Some(Role::Patient);
        if by_patient && !branch.remote_join {
            return Err(Code::RemoteJoinOff.into());
        }
        if (by_patient || unit.actor().role() == Some(Role::Kiosk))
            && !catalogue.is_open(branch.id, unit.at())
        {
            return Err(Code::OutsideHours.into());
        }
        if request.held {
            may(unit.actor(), Action::TicketHold, &Resource::branch(branch.id))?;
        }
        let day = local_day(branch, unit.at());
        let here = unit.state::<LiveQueue>().branch(branch.id);
        if here.map_or(Door::Open, Branch::door) == Door::Closed {
            return Err(Code::QueueClosed.into());
        }
        if let Some(patient) = self.patient.filter(|patient| unit.actor().person() != Some(*patient)) {
            let clinic = unit.clinic();
            if is_merged(unit.reads().await?, clinic, patient).await? {
                return Err(Code::PersonMerged.into());
            }
        }
        if let Some(patient) = self.patient
            && let Some(active) = unit.state::<LiveQueue>().active(patient, service.id)
        {
            let present = TicketRef { id: active.ticket.id, version: active.ticket.version };
            return Err(Fault::new(Code::TicketActive).present(&present).into());
        }
        let label = unit.state::<LiveQueue>().next_label(branch.id, &day, &service.prefix);
        let label = label.map_err(|_| Code::Internal)?;
        let at = unit.at();
        if !self.tries.is_empty() {
            attempts::check(unit.reads().await?, &self.tries, at).await?;
            attempts::count(unit, &self.tries).await?;
        }
        let ticket = Ticket {
            doctor: request.doctor_id,
            patient: self.patient,
            suggested: request.suggested_priority,
            state: if request.held { State::Held } else { State::Waiting },
            // A patient who joins by themselves is still on the way. Others stand at the kiosk or desk.
            arrived_at: (!by_patient).then_some(at),
            ..Ticket::joined(self.id, (branch.id, day), label, service.id, at)
        };
        let out = TicketRef { id: ticket.id, version: 1 };
        let entry = Entry::new("ticket.join", format!("ticket:{}", ticket.id))
            .by(&grant)
            .patient(ticket.patient)
            .detail(json!({ "label": ticket.label, "branch": ticket.branch, "service": ticket.service }));
        let live = Live {
            ticket,
            patient: self.details.clone(),
            reason: self.reason.as_ref().map(|reason| reason.text.clone()),
            reason_sealed: self.reason.as_ref().map(|reason| reason.sealed.clone()),
            why: None,
        };
        ticket_put(unit, live);
        Ok(unit.commit(entry, out))
    }
}

/// Calls the next patient, and finishes the one whom the caller is seeing.
#[derive(Debug, Clone)]
pub struct CallNext {
    /// The room; if absent, the room that the doctor last used.
    pub room: Option<String>,
    /// The caller's other patients whom they know of; `None` if they are not to be asked.
    pub beside: Option<Vec<TicketId>>,
}

impl Op for CallNext {
    type Out = TicketRef;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<TicketRef>, Failure> {
        let Actor::Known(known) = unit.actor().clone() else { return Err(Code::SignedOut.into()) };
        role_may(unit.actor(), Action::TicketCall)?;
        let doctor = unit.actor().person().ok_or(Code::Forbidden)?;
        let (catalogue, at) = (unit.keep::<Catalogue>(), unit.at());
        let (live, picked) = today::next_of(unit, &known, doctor)?;
        let called = Resource::branch(live.ticket.branch).of(live.ticket.patient).found(Some(picked));
        let grant = may(unit.actor(), Action::TicketCall, &called)?;
        alone(unit, doctor, (&known.branches, live.ticket.id), self.beside.as_deref())?;
        let seeing = known
            .branches
            .iter()
            .flat_map(|branch| unit.state::<LiveQueue>().in_state(*branch, State::Serving));
        let seeing = seeing
            .filter(|other| other.ticket.call.as_ref().is_some_and(|call| call.by == doctor))
            .map(|other| found(unit, other.ticket.id, Action::TicketCall));
        let seeing: Vec<(Arc<Live>, Grant)> = seeing.collect::<Result<_, _>>()?;
        let here = unit.state::<LiveQueue>().branch(live.ticket.branch).filter(|_| works_in_one_room(unit));
        let used = || here.and_then(|branch| branch.room_of(doctor)).map(str::to_owned);
        let room = self.room.clone().or_else(used);
        let ends: Vec<TicketId> = seeing.iter().map(|(other, _)| other.ticket.id).collect();
        leads(unit, &live.ticket, room.as_deref(), &ends)?;
        free(unit, &live.ticket, doctor, room.as_deref())?;
        let rules = catalogue.rules(live.ticket.branch);
        let next = live.ticket.step(rules::Step::Call { by: doctor, room: room.clone() }, at, &rules)?;
        let done = seeing.iter().map(|(other, _)| other.ticket.step(rules::Step::Done, at, &rules));
        let done = done.collect::<Result<Vec<Ticket>, Code>>()?;
        // One press ends the visit and calls the next patient, so an undo reverses both.
        let pressed =
            done.iter().chain([&next]).map(|ticket| Together { id: ticket.id, version: ticket.version });
        let pressed: Vec<Together> = pressed.collect();
        for ((other, grant), done) in seeing.iter().zip(done) {
            let entry =
                Entry::new("ticket.done", format!("ticket:{}", done.id)).by(grant).patient(done.patient);
            put(unit, other, done.together(&pressed));
            unit.audit(entry);
        }
        let next = next.together(&pressed);
        let entry = Entry::new("ticket.call", format!("ticket:{}", next.id))
            .by(&grant)
            .patient(next.patient)
            .detail(json!({ "label": next.label, "room": room }));
        let out = put(unit, &live, next);
        Ok(unit.commit(entry, out))
    }
}

/// Gives up a place in a queue.
#[derive(Debug, Clone, Copy)]
pub struct Cancel {
    /// The ticket.
    pub id: TicketId,
    /// The version that the caller saw, if they named one.
    pub version: Option<i64>,
}

impl Op for Cancel {
    type Out = TicketRef;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<TicketRef>, Failure> {
        let (live, grant) = found(unit, self.id, Action::TicketCancel)?;
        if self.version.is_some_and(|version| version != live.ticket.version) {
            return Err(Code::TicketStale.into());
        }
        let by_patient = unit.actor().role() == Some(Role::Patient);
        let by = if by_patient { CancelledBy::Patient } else { CancelledBy::Clinic };
        let next = stepped(unit, &live, rules::Step::Cancel)?.cancelled(by);
        let entry = Entry::new("ticket.cancel", format!("ticket:{}", next.id))
            .by(&grant)
            .patient(next.patient)
            .detail(json!({ "label": next.label, "from": live.ticket.state, "to": next.state }));
        let out = put(unit, &live, next);
        Ok(unit.commit(entry, out))
    }

    async fn still(&self, unit: &mut Unit<'_>) -> Result<(), Failure> {
        again::still(self, unit, self.id, Action::TicketCancel).await
    }
}

/// Lets other patients go first.
#[derive(Debug, Clone, Copy)]
pub struct StepBack {
    /// The ticket.
    pub id: TicketId,
    /// How many places.
    pub places: u32,
    /// The version that the caller saw, if they named one.
    pub version: Option<i64>,
}

impl Op for StepBack {
    type Out = TicketRef;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<TicketRef>, Failure> {
        let (live, grant) = found(unit, self.id, Action::TicketCancel)?;
        if self.version.is_some_and(|version| version != live.ticket.version) {
            return Err(Code::TicketStale.into());
        }
        let since = behind(unit, &live.ticket, self.places)?;
        let next = stepped(unit, &live, rules::Step::StepBack { since })?;
        let entry = Entry::new("ticket.step_back", format!("ticket:{}", next.id))
            .by(&grant)
            .patient(next.patient)
            .detail(json!({ "label": next.label, "places": self.places }));
        let out = put(unit, &live, next);
        Ok(unit.commit(entry, out))
    }

    async fn still(&self, unit: &mut Unit<'_>) -> Result<(), Failure> {
        again::still(self, unit, self.id, Action::TicketCancel).await
    }
}

/// Answers a call: the patient is on the way. It is no step of the ticket, so its version stays, and undo works as before.
#[derive(Debug, Clone, Copy)]
pub struct AnswerCall {
    /// The ticket.
    pub id: TicketId,
}

impl Op for AnswerCall {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (live, grant) = found(unit, self.id, Action::TicketCheckIn)?;
        let at = unit.at();
        let call = live.ticket.call.as_ref().filter(|_| live.ticket.state == State::Called);
        let call = call.ok_or(Code::TicketStepRefused)?;
        if call.on_way_at.is_some() {
            return Ok(unit.commit_unaudited());
        }
        let call = Some(rules::RoomCall { on_way_at: Some(at), ..call.clone() });
        let ticket = Ticket { call, ..live.ticket.clone() };
        let entry = Entry::new("ticket.on_way", format!("ticket:{}", ticket.id))
            .by(&grant)
            .patient(ticket.patient)
            .detail(json!({ "label": ticket.label }));
        ticket_put(unit, Live { ticket, ..(*live).clone() });
        Ok(unit.commit(entry, ()))
    }
}

/// Opens, pauses or closes a branch's queue.
#[derive(Debug, Clone, Copy)]
pub struct Control {
    /// The branch.
    pub branch: BranchId,
    /// The new state of the door.
    pub door: Door,
}

impl Op for Control {
    type Out = rules::QueueControl;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<rules::QueueControl>, Failure> {
        let catalogue = unit.keep::<Catalogue>();
        let grant = may(unit.actor(), Action::QueueControl, &Resource::branch(self.branch))?;
        catalogue.branch(self.branch).ok_or(Code::NotFound)?;
        // A doctor controls the door of their branch only if nobody else sees patients there.
        let me = unit.actor().person();
        let is_alone = || {
            let all = catalogue.services(self.branch).iter().flat_map(|service| &service.doctors);
            all.into_iter().all(|given| Some(given.id) == me)
        };
        if unit.actor().role() == Some(Role::Doctor) && !is_alone() {
            return Err(Code::NotFound.into());
        }
        let before = unit.state::<LiveQueue>().branch(self.branch).map(Branch::door).unwrap_or_default();
        let (before, door) = (door_text(before), door_text(self.door));
        let (clinic, at) = (unit.clinic(), unit.at());
        store::door_put(unit.writes().await?, self.branch, door, (me, at)).await?;
        let doors = door_list(unit.writes().await?, clinic).await?;
        let set = doors.into_iter().find(|(branch, ..)| *branch == self.branch).and_then(|(.., set)| set);
        unit.change::<LiveQueue>(Change::Door(self.branch, self.door, set.map(Arc::new)));
        unit.changed(QUEUE, self.branch, Some(self.branch), None);
        let entry = Entry::new("queue.control", format!("branch:{}", self.branch))
            .by(&grant)
            .detail(json!({ "before": { "door": before }, "after": { "door": door } }));
        Ok(unit.commit(entry, rules::QueueControl { door: self.door }))
    }
}
