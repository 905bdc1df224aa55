//! The data that the server keeps about an account.

use medlane_shared::{
    access::Grant,
    identity::{Dependant, PersonView, SessionView},
    ids::{PersonId, SessionId},
    time::Timestamp,
};

use crate::{
    db::{Conn, whose},
    identity::{
        accounts::store::person_by_id,
        dependants::dependant_list,
        session_store::{Session, session_list},
    },
};

/// The caller's account, dependants and sessions; `None` if there is no such person. `present` is the caller's own session.
///
/// # Errors
/// An error of the database driver.
pub async fn kept_of(
    conn: &mut Conn,
    grant: &Grant,
    present: SessionId,
    at: Timestamp,
) -> sqlx::Result<Option<(PersonView, Vec<Dependant>, Vec<SessionView>)>> {
    let person = whose(grant)?;
    let Some(view) = person_by_id(conn, grant, person).await? else { return Ok(None) };
    let dependants = dependant_list(conn, grant).await?;
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
