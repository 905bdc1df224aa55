//! Rows of subjects' keys.

use std::collections::HashMap;

use medlane_shared::{ids::ClinicId, time::Timestamp};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::{root::Root, seal::SubjectKey};
use crate::db::{Conn, Value, in_list, insert_rows, on, parse};

/// The keys of subjects, by id.
pub type SubjectKeys = HashMap<Uuid, SubjectKey>;

/// The key of a subject; `None` if it has none, or the key was destroyed.
///
/// # Errors
/// An error of the database driver, or a key that does not open because the root key is another one.
pub async fn subject_key(
    conn: &mut Conn,
    root: &Root,
    clinic: ClinicId,
    subject: Uuid,
) -> sqlx::Result<Option<SubjectKey>> {
    let mut keys = subject_keys(conn, root, clinic, &[subject.to_string()]).await?;
    Ok(keys.remove(&subject))
}

/// Whether a clinic's key says that its audit log is bound.
///
/// # Errors
/// An error of the database driver.
pub async fn key_is_marked(conn: &mut Conn, root: &Root, clinic: ClinicId) -> sqlx::Result<bool> {
    let sql = "select wrapped from subject_key where clinic_id = $1 and subject_id = $1";
    let wrapped: Option<Vec<u8>> =
        on!(conn, |c| sqlx::query_scalar(sql).bind(clinic.to_string()).fetch_optional(c).await?);
    Ok(wrapped.is_some_and(|wrapped| SubjectKey::is_bound(root, clinic, &wrapped)))
}

/// The keys of several subjects of a clinic.
///
/// # Errors
/// As [`subject_key`].
pub async fn subject_keys(
    conn: &mut Conn,
    root: &Root,
    clinic: ClinicId,
    subjects: &[String],
) -> sqlx::Result<SubjectKeys> {
    let mut keys = SubjectKeys::new();
    for ids in subjects.chunks(256) {
        let (sql, size) =
            in_list("select clinic_id, subject_id, wrapped from subject_key where subject_id in", ids.len());
        let rows: Vec<(String, String, Vec<u8>)> = on!(&mut *conn, |c| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for n in 0..size {
                query = query.bind(&ids[n.min(ids.len() - 1)]);
            }
            query.fetch_all(c).await?
        });
        for (of, subject, wrapped) in rows {
            if parse::<ClinicId>(&of)? == clinic {
                let subject: Uuid = parse(&subject)?;
                let key = SubjectKey::unwrapped(root, clinic, subject, &wrapped)
                    .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
                keys.insert(subject, key);
            }
        }
    }
    Ok(keys)
}

/// Stores the keys of new subjects.
///
/// # Errors
/// An error of the database driver.
pub async fn subject_key_insert(
    conn: &mut Conn,
    root: &Root,
    clinic: ClinicId,
    subjects: &[(Uuid, SubjectKey)],
    at: Timestamp,
) -> sqlx::Result<()> {
    let rows = subjects
        .iter()
        .map(|(subject, key)| {
            Ok(vec![
                Value::text(clinic),
                Value::text(subject),
                Value::Bytes(Some(key.wrapped(root, clinic, *subject)?)),
                Value::int(at.ms()),
            ])
        })
        .collect::<sqlx::Result<_>>()?;
    insert_rows(conn, SUBJECT_KEY, "", rows).await
}

const SUBJECT_KEY: &str = "insert into subject_key (clinic_id, subject_id, wrapped, created_at_ms)";

/// Stores the key of a new clinic, in the form that says that its audit log is bound.
///
/// # Errors
/// An error of the database driver, or a key that cannot be sealed.
pub async fn clinic_key_insert(
    conn: &mut Conn,
    root: &Root,
    clinic: ClinicId,
    key: &SubjectKey,
    at: Timestamp,
) -> sqlx::Result<()> {
    let wrapped = Value::Bytes(Some(key.bound(root, clinic)?));
    let row = vec![Value::text(clinic), Value::text(clinic), wrapped, Value::int(at.ms())];
    insert_rows(conn, SUBJECT_KEY, "", vec![row]).await
}

/// Destroys the key of a subject.
///
/// # Errors
/// An error of the database driver.
pub async fn subject_key_delete(conn: &mut Conn, clinic: ClinicId, subject: Uuid) -> sqlx::Result<()> {
    let sql = "delete from subject_key where clinic_id = $1 and subject_id = $2";
    on!(conn, |c| sqlx::query(sql)
        .bind(clinic.to_string())
        .bind(subject.to_string())
        .execute(c)
        .await
        .map(drop))
}

/// Stores a clinic's key in the form that says that its log is bound.
///
/// # Errors
/// An error of the database driver.
pub async fn key_mark(conn: &mut Conn, clinic: ClinicId, wrapped: Vec<u8>) -> sqlx::Result<()> {
    let sql = "update subject_key set wrapped = $2 where clinic_id = $1 and subject_id = $1";
    on!(conn, |c| sqlx::query(sql).bind(clinic.to_string()).bind(wrapped).execute(c).await.map(drop))
}
