//! How an entry joins the audit log.

use medlane_shared::{
    access::{Actor, Known, Role, Who},
    audit::{self, AuditRight, Leaf, Outcome},
    ids::{AuditId, DeviceId, PersonId, SessionId},
};
use serde_json::{Value as Json, json};

use super::{entry::Entry, unit::Unit};
use crate::{
    db::Value,
    keys::{DoesNotSeal, Place},
};

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

    /// The details, with what allowed the act, the caller's address and the patient on whose behalf they act; `None` if
    /// there are none.
    fn told(&self, entry: &mut Entry) -> Option<Json> {
        let mut detail = std::mem::take(&mut entry.detail);
        let fields = detail.as_object_mut()?;
        if let Some((action, evidence)) = entry.right {
            fields.insert("right".to_owned(), json!(AuditRight::of(action, evidence)));
        }
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
