//! The log from its last checkpoint on. A checkpoint carries the roots of the tree's full subtrees, its frontier: a start grows on
//! from them, and does not read what they cover.

use medlane_shared::audit::Hash;

use super::{anchor::anchor, grown::Grown, keep::read_on, note::Note, store};
use crate::{
    db::Conn,
    engine::{Clinic, Core},
};

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
