//! The state of a ticket, and its priority class.

use serde::{Deserialize, Serialize};

/// The priority class of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Danger to life.
    Emergency,
    /// Should not wait long.
    Urgent,
    /// In turn, without priority.
    #[default]
    Normal,
}

impl Priority {
    /// Every class, most pressing first.
    pub const ALL: &[Self] = &[Self::Emergency, Self::Urgent, Self::Normal];
}

/// The state of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Taken at a kiosk, but not yet in line: it is not known yet whether it was printed.
    Held,
    /// In line.
    Waiting,
    /// Called to a room.
    Called,
    /// The visit is going on.
    Serving,
    /// Set aside by staff. The ticket keeps its waiting time.
    Parked,
    /// The visit is over.
    Done,
    /// The patient did not come when called.
    NoShow,
    /// The patient left the queue, or the clinic cancelled the ticket.
    Cancelled,
}

/// Who cancelled a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CancelledBy {
    /// The patient, or a person who looks after them.
    Patient,
    /// The clinic's staff.
    Clinic,
}

impl State {
    /// Every state.
    pub const ALL: &[Self] = &[
        Self::Held,
        Self::Waiting,
        Self::Called,
        Self::Serving,
        Self::Parked,
        Self::Done,
        Self::NoShow,
        Self::Cancelled,
    ];

    /// Whether the visit is still to come or going on: the patient cannot take a second ticket for the service.
    #[must_use]
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Held | Self::Waiting | Self::Called | Self::Serving | Self::Parked)
    }

    /// The text on the wire and in the database.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::Called => "called",
            Self::Serving => "serving",
            Self::Parked => "parked",
            Self::Done => "done",
            Self::NoShow => "no_show",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state with this [`State::text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.text() == text)
    }
}
