//! Rows of outboxes: the last settled intent of each, and the stored answers.

use medlane_shared::{
    ids::{ClientId, ClinicId, PersonId},
    time::Timestamp,
};

use crate::{
    db::{Conn, Value, delete_older, insert_rows, on, parse},
    engine::Number,
};

/// The owner of an outbox, and its last settled intent.
///
/// # Errors
/// An error of the database driver.
pub async fn outbox_by_id(
    conn: &mut Conn,
    clinic: ClinicId,
    client: ClientId,
) -> sqlx::Result<Option<(PersonId, i64)>> {
    let sql = "select person_id, last_id from outbox where clinic_id = $1 and client_id = $2";
    let row: Option<(String, i64)> = on!(conn, |c| sqlx::query_as(sql)
        .bind(clinic.to_string())
        .bind(client.to_string())
        .fetch_optional(c)
        .await?);
    row.map(|(person, last)| Ok((parse(&person)?, last))).transpose()
}

/// The stored answer of an intent, and the hash of what the intent said; `None` for one of an earlier release.
///
/// # Errors
/// An error of the database driver.
pub async fn answer_by_id(
    conn: &mut Conn,
    clinic: ClinicId,
    client: ClientId,
    intent: i64,
) -> sqlx::Result<Option<(String, Option<String>)>> {
    let sql = "select answer, body_hash from outbox_answer \
        where clinic_id = $1 and client_id = $2 and intent_id = $3";
    on!(conn, |c| sqlx::query_as(sql)
        .bind(clinic.to_string())
        .bind(client.to_string())
        .bind(intent)
        .fetch_optional(c)
        .await)
}

/// Settles an intent: advances the outbox and stores the answer beside the hash of what the intent said.
///
/// # Errors
/// An error of the database driver.
pub async fn intent_settle(
    conn: &mut Conn,
    (clinic, client, person): (ClinicId, ClientId, PersonId),
    intent: i64,
    (answer, body_hash): (&str, &str),
    at: Timestamp,
) -> sqlx::Result<()> {
    let row = vec![Value::text(clinic), Value::text(client), Value::text(person), Value::int(intent)];
    let head = "insert into outbox (clinic_id, client_id, person_id, last_id)";
    let tail = "on conflict (clinic_id, client_id) do update set last_id = excluded.last_id";
    insert_rows(conn, head, tail, vec![row]).await?;
    let row = vec![
        Value::text(clinic),
        Value::text(client),
        Value::int(intent),
        Value::text(answer),
        Value::int(at.ms()),
        Value::text(body_hash),
    ];
    insert_rows(
        conn,
        "insert into outbox_answer (clinic_id, client_id, intent_id, answer, at_ms, body_hash)",
        "",
        vec![row],
    )
    .await
}

/// Deletes the answers that were stored before a time. The number of the last settled intent stays.
///
/// # Errors
/// An error of the database driver.
pub async fn answer_prune(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    let sql = "delete from outbox_answer where (clinic_id, client_id, intent_id) in \
        (select clinic_id, client_id, intent_id from outbox_answer where at_ms < $1 limit 1000)";
    delete_older(conn, sql, before).await
}

/// The seq before the oldest entry of the feed. A cursor must not be older.
///
/// # Errors
/// An error of the database driver.
pub async fn feed_oldest(conn: &mut Conn, clinic: Number) -> sqlx::Result<i64> {
    let sql = "select seq - 1 from change where place > $1 and place < $2 order by place limit 1";
    let oldest = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(clinic.place(0))
        .bind(clinic.end())
        .fetch_optional(c)
        .await?);
    Ok(oldest.unwrap_or(0))
}
