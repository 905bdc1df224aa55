//! The caller who asks for themselves.

use medlane_shared::{
    access::{Action, Actor, Grant, Known, Resource, Who, may},
    fault::{Code, Fault},
    ids::{PersonId, SessionId},
};

/// The caller and their session, if they may change their own account.
///
/// # Errors
/// [`Code::Forbidden`].
pub fn own(actor: &Actor) -> Result<(PersonId, SessionId), Fault> {
    let (person, session, _) = own_by(actor)?;
    Ok((person, session))
}

/// [`own`], with the grant.
///
/// # Errors
/// [`Code::Forbidden`].
pub fn own_by(actor: &Actor) -> Result<(PersonId, SessionId, Grant), Fault> {
    let grant = may(actor, Action::SelfChange, &Resource::default().of(actor.person()))?;
    match actor {
        Actor::Known(Known { who: Who::Person(person), session, .. }) => Ok((*person, *session, grant)),
        _ => Err(Code::Forbidden.into()),
    }
}
