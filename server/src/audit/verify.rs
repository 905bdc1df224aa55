//! Checks a clinic's log from its first entry: contents, order, gaps, its end, every signed checkpoint that was due,
//! and the checkpoints outside.

use std::collections::BTreeMap;

use medlane_shared::{
    audit::{AuditVerdict, FirstBad, GENESIS, Hash, Tampering, Tree, chain},
    time::Timestamp,
};

use super::{
    anchor,
    note::Note,
    store::{self, Row},
};
use crate::{app::Core, db::Conn, engine::Clinic, writer::Head};

/// How many entries are read at once.
const PAGE: i64 = 2_000;
/// How long a checkpoint may take to reach the anchor folder, in milliseconds.
const ANCHOR_MS: i64 = 5 * 60_000;
/// A checkpoint is overdue after this many times the due entries or seconds,
const LATE: i64 = 3;
/// plus this long, in milliseconds: the server may have been busy, or may have had to examine the whole log.
const LATE_MS: i64 = 60_000;

/// How deep the check goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Hashes and signatures only.
    Chain,
    /// Also the sealed details.
    Details,
}

/// The verdict, and the valid part of the log.
pub(super) struct Examined {
    pub verdict: AuditVerdict,
    pub tree: Tree,
    pub chain: Hash,
}

/// Verifies the log of a clinic. Reads one state of the database throughout.
///
/// # Errors
/// An error of the database driver or of the anchor folder.
pub async fn verify(core: &Core, clinic: &Clinic) -> sqlx::Result<AuditVerdict> {
    Ok(examine(core, clinic, Depth::Details).await?.verdict)
}

pub(super) async fn examine(core: &Core, clinic: &Clinic, depth: Depth) -> sqlx::Result<Examined> {
    // Read before the database, so that the examined log is at least as long as each of these checkpoints.
    let anchors = match &core.anchor {
        Some(folder) => Some(anchor::anchor_list(folder, clinic.id).await?),
        None => None,
    };
    let mut conn = core.db.read().await?;
    conn.begin_read().await?;
    let found = look(core, &mut conn, clinic, depth, anchors).await;
    if conn.rollback().await.is_err() {
        conn.discard().await;
    }
    found
}

async fn look(
    core: &Core,
    conn: &mut Conn,
    clinic: &Clinic,
    depth: Depth,
    anchors: Option<BTreeMap<i64, String>>,
) -> sqlx::Result<Examined> {
    let head = crate::writer::head(conn, clinic.id, false).await?;
    let notes = store::checkpoint_list(conn, clinic.id, 0).await?;
    let read = |text: &String| Note::parse(text, clinic.id, clinic.trust.verifier());
    let mut check = Check {
        clinic,
        depth,
        head,
        now: core.now(),
        notes: notes.iter().map(|row| (row.size, read(&row.note))).collect(),
        is_anchored: anchors.is_some(),
        anchors: anchors.unwrap_or_default().iter().map(|(size, text)| (*size, read(text))).collect(),
        tree: Tree::default(),
        chain: GENESIS,
        entries: 0,
        checkpoints: 0,
        anchored: 0,
        tail: Tail::default(),
    };
    let first_bad = check.all(conn).await?.or_else(|| clinic.trust.broken());
    let verdict = AuditVerdict {
        ok: first_bad.is_none(),
        entries: check.entries,
        checkpoints: check.checkpoints,
        anchored: check.anchored,
        first_bad,
        checked_at: check.now,
    };
    Ok(Examined { verdict, tree: check.tree, chain: check.chain })
}

/// The entries after the last checkpoint. They show how long the server ran without a new one, without its pauses.
#[derive(Debug, Default)]
struct Tail {
    began_at: Option<Timestamp>,
    last_at: Option<Timestamp>,
    longest_ms: i64,
}

impl Tail {
    fn add(&mut self, at: Timestamp, due_ms: i64) {
        let is_pause = self.last_at.is_none_or(|last| at.since_ms(last) > due_ms);
        let began_at = self.began_at.filter(|_| !is_pause).unwrap_or(at);
        (self.began_at, self.last_at) = (Some(began_at), Some(at));
        self.longest_ms = self.longest_ms.max(at.since_ms(began_at));
    }
}

/// A running check.
struct Check<'a> {
    clinic: &'a Clinic,
    depth: Depth,
    head: Head,
    now: Timestamp,
    /// The checkpoints by the size in their rows; `None` if the text is not a checkpoint of this server.
    notes: BTreeMap<i64, Option<Note>>,
    is_anchored: bool,
    anchors: BTreeMap<i64, Option<Note>>,
    tree: Tree,
    chain: Hash,
    entries: i64,
    checkpoints: i64,
    anchored: i64,
    tail: Tail,
}

fn bad(seq: i64, row: Option<&Row>, tampering: Tampering) -> FirstBad {
    FirstBad { seq, id: row.and_then(|row| row.id.parse().ok()), tampering }
}

impl Check<'_> {
    async fn all(&mut self, conn: &mut Conn) -> sqlx::Result<Option<FirstBad>> {
        loop {
            let rows = store::audit_since(conn, self.clinic.number, self.entries, PAGE).await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                if let Some(found) = self.entry(row, &rows) {
                    return Ok(Some(found));
                }
            }
        }
        Ok(self.end().or_else(|| self.older()).or_else(|| self.signed()).or_else(|| self.gone()))
    }

    /// Checks the next entry, and the checkpoints that end with it.
    fn entry(&mut self, row: &Row, rows: &[Row]) -> Option<FirstBad> {
        let clinic = self.clinic.id;
        let seq = self.entries + 1;
        if row.seq != seq {
            let is_there = rows.iter().any(|other| other.seq == seq);
            return Some(bad(seq, None, if is_there { Tampering::Reordered } else { Tampering::Removed }));
        }
        let Some(leaf) = row.leaf(clinic) else { return Some(bad(seq, Some(row), Tampering::Changed)) };
        let next = chain(&self.chain, &leaf);
        if next[..] != row.hash[..] {
            // A moved entry has a chain hash that belongs to another place. A changed entry has the hash of its own
            // place, or one that belongs nowhere.
            let moved = self.place(rows, &row.hash).is_some_and(|place| place != row.seq);
            return Some(bad(seq, Some(row), if moved { Tampering::Reordered } else { Tampering::Changed }));
        }
        if row.is_blanked() {
            return Some(bad(seq, Some(row), Tampering::Blanked));
        }
        if self.depth == Depth::Details && !row.detail_holds(clinic, &self.clinic.key) {
            return Some(bad(seq, Some(row), Tampering::Changed));
        }
        self.chain = next;
        self.tree.push(leaf);
        self.entries = seq;
        self.tail.add(row.at(), self.due_ms());
        let fits = |note: &Option<Note>| note.as_ref().is_some_and(|note| note.fits(&self.tree));
        if let Some(note) = self.notes.get(&seq) {
            if !fits(note) {
                return Some(bad(seq, Some(row), Tampering::Checkpoint));
            }
            self.checkpoints += 1;
            self.tail = Tail::default();
        }
        if let Some(note) = self.anchors.get(&seq) {
            if !fits(note) {
                return Some(bad(seq, Some(row), Tampering::Anchor));
            }
            self.anchored += 1;
        }
        None
    }

    /// The time to the next checkpoint that the last one states, in milliseconds.
    fn due_ms(&self) -> i64 {
        let last = self.notes.range(..=self.entries).next_back().and_then(|(_, note)| note.as_ref()?.due);
        last.map_or(i64::MAX, |due| due.seconds.saturating_mul(1_000))
    }

    /// Checks the end of the log against its head and the checkpoints.
    fn end(&self) -> Option<FirstBad> {
        let last = self.notes.keys().next_back().copied().unwrap_or(0).max(self.head.audit_seq);
        let is_end = self.entries == self.head.audit_seq;
        if self.entries < last || (is_end && self.chain != self.head.audit_hash) {
            return Some(bad(self.entries + 1, None, Tampering::Truncated));
        }
        if !is_end {
            return Some(bad(self.head.audit_seq + 1, None, Tampering::Changed));
        }
        None
    }

    /// Checks the head's signature, and the checkpoints that the head and they themselves name.
    fn signed(&self) -> Option<FirstBad> {
        let trust = &self.clinic.trust;
        if self.head.signature.is_none() && !trust.is_bound() {
            // The log is from before heads were signed. The next start closes it.
            return None;
        }
        if !trust.holds(&self.head) {
            let last = self.notes.keys().next_back().copied().unwrap_or(0);
            return Some(bad((last + 1).min(self.entries.max(1)), None, Tampering::Unsigned));
        }
        let mut size = self.head.checkpoint;
        while size > 0 {
            let Some(Some(note)) = self.notes.get(&size) else {
                return Some(bad(size, None, Tampering::CheckpointMissing));
            };
            // Each size is smaller than the one after it, so the loop ends.
            size = note.due.map_or(0, |due| due.previous.min(size - 1));
        }
        let Some(Some(Note { due: Some(due), .. })) = self.notes.get(&self.head.checkpoint) else {
            // The command line may have written much before a server ran for the first time.
            return None;
        };
        let is_many = self.entries - self.head.checkpoint > due.entries.saturating_mul(LATE);
        let late_ms = if is_many { 0 } else { due.seconds.saturating_mul(1_000 * LATE) };
        let is_late = self.tail.longest_ms > late_ms.saturating_add(LATE_MS);
        is_late.then(|| bad(self.head.checkpoint + 1, None, Tampering::CheckpointOverdue))
    }

    /// Finds a checkpoint outside that covers more entries than the log has.
    fn older(&self) -> Option<FirstBad> {
        let (_, note) = self.anchors.range(self.entries + 1..).next_back()?;
        // A file that is not a checkpoint of this server was put there by somebody else.
        let tampering = if note.is_some() { Tampering::RolledBack } else { Tampering::Anchor };
        Some(bad(self.entries + 1, None, tampering))
    }

    /// Finds a checkpoint that should be outside, but is missing there.
    fn gone(&self) -> Option<FirstBad> {
        let is_gone = |(size, note): &(&i64, &Option<Note>)| {
            let due = note.as_ref().and_then(|note| note.due);
            due.is_some_and(|due| due.anchored && self.now.since_ms(due.at) > ANCHOR_MS)
                && !self.anchors.contains_key(size)
        };
        let gone = self.notes.iter().filter(|_| self.is_anchored).find(is_gone)?;
        Some(bad(*gone.0, None, Tampering::AnchorMissing))
    }

    /// The place in the chain that a hash belongs to: before the entry that follows from it, or at the head.
    fn place(&self, rows: &[Row], hash: &[u8]) -> Option<i64> {
        let hash: &Hash = hash.try_into().ok()?;
        if *hash == self.head.audit_hash {
            return Some(self.head.audit_seq);
        }
        let clinic = self.clinic.id;
        let follows =
            |next: &&Row| next.leaf(clinic).is_some_and(|leaf| chain(hash, &leaf)[..] == next.hash[..]);
        rows.iter().find(follows).map(|next| next.seq - 1)
    }
}
