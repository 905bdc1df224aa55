//! Rows of verifications.

use medlane_shared::{
    ids::{ClinicId, PersonId, VerificationId},
    time::Timestamp,
};
use sqlx::FromRow;

use crate::db::{Conn, Value, insert_rows, on, parse_some};

/// A verification: a contact that is being proven.
#[derive(Debug, Clone)]
pub struct Verification {
    /// Its id.
    pub id: VerificationId,
    /// Its purpose.
    pub purpose: String,
    /// The person whose account it concerns, if there is one.
    pub person: Option<PersonId>,
    /// The data of the request, sealed.
    pub sealed: Vec<u8>,
    /// The code as a keyed hash; `None` if no code is valid.
    pub code_hash: Option<String>,
    /// How many wrong codes were typed.
    pub tries: u32,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was used.
    pub settled_at: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
}

#[derive(FromRow)]
struct VerificationRow {
    purpose: String,
    person_id: Option<String>,
    sealed: Vec<u8>,
    code_hash: Option<String>,
    tries: i64,
    expires_at_ms: i64,
    settled_at_ms: Option<i64>,
    created_at_ms: i64,
}

/// Writes a verification's row.
///
/// # Errors
/// An error of the database driver.
pub async fn verification_put(conn: &mut Conn, clinic: ClinicId, row: &Verification) -> sqlx::Result<()> {
    let values = vec![
        Value::text(row.id),
        Value::text(clinic),
        Value::text(&row.purpose),
        Value::maybe(row.person),
        Value::Bytes(Some(row.sealed.clone())),
        Value::Text(row.code_hash.clone()),
        Value::int(i64::from(row.tries)),
        Value::int(row.expires_at.ms()),
        Value::Int(row.settled_at.map(Timestamp::ms)),
        Value::int(row.created_at.ms()),
    ];
    let head = "insert into verification (id, clinic_id, purpose, person_id, sealed, code_hash, tries, \
        expires_at_ms, settled_at_ms, created_at_ms)";
    let tail = "on conflict (id) do update set sealed = excluded.sealed, code_hash = excluded.code_hash, \
        tries = excluded.tries, expires_at_ms = excluded.expires_at_ms, settled_at_ms = excluded.settled_at_ms \
        where verification.clinic_id = excluded.clinic_id";
    insert_rows(conn, head, tail, vec![values]).await
}

/// Reads a verification.
///
/// # Errors
/// An error of the database driver.
pub async fn verification_by_id(
    conn: &mut Conn,
    clinic: ClinicId,
    id: VerificationId,
) -> sqlx::Result<Option<Verification>> {
    let sql = "select purpose, person_id, sealed, code_hash, tries, expires_at_ms, settled_at_ms, created_at_ms \
               from verification where id = $1 and clinic_id = $2";
    let row: Option<VerificationRow> = on!(conn, |c| sqlx::query_as(sql)
        .bind(id.to_string())
        .bind(clinic.to_string())
        .fetch_optional(c)
        .await?);
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Verification {
        id,
        purpose: row.purpose,
        person: parse_some(row.person_id.as_deref())?,
        sealed: row.sealed,
        code_hash: row.code_hash,
        tries: u32::try_from(row.tries).unwrap_or(u32::MAX),
        expires_at: Timestamp::from_ms(row.expires_at_ms),
        settled_at: row.settled_at_ms.map(Timestamp::from_ms),
        created_at: Timestamp::from_ms(row.created_at_ms),
    }))
}

/// Deletes the verifications that expired before a time.
///
/// # Errors
/// An error of the database driver.
pub async fn verification_prune(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    let sql = "delete from verification where expires_at_ms < $1";
    on!(conn, |c| sqlx::query(sql).bind(before.ms()).execute(c).await.map(drop))
}

/// Ends a person's open verifications of one purpose.
///
/// # Errors
/// An error of the database driver.
pub async fn verification_end(
    conn: &mut Conn,
    clinic: ClinicId,
    purpose: &str,
    person: PersonId,
    at: Timestamp,
) -> sqlx::Result<()> {
    let sql = "update verification set settled_at_ms = $4 \
               where clinic_id = $1 and purpose = $2 and person_id = $3 and settled_at_ms is null";
    on!(conn, |c| sqlx::query(sql)
        .bind(clinic.to_string())
        .bind(purpose)
        .bind(person.to_string())
        .bind(at.ms())
        .execute(c)
        .await
        .map(drop))
}
