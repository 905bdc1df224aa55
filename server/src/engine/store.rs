//! Rows of clinics.

use sqlx::FromRow;

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
