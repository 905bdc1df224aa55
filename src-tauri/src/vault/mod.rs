//! The workstation's local store: sealed rows, the outbox, drafts.
//!
//! One 256-bit key in the keyring seals drafts and intents, and wraps the keys of the buckets. A bucket's key has a
//! lease: after [`LEASE_MS`] without the server it is deleted, and then nobody can read the bucket's rows.

mod cipher;
mod draft;
mod outbox;

use std::{collections::BTreeMap, fs, path::Path};

use medlane_shared::{
    ids::ClientId,
    sync::{Bucket, BucketSum, Change, Checkpoint, Cursor, bucket_sum, client::Stored},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde::{Serialize, de::DeserializeOwned};

pub use cipher::{DoesNotOpen, Key};
pub use draft::{Draft, Left, Settled, Wanted, wanted};

use crate::clock::Time;

/// How long rows stay readable without the server.
pub const LEASE_MS: i64 = 8 * 3_600_000;

/// How often the latest known time is stored, in milliseconds.
const LATEST_EVERY_MS: i64 = 10_000;

/// The bucket for what pages showed last. It is not a bucket of the protocol.
const SEEN: &str = "seen";

const SCHEMA: &[&str] = &[
    include_str!("../../../migrations/device/0001_vault.sql"),
    include_str!("../../../migrations/device/0002_draft_kinds.sql"),
];

/// The store fails, or its contents do not open.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The database or its file fails.
    #[error("the local store failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// The folder fails.
    #[error("the local store's folder failed: {0}")]
    Folder(#[from] std::io::Error),
    /// The contents were sealed with another key, or were altered.
    #[error(transparent)]
    DoesNotOpen(#[from] DoesNotOpen),
    /// The unsealed contents do not have the expected form.
    #[error("the local store's contents have another form: {0}")]
    Form(#[from] serde_json::Error),
    /// A newer release made the file.
    #[error("a newer release made the local store")]
    Newer,
}

/// An open vault.
pub struct Vault {
    db: Connection,
    key: Key,
    client_id: ClientId,
    /// The unwrapped keys of the buckets.
    keys: BTreeMap<String, Key>,
    /// The latest time when it was last stored.
    latest: Timestamp,
}

impl Vault {
    /// Opens a file with its key, or creates it.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn open(path: &Path, key: Key, time: &Time) -> Result<Self, VaultError> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut db = Connection::open(path)?;
        // Data is on the disk before the store confirms it.
        db.pragma_update(None, "journal_mode", "wal")?;
        db.pragma_update(None, "synchronous", "full")?;
        db.pragma_update(None, "foreign_keys", "on")?;
        db.pragma_update(None, "secure_delete", "on")?;
        migrate(&mut db)?;
        let client_id = ClientId::new(time.now(), rand::random());
        let mut vault = Self { db, key, client_id, keys: BTreeMap::new(), latest: Timestamp::default() };
        match vault.meta("client_id")? {
            Some(client_id) => vault.client_id = client_id,
            None => vault.meta_set("client_id", &vault.client_id)?,
        }
        if let Some(latest) = vault.meta("latest")? {
            time.kept(latest);
        }
        let now = time.now();
        vault.expire(now)?;
        vault.keep_latest(time)?;
        let mut keys = BTreeMap::new();
        let mut read = vault.db.prepare("select name, wrapped from bucket")?;
        let rows = read.query_map((), |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        for row in rows {
            let (name, wrapped) = row?;
            let key = vault.key.open(&["bucket", &name], &wrapped)?;
            keys.insert(name, Key::from_bytes(&key)?);
        }
        drop(read);
        vault.keys = keys;
        Ok(vault)
    }

    /// The state from which the protocol's machine starts.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn stored(&self) -> Result<Stored, VaultError> {
        let mut read = self.db.prepare("select id from intent where answered = 0 order by id")?;
        let pending = read.query_map((), |row| row.get(0))?.collect::<Result<Vec<u64>, _>>()?;
        let buckets: Vec<Bucket> = self.keys.keys().filter_map(|name| name.parse().ok()).collect();
        // Without rows the cursor would skip changes that they need.
        let cursor = if buckets.is_empty() { None } else { self.meta::<Cursor>("cursor")? };
        Ok(Stored { client_id: self.client_id, cursor, buckets, pending })
    }

    /// Applies the changes and the cursor in one transaction.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn apply(&mut self, checkpoint: &Checkpoint) -> Result<(), VaultError> {
        let tx = self.db.transaction()?;
        for change in &checkpoint.changes {
            // If a bucket's lease has ended, its rows come again with a snapshot.
            if let Some(key) = self.keys.get(&change.bucket.to_string()) {
                put(&tx, key, change)?;
            }
        }
        let cursor = self.key.seal(&["meta", "cursor"], &serde_json::to_vec(&checkpoint.upto)?);
        meta_put(&tx, "cursor", &cursor)?;
        Ok(tx.commit()?)
    }

    /// Replaces a bucket's rows in one transaction. Its lease starts again.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn replace(&mut self, bucket: Bucket, rows: &[Change], now: Timestamp) -> Result<(), VaultError> {
        let name = bucket.to_string();
        let tx = self.db.transaction()?;
        let key = begin(&tx, &self.key, &name, now)?;
        for change in rows {
            put(&tx, &key, change)?;
        }
        tx.commit()?;
        self.keys.insert(name, key);
        Ok(())
    }

    /// The buckets whose rows do not match these checksums.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn diverged(&self, sums: &[BucketSum]) -> Result<Vec<Bucket>, VaultError> {
        let mut differ = Vec::new();
        let mut read = self.db.prepare("select key, version from row where bucket = ?1")?;
        for sum in sums {
            let rows = read.query_map([sum.bucket.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let rows = rows.collect::<Result<Vec<(String, i64)>, _>>()?;
            if bucket_sum(rows.iter().map(|(key, version)| (key.as_str(), *version))) != sum.sum {
                differ.push(sum.bucket);
            }
        }
        Ok(differ)
    }

    /// Deletes a bucket, because the right to it has ended.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn purge(&mut self, bucket: Bucket) -> Result<(), VaultError> {
        let name = bucket.to_string();
        self.keys.remove(&name);
        self.db.execute("delete from bucket where name = ?1", [name])?;
        Ok(())
    }

    /// Deletes every bucket and everything that pages showed. Drafts and the outbox stay.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn forget(&mut self) -> Result<(), VaultError> {
        self.keys.clear();
        self.db.execute("delete from bucket", ())?;
        Ok(())
    }

    /// The stored charts.
    #[must_use]
    pub fn charts(&self) -> Vec<Bucket> {
        let buckets = self.keys.keys().filter_map(|name| name.parse().ok());
        buckets.filter(|bucket| matches!(bucket, Bucket::Chart(_))).collect()
    }

    /// The unsealed rows of a bucket.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn rows<T: DeserializeOwned>(&self, bucket: Bucket) -> Result<Vec<T>, VaultError> {
        let name = bucket.to_string();
        let Some(key) = self.keys.get(&name) else { return Ok(Vec::new()) };
        let mut read =
            self.db.prepare("select key, version, sealed from row where bucket = ?1 order by key")?;
        let rows = read.query_map([&name], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, Vec<u8>>(2)?))
        })?;
        rows.map(|row| {
            let (row_key, version, sealed) = row?;
            let text = key.open(&["row", &name, &row_key, &version.to_string()], &sealed)?;
            Ok(serde_json::from_slice(&text)?)
        })
        .collect()
    }

    /// Stores the latest time, so that a clock that is set back later is noticed.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn keep_latest(&mut self, time: &Time) -> Result<(), VaultError> {
        let latest = time.latest();
        if latest.at.since_ms(self.latest).abs() >= LATEST_EVERY_MS {
            self.meta_set("latest", &latest)?;
            self.latest = latest.at;
        }
        Ok(())
    }

    /// Starts every lease again, because the server was reached.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn lease(&self, now: Timestamp) -> Result<(), VaultError> {
        self.db.execute("update bucket set leased_until_ms = ?1", [now.plus_ms(LEASE_MS).ms()])?;
        Ok(())
    }

    /// Deletes the buckets whose lease has ended.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn expire(&mut self, now: Timestamp) -> Result<(), VaultError> {
        let mut read = self.db.prepare("delete from bucket where leased_until_ms <= ?1 returning name")?;
        let names = read.query_map([now.ms()], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        for name in names {
            self.keys.remove(&name);
        }
        Ok(())
    }

    /// Stores what a page showed, under a name.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn see(&mut self, name: &str, body: &[u8], now: Timestamp) -> Result<(), VaultError> {
        let tx = self.db.transaction()?;
        let known = self.keys.get(SEEN).cloned();
        let key = known.map_or_else(|| begin(&tx, &self.key, SEEN, now), Ok)?;
        let sealed = key.seal(&["row", SEEN, name, "0"], body);
        row_put(&tx, (SEEN, name, 0), &sealed)?;
        tx.commit()?;
        self.keys.insert(SEEN.to_owned(), key);
        Ok(())
    }

    /// Whether something is stored that a page showed under this name.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn holds(&self, name: &str) -> Result<bool, VaultError> {
        let sql = "select exists (select 1 from row where bucket = ?1 and key = ?2)";
        Ok(self.keys.contains_key(SEEN) && self.db.query_row(sql, [SEEN, name], |row| row.get(0))?)
    }

    /// What a page last showed under this name.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn seen(&self, name: &str) -> Result<Option<String>, VaultError> {
        let Some(key) = self.keys.get(SEEN) else { return Ok(None) };
        let sql = "select sealed from row where bucket = ?1 and key = ?2";
        let sealed: Option<Vec<u8>> = self.db.query_row(sql, [SEEN, name], |row| row.get(0)).optional()?;
        let Some(sealed) = sealed else { return Ok(None) };
        let body = key.open(&["row", SEEN, name, "0"], &sealed)?;
        Ok(Some(String::from_utf8_lossy(&body).into_owned()))
    }

    fn meta<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, VaultError> {
        let sql = "select sealed from meta where name = ?1";
        let sealed: Option<Vec<u8>> = self.db.query_row(sql, [name], |row| row.get(0)).optional()?;
        sealed
            .map(|sealed| Ok(serde_json::from_slice(&self.key.open(&["meta", name], &sealed)?)?))
            .transpose()
    }

    fn meta_set(&self, name: &str, value: &impl Serialize) -> Result<(), VaultError> {
        let sealed = self.key.seal(&["meta", name], &serde_json::to_vec(value)?);
        Ok(meta_put(&self.db, name, &sealed)?)
    }
}

fn migrate(db: &mut Connection) -> Result<(), VaultError> {
    let version: usize = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > SCHEMA.len() {
        return Err(VaultError::Newer);
    }
    let tx = db.transaction()?;
    for sql in &SCHEMA[version..] {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(None, "user_version", SCHEMA.len())?;
    Ok(tx.commit()?)
}

/// Creates an empty bucket with a new key.
fn begin(tx: &Transaction<'_>, device: &Key, name: &str, now: Timestamp) -> Result<Key, VaultError> {
    let key = Key::fresh();
    let wrapped = device.seal(&["bucket", name], key.bytes());
    tx.execute("delete from bucket where name = ?1", [name])?;
    tx.execute(
        "insert into bucket (name, wrapped, leased_until_ms) values (?1, ?2, ?3)",
        params![name, wrapped, now.plus_ms(LEASE_MS).ms()],
    )?;
    Ok(key)
}

fn put(tx: &Transaction<'_>, key: &Key, change: &Change) -> Result<(), VaultError> {
    let bucket = change.bucket.to_string();
    match &change.row {
        Some(row) => {
            let place = ["row", &bucket, &change.key, &change.version.to_string()];
            let sealed = key.seal(&place, &serde_json::to_vec(row)?);
            row_put(tx, (&bucket, &change.key, change.version), &sealed)?;
        }
        None => {
            tx.execute("delete from row where bucket = ?1 and key = ?2", [&bucket, &change.key])?;
        }
    }
    Ok(())
}

fn row_put(
    tx: &Transaction<'_>,
    (bucket, key, version): (&str, &str, i64),
    sealed: &[u8],
) -> rusqlite::Result<()> {
    let sql = "insert into row (bucket, key, version, sealed) values (?1, ?2, ?3, ?4) \
               on conflict (bucket, key) do update set version = excluded.version, sealed = excluded.sealed";
    tx.execute(sql, params![bucket, key, version, sealed]).map(drop)
}

fn meta_put(db: &Connection, name: &str, sealed: &[u8]) -> rusqlite::Result<()> {
    let sql = "insert into meta (name, sealed) values (?1, ?2) on conflict (name) do update set sealed = excluded.sealed";
    db.execute(sql, params![name, sealed]).map(drop)
}

#[cfg(test)]
mod tests;
