//! What an operation works with: the clinic inside the transaction, and the way to write.

use std::{collections::HashMap, future::Future, sync::Arc};

use medlane_shared::{
    access::Actor,
    audit::hex,
    fault::Code,
    ids::{BranchId, ClinicId, PersonId},
    time::Timestamp,
};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    by::By,
    entry::Entry,
    failure::{Failure, is_right},
    once::Once,
    store::{ChangeRow, Head},
    work::Work,
};
use crate::{
    db::{Conn, Script, Tx, Value},
    engine::{self, Core, Entity, News, RoomState, Trust},
    keys::{DoesNotSeal, mac},
};

/// The form in which the hash of a request is stored. It is keyed, so that the database's rows tell nobody whether a guess
/// of a short text, which is sealed elsewhere, is right.
fn keyed(core: &Core, body: &str) -> String {
    hex(&mac(&core.root.derive("idempotency", &[]), body.as_bytes()))
}

/// An operation that changes a clinic.
pub trait Op: Send + Sync + Sized + 'static {
    /// The answer: ids and versions, nothing personal, because it is stored for repeated requests.
    type Out: Serialize + DeserializeOwned + Send + 'static;

    /// Loads, decides, writes. It may run more than once, but takes effect at most once.
    fn run(&self, unit: &mut Unit<'_>) -> impl Future<Output = Result<Done<Self::Out>, Failure>> + Send;

    /// Checks that the actor may still get the stored answer of the same request.
    fn still(&self, unit: &mut Unit<'_>) -> impl Future<Output = Result<(), Failure>> + Send {
        unit.allows(self)
    }
}

/// Proof that an operation was audited: only [`Unit::commit`] makes one.
#[derive(Debug)]
pub struct Done<T> {
    pub(super) out: T,
}

impl Done<()> {
    /// The end of an operation that did nothing.
    pub(crate) const fn nothing() -> Self {
        Self { out: () }
    }
}

impl<T> Done<T> {
    /// The same effect with another answer.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Done<U> {
        Done { out: f(self.out) }
    }

    /// The answer.
    pub const fn out(&self) -> &T {
        &self.out
    }
}

/// One operation's view of the transaction.
pub struct Unit<'a> {
    pub(super) core: &'a Core,
    pub(super) tx: &'a mut Tx,
    pub(super) work: &'a mut Work,
    pub(super) known: &'a mut HashMap<String, (String, String)>,
    pub(super) answers: &'a mut Vec<Vec<Value>>,
    pub(super) by: By,
    pub(super) at: Timestamp,
    pub(super) dirty: bool,
    /// A trial run: it only asks whether the actor may, and writes nothing.
    pub(super) trial: bool,
    /// The operation's feed entries that other rooms' states follow.
    pub(super) news: Vec<ChangeRow>,
    /// Whether the details of its audit entries could be sealed. If not, nothing of the operation is written.
    pub(super) sealed: Result<(), DoesNotSeal>,
}

impl<'a> Unit<'a> {
    /// The server's time of this operation.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// The actor.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.by.actor
    }

    /// Whether the actor has just confirmed their identity.
    #[must_use]
    pub const fn is_confirmed(&self) -> bool {
        self.by.confirmed
    }

    /// The clinic.
    #[must_use]
    pub fn clinic(&self) -> ClinicId {
        self.work.clinic.id
    }

    /// The clinic's own key.
    #[must_use]
    pub fn clinic_key(&self) -> &crate::keys::SubjectKey {
        &self.work.clinic.key
    }

    /// Whether the clinic's audit log may still be signed.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.work.clinic.trust
    }

    /// The head of the clinic's feed and audit log, inside the transaction.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.work.head
    }

    /// Records that the last checkpoint covers `size` entries.
    pub fn checkpoint(&mut self, size: i64) {
        self.dirty = true;
        self.work.head.checkpoint = size;
    }

    /// Begins a new epoch of the feed: what devices have of the one before is no part of it. Returns the new one.
    pub fn raise_epoch(&mut self) -> i64 {
        self.dirty = true;
        self.work.head.epoch += 1;
        self.work.head.epoch
    }

    /// The clinic's name.
    #[must_use]
    pub fn clinic_name(&self) -> String {
        self.work.clinic.name.clone()
    }

    /// What all operations share.
    #[must_use]
    pub const fn core(&self) -> &'a Core {
        self.core
    }

    /// The state of a room inside the transaction.
    #[must_use]
    pub fn state<S: RoomState>(&self) -> &S {
        engine::look(&self.work.parts)
    }

    /// The state of a room inside the transaction, to hold while it changes.
    #[must_use]
    pub fn keep<S: RoomState>(&self) -> Arc<S> {
        Arc::clone(engine::look(&self.work.parts))
    }

    /// Applies a change in memory: for the writer now, for everyone else after the commit.
    pub fn change<S: RoomState>(&mut self, change: S::Change) {
        if self.trial {
            return;
        }
        self.dirty = true;
        engine::change::<S>(&mut self.work.parts, change);
    }

    /// Whether the operation has written.
    #[must_use]
    pub const fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// The connection, to read with. It sees the earlier writes of the batch.
    ///
    /// # Errors
    /// [`Failure::Broken`].
    pub async fn reads(&mut self) -> Result<&mut Conn, Failure> {
        let mut script = Script::default();
        self.work.flush(&mut script);
        self.tx.run(script).await?;
        Ok(self.tx.conn().await?)
    }

    /// The connection, to write with.
    ///
    /// # Errors
    /// [`Failure::Broken`]; [`Failure::Tried`] in a trial run.
    pub async fn writes(&mut self) -> Result<&mut Conn, Failure> {
        if self.trial {
            return Err(Failure::Tried);
        }
        self.dirty = true;
        self.reads().await
    }

    /// Adds an entry to the feed.
    #[expect(clippy::needless_pass_by_value, reason = "ids and texts are passed as they come")]
    pub fn changed(
        &mut self,
        entity: Entity,
        id: impl ToString,
        branch: Option<BranchId>,
        person: Option<PersonId>,
    ) {
        if self.trial {
            return;
        }
        self.dirty = true;
        self.work.head.seq += 1;
        let id = id.to_string();
        if self.core.rooms.followed().any(|followed| followed == entity) {
            self.news.push(ChangeRow {
                seq: self.work.head.seq,
                entity: entity.text().to_owned(),
                entity_id: id.clone(),
                branch_id: branch.map(|id| id.to_string()),
                person_id: person.map(|id| id.to_string()),
                at_ms: self.at.ms(),
            });
        }
        let row = vec![
            Value::int(self.work.clinic.number.place(self.work.head.seq)),
            Value::Id(Some(self.work.clinic.id.0)),
            Value::int(self.work.head.seq),
            Value::Word(entity.text()),
            Value::Text(Some(id)),
            Value::Id(branch.map(|id| id.0)),
            Value::Id(person.map(|id| id.0)),
            Value::int(self.at.ms()),
        ];
        self.work.changes.push(row);
    }

    /// Lets states of other rooms catch up with what the operation wrote, as on every other node.
    pub(super) async fn follow(&mut self) -> Result<(), Failure> {
        let news = std::mem::take(&mut self.news);
        if news.is_empty() {
            return Ok(());
        }
        self.reads().await?;
        let conn = self.tx.conn().await?;
        self.work.catch_up(conn, &self.core.root, &news, News::Here).await?;
        Ok(())
    }

    /// Ends the operation: the entry joins the audit log, and the caller gets the answer after the commit.
    pub fn commit<T>(&mut self, entry: Entry, out: T) -> Done<T> {
        self.audit(entry);
        Done { out }
    }

    /// Ends an operation that is nobody's act: a checkpoint of the log, a message that is taken to be sent or
    /// retried, a check before the audited act.
    #[expect(clippy::unused_self, reason = "only an operation can end")]
    pub(crate) fn commit_unaudited(&mut self) -> Done<()> {
        Done::nothing()
    }

    /// Whether this caller has made a request with this key before.
    pub(super) fn is_known(&self) -> bool {
        matches!(&self.by.once, Once::Key { id, .. } if self.known.contains_key(id))
    }

    /// The stored answer of the same request.
    pub(super) fn recall(&self) -> Result<String, Failure> {
        let Once::Key { id, body } = &self.by.once else { return Err(Code::Internal.into()) };
        match self.known.get(id) {
            // What an earlier release stored has no key.
            Some((before, answer)) if *before == keyed(self.core(), body) || before == body => {
                Ok(answer.clone())
            }
            _ => Err(Code::IdempotencyMismatch.into()),
        }
    }

    /// Checks whether the actor may do this now. Runs the operation up to its first write, and leaves no trace: an
    /// operation decides before it writes. Other obstacles, such as a version that is outdated, are no question of
    /// rights.
    ///
    /// # Errors
    /// The refusal that a fresh call would get; [`Failure::Broken`].
    pub async fn allows<O: Op>(&mut self, op: &O) -> Result<(), Failure> {
        self.trial = true;
        let tried = op.run(self).await;
        self.trial = false;
        match tried {
            Err(Failure::Refused(fault)) if is_right(&fault) => Err(Failure::Refused(fault)),
            Err(Failure::Broken(error)) => Err(Failure::Broken(error)),
            Ok(_) | Err(Failure::Refused(_) | Failure::Tried) => Ok(()),
        }
    }

    /// Stores the answer together with the effect.
    pub(super) fn remember(&mut self, out: &impl Serialize) -> Result<(), Failure> {
        let Once::Key { id, body } = &self.by.once else { return Ok(()) };
        let answer = serde_json::to_string(out).map_err(|_| Failure::from(Code::Internal))?;
        let body = keyed(self.core(), body);
        self.known.insert(id.clone(), (body.clone(), answer.clone()));
        self.answers.push(vec![
            Value::text(id),
            Value::text(body),
            Value::text(answer),
            Value::int(self.at.ms()),
        ]);
        Ok(())
    }
}
