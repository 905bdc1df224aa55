//! Checks a clinic's log from its first entry: contents, order, gaps, its end, and every signed checkpoint.

use std::collections::BTreeMap;

use medlane_shared::{
    audit::{AuditVerdict, FirstBad, GENESIS, Hash, Tampering, Tree, chain},
    ids::ClinicId,
};

use super::{checkpoint, store};
use crate::{app::Core, clinic::Clinic, db::Conn, writer::Head};

/// Entries read at once.
const PAGE: i64 = 2_000;

/// Verifies the log of a clinic. Reads one state of the database throughout.
///
/// # Errors
/// The driver's.
pub async fn verify(core: &Core, clinic: &Clinic) -> sqlx::Result<AuditVerdict> {
    let mut conn = core.db.read().await?;
    conn.begin_read().await?;
    let verdict = check(core, &mut conn, clinic).await;
    if conn.rollback().await.is_err() {
        conn.discard().await;
    }
    verdict
}

async fn check(core: &Core, conn: &mut Conn, of: &Clinic) -> sqlx::Result<AuditVerdict> {
    let (clinic, key) = (of.id, &of.key);
    let head = crate::writer::head(conn, clinic, false).await?;
    let notes: BTreeMap<i64, String> =
        store::checkpoint_list(conn, clinic).await?.into_iter().map(|row| (row.size, row.note)).collect();
    let signer = core.keys.signing(clinic).verifying_key();
    let mut verdict =
        AuditVerdict { ok: true, entries: 0, checkpoints: 0, first_bad: None, checked_at: core.now() };
    let (mut tree, mut hash) = (Tree::default(), GENESIS);
    let bad = |seq, id: Option<&str>, tampering| {
        Some(FirstBad { seq, id: id.and_then(|id| id.parse().ok()), tampering })
    };
    'pages: loop {
        let rows = store::audit_since(conn, of.number, verdict.entries, PAGE).await?;
        for row in &rows {
            let seq = verdict.entries + 1;
            if row.seq != seq {
                let is_there = rows.iter().any(|other| other.seq == seq);
                let tampering = if is_there { Tampering::Reordered } else { Tampering::Removed };
                verdict.first_bad = bad(seq, None, tampering);
                break 'pages;
            }
            let leaf = row.leaf(clinic).filter(|_| row.detail_holds(clinic, key));
            let Some(leaf) = leaf else {
                verdict.first_bad = bad(seq, Some(&row.id), Tampering::Changed);
                break 'pages;
            };
            let next = chain(&hash, &leaf);
            if next[..] != row.hash[..] {
                // An entry of another place carries the chain of that place; a changed one that of its own, or of none.
                let moved = place(&rows, clinic, &head, &row.hash).is_some_and(|place| place != row.seq);
                let tampering = if moved { Tampering::Reordered } else { Tampering::Changed };
                verdict.first_bad = bad(seq, Some(&row.id), tampering);
                break 'pages;
            }
            hash = next;
            tree.push(leaf);
            verdict.entries = seq;
            if let Some(note) = notes.get(&seq) {
                if !checkpoint::holds(note, clinic, &tree, &signer) {
                    verdict.first_bad = bad(seq, Some(&row.id), Tampering::Checkpoint);
                    break 'pages;
                }
                verdict.checkpoints += 1;
            }
        }
        if rows.is_empty() {
            break;
        }
    }
    if verdict.first_bad.is_none() {
        let last = notes.keys().next_back().copied().unwrap_or(0).max(head.audit_seq);
        if verdict.entries < last || (verdict.entries == head.audit_seq && hash != head.audit_hash) {
            verdict.first_bad = bad(verdict.entries + 1, None, Tampering::Truncated);
        } else if verdict.entries > head.audit_seq {
            verdict.first_bad = bad(head.audit_seq + 1, None, Tampering::Changed);
        }
    }
    verdict.ok = verdict.first_bad.is_none();
    Ok(verdict)
}

/// Where in the chain a hash belongs: before the entry that follows it, or at the head.
fn place(rows: &[store::Row], clinic: ClinicId, head: &Head, hash: &[u8]) -> Option<i64> {
    let hash: &Hash = hash.try_into().ok()?;
    if *hash == head.audit_hash {
        return Some(head.audit_seq);
    }
    let follows =
        |next: &&store::Row| next.leaf(clinic).is_some_and(|leaf| chain(hash, &leaf)[..] == next.hash[..]);
    rows.iter().find(follows).map(|next| next.seq - 1)
}
