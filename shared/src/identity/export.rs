//! Everything that a clinic keeps of somebody, for themselves.

use serde::{Deserialize, Serialize};

use super::{Dependant, PersonView, SessionView};
use crate::{notify::NoticeView, queue::TicketView, records::Note, time::Timestamp};

/// `GET /users/me/export`: to be kept, or taken elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountExport {
    /// When it was made.
    pub made_at: Timestamp,
    /// Who they are.
    pub person: PersonView,
    /// Whom they look after.
    pub dependants: Vec<Dependant>,
    /// Where they are signed in.
    pub sessions: Vec<SessionView>,
    /// Their visits, newest first, the last thousand.
    pub visits: Vec<TicketView>,
    /// Their signed notes, newest first.
    pub notes: Vec<Note>,
    /// What they were told in the last month, newest first.
    pub told: Vec<NoticeView>,
}
