//! Rows of clinics.

use sqlx::FromRow;

use crate::db::{Conn, on};

/// A clinic's row.
#[derive(Debug, FromRow)]
pub struct ClinicRow {
    /// Its id.
    pub id: String,
    /// Its number on this server.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// The clinic's host name.
    pub domain: Option<String>,
}

/// Every clinic.
///
/// # Errors
/// An error of the database driver.
pub async fn clinic_list(conn: &mut Conn) -> sqlx::Result<Vec<ClinicRow>> {
    let sql = "select id, number, name, domain from clinic order by id";
    on!(conn, |c| sqlx::query_as(sql).fetch_all(c).await)
}

/// The number of the next clinic.
///
/// # Errors
/// An error of the database driver.
pub async fn number_next(conn: &mut Conn) -> sqlx::Result<i64> {
    let sql = "select coalesce(max(number), 0) + 1 from clinic";
    on!(conn, |c| sqlx::query_scalar(sql).fetch_one(c).await)
}
