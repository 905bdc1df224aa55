//! Rows of tickets, and of what was learned from visits.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use medlane_shared::{
    access::Grant,
    identity::Gender,
    ids::{BranchId, ClinicId, PersonId, ServiceId, TicketId},
    queue::{Label, Learned, LineLeft, Priority, RoomCall, State, Ticket, Undo},
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, FromRow};
use uuid::Uuid;

use super::{
    change::{Change, RowChange},
    live::{Live, LiveQueue, Why, Whys},
};
use crate::{
    db::{Conn, Script, Value, in_list, on, parse, parse_some},
    engine::Load,
    identity::{Demographics, record_number_of},
    keys::{DoesNotOpen, Place, Root, SubjectKey, SubjectKeys},
};

const COLUMNS: &str = "t.id, t.branch_id, t.day, t.prefix, t.number, t.service_id, t.doctor_id, t.patient_id, \
    t.priority, t.suggested, t.state, t.version, t.joined_at_ms, t.waiting_since_ms, t.arrived_at_ms, t.called_by, t.room, \
    t.called_at_ms, t.first_called_at_ms, t.calls, t.serving_at_ms, t.ended_at_ms, t.undo, t.reason_sealed, t.why_sealed, t.on_way_at_ms, t.sent, \
    s.name as patient_name, s.birth_date, s.gender, s.record_number from ticket t \
    left join person p on p.id = t.patient_id left join person s on s.id = coalesce(p.merged_into, p.id)";

#[derive(FromRow)]
struct TicketRow {
    id: String,
    branch_id: String,
    day: String,
    prefix: String,
    number: i64,
    service_id: String,
    doctor_id: Option<String>,
    patient_id: Option<String>,
    priority: String,
    suggested: Option<String>,
    state: String,
    version: i64,
    joined_at_ms: i64,
    waiting_since_ms: i64,
    arrived_at_ms: Option<i64>,
    called_by: Option<String>,
    room: Option<String>,
    called_at_ms: Option<i64>,
    first_called_at_ms: Option<i64>,
    calls: i64,
    serving_at_ms: Option<i64>,
    ended_at_ms: Option<i64>,
    undo: Option<String>,
    reason_sealed: Option<Vec<u8>>,
    why_sealed: Option<Vec<u8>>,
    on_way_at_ms: Option<i64>,
    sent: Option<String>,
    patient_name: Option<String>,
    birth_date: Option<String>,
    gender: Option<String>,
    record_number: Option<i64>,
}

/// The text of a priority class in its row.
#[must_use]
pub const fn priority_text(priority: Priority) -> &'static str {
    match priority {
        Priority::Emergency => "emergency",
        Priority::Urgent => "urgent",
        Priority::Normal => "normal",
    }
}

fn priority_of(text: &str) -> Priority {
    match text {
        "emergency" => Priority::Emergency,
        "urgent" => Priority::Urgent,
        _ => Priority::Normal,
    }
}

impl TicketRow {
    fn ticket(&self) -> sqlx::Result<Ticket> {
        let broken = |what: &str| sqlx::Error::Decode(format!("a ticket's {what} cannot be read").into());
        let number = u32::try_from(self.number).map_err(|_| broken("number"))?;
        let call = match (&self.called_by, self.called_at_ms) {
            (Some(by), Some(at)) => Some(RoomCall {
                by: parse(by)?,
                room: self.room.clone(),
                at: Timestamp::from_ms(at),
                first_at: Timestamp::from_ms(self.first_called_at_ms.unwrap_or(at)),
                times: u8::try_from(self.calls).unwrap_or(u8::MAX),
                on_way_at: self.on_way_at_ms.map(Timestamp::from_ms),
            }),
            _ => None,
        };
        let undo: Option<Undo> =
            self.undo.as_deref().map(serde_json::from_str).transpose().map_err(|_| broken("undo"))?;
        let sent = self.sent.as_deref().map(serde_json::from_str).transpose();
        let sent: Option<Vec<LineLeft>> = sent.map_err(|_| broken("transfers"))?;
        Ok(Ticket {
            id: parse(&self.id)?,
            branch: parse(&self.branch_id)?,
            day: self.day.clone(),
            label: Label::new(&self.prefix, number).map_err(|_| broken("label"))?,
            service: parse(&self.service_id)?,
            doctor: parse_some(self.doctor_id.as_deref())?,
            patient: parse_some(self.patient_id.as_deref())?,
            priority: priority_of(&self.priority),
            suggested: self.suggested.as_deref().map(priority_of),
            state: State::from_text(&self.state).ok_or_else(|| broken("state"))?,
            version: self.version,
            joined_at: Timestamp::from_ms(self.joined_at_ms),
            waiting_since: Timestamp::from_ms(self.waiting_since_ms),
            arrived_at: self.arrived_at_ms.map(Timestamp::from_ms),
            call,
            serving_at: self.serving_at_ms.map(Timestamp::from_ms),
            ended_at: self.ended_at_ms.map(Timestamp::from_ms),
            sent: sent.unwrap_or_default(),
            undo,
        })
    }
}

/// The place that a ticket's reason is sealed for: with the patient's key, or with the clinic's for a walk-in without
/// a name.
#[must_use]
pub fn reason_place(clinic: ClinicId, ticket: TicketId, patient: Option<PersonId>) -> Place<'static> {
    let subject: Uuid = patient.map_or(clinic.0, |patient| patient.0);
    Place { clinic, subject, record: ticket.0, version: 1, kind: "ticket.reason" }
}

/// The place that the reasons of a ticket's classes and transfers are sealed for.
#[must_use]
pub fn why_place(clinic: ClinicId, ticket: TicketId, patient: Option<PersonId>) -> Place<'static> {
    Place { kind: "ticket.why", ..reason_place(clinic, ticket, patient) }
}

/// The reasons of a ticket's classes and transfers. Whoever cannot read one knows that there is one.
fn why_of(ticket: &Ticket, (clinic, key): (ClinicId, &SubjectKey), sealed: Vec<u8>) -> Why {
    let text = key.open(&why_place(clinic, ticket.id, ticket.patient), &sealed).ok();
    let text = text.and_then(|text| serde_json::from_slice::<Whys>(&text).ok());
    let text = text.unwrap_or_else(|| {
        tracing::error!(ticket = %ticket.id, "the reasons of a ticket's steps cannot be read");
        let last = ticket.sent.len().checked_sub(1);
        let unread = Whys::default().set(ticket.priority, UNREADABLE);
        last.map_or(unread.clone(), |last| unread.sent(last, Some(UNREADABLE)))
    });
    Why { text: text.into(), sealed: sealed.into() }
}

/// Stands for a reason that cannot be decrypted although its key exists. One broken row must not block a clinic's
/// queue, and nobody may take it for a visit without a reason.
const UNREADABLE: &str = "\u{fffd}";

/// Unseals the rows' reasons. It reads all patients' keys with one statement.
async fn lives(
    conn: &mut Conn,
    root: &Root,
    clinic: ClinicId,
    key: &SubjectKey,
    rows: Vec<TicketRow>,
) -> sqlx::Result<Vec<Live>> {
    let sealed = rows.iter().filter(|row| row.reason_sealed.is_some() || row.why_sealed.is_some());
    let mut patients: Vec<String> = sealed.filter_map(|row| row.patient_id.clone()).collect();
    patients.sort();
    patients.dedup();
    let keys: SubjectKeys = crate::keys::subject_keys(conn, root, clinic, &patients).await?;
    let mut known: HashMap<PersonId, Arc<Demographics>> = HashMap::new();
    let mut lives = Vec::with_capacity(rows.len());
    for row in rows {
        let ticket = row.ticket()?;
        let opened_by = match ticket.patient {
            Some(patient) => keys.get(&patient.0),
            None => Some(key),
        };
        // The reason stays sealed for ever if the patient's key was destroyed.
        let reason = row.reason_sealed.as_deref().zip(opened_by).map(|(sealed, key)| {
            let text = key.open(&reason_place(clinic, ticket.id, ticket.patient), sealed);
            let text = text.and_then(|text| String::from_utf8(text).map_err(|_| DoesNotOpen));
            text.map_or_else(
                |error| {
                    tracing::error!(%error, ticket = %ticket.id, "the reason of a visit");
                    Arc::from(UNREADABLE)
                },
                Arc::from,
            )
        });
        let why = row.why_sealed.zip(opened_by);
        let why = why.map(|(sealed, key)| why_of(&ticket, (clinic, key), sealed));
        let details = row.patient_name.map(|name| Demographics {
            name,
            birth_date: row.birth_date,
            gender: row.gender.as_deref().and_then(Gender::from_text),
            record_number: record_number_of(row.record_number),
        });
        // The tickets of one patient share the same demographics.
        let patient = ticket
            .patient
            .zip(details)
            .map(|(id, details)| known.entry(id).or_insert_with(|| details.into()).clone());
        lives.push(Live { ticket, patient, reason, reason_sealed: row.reason_sealed.map(Arc::from), why });
    }
    Ok(lives)
}

/// The live queue of a clinic: the active tickets, and those of the last days.
///
/// # Errors
/// An error of the database driver.
pub async fn live_load(at: Load<'_>) -> sqlx::Result<LiveQueue> {
    let Load { conn, root, clinic, key } = at;
    let mut live = LiveQueue::default();
    let mut rows = Vec::new();
    for (branch, door, set) in crate::clinic::door_list(conn, clinic).await? {
        live.apply(&Change::Door(branch, door, set.map(Arc::new)));
        live.apply(&Change::Desk(branch, super::desk::store::at_desk(conn, branch).await?.into()));
        let ended = day_ended(conn, branch).await?;
        rows.extend(ticket_recent(conn, branch, ended.as_deref()).await?);
        if let Some(day) = ended {
            live.apply(&Change::DayEnded(branch, day.into()));
        }
    }
    for (branch, service, learned) in learned_list(conn, clinic).await? {
        live.apply(&Change::Learned(branch, service, learned));
    }
    for ticket in lives(conn, root, clinic, key, rows).await? {
        live.apply(&Change::Ticket(Arc::new(ticket), RowChange::Update));
    }
    Ok(live)
}

/// The tickets of a branch's last two days, because labels count on from the largest of the day; and the active
/// tickets of earlier days that were not ended.
async fn ticket_recent(
    conn: &mut Conn,
    branch: BranchId,
    ended: Option<&str>,
) -> sqlx::Result<Vec<TicketRow>> {
    let last = "select coalesce(max(day), '') from ticket where branch_id = $1";
    let last: String =
        on!(&mut *conn, |c| sqlx::query_scalar(last).bind(branch.to_string()).fetch_one(c).await?);
    let since = last.parse::<jiff::civil::Date>().ok().and_then(|day| day.yesterday().ok());
    let since = since.map_or(last, |day| day.to_string());
    let ended = ended.unwrap_or_default().min(since.as_str()).to_owned();
    let sql = AssertSqlSafe(format!(
        "select {COLUMNS} where t.branch_id = $1 and t.day >= $2 and (t.day >= $3 or t.active = 1)"
    ));
    on!(conn, |c| sqlx::query_as(sql).bind(branch.to_string()).bind(ended).bind(since).fetch_all(c).await)
}

/// The last day of a branch that has ended.
///
/// # Errors
/// An error of the database driver.
pub async fn day_ended(conn: &mut Conn, branch: BranchId) -> sqlx::Result<Option<String>> {
    let sql = "select ended_day from branch where id = $1";
    on!(conn, |c| sqlx::query_scalar(sql).bind(branch.to_string()).fetch_one(c).await)
}

/// Ends a branch's days up to one.
///
/// # Errors
/// An error of the database driver.
pub async fn day_ended_put(conn: &mut Conn, branch: BranchId, day: &str) -> sqlx::Result<()> {
    let sql = "update branch set ended_day = $2 where id = $1";
    on!(conn, |c| sqlx::query(sql).bind(branch.to_string()).bind(day).execute(c).await.map(drop))
}

/// Tickets by their ids.
///
/// # Errors
/// An error of the database driver.
pub async fn live_list(
    conn: &mut Conn,
    root: &Root,
    clinic: ClinicId,
    key: &SubjectKey,
    ids: &[TicketId],
) -> sqlx::Result<Vec<Live>> {
    let mut found = Vec::new();
    for ids in ids.chunks(256) {
        let (sql, size) = in_list(&format!("select {COLUMNS} where t.id in"), ids.len());
        let rows: Vec<TicketRow> = on!(&mut *conn, |c| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for n in 0..size {
                query = query.bind(ids[n.min(ids.len() - 1)].to_string());
            }
            query.fetch_all(c).await?
        });
        found.extend(lives(conn, root, clinic, key, rows).await?);
    }
    Ok(found)
}

/// The ended tickets of the grant's patient before an id, newest first.
///
/// # Errors
/// An error of the database driver.
pub async fn history_list(
    conn: &mut Conn,
    grant: &Grant,
    before: Option<TicketId>,
    limit: i64,
) -> sqlx::Result<Vec<Ticket>> {
    let Some(patient) = grant.resource().owner else { return Ok(Vec::new()) };
    let sql = AssertSqlSafe(format!(
        "select {COLUMNS} where t.patient_id in (select m.id from person m where m.id = $1 or m.merged_into = $1) and t.active = 0 and t.id < $2 \
         and t.clinic_id = $4 order by t.id desc limit $3"
    ));
    let before = before.map_or_else(|| "g".to_owned(), |id| id.to_string());
    let rows: Vec<TicketRow> = on!(conn, |c| sqlx::query_as(sql)
        .bind(patient.to_string())
        .bind(before)
        .bind(limit)
        .bind(grant.clinic().to_string())
        .fetch_all(c)
        .await?);
    rows.iter().map(TicketRow::ticket).collect()
}

const INSERT: &str = "insert into ticket (id, clinic_id, branch_id, day, prefix, number, service_id, doctor_id, patient_id, \
    priority, suggested, state, active, version, joined_at_ms, waiting_since_ms, arrived_at_ms, called_by, room, called_at_ms, \
    first_called_at_ms, calls, serving_at_ms, ended_at_ms, undo, reason_sealed, why_sealed, on_way_at_ms, sent)";

/// Inserts new tickets. If two nodes gave the same label, a unique key makes the insert fail.
pub fn ticket_insert(script: &mut Script, clinic: ClinicId, tickets: &[Arc<Live>]) {
    script.insert(INSERT, "", rows(clinic, tickets));
}

/// Updates tickets. The service has a statement of its own, for transferred tickets only: SQLite copies every page
/// that a statement touches if the statement changes a reference to another table.
pub fn ticket_update(script: &mut Script, clinic: ClinicId, tickets: &[Arc<Live>], moved: &[Arc<Live>]) {
    let tail = "on conflict (id) do update set doctor_id = excluded.doctor_id, \
        priority = excluded.priority, state = excluded.state, active = excluded.active, version = excluded.version, \
        waiting_since_ms = excluded.waiting_since_ms, arrived_at_ms = excluded.arrived_at_ms, \
        called_by = excluded.called_by, room = excluded.room, called_at_ms = excluded.called_at_ms, \
        first_called_at_ms = excluded.first_called_at_ms, calls = excluded.calls, \
        serving_at_ms = excluded.serving_at_ms, ended_at_ms = excluded.ended_at_ms, undo = excluded.undo, why_sealed = excluded.why_sealed, \
        on_way_at_ms = excluded.on_way_at_ms, sent = excluded.sent \
        where ticket.clinic_id = excluded.clinic_id";
    let service = "on conflict (id) do update set service_id = excluded.service_id \
        where ticket.clinic_id = excluded.clinic_id";
    script.insert(INSERT, tail, rows(clinic, tickets));
    script.insert(INSERT, service, rows(clinic, moved));
}

fn rows(clinic: ClinicId, tickets: &[Arc<Live>]) -> Vec<Vec<Value>> {
    tickets.iter().map(|live| row(clinic, live)).collect()
}

fn row(clinic: ClinicId, live: &Live) -> Vec<Value> {
    let ticket = &live.ticket;
    let call = ticket.call.as_ref();
    let undo = ticket.undo.as_ref().and_then(|undo| serde_json::to_string(undo).ok());
    let sent = Some(&ticket.sent).filter(|sent| !sent.is_empty());
    let sent = sent.and_then(|sent| serde_json::to_string(sent).ok());
    vec![
        Value::Id(Some(ticket.id.0)),
        Value::Id(Some(clinic.0)),
        Value::Id(Some(ticket.branch.0)),
        Value::text(&ticket.day),
        Value::text(ticket.label.prefix()),
        Value::int(i64::from(ticket.label.number())),
        Value::Id(Some(ticket.service.0)),
        Value::Id(ticket.doctor.map(|id| id.0)),
        Value::Id(ticket.patient.map(|id| id.0)),
        Value::Word(priority_text(ticket.priority)),
        ticket.suggested.map_or(Value::Text(None), |class| Value::Word(priority_text(class))),
        Value::Word(ticket.state.text()),
        Value::int(i64::from(ticket.state.is_active())),
        Value::int(ticket.version),
        Value::int(ticket.joined_at.ms()),
        Value::int(ticket.waiting_since.ms()),
        Value::Int(ticket.arrived_at.map(Timestamp::ms)),
        Value::Id(call.map(|call| call.by.0)),
        Value::Text(call.and_then(|call| call.room.clone())),
        Value::Int(call.map(|call| call.at.ms())),
        Value::Int(call.map(|call| call.first_at.ms())),
        Value::int(call.map_or(0, |call| i64::from(call.times))),
        Value::Int(ticket.serving_at.map(Timestamp::ms)),
        Value::Int(ticket.ended_at.map(Timestamp::ms)),
        Value::Text(undo),
        Value::Bytes(live.reason_sealed.as_deref().map(<[u8]>::to_vec)),
        Value::Bytes(live.why.as_ref().map(|why| why.sealed.to_vec())),
        Value::Int(call.and_then(|call| call.on_way_at).map(Timestamp::ms)),
        Value::Text(sent),
    ]
}

#[derive(FromRow)]
struct LearnedRow {
    branch_id: String,
    service_id: String,
    mean_s: f64,
    variance: f64,
    visits: i64,
    pace: f64,
    today: i64,
    last_at_ms: Option<i64>,
    low: f64,
    high: f64,
    waits: i64,
}

/// What was learned about the visits of each service.
///
/// # Errors
/// An error of the database driver.
pub async fn learned_list(
    conn: &mut Conn,
    clinic: ClinicId,
) -> sqlx::Result<Vec<(BranchId, ServiceId, Learned)>> {
    let sql = "select branch_id, service_id, mean_s, variance, visits, pace, today, last_at_ms, low, high, waits \
        from service_learned where clinic_id = $1";
    let rows: Vec<LearnedRow> =
        on!(conn, |c| sqlx::query_as(sql).bind(clinic.to_string()).fetch_all(c).await?);
    let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    rows.into_iter()
        .map(|row| {
            let learned = Learned {
                mean_s: row.mean_s,
                variance: row.variance,
                visits: count(row.visits),
                pace: row.pace,
                today: count(row.today),
                last_at: row.last_at_ms.map(Timestamp::from_ms),
                low: row.low,
                high: row.high,
                waits: count(row.waits),
            };
            Ok((parse(&row.branch_id)?, parse(&row.service_id)?, learned))
        })
        .collect()
}

/// Stores what was learned about visits.
pub fn learned_put(script: &mut Script, clinic: ClinicId, learned: BTreeMap<(BranchId, ServiceId), Learned>) {
    let row = |((branch, service), learned): ((BranchId, ServiceId), Learned)| {
        vec![
            Value::text(clinic),
            Value::text(branch),
            Value::text(service),
            Value::real(learned.mean_s),
            Value::real(learned.variance),
            Value::int(i64::from(learned.visits)),
            Value::real(learned.pace),
            Value::int(i64::from(learned.today)),
            Value::Int(learned.last_at.map(Timestamp::ms)),
            Value::real(learned.low),
            Value::real(learned.high),
            Value::int(i64::from(learned.waits)),
        ]
    };
    let head = "insert into service_learned (clinic_id, branch_id, service_id, mean_s, variance, visits, pace, today, \
                last_at_ms, low, high, waits)";
    let tail = "on conflict (branch_id, service_id) do update set mean_s = excluded.mean_s, \
                variance = excluded.variance, visits = excluded.visits, pace = excluded.pace, today = excluded.today, \
                last_at_ms = excluded.last_at_ms, low = excluded.low, high = excluded.high, waits = excluded.waits";
    script.insert(head, tail, learned.into_iter().map(row).collect());
}

/// Opens, pauses or closes a branch's queue.
///
/// # Errors
/// An error of the database driver.
pub async fn door_put(
    conn: &mut Conn,
    branch: BranchId,
    door: &'static str,
    (by, at): (Option<PersonId>, Timestamp),
) -> sqlx::Result<()> {
    let sql =
        "update branch set door = $2, door_by = $3, door_at_ms = $4, version = version + 1 where id = $1";
    on!(conn, |c| sqlx::query(sql)
        .bind(branch.to_string())
        .bind(door)
        .bind(by.map(|by| by.to_string()))
        .bind(at.ms())
        .execute(c)
        .await
        .map(drop))
}
