//! Repeated requests about a ticket that has left the live queue. Stored answers are kept longer than tickets.

use medlane_shared::{
    access::{Action, role_may},
    ids::TicketId,
};

use super::live::LiveQueue;
use crate::writer::{Failure, Op, Unit};

/// Checks that the caller may get a stored answer about a ticket. If the ticket has left the live queue, only the
/// role is checked: the answer is an id and a version, and before the row is shown the full right is checked.
///
/// # Errors
/// The refusal, or [`Failure::Broken`].
pub(super) async fn still<O: Op>(
    op: &O,
    unit: &mut Unit<'_>,
    id: TicketId,
    action: Action,
) -> Result<(), Failure> {
    if unit.state::<LiveQueue>().ticket(id).is_some() {
        return unit.allows(op).await;
    }
    role_may(unit.actor(), action)?;
    Ok(())
}
