//! Patients as those at the desk find and register them.

mod ops;
mod routes;
mod store;

use medlane_shared::{
    access::{Action, Actor, Known, Resource, may},
    fault::Fault,
};

pub(super) use routes::patient;
pub use routes::routes;

/// Patients belong to no branch: whoever works at one may do it for all.
///
/// # Errors
/// A right that is missing.
pub(super) fn at_desk(actor: &Actor, action: Action) -> Result<(), Fault> {
    let own = match actor {
        Actor::Known(Known { branches, .. }) => branches.first().copied(),
        _ => None,
    };
    may(actor, action, &own.map_or_else(Resource::clinic, Resource::branch))?;
    Ok(())
}
