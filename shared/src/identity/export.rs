//! All data that a clinic keeps about a person, for that person.

use serde::{Deserialize, Serialize};

use super::{Dependant, PersonView, SessionView};
use crate::{notify::NoticeView, queue::TicketView, records::Note, time::Timestamp};

/// `GET /users/me/export`: a copy to keep, or to take to another clinic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountExport {
    /// When it was made.
    pub made_at: Timestamp,
    /// Their account.
    pub person: PersonView,
    /// The people whom they look after.
    pub dependants: Vec<Dependant>,
    /// Their sessions.
    pub sessions: Vec<SessionView>,
    /// Their latest visits, at most a thousand, newest first.
    pub visits: Vec<TicketView>,
    /// Their signed notes, newest first.
    pub notes: Vec<Note>,
    /// The notices of the last month, newest first.
    pub told: Vec<NoticeView>,
}
