//! Who took a ticket's last step. Staff alone are told: a doctor whose visit somebody else has ended.

use serde::{Deserialize, Serialize};

use super::{State, ticket::Ticket};
use crate::{access::Role, ids::PersonId};

/// Who takes steps of tickets, in the words of a clinic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Hand {
    /// A doctor.
    Doctor,
    /// Reception, or those who run the branch or the clinic.
    Desk,
    /// The patient, or the person who looks after them.
    Patient,
    /// Nobody: the clinic's day was over.
    DayEnd,
}

impl Hand {
    /// The hand of a person in this role; `None` for a device.
    #[must_use]
    pub const fn of(role: Role) -> Option<Self> {
        match role {
            Role::Doctor => Some(Self::Doctor),
            Role::Reception | Role::Manager | Role::Admin => Some(Self::Desk),
            Role::Patient => Some(Self::Patient),
            Role::Kiosk | Role::Board => None,
        }
    }
}

/// Who took a step, as it is kept with the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// In which capacity.
    pub hand: Hand,
    /// The person; `None` for the day's end.
    pub by: Option<PersonId>,
}

/// Who took a ticket's last step, as staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TakenBy {
    /// In which capacity.
    pub hand: Hand,
    /// The person; `None` for the day's end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
    /// The name of a doctor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Ticket {
    /// Records who took the step that this ticket has just made.
    #[must_use]
    pub const fn taken(mut self, taken: Taken) -> Self {
        if let Some(undo) = &mut self.undo {
            undo.taken = Some(taken);
        }
        self
    }

    /// Records who sent the visit on, after the step that did.
    #[must_use]
    pub fn sent_by(mut self, taken: Taken) -> Self {
        if let Some(sent) = self.sent.last_mut() {
            sent.taken = Some(taken);
        }
        self
    }

    /// Who took the last step; `None` if it is not known: nobody can say it of an undo, nor of a step of an earlier
    /// release.
    #[must_use]
    pub fn taken_by(&self) -> Option<Taken> {
        match &self.undo {
            Some(undo) => undo.taken,
            // The day's end is the one step that nobody can undo.
            None if matches!(self.state, State::Done | State::NoShow) => {
                Some(Taken { hand: Hand::DayEnd, by: None })
            }
            None => None,
        }
    }
}
