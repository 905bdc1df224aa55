//! One step of a ticket, taken by staff.

use std::sync::Arc;

use medlane_shared::{
    access::{Action, Grant, Resource, may, role_may},
    fault::{Code, Fault, FieldCode},
    ids::{PersonId, TicketId},
    queue::{self as rules, CancelledBy, Door, StepKind, Ticket, Together},
};
use serde_json::{Map, Value as Json, json};

use crate::{
    clinic::Catalogue,
    queue::{
        again,
        live::{Live, LiveQueue, Why},
        steps::{
            TicketRef, alone, behind, found, found_or, free, goes_on, kept, leads, put, stepped,
            works_in_one_room,
        },
        today,
    },
    writer::{Done, Entry, Failure, Op, Unit},
};

/// One step of a ticket, taken by staff.
#[derive(Debug, Clone)]
pub struct Step {
    /// The ticket.
    pub id: TicketId,
    /// The request; its version is the one that the caller saw.
    pub request: rules::StepRequest,
    /// The version that the caller saw.
    pub version: i64,
    /// Set for a step that was taken without the network: the other tickets that the same press changed. Its time is
    /// unknown, so nothing is learned from it.
    pub away: Option<Vec<Together>>,
    /// The ticket's reasons afterwards, if the step changes them. They are sealed before the writer sees them.
    pub why: Option<Why>,
}

/// What a step changed beside the state of a ticket, as it stands in `of`.
fn placed(of: &Ticket, other: &Ticket) -> Json {
    let room = |of: &Ticket| of.call.as_ref().and_then(|call| call.room.clone());
    let mut fields = Map::new();
    let mut add = |name: &str, value: Json, other: Json| {
        if value != other {
            fields.insert(name.to_owned(), value);
        }
    };
    add("service", json!(of.service), json!(other.service));
    add("doctor", json!(of.doctor), json!(other.doctor));
    add("priority", json!(of.priority), json!(other.priority));
    add("room", json!(room(of)), json!(room(other)));
    fields.into()
}

/// The action that a step requires, and its name in the audit log.
pub(in crate::queue) const fn action_of(step: StepKind) -> (Action, &'static str) {
    match step {
        StepKind::Call => (Action::TicketCall, "ticket.call"),
        StepKind::Recall => (Action::TicketCall, "ticket.recall"),
        StepKind::Serve => (Action::TicketCall, "ticket.serve"),
        StepKind::Done => (Action::TicketCall, "ticket.done"),
        StepKind::Park => (Action::TicketMove, "ticket.park"),
        StepKind::Resume => (Action::TicketMove, "ticket.resume"),
        StepKind::PutBack => (Action::TicketMove, "ticket.put_back"),
        StepKind::NoShow => (Action::TicketMove, "ticket.no_show"),
        StepKind::Return => (Action::TicketMove, "ticket.return"),
        StepKind::Cancel => (Action::TicketCancel, "ticket.cancel"),
        StepKind::Prioritise => (Action::TicketPrioritise, "ticket.prioritise"),
        StepKind::Transfer => (Action::TicketMove, "ticket.transfer"),
        StepKind::Move => (Action::TicketMove, "ticket.move"),
        StepKind::StepBack => (Action::TicketMove, "ticket.step_back"),
        StepKind::Arrive => (Action::TicketCheckIn, "ticket.check_in"),
        StepKind::Undo => (Action::TicketMove, "ticket.undo"),
    }
}

impl Step {
    fn step(&self, unit: &Unit<'_>, ticket: &Ticket, by: PersonId) -> Result<rules::Step, Failure> {
        let request = &self.request;
        Ok(match request.step {
            StepKind::Call => {
                let here = unit.state::<LiveQueue>().branch(ticket.branch);
                let here = here.filter(|_| works_in_one_room(unit));
                let used = || here.and_then(|here| here.room_of(by)).map(str::to_owned);
                let room = request.room.clone().or_else(used);
                leads(unit, ticket, room.as_deref(), &[])?;
                free(unit, ticket, by, room.as_deref())?;
                alone(unit, by, (&[ticket.branch], ticket.id), request.beside.as_deref())?;
                rules::Step::Call { by, room }
            }
            StepKind::Recall => {
                let room = request.room.clone();
                let called_to = || ticket.call.as_ref().and_then(|call| call.room.as_deref());
                leads(unit, ticket, room.as_deref().or_else(called_to), &[])?;
                free(unit, ticket, ticket.call.as_ref().map_or(by, |call| call.by), room.as_deref())?;
                rules::Step::Recall { room }
            }
            StepKind::Serve => rules::Step::Serve,
            StepKind::Done => rules::Step::Done,
            StepKind::Park => rules::Step::Park,
            StepKind::Resume => rules::Step::Resume,
            StepKind::PutBack => rules::Step::PutBack,
            StepKind::NoShow => rules::Step::NoShow,
            StepKind::Return => rules::Step::Return,
            StepKind::Cancel => rules::Step::Cancel,
            StepKind::Arrive => rules::Step::Arrive,
            StepKind::Undo => rules::Step::Undo,
            StepKind::Transfer => self.transfer(unit, ticket)?,
            StepKind::Move => {
                let room = request.room.clone();
                let room = room.ok_or_else(|| Fault::new(Code::Invalid).field("room", FieldCode::Missing))?;
                free(unit, ticket, ticket.call.as_ref().map_or(by, |call| call.by), Some(&room))?;
                rules::Step::Move { room }
            }
            StepKind::StepBack => {
                rules::Step::StepBack { since: behind(unit, ticket, request.places.unwrap_or(1))? }
            }
            StepKind::Prioritise => {
                let priority = request.priority;
                let priority = priority
                    .ok_or_else(|| Fault::new(Code::Invalid).field("priority", FieldCode::Missing))?;
                if request.reason.as_deref().is_none_or(|reason| reason.trim().is_empty()) {
                    return Err(Fault::new(Code::Invalid).field("reason", FieldCode::Missing).into());
                }
                rules::Step::Prioritise(priority)
            }
        })
    }

    /// The other tickets that the same press changed, if they have not changed since. An undo reverses them too. A doctor
    /// without the network sends an undo for each ticket, because the press may have changed only some of them.
    fn taken_back(&self, unit: &Unit<'_>, live: &Live) -> Result<Vec<(Arc<Live>, Ticket, Grant)>, Failure> {
        let takes_back = self.request.step == StepKind::Undo && self.away.is_none();
        let undo = live.ticket.undo.as_ref().filter(|_| takes_back);
        let own = Together { id: live.ticket.id, version: live.ticket.version };
        let mut back = Vec::new();
        for Together { id, version } in undo.into_iter().flat_map(|undo| &undo.with) {
            // Each of the two steps names the other ticket: another person's step to the same version does not belong
            // to the press.
            let is_of_press = |other: &Ticket| {
                other.version == *version && other.undo.as_ref().is_some_and(|undo| undo.with.contains(&own))
            };
            if unit.state::<LiveQueue>().ticket(*id).is_none_or(|other| !is_of_press(&other.ticket)) {
                continue;
            }
            let (other, grant) = found(unit, *id, Action::TicketMove)?;
            let next = stepped(unit, &other, rules::Step::Undo)?;
            goes_on(unit, &other, &next)?;
            back.push((other, next, grant));
        }
        Ok(back)
    }

    /// The ticket, if the caller may take this step. A transfer makes a doctor's ticket somebody else's: the doctor may
    /// still undo that transfer, as long as they work there.
    fn ticket(&self, unit: &Unit<'_>, action: Action) -> Result<(Arc<Live>, Grant), Failure> {
        let undoes = self.request.step == StepKind::Undo;
        found_or(unit, self.id, action, |ticket| {
            today::given(unit.actor(), ticket, self.version, unit.at()).filter(|_| undoes)
        })
    }

    /// The step of a transfer, if the branch gives the service, and the doctor gives it there.
    fn transfer(&self, unit: &Unit<'_>, ticket: &Ticket) -> Result<rules::Step, Failure> {
        let (service, doctor) = (self.request.service_id.unwrap_or(ticket.service), self.request.doctor_id);
        let catalogue = unit.keep::<Catalogue>();
        let offer = catalogue.offer(ticket.branch, service).ok_or(Code::ServiceUnavailable)?;
        if doctor.is_some_and(|asked| offer.service.doctors.iter().all(|given| given.id != asked)) {
            return Err(Code::DoctorUnavailable.into());
        }
        let waits = |patient| unit.state::<LiveQueue>().active(patient, service).is_some();
        if service != ticket.service && ticket.patient.is_some_and(waits) {
            return Err(Code::TicketActive.into());
        }
        Ok(rules::Step::Transfer { service, doctor })
    }
}

impl Op for Step {
    type Out = TicketRef;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<TicketRef>, Failure> {
        let (action, name) = action_of(self.request.step);
        let (live, grant) = self.ticket(unit, action)?;
        let by = unit.actor().person().ok_or(Code::Forbidden)?;
        if live.ticket.version != self.version {
            return Err(Code::TicketStale.into());
        }
        let here = unit.state::<LiveQueue>().branch(live.ticket.branch);
        let calls = self.request.step == StepKind::Call;
        if calls && here.is_some_and(|here| here.door() == Door::Paused) {
            return Err(Code::QueuePaused.into());
        }
        let step = self.step(unit, &live.ticket, by)?;
        let next = stepped(unit, &live, step)?.together(self.away.as_deref().unwrap_or_default());
        let next = match self.request.step {
            StepKind::Transfer => next.given(by),
            StepKind::Cancel => next.cancelled(CancelledBy::Clinic),
            _ => next,
        };
        goes_on(unit, &live, &next)?;
        for (other, back, grant) in self.taken_back(unit, &live)? {
            let entry = Entry::new("ticket.undo", format!("ticket:{}", back.id))
                .by(&grant)
                .patient(back.patient)
                .detail(json!({ "label": back.label, "from": other.ticket.state, "to": back.state, "with": next.id }));
            put(unit, &other, back);
            unit.audit(entry);
        }
        let live = match &self.why {
            Some(why) => Arc::new(Live { why: Some(why.clone()), ..(*live).clone() }),
            None => live,
        };
        let entry = Entry::new(name, format!("ticket:{}", next.id)).by(&grant).patient(next.patient);
        let entry = entry.detail(json!({
            "label": next.label,
            "from": live.ticket.state,
            "to": next.state,
            "before": placed(&live.ticket, &next),
            "after": placed(&next, &live.ticket),
            "why": self.request.reason,
        }));
        let out = if self.away.is_some() { kept(unit, &live, next) } else { put(unit, &live, next) };
        Ok(unit.commit(entry, out))
    }

    async fn still(&self, unit: &mut Unit<'_>) -> Result<(), Failure> {
        let action = action_of(self.request.step).0;
        match again::still(self, unit, self.id, action).await {
            Err(Failure::Refused(fault))
                if fault.code == Code::NotFound && self.request.step == StepKind::Transfer =>
            {
                sent_on(unit, self.id, action)
            }
            done => done,
        }
    }
}

/// Checks that a doctor may get the answer to their transfer again, although the transfer made the ticket another
/// doctor's. The doctor must still work at its branch, in a role that may take the step.
fn sent_on(unit: &Unit<'_>, id: TicketId, action: Action) -> Result<(), Failure> {
    let branch = unit.state::<LiveQueue>().ticket(id).ok_or(Code::NotFound)?.ticket.branch;
    role_may(unit.actor(), action)?;
    may(unit.actor(), Action::QueueRead, &Resource::branch(branch))?;
    Ok(())
}
