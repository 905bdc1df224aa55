//! Tickets taken from home: limited for each account, and ended if nobody is left who acts for the patient.

use medlane_shared::{
    access::{Actor, Role},
    identity::Limit,
    ids::{PersonId, TicketId},
    queue::{State, Step, Ticket},
};
use serde_json::json;

use super::steps::{kept, stepped};
use crate::{
    app::App,
    attempts::Try,
    queue::LiveQueue,
    writer::{Entry, Failure, Unit},
};

/// The window of the limit on tickets from home, in milliseconds.
const HOUR_MS: i64 = 3_600_000;

/// The limit on tickets that an account takes from home, for itself and its dependants. Staff and kiosks have no such
/// limit.
#[must_use]
pub fn joins(app: &App, actor: &Actor) -> Vec<Try> {
    let max = app.config.limits.joins_an_hour;
    let limit = Limit { window_ms: HOUR_MS, max, grows: false };
    let of = actor.person().filter(|_| max > 0 && actor.role() == Some(Role::Patient));
    of.map(|of| Try::new(&app.core, actor.clinic(), "join", &of.to_string(), limit)).into_iter().collect()
}

/// Whether the patient is not here: the ticket was taken from home, nobody has checked them in, and nobody calls
/// them.
const fn is_away(ticket: &Ticket) -> bool {
    ticket.arrived_at.is_none() && matches!(ticket.state, State::Waiting | State::Parked)
}

/// Whether a patient has a ticket that has not ended.
#[must_use]
pub fn waits(unit: &Unit<'_>, patient: PersonId) -> bool {
    unit.state::<LiveQueue>().of_patient(patient).any(|live| live.ticket.state.is_active())
}

/// Ends the tickets of a patient who is still at home, and returns them. Tickets stay if the patient is here, is
/// called, or is being seen.
///
/// # Errors
/// A refused step.
pub fn end_remote(unit: &mut Unit<'_>, patient: PersonId, why: &str) -> Result<Vec<TicketId>, Failure> {
    let theirs = unit.state::<LiveQueue>().of_patient(patient);
    let lives: Vec<_> = theirs.filter(|live| is_away(&live.ticket)).cloned().collect();
    let mut ended = Vec::new();
    for live in lives {
        // A ticket of an ended day ends with that day.
        let Ok(next) = stepped(unit, &live, Step::Cancel) else { continue };
        let entry = Entry::new("ticket.cancel", format!("ticket:{}", next.id))
            .patient(next.patient)
            .detail(json!({ "label": next.label, "from": live.ticket.state, "to": next.state, "why": why }));
        ended.push(next.id);
        kept(unit, &live, next);
        unit.audit(entry);
    }
    Ok(ended)
}
