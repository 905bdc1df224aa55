//! Who may act for patients at a desk.

use medlane_shared::{
    access::{Action, Actor, Grant, Known, Resource, may},
    fault::Fault,
};

/// Checks the right of staff at a desk. Patients belong to no branch, so staff of any branch may act for all
/// patients.
///
/// # Errors
/// A missing right.
pub(in crate::identity) fn at_desk(actor: &Actor, action: Action) -> Result<Grant, Fault> {
    let own = match actor {
        Actor::Known(Known { branches, .. }) => branches.first().copied(),
        _ => None,
    };
    Ok(may(actor, action, &own.map_or_else(Resource::clinic, Resource::branch))?)
}
