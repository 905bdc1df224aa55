//! The data that the server keeps about an account.

use medlane_shared::{
    identity::{Dependant, PersonView, SessionView},
    ids::{ClinicId, PersonId, SessionId},
    time::Timestamp,
};

use super::session_views;
use crate::{
    db::Conn,
    identity::{accounts::store::person_by_id, dependants::dependant_list},
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
