//! Rows of second factors and backup codes.

use medlane_shared::{
    ids::{ClinicId, PersonId},
    time::Timestamp,
};
use sqlx::FromRow;

use crate::db::{Conn, Value, insert_rows, on};

/// A person's second factor.
#[derive(Debug, Clone, FromRow)]
pub struct Factor {
    /// The app's secret, sealed.
    pub sealed: Vec<u8>,
    /// The last step whose code was accepted.
    pub last_step: i64,
    /// Since when it is on; `None` before its first code was entered.
    pub enabled_at_ms: Option<i64>,
}

/// A person's second factor, on or only set up.
///
/// # Errors
/// An error of the database driver.
pub async fn factor_by_person(
    conn: &mut Conn,
    clinic: ClinicId,
    person: PersonId,
) -> sqlx::Result<Option<Factor>> {
    let sql = "select sealed, last_step, enabled_at_ms from factor where person_id = $1 and clinic_id = $2";
    on!(conn, |c| sqlx::query_as(sql)
        .bind(person.to_string())
        .bind(clinic.to_string())
        .fetch_optional(c)
        .await)
}

/// Writes a factor's row.
///
/// # Errors
/// An error of the database driver.
pub async fn factor_put(
    conn: &mut Conn,
    clinic: ClinicId,
    person: PersonId,
    factor: &Factor,
    at: Timestamp,
) -> sqlx::Result<()> {
    let row = vec![
        Value::text(person),
        Value::text(clinic),
        Value::Bytes(Some(factor.sealed.clone())),
        Value::int(factor.last_step),
        Value::Int(factor.enabled_at_ms),
        Value::int(at.ms()),
    ];
    let head = "insert into factor (person_id, clinic_id, sealed, last_step, enabled_at_ms, created_at_ms)";
    let tail = "on conflict (person_id) do update set sealed = excluded.sealed, last_step = excluded.last_step, \
        enabled_at_ms = excluded.enabled_at_ms";
    insert_rows(conn, head, tail, vec![row]).await
}

/// Deletes a person's factor and backup codes.
///
/// # Errors
/// An error of the database driver.
pub async fn factor_delete(conn: &mut Conn, person: PersonId) -> sqlx::Result<()> {
    for sql in ["delete from backup_code where person_id = $1", "delete from factor where person_id = $1"] {
        on!(&mut *conn, |c| sqlx::query(sql).bind(person.to_string()).execute(c).await.map(drop)?);
    }
    Ok(())
}

/// Replaces the backup codes.
///
/// # Errors
/// An error of the database driver.
pub async fn backup_replace(conn: &mut Conn, person: PersonId, hashes: &[String]) -> sqlx::Result<()> {
    let sql = "delete from backup_code where person_id = $1";
    on!(&mut *conn, |c| sqlx::query(sql).bind(person.to_string()).execute(c).await.map(drop)?);
    let rows = hashes.iter().map(|hash| vec![Value::text(hash), Value::text(person)]).collect();
    insert_rows(conn, "insert into backup_code (code_hash, person_id)", "", rows).await
}

/// Uses up a backup code. Returns false if it does not exist or was used before.
///
/// # Errors
/// An error of the database driver.
pub async fn backup_use(conn: &mut Conn, hash: &str, at: Timestamp) -> sqlx::Result<bool> {
    let sql = "update backup_code set used_at_ms = $2 where code_hash = $1 and used_at_ms is null";
    let used: u64 =
        on!(conn, |c| sqlx::query(sql).bind(hash).bind(at.ms()).execute(c).await?.rows_affected());
    Ok(used == 1)
}

/// How many backup codes a person has left.
///
/// # Errors
/// An error of the database driver.
pub async fn backup_count(conn: &mut Conn, person: PersonId) -> sqlx::Result<i64> {
    let sql = "select count(*) from backup_code where person_id = $1 and used_at_ms is null";
    on!(conn, |c| sqlx::query_scalar(sql).bind(person.to_string()).fetch_one(c).await)
}
