//! Entries of the audit log: what an operation records about itself, and how the entry joins the log.

use medlane_shared::{
    access::{Actor, Known, Role, Who},
    audit::{self, Leaf, Outcome},
    ids::{AuditId, DeviceId, PersonId, SessionId},
};
use serde_json::{Value as Json, json};

use super::{Done, Failure, Op, Unit};
use crate::{
    db::Value,
    keys::{DoesNotSeal, Place},
};

/// An entry for the audit log, before it has a number.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The action, such as `ticket.call`.
    pub action: &'static str,
    /// The outcome.
    pub outcome: Outcome,
    /// The identity proven by this act (sign-in, renewal, enrolment); used when the request had no session.
    pub proven: (Option<PersonId>, Option<DeviceId>),
    /// The patient whom it concerns.
    pub patient: Option<PersonId>,
    /// The thing acted on, such as `ticket:<id>`.
    pub target: String,
    /// The patients whom a list showed.
    pub shown: Vec<PersonId>,
    /// Further details, without names and chart contents.
    pub detail: Json,
}

impl Entry {
    /// An entry about a success.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "ids and texts are passed as they come")]
    pub fn new(action: &'static str, target: impl ToString) -> Self {
        debug_assert!(audit::ACTIONS.contains(&action), "{action} is none of the actions that have words");
        Self {
            action,
            outcome: Outcome::Success,
            proven: (None, None),
            patient: None,
            target: target.to_string(),
            shown: Vec::new(),
            detail: json!({}),
        }
    }

    /// Sets the person or device that the act proves: in a sign-in, a renewal, an enrolment.
    #[must_use]
    pub fn proven(mut self, person: Option<PersonId>, device: Option<DeviceId>) -> Self {
        self.proven = (person, device);
        self
    }

    /// Sets the patient whom the entry concerns.
    #[must_use]
    pub fn patient(mut self, patient: Option<PersonId>) -> Self {
        self.patient = patient;
        self
    }

    /// Sets the patients whom a list showed: each of them can find the entry.
    #[must_use]
    pub fn shown(mut self, patients: impl IntoIterator<Item = PersonId>) -> Self {
        self.shown = patients.into_iter().collect();
        self.shown.sort_unstable();
        self.shown.dedup();
        self
    }

    /// Sets the details.
    #[must_use]
    pub fn detail(mut self, detail: Json) -> Self {
        self.detail = detail;
        self
    }

    /// Makes it an entry about a refusal.
    #[must_use]
    pub fn refused(mut self) -> Self {
        self.outcome = Outcome::Refused;
        self
    }
}

/// Audits a read: the caller gets no answer before the entry is committed.
#[derive(Debug, Clone)]
pub struct Noted(pub Entry);

impl Op for Noted {
    type Out = ();
    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        Ok(unit.commit(self.0.clone(), ()))
    }
}

/// Who acts: the person, device, session and role of an entry.
type Acting = (Option<PersonId>, Option<DeviceId>, Option<SessionId>, Option<Role>);

impl Unit<'_> {
    /// Adds a further entry, if one operation does several things. Refusals beyond a caller's limit in a window are
    /// only counted, and one entry tells their number (`audit::Refusals`).
    pub fn audit(&mut self, mut entry: Entry) {
        if self.trial {
            return;
        }
        let is_refused = entry.outcome == Outcome::Refused;
        if is_refused && !self.core.refusals.admit(&self.by, self.at) {
            return;
        }
        self.dirty = true;
        let (person, device, session, role) = self.acting(&entry);
        let detail = self.told(&mut entry);
        let Entry { action, outcome, patient, target, shown, .. } = entry;
        let clinic = self.work.clinic.clone();
        let id = AuditId::new(self.at, rand::random());
        let (sealed, detail_hash) = match detail {
            Some(detail) => {
                let salt: [u8; 16] = rand::random();
                let text = detail.to_string();
                let place = Place {
                    clinic: clinic.id,
                    subject: clinic.id.0,
                    record: id.0,
                    version: 0,
                    kind: "audit.detail",
                };
                let sealed = clinic.key.seal(&place, &[&salt[..], text.as_bytes()].concat());
                let Ok(sealed) = sealed else {
                    self.sealed = Err(DoesNotSeal);
                    return;
                };
                (Some(sealed), Some(audit::commitment(&salt, &text)))
            }
            None => (None, None),
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
            shown: audit::shown(&shown),
        };
        let hash = leaf.hash();
        head.audit_hash = audit::chain(&head.audit_hash, &hash);
        let place = clinic.number.place(head.audit_seq);
        self.work.leaves.push((head.audit_seq, hash));
        self.work.shown.extend(shown.iter().map(|id| vec![Value::int(place), Value::Id(Some(id.0))]));
        self.work.audits.push(vec![
            Value::int(place),
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

    fn acting(&self, entry: &Entry) -> Acting {
        match &self.by.actor {
            Actor::Known(Known { who, session, role, device, .. }) => match who {
                Who::Person(person) => (Some(*person), *device, Some(*session), Some(*role)),
                Who::Device(device) => (None, Some(*device), Some(*session), Some(*role)),
            },
            Actor::Anonymous { .. } | Actor::System { .. } => (entry.proven.0, entry.proven.1, None, None),
        }
    }

    /// The details, with the caller's address and the patient on whose behalf they act; `None` if there are none.
    fn told(&self, entry: &mut Entry) -> Option<Json> {
        let mut detail = std::mem::take(&mut entry.detail);
        let fields = detail.as_object_mut()?;
        if let Some(ip) = self.by.ip {
            fields.insert("ip".to_owned(), ip.to_string().into());
        }
        let actor = self.by.actor.person();
        if self.by.actor.role() == Some(Role::Patient)
            && let (Some(actor), Some(patient)) = (actor, entry.patient)
            && patient != actor
            && entry.outcome == Outcome::Success
        {
            fields.insert("on_behalf_of".to_owned(), patient.to_string().into());
        }
        (!fields.is_empty()).then_some(detail)
    }
}
