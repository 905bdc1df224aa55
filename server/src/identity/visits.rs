//! What this room asks the queue, which is above it.

use medlane_shared::ids::{PersonId, TicketId};

use crate::writer::{Failure, Unit};

/// The queue's answers. The list of rooms brings them.
pub struct Visits {
    /// Ends a patient's tickets with a reason while they are still at home, and returns them.
    pub end_remote: fn(&mut Unit<'_>, PersonId, &str) -> Result<Vec<TicketId>, Failure>,
    /// Whether a patient has a ticket that has not ended.
    pub waits: fn(&Unit<'_>, PersonId) -> bool,
}

/// Ends the tickets of a patient who is still at home, and returns them. Tickets stay if the patient is here, is
/// called, or is being seen.
///
/// # Errors
/// A refused step.
pub fn end_remote(unit: &mut Unit<'_>, patient: PersonId, why: &str) -> Result<Vec<TicketId>, Failure> {
    let visits: &Visits = unit.core().rooms.get();
    (visits.end_remote)(unit, patient, why)
}

/// Whether a patient has a ticket that has not ended.
pub fn waits(unit: &Unit<'_>, patient: PersonId) -> bool {
    let visits: &Visits = unit.core().rooms.get();
    (visits.waits)(unit, patient)
}
