//! Rows of notices.

use medlane_shared::{
    access::Grant,
    ids::{ClinicId, NoticeId, PersonId},
    notify::NoticeView,
    time::Timestamp,
};
use sqlx::FromRow;

use crate::{
    db::{Conn, Value, insert_rows, on, parse, whose},
    engine::Clinic,
    keys::{DoesNotOpen, Place},
};

/// The place that a notice's text is sealed for.
#[must_use]
pub fn place(clinic: ClinicId, id: NoticeId) -> Place<'static> {
    Place { clinic, subject: clinic.0, record: id.0, version: 0, kind: "notice" }
}

/// A notice's row.
#[derive(Debug, FromRow)]
pub struct NoticeRow {
    id: String,
    sealed: Vec<u8>,
    created_at_ms: i64,
    read_at_ms: Option<i64>,
}

impl NoticeRow {
    /// The notice as its reader sees it.
    ///
    /// # Errors
    /// A notice that cannot be decrypted.
    pub fn view(self, clinic: &Clinic) -> sqlx::Result<NoticeView> {
        let id: NoticeId = parse(&self.id)?;
        let words = clinic.key.open(&place(clinic.id, id), &self.sealed)?;
        let (subject, text) = serde_json::from_slice(&words).map_err(|_| DoesNotOpen)?;
        Ok(NoticeView {
            id,
            subject,
            text,
            at: Timestamp::from_ms(self.created_at_ms),
            read: self.read_at_ms.is_some(),
        })
    }
}

/// Adds a notice for a person.
///
/// # Errors
/// An error of the database driver.
pub async fn notice_insert(
    conn: &mut Conn,
    clinic: ClinicId,
    id: NoticeId,
    (person, template): (PersonId, &str),
    sealed: Vec<u8>,
    at: Timestamp,
) -> sqlx::Result<()> {
    let row = vec![
        Value::text(id),
        Value::text(clinic),
        Value::text(person),
        Value::text(template),
        Value::Bytes(Some(sealed)),
        Value::int(at.ms()),
    ];
    let head = "insert into notice (id, clinic_id, person_id, template, sealed, created_at_ms)";
    insert_rows(conn, head, "", vec![row]).await
}

/// The caller's latest notices, newest first.
///
/// # Errors
/// An error of the database driver.
pub async fn notice_list(conn: &mut Conn, grant: &Grant, limit: i64) -> sqlx::Result<Vec<NoticeRow>> {
    let person = whose(grant)?;
    let sql = "select id, sealed, created_at_ms, read_at_ms from notice where person_id = $1 order by id desc limit $2";
    on!(conn, |c| sqlx::query_as(sql).bind(person.to_string()).bind(limit).fetch_all(c).await)
}

/// Marks all of the caller's notices as read.
///
/// # Errors
/// An error of the database driver.
pub async fn notice_read(conn: &mut Conn, grant: &Grant, at: Timestamp) -> sqlx::Result<()> {
    let person = whose(grant)?;
    let sql = "update notice set read_at_ms = $2 where person_id = $1 and read_at_ms is null";
    on!(conn, |c| sqlx::query(sql).bind(person.to_string()).bind(at.ms()).execute(c).await.map(drop))
}

/// Deletes notices that were written before a time.
///
/// # Errors
/// An error of the database driver.
pub async fn notice_prune(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    let sql = "delete from notice where created_at_ms < $1";
    on!(conn, |c| sqlx::query(sql).bind(before.ms()).execute(c).await.map(drop))
}
