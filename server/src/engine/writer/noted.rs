//! The operation that only writes an audit entry.

use medlane_shared::access::Grant;

use super::{
    entry::Entry,
    failure::Failure,
    unit::{Done, Op, Unit},
};

/// Audits a read or a refusal: the caller gets no answer before the entry is committed.
#[derive(Debug, Clone)]
pub struct Noted(Entry);

impl Noted {
    /// A read, by the right that allows it.
    #[must_use]
    pub fn read(grant: &Grant, entry: Entry) -> Self {
        Self(entry.by(grant))
    }

    /// A refusal.
    #[must_use]
    pub fn refusal(entry: Entry) -> Self {
        Self(entry.refused())
    }
}

impl Op for Noted {
    type Out = ();
    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        Ok(unit.commit(self.0.clone(), ()))
    }
}
