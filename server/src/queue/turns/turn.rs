//! A notice about a turn.

use medlane_shared::{ids::TicketId, time::Timestamp};

/// A notice to a patient: the ticket, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Turn {
    /// The ticket.
    pub ticket: TicketId,
    /// The call; `None` for a notice that their turn is near.
    pub call: Option<Called>,
}

/// A call that a patient is told of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Called {
    /// The time of the call, which distinguishes the calls of one ticket.
    pub at: Timestamp,
    /// The room. Staff may change it during the call; then the patient must hear of the new room.
    pub room: Option<String>,
}
