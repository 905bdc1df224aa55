//! The outbox, and the drafts that fill it.

use medlane_shared::{
    ids::{ClientId, NoteId, PersonId},
    records::NoteSave,
    sync::{Answer, Intent, SCHEMA},
    time::Timestamp,
};
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde_json::Value;

use super::{Draft, Key, Vault, VaultError};

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

    /// Every draft.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn drafts(&self) -> Result<Vec<Draft>, VaultError> {
        let mut read = self.db.prepare("select began, sealed from draft order by began")?;
        let rows = read.query_map((), |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
        rows.map(|row| {
            let (began, sealed) = row?;
            Ok(serde_json::from_slice(&self.key.open(&["draft", &began], &sealed)?)?)
        })
        .collect()
    }

    /// Deletes the drafts that have been complete on the server for [`SETTLED_MS`].
    ///
    /// # Errors
    /// [`VaultError`].
    pub(super) fn drafts_tidy(&self, now: Timestamp) -> Result<(), VaultError> {
        let old = |draft: &Draft| draft.is_settled() && now.since_ms(draft.written_at) > SETTLED_MS;
        for draft in self.drafts()?.into_iter().filter(old) {
            self.discard(draft.began)?;
        }
        Ok(())
    }

    /// The drafts of one patient.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn drafts_of(&self, patient: PersonId) -> Result<Vec<Draft>, VaultError> {
        let mut drafts = self.drafts()?;
        drafts.retain(|draft| draft.note.patient_id == patient);
        Ok(drafts)
    }

    /// A draft, by the id that its author knows.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn draft(&self, began: NoteId) -> Result<Option<Draft>, VaultError> {
        let name = began.to_string();
        let sql = "select sealed from draft where began = ?1";
        let sealed: Option<Vec<u8>> = self.db.query_row(sql, [&name], |row| row.get(0)).optional()?;
        sealed
            .map(|sealed| Ok(serde_json::from_slice(&self.key.open(&["draft", &name], &sealed)?)?))
            .transpose()
    }

    /// Stores the typed text. Returns the intent that sends it, unless one is unanswered.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn write(
        &mut self,
        note: NoteSave,
        patient_name: Option<String>,
        now: Timestamp,
    ) -> Result<Option<Intent>, VaultError> {
        let draft = match self.draft(note.id)? {
            Some(mut draft) => {
                draft.write(note, now);
                draft
            }
            None => Draft::new(note, patient_name, now),
        };
        self.step(draft, now)
    }

    /// Stores that the author signs the draft with its present text.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn sign(&mut self, mut draft: Draft, now: Timestamp) -> Result<Option<Intent>, VaultError> {
        draft.ask_sign();
        self.step(draft, now)
    }

    /// Stores that a refused draft is sent again unchanged.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn retry(&mut self, mut draft: Draft, now: Timestamp) -> Result<Option<Intent>, VaultError> {
        draft.refused = None;
        self.step(draft, now)
    }

    /// Stores that the author throws the draft away, as they saw it in this version. A draft that the server knows
    /// nothing of is deleted at once.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn throw_away(
        &mut self,
        mut draft: Draft,
        version: i64,
        now: Timestamp,
    ) -> Result<Option<Intent>, VaultError> {
        if draft.ask_discard(version) {
            return self.step(draft, now);
        }
        self.discard(draft.began)?;
        Ok(None)
    }

    /// The draft whose discarding this intent asks the server for.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn thrown_away(&self, intent: u64) -> Result<Option<Draft>, VaultError> {
        let is_it = |draft: &Draft| draft.flying == Some(intent) && draft.discard;
        Ok(self.drafts()?.into_iter().find(is_it))
    }

    /// Deletes a draft.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn discard(&self, began: NoteId) -> Result<(), VaultError> {
        self.db.execute("delete from draft where began = ?1", [began.to_string()])?;
        Ok(())
    }

    /// Stores the outcome of an intent. Returns the next intent of its note.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn settle(&mut self, answer: &Answer, now: Timestamp) -> Result<Option<Intent>, VaultError> {
        let id = answer.intent_id;
        let made = self.intents(id)?.into_iter().next().filter(|intent| intent.intent_id == id);
        let draft = self.drafts()?.into_iter().find(|draft| draft.flying == Some(id));
        let (Some(intent), Some(mut draft)) = (made, draft) else {
            self.db.execute("update intent set answered = 1 where id = ?1", [id])?;
            return Ok(None);
        };
        let is_over = draft.settle(&intent.name, &answer.outcome, NoteId::new(now, rand::random()));
        let tx = self.db.transaction()?;
        tx.execute("update intent set answered = 1 where id = ?1", [id])?;
        tx.execute("delete from intent where answered = 1 and id + ?2 < ?1", [id, ANSWERED_MAX])?;
        let next = if is_over {
            tx.execute("delete from draft where began = ?1", [draft.began.to_string()])?;
            None
        } else {
            store(&tx, &self.key, self.client_id, draft, now)?
        };
        tx.commit()?;
        Ok(next)
    }

    /// Stores intents that do not belong to a note: all intents of one press, or none.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn enqueue(
        &mut self,
        name: &str,
        args: Vec<Value>,
        now: Timestamp,
    ) -> Result<Vec<Intent>, VaultError> {
        let tx = self.db.transaction()?;
        let put = |args| intent_put(&tx, &self.key, self.client_id, (name, args), now);
        let intents = args.into_iter().map(put).collect::<Result<Vec<Intent>, VaultError>>()?;
        tx.commit()?;
        Ok(intents)
    }

    /// The unanswered intents with a name.
    ///
    /// # Errors
    /// [`VaultError`].
    pub fn unanswered(&self, name: &str) -> Result<Vec<Intent>, VaultError> {
        let first = "select min(id) from intent where answered = 0";
        let first: Option<u64> = self.db.query_row(first, (), |row| row.get(0))?;
        let Some(first) = first else { return Ok(Vec::new()) };
        // Answers come in order, so every intent after the first unanswered one is unanswered too.
        let mut intents = self.intents(first)?;
        intents.retain(|intent| intent.name == name);
        Ok(intents)
    }

    fn step(&mut self, draft: Draft, now: Timestamp) -> Result<Option<Intent>, VaultError> {
        let tx = self.db.transaction()?;
        let next = store(&tx, &self.key, self.client_id, draft, now)?;
        tx.commit()?;
        Ok(next)
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
    (name, args): (&str, Value),
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
fn store(
    tx: &Transaction<'_>,
    key: &Key,
    client_id: ClientId,
    mut draft: Draft,
    now: Timestamp,
) -> Result<Option<Intent>, VaultError> {
    let wanted = draft.next(intent_next(tx)?);
    let intent = wanted.map(|(name, args)| intent_put(tx, key, client_id, (name, args), now)).transpose()?;
    let began = draft.began.to_string();
    let sealed = key.seal(&["draft", &began], &serde_json::to_vec(&draft)?);
    let sql = "insert into draft (began, sealed) values (?1, ?2) on conflict (began) do update set sealed = excluded.sealed";
    tx.execute(sql, params![began, sealed])?;
    Ok(intent)
}
