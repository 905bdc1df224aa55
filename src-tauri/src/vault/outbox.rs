//! The outbox, and the drafts that fill it.

use medlane_shared::{
    ids::ClientId,
    sync::{Intent, IntentArgs, IntentOutcome, SCHEMA},
    time::Timestamp,
};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{Draft, Key, Left, Settled, Vault, VaultError, Wanted};

/// How long a draft stays after the server has everything, in milliseconds.
const SETTLED_MS: i64 = 24 * 3_600_000;
/// How many answered intents stay, in case a restored server asks for them again.
const ANSWERED_MAX: u64 = 1_000;

impl Vault {
    /// The intents from a number on, also the answered ones.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn intents(&self, from: u64) -> Result<Vec<Intent>, VaultError> {
        let mut read = self.db.prepare("select id, sealed from intent where id >= ?1 order by id")?;
        let rows = read.query_map([from], |row| Ok((row.get::<_, u64>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        rows.map(|row| {
            let (id, sealed) = row?;
            Ok(serde_json::from_slice(&self.key.open(&["intent", &id.to_string()], &sealed)?)?)
        })
        .collect()
    }

    /// The intent with this number, also an answered one.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn intent(&self, id: u64) -> Result<Option<Intent>, VaultError> {
        let sql = "select sealed from intent where id = ?1";
        let sealed: Option<Vec<u8>> = self.db.query_row(sql, [id], |row| row.get(0)).optional()?;
        sealed
            .map(|sealed| Ok(serde_json::from_slice(&self.key.open(&["intent", &id.to_string()], &sealed)?)?))
            .transpose()
    }

    /// The drafts of one kind.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn drafts<D: Draft>(&self) -> Result<Vec<D>, VaultError> {
        let mut read = self.db.prepare("select key, sealed from draft where kind = ?1 order by key")?;
        let rows =
            read.query_map([D::KIND], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        rows.map(|row| {
            let (key, sealed) = row?;
            Ok(serde_json::from_slice(&self.key.open(&["draft", &key], &sealed)?)?)
        })
        .collect()
    }

    /// A draft, by the name that its writer knows.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn draft<D: Draft>(&self, key: &str) -> Result<Option<D>, VaultError> {
        let sql = "select sealed from draft where kind = ?1 and key = ?2";
        let sealed: Option<Vec<u8>> = self.db.query_row(sql, [D::KIND, key], |row| row.get(0)).optional()?;
        sealed
            .map(|sealed| Ok(serde_json::from_slice(&self.key.open(&["draft", key], &sealed)?)?))
            .transpose()
    }

    /// Stores a draft. Returns the intent that sends it, unless one is unanswered.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn keep<D: Draft>(&mut self, draft: D, now: Timestamp) -> Result<Option<Intent>, VaultError> {
        let tx = self.db.transaction()?;
        let next = store(&tx, &self.key, self.client_id, draft, now)?;
        tx.commit()?;
        Ok(next)
    }

    /// Deletes a draft.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn discard<D: Draft>(&self, key: &str) -> Result<(), VaultError> {
        self.db.execute("delete from draft where kind = ?1 and key = ?2", [D::KIND, key])?;
        Ok(())
    }

    /// Deletes the drafts that have been complete on the server for [`SETTLED_MS`].
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn tidy<D: Draft>(&self, now: Timestamp) -> Result<(), VaultError> {
        let old = |draft: &D| draft.is_settled() && now.since_ms(draft.written_at()) > SETTLED_MS;
        for draft in self.drafts()?.into_iter().filter(old) {
            self.discard::<D>(&draft.key())?;
        }
        Ok(())
    }

    /// Stores the outcome of an intent, if it belongs to a draft of this kind.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn settle<D: Draft>(
        &mut self,
        intent: &Intent,
        outcome: &IntentOutcome,
        now: Timestamp,
    ) -> Result<Option<Settled>, VaultError> {
        let id = intent.intent_id;
        let draft = self.drafts::<D>()?.into_iter().find(|draft| draft.flying() == Some(id));
        let Some(mut draft) = draft else { return Ok(None) };
        let left = draft.settle(&intent.name, outcome, now);
        let key = draft.key();
        let tx = self.db.transaction()?;
        tx.execute("update intent set answered = 1 where id = ?1", [id])?;
        tx.execute("delete from intent where answered = 1 and id + ?2 < ?1", [id, ANSWERED_MAX])?;
        let settled = match left {
            Left::Draft => {
                Settled { next: store(&tx, &self.key, self.client_id, draft, now)?, refused: None }
            }
            gone => {
                tx.execute("delete from draft where kind = ?1 and key = ?2", [D::KIND, &key])?;
                let refused = if let Left::Refusal(fault) = gone { Some((key, fault)) } else { None };
                Settled { next: None, refused }
            }
        };
        tx.commit()?;
        Ok(Some(settled))
    }

    /// Stores that an intent without a draft is answered.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn answered(&self, id: u64) -> Result<(), VaultError> {
        self.db.execute("update intent set answered = 1 where id = ?1", [id])?;
        Ok(())
    }

    /// Stores intents that belong to no draft: all intents of one press, or none.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn enqueue<A: IntentArgs>(&mut self, args: &[A], now: Timestamp) -> Result<Vec<Intent>, VaultError> {
        let tx = self.db.transaction()?;
        let put = |args: &A| {
            let wanted = (A::NAME, serde_json::to_value(args)?);
            intent_put(&tx, &self.key, self.client_id, wanted, now)
        };
        let intents = args.iter().map(put).collect::<Result<Vec<Intent>, VaultError>>()?;
        tx.commit()?;
        Ok(intents)
    }

    /// The arguments of the unanswered intents of one kind.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn unanswered<A: IntentArgs>(&self) -> Result<Vec<A>, VaultError> {
        let first = "select min(id) from intent where answered = 0";
        let first: Option<u64> = self.db.query_row(first, (), |row| row.get(0))?;
        let Some(first) = first else { return Ok(Vec::new()) };
        // Answers come in order, so every intent after the first unanswered one is unanswered too.
        let intents = self.intents(first)?.into_iter().filter(|intent| intent.name == A::NAME);
        intents.map(|intent| Ok(serde_json::from_value(intent.args)?)).collect()
    }
}

/// The number of the next intent.
fn intent_next(tx: &Transaction<'_>) -> Result<u64, VaultError> {
    Ok(tx.query_row("select coalesce(max(id), 0) + 1 from intent", (), |row| row.get(0))?)
}

/// Stores an intent under the next number.
fn intent_put(
    tx: &Transaction<'_>,
    key: &Key,
    client_id: ClientId,
    (name, args): Wanted,
    now: Timestamp,
) -> Result<Intent, VaultError> {
    let intent_id = intent_next(tx)?;
    let name = name.to_owned();
    let intent = Intent { client_id, intent_id, name, schema: SCHEMA, args, made_at: now };
    let sealed = key.seal(&["intent", &intent_id.to_string()], &serde_json::to_vec(&intent)?);
    tx.execute("insert into intent (id, sealed) values (?1, ?2)", params![intent_id, sealed])?;
    Ok(intent)
}

/// Stores a draft together with the intent that it needs now.
fn store<D: Draft>(
    tx: &Transaction<'_>,
    key: &Key,
    client_id: ClientId,
    mut draft: D,
    now: Timestamp,
) -> Result<Option<Intent>, VaultError> {
    let wanted = draft.next(intent_next(tx)?);
    let intent = wanted.map(|wanted| intent_put(tx, key, client_id, wanted, now)).transpose()?;
    let name = draft.key();
    let sealed = key.seal(&["draft", &name], &serde_json::to_vec(&draft)?);
    let sql = "insert into draft (key, kind, sealed) values (?1, ?2, ?3) \
               on conflict (key) do update set sealed = excluded.sealed";
    tx.execute(sql, params![name, D::KIND, sealed])?;
    Ok(intent)
}
