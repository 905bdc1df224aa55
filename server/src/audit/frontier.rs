//! The log from its last checkpoint on. A checkpoint carries the roots of the tree's full subtrees, its frontier: a start grows on
//! from them, and does not read what they cover.

use medlane_shared::audit::{FirstBad, Hash, Tampering};

use super::{anchor::anchor, grown::Grown, note::Note, store};
use crate::{
    db::Conn,
    engine::{Clinic, Core},
};

/// Entries read at once.
const PAGE: i64 = 2_000;

/// The log as its last checkpoint signed it, grown on to its head. `None` where anything speaks against it: then all of it has
/// to be checked before it is signed on.
///
/// # Errors
/// The driver's; the anchor's.
pub(super) async fn frontier(core: &Core, clinic: &Clinic) -> sqlx::Result<Option<Grown>> {
    if !clinic.trust.is_marked() || clinic.trust.broken().is_some() {
        return Ok(None);
    }
    let outside = match anchor(core) {
        Some(anchor) => anchor.last(clinic.id, clinic.trust.verifier()).await?,
        None => None,
    };
    let mut conn = core.db.read().await?;
    conn.begin_read().await?;
    let grown = from_last(&mut conn, clinic, outside.as_ref()).await;
    conn.end_read().await;
    grown
}

async fn from_last(conn: &mut Conn, clinic: &Clinic, outside: Option<&Note>) -> sqlx::Result<Option<Grown>> {
    let head = crate::writer::head(conn, clinic.id, false).await?;
    let size = store::checkpoint_last(conn, clinic.id).await?;
    if size == 0 || size != head.checkpoint {
        return Ok(None);
    }
    // What is stored outside is of this log, if the checkpoint of that size here has its root.
    if let Some(outside) = outside
        && noted(conn, clinic, outside.size).await?.is_none_or(|note| note.root != outside.root)
    {
        return Ok(None);
    }
    let tree = noted(conn, clinic, size).await?.and_then(|note| note.tree);
    let last = store::audit_since(conn, clinic.number, size - 1, 1).await?.into_iter().next();
    let chain: Option<Hash> =
        last.filter(|row| row.seq == size).and_then(|row| row.hash.as_slice().try_into().ok());
    let Some((tree, chain)) = tree.zip(chain) else { return Ok(None) };
    let mut grown = Grown { tree, chain };
    Ok(read_on(conn, clinic, &mut grown).await?.is_none().then_some(grown))
}

/// The checkpoint of a size, if this server signed it.
async fn noted(conn: &mut Conn, clinic: &Clinic, size: i64) -> sqlx::Result<Option<Note>> {
    let text = store::checkpoint_by_size(conn, clinic.id, size).await?;
    let note = text.and_then(|text| Note::parse(&text, clinic.id, clinic.trust.verifier()));
    Ok(note.filter(|note| note.size == size))
}

/// Reads the log on to its head, which has to carry our signature; the first entry that is not as it was signed.
pub(super) async fn read_on(
    conn: &mut Conn,
    clinic: &Clinic,
    grown: &mut Grown,
) -> sqlx::Result<Option<FirstBad>> {
    let bad = |seq, tampering| Ok(Some(FirstBad { seq, id: None, tampering }));
    let head = crate::writer::head(conn, clinic.id, false).await?;
    if clinic.trust.is_bound() && !clinic.trust.holds(&head) {
        return bad(head.checkpoint + 1, Tampering::Unsigned);
    }
    let mut next = grown.clone();
    while next.size() < head.audit_seq {
        let rows = store::audit_since(conn, clinic.number, next.size(), PAGE).await?;
        for row in rows.iter().take_while(|row| row.seq <= head.audit_seq) {
            let seq = next.size() + 1;
            let Some(leaf) = row.leaf(clinic.id).filter(|_| row.seq == seq) else {
                return bad(seq, Tampering::Changed);
            };
            next.push(leaf);
        }
        if rows.is_empty() {
            return bad(next.size() + 1, Tampering::Truncated);
        }
    }
    if next.size() == head.audit_seq && next.chain != head.audit_hash {
        return bad(grown.size() + 1, Tampering::Changed);
    }
    *grown = next;
    Ok(None)
}
