//! A clinic's part of a batch: the changes that are in memory until they are written, and visible once they are
//! committed.

use std::sync::Arc;

use medlane_shared::audit;

use super::store::{ChangeRow, Head, head_update, notify};
use crate::{
    db::{Conn, Script, Value},
    engine::{Clinic, Load, News, Part, Rooms},
    keys::Root,
};

/// A clinic's part of a batch.
pub(super) struct Work {
    pub(super) clinic: Arc<Clinic>,
    pub(super) head: Head,
    /// The head at the start of the present batch.
    pub(super) before: Head,
    /// The states of the rooms inside the batch.
    pub(super) parts: Vec<Box<dyn Part>>,
    /// Whether the present batch has opened the clinic.
    pub(super) opened: bool,
    /// The leaf hashes of the audit entries, with their numbers.
    pub(super) leaves: Vec<(i64, audit::Hash)>,
    pub(super) changes: Vec<Vec<Value>>,
    pub(super) audits: Vec<Vec<Value>>,
    /// The rows of the patients whom their lists showed.
    pub(super) shown: Vec<Vec<Value>>,
}

impl Work {
    pub(super) fn new(clinic: Arc<Clinic>, rooms: &Rooms, head: Head) -> Self {
        Self {
            parts: clinic.parts(rooms),
            clinic,
            before: head,
            head,
            opened: false,
            leaves: Vec::new(),
            changes: Vec::new(),
            audits: Vec::new(),
            shown: Vec::new(),
        }
    }

    /// Lets the states catch up with the entries of the feed that concern them.
    pub(super) async fn catch_up(
        &mut self,
        conn: &mut Conn,
        root: &Root,
        news: &[ChangeRow],
        from: News,
    ) -> sqlx::Result<()> {
        let clinic = &self.clinic;
        for part in self.parts.iter_mut().filter(|part| part.concerns(news, from)) {
            let at = Load { conn: &mut *conn, root, clinic: clinic.id, key: &clinic.key };
            part.catch_up(at, news, from).await?;
        }
        Ok(())
    }

    /// Adds what waits in memory to a script: one statement for each table and chunk.
    pub(super) fn flush(&mut self, script: &mut Script) {
        for part in &mut self.parts {
            part.flush(self.clinic.id, script);
        }
        let head =
            "insert into change (place, clinic_id, seq, entity, entity_id, branch_id, person_id, at_ms)";
        script.insert(head, "", std::mem::take(&mut self.changes));
        let head = "insert into audit (place, clinic_id, seq, id, at_ms, action, outcome, person_id, device_id, session_id, \
                    role, patient_id, target, detail_sealed, detail_hash, hash)";
        script.insert(head, "", std::mem::take(&mut self.audits));
        let head = "insert into audit_shown (place, patient_id)";
        script.insert(head, "", std::mem::take(&mut self.shown));
    }

    /// Ends the clinic's part of a batch: the script moves the head.
    pub(super) fn close(&mut self, script: &mut Script, is_shared: bool) {
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
    }

    /// Publishes the batch after its commit.
    pub(super) fn publish(&mut self) {
        self.opened = false;
        self.clinic.trust.committed(self.head.audit_seq);
        self.clinic.leaves.add(std::mem::take(&mut self.leaves));
        self.clinic.publish(self.head.cursor(), &self.parts);
        for part in &mut self.parts {
            part.tell();
        }
        self.clinic.wake(self.head.cursor());
    }
}
