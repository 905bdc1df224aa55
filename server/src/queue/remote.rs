//! Tickets that were taken from home: bounded by account, and ended where nobody is left who acts for the patient.

use medlane_shared::{
    access::{Actor, Role},
    identity::Limit,
    ids::{PersonId, TicketId},
    queue::{State, Step, Ticket},
};
use serde_json::json;

use super::ops::{kept, stepped};
use crate::{
    app::App,
    identity::attempts::Try,
    writer::{Entry, Failure, Unit},
};

/// Tickets taken from home are counted for so long.
const HOUR_MS: i64 = 3_600_000;

/// How many tickets an account may take from home, for itself and whom it looks after. Staff and kiosks are not counted.
#[must_use]
pub fn joins(app: &App, actor: &Actor) -> Vec<Try> {
    let max = app.config.limits.joins_an_hour;
    let limit = Limit { window_ms: HOUR_MS, max, grows: false };
    let of = actor.person().filter(|_| max > 0 && actor.role() == Some(Role::Patient));
    of.map(|of| Try::new(&app.core, actor.clinic(), "join", &of.to_string(), limit)).into_iter().collect()
}

/// Whether a ticket is of somebody who is not there: it was taken from home, nobody has checked them in, and nobody calls
/// them.
const fn is_away(ticket: &Ticket) -> bool {
    ticket.arrived_at.is_none() && matches!(ticket.state, State::Waiting | State::Parked)
}

/// Ends the tickets of a patient who is still at home, and says which. Who is there, is called or is being seen, stays.
///
/// # Errors
/// A step that is refused.
pub fn end_remote(unit: &mut Unit<'_>, patient: PersonId, why: &str) -> Result<Vec<TicketId>, Failure> {
    let theirs = unit.live().of_patient(patient);
    let lives: Vec<_> = theirs.filter(|live| is_away(&live.ticket)).cloned().collect();
    let mut ended = Vec::new();
    for live in lives {
        // One of a day that is over ends with it.
        let Ok(next) = stepped(unit, &live, Step::Cancel) else { continue };
        let entry = Entry::new("ticket.cancel", format!("ticket:{}", next.id))
            .patient(next.patient)
            .detail(json!({ "label": next.label, "from": live.ticket.state, "why": why }));
        ended.push(next.id);
        kept(unit, &live, next);
        unit.audit(entry);
    }
    Ok(ended)
}
