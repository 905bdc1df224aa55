//! Deleting old rows in parts.

use medlane_shared::time::Timestamp;

use super::{Conn, on};

/// The most rows that one statement deletes.
pub const PART: u64 = 1_000;

/// Deletes what a statement finds until nothing is left, in parts of [`PART`] rows: the writer never waits for long. `$1` of
/// the statement is the time, and it deletes at most [`PART`] rows.
///
/// # Errors
/// An error of the database driver.
pub async fn delete_older(conn: &mut Conn, sql: &'static str, before: Timestamp) -> sqlx::Result<()> {
    loop {
        let done = on!(&mut *conn, |c| sqlx::query(sql).bind(before.ms()).execute(c).await?.rows_affected());
        if done < PART {
            return Ok(());
        }
    }
}
