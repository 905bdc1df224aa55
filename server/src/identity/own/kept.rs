//! The data that the server keeps about an account.

use medlane_shared::{
    identity::{Dependant, PersonView, SessionView},
    ids::{ClinicId, PersonId, SessionId},
    time::Timestamp,
};

use crate::{
    db::Conn,
    identity::{
        accounts::store::person_by_id,
        dependants::dependant_list,
        session_store::{Session, session_list},
    },
};

/// A person's account, dependants and sessions; `None` if there is no such person.
///
/// # Errors
/// An error of the database driver.
pub async fn kept_of(
    conn: &mut Conn,
    clinic: ClinicId,
    (person, present): (PersonId, SessionId),
    at: Timestamp,
) -> sqlx::Result<Option<(PersonView, Vec<Dependant>, Vec<SessionView>)>> {
    let Some(view) = person_by_id(conn, clinic, person).await? else { return Ok(None) };
    let dependants = dependant_list(conn, clinic, person).await?;
    Ok(Some((view, dependants, session_views(conn, person, present, at).await?)))
}

/// The live sessions of a person. `present` is the caller's own.
///
/// # Errors
/// An error of the database driver.
pub async fn session_views(
    conn: &mut Conn,
    person: PersonId,
    present: SessionId,
    at: Timestamp,
) -> sqlx::Result<Vec<SessionView>> {
    let list = session_list(conn, person, at).await?.into_iter();
    let view = |session: Session| SessionView {
        id: session.id,
        role: session.role,
        face: session.face,
        agent: session.agent,
        created_at: session.created_at,
        seen_at: session.rotated_at,
        is_present: session.id == present,
    };
    Ok(list.map(view).collect())
}
