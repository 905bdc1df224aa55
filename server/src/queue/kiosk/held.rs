//! Voids the tickets that a kiosk holds too long: they were not printed, or the kiosk failed.

use medlane_shared::{
    access::Actor,
    fault::Code,
    ids::TicketId,
    queue::{State, Step},
    time::Timestamp,
};
use serde_json::json;

use crate::{
    clinic::Catalogue,
    engine::Clinic,
    queue::{
        LiveQueue,
        steps::{put, stepped},
    },
    writer::{Done, Entry, Failure, Op, Unit},
};

/// How long a ticket may be held, in milliseconds.
const HELD_MAX_MS: i64 = 5 * 60_000;
/// The tickets that were held too long.
pub fn overdue(clinic: &Clinic, now: Timestamp) -> Vec<Lapse> {
    clinic.with(|live: &LiveQueue| {
        let catalogue = clinic.state::<Catalogue>();
        let held = catalogue.branches.iter().flat_map(|branch| live.in_state(branch.id, State::Held));
        let old = held.filter(|live| now.since_ms(live.ticket.joined_at) > HELD_MAX_MS);
        old.map(|live| Lapse(live.ticket.id)).collect()
    })
}

/// Voids a ticket that was held too long.
#[derive(Debug, Clone, Copy)]
pub struct Lapse(TicketId);

impl Op for Lapse {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        if !matches!(unit.actor(), Actor::System { .. }) {
            return Err(Code::Forbidden.into());
        }
        let held =
            unit.state::<LiveQueue>().ticket(self.0).filter(|live| live.ticket.state == State::Held).cloned();
        // Another node was first, or the kiosk has handed the ticket over.
        let Some(live) = held else { return Ok(unit.commit_unaudited()) };
        let next = stepped(unit, &live, Step::Cancel)?;
        let entry =
            Entry::new("ticket.lapse", format!("ticket:{}", next.id)).detail(json!({ "label": next.label }));
        put(unit, &live, next);
        Ok(unit.commit(entry, ()))
    }
}
