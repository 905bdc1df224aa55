//! Rows of contacts being proven.

use medlane_shared::{
    ids::{ClinicId, PersonId, VerificationId},
    time::Timestamp,
};
use sqlx::FromRow;

use crate::db::{Conn, Value, insert_rows, on, parse_some};

/// A contact being proven.
#[derive(Debug, Clone)]
pub struct Row {
    /// Which.
    pub id: VerificationId,
    /// What for.
    pub purpose: String,
    /// Whose account it is about, where there is one.
    pub person: Option<PersonId>,
    /// What was told, sealed.
    pub sealed: Vec<u8>,
    /// The code, as a keyed hash; none where no code counts.
    pub code_hash: Option<String>,
    /// Wrong tries of it.
    pub tries: u32,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it did its work.
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

/// Writes one as it is now.
///
/// # Errors
/// The driver's.
pub async fn verification_put(conn: &mut Conn, clinic: ClinicId, row: &Row) -> sqlx::Result<()> {
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

/// One by its id.
///
/// # Errors
/// The driver's.
pub async fn verification_by_id(
    conn: &mut Conn,
    clinic: ClinicId,
    id: VerificationId,
) -> sqlx::Result<Option<Row>> {
    let sql = "select purpose, person_id, sealed, code_hash, tries, expires_at_ms, settled_at_ms, created_at_ms \
               from verification where id = $1 and clinic_id = $2";
    let row: Option<VerificationRow> = on!(conn, |c| sqlx::query_as(sql)
        .bind(id.to_string())
        .bind(clinic.to_string())
        .fetch_optional(c)
        .await?);
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Row {
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

/// Replaces a person's password.
///
/// # Errors
/// The driver's.
pub async fn password_put(conn: &mut Conn, person: PersonId, hash: &str) -> sqlx::Result<()> {
    let sql = "update person set password = $2, version = version + 1 where id = $1";
    on!(conn, |c| sqlx::query(sql).bind(person.to_string()).bind(hash).execute(c).await.map(drop))
}

/// Forgets those that ended before.
///
/// # Errors
/// The driver's.
pub async fn verification_prune(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    let sql = "delete from verification where expires_at_ms < $1";
    on!(conn, |c| sqlx::query(sql).bind(before.ms()).execute(c).await.map(drop))
}

/// Ends what is open of a purpose about somebody.
///
/// # Errors
/// The driver's.
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
