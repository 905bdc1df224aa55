//! Rows of the write path: the head of the feed, the feed, repeated requests.

use std::{collections::HashMap, str::FromStr};

use medlane_shared::{audit::Hash, ids::ClinicId, sync::Cursor, time::Timestamp};
use sqlx::AssertSqlSafe;

use crate::{
    db::{Conn, IN_MAX, PART, Script, Value, delete_older, in_list, on, parse},
    engine::{Entity, Number},
};

/// The head of a clinic's feed and audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Raised by a restore.
    pub epoch: i64,
    /// The last entry of the feed.
    pub seq: i64,
    /// The last entry of the audit log.
    pub audit_seq: i64,
    /// The chain hash of that entry.
    pub audit_hash: Hash,
    /// How many entries the last signed checkpoint covers.
    pub checkpoint: i64,
    /// The server's signature over the log up to this head; `None` if it is not signed.
    pub signature: Option<[u8; 64]>,
}

impl Head {
    /// The cursor that clients know.
    #[must_use]
    pub const fn cursor(&self) -> Cursor {
        Cursor { epoch: self.epoch, seq: self.seq }
    }
}

/// The head of a clinic; with `lock` no other node writes until the transaction ends.
///
/// # Errors
/// An error of the database driver.
pub async fn head(conn: &mut Conn, clinic: ClinicId, lock: bool) -> sqlx::Result<Head> {
    const PLAIN: &str = "select epoch, seq, audit_seq, audit_hash, audit_checkpoint, audit_signature \
                         from clinic_head where clinic_id = $1";
    const LOCKED: &str = "select epoch, seq, audit_seq, audit_hash, audit_checkpoint, audit_signature \
                          from clinic_head where clinic_id = $1 for update";
    // On SQLite the one writer locks the whole database.
    let sql = if lock && matches!(conn, Conn::Postgres(_)) { LOCKED } else { PLAIN };
    let (epoch, seq, audit_seq, hash, checkpoint, signature): (i64, i64, i64, Vec<u8>, i64, Option<Vec<u8>>) =
        on!(conn, |c| sqlx::query_as(sql).bind(clinic.to_string()).fetch_one(c).await?);
    let audit_hash = hash.try_into().map_err(|_| sqlx::Error::Decode("an audit hash has 32 bytes".into()))?;
    // Bytes of another length are no signature.
    let signature = signature.and_then(|bytes| bytes.try_into().ok());
    Ok(Head { epoch, seq, audit_seq, audit_hash, checkpoint, signature })
}

/// Moves the head from its expected place. If the head is elsewhere, the script fails, and nothing is written.
pub fn head_update(script: &mut Script, clinic: ClinicId, before: &Head, head: &Head) {
    let sql = "update clinic_head set seq = $1, audit_seq = $2, audit_hash = $3, audit_checkpoint = $4, \
               audit_signature = $5, \
               epoch = case when epoch = $6 and seq = $7 and audit_seq = $8 then $9 end where clinic_id = $10";
    let args = vec![
        Value::int(head.seq),
        Value::int(head.audit_seq),
        Value::Bytes(Some(head.audit_hash.to_vec())),
        Value::int(head.checkpoint),
        Value::Bytes(head.signature.map(|signature| signature.to_vec())),
        Value::int(before.epoch),
        Value::int(before.seq),
        Value::int(before.audit_seq),
        Value::int(head.epoch),
        Value::text(clinic),
    ];
    script.plain(sql, args);
}

/// An entry of the feed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ChangeRow {
    /// The number of the entry.
    pub seq: i64,
    /// The kind of thing that changed: [`Entity::text`].
    pub entity: String,
    /// The id of the thing.
    pub entity_id: String,
    /// The branch.
    pub branch_id: Option<String>,
    /// The person.
    pub person_id: Option<String>,
    /// When it was committed, by its node's clock.
    pub at_ms: i64,
}

impl ChangeRow {
    /// Whether the entry is about this kind of thing.
    #[must_use]
    pub fn is(&self, entity: Entity) -> bool {
        self.entity == entity.text()
    }

    /// The id of the thing.
    ///
    /// # Errors
    /// A decoding error.
    pub fn id<T: FromStr>(&self) -> sqlx::Result<T> {
        parse(&self.entity_id)
    }
}

/// The feed after a place, at most `limit` entries.
///
/// # Errors
/// An error of the database driver.
pub async fn change_list(
    conn: &mut Conn,
    clinic: Number,
    since: i64,
    limit: i64,
) -> sqlx::Result<Vec<ChangeRow>> {
    let sql = "select seq, entity, entity_id, branch_id, person_id, at_ms from change \
               where place > $1 and place < $2 order by place limit $3";
    let (since, end) = (clinic.place(since), clinic.end());
    on!(conn, |c| sqlx::query_as(sql).bind(since).bind(end).bind(limit).fetch_all(c).await)
}

/// Deletes the entries of the feed before the first one that is younger than a time. The last entry stays: by it a device is
/// told that its place in the feed is gone.
///
/// # Errors
/// An error of the database driver.
pub async fn change_prune(conn: &mut Conn, clinic: Number, before: Timestamp) -> sqlx::Result<()> {
    let young = "select coalesce( \
        (select place from change where place > $1 and place < $2 and at_ms >= $3 order by place limit 1), \
        (select max(place) from change where place > $1 and place < $2))";
    let (start, end) = (clinic.place(0), clinic.end());
    let young: Option<i64> = on!(&mut *conn, |c| sqlx::query_scalar(young)
        .bind(start)
        .bind(end)
        .bind(before.ms())
        .fetch_one(c)
        .await?);
    let Some(young) = young else { return Ok(()) };
    let sql = "delete from change where place in \
        (select place from change where place > $1 and place < $2 order by place limit 1000)";
    loop {
        let done =
            on!(&mut *conn, |c| sqlx::query(sql).bind(start).bind(young).execute(c).await?.rows_affected());
        if done < PART {
            return Ok(());
        }
    }
}

/// The stored answers of repeated requests: id → (body hash, answer).
///
/// # Errors
/// An error of the database driver.
pub async fn idempotency_list(
    conn: &mut Conn,
    ids: &[String],
) -> sqlx::Result<HashMap<String, (String, String)>> {
    let mut found = HashMap::new();
    for ids in ids.chunks(IN_MAX) {
        let (sql, size) = in_list("select id, body_hash, answer from idempotency where id in", ids.len());
        let rows: Vec<(String, String, String)> = on!(&mut *conn, |c| {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for n in 0..size {
                query = query.bind(&ids[n.min(ids.len() - 1)]);
            }
            query.fetch_all(c).await?
        });
        found.extend(rows.into_iter().map(|(id, body, answer)| (id, (body, answer))));
    }
    Ok(found)
}

/// Deletes the answers that were stored before a time.
///
/// # Errors
/// An error of the database driver.
pub async fn idempotency_prune(conn: &mut Conn, before: Timestamp) -> sqlx::Result<()> {
    let sql = "delete from idempotency where id in (select id from idempotency where at_ms < $1 limit 1000)";
    delete_older(conn, sql, before).await
}

/// Notifies other nodes, with the commit.
pub fn notify(script: &mut Script, clinic: ClinicId, seq: i64) {
    script.plain("select pg_notify('medlane', $1)", vec![Value::text(format!("{clinic}:{seq}"))]);
}
