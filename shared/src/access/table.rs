//! ACCESS.md's table, row by row.

use super::{Known, Resource, Role, Who};

/// Everything that can be asked for. A row of ACCESS.md is one action, or several where its columns differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// See branches, services, doctors, opening hours.
    CatalogueRead,
    /// See a branch's public board.
    BoardRead,
    /// Follow a ticket by its secret link.
    TicketLinkRead,
    /// Take a place in a queue.
    TicketJoin,
    /// See a ticket's position and state.
    TicketRead,
    /// Give a place in a queue up.
    TicketCancel,
    /// See the queue with names; reasons only where [`Action::QueueReasonsRead`] is allowed too.
    QueueRead,
    /// See the reasons for the visits in the queue.
    QueueReasonsRead,
    /// Call next, call this one, recall, serve, done.
    TicketCall,
    /// Park, put back, no-show, transfer, undo.
    TicketMove,
    /// Set a priority.
    TicketPrioritise,
    /// Pause, close, open a queue.
    QueueControl,
    /// See a day's figures of the queue.
    QueueStatsRead,
    /// Read a chart: notes, records.
    ChartRead,
    /// Write and sign notes.
    NoteWrite,
    /// Read the clinic's audit log and verify it.
    AuditRead,
    /// Follow the clinic's live activity.
    ActivityRead,
    /// Enrol a device.
    DeviceEnrol,
    /// See and end one's own sessions, see oneself.
    SelfRead,
}

impl Action {
    /// Every action, for tables and tests.
    pub const ALL: &[Self] = &[
        Self::CatalogueRead,
        Self::BoardRead,
        Self::TicketLinkRead,
        Self::TicketJoin,
        Self::TicketRead,
        Self::TicketCancel,
        Self::QueueRead,
        Self::QueueReasonsRead,
        Self::TicketCall,
        Self::TicketMove,
        Self::TicketPrioritise,
        Self::QueueControl,
        Self::QueueStatsRead,
        Self::ChartRead,
        Self::NoteWrite,
        Self::AuditRead,
        Self::ActivityRead,
        Self::DeviceEnrol,
        Self::SelfRead,
    ];

    /// Open to everyone, signed in or not.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self, Self::CatalogueRead | Self::BoardRead | Self::TicketLinkRead)
    }
}

/// How far a role's permission reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Everyone's.
    Public,
    /// The person's own.
    Own,
    /// The doctor's own queue, room or patients of today.
    Theirs,
    /// Authorship, consent or emergency access.
    Right,
    /// Their patients of today, or with a right.
    TheirsOrRight,
    /// The branches that they belong to.
    Branch,
    /// The whole clinic.
    Clinic,
}

impl Reach {
    pub(super) fn covers(self, known: &Known, resource: &Resource) -> bool {
        match self {
            Self::Public | Self::Clinic => true,
            Self::Own => matches!(known.who, Who::Person(person) if resource.owner == Some(person)),
            Self::Theirs => resource.theirs,
            Self::Right => resource.right,
            Self::TheirsOrRight => resource.theirs || resource.right,
            Self::Branch => resource.branch.is_some_and(|branch| known.branches.contains(&branch)),
        }
    }
}

/// The cell of the table; `None` where it is empty: everything not listed is refused.
pub(super) const fn reach(role: Role, action: Action) -> Option<Reach> {
    use Action as A;
    use Role::{Admin, Board, Doctor, Kiosk, Manager, Patient, Reception};
    match (action, role) {
        (A::CatalogueRead | A::BoardRead | A::TicketLinkRead, _) => Some(Reach::Public),
        (A::SelfRead, _)
        | (A::TicketJoin | A::TicketRead | A::TicketCancel | A::QueueRead | A::QueueControl, Admin)
        | (A::QueueStatsRead | A::AuditRead | A::ActivityRead | A::DeviceEnrol, Admin) => Some(Reach::Clinic),
        (A::TicketJoin | A::TicketRead | A::TicketCancel | A::ChartRead, Patient) => Some(Reach::Own),
        (A::TicketJoin | A::TicketRead | A::TicketCancel | A::QueueRead | A::QueueReasonsRead, Doctor)
        | (
            A::TicketCall | A::TicketMove | A::TicketPrioritise | A::QueueControl | A::QueueStatsRead,
            Doctor,
        ) => Some(Reach::Theirs),
        (A::ChartRead, Doctor) => Some(Reach::Right),
        (A::NoteWrite, Doctor) => Some(Reach::TheirsOrRight),
        (A::TicketJoin | A::TicketRead | A::TicketCancel | A::QueueRead, Reception | Manager)
        | (A::TicketCall | A::TicketMove | A::TicketPrioritise | A::QueueControl, Reception | Manager)
        | (A::QueueStatsRead, Reception | Manager)
        | (A::TicketJoin, Kiosk)
        | (A::DeviceEnrol, Manager) => Some(Reach::Branch),
        (_, Patient | Doctor | Reception | Manager | Admin | Kiosk | Board) => None,
    }
}
