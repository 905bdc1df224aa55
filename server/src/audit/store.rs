//! Rows of the audit log and its checkpoints.

use std::collections::HashMap;

use medlane_shared::{
    access::{Action, Grant, Role},
    audit::{self, AuditEntry, AuditQuery, Hash, Leaf, Outcome, ShownPatient, commitment},
    ids::{AuditId, ClinicId, PersonId},
    time::Timestamp,
};
use serde_json::{Value as Json, json};
use sqlx::{AssertSqlSafe, FromRow};

use super::days::Span;
use crate::{
    db::{Conn, like, on, parse, parse_some},
    engine::{Clinic, Number},
    keys::{Place, SubjectKey},
};

/// An entry's row.
#[derive(Debug, FromRow)]
pub struct EntryRow {
    /// Its place.
    pub place: i64,
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: String,
    clinic_id: String,
    at_ms: i64,
    /// What.
    pub action: String,
    outcome: String,
    person_id: Option<String>,
    device_id: Option<String>,
    session_id: Option<String>,
    role: Option<String>,
    patient_id: Option<String>,
    /// The thing acted on.
    pub target: String,
    detail_sealed: Option<Vec<u8>>,
    detail_hash: Option<Vec<u8>>,
    /// The chain hash after this entry.
    pub hash: Vec<u8>,
    /// The patients that a list showed.
    #[sqlx(skip)]
    pub shown: Vec<PersonId>,
}

const COLUMNS: &str = "select place, seq, id, clinic_id, at_ms, action, outcome, person_id, device_id, session_id, role, patient_id, \
    target, detail_sealed, detail_hash, hash from audit";

const SALT: usize = 16;

impl EntryRow {
    /// The leaf hash of the row's contents; `None` if they cannot be parsed.
    #[must_use]
    pub fn leaf(&self, clinic: ClinicId) -> Option<Hash> {
        let leaf = Leaf {
            clinic: self.clinic_id.parse().ok().filter(|own| *own == clinic)?,
            seq: self.seq,
            id: self.id.parse().ok()?,
            at: Timestamp::from_ms(self.at_ms),
            action: &self.action,
            outcome: outcome_of(&self.outcome)?,
            person: parse_some(self.person_id.as_deref()).ok()?,
            device: parse_some(self.device_id.as_deref()).ok()?,
            session: parse_some(self.session_id.as_deref()).ok()?,
            role: match &self.role {
                Some(role) => Some(Role::from_text(role)?),
                None => None,
            },
            patient: parse_some(self.patient_id.as_deref()).ok()?,
            target: &self.target,
            detail: match &self.detail_hash {
                Some(hash) => Some(hash.as_slice().try_into().ok()?),
                None => None,
            },
            shown: audit::shown(&self.shown),
        };
        Some(leaf.hash())
    }

    /// The salt and the text of the detail.
    fn detail(&self, clinic: ClinicId, key: &SubjectKey) -> Option<([u8; SALT], String)> {
        let record: AuditId = self.id.parse().ok()?;
        let place = Place { clinic, subject: clinic.0, record: record.0, version: 0, kind: "audit.detail" };
        let opened = key.open(&place, self.detail_sealed.as_deref()?).ok()?;
        let (salt, text) = opened.split_first_chunk::<SALT>()?;
        Some((*salt, String::from_utf8(text.to_vec()).ok()?))
    }

    /// When it was written.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        Timestamp::from_ms(self.at_ms)
    }

    /// Whether the sealed detail is gone. Nothing in the product erases details, so this is tampering.
    #[must_use]
    pub const fn is_blanked(&self) -> bool {
        self.detail_sealed.is_none() && self.detail_hash.is_some()
    }

    /// Whether the sealed detail matches the commitment in the entry.
    #[must_use]
    pub fn detail_holds(&self, clinic: ClinicId, key: &SubjectKey) -> bool {
        match (&self.detail_sealed, &self.detail_hash) {
            (None, hash) => hash.is_none(),
            (Some(_), Some(hash)) => {
                self.detail(clinic, key).is_some_and(|(salt, text)| commitment(&salt, &text)[..] == hash[..])
            }
            (Some(_), None) => false,
        }
    }

    /// The entry for people who may read the log. The caller adds the names.
    ///
    /// # Errors
    /// A decoding error.
    pub fn entry(&self, grant: &Grant, key: &SubjectKey) -> sqlx::Result<AuditEntry> {
        opens(grant)?;
        let clinic = grant.clinic();
        let outcome =
            outcome_of(&self.outcome).ok_or_else(|| sqlx::Error::Decode("an unknown outcome".into()))?;
        let mut detail: Option<Json> =
            self.detail(clinic, key).and_then(|(_, text)| serde_json::from_str(&text).ok());
        let right = detail.as_mut().and_then(Json::as_object_mut).and_then(|fields| fields.remove("right"));
        let right = right.and_then(|right| serde_json::from_value(right).ok());
        let detail = detail.filter(|detail| *detail != json!({}));
        // A detail that cannot be decrypted was altered or deleted: the entry says so, and `verify` names it.
        let is_lost = detail.is_none() && right.is_none() && self.detail_hash.is_some();
        let detail = detail.or_else(|| is_lost.then(|| json!({ "unreadable": true })));
        Ok(AuditEntry {
            seq: self.seq,
            id: parse(&self.id)?,
            at: Timestamp::from_ms(self.at_ms),
            action: self.action.clone(),
            outcome,
            person_id: parse_some(self.person_id.as_deref())?,
            person_name: None,
            device_id: parse_some(self.device_id.as_deref())?,
            role: self.role.as_deref().and_then(Role::from_text),
            patient_id: parse_some(self.patient_id.as_deref())?,
            patient_name: None,
            target_name: None,
            shown_count: 0,
            shown: Vec::new(),
            target: self.target.clone(),
            changes: Vec::new(),
            right,
            detail,
        })
    }
}

fn outcome_of(text: &str) -> Option<Outcome> {
    [Outcome::Success, Outcome::Refused].into_iter().find(|outcome| outcome.text() == text)
}

/// The entries after a number, in order.
///
/// # Errors
/// An error of the database driver.
pub async fn audit_since(
    conn: &mut Conn,
    clinic: Number,
    since: i64,
    limit: i64,
) -> sqlx::Result<Vec<EntryRow>> {
    let sql = AssertSqlSafe(format!("{COLUMNS} where place > $1 and place < $2 order by place limit $3"));
    let (since, end) = (clinic.place(since), clinic.end());
    let mut rows: Vec<EntryRow> =
        on!(&mut *conn, |c| sqlx::query_as(sql).bind(since).bind(end).bind(limit).fetch_all(c).await?);
    // After the last page the range goes on to the end, so that rows beyond the last entry are read too.
    let upto = rows.last().map_or(end, |row| row.place);
    let sql = "select place, patient_id from audit_shown where place > $1 and place <= $2";
    let found: Vec<(i64, String)> =
        on!(conn, |c| sqlx::query_as(sql).bind(since).bind(upto).fetch_all(c).await?);
    let mut shown: HashMap<i64, Vec<PersonId>> = HashMap::new();
    for (place, patient) in found {
        // This server only writes valid ids. With any other text the leaf does not match.
        shown.entry(place).or_default().push(patient.parse().unwrap_or(PersonId(uuid::Uuid::nil())));
    }
    for row in &mut rows {
        row.shown = shown.remove(&row.place).unwrap_or_default();
    }
    Ok(rows)
}

/// Checks that a grant opens the log. No caller sees this error.
fn opens(grant: &Grant) -> sqlx::Result<()> {
    match grant.action() {
        Action::AuditRead | Action::ActivityRead => Ok(()),
        other => Err(sqlx::Error::Protocol(format!("a grant for {other:?} does not open the log"))),
    }
}

/// How many patients of an entry's list are named.
const SHOWN_NAMED: i64 = 3;

/// For each entry, by its place: how many patients its list showed, and some of them.
///
/// # Errors
/// An error of the database driver.
pub async fn shown_list(
    conn: &mut Conn,
    grant: &Grant,
    rows: &[EntryRow],
    wanted: Option<PersonId>,
) -> sqlx::Result<HashMap<i64, (u32, Vec<ShownPatient>)>> {
    opens(grant)?;
    let mut found = HashMap::new();
    for rows in rows.chunks(256) {
        let places: Vec<String> = rows.iter().map(|row| row.place.to_string()).collect();
        let sql = AssertSqlSafe(format!(
            "select place, patient_id, n from (select place, patient_id, \
             row_number() over (partition by place order by case when patient_id = $1 then 0 else 1 end, patient_id) as nth, \
             count(*) over (partition by place) as n from audit_shown where place in ({})) as shown \
             where nth <= $2 order by place, nth",
            places.join(", ")
        ));
        let wanted = wanted.map(|id| id.to_string());
        let named: Vec<(i64, String, i64)> =
            on!(&mut *conn, |c| sqlx::query_as(sql).bind(wanted).bind(SHOWN_NAMED).fetch_all(c).await?);
        for (place, patient, n) in named {
            let Some(row) = rows.iter().find(|row| row.place == place) else { continue };
            let of = found.entry(row.seq).or_insert((u32::try_from(n).unwrap_or(u32::MAX), Vec::new()));
            of.1.push(ShownPatient { id: parse(&patient)?, name: None });
        }
    }
    Ok(found)
}

/// The patients whom the list of an entry showed, in the order of their ids; `None` if there is no such entry.
///
/// # Errors
/// An error of the database driver.
pub async fn shown_page(
    conn: &mut Conn,
    grant: &Grant,
    place: i64,
    after: Option<PersonId>,
    limit: i64,
) -> sqlx::Result<Option<Vec<PersonId>>> {
    opens(grant)?;
    let sql = "select count(*) from audit where place = $1";
    let there: i64 = on!(&mut *conn, |c| sqlx::query_scalar(sql).bind(place).fetch_one(c).await?);
    if there == 0 {
        return Ok(None);
    }
    let sql = "select patient_id from audit_shown where place = $1 and patient_id > $2 order by patient_id limit $3";
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let found: Vec<String> =
        on!(conn, |c| sqlx::query_scalar(sql).bind(place).bind(after).bind(limit).fetch_all(c).await?);
    found.iter().map(|id| parse(id)).collect::<sqlx::Result<_>>().map(Some)
}

/// All patients whom the lists of entries showed, by the number of the entry.
///
/// # Errors
/// An error of the database driver.
pub async fn shown_all(
    conn: &mut Conn,
    grant: &Grant,
    rows: &[EntryRow],
) -> sqlx::Result<HashMap<i64, Vec<PersonId>>> {
    opens(grant)?;
    let mut found: HashMap<i64, Vec<PersonId>> = HashMap::new();
    for rows in rows.chunks(256) {
        let places: Vec<String> = rows.iter().map(|row| row.place.to_string()).collect();
        let sql = AssertSqlSafe(format!(
            "select place, patient_id from audit_shown where place in ({}) order by place, patient_id",
            places.join(", ")
        ));
        let shown: Vec<(i64, String)> = on!(&mut *conn, |c| sqlx::query_as(sql).fetch_all(c).await?);
        for (place, patient) in shown {
            let Some(row) = rows.iter().find(|row| row.place == place) else { continue };
            found.entry(row.seq).or_default().push(parse(&patient)?);
        }
    }
    Ok(found)
}

/// What is listed.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The entries; its days and its page are in the fields below.
    pub query: &'a AuditQuery,
    /// Only entries of this time.
    pub span: Option<Span>,
    /// Only entries that the list shows after the one with this number.
    pub before: i64,
    /// The most entries.
    pub limit: i64,
}

enum Arg {
    Int(i64),
    Text(String),
}

/// Conditions with their arguments.
#[derive(Default)]
struct Conditions {
    sql: String,
    args: Vec<Arg>,
}

impl Conditions {
    /// Adds a condition; each `?` in it is this argument.
    fn with(&mut self, condition: &str, arg: Arg) {
        self.args.push(arg);
        self.sql.push_str(&condition.replace('?', &format!("${}", self.args.len())));
    }

    fn text(&mut self, condition: &str, text: &impl ToString) {
        self.with(condition, Arg::Text(text.to_string()));
    }

    /// Without a time, the entries by their number. With one, by their time: the index of the time then gives the rows in the
    /// order of the list, and an old day is found without a look at what was written since.
    fn page(&mut self, clinic: Number, wanted: &Wanted<'_>) {
        let before = clinic.place(wanted.before);
        match wanted.span {
            None => {
                self.with(" and place > ?", Arg::Int(clinic.place(0)));
                self.with(" and place < ?", Arg::Int(before));
            }
            Some(span) => {
                self.with(" and place >> 40 = ?", Arg::Int(clinic.0));
                self.with(" and at_ms >= ?", Arg::Int(span.from));
                self.with(" and at_ms < ?", Arg::Int(span.to));
                if wanted.before < i64::MAX {
                    let after =
                        " and (at_ms, place) < ((select last.at_ms from audit last where last.place = ?), ?)";
                    self.with(after, Arg::Int(before));
                }
            }
        }
    }

    fn entries(&mut self, query: &AuditQuery) {
        if let Some(action) = &query.action {
            if let Some(family) = action.strip_suffix('.') {
                self.text(" and action like ? escape '\\'", &format!("{}.%", like(family)));
            } else {
                self.text(" and action = ?", action);
            }
        }
        if query.quiet == Some(true) {
            let refused = Outcome::Refused.text();
            for noise in audit::NOISE {
                self.text(&format!(" and (action <> ? or outcome = '{refused}')"), noise);
            }
        }
        if let Some(person) = query.person_id {
            self.text(" and person_id = ?", &person);
        }
        if let Some(patient) = query.patient_id {
            let concerns =
                " and (patient_id = ? or place in (select place from audit_shown where patient_id = ?))";
            self.text(concerns, &patient);
        }
        if let Some(outcome) = query.outcome {
            self.text(" and outcome = ?", &outcome.text());
        }
    }
}

/// The entries that are wanted, newest first.
///
/// # Errors
/// An error of the database driver.
pub async fn audit_list(
    conn: &mut Conn,
    grant: &Grant,
    clinic: &Clinic,
    wanted: &Wanted<'_>,
) -> sqlx::Result<Vec<EntryRow>> {
    opens(grant)?;
    debug_assert_eq!(clinic.id, grant.clinic());
    let mut conditions = Conditions::default();
    conditions.page(clinic.number, wanted);
    conditions.entries(wanted.query);
    let order = if wanted.span.is_some() { "at_ms desc, place desc" } else { "place desc" };
    conditions.with(&format!(" order by {order} limit ?"), Arg::Int(wanted.limit));
    let Conditions { sql, args } = conditions;
    let sql = format!("{COLUMNS} where {}", sql.trim_start_matches(" and "));
    on!(conn, |c| {
        let mut query = sqlx::query_as(AssertSqlSafe(sql));
        for arg in args {
            query = match arg {
                Arg::Int(number) => query.bind(number),
                Arg::Text(text) => query.bind(text),
            };
        }
        query.fetch_all(c).await
    })
}

/// A signed checkpoint.
#[derive(Debug, FromRow)]
pub struct CheckpointRow {
    /// How many entries it covers.
    pub size: i64,
    /// Its text, in the C2SP tlog-checkpoint form.
    pub note: String,
}

/// The checkpoints after a size, in order.
///
/// # Errors
/// An error of the database driver.
pub async fn checkpoint_list(
    conn: &mut Conn,
    clinic: ClinicId,
    since: i64,
) -> sqlx::Result<Vec<CheckpointRow>> {
    let sql = "select size, note from audit_checkpoint where clinic_id = $1 and size > $2 order by size";
    on!(conn, |c| sqlx::query_as(sql).bind(clinic.to_string()).bind(since).fetch_all(c).await)
}

/// The size of the last checkpoint; 0 if there is none.
///
/// # Errors
/// An error of the database driver.
pub async fn checkpoint_last(conn: &mut Conn, clinic: ClinicId) -> sqlx::Result<i64> {
    let sql = "select coalesce(max(size), 0) from audit_checkpoint where clinic_id = $1";
    on!(conn, |c| sqlx::query_scalar(sql).bind(clinic.to_string()).fetch_one(c).await)
}

/// The checkpoint of a size.
///
/// # Errors
/// An error of the database driver.
pub async fn checkpoint_by_size(
    conn: &mut Conn,
    clinic: ClinicId,
    size: i64,
) -> sqlx::Result<Option<String>> {
    let sql = "select note from audit_checkpoint where clinic_id = $1 and size = $2";
    on!(conn, |c| sqlx::query_scalar(sql).bind(clinic.to_string()).bind(size).fetch_optional(c).await)
}

/// Adds a checkpoint; whether it was added. One of the same size may have stayed from a log that was cut off.
///
/// # Errors
/// An error of the database driver.
pub async fn checkpoint_insert(
    conn: &mut Conn,
    clinic: ClinicId,
    size: i64,
    note: &str,
    at: Timestamp,
) -> sqlx::Result<bool> {
    let sql = "insert into audit_checkpoint (clinic_id, size, note, at_ms) values ($1, $2, $3, $4) \
               on conflict (clinic_id, size) do nothing";
    on!(conn, |c| {
        let query = sqlx::query(sql).bind(clinic.to_string()).bind(size).bind(note).bind(at.ms());
        Ok(query.execute(c).await?.rows_affected() > 0)
    })
}
