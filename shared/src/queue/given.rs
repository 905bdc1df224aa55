//! How a visit is sent on to another line: from where, and who may still take that back although the ticket is theirs
//! no more.

use serde::{Deserialize, Serialize};

use super::{
    Label, State, Taken, TakenBy,
    ticket::{Ticket, Undo},
};
use crate::{
    ids::{PersonId, ServiceId, TicketId},
    time::Timestamp,
};

/// A transfer that a ticket has made: the line that it left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineLeft {
    /// The service before.
    pub service: ServiceId,
    /// The doctor asked for by name before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doctor: Option<PersonId>,
    /// Who had called the patient last, or was seeing them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_by: Option<PersonId>,
    /// When.
    pub at: Timestamp,
    /// Who sent the visit on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Taken>,
}

/// A visit that left its doctor's queue by a transfer, as this doctor sees it: where it went, and who sent it there.
/// It names no patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SentOn {
    /// The ticket.
    pub id: TicketId,
    /// Its label.
    pub label: Label,
    /// The name of the service that it was sent to.
    pub service_name: String,
    /// The doctor that it was sent to by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doctor_name: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Who sent it on, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<TakenBy>,
}

/// The last transfer of a visit that goes on, as those see it whom the patient was sent to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SentFrom {
    /// The name of the service before.
    pub service_name: String,
    /// When.
    pub at: Timestamp,
    /// Who sent the visit on, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<TakenBy>,
    /// Why, in their words. Only the patient's doctor sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Who transferred a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transferred {
    /// Who did.
    pub by: PersonId,
    /// The ticket's version right after it.
    pub version: i64,
    /// Until when they may take it back.
    pub until: Timestamp,
}

impl Ticket {
    /// The transfer that takes this ticket out of its present line.
    pub(super) fn sent_on(&self, at: Timestamp) -> LineLeft {
        let called_by = self.call.as_ref().map(|call| call.by);
        LineLeft { service: self.service, doctor: self.doctor, called_by, at, taken: None }
    }

    /// The transfer after which the patient still waits to be called; `None` if there is none.
    #[must_use]
    pub fn lately_sent(&self) -> Option<&LineLeft> {
        let sent = self.sent.last().filter(|_| matches!(self.state, State::Waiting | State::Parked))?;
        self.call.as_ref().is_none_or(|call| call.at <= sent.at).then_some(sent)
    }

    /// Records who took the transfer that this ticket has just made.
    #[must_use]
    pub fn given(mut self, by: PersonId) -> Self {
        let version = self.version;
        if let Some(undo) = &mut self.undo {
            undo.given = Some(Transferred { by, version, until: undo.until });
        }
        self
    }

    /// Whether this person transferred the ticket a moment ago, and saw this version of it then.
    #[must_use]
    pub fn was_given(&self, by: PersonId, version: i64, now: Timestamp) -> bool {
        let seen = |given: &Transferred| given.by == by && given.version == version;
        self.lately_given(now).is_some_and(|given| seen(&given))
    }

    /// The last transfer, as long as it can be taken back. Later steps keep it, so that whoever comes too late hears
    /// what has become of the ticket.
    pub(super) fn lately_given(&self, now: Timestamp) -> Option<Transferred> {
        self.undo.as_ref().and_then(|Undo { given, .. }| *given).filter(|given| now <= given.until)
    }
}
