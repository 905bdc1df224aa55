//! Access rules: one table of who may do what, and a grant that store functions require.
//!
//! `docs/product.md` has the same table. [`may`] returns a [`Grant`], and only this module can make one. A function
//! that takes a grant cannot be called on a path that forgot to check. A grant says what it rests on
//! ([`Evidence`]), and the audit log records that.

mod evidence;
mod table;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    fault::Code,
    ids::{BranchId, ClinicId, DeviceId, PersonId, SessionId},
};

pub use evidence::{Evidence, EvidenceKind, Found};
pub use table::{Action, Reach};

/// The role that a session acts in. A person can hold several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Books, waits, is seen, owns a record.
    Patient,
    /// Sees patients.
    Doctor,
    /// Runs the desk of a branch.
    Reception,
    /// Runs a branch.
    Manager,
    /// Runs the clinic.
    Admin,
    /// A touch screen in the waiting area.
    Kiosk,
    /// The big "now serving" screen.
    Board,
}

impl Role {
    /// Every role, in the order of the columns of `docs/product.md`.
    pub const ALL: &[Self] =
        &[Self::Patient, Self::Doctor, Self::Reception, Self::Manager, Self::Admin, Self::Kiosk, Self::Board];

    /// Roles that people at work hold.
    #[must_use]
    pub const fn is_staff(self) -> bool {
        matches!(self, Self::Doctor | Self::Reception | Self::Manager | Self::Admin)
    }

    /// Roles that devices hold.
    #[must_use]
    pub const fn is_device(self) -> bool {
        matches!(self, Self::Kiosk | Self::Board)
    }

    /// The text on the wire and in the database.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Patient => "patient",
            Self::Doctor => "doctor",
            Self::Reception => "reception",
            Self::Manager => "manager",
            Self::Admin => "admin",
            Self::Kiosk => "kiosk",
            Self::Board => "board",
        }
    }

    /// The role with this [`Role::text`].
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.text() == text)
    }
}

/// The caller: a person or a device in one session and role, the server itself, or nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Signed in.
    Known(Known),
    /// Not signed in.
    Anonymous {
        /// The clinic that the request came to.
        clinic: ClinicId,
    },
    /// The server itself: jobs and the command line.
    System {
        /// The clinic that it works for.
        clinic: ClinicId,
    },
}

/// A signed-in person or device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Their clinic.
    pub clinic: ClinicId,
    /// The session; it is ended as a whole.
    pub session: SessionId,
    /// The person or device.
    pub who: Who,
    /// The enrolled device that the session is bound to; `None` if there is none.
    pub device: Option<DeviceId>,
    /// The role acted in.
    pub role: Role,
    /// The people whom a patient looks after and acts for.
    pub dependants: Arc<[PersonId]>,
    /// The branches that they belong to. Empty for patients, and for admins, who reach every branch.
    pub branches: Vec<BranchId>,
}

/// A person or a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// A person.
    Person(PersonId),
    /// A device.
    Device(DeviceId),
}

impl Actor {
    /// The clinic that the request concerns.
    #[must_use]
    pub const fn clinic(&self) -> ClinicId {
        match self {
            Self::Known(known) => known.clinic,
            Self::Anonymous { clinic } | Self::System { clinic } => *clinic,
        }
    }

    /// The person; `None` for a device, the server, or a caller who is not signed in.
    #[must_use]
    pub const fn person(&self) -> Option<PersonId> {
        match self {
            Self::Known(Known { who: Who::Person(person), .. }) => Some(*person),
            _ => None,
        }
    }

    /// The role acted in; `None` if nobody is signed in.
    #[must_use]
    pub const fn role(&self) -> Option<Role> {
        match self {
            Self::Known(known) => Some(known.role),
            _ => None,
        }
    }
}

/// The facts about the thing acted on that access depends on. [`may`] compares them with the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resource {
    /// The branch that it belongs to.
    pub branch: Option<BranchId>,
    /// The person to whom it belongs: the ticket's patient, the note's subject.
    pub owner: Option<PersonId>,
    /// The person who wrote it.
    pub author: Option<PersonId>,
    /// What its room found for this caller.
    pub found: Option<Found>,
}

impl Resource {
    /// Something of the whole clinic.
    #[must_use]
    pub fn clinic() -> Self {
        Self::default()
    }

    /// Something of a branch.
    #[must_use]
    pub fn branch(branch: BranchId) -> Self {
        Self { branch: Some(branch), ..Self::default() }
    }

    /// Belonging to a person.
    #[must_use]
    pub fn of(mut self, owner: Option<PersonId>) -> Self {
        self.owner = owner;
        self
    }

    /// Written by a person.
    #[must_use]
    pub fn written_by(mut self, author: Option<PersonId>) -> Self {
        self.author = author;
        self
    }

    /// With what its room found for this caller.
    #[must_use]
    pub fn found(mut self, found: Option<Found>) -> Self {
        self.found = found;
        self
    }
}

/// Proof that [`may`] allowed an action on a thing. Only this module makes one.
///
/// ```compile_fail
/// use medlane_shared::access::{Action, Evidence, Grant, Reach, Resource};
///
/// let forged = Grant {
///     action: Action::ChartRead,
///     reach: Reach::Clinic,
///     resource: Resource::default(),
///     evidence: Evidence::Role,
///     clinic: unreachable!(),
///     person: None,
/// };
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    action: Action,
    reach: Reach,
    resource: Resource,
    evidence: Evidence,
    clinic: ClinicId,
    person: Option<PersonId>,
}

impl Grant {
    /// The allowed action.
    #[must_use]
    pub const fn action(&self) -> Action {
        self.action
    }

    /// How far the caller's permission reaches.
    #[must_use]
    pub const fn reach(&self) -> Reach {
        self.reach
    }

    /// The thing that the action is allowed on.
    #[must_use]
    pub const fn resource(&self) -> &Resource {
        &self.resource
    }

    /// Why it was allowed.
    #[must_use]
    pub const fn evidence(&self) -> Evidence {
        self.evidence
    }

    /// The clinic of the caller and of the thing.
    #[must_use]
    pub const fn clinic(&self) -> ClinicId {
        self.clinic
    }

    /// Whether it is about this person: what rests on a role is about everybody, everything else about the thing's owner
    /// alone.
    #[must_use]
    pub fn is_about(&self, person: PersonId) -> bool {
        match self.evidence {
            Evidence::Role | Evidence::Server => true,
            Evidence::Public => false,
            Evidence::Own
            | Evidence::Author
            | Evidence::Today(_)
            | Evidence::Consent(_)
            | Evidence::Emergency(_) => self.resource.owner == Some(person),
        }
    }

    /// Whose own the thing is: the caller's, or somebody's for whom they act. `None` if it is somebody else's.
    #[must_use]
    pub fn whose(&self) -> Option<PersonId> {
        self.resource.owner.filter(|owner| self.evidence == Evidence::Own || self.person == Some(*owner))
    }

    /// Whether it covers this author's unsigned texts: those of the caller alone.
    #[must_use]
    pub fn covers_unsigned(&self, author: PersonId) -> bool {
        self.person == Some(author)
    }

    /// The caller, if they are a person.
    #[must_use]
    pub const fn person(&self) -> Option<PersonId> {
        self.person
    }

    /// The caller, if the grant covers only what they wrote.
    #[must_use]
    pub fn author(&self) -> Option<PersonId> {
        self.person.filter(|_| self.evidence == Evidence::Author)
    }
}

/// Why an action was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Nobody is signed in.
    SignedOut,
    /// The role may never do this.
    Role,
    /// The role may do this, but not to this thing. The answer does not reveal that the thing exists.
    NotYours,
}

impl From<Refused> for Code {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::SignedOut => Self::SignedOut,
            Refused::Role => Self::Forbidden,
            Refused::NotYours => Self::NotFound,
        }
    }
}

impl From<Refused> for crate::fault::Fault {
    fn from(refused: Refused) -> Self {
        Code::from(refused).into()
    }
}

/// Whether `actor` may do `action` to `resource`.
///
/// # Errors
/// [`Refused`]; its code tells the caller no more than they may know.
pub fn may(actor: &Actor, action: Action, resource: &Resource) -> Result<Grant, Refused> {
    let (reach, evidence) = match actor {
        Actor::System { .. } => (Reach::Clinic, Some(Evidence::Server)),
        Actor::Anonymous { .. } if action.is_public() => (Reach::Public, Some(Evidence::Public)),
        Actor::Anonymous { .. } => return Err(Refused::SignedOut),
        Actor::Known(known) => {
            let reach = table::reach(known.role, action).ok_or(Refused::Role)?;
            (reach, reach.evidence(known, resource))
        }
    };
    let evidence = evidence.ok_or(Refused::NotYours)?;
    let (clinic, person) = (actor.clinic(), actor.person());
    Ok(Grant { action, reach, resource: *resource, evidence, clinic, person })
}

/// Whether the caller's role may ever do this. It gives no grant: it is asked before anything is looked up, so that a
/// caller without the role learns nothing about what exists.
///
/// # Errors
/// [`Refused::SignedOut`], [`Refused::Role`].
pub fn role_may(actor: &Actor, action: Action) -> Result<(), Refused> {
    match actor {
        Actor::System { .. } => Ok(()),
        Actor::Anonymous { .. } if action.is_public() => Ok(()),
        Actor::Anonymous { .. } => Err(Refused::SignedOut),
        Actor::Known(known) => table::reach(known.role, action).map(drop).ok_or(Refused::Role),
    }
}

#[cfg(test)]
mod tests;
