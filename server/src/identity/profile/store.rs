//! Rows of pictures, and of requests to delete an account.

use medlane_shared::{access::Grant, ids::PersonId, time::Timestamp};

use crate::db::{Conn, Value, about, insert_rows, on, whose};

/// A person's sealed picture.
///
/// # Errors
/// An error of the database driver.
pub async fn avatar_by_person(
    conn: &mut Conn,
    grant: &Grant,
    person: PersonId,
) -> sqlx::Result<Option<Vec<u8>>> {
    about(grant, person)?;
    let sql = "select sealed from avatar where clinic_id = $1 and person_id = $2";
    on!(conn, |c| sqlx::query_scalar(sql)
        .bind(grant.clinic().to_string())
        .bind(person.to_string())
        .fetch_optional(c)
        .await)
}

/// Stores the caller's picture.
///
/// # Errors
/// An error of the database driver.
pub async fn avatar_put(conn: &mut Conn, grant: &Grant, sealed: &[u8], at: Timestamp) -> sqlx::Result<()> {
    let row = vec![
        Value::text(whose(grant)?),
        Value::text(grant.clinic()),
        Value::Bytes(Some(sealed.to_vec())),
        Value::int(at.ms()),
    ];
    let head = "insert into avatar (person_id, clinic_id, sealed, updated_at_ms)";
    let tail = "on conflict (person_id) do update set sealed = excluded.sealed, updated_at_ms = excluded.updated_at_ms";
    insert_rows(conn, head, tail, vec![row]).await
}

/// Deletes a person's picture.
///
/// # Errors
/// An error of the database driver.
pub async fn avatar_delete(conn: &mut Conn, grant: &Grant, person: PersonId) -> sqlx::Result<()> {
    about(grant, person)?;
    let sql = "delete from avatar where person_id = $1";
    on!(conn, |c| sqlx::query(sql).bind(person.to_string()).execute(c).await.map(drop))
}

/// Stores or withdraws a person's request to delete their account.
///
/// # Errors
/// An error of the database driver.
pub async fn leaving_put(
    conn: &mut Conn,
    grant: &Grant,
    person: PersonId,
    at: Option<Timestamp>,
) -> sqlx::Result<()> {
    about(grant, person)?;
    let sql = "update person set leaving_at_ms = $2, version = version + 1 where id = $1 and clinic_id = $3";
    on!(conn, |c| sqlx::query(sql)
        .bind(person.to_string())
        .bind(at.map(Timestamp::ms))
        .bind(grant.clinic().to_string())
        .execute(c)
        .await
        .map(drop))
}
