//! Why an operation does not take effect.

use medlane_shared::{
    access::Refused,
    fault::{Code, Fault},
};

use crate::keys::{DoesNotOpen, DoesNotSeal};

/// Why an operation did not take effect.
#[derive(Debug)]
pub enum Failure {
    /// A rule or a missing right forbids it.
    Refused(Fault),
    /// The database failed.
    Broken(sqlx::Error),
    /// It would have written, in a trial run of [`Unit::allows`](super::Unit::allows).
    Tried,
}

/// Whether a fault says that the caller has no right, or has lost it. Other faults say that the state has changed.
pub(super) fn is_right(fault: &Fault) -> bool {
    matches!(fault.code.status(), 401 | 403) || fault.code == Code::NotFound
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault)
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self::Refused(code.into())
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused.into())
    }
}

impl From<DoesNotOpen> for Failure {
    fn from(error: DoesNotOpen) -> Self {
        Self::Broken(error.into())
    }
}

impl From<DoesNotSeal> for Failure {
    fn from(error: DoesNotSeal) -> Self {
        Self::Broken(error.into())
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error)
    }
}
