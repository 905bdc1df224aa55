//! The walk over a log, entry by entry.
//!
//! Two things prove entries. The head's signature covers the chain hash, and so every entry back to the last one that does not
//! fit its own hash. A checkpoint's signature covers the tree, and so every entry back to the checkpoint before it: where one
//! does not fit, the walk goes on from the subtrees that it carries.

mod ends;
mod tail;

use std::collections::BTreeMap;

use medlane_shared::{
    audit::{BadRange, GENESIS, Hash, Tampering, Tree, absent, chain},
    time::Timestamp,
};

use tail::Tail;

use super::{
    note::Note,
    record,
    store::{self, EntryRow},
};
use crate::{db::Conn, engine::Clinic, writer::Head};

/// Entries read at once.
const PAGE: i64 = 2_000;
/// Findings listed on their own; further ones lengthen the last of them.
const BAD_MAX: usize = 100;
/// Missing entries that the tree is filled up for.
const GAP_MAX: i64 = 20_000_000;

/// Checkpoints by the size that their row or file has; `None` for what is no checkpoint of this clinic.
pub(super) type Anchors = BTreeMap<i64, Option<Note>>;

/// How closely the log is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Hashes and signatures.
    Chain,
    /// Sealed details too.
    Details,
}

/// A walk under way.
pub(super) struct Walk<'a> {
    clinic: &'a Clinic,
    depth: Depth,
    head: Head,
    pub now: Timestamp,
    notes: Anchors,
    anchors: Option<Anchors>,
    pub tree: Tree,
    pub chain: Hash,
    /// The last entry that was walked over.
    pub entries: i64,
    pub checkpoints: i64,
    pub anchored: i64,
    /// The tree up to here is what was signed.
    mark: i64,
    /// The last entry whose link in the chain was broken.
    broken: i64,
    /// The chain hash before the next entry is not known: the entry before is gone.
    is_lost: bool,
    bad: Vec<BadRange>,
    /// Of those, the ones since `mark` that leave the tree unproven.
    open: Vec<usize>,
    /// For those that a checkpoint closed: the last entry under it.
    ends: BTreeMap<usize, i64>,
    /// What entries record, proven or not.
    pub recorded: Vec<BadRange>,
    /// Checkpoints that do not fit and that a record may explain.
    stale: Vec<BadRange>,
    tail: Tail,
}

fn bad(from: i64, upto: i64, seq: i64, tampering: Tampering) -> BadRange {
    BadRange { from, upto, seq, id: None, tampering, recorded: None, recorded_at: None }
}

impl<'a> Walk<'a> {
    pub fn new(
        clinic: &'a Clinic,
        depth: Depth,
        head: Head,
        now: Timestamp,
        notes: Anchors,
        anchors: Option<Anchors>,
    ) -> Self {
        Self {
            clinic,
            depth,
            head,
            now,
            notes,
            anchors,
            tree: Tree::default(),
            chain: GENESIS,
            entries: 0,
            checkpoints: 0,
            anchored: 0,
            mark: 0,
            broken: 0,
            is_lost: false,
            bad: Vec::new(),
            open: Vec::new(),
            ends: BTreeMap::new(),
            recorded: Vec::new(),
            stale: Vec::new(),
            tail: Tail::default(),
        }
    }

    /// Walks over all entries.
    pub async fn all(&mut self, conn: &mut Conn) -> sqlx::Result<()> {
        let mut next = 0;
        let mut is_over = false;
        while !is_over {
            let rows = store::audit_since(conn, self.clinic.number, next, PAGE).await?;
            let Some(last) = rows.last() else { break };
            next = self.clinic.number.seq(last.place);
            for row in &rows {
                let at = self.clinic.number.seq(row.place);
                if at > self.head.audit_seq {
                    is_over = true;
                    self.add(bad(at, at, self.head.audit_seq + 1, Tampering::Changed));
                    break;
                }
                self.gap(at - 1, &rows);
                self.entry(at, row, &rows);
            }
        }
        self.end();
        self.older();
        self.signed();
        self.gone();
        Ok(())
    }

    /// Lists a finding; its place in the list. One that goes on where the last one of its kind ended lengthens that. When the
    /// list is full, each lengthens the last of its kind.
    fn add(&mut self, found: BadRange) -> usize {
        let is_full = self.bad.len() >= BAD_MAX;
        let last = self.bad.iter().rposition(|one| one.tampering == found.tampering);
        let is_last = last.is_some_and(|n| n + 1 == self.bad.len());
        if let Some(n) = last {
            let one = &mut self.bad[n];
            let goes_on = is_last && one.upto + 1 >= found.from && one.seq < found.seq;
            if found.tampering.is_of_entries() && (goes_on || is_full) {
                one.upto = one.upto.max(found.upto);
                return n;
            }
            if is_full {
                return n;
            }
        }
        self.bad.push(found);
        self.bad.len() - 1
    }

    /// An entry that breaks the chain: those since the last proof are proven no more.
    fn jump(&mut self, seq: i64, upto: i64, id: Option<&EntryRow>, tampering: Tampering) {
        let from = (self.mark.max(self.broken) + 1).min(seq);
        let id = id.and_then(|row| row.id.parse().ok());
        let n = self.add(BadRange { id, ..bad(from, upto, seq, tampering) });
        self.broken = upto;
        if self.open.last() != Some(&n) {
            self.open.push(n);
        }
    }

    /// Entries up to a number are not there.
    fn gap(&mut self, upto: i64, rows: &[EntryRow]) {
        let first = self.entries + 1;
        if first > upto {
            return;
        }
        let is_moved = rows.iter().any(|row| row.seq == first);
        let tampering = if is_moved { Tampering::Reordered } else { Tampering::Removed };
        // The one after it does not prove itself: its hash covers the one before.
        self.jump(first, upto + 1, None, tampering);
        self.fill(upto);
    }

    fn fill(&mut self, upto: i64) {
        let upto = upto.min(self.entries + GAP_MAX);
        while self.entries < upto {
            self.entries += 1;
            self.tree.push(absent(self.entries));
            self.checkpointed(self.entries);
        }
        self.is_lost = true;
    }

    /// The next entry, and the checkpoint that ends with it.
    fn entry(&mut self, at: i64, row: &EntryRow, rows: &[EntryRow]) {
        let clinic = self.clinic.id;
        let leaf = row.leaf(clinic);
        let next = chain(&self.chain, &leaf.unwrap_or_else(|| absent(at)));
        let own: Option<Hash> = row.hash.as_slice().try_into().ok();
        let is_linked = leaf.is_some() && (self.is_lost || own == Some(next));
        if row.seq != at {
            let is_there = rows.iter().any(|other| other.seq == at);
            let tampering = if is_there { Tampering::Reordered } else { Tampering::Removed };
            self.jump(at, at, None, tampering);
        } else if !is_linked {
            // An entry of another place carries the chain of that place; a changed one that of its own, or of none.
            let is_moved = self.place(rows, &row.hash).is_some_and(|place| place != row.seq);
            let tampering = if is_moved { Tampering::Reordered } else { Tampering::Changed };
            self.jump(at, at, Some(row), tampering);
        } else {
            let is_changed = self.depth == Depth::Details && !row.detail_holds(clinic, &self.clinic.key);
            if row.is_blanked() || is_changed {
                let tampering = if row.is_blanked() { Tampering::Blanked } else { Tampering::Changed };
                self.add(BadRange { id: row.id.parse().ok(), ..bad(at, at, at, tampering) });
            }
            self.recorded.extend(record::recorded(row));
        }
        // What the entry says it hashes to is what the next one was chained to.
        self.chain = own.unwrap_or(next);
        self.is_lost = own.is_none();
        self.tree.push(leaf.unwrap_or_else(|| absent(at)));
        self.entries = at;
        self.tail.add(row.at(), self.due_ms());
        self.checkpointed(at);
    }

    /// The checkpoints of a size, in the database and outside.
    fn checkpointed(&mut self, at: i64) {
        let own = self.notes.get(&at).cloned();
        let outside = self.anchors.as_ref().and_then(|all| all.get(&at)).cloned();
        if own.is_none() && outside.is_none() {
            return;
        }
        let (root, is_lost) = (self.tree.root(), self.is_lost_branch(at));
        let fits = |note: &Note| note.root == root;
        if let Some(outside) = &outside {
            let is_same = |note: &Note| own.iter().flatten().any(|own| own.root == note.root);
            let is_explained = own.is_none() && !self.open.is_empty();
            match outside {
                Some(note) if fits(note) || is_same(note) || is_explained => self.anchored += 1,
                _ if is_lost => self.stale.push(bad(at, at, at, Tampering::RolledBack)),
                // Signed, and of another log: this one was put back, and grew on.
                Some(_) => drop(self.add(bad(at, at, at, Tampering::RolledBack))),
                None => drop(self.add(bad(at, at, at, Tampering::Anchor))),
            }
        }
        if own.is_some() {
            self.tail = Tail::default();
        }
        // One outside that fits nothing is of another log: its tree is none to go on from.
        let outside = outside.flatten().filter(|note| fits(note) || !self.open.is_empty());
        let valid = own.clone().flatten().or(outside);
        if own.as_ref().is_some_and(|own| own.as_ref().is_some_and(fits)) {
            self.checkpoints += 1;
        } else if own.is_some() && is_lost {
            return self.stale.push(bad(self.mark + 1, at, at, Tampering::Checkpoint));
        } else if own.as_ref().is_some_and(Option::is_none) || (own.is_some() && self.open.is_empty()) {
            let n = self.add(bad(self.mark + 1, at, at, Tampering::Checkpoint));
            self.open.push(n);
        }
        match valid {
            Some(note) if fits(&note) => self.proven(at),
            Some(Note { tree: Some(tree), .. }) => {
                self.tree = tree;
                let closed: Vec<usize> = self.closed(at);
                self.ends.extend(closed.into_iter().map(|n| (n, at)));
                self.mark = at;
            }
            _ => {}
        }
    }

    /// The tree up to here is what was signed. So an entry after a gap is proven after all.
    fn proven(&mut self, at: i64) {
        for n in self.closed(at) {
            let one = &mut self.bad[n];
            if one.from < one.upto && one.tampering != Tampering::Checkpoint {
                one.upto -= 1;
                one.seq = one.seq.min(one.upto);
            }
        }
        self.mark = at;
    }

    /// Takes the findings that end here from the open ones. A gap may go on beyond.
    fn closed(&mut self, at: i64) -> Vec<usize> {
        let (closed, open) = self.open.drain(..).partition(|n| self.bad[*n].upto <= at);
        self.open = open;
        closed
    }

    /// Whether entries of this number were lost once, and others have their numbers now: checkpoints of then do not fit.
    fn is_lost_branch(&self, at: i64) -> bool {
        let is_lost = |one: &BadRange| one.tampering == Tampering::Truncated;
        self.recorded.iter().any(|one| is_lost(one) && (one.from..=one.upto).contains(&at))
    }

    /// What was due after the last checkpoint that was seen, in milliseconds.
    fn due_ms(&self) -> i64 {
        let last = self.notes.range(..=self.entries).next_back().and_then(|(_, note)| note.as_ref()?.due);
        last.map_or(i64::MAX, |due| due.seconds.saturating_mul(1_000))
    }

    /// What was found, the first first.
    pub fn findings(&self) -> Vec<BadRange> {
        self.bad.clone()
    }

    /// Of the checkpoints that do not fit, those that no proven record explains.
    pub fn unexplained(&self, records: &[BadRange]) -> Vec<BadRange> {
        let is_lost = |one: &BadRange| one.tampering == Tampering::Truncated;
        let explains =
            |at: i64| records.iter().any(|one| is_lost(one) && (one.from..=one.upto).contains(&at));
        self.stale.iter().filter(|one| !explains(one.seq)).copied().collect()
    }

    /// The size of the last checkpoint of this log that is there.
    pub fn checkpoint(&self) -> i64 {
        let own = self.notes.range(..=self.entries).rev().filter(|(_, note)| note.is_some());
        own.map(|(size, _)| *size).find(|size| !self.is_lost_branch(*size)).unwrap_or(0)
    }

    /// Where in the chain a hash belongs: before the entry that follows it, or at the head.
    fn place(&self, rows: &[EntryRow], hash: &[u8]) -> Option<i64> {
        let hash: &Hash = hash.try_into().ok()?;
        if *hash == self.head.audit_hash {
            return Some(self.head.audit_seq);
        }
        let clinic = self.clinic.id;
        let follows =
            |next: &&EntryRow| next.leaf(clinic).is_some_and(|leaf| chain(hash, &leaf)[..] == next.hash[..]);
        rows.iter().find(follows).map(|next| next.seq - 1)
    }
}
