//! The caller who asks for themselves.

use medlane_shared::{
    access::{Action, Actor, Known, Resource, Who, may},
    fault::{Code, Fault},
    ids::{PersonId, SessionId},
};

/// The caller and their session, if they may change their own account.
///
/// # Errors
/// [`Code::Forbidden`].
pub fn own(actor: &Actor) -> Result<(PersonId, SessionId), Fault> {
    may(actor, Action::SelfChange, &Resource::clinic())?;
    match actor {
        Actor::Known(Known { who: Who::Person(person), session, .. }) => Ok((*person, *session)),
        _ => Err(Code::Forbidden.into()),
    }
}
