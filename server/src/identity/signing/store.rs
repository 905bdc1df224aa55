//! Rows of signing keys. They hold only the keys' numbers.

use medlane_shared::{ids::ClinicId, time::Timestamp};

use super::generation::Signing;
use crate::db::{Conn, Value, insert_rows, on};

/// The key that signs a clinic's tokens now.
///
/// # Errors
/// An error of the database driver.
pub async fn signing_load(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<Signing> {
    let sql = "select generation, created_at_ms from signing_key where clinic_id = $1 \
        order by generation desc limit 1";
    let row: Option<(i64, i64)> =
        on!(conn, |c| sqlx::query_as(sql).bind(clinic.to_string()).fetch_optional(c).await?);
    let (generation, since) = row.unwrap_or_default();
    Ok(Signing { generation, since: Timestamp::from_ms(since) })
}

/// Adds a key.
///
/// # Errors
/// An error of the database driver, for example if a key with this number exists.
pub async fn signing_insert(conn: &mut Conn, clinic: ClinicId, signing: Signing) -> sqlx::Result<()> {
    let row = vec![Value::text(clinic), Value::int(signing.generation), Value::int(signing.since.ms())];
    insert_rows(conn, "insert into signing_key (clinic_id, generation, created_at_ms)", "", vec![row]).await
}
