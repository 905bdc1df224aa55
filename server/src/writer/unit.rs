//! What an operation works with: the clinic as it stands inside the transaction, and where its writes go.

use std::{collections::HashMap, sync::Arc};

use medlane_shared::{
    access::{Actor, Known, Role, Who},
    audit::{self, Leaf, Outcome},
    fault::Code,
    ids::{AuditId, BranchId, ClinicId, DeviceId, PersonId, ServiceId},
    queue::Learned,
    time::Timestamp,
};
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::{By, Failure, Once, Op, work::Work};
use crate::{
    app::Core,
    clinic::Catalogue,
    db::{Conn, Script, Tx, Value},
    keys::Place,
    queue::{Effect, Live, LiveQueue},
};

/// What the feed tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    /// A ticket.
    Ticket,
    /// A branch's door or learned times.
    Queue,
    /// A note.
    Note,
    /// A session that ended.
    Session,
    /// A person who was merged, or taken apart.
    Person,
    /// Who acts for whom.
    Guardian,
    /// A device.
    Device,
    /// What tokens are signed with.
    Signing,
    /// Branches, services, who gives them.
    Catalogue,
    /// A message to a person.
    Message,
    /// Somebody's inbox.
    Notice,
}

impl Entity {
    /// As the feed has it.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Queue => "queue",
            Self::Note => "note",
            Self::Session => "session",
            Self::Person => "person",
            Self::Guardian => "guardian",
            Self::Device => "device",
            Self::Signing => "signing",
            Self::Catalogue => "catalogue",
            Self::Message => "message",
            Self::Notice => "notice",
        }
    }
}

/// An entry for the audit log, before it has a number.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What: `ticket.call`.
    pub action: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// Who proves by it to be somebody; else it is whoever asked.
    pub proven: (Option<PersonId>, Option<DeviceId>),
    /// The patient whom it concerns.
    pub patient: Option<PersonId>,
    /// The thing acted on, as `ticket:<id>`.
    pub target: String,
    /// What else: free of names and chart contents.
    pub detail: Json,
}

impl Entry {
    /// A success.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "ids and texts are passed as they come")]
    pub fn new(action: &'static str, target: impl ToString) -> Self {
        Self {
            action,
            outcome: Outcome::Success,
            proven: (None, None),
            patient: None,
            target: target.to_string(),
            detail: json!({}),
        }
    }

    /// By a person or device that proves itself with it: a sign-in, a renewal, an enrolment.
    #[must_use]
    pub fn proven(mut self, person: Option<PersonId>, device: Option<DeviceId>) -> Self {
        self.proven = (person, device);
        self
    }

    /// Concerning a patient.
    #[must_use]
    pub fn patient(mut self, patient: Option<PersonId>) -> Self {
        self.patient = patient;
        self
    }

    /// With details.
    #[must_use]
    pub fn detail(mut self, detail: Json) -> Self {
        self.detail = detail;
        self
    }

    /// A refusal.
    #[must_use]
    pub fn refused(mut self) -> Self {
        self.outcome = Outcome::Refused;
        self
    }
}

/// A read that is written down: nothing is answered before its entry is committed.
#[derive(Debug, Clone)]
pub struct Noted(pub Entry);

impl Op for Noted {
    type Out = ();
    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        Ok(unit.commit(self.0.clone(), ()))
    }
}

/// Proof that an operation was audited: only [`Unit::commit`] makes one.
#[derive(Debug)]
pub struct Done<T> {
    pub(super) out: T,
}

impl Done<()> {
    /// Nothing was done.
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
}

impl<'a> Unit<'a> {
    /// Server time of this operation.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Who acts.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.by.actor
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

    /// The queue as it stands inside the transaction.
    #[must_use]
    pub fn live(&self) -> &LiveQueue {
        &self.work.live
    }

    /// Branches and services.
    #[must_use]
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.work.catalogue.clone()
    }

    /// Takes a changed catalogue in.
    pub fn catalogue_put(&mut self, catalogue: Catalogue) {
        self.dirty = true;
        self.work.catalogue = Arc::new(catalogue);
    }

    /// Whether the operation has written.
    #[must_use]
    pub const fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// The connection, to read with: earlier writes of the batch are on it.
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
    /// [`Failure::Broken`].
    pub async fn writes(&mut self) -> Result<&mut Conn, Failure> {
        self.dirty = true;
        self.reads().await
    }

    /// Stores a ticket as it is now.
    pub fn ticket_put(&mut self, live: Live) {
        let (branch, patient, id) = (live.ticket.branch, live.ticket.patient, live.ticket.id);
        let live = Arc::new(live);
        match self.work.live.ticket(id) {
            None => drop(self.work.joined.insert(id)),
            Some(before) if before.ticket.service != live.ticket.service => {
                self.work.moved.insert(id);
            }
            Some(_) => {}
        }
        self.work.tickets.push(live.clone());
        self.effect(Effect::Ticket(live));
        self.changed(Entity::Ticket, id, Some(branch), patient);
    }

    /// Stores what visits of a service have taken.
    pub fn learned_put(&mut self, branch: BranchId, service: ServiceId, learned: Learned) {
        self.work.learned.insert((branch, service), learned);
        self.effect(Effect::Learned(branch, service, learned));
    }

    /// Takes a change into memory: into the writer's now, into everyone's after the commit.
    pub fn effect(&mut self, effect: Effect) {
        self.dirty = true;
        self.work.live.apply(&effect);
        self.work.effects.push(effect);
    }

    /// An entry of the feed.
    pub fn changed(
        &mut self,
        entity: Entity,
        id: impl ToString,
        branch: Option<BranchId>,
        person: Option<PersonId>,
    ) {
        self.dirty = true;
        self.work.head.seq += 1;
        let row = vec![
            Value::int(self.work.clinic.number.place(self.work.head.seq)),
            Value::Id(Some(self.work.clinic.id.0)),
            Value::int(self.work.head.seq),
            Value::Word(entity.text()),
            Value::text(id),
            Value::Id(branch.map(|id| id.0)),
            Value::Id(person.map(|id| id.0)),
            Value::int(self.at.ms()),
        ];
        self.work.changes.push(row);
    }

    /// Ends the operation: its entry joins the audit log, its answer is given after the commit.
    pub fn commit<T>(&mut self, entry: Entry, out: T) -> Done<T> {
        self.audit(entry);
        Done { out }
    }

    /// Ends what is no act of anybody: the log's own checkpoints, a message that is taken to be sent or tried again, a look
    /// before the act that is written down.
    #[expect(clippy::unused_self, reason = "only an operation can end")]
    pub(crate) fn commit_unaudited(&mut self) -> Done<()> {
        Done::nothing()
    }

    /// A further entry, where one operation does several things.
    pub fn audit(&mut self, entry: Entry) {
        self.dirty = true;
        let Entry { action, outcome, proven, patient, target, mut detail } = entry;
        if let (Some(ip), Json::Object(fields)) = (self.by.ip, &mut detail) {
            fields.insert("ip".to_owned(), ip.to_string().into());
        }
        if let (Some(actor), Some(patient), Json::Object(fields)) =
            (self.by.actor.person(), patient, &mut detail)
            && self.by.actor.role() == Some(Role::Patient)
            && patient != actor
        {
            fields.insert("on_behalf_of".to_owned(), patient.to_string().into());
        }
        let clinic = self.work.clinic.clone();
        let id = AuditId::new(self.at, rand::random());
        let (person, device, session, role) = match &self.by.actor {
            Actor::Known(Known { who, session, role, device, .. }) => match who {
                Who::Person(person) => (Some(*person), *device, Some(*session), Some(*role)),
                Who::Device(device) => (None, Some(*device), Some(*session), Some(*role)),
            },
            Actor::Anonymous { .. } | Actor::System { .. } => (proven.0, proven.1, None, None),
        };
        let has_detail = detail.as_object().is_some_and(|fields| !fields.is_empty());
        let (sealed, detail_hash) = if has_detail {
            let salt: [u8; 16] = rand::random();
            // What is JSON already can be written as JSON.
            let text = serde_json::to_string(&detail).unwrap_or_default();
            let place = Place {
                clinic: clinic.id,
                subject: clinic.id.0,
                record: id.0,
                version: 0,
                kind: "audit.detail",
            };
            let sealed = clinic.key.seal(&place, &[&salt[..], text.as_bytes()].concat());
            (Some(sealed), Some(audit::commitment(&salt, &text)))
        } else {
            (None, None)
        };
        let head = &mut self.work.head;
        head.audit_seq += 1;
        let leaf = Leaf {
            clinic: clinic.id,
            seq: head.audit_seq,
            id,
            at: self.at,
            action,
            outcome,
            person,
            device,
            session,
            role,
            patient,
            target: &target,
            detail: detail_hash,
        };
        let hash = leaf.hash();
        head.audit_hash = audit::chain(&head.audit_hash, &hash);
        self.work.leaves.push((head.audit_seq, hash));
        self.work.audits.push(vec![
            Value::int(clinic.number.place(head.audit_seq)),
            Value::Id(Some(clinic.id.0)),
            Value::int(head.audit_seq),
            Value::Id(Some(id.0)),
            Value::int(self.at.ms()),
            Value::Word(action),
            Value::Word(outcome.text()),
            Value::Id(person.map(|id| id.0)),
            Value::Id(device.map(|id| id.0)),
            Value::Id(session.map(|id| id.0)),
            role.map_or(Value::Text(None), |role| Value::Word(role.text())),
            Value::Id(patient.map(|id| id.0)),
            Value::Text(Some(target)),
            Value::Bytes(sealed),
            Value::Bytes(detail_hash.map(|hash| hash.to_vec())),
            Value::Bytes(Some(head.audit_hash.to_vec())),
        ]);
    }

    /// The stored answer, where this request was made before.
    pub(super) fn recall(&self) -> Result<Option<String>, Failure> {
        let Once::Key { id, body } = &self.by.once else { return Ok(None) };
        match self.known.get(id) {
            None => Ok(None),
            Some((before, answer)) if before == body => Ok(Some(answer.clone())),
            Some(_) => Err(Code::IdempotencyMismatch.into()),
        }
    }

    /// Stores the answer with the effect.
    pub(super) fn remember(&mut self, out: &impl Serialize) -> Result<(), Failure> {
        let Once::Key { id, body } = &self.by.once else { return Ok(()) };
        let answer = serde_json::to_string(out).map_err(|_| Failure::from(Code::Internal))?;
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
