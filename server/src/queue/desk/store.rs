//! Rows of tasks and calls for help.

use medlane_shared::{
    ids::{BranchId, DeviceId, TaskId, TicketId},
    queue::{DeskTask, HelpCall, Label, TaskKind},
    time::Timestamp,
};
use sqlx::FromRow;

use crate::{
    db::{Conn, Value, insert_rows, on, parse, parse_some},
    queue::AtDesk,
};

/// A task's row.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The kind of problem.
    pub kind: TaskKind,
    /// The ticket, if it exists.
    pub ticket: Option<TicketId>,
    /// The label of a second ticket. For a ticket that does not exist: its own label.
    pub other: Option<String>,
}

const fn kind_text(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::Twin => "twin",
        TaskKind::LabelTwice => "label_twice",
        TaskKind::CallRefused => "call_refused",
        TaskKind::NotTaken => "not_taken",
    }
}

fn kind_of(text: &str) -> TaskKind {
    match text {
        "twin" => TaskKind::Twin,
        "label_twice" => TaskKind::LabelTwice,
        "not_taken" => TaskKind::NotTaken,
        _ => TaskKind::CallRefused,
    }
}

#[derive(FromRow)]
struct TaskRow {
    id: String,
    kind: String,
    ticket_id: Option<String>,
    prefix: Option<String>,
    number: Option<i64>,
    other: Option<String>,
    at_ms: i64,
}

impl TaskRow {
    fn task(&self) -> sqlx::Result<DeskTask> {
        let broken = || sqlx::Error::Decode("a task's label cannot be read".into());
        let own = self.prefix.as_deref().zip(self.number).map(|(prefix, number)| {
            let number = u32::try_from(number).map_err(|_| broken())?;
            Label::new(prefix, number).map_err(|_| broken())
        });
        let other = self.other.as_deref().and_then(|label| label.parse().ok());
        // If the ticket does not exist, the row only has its label.
        let (label, other) = match own.transpose()? {
            Some(label) => (Some(label), other),
            None => (other, None),
        };
        Ok(DeskTask {
            id: parse(&self.id)?,
            kind: kind_of(&self.kind),
            ticket_id: parse_some(self.ticket_id.as_deref())?,
            label,
            other,
            at: Timestamp::from_ms(self.at_ms),
        })
    }
}

/// The tasks and calls that wait at a branch's desk, the oldest first.
///
/// # Errors
/// An error of the database driver.
pub async fn at_desk(conn: &mut Conn, branch: BranchId) -> sqlx::Result<AtDesk> {
    let branch = branch.to_string();
    let sql = "select h.device_id, d.name, h.asked_at_ms, h.withdrawn_at_ms from help_call h \
        join device d on d.id = h.device_id where h.branch_id = $1 and d.revoked_at_ms is null \
        and (h.answered_at_ms is null or h.withdrawn_at_ms is not null) order by h.asked_at_ms, h.device_id";
    let rows: Vec<(String, String, i64, Option<i64>)> =
        on!(&mut *conn, |c| sqlx::query_as(sql).bind(&branch).fetch_all(c).await?);
    let (mut help, mut withdrawn) = (Vec::new(), Vec::new());
    for (id, device_name, asked, taken_back) in rows {
        let at = Timestamp::from_ms(taken_back.unwrap_or(asked));
        let call = HelpCall { device_id: parse(&id)?, device_name, at };
        if taken_back.is_some() { withdrawn.push(call) } else { help.push(call) }
    }
    let sql = "select device_id, answered_at_ms from help_call \
        where branch_id = $1 and answered_at_ms is not null and withdrawn_at_ms is null order by device_id";
    let rows: Vec<(String, i64)> =
        on!(&mut *conn, |c| sqlx::query_as(sql).bind(&branch).fetch_all(c).await?);
    let coming = rows.into_iter().map(|(id, at)| Ok((parse(&id)?, Timestamp::from_ms(at))));
    let sql = "select k.id, k.kind, k.ticket_id, t.prefix, t.number, k.other, k.at_ms from desk_task k \
        left join ticket t on t.id = k.ticket_id where k.branch_id = $1 and k.settled_at_ms is null order by k.at_ms, k.id";
    let rows: Vec<TaskRow> = on!(conn, |c| sqlx::query_as(sql).bind(&branch).fetch_all(c).await?);
    Ok(AtDesk {
        help,
        withdrawn,
        coming: coming.collect::<sqlx::Result<_>>()?,
        tasks: rows.iter().map(TaskRow::task).collect::<sqlx::Result<_>>()?,
    })
}

/// Creates a task, unless it exists.
///
/// # Errors
/// An error of the database driver.
pub async fn task_insert(conn: &mut Conn, branch: BranchId, task: &Task, at: Timestamp) -> sqlx::Result<()> {
    let row = vec![
        Value::text(task.id),
        Value::text(branch),
        Value::text(kind_text(task.kind)),
        Value::maybe(task.ticket),
        Value::maybe(task.other.as_deref()),
        Value::int(at.ms()),
    ];
    let head = "insert into desk_task (id, branch_id, kind, ticket_id, other, at_ms)";
    insert_rows(conn, head, "on conflict (id) do nothing", vec![row]).await
}

/// Marks a task as settled. Returns whether it was open.
///
/// # Errors
/// An error of the database driver.
pub async fn task_settle(conn: &mut Conn, branch: BranchId, id: TaskId, at: Timestamp) -> sqlx::Result<bool> {
    let sql =
        "update desk_task set settled_at_ms = $3 where branch_id = $1 and id = $2 and settled_at_ms is null";
    let done = on!(conn, |c| sqlx::query(sql)
        .bind(branch.to_string())
        .bind(id.to_string())
        .bind(at.ms())
        .execute(c)
        .await?
        .rows_affected());
    Ok(done > 0)
}

/// Stores a kiosk's call for help. A call that is still unanswered keeps its time.
///
/// # Errors
/// An error of the database driver.
pub async fn help_put(
    conn: &mut Conn,
    branch: BranchId,
    device: DeviceId,
    at: Timestamp,
) -> sqlx::Result<()> {
    let row = vec![Value::text(device), Value::text(branch), Value::int(at.ms())];
    let head = "insert into help_call (device_id, branch_id, asked_at_ms)";
    let tail = "on conflict (device_id) do update set branch_id = excluded.branch_id, \
        asked_at_ms = excluded.asked_at_ms, answered_at_ms = null, withdrawn_at_ms = null \
        where help_call.answered_at_ms is not null or help_call.withdrawn_at_ms is not null";
    insert_rows(conn, head, tail, vec![row]).await
}

/// Marks a kiosk's request for help as answered.
///
/// # Errors
/// An error of the database driver.
pub async fn help_answer(
    conn: &mut Conn,
    branch: BranchId,
    device: DeviceId,
    at: Timestamp,
) -> sqlx::Result<()> {
    let sql = "update help_call set answered_at_ms = $3 \
        where branch_id = $1 and device_id = $2 and answered_at_ms is null and withdrawn_at_ms is null";
    help_stamp(conn, sql, branch, device, at).await
}

/// Marks a kiosk's request for help as taken back, also if somebody is on the way.
///
/// # Errors
/// An error of the database driver.
pub async fn help_withdraw(
    conn: &mut Conn,
    branch: BranchId,
    device: DeviceId,
    at: Timestamp,
) -> sqlx::Result<()> {
    let sql = "update help_call set withdrawn_at_ms = $3 \
        where branch_id = $1 and device_id = $2 and withdrawn_at_ms is null";
    help_stamp(conn, sql, branch, device, at).await
}

async fn help_stamp(
    conn: &mut Conn,
    sql: &'static str,
    branch: BranchId,
    device: DeviceId,
    at: Timestamp,
) -> sqlx::Result<()> {
    on!(conn, |c| sqlx::query(sql)
        .bind(branch.to_string())
        .bind(device.to_string())
        .bind(at.ms())
        .execute(c)
        .await
        .map(drop))
}
