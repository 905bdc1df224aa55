//! Who gave a ticket to another line, and may still take that back although the ticket is theirs no more.

use serde::{Deserialize, Serialize};

use super::ticket::{Ticket, Undo};
use crate::{ids::PersonId, time::Timestamp};

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
