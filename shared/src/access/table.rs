//! The table of who may do what, one function per role.

use super::{Evidence, Known, Resource, Role, Who};
use crate::ids::PersonId;

/// Every action that access is checked for. Each is a row of the table in `docs/product.md`.
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
    /// Leave a queue.
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
    /// Mark that a patient who joined from home has arrived.
    TicketCheckIn,
    /// Hold tickets until they are printed, and give tickets while the network is down.
    TicketHold,
    /// Settle a task at the desk that only a person can settle.
    TaskSettle,
    /// Ask for help at a kiosk.
    HelpAsk,
    /// Go to help at a kiosk.
    HelpAnswer,
    /// Read a chart: notes, records.
    ChartRead,
    /// Write and sign notes.
    NoteWrite,
    /// Read the clinic's audit log and verify it.
    AuditRead,
    /// Follow the clinic's live activity.
    ActivityRead,
    /// See the delivery state of the clinic's messages.
    MessagesRead,
    /// Enrol, see, rename and remove devices.
    DeviceManage,
    /// See, invite, suspend, promote and remove people; end their sessions.
    PeopleManage,
    /// See patients who are probably registered twice, merge them, undo a merge.
    PatientMerge,
    /// Find patients, and see who they are.
    PatientRead,
    /// Register a patient.
    PatientRegister,
    /// Set branches, services and the doctors who give them.
    SettingsManage,
    /// Replace the keys that sign tokens.
    KeysManage,
    /// See oneself and one's sessions.
    SelfRead,
    /// End one's sessions, change one's profile and password.
    SelfChange,
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
        Self::TicketCheckIn,
        Self::TicketHold,
        Self::TaskSettle,
        Self::HelpAsk,
        Self::HelpAnswer,
        Self::ChartRead,
        Self::NoteWrite,
        Self::AuditRead,
        Self::ActivityRead,
        Self::MessagesRead,
        Self::DeviceManage,
        Self::PeopleManage,
        Self::PatientMerge,
        Self::PatientRead,
        Self::PatientRegister,
        Self::SettingsManage,
        Self::KeysManage,
        Self::SelfRead,
        Self::SelfChange,
    ];

    /// Whether the action is open to everyone, signed in or not.
    #[must_use]
    pub const fn is_public(self) -> bool {
        matches!(self, Self::CatalogueRead | Self::BoardRead | Self::TicketLinkRead)
    }
}

/// How far a role's permission reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Open to everyone.
    Public,
    /// The caller: their own account, session and device.
    Oneself,
    /// The person's own things, and those of their dependants.
    Own,
    /// The doctor's own queue, room or patients of today.
    Theirs,
    /// Things that the caller wrote, or may see by consent or emergency access.
    Right,
    /// The doctor's patients of today, and things covered by [`Reach::Right`].
    TheirsOrRight,
    /// The doctor's part of a branch where they work.
    Workplace,
    /// The branches that the caller belongs to.
    Branch,
    /// The whole clinic.
    Clinic,
}

impl Reach {
    /// Why this reach covers the thing; `None` if it does not.
    pub(super) fn evidence(self, known: &Known, resource: &Resource) -> Option<Evidence> {
        let caller = match known.who {
            Who::Person(person) => Some(person),
            Who::Device(_) => None,
        };
        let is_caller = |person: PersonId| caller == Some(person);
        let found = resource.found.and_then(|found| found.about(resource.owner));
        let today = found.filter(|found| matches!(found, Evidence::Today(_)));
        let right = if resource.author.is_some_and(is_caller) {
            Some(Evidence::Author)
        } else {
            found.filter(|found| matches!(found, Evidence::Consent(_) | Evidence::Emergency(_)))
        };
        let owns = |owner: PersonId| is_caller(owner) || known.dependants.contains(&owner);
        let is_theirs = |branch| known.branches.contains(&branch);
        match self {
            Self::Public => Some(Evidence::Public),
            Self::Oneself => resource.owner.is_none_or(is_caller).then_some(Evidence::Own),
            Self::Own => resource.owner.is_some_and(owns).then_some(Evidence::Own),
            // A ticket of a branch that the doctor has left is no longer theirs.
            Self::Theirs => today.filter(|_| resource.branch.is_none_or(is_theirs)),
            Self::Right => right,
            Self::TheirsOrRight => right.or(today),
            Self::Workplace | Self::Branch => {
                resource.branch.is_some_and(is_theirs).then_some(Evidence::Role)
            }
            Self::Clinic => Some(Evidence::Role),
        }
    }
}

/// One cell of the table. `None` is an empty cell: an action that is not listed is refused.
pub(super) const fn reach(role: Role, action: Action) -> Option<Reach> {
    if action.is_public() {
        return Some(Reach::Public);
    }
    match role {
        Role::Patient => patient(action),
        Role::Doctor => doctor(action),
        Role::Reception => desk(action),
        Role::Manager => manager(action),
        Role::Admin => admin(action),
        Role::Kiosk => kiosk(action),
        Role::Board => board(action),
    }
}

const fn patient(action: Action) -> Option<Reach> {
    match action {
        Action::TicketJoin
        | Action::TicketRead
        | Action::TicketCancel
        | Action::TicketCheckIn
        | Action::ChartRead => Some(Reach::Own),
        Action::SelfRead | Action::SelfChange => Some(Reach::Oneself),
        _ => None,
    }
}

const fn doctor(action: Action) -> Option<Reach> {
    match action {
        Action::TicketJoin
        | Action::TicketRead
        | Action::TicketCancel
        | Action::QueueReasonsRead
        | Action::TicketCall
        | Action::TicketMove
        | Action::TicketPrioritise
        | Action::TicketCheckIn => Some(Reach::Theirs),
        Action::QueueRead | Action::QueueControl | Action::QueueStatsRead => Some(Reach::Workplace),
        Action::ChartRead | Action::NoteWrite => Some(Reach::TheirsOrRight),
        Action::SelfRead | Action::SelfChange => Some(Reach::Oneself),
        _ => None,
    }
}

const fn desk(action: Action) -> Option<Reach> {
    match action {
        Action::TicketJoin
        | Action::TicketRead
        | Action::TicketCancel
        | Action::QueueRead
        | Action::TicketCall
        | Action::TicketMove
        | Action::TicketPrioritise
        | Action::QueueControl
        | Action::QueueStatsRead
        | Action::TicketCheckIn
        | Action::TaskSettle
        | Action::HelpAnswer
        | Action::PatientMerge
        | Action::PatientRead
        | Action::PatientRegister => Some(Reach::Branch),
        Action::SelfRead | Action::SelfChange => Some(Reach::Oneself),
        _ => None,
    }
}

const fn manager(action: Action) -> Option<Reach> {
    match action {
        Action::DeviceManage | Action::PeopleManage => Some(Reach::Branch),
        _ => desk(action),
    }
}

const fn admin(action: Action) -> Option<Reach> {
    match action {
        Action::TicketJoin
        | Action::TicketRead
        | Action::TicketCancel
        | Action::QueueRead
        | Action::QueueControl
        | Action::QueueStatsRead
        | Action::TaskSettle
        | Action::HelpAnswer
        | Action::AuditRead
        | Action::ActivityRead
        | Action::MessagesRead
        | Action::DeviceManage
        | Action::PeopleManage
        | Action::PatientMerge
        | Action::PatientRead
        | Action::PatientRegister
        | Action::SettingsManage
        | Action::KeysManage => Some(Reach::Clinic),
        Action::SelfRead | Action::SelfChange => Some(Reach::Oneself),
        _ => None,
    }
}

const fn kiosk(action: Action) -> Option<Reach> {
    match action {
        Action::TicketJoin | Action::TicketCheckIn | Action::TicketHold | Action::HelpAsk => {
            Some(Reach::Branch)
        }
        _ => board(action),
    }
}

const fn board(action: Action) -> Option<Reach> {
    match action {
        Action::SelfRead => Some(Reach::Oneself),
        _ => None,
    }
}
