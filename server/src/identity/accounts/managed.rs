//! The people whom a caller may manage.

use medlane_shared::{
    access::{Action, Actor, Grant, Resource, Role, may},
    fault::{Code, Fault, FieldFault},
    identity::PersonView,
    ids::{BranchId, PersonId},
};

use super::store;
use crate::{
    db::Conn,
    writer::{Failure, Unit},
};

/// The most characters of a reason.
const WHY_MAX_CHARS: usize = 500;

/// Whether the caller may manage a person with these roles and branches. A manager may manage the reception of their
/// own branches.
pub(super) fn manages(actor: &Actor, roles: &[Role], branches: &[BranchId]) -> Result<Grant, Fault> {
    if actor.role() != Some(Role::Manager) {
        return Ok(may(actor, Action::PeopleManage, &Resource::clinic())?);
    }
    let mut grant = None;
    if roles == [Role::Reception] {
        for branch in branches {
            grant = Some(may(actor, Action::PeopleManage, &Resource::branch(*branch))?);
        }
    }
    grant.ok_or_else(|| Code::NotFound.into())
}

/// A person whom the caller may manage.
///
/// # Errors
/// [`Code::NotFound`], [`Code::Forbidden`].
pub async fn managed(unit: &mut Unit<'_>, id: PersonId) -> Result<(PersonView, Grant), Failure> {
    let actor = unit.actor().clone();
    Ok(managed_by(unit.reads().await?, &actor, id).await??)
}

/// [`managed`], outside an operation.
///
/// # Errors
/// An error of the database driver; within, a missing right.
pub(super) async fn managed_by(
    conn: &mut Conn,
    actor: &Actor,
    id: PersonId,
) -> sqlx::Result<Result<(PersonView, Grant), Fault>> {
    // Where a person works decides who may manage them, so that is looked up before there is a grant.
    let place = store::person_place(conn, actor.clinic(), id).await?;
    let (roles, branches) = place.unwrap_or_default();
    let grant = match manages(actor, &roles, &branches) {
        Ok(grant) => grant,
        Err(fault) => return Ok(Err(fault)),
    };
    let person = store::person_by_id(conn, &grant, id).await?;
    Ok(person.map(|person| (person, grant)).ok_or_else(|| Code::NotFound.into()))
}

/// The person, if they are a patient: whoever asks what happened to a patient finds the entry.
pub(in crate::identity) fn as_patient(person: &PersonView) -> Option<PersonId> {
    person.roles.contains(&Role::Patient).then_some(person.id)
}

/// Checks a given reason.
pub(in crate::identity) fn reason(why: Option<&str>) -> Result<&str, Failure> {
    let why = why.map(str::trim).filter(|why| (1..=WHY_MAX_CHARS).contains(&why.chars().count()));
    why.ok_or_else(|| Fault::new(Code::Invalid).field("why", FieldFault::length(1, WHY_MAX_CHARS)).into())
}

/// Checks that a person has not changed since the caller saw them.
pub(in crate::identity) fn seen(person: &PersonView, version: i64) -> Result<(), Failure> {
    if person.version == version {
        Ok(())
    } else {
        Err(Fault::new(Code::VersionStale).present(person).into())
    }
}
