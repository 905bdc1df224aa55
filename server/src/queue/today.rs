//! Whose patient of today a ticket is. Only this file says so as evidence ([`Found::today`]).

use std::sync::Arc;

use medlane_shared::{
    access::{Actor, Found, Known, Resource},
    fault::Code,
    ids::{BranchId, PersonId, TicketId},
    queue::{self as rules, Caller, Door, State, Ticket},
    time::Timestamp,
};

use super::live::{Live, LiveQueue};
use crate::{
    clinic::Catalogue,
    engine::Clinic,
    writer::{Failure, Unit},
};

const fn found(ticket: &Ticket) -> Found {
    Found::today(ticket.id, ticket.patient)
}

/// A ticket of the doctor's own queue: it names this doctor, this doctor has called it, or it names nobody and this
/// doctor gives the service.
#[must_use]
pub fn todays(catalogue: &Catalogue, ticket: &Ticket, doctor: Option<PersonId>) -> Option<Found> {
    let doctor = doctor?;
    // A ticket that is in line again belongs to nobody, whoever called it before.
    let call = ticket.call.as_ref().filter(|_| ticket.state != State::Waiting);
    let called = call.is_some_and(|call| call.by == doctor);
    let given = || {
        let offer = catalogue.offer(ticket.branch, ticket.service);
        offer.is_some_and(|offer| offer.service.doctors.iter().any(|given| given.id == doctor))
    };
    let is_theirs =
        called || ticket.doctor == Some(doctor) || (ticket.doctor.is_none() && call.is_none() && given());
    is_theirs.then(|| found(ticket))
}

/// A patient's chart, as a thing that a reader asks for. It opens for the doctor of a visit that goes on, and for a day
/// for a doctor who has seen the patient, as long as they work at its branch; for every other doctor it holds what they
/// wrote themselves.
#[must_use]
pub fn chart_of(clinic: &Clinic, patient: PersonId, reader: &Actor) -> Resource {
    let catalogue = clinic.state::<Catalogue>();
    let found = clinic.with(|live: &LiveQueue| patient_of(live, &catalogue, patient, reader));
    let chart = Resource::default().of(Some(patient));
    if found.is_some() { chart.found(found) } else { chart.written_by(reader.person()) }
}

/// The ticket that makes somebody this doctor's patient.
fn patient_of(live: &LiveQueue, catalogue: &Catalogue, patient: PersonId, reader: &Actor) -> Option<Found> {
    let seen = |live: &Arc<Live>| seen(catalogue, &live.ticket, reader.person());
    live.of_patient(patient).filter(|live| works_at(reader, live.ticket.branch)).find_map(seen)
}

fn works_at(actor: &Actor, branch: BranchId) -> bool {
    matches!(actor, Actor::Known(Known { branches, .. }) if branches.contains(&branch))
}

/// A ticket of the doctor's queue that goes on, of a visit that the doctor has ended, or that they sent on. A call that was
/// put back, cancelled or missed has shown the doctor nobody.
fn seen(catalogue: &Catalogue, ticket: &Ticket, doctor: Option<PersonId>) -> Option<Found> {
    let by = |caller: Option<PersonId>| caller.is_some() && caller == doctor;
    let has_seen = ticket.state == State::Done && by(ticket.call.as_ref().map(|call| call.by));
    if has_seen || ticket.sent.iter().any(|sent| by(sent.called_by)) {
        return Some(found(ticket));
    }
    todays(catalogue, ticket, doctor).filter(|_| ticket.state.is_active())
}

/// Whether a doctor's workstation keeps the chart of a ticket's patient: they asked for this doctor by name, or this
/// doctor has called them. Without the network, the doctor can call and see these.
#[must_use]
pub fn is_kept(ticket: &Ticket, doctor: PersonId) -> bool {
    let called_by = ticket.call.as_ref().map(|call| call.by);
    ticket.state.is_active() && rules::is_own(ticket.doctor, called_by, ticket.state, doctor)
}

/// A ticket that the doctor sent to somebody else, as long as they may undo that. They must still work at its branch.
pub(super) fn given(actor: &Actor, ticket: &Ticket, version: i64, at: Timestamp) -> Option<Found> {
    let Actor::Known(Known { branches, .. }) = actor else { return None };
    let gave = actor.person().is_some_and(|by| ticket.was_given(by, version, at));
    (gave && branches.contains(&ticket.branch)).then(|| found(ticket))
}

/// A ticket that is about to be made, and that asks for the caller by name. Nobody becomes a doctor's patient by the
/// doctor's own wish: they are that already, or have no record.
pub(super) fn asked(
    unit: &Unit<'_>,
    ticket: TicketId,
    patient: Option<PersonId>,
    doctor: Option<PersonId>,
) -> Option<Found> {
    let (actor, catalogue) = (unit.actor(), unit.keep::<Catalogue>());
    let is_theirs = |patient| patient_of(unit.state::<LiveQueue>(), &catalogue, patient, actor).is_some();
    let asks = doctor.is_some() && doctor == actor.person();
    (asks && patient.is_none_or(is_theirs)).then(|| Found::today(ticket, patient))
}

/// The ticket that the caller calls next: the best of the services that they give, as a doctor or at a desk. To be
/// picked makes it theirs.
pub(super) fn next_of(unit: &Unit<'_>, known: &Known, by: PersonId) -> Result<(Arc<Live>, Found), Failure> {
    let (catalogue, at) = (unit.keep::<Catalogue>(), unit.at());
    let mut paused = false;
    let mut best: Option<(i64, Arc<Live>)> = None;
    for branch in &known.branches {
        let Some(here) = unit.state::<LiveQueue>().branch(*branch) else { continue };
        if here.door() == Door::Paused {
            paused = true;
            continue;
        }
        let services = catalogue.given_by(*branch, by);
        let caller = Caller { doctor: Some(by), services: &services };
        let rates = catalogue.rates(*branch);
        let next = here.line().next(&caller, at, &rates).and_then(|id| unit.state::<LiveQueue>().ticket(id));
        if let Some(next) = next {
            let score = rules::score(next.ticket.priority, next.ticket.waiting_since, at, &rates);
            if best.as_ref().is_none_or(|(other, _)| *other < score) {
                best = Some((score, next.clone()));
            }
        }
    }
    match best {
        Some((_, live)) => {
            let found = found(&live.ticket);
            Ok((live, found))
        }
        None => Err(if paused { Code::QueuePaused } else { Code::NobodyWaiting }.into()),
    }
}

/// The ticket of a visit of this patient with the caller: it goes on in the doctor's queue, or the doctor has called it,
/// wherever it was transferred afterwards.
#[must_use]
pub fn visit(unit: &Unit<'_>, ticket: TicketId, patient: PersonId) -> Option<Found> {
    let ticket = &unit.state::<LiveQueue>().ticket(ticket)?.ticket;
    let doctor = unit.actor().person()?;
    if ticket.patient != Some(patient) || !works_at(unit.actor(), ticket.branch) {
        return None;
    }
    let called = ticket.call.as_ref().filter(|call| call.by == doctor).map(|_| found(ticket));
    called.or_else(|| seen(&unit.keep::<Catalogue>(), ticket, Some(doctor)))
}
