//! A clinic's part of a batch: what is in memory until it is written, and what becomes visible once that is committed.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use medlane_shared::{
    audit,
    ids::{BranchId, ServiceId, TicketId},
    queue::Learned,
    sync::Cursor,
};

use super::store::{Head, head_update, notify};
use crate::{
    app::Core,
    clinic::{Catalogue, Clinic},
    db::{Script, Value},
    queue::{Effect, Live, LiveQueue},
};

/// A clinic's part of a batch.
pub(super) struct Work {
    pub(super) clinic: Arc<Clinic>,
    pub(super) head: Head,
    /// The head as the present batch found it.
    pub(super) before: Head,
    pub(super) live: LiveQueue,
    pub(super) catalogue: Arc<Catalogue>,
    /// Read and locked in the present batch.
    pub(super) opened: bool,
    pub(super) effects: Vec<Effect>,
    pub(super) tickets: Vec<Arc<Live>>,
    /// Those among them that have no row yet.
    pub(super) joined: HashSet<TicketId>,
    /// Those among them that were sent on to another service.
    pub(super) moved: HashSet<TicketId>,
    pub(super) learned: BTreeMap<(BranchId, ServiceId), Learned>,
    /// Of the audit entries, by their number.
    pub(super) leaves: Vec<(i64, audit::Hash)>,
    pub(super) changes: Vec<Vec<Value>>,
    pub(super) audits: Vec<Vec<Value>>,
    /// Whom their lists showed.
    pub(super) shown: Vec<Vec<Value>>,
}

impl Work {
    pub(super) fn new(clinic: Arc<Clinic>, head: Head) -> Self {
        Self {
            live: clinic.with_live(LiveQueue::clone),
            catalogue: clinic.catalogue(),
            clinic,
            before: head,
            head,
            opened: false,
            effects: Vec::new(),
            tickets: Vec::new(),
            joined: HashSet::new(),
            moved: HashSet::new(),
            learned: BTreeMap::new(),
            leaves: Vec::new(),
            changes: Vec::new(),
            audits: Vec::new(),
            shown: Vec::new(),
        }
    }

    /// Hands what waits in memory to a script, a statement for each table and chunk.
    pub(super) fn flush(&mut self, script: &mut Script) {
        // A ticket that changed twice in the batch is written as it is last: a statement touches a row once.
        let tickets = std::mem::take(&mut self.tickets);
        let mut seen = HashSet::<TicketId>::new();
        let mut last: Vec<_> = tickets.into_iter().rev().filter(|t| seen.insert(t.ticket.id)).collect();
        last.reverse();
        let (joined, moved) = (std::mem::take(&mut self.joined), std::mem::take(&mut self.moved));
        let (new, known): (Vec<_>, Vec<_>) = last.into_iter().partition(|t| joined.contains(&t.ticket.id));
        let moved: Vec<_> = known.iter().filter(|t| moved.contains(&t.ticket.id)).cloned().collect();
        // Whoever has left a queue has left it before they join it again.
        crate::queue::ticket_update(script, self.clinic.id, &known, &moved);
        crate::queue::ticket_insert(script, self.clinic.id, &new);
        crate::queue::learned_put(script, self.clinic.id, std::mem::take(&mut self.learned));
        let head =
            "insert into change (place, clinic_id, seq, entity, entity_id, branch_id, person_id, at_ms)";
        script.insert(head, "", std::mem::take(&mut self.changes));
        let head = "insert into audit (place, clinic_id, seq, id, at_ms, action, outcome, person_id, device_id, session_id, \
                    role, patient_id, target, detail_sealed, detail_hash, hash)";
        script.insert(head, "", std::mem::take(&mut self.audits));
        let head = "insert into audit_shown (place, patient_id)";
        script.insert(head, "", std::mem::take(&mut self.shown));
    }

    /// Ends the clinic's part of a batch: its script moves the head, and what is new is for everybody once that is committed.
    pub(super) fn close(&mut self, script: &mut Script, is_shared: bool) -> News {
        self.flush(script);
        let logged = |head: &Head| (head.audit_seq, head.checkpoint);
        if logged(&self.head) != logged(&self.before) || self.head.signature.is_none() {
            self.head.signature = self.clinic.trust.sign(&self.head);
        }
        if self.head != self.before {
            head_update(script, self.clinic.id, &self.before, &self.head);
        }
        if is_shared && self.head.seq != self.before.seq {
            notify(script, self.clinic.id, self.head.seq);
        }
        self.opened = false;
        let effects = std::mem::take(&mut self.effects);
        let has_news = effects.iter().any(|effect| matches!(effect, Effect::Catalogue));
        News {
            clinic: self.clinic.clone(),
            catalogue: has_news.then(|| Catalogue::clone(&self.catalogue)),
            leaves: std::mem::take(&mut self.leaves),
            cursor: self.head.cursor(),
            audit_seq: self.head.audit_seq,
            effects,
        }
    }
}

/// What a committed batch changes of a clinic in memory.
pub(super) struct News {
    clinic: Arc<Clinic>,
    effects: Vec<Effect>,
    catalogue: Option<Catalogue>,
    leaves: Vec<(i64, audit::Hash)>,
    cursor: Cursor,
    audit_seq: i64,
}

impl News {
    /// Makes it visible.
    pub(super) fn publish(self, core: &Core) {
        for effect in &self.effects {
            if let Effect::Person(person, details) = effect {
                core.subjects.learn(self.clinic.id, *person, details);
            }
        }
        self.clinic.trust.committed(self.audit_seq);
        self.clinic.leaves.add(self.leaves);
        self.clinic.publish(&self.effects, self.catalogue, self.cursor);
    }
}
