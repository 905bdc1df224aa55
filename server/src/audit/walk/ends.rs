//! What is looked at once all entries were: the head, and the checkpoints that have to be there.

use medlane_shared::audit::Tampering;

use super::{Walk, bad};
use crate::audit::note::Note;

/// How long a checkpoint may take on its way outside.
const ANCHOR_MS: i64 = 5 * 60_000;
/// A checkpoint is overdue after so many times what was due,
const LATE: i64 = 3;
/// and after so long: the server may have been busy, or have had the whole log to look at.
const LATE_MS: i64 = 60_000;

impl Walk<'_> {
    /// Where the log ends, by its head and by the checkpoints.
    pub(super) fn end(&mut self) {
        let beyond = self.notes.keys().rev().find(|size| !self.is_lost_branch(**size));
        let (at, end, last) = (self.entries, self.head.audit_seq, beyond.copied().unwrap_or(0));
        if at < end {
            // The head's signature proves none of those before them either: its chain goes through what is gone.
            let from = self.mark.max(self.broken) + 1;
            let n = self.add(bad(from, end, at + 1, Tampering::Truncated));
            self.open.push(n);
            self.broken = end;
            self.fill(end);
        } else if at == end && !self.is_lost && self.chain != self.head.audit_hash {
            let from = (self.mark.max(self.broken) + 1).min(at);
            self.add(bad(from, at, at, Tampering::Changed));
        }
        if self.entries == end {
            self.chain = self.head.audit_hash;
        }
        if last > end {
            self.add(bad(end + 1, last, end + 1, Tampering::Truncated));
        }
    }

    /// Checkpoints outside are of a longer log.
    pub(super) fn older(&mut self) {
        let Some(anchors) = &self.anchors else { return };
        let beyond: Vec<(i64, bool)> =
            anchors.range(self.entries + 1..).map(|(size, note)| (*size, note.is_some())).collect();
        let next = self.entries + 1;
        if let Some((size, _)) = beyond.iter().rev().find(|(_, is_ours)| *is_ours) {
            self.add(bad(next, *size, next, Tampering::RolledBack));
        } else if let Some((size, _)) = beyond.last() {
            self.add(bad(*size, *size, next, Tampering::Anchor));
        }
    }

    /// The head's signature, and the checkpoints that it and they name.
    pub(super) fn signed(&mut self) {
        let trust = &self.clinic.trust;
        if self.head.signature.is_none() && !trust.is_bound() {
            // Written before heads were signed: the next start closes it.
            return;
        }
        if !trust.holds(&self.head) {
            // No chain proves anything: what a checkpoint does not prove is open up to the next one.
            let upto = self.entries.max(1);
            for n in self.open.drain(..) {
                self.ends.insert(n, upto);
            }
            for (n, end) in &self.ends {
                self.bad[*n].upto = self.bad[*n].upto.max(*end);
            }
            let from = (self.mark + 1).min(upto);
            self.add(bad(from, upto, from, Tampering::Unsigned));
            return;
        }
        let mut size = self.head.checkpoint;
        while size > 0 {
            let outside = || self.anchors.as_ref().and_then(|all| all.get(&size));
            let note = self.notes.get(&size).or_else(outside).and_then(Option::as_ref);
            let before = self.notes.range(..size).next_back().map_or(0, |(size, _)| *size);
            // Each is smaller than the one after it: it ends. The link of one that is gone is gone with it.
            let next = note.map_or(before, |note| note.due.map_or(0, |due| due.previous.min(size - 1)));
            if !self.notes.contains_key(&size) {
                self.add(bad(size, size, size, Tampering::CheckpointMissing));
            }
            size = next;
        }
        let Some(Some(Note { due: Some(due), .. })) = self.notes.get(&self.head.checkpoint) else {
            // The command line may have written much before a server ran first.
            return;
        };
        let is_many = self.entries - self.head.checkpoint > due.entries.saturating_mul(LATE);
        let late_ms = if is_many { 0 } else { due.seconds.saturating_mul(1_000 * LATE) };
        if self.tail.longest_ms > late_ms.saturating_add(LATE_MS) {
            let from = self.head.checkpoint + 1;
            self.add(bad(from, self.entries.max(from), from, Tampering::CheckpointOverdue));
        }
    }

    /// Checkpoints that were stored outside are not there.
    pub(super) fn gone(&mut self) {
        let Some(anchors) = &self.anchors else { return };
        let is_gone = |(size, note): &(&i64, &Option<Note>)| {
            let due = note.as_ref().and_then(|note| note.due);
            due.is_some_and(|due| due.anchored && self.now.since_ms(due.at) > ANCHOR_MS)
                && !anchors.contains_key(size)
        };
        if let Some(size) = self.notes.iter().find(is_gone).map(|(size, _)| *size) {
            self.add(bad(size, size, size, Tampering::AnchorMissing));
        }
    }
}
