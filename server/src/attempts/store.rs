//! Rows of counts of tries.

use medlane_shared::{identity::Attempts, time::Timestamp};

use crate::db::{Conn, Value, insert_rows, on};

/// A stored count.
///
/// # Errors
/// An error of the database driver.
pub async fn attempts_by_id(conn: &mut Conn, id: &str) -> sqlx::Result<Option<Attempts>> {
    let sql = "select began_at_ms, last_at_ms, count from attempt where id = $1";
    let row: Option<(i64, i64, i64)> = on!(conn, |c| sqlx::query_as(sql).bind(id).fetch_optional(c).await?);
    Ok(row.map(|(began, last, count)| Attempts {
        began_at: Timestamp::from_ms(began),
        last_at: Timestamp::from_ms(last),
        count: u32::try_from(count).unwrap_or(u32::MAX),
    }))
}

/// Stores a count.
///
/// # Errors
/// An error of the database driver.
pub async fn attempts_put(conn: &mut Conn, id: &str, attempts: Attempts) -> sqlx::Result<()> {
    let row = vec![
        Value::text(id),
        Value::int(attempts.began_at.ms()),
        Value::int(attempts.last_at.ms()),
        Value::int(i64::from(attempts.count)),
    ];
    let head = "insert into attempt (id, began_at_ms, last_at_ms, count)";
    let tail = "on conflict (id) do update set began_at_ms = excluded.began_at_ms, \
        last_at_ms = excluded.last_at_ms, count = excluded.count";
    insert_rows(conn, head, tail, vec![row]).await
}

/// Deletes counts that have not grown since a time.
///
/// # Errors
/// An error of the database driver.
pub async fn attempts_prune(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    let sql = "delete from attempt where last_at_ms < $1";
    on!(conn, |c| sqlx::query(sql).bind(before.ms()).execute(c).await.map(drop))
}
