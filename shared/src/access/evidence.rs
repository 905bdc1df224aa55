//! What a right rests on.
//!
//! Facts of the thing itself (its branch, owner, author) stand in [`Resource`](super::Resource), and [`may`](super::may)
//! compares them with the caller. What only a room can look up, such as today's ticket of a patient, is a [`Found`].

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{ConsentId, EmergencyId, PersonId, TicketId};

/// Why an action is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Evidence {
    /// Open to everybody.
    Public,
    /// The caller's role, in this branch or in the whole clinic.
    Role,
    /// It belongs to the caller, or to somebody whom they act for.
    Own,
    /// The caller wrote it.
    Author,
    /// The ticket of today that makes the person a patient of the caller.
    Today(TicketId),
    /// The patient's consent.
    Consent(ConsentId),
    /// An emergency access.
    Emergency(EmergencyId),
    /// The server's own work.
    Server,
}

impl Evidence {
    /// Its kind, without the id.
    #[must_use]
    pub const fn kind(self) -> EvidenceKind {
        match self {
            Self::Public => EvidenceKind::Public,
            Self::Role => EvidenceKind::Role,
            Self::Own => EvidenceKind::Own,
            Self::Author => EvidenceKind::Author,
            Self::Today(_) => EvidenceKind::Today,
            Self::Consent(_) => EvidenceKind::Consent,
            Self::Emergency(_) => EvidenceKind::Emergency,
            Self::Server => EvidenceKind::Server,
        }
    }

    /// The id of the ticket, the consent or the emergency access.
    #[must_use]
    pub const fn id(self) -> Option<Uuid> {
        match self {
            Self::Today(ticket) => Some(ticket.0),
            Self::Consent(consent) => Some(consent.0),
            Self::Emergency(emergency) => Some(emergency.0),
            Self::Public | Self::Role | Self::Own | Self::Author | Self::Server => None,
        }
    }
}

/// What a right rests on, as the audit log tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// Open to everybody.
    Public,
    /// The caller's role.
    Role,
    /// It belongs to the caller, or to somebody whom they act for.
    Own,
    /// The caller wrote it.
    Author,
    /// It belongs to a patient of the caller's day.
    Today,
    /// The patient's consent.
    Consent,
    /// An emergency access.
    Emergency,
    /// The server's own work.
    Server,
}

impl EvidenceKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::Public,
        Self::Role,
        Self::Own,
        Self::Author,
        Self::Today,
        Self::Consent,
        Self::Emergency,
        Self::Server,
    ];

    /// The text on the wire.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Role => "role",
            Self::Own => "own",
            Self::Author => "author",
            Self::Today => "today",
            Self::Consent => "consent",
            Self::Emergency => "emergency",
            Self::Server => "server",
        }
    }
}

/// What a room found for a caller. It counts only for the patient it was found for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    evidence: Evidence,
    patient: Option<PersonId>,
}

impl Found {
    /// A ticket of today that makes its patient a patient of the caller. Only the queue's room may say so.
    #[must_use]
    pub const fn today(ticket: TicketId, patient: Option<PersonId>) -> Self {
        Self { evidence: Evidence::Today(ticket), patient }
    }

    /// A consent of the patient. No room finds one yet.
    #[must_use]
    pub const fn consent(consent: ConsentId, patient: PersonId) -> Self {
        Self { evidence: Evidence::Consent(consent), patient: Some(patient) }
    }

    /// An emergency access to the patient's records. No room finds one yet.
    #[must_use]
    pub const fn emergency(emergency: EmergencyId, patient: PersonId) -> Self {
        Self { evidence: Evidence::Emergency(emergency), patient: Some(patient) }
    }

    /// The evidence, if it was found for this patient.
    pub(super) fn about(self, patient: Option<PersonId>) -> Option<Evidence> {
        (self.patient == patient).then_some(self.evidence)
    }
}
