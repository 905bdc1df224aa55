//! Rows of sessions.

use medlane_shared::{
    access::Role,
    identity::Face,
    ids::{ClinicId, DeviceId, PersonId, SessionId},
    time::Timestamp,
};
use sqlx::{AssertSqlSafe, FromRow};

use crate::db::{Conn, Value, delete_older, insert_rows, on, parse, parse_some};

/// A session's row.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The person.
    pub person: Option<PersonId>,
    /// The device: of a device's own session, or the one that the person is at.
    pub device: Option<DeviceId>,
    /// The role acted in.
    pub role: Role,
    /// The program.
    pub face: Face,
    /// The hash of its present refresh token.
    pub token_hash: String,
    /// How often it was renewed.
    pub counter: i64,
    /// When it was last renewed.
    pub rotated_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
    /// The program's own description of itself.
    pub agent: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// The generation of the key that made its present refresh token.
    pub generation: i64,
    /// When its latest refresh tokens were spent, within the grace time; the latest is last.
    pub spent: Vec<Timestamp>,
}

/// The most times of spent tokens that are stored.
const SPENT_MAX: usize = 64;

impl Session {
    /// When the token with an earlier count was spent; `None` if that is longer ago than the grace time.
    #[must_use]
    pub fn spent_at(&self, counter: i64) -> Option<Timestamp> {
        let behind = usize::try_from(self.counter.checked_sub(counter)?).ok()?;
        self.spent.len().checked_sub(behind).and_then(|n| self.spent.get(n)).copied()
    }

    /// The times to store once the present token is spent.
    #[must_use]
    pub fn spent_now(&self, at: Timestamp, grace_ms: i64) -> Vec<Timestamp> {
        let recent = self.spent.iter().copied().filter(|spent| at.since_ms(*spent) <= grace_ms);
        let mut spent: Vec<Timestamp> = recent.chain([at]).collect();
        spent.drain(..spent.len().saturating_sub(SPENT_MAX));
        spent
    }
}

#[derive(FromRow)]
struct SessionRow {
    id: String,
    person_id: Option<String>,
    device_id: Option<String>,
    role: String,
    face: String,
    token_hash: String,
    counter: i64,
    rotated_at_ms: i64,
    expires_at_ms: i64,
    ended_at_ms: Option<i64>,
    agent: Option<String>,
    created_at_ms: i64,
    generation: i64,
    spent: String,
}

const SESSIONS: &str = "select id, person_id, device_id, role, face, token_hash, counter, rotated_at_ms, \
    expires_at_ms, ended_at_ms, agent, created_at_ms, generation, spent from session where";

impl SessionRow {
    fn read(self) -> sqlx::Result<Session> {
        let unknown = || sqlx::Error::Decode("an unknown role or face".into());
        let face = Face::ALL.iter().copied().find(|face| face.text() == self.face).ok_or_else(unknown)?;
        Ok(Session {
            id: parse(&self.id)?,
            person: parse_some(self.person_id.as_deref())?,
            device: parse_some(self.device_id.as_deref())?,
            role: Role::from_text(&self.role).ok_or_else(unknown)?,
            face,
            token_hash: self.token_hash,
            counter: self.counter,
            rotated_at: Timestamp::from_ms(self.rotated_at_ms),
            expires_at: Timestamp::from_ms(self.expires_at_ms),
            ended_at: self.ended_at_ms.map(Timestamp::from_ms),
            agent: self.agent,
            created_at: Timestamp::from_ms(self.created_at_ms),
            generation: self.generation,
            spent: self.spent.split(',').filter_map(|ms| ms.parse().ok()).map(Timestamp::from_ms).collect(),
        })
    }
}

/// The live sessions of a person, the latest renewed first.
///
/// # Errors
/// An error of the database driver.
pub async fn session_list(conn: &mut Conn, person: PersonId, at: Timestamp) -> sqlx::Result<Vec<Session>> {
    let sql = AssertSqlSafe(format!(
        "{SESSIONS} person_id = $1 and ended_at_ms is null and expires_at_ms > $2 order by rotated_at_ms desc, id"
    ));
    let rows: Vec<SessionRow> =
        on!(conn, |c| sqlx::query_as(sql).bind(person.to_string()).bind(at.ms()).fetch_all(c).await?);
    rows.into_iter().map(SessionRow::read).collect()
}

/// A session of a clinic.
///
/// # Errors
/// An error of the database driver.
pub async fn session_by_id(
    conn: &mut Conn,
    clinic: ClinicId,
    id: SessionId,
) -> sqlx::Result<Option<Session>> {
    let sql = AssertSqlSafe(format!("{SESSIONS} id = $1 and clinic_id = $2"));
    let row: Option<SessionRow> = on!(conn, |c| sqlx::query_as(sql)
        .bind(id.to_string())
        .bind(clinic.to_string())
        .fetch_optional(c)
        .await?);
    row.map(SessionRow::read).transpose()
}

/// Writes a session's row.
///
/// # Errors
/// An error of the database driver.
pub async fn session_put(conn: &mut Conn, clinic: ClinicId, session: &Session) -> sqlx::Result<()> {
    let spent: Vec<String> = session.spent.iter().map(|at| at.ms().to_string()).collect();
    let row = vec![
        Value::text(session.id),
        Value::text(clinic),
        Value::maybe(session.person),
        Value::maybe(session.device),
        Value::text(session.role.text()),
        Value::text(session.face.text()),
        Value::text(&session.token_hash),
        Value::int(session.counter),
        Value::int(session.rotated_at.ms()),
        Value::int(session.expires_at.ms()),
        Value::Int(session.ended_at.map(Timestamp::ms)),
        Value::int(session.created_at.ms()),
        Value::maybe(session.agent.as_deref()),
        Value::int(session.generation),
        Value::text(spent.join(",")),
    ];
    let head = "insert into session (id, clinic_id, person_id, device_id, role, face, token_hash, counter, \
                rotated_at_ms, expires_at_ms, ended_at_ms, created_at_ms, agent, generation, spent)";
    let tail = "on conflict (id) do update set token_hash = excluded.token_hash, counter = excluded.counter, \
                rotated_at_ms = excluded.rotated_at_ms, expires_at_ms = excluded.expires_at_ms, \
                ended_at_ms = excluded.ended_at_ms, generation = excluded.generation, spent = excluded.spent \
                where session.clinic_id = excluded.clinic_id";
    insert_rows(conn, head, tail, vec![row]).await
}

/// The live sessions of a person, oldest first. If a role is named, only those in that role.
///
/// # Errors
/// An error of the database driver.
pub async fn sessions_live(
    conn: &mut Conn,
    person: PersonId,
    role: Option<Role>,
    at: Timestamp,
) -> sqlx::Result<Vec<SessionId>> {
    let sql = "select id from session where person_id = $1 and (role = $2 or $2 = '') and ended_at_ms is null \
               and expires_at_ms > $3 order by id";
    let ids: Vec<String> = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(person.to_string())
        .bind(role.map_or("", Role::text))
        .bind(at.ms())
        .fetch_all(c)
        .await?);
    ids.iter().map(|id| parse(id)).collect()
}

/// Whether a person has ever had a session at a device.
///
/// # Errors
/// An error of the database driver.
pub async fn was_at(conn: &mut Conn, person: PersonId, device: DeviceId) -> sqlx::Result<bool> {
    let sql = "select count(*) from session where person_id = $1 and device_id = $2";
    let count: i64 = on!(conn, |c| sqlx::query_scalar(sql)
        .bind(person.to_string())
        .bind(device.to_string())
        .fetch_one(c)
        .await?);
    Ok(count > 0)
}

/// Deletes the sessions that expired before a time. The last one of each device stays: it tells when the device was there.
///
/// # Errors
/// An error of the database driver.
pub async fn session_prune(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    let sql = "delete from session where id in \
        (select id from session s where expires_at_ms < $1 \
            and not exists (select 1 from push_subscription p where p.session_id = s.id) \
            and (device_id is null or exists (select 1 from session later where later.device_id = s.device_id \
                and (later.rotated_at_ms, later.id) > (s.rotated_at_ms, s.id))) limit 1000)";
    delete_older(conn, sql, before).await
}

/// The sessions that were ended before they expired. Their access tokens may still be in use.
///
/// # Errors
/// An error of the database driver.
pub async fn sessions_ended(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<Vec<SessionId>> {
    let sql = "select id from session where clinic_id = $1 and ended_at_ms is not null and expires_at_ms > ended_at_ms \
               order by ended_at_ms desc limit 10000";
    let ids: Vec<String> =
        on!(conn, |c| sqlx::query_scalar(sql).bind(clinic.to_string()).fetch_all(c).await?);
    ids.iter().map(|id| parse(id)).collect()
}
