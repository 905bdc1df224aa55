//! Rows of messages.

use medlane_shared::{
    access::Grant,
    ids::{ClinicId, MessageId, PersonId},
    notify::{Channel, MessageState, MessageView, NoticeChoice, Quiet},
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, FromRow};

use crate::db::{Conn, Value, delete_older, insert_rows, on, parse, parse_some, whose};

/// A message's row.
#[derive(Debug, Clone)]
pub struct StoredMessage {
    /// Its id.
    pub id: MessageId,
    /// The person whom it is for.
    pub person: Option<PersonId>,
    /// Its channel.
    pub channel: Channel,
    /// The name of its template.
    pub template: String,
    /// The recipient, with the middle left out.
    pub recipient: String,
    /// Its sealed contents; `None` once nobody needs them.
    pub sealed: Option<Vec<u8>>,
    /// Its state.
    pub state: MessageState,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next.
    pub due_at: Timestamp,
    /// After this time it is useless.
    pub expires_at: Option<Timestamp>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was sent or given up.
    pub settled_at: Option<Timestamp>,
    /// Why the last try failed.
    pub fault: Option<String>,
}

impl StoredMessage {
    /// The view for administrators.
    #[must_use]
    pub fn view(self) -> MessageView {
        MessageView {
            id: self.id,
            channel: self.channel,
            template: self.template,
            recipient: self.recipient,
            state: self.state,
            tries: self.tries,
            created_at: self.created_at,
            settled_at: self.settled_at,
            fault: self.fault,
        }
    }
}

#[derive(FromRow)]
struct MessageRow {
    id: String,
    person_id: Option<String>,
    channel: String,
    template: String,
    recipient: String,
    sealed: Option<Vec<u8>>,
    state: String,
    tries: i64,
    due_at_ms: i64,
    expires_at_ms: Option<i64>,
    created_at_ms: i64,
    settled_at_ms: Option<i64>,
    fault: Option<String>,
}

const MESSAGES: &str = "select id, person_id, channel, template, recipient, sealed, state, tries, due_at_ms, \
    expires_at_ms, created_at_ms, settled_at_ms, fault from message where clinic_id = $1";

impl MessageRow {
    fn read(self) -> sqlx::Result<StoredMessage> {
        let unknown = || sqlx::Error::Decode("an unknown channel or state".into());
        let state = MessageState::ALL.iter().copied().find(|state| state.text() == self.state);
        Ok(StoredMessage {
            id: parse(&self.id)?,
            person: parse_some(self.person_id.as_deref())?,
            channel: Channel::from_text(&self.channel).ok_or_else(unknown)?,
            template: self.template,
            recipient: self.recipient,
            sealed: self.sealed,
            state: state.ok_or_else(unknown)?,
            tries: u32::try_from(self.tries).unwrap_or(u32::MAX),
            due_at: Timestamp::from_ms(self.due_at_ms),
            expires_at: self.expires_at_ms.map(Timestamp::from_ms),
            created_at: Timestamp::from_ms(self.created_at_ms),
            settled_at: self.settled_at_ms.map(Timestamp::from_ms),
            fault: self.fault,
        })
    }
}

/// Writes a message's row.
///
/// # Errors
/// An error of the database driver.
pub async fn message_put(conn: &mut Conn, clinic: ClinicId, row: &StoredMessage) -> sqlx::Result<()> {
    let values = vec![
        Value::text(row.id),
        Value::text(clinic),
        Value::maybe(row.person),
        Value::text(row.channel.text()),
        Value::text(&row.template),
        Value::text(&row.recipient),
        Value::Bytes(row.sealed.clone()),
        Value::text(row.state.text()),
        Value::int(i64::from(row.tries)),
        Value::int(row.due_at.ms()),
        Value::Int(row.expires_at.map(Timestamp::ms)),
        Value::int(row.created_at.ms()),
        Value::Int(row.settled_at.map(Timestamp::ms)),
        Value::Text(row.fault.clone()),
    ];
    let head = "insert into message (id, clinic_id, person_id, channel, template, recipient, sealed, state, tries, \
        due_at_ms, expires_at_ms, created_at_ms, settled_at_ms, fault)";
    let tail = "on conflict (id) do update set sealed = excluded.sealed, state = excluded.state, \
        tries = excluded.tries, due_at_ms = excluded.due_at_ms, settled_at_ms = excluded.settled_at_ms, \
        fault = excluded.fault where message.clinic_id = excluded.clinic_id";
    insert_rows(conn, head, tail, vec![values]).await
}

/// The messages that are due; those that have waited longest come first.
///
/// # Errors
/// An error of the database driver.
pub async fn message_due(
    conn: &mut Conn,
    clinic: ClinicId,
    at: Timestamp,
    limit: i64,
) -> sqlx::Result<Vec<StoredMessage>> {
    let sql = AssertSqlSafe(format!(
        "{MESSAGES} and state = 'waiting' and due_at_ms <= $2 order by due_at_ms, id limit $3"
    ));
    let rows: Vec<MessageRow> = on!(conn, |c| sqlx::query_as(sql)
        .bind(clinic.to_string())
        .bind(at.ms())
        .bind(limit)
        .fetch_all(c)
        .await?);
    rows.into_iter().map(MessageRow::read).collect()
}

/// When the oldest message of all clinics was written that is due at `at` or has failed so far; `None` if there is none.
///
/// # Errors
/// An error of the database driver.
pub async fn message_oldest(conn: &mut Conn, at: Timestamp) -> sqlx::Result<Option<Timestamp>> {
    let sql =
        "select min(created_at_ms) from message where state = 'waiting' and (tries > 0 or due_at_ms <= $1)";
    let oldest: Option<i64> = on!(conn, |c| sqlx::query_scalar(sql).bind(at.ms()).fetch_one(c).await?);
    Ok(oldest.map(Timestamp::from_ms))
}

/// When the next message is due; `None` if none is waiting.
///
/// # Errors
/// An error of the database driver.
pub async fn message_next(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<Option<Timestamp>> {
    let sql = "select min(due_at_ms) from message where clinic_id = $1 and state = 'waiting'";
    let next: Option<i64> =
        on!(conn, |c| sqlx::query_scalar(sql).bind(clinic.to_string()).fetch_one(c).await?);
    Ok(next.map(Timestamp::from_ms))
}

/// Reads a message.
///
/// # Errors
/// An error of the database driver.
pub async fn message_by_id(
    conn: &mut Conn,
    clinic: ClinicId,
    id: MessageId,
) -> sqlx::Result<Option<StoredMessage>> {
    let sql = AssertSqlSafe(format!("{MESSAGES} and id = $2"));
    let row: Option<MessageRow> = on!(conn, |c| sqlx::query_as(sql)
        .bind(clinic.to_string())
        .bind(id.to_string())
        .fetch_optional(c)
        .await?);
    row.map(MessageRow::read).transpose()
}

/// Messages before an id, newest first.
///
/// # Errors
/// An error of the database driver.
pub async fn message_list(
    conn: &mut Conn,
    grant: &Grant,
    before: Option<MessageId>,
    limit: i64,
) -> sqlx::Result<Vec<StoredMessage>> {
    latest(conn, grant.clinic(), before, limit).await
}

/// The latest messages, for the outbox page of a development server.
///
/// # Errors
/// An error of the database driver.
pub async fn message_outbox(
    conn: &mut Conn,
    clinic: ClinicId,
    limit: i64,
) -> sqlx::Result<Vec<StoredMessage>> {
    latest(conn, clinic, None, limit).await
}

async fn latest(
    conn: &mut Conn,
    clinic: ClinicId,
    before: Option<MessageId>,
    limit: i64,
) -> sqlx::Result<Vec<StoredMessage>> {
    let sql = AssertSqlSafe(format!("{MESSAGES} and id < $2 order by id desc limit $3"));
    // This text sorts after every id.
    let before = before.map_or_else(|| "g".to_owned(), |id| id.to_string());
    let rows: Vec<MessageRow> = on!(conn, |c| sqlx::query_as(sql)
        .bind(clinic.to_string())
        .bind(before)
        .bind(limit)
        .fetch_all(c)
        .await?);
    rows.into_iter().map(MessageRow::read).collect()
}

/// Deletes the contents of messages that were kept for the outbox page and written before a time.
///
/// # Errors
/// An error of the database driver.
pub async fn message_forget(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    let sql =
        "update message set sealed = null where state = 'kept' and sealed is not null and created_at_ms < $1";
    on!(conn, |c| sqlx::query(sql).bind(before.ms()).execute(c).await.map(drop))
}

/// Deletes the messages that were sent or given up before a time.
///
/// # Errors
/// An error of the database driver.
pub async fn message_prune(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    let sql = "delete from message where id in (select id from message where settled_at_ms < $1 limit 1000)";
    delete_older(conn, sql, before).await
}

#[derive(FromRow)]
struct ChoiceRow {
    channels: String,
    quiet_from: Option<String>,
    quiet_until: Option<String>,
    time_zone: Option<String>,
}

/// The caller's stored choice.
///
/// # Errors
/// An error of the database driver.
pub async fn choice_own(conn: &mut Conn, grant: &Grant) -> sqlx::Result<Option<NoticeChoice>> {
    choice_by_person(conn, grant.clinic(), whose(grant)?).await
}

/// A person's stored choice, for the server that writes to them.
///
/// # Errors
/// An error of the database driver.
pub async fn choice_by_person(
    conn: &mut Conn,
    clinic: ClinicId,
    person: PersonId,
) -> sqlx::Result<Option<NoticeChoice>> {
    let sql = "select channels, quiet_from, quiet_until, time_zone from notice_choice \
        where clinic_id = $1 and person_id = $2";
    let row: Option<ChoiceRow> = on!(conn, |c| {
        sqlx::query_as(sql).bind(clinic.to_string()).bind(person.to_string()).fetch_optional(c).await?
    });
    Ok(row.map(|ChoiceRow { channels, quiet_from: from, quiet_until: until, time_zone }| NoticeChoice {
        channels: channels.split(',').filter_map(Channel::from_text).collect(),
        quiet: from.zip(until).zip(time_zone).map(|((from, until), time_zone)| Quiet {
            from,
            until,
            time_zone,
        }),
    }))
}

/// Stores the caller's choice.
///
/// # Errors
/// An error of the database driver.
pub async fn choice_put(
    conn: &mut Conn,
    grant: &Grant,
    choice: &NoticeChoice,
    at: Timestamp,
) -> sqlx::Result<()> {
    let channels: Vec<&str> = choice.channels.iter().map(|channel| channel.text()).collect();
    let quiet = choice.quiet.as_ref();
    let row = vec![
        Value::text(whose(grant)?),
        Value::text(grant.clinic()),
        Value::text(channels.join(",")),
        Value::maybe(quiet.map(|quiet| quiet.from.as_str())),
        Value::maybe(quiet.map(|quiet| quiet.until.as_str())),
        Value::maybe(quiet.map(|quiet| quiet.time_zone.as_str())),
        Value::int(at.ms()),
    ];
    let head = "insert into notice_choice (person_id, clinic_id, channels, quiet_from, quiet_until, time_zone, \
        updated_at_ms)";
    let tail = "on conflict (person_id) do update set channels = excluded.channels, \
        quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until, time_zone = excluded.time_zone, \
        updated_at_ms = excluded.updated_at_ms";
    insert_rows(conn, head, tail, vec![row]).await
}
