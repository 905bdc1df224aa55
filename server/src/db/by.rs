//! What a store checks of a grant, beside the clinic: whom it is about. No caller sees these errors: they say that the
//! grant of one request reached a statement about somebody else.

use medlane_shared::{access::Grant, ids::PersonId};

fn strange(grant: &Grant) -> sqlx::Error {
    sqlx::Error::Protocol(format!("a grant for {:?} is not about this person", grant.action()))
}

/// Checks that a grant is about a person.
///
/// # Errors
/// It is about somebody else.
pub fn about(grant: &Grant, person: PersonId) -> sqlx::Result<()> {
    if grant.is_about(person) { Ok(()) } else { Err(strange(grant)) }
}

/// The person whose own things a grant is about.
///
/// # Errors
/// They are not the caller's own.
pub fn whose(grant: &Grant) -> sqlx::Result<PersonId> {
    grant.whose().ok_or_else(|| strange(grant))
}
