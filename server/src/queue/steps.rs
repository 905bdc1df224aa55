//! What every step of a ticket needs: the ticket that the caller may act on, the state after the step, and its row.

use std::sync::Arc;

use medlane_shared::{
    access::{Action, Actor, Found, Grant, Resource, Role, may},
    fault::{Code, Fault, FieldCode, FieldFault},
    ids::{BranchId, PersonId, TicketId},
    queue::{self as rules, Hand, State, Taken, Ticket},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{
    change::Change,
    live::{Branch, Live, LiveQueue},
    room::ticket_put,
    today::todays,
};
use crate::{
    clinic::Catalogue,
    writer::{Failure, Unit},
};

/// The ticket of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketRef {
    /// Its id.
    pub id: TicketId,
    /// Its version afterwards.
    pub version: i64,
}

/// A ticket on which the caller may take this action. For others it does not exist.
pub(super) fn found(unit: &Unit<'_>, id: TicketId, action: Action) -> Result<(Arc<Live>, Grant), Failure> {
    found_or(unit, id, action, |_| None)
}

/// [`found`], where a ticket can be the caller's for another reason too.
pub(super) fn found_or(
    unit: &Unit<'_>,
    id: TicketId,
    action: Action,
    also: impl Fn(&Ticket) -> Option<Found>,
) -> Result<(Arc<Live>, Grant), Failure> {
    let live = unit.state::<LiveQueue>().ticket(id);
    let resource = live.map_or_else(Resource::default, |live| {
        let ticket = &live.ticket;
        let todays = todays(&unit.keep::<Catalogue>(), ticket, unit.actor().person());
        Resource::branch(ticket.branch).of(ticket.patient).found(todays.or_else(|| also(ticket)))
    });
    let grant = may(unit.actor(), action, &resource)?;
    Ok((live.ok_or(Code::NotFound)?.clone(), grant))
}

/// The ticket after a step, by the limits of its branch. A ticket of an ended day takes no more steps.
pub(super) fn stepped(unit: &Unit<'_>, live: &Live, step: rules::Step) -> Result<Ticket, Failure> {
    let ended = unit.state::<LiveQueue>().branch(live.ticket.branch).and_then(Branch::ended_day);
    if ended.is_some_and(|ended| live.ticket.day.as_str() <= ended) {
        return Err(Code::TicketOver.into());
    }
    Ok(live.ticket.step(step, unit.at(), &unit.keep::<Catalogue>().rules(live.ticket.branch))?)
}

/// Who takes this step; `None` for a device and for the server itself.
fn taken(actor: &Actor) -> Option<Taken> {
    Some(Taken { hand: Hand::of(actor.role()?)?, by: actor.person() })
}

/// Stores a ticket after a step that teaches nothing about visits.
pub(super) fn kept(unit: &mut Unit<'_>, live: &Live, next: Ticket) -> TicketRef {
    let is_sent = next.sent.len() > live.ticket.sent.len();
    let next = match taken(unit.actor()) {
        Some(taken) if is_sent => next.taken(taken).sent_by(taken),
        Some(taken) => next.taken(taken),
        None => next,
    };
    let out = TicketRef { id: next.id, version: next.version };
    ticket_put(unit, Live { ticket: next, ..live.clone() });
    out
}

/// Stores a ticket after a step, and learns from a visit that ended.
pub(super) fn put(unit: &mut Unit<'_>, live: &Live, next: Ticket) -> TicketRef {
    let before = &live.ticket;
    let visit_s = match (before.state, next.state, &before.call) {
        // The desk is busy from the call on, whether the patient comes or not. If the visit goes on elsewhere, its
        // part here counts as a visit of this service.
        (State::Serving, State::Done | State::Waiting, Some(call))
        | (State::Called, State::NoShow, Some(call)) => Some(unit.at().since_ms(call.at)),
        _ => None,
    };
    let (branch, service) = (before.branch, before.service);
    let out = kept(unit, live, next);
    if let Some(visit_ms) = visit_s {
        let planned = unit.keep::<Catalogue>().service(service).map_or(15, |service| service.duration_min);
        let before = unit.state::<LiveQueue>().branch(branch).and_then(|branch| branch.learned(service));
        #[expect(clippy::cast_precision_loss, reason = "a visit's milliseconds")]
        let learned = before
            .unwrap_or_else(|| rules::Learned::prior(planned))
            .learn(visit_ms.max(0) as f64 / 1_000.0, unit.at());
        unit.change::<LiveQueue>(Change::Learned(branch, service, learned));
    }
    out
}

/// Checks that the branch has the room, and that nobody else has called a patient to it, or sees one there.
pub(super) fn free(
    unit: &Unit<'_>,
    ticket: &Ticket,
    by: PersonId,
    room: Option<&str>,
) -> Result<(), Failure> {
    let catalogue = unit.keep::<Catalogue>();
    let has = |room| {
        catalogue.branch(ticket.branch).is_some_and(|branch| branch.rooms.iter().any(|one| one.name == room))
    };
    if room.is_some_and(|room| !has(room)) {
        return Err(Fault::new(Code::Invalid).field("room", FieldCode::Choice).into());
    }
    let here = unit.state::<LiveQueue>().branch(ticket.branch);
    let taken = here.zip(room).is_some_and(|(here, room)| here.is_taken(room, by));
    if taken { Err(Code::RoomInUse.into()) } else { Ok(()) }
}

/// Checks that a call says where to go. A doctor works in one room and may leave it out; a desk calls for several, so it
/// names the room where the branch has rooms. A desk has called nobody else to that room, and sees nobody there, apart
/// from the visits that the same press ends.
pub(super) fn leads(
    unit: &Unit<'_>,
    ticket: &Ticket,
    room: Option<&str>,
    ends: &[TicketId],
) -> Result<(), Failure> {
    if works_in_one_room(unit) {
        return Ok(());
    }
    let Some(room) = room else {
        let catalogue = unit.keep::<Catalogue>();
        let has_rooms = catalogue.branch(ticket.branch).is_some_and(|branch| !branch.rooms.is_empty());
        let missing = || Fault::new(Code::Invalid).field("room", FieldCode::Missing).into();
        return if has_rooms { Err(missing()) } else { Ok(()) };
    };
    let queue = unit.state::<LiveQueue>();
    let mut there =
        [State::Called, State::Serving].into_iter().flat_map(|state| queue.in_state(ticket.branch, state));
    let is_other = |other: &Ticket| {
        let is_there = other.call.as_ref().is_some_and(|call| call.room.as_deref() == Some(room));
        is_there && other.id != ticket.id && !ends.contains(&other.id)
    };
    if there.any(|live| is_other(&live.ticket)) { Err(Code::RoomInUse.into()) } else { Ok(()) }
}

/// Whether the caller's last room is meant by a call that names none.
pub(super) fn works_in_one_room(unit: &Unit<'_>) -> bool {
    unit.actor().role() == Some(Role::Doctor)
}

/// Checks that the caller has called nobody else, and sees nobody else, than those whom they name in `beside`: a second
/// window, or a press too many, calls no second patient into a room without a question. A caller who names nobody, not
/// even an empty list, is not asked.
pub(super) fn alone(
    unit: &Unit<'_>,
    by: PersonId,
    (branches, ticket): (&[BranchId], TicketId),
    beside: Option<&[TicketId]>,
) -> Result<(), Failure> {
    let Some(beside) = beside else { return Ok(()) };
    let queue = unit.state::<LiveQueue>();
    for branch in branches {
        let others =
            [State::Serving, State::Called].into_iter().flat_map(|state| queue.in_state(*branch, state));
        for other in others.map(|live| &live.ticket) {
            let is_own = other.call.as_ref().is_some_and(|call| call.by == by);
            if is_own && other.id != ticket && !beside.contains(&other.id) {
                let other = TicketRef { id: other.id, version: other.version };
                return Err(Fault::new(Code::AlreadyCalled).present(&other).into());
            }
        }
    }
    Ok(())
}

/// The new start of waiting for a ticket that lets others go first.
pub(super) fn behind(unit: &Unit<'_>, ticket: &Ticket, places: u32) -> Result<Timestamp, Failure> {
    if !(1..=rules::PLACES_MAX).contains(&places) {
        return Err(Fault::new(Code::Invalid)
            .field("places", FieldFault::range(1, rules::PLACES_MAX))
            .into());
    }
    if ticket.state != State::Waiting {
        return Err(Code::TicketStepRefused.into());
    }
    let rates = unit.keep::<Catalogue>().rates(ticket.branch);
    let since = unit.state::<LiveQueue>().since_behind(ticket, places as usize, unit.at(), &rates);
    since.ok_or_else(|| Code::NobodyBehind.into())
}

/// Checks that a patient whose visit goes on again has no other ticket in its line.
pub(super) fn goes_on(unit: &Unit<'_>, live: &Live, next: &Ticket) -> Result<(), Failure> {
    let begins = next.state.is_active() && !live.ticket.state.is_active();
    let taken = next
        .patient
        .filter(|_| begins)
        .and_then(|patient| unit.state::<LiveQueue>().active(patient, next.service));
    if taken.is_some() { Err(Code::TicketActive.into()) } else { Ok(()) }
}
