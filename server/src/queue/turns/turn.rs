//! A notice about a turn.

use medlane_shared::{ids::TicketId, time::Timestamp};

/// A notice to a patient: the ticket, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Turn {
    /// The ticket.
    pub ticket: TicketId,
    /// What it says.
    pub about: About,
}

/// What a notice says.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum About {
    /// The patient's turn is near.
    Soon,
    /// The patient is called.
    Call(Called),
    /// The clinic has cancelled the ticket: the patient waits in vain, or is on the way for nothing.
    Cancelled,
    /// The visit was sent on to another line at this time: the patient waits for another call than they think.
    Sent(Timestamp),
}

impl Turn {
    /// The call that it tells of.
    #[must_use]
    pub const fn call(&self) -> Option<&Called> {
        match &self.about {
            About::Call(call) => Some(call),
            About::Soon | About::Cancelled | About::Sent(_) => None,
        }
    }
}

/// A call that a patient is told of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Called {
    /// The time of the call, which distinguishes the calls of one ticket.
    pub at: Timestamp,
    /// The room. Staff may change it during the call; then the patient must hear of the new room.
    pub room: Option<String>,
}
