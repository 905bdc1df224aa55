//! Rows of the notices about turns.

use medlane_shared::{
    ids::{ClinicId, TicketId},
    time::Timestamp,
};

use super::turn::{About, Called, Turn};
use crate::db::{Conn, Value, insert_rows, on, parse};

/// The room that the patient was told for this call; `None` if they were not told of the call.
///
/// # Errors
/// An error of the database driver.
pub async fn turn_room(conn: &mut Conn, turn: &Turn) -> sqlx::Result<Option<String>> {
    let sql = "select room from turn_notice where ticket_id = $1 and kind = $2 and call = $3";
    let (kind, call, _) = turn_kind(turn);
    Ok(on!(conn, |c| sqlx::query_scalar(sql)
        .bind(turn.ticket.to_string())
        .bind(kind)
        .bind(call)
        .fetch_optional(c)
        .await?))
}

/// Records what a patient is told.
///
/// # Errors
/// An error of the database driver.
pub async fn turn_put(conn: &mut Conn, turn: &Turn, at: Timestamp) -> sqlx::Result<()> {
    let (kind, call, room) = turn_kind(turn);
    let row = vec![
        Value::text(turn.ticket),
        Value::text(kind),
        Value::int(call),
        Value::text(room),
        Value::int(at.ms()),
    ];
    let head = "insert into turn_notice (ticket_id, kind, call, room, created_at_ms)";
    let tail = "on conflict (ticket_id, kind, call) do update set room = excluded.room, \
        created_at_ms = excluded.created_at_ms";
    insert_rows(conn, head, tail, vec![row]).await
}

/// The calls and transfers of a clinic that patients were told of since a time, and the calls that are still in effect.
///
/// # Errors
/// An error of the database driver.
pub async fn turn_list(conn: &mut Conn, clinic: ClinicId, since: Timestamp) -> sqlx::Result<Vec<Turn>> {
    let sql = "select n.ticket_id, n.kind, n.call, n.room from turn_notice n join ticket t on t.id = n.ticket_id \
        where t.clinic_id = $1 and (n.kind = 'now' and (n.created_at_ms > $2 or t.state = 'called') \
        or n.kind = 'sent' and n.created_at_ms > $2)";
    let rows: Vec<(String, String, i64, String)> = on!(&mut *conn, |c| sqlx::query_as(sql)
        .bind(clinic.to_string())
        .bind(since.ms())
        .fetch_all(c)
        .await?);
    let turn = |(ticket, kind, at, room): (String, String, i64, String)| {
        let at = Timestamp::from_ms(at);
        let call = || Called { at, room: Some(room).filter(|room| !room.is_empty()) };
        let about = if kind == "sent" { About::Sent(at) } else { About::Call(call()) };
        Ok(Turn { ticket: parse(&ticket)?, about })
    };
    rows.into_iter().map(turn).collect()
}

/// The room of the last call that the patient was told of; `None` if they were told of none.
///
/// # Errors
/// An error of the database driver.
pub async fn turn_last_room(conn: &mut Conn, ticket: TicketId) -> sqlx::Result<Option<String>> {
    let sql = "select room from turn_notice where ticket_id = $1 and kind = 'now' order by call desc limit 1";
    Ok(on!(conn, |c| sqlx::query_scalar(sql).bind(ticket.to_string()).fetch_optional(c).await?))
}

/// Deletes the records of the notices of this kind about a ticket, which no longer hold; of transfers only this one,
/// because the others still hold. Returns whether there were any.
///
/// # Errors
/// An error of the database driver.
pub async fn turn_forget(conn: &mut Conn, turn: &Turn) -> sqlx::Result<bool> {
    let sql = "delete from turn_notice where ticket_id = $1 and kind = $2 and (kind <> 'sent' or call = $3)";
    let (kind, call, _) = turn_kind(turn);
    let done = on!(conn, |c| sqlx::query(sql)
        .bind(turn.ticket.to_string())
        .bind(kind)
        .bind(call)
        .execute(c)
        .await?
        .rows_affected());
    Ok(done > 0)
}

/// The kind of a notice, its call, and the room, which is empty if there is none.
fn turn_kind(turn: &Turn) -> (&'static str, i64, &str) {
    match &turn.about {
        About::Soon => ("soon", 0, ""),
        About::Call(call) => ("now", call.at.ms(), call.room.as_deref().unwrap_or_default()),
        About::Cancelled => ("gone", 0, ""),
        About::Sent(at) => ("sent", at.ms(), ""),
    }
}
