//! The operation that only writes an audit entry.

use super::{
    entry::Entry,
    failure::Failure,
    unit::{Done, Op, Unit},
};

/// Audits a read: the caller gets no answer before the entry is committed.
#[derive(Debug, Clone)]
pub struct Noted(pub Entry);

impl Op for Noted {
    type Out = ();
    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        Ok(unit.commit(self.0.clone(), ()))
    }
}
