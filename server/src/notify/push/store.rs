//! Rows of subscriptions.

use medlane_shared::{
    access::Grant,
    ids::{ClinicId, PersonId, SessionId},
    time::Timestamp,
};

use super::subscription::Subscription;
use crate::{
    db::{Conn, Value, insert_rows, on, parse, whose},
    keys::{DoesNotOpen, Place, SubjectKey},
};

/// The place that a subscription is sealed for.
#[must_use]
pub fn place(clinic: ClinicId, session: SessionId) -> Place<'static> {
    Place { clinic, subject: clinic.0, record: session.0, version: 0, kind: "push" }
}

/// Stores the subscription of the browser of a session of the caller.
///
/// # Errors
/// An error of the database driver.
pub async fn push_put(
    conn: &mut Conn,
    grant: &Grant,
    session: SessionId,
    sealed: Vec<u8>,
    at: Timestamp,
) -> sqlx::Result<()> {
    let row = vec![
        Value::text(session),
        Value::text(grant.clinic()),
        Value::text(whose(grant)?),
        Value::Bytes(Some(sealed)),
        Value::int(at.ms()),
    ];
    let head = "insert into push_subscription (session_id, clinic_id, person_id, sealed, created_at_ms)";
    let tail = "on conflict (session_id) do update set sealed = excluded.sealed, created_at_ms = excluded.created_at_ms \
        where push_subscription.clinic_id = excluded.clinic_id and push_subscription.person_id = excluded.person_id";
    insert_rows(conn, head, tail, vec![row]).await
}

/// Deletes the subscription of a session.
///
/// # Errors
/// An error of the database driver.
pub async fn push_delete(conn: &mut Conn, session: SessionId) -> sqlx::Result<()> {
    let sql = "delete from push_subscription where session_id = $1";
    on!(conn, |c| sqlx::query(sql).bind(session.to_string()).execute(c).await.map(drop))
}

/// Deletes the subscriptions of all sessions of a person.
///
/// # Errors
/// An error of the database driver.
pub async fn push_forget(conn: &mut Conn, person: PersonId) -> sqlx::Result<()> {
    let sql = "delete from push_subscription where person_id = $1";
    on!(conn, |c| sqlx::query(sql).bind(person.to_string()).execute(c).await.map(drop))
}

/// The subscription of a session of the caller.
///
/// # Errors
/// An error of the database driver.
pub async fn push_by_session(
    conn: &mut Conn,
    grant: &Grant,
    key: &SubjectKey,
    session: SessionId,
) -> sqlx::Result<Option<Result<Subscription, DoesNotOpen>>> {
    let sql =
        "select sealed from push_subscription where session_id = $1 and clinic_id = $2 and person_id = $3";
    let sealed: Option<Vec<u8>> = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(session.to_string())
        .bind(grant.clinic().to_string())
        .bind(whose(grant)?.to_string())
        .fetch_optional(c)
        .await?);
    Ok(sealed.map(|sealed| opened(key, (grant.clinic(), session), &sealed)))
}

fn opened(
    key: &SubjectKey,
    (clinic, session): (ClinicId, SessionId),
    sealed: &[u8],
) -> Result<Subscription, DoesNotOpen> {
    let text = key.open(&place(clinic, session), sealed)?;
    serde_json::from_slice(&text).map_err(|_| DoesNotOpen)
}

/// The subscriptions of a person's sessions that have not ended.
///
/// # Errors
/// An error of the database driver.
pub async fn push_list(
    conn: &mut Conn,
    (clinic, key): (ClinicId, &SubjectKey),
    person: PersonId,
    now: Timestamp,
) -> sqlx::Result<Vec<Result<Subscription, DoesNotOpen>>> {
    let sql = "select p.session_id, p.sealed from push_subscription p join session s on s.id = p.session_id \
        where p.person_id = $1 and s.ended_at_ms is null and s.expires_at_ms > $2 order by p.session_id";
    let rows: Vec<(String, Vec<u8>)> =
        on!(conn, |c| sqlx::query_as(sql).bind(person.to_string()).bind(now.ms()).fetch_all(c).await?);
    let opened =
        rows.into_iter().map(|(session, sealed)| Ok(opened(key, (clinic, parse(&session)?), &sealed)));
    opened.collect()
}

/// Deletes the subscriptions of sessions that have ended.
///
/// # Errors
/// An error of the database driver.
pub async fn push_prune(conn: &mut Conn, now: Timestamp) -> sqlx::Result<()> {
    let sql = "delete from push_subscription where session_id in \
        (select id from session where ended_at_ms is not null or expires_at_ms < $1)";
    on!(conn, |c| sqlx::query(sql).bind(now.ms()).execute(c).await.map(drop))
}
