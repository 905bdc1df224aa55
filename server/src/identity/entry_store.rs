//! The entries of the search index: by what each person is found.

use medlane_shared::{
    identity::entries,
    ids::{ClinicId, PersonId},
};

use crate::db::{Conn, Value, insert_rows, on};

const HEAD: &str = "insert into found_by (clinic_id, entry, person_id)";

/// A person's rows of the index.
pub fn rows(
    clinic: ClinicId,
    person: PersonId,
    (name, email, phone): (&str, Option<&str>, Option<&str>),
) -> Vec<Vec<Value>> {
    let row = |entry: String| vec![Value::text(clinic), Value::Text(Some(entry)), Value::text(person)];
    entries(name, email, phone).into_iter().map(row).collect()
}

/// Writes the rows of new people.
///
/// # Errors
/// An error of the database driver.
pub async fn entry_insert(conn: &mut Conn, rows: Vec<Vec<Value>>) -> sqlx::Result<()> {
    insert_rows(conn, HEAD, "", rows).await
}

/// Brings the index up to date after a person's name, address or number has changed.
///
/// # Errors
/// An error of the database driver.
pub async fn entry_renew(conn: &mut Conn, person: PersonId) -> sqlx::Result<()> {
    let sql = "select clinic_id, name, email, phone from person where id = $1";
    let found: Option<(String, String, Option<String>, Option<String>)> =
        on!(&mut *conn, |c| sqlx::query_as(sql).bind(person.to_string()).fetch_optional(c).await?);
    let sql = "delete from found_by where person_id = $1";
    on!(&mut *conn, |c| sqlx::query(sql).bind(person.to_string()).execute(c).await.map(drop))?;
    let Some((clinic, name, email, phone)) = found else { return Ok(()) };
    let rows = rows(crate::db::parse(&clinic)?, person, (&name, email.as_deref(), phone.as_deref()));
    entry_insert(conn, rows).await
}
