//! What a kiosk holds and says nothing of any more is void: it was not printed, or the kiosk died over it.

use std::{sync::Arc, time::Duration};

use medlane_shared::{
    access::Actor,
    fault::Code,
    ids::{ClinicId, TicketId},
    queue::{State, Step},
    time::Timestamp,
};
use serde_json::json;

use crate::{
    app::App,
    clinic::Clinic,
    queue::ops::{put, stepped},
    writer::{By, Done, Entry, Failure, Op, Unit},
};

/// How long a ticket may be held.
const HELD_MAX_MS: i64 = 5 * 60_000;
/// How often it is looked whether one has been held for too long, while nothing else happens.
const LOOK: Duration = Duration::from_secs(30);

/// Voids what was held for too long, until the server ends.
pub async fn lapse(app: Arc<App>, clinic: ClinicId) {
    let Ok(found) = app.core.clinics.get(clinic) else { return };
    let (mut closing, mut moved) = (app.closing.clone(), found.moved());
    loop {
        moved.borrow_and_update();
        for id in overdue(&found, app.core.now()) {
            if let Err(fault) = app.writer.run(By::system(clinic), Lapse(id)).await {
                tracing::warn!(%fault, "a ticket that was held for too long");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            // Nothing else is waited for where the clinic is at work.
            changed = moved.changed() => if changed.is_err() { return },
            _ = closing.wait_for(|closing| *closing) => return,
        }
    }
}

fn overdue(clinic: &Clinic, now: Timestamp) -> Vec<TicketId> {
    clinic.with_live(|live| {
        let catalogue = clinic.catalogue();
        let held = catalogue.branches.iter().flat_map(|branch| live.in_state(branch.id, State::Held));
        let old = held.filter(|live| now.since_ms(live.ticket.joined_at) > HELD_MAX_MS);
        old.map(|live| live.ticket.id).collect()
    })
}

/// Voids one ticket that was held for too long.
#[derive(Debug, Clone, Copy)]
struct Lapse(TicketId);

impl Op for Lapse {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        if !matches!(unit.actor(), Actor::System { .. }) {
            return Err(Code::Forbidden.into());
        }
        let held = unit.live().ticket(self.0).filter(|live| live.ticket.state == State::Held).cloned();
        // Another node was first, or the kiosk after all.
        let Some(live) = held else { return Ok(unit.commit_unaudited()) };
        let next = stepped(unit, &live, Step::Cancel)?;
        let entry =
            Entry::new("ticket.lapse", format!("ticket:{}", next.id)).detail(json!({ "label": next.label }));
        put(unit, &live, next);
        Ok(unit.commit(entry, ()))
    }
}
