//! Checks a clinic's log from its first entry to its last: contents, order, gaps, every signed checkpoint that was due, those
//! stored outside the database, and the head's signature. The check goes on past what is bad, so it also says what holds
//! after that.

use std::collections::BTreeMap;

use medlane_shared::audit::{AuditVerdict, BadRange, Hash, Tampering, Tree};

use super::{
    anchor::anchor,
    note::Note,
    record::covers,
    store,
    walk::{Anchors, Depth, Walk},
};
use crate::{
    db::Conn,
    engine::{Clinic, Core},
};

/// What was found, and what the log is signed on from.
pub(super) struct Examined {
    pub verdict: AuditVerdict,
    /// Findings that the log does not record yet.
    pub fresh: Vec<BadRange>,
    /// The tree that the next checkpoint extends.
    pub tree: Tree,
    /// The chain hash at the head.
    pub chain: Hash,
    /// The size of the last checkpoint that is there.
    pub checkpoint: i64,
    /// The size of the last checkpoint that says it is stored outside too,
    pub promised: i64,
    /// and of the last one that is there.
    pub outside: i64,
}

/// Verifies the log of a clinic. Reads one state of the database throughout.
///
/// # Errors
/// The driver's; the anchor's.
pub async fn verify(core: &Core, clinic: &Clinic) -> sqlx::Result<AuditVerdict> {
    let found = examine(core, clinic, Depth::Details).await?;
    clinic.trust.found(found.verdict.first_bad, core.now());
    Ok(found.verdict)
}

pub(super) async fn examine(core: &Core, clinic: &Clinic, depth: Depth) -> sqlx::Result<Examined> {
    // Before the database: so the log that is looked at is as long as each of them.
    let anchors = match anchor(core) {
        Some(anchor) => Some(anchor.list(clinic.id).await?),
        None => None,
    };
    let mut conn = core.db.read().await?;
    conn.begin_read().await?;
    let found = look(core, &mut conn, clinic, depth, anchors).await;
    conn.end_read().await;
    found
}

/// A text by the size that its row or file has: `None` where it is no checkpoint of this clinic of that size.
fn note(clinic: &Clinic, size: i64, text: &str) -> Option<Note> {
    Note::parse(text, clinic.id, clinic.trust.verifier()).filter(|note| note.size == size)
}

async fn look(
    core: &Core,
    conn: &mut Conn,
    clinic: &Clinic,
    depth: Depth,
    anchors: Option<BTreeMap<i64, String>>,
) -> sqlx::Result<Examined> {
    let head = crate::writer::head(conn, clinic.id, false).await?;
    let rows = store::checkpoint_list(conn, clinic.id, 0).await?;
    let notes: BTreeMap<i64, Option<Note>> =
        rows.iter().map(|row| (row.size, note(clinic, row.size, &row.note))).collect();
    let anchors: Option<Anchors> =
        anchors.map(|all| all.iter().map(|(size, text)| (*size, note(clinic, *size, text))).collect());
    let promised = |(size, note): (&i64, &Option<Note>)| note.as_ref()?.due?.anchored.then_some(*size);
    let promised = notes.iter().rev().find_map(promised).unwrap_or(0);
    let valid = |(size, note): (&i64, &Option<Note>)| note.as_ref().map(|_| *size);
    let outside = anchors.as_ref().and_then(|all| all.iter().rev().find_map(valid)).unwrap_or(0);
    let mut walk = Walk::new(clinic, depth, head, core.now(), notes, anchors);
    walk.all(conn).await?;
    let checkpoint = walk.checkpoint();
    let (bad, fresh) = told(&walk, clinic);
    let first_bad = fresh.first().or_else(|| bad.first()).map(BadRange::first);
    let verdict = AuditVerdict {
        ok: bad.is_empty(),
        entries: walk.entries,
        checkpoints: walk.checkpoints,
        anchored: walk.anchored,
        first_bad,
        bad,
        checked_at: walk.now,
    };
    Ok(Examined { verdict, fresh, tree: walk.tree, chain: walk.chain, checkpoint, promised, outside })
}

/// Everything that is bad, and what of it is not recorded. A record counts where the log proves it: nobody without the key
/// records anything.
fn told(walk: &Walk<'_>, clinic: &Clinic) -> (Vec<BadRange>, Vec<BadRange>) {
    let mut found = walk.findings();
    let is_proven = |seq: i64, found: &[BadRange]| {
        !found.iter().any(|one| one.tampering.is_of_entries() && (one.from..=one.upto).contains(&seq))
    };
    let records: Vec<BadRange> = walk
        .recorded
        .iter()
        .filter(|record| record.recorded.is_some_and(|seq| is_proven(seq, &found)))
        .copied()
        .collect();
    found.extend(walk.unexplained(&records));
    if let Some(broken) = clinic.trust.broken()
        && !found.iter().any(|one| one.tampering == broken.tampering)
    {
        let upto = broken.seq.max(walk.entries);
        found.push(BadRange {
            from: broken.seq,
            upto,
            seq: broken.seq,
            id: broken.id,
            tampering: broken.tampering,
            recorded: None,
            recorded_at: None,
        });
    }
    // What the folder outside shows of a longer log is never settled by a record: the same copy may be put back again.
    let record = |one: &BadRange| {
        let is_open = one.tampering == Tampering::RolledBack;
        records.iter().find(|record| !is_open && covers(record, one))
    };
    let fresh: Vec<BadRange> = found.iter().filter(|one| record(one).is_none()).copied().collect();
    let mut bad: Vec<BadRange> = Vec::new();
    for known in &records {
        if bad.iter().any(|other| covers(other, known)) {
            continue;
        }
        let id = found.iter().find(|one| one.seq == known.seq && covers(known, one)).and_then(|one| one.id);
        bad.push(BadRange { id, ..*known });
    }
    bad.extend(&fresh);
    bad.sort_by_key(|one| (one.from, one.seq));
    (bad, fresh)
}
