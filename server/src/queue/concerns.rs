//! The patient whom a path concerns that names a ticket.

use futures_util::future::BoxFuture;
use medlane_shared::ids::{PersonId, TicketId};

use super::LiveQueue;
use crate::engine::{Clinic, Core};

/// The patient of a ticket.
pub fn ticket_concerned<'a>(
    _core: &'a Core,
    clinic: &'a Clinic,
    id: &'a str,
) -> BoxFuture<'a, Option<PersonId>> {
    Box::pin(async move {
        let id: TicketId = id.parse().ok()?;
        clinic.with(|live: &LiveQueue| live.ticket(id).and_then(|live| live.ticket.patient))
    })
}
