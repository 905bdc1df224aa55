//! Signing on where signing stopped, by somebody who has the key: after a copy of the database was put back on purpose, or after
//! tampering was looked into. The log records what was found, why signing goes on, and who said so. Every later check lists the
//! finding again.

use std::sync::Arc;

use medlane_shared::{
    audit::{BadRange, Tampering},
    fault::{Code, Fault},
};

use super::{
    anchor::anchor,
    begin::passes,
    grown::Grown,
    ops::Keep,
    record::{Reason, Record},
    verify::examine,
    walk::Depth,
};
use crate::{
    engine::{Clinic, Core},
    writer::{By, Writer},
};

/// Records what is wrong with the log and signs it; what was recorded. A log without a new finding stays as it is. No server
/// runs meanwhile. `who` is the name of the account at the command line; nothing proves it.
///
/// # Errors
/// The database's; the anchor's.
pub async fn resume(core: &Arc<Core>, clinic: &Clinic, why: &str, who: &str) -> Result<Vec<BadRange>, Fault> {
    let broken = |error: sqlx::Error| core.broken(&error);
    let found = examine(core, clinic, Depth::Details).await.map_err(broken)?;
    let ranges: Vec<BadRange> = found.fresh.into_iter().filter(|one| !passes(one.tampering)).collect();
    if ranges.is_empty() {
        return Ok(ranges);
    }
    clinic.trust.resume();
    let (writer, written) = Writer::start(core.clone());
    let by = || By::system(clinic.id);
    let reason = Some(Reason { why: why.to_owned(), who: who.to_owned() });
    let record = Record { ranges: ranges.clone(), reason, checkpoint: Some(found.checkpoint) };
    let mut done = writer.run(by(), record).await;
    if done.is_ok() {
        // Not before: were the record not written, they would be needed.
        set_aside(core, clinic, &ranges).await?;
        // A checkpoint at once: it proves the record, whatever the chain before it is worth.
        let found = examine(core, clinic, Depth::Chain).await.map_err(broken)?;
        let grown = Grown { tree: found.tree, chain: found.chain };
        done = writer.run(by(), Keep::resumed(core, grown)).await;
    }
    drop(writer);
    // It has ended once nobody holds it.
    drop(written.await);
    done.map(|()| ranges)
}

/// Sets the checkpoints outside aside that are of the log that was lost. The next start writes those of this log again.
async fn set_aside(core: &Core, clinic: &Clinic, ranges: &[BadRange]) -> Result<(), Fault> {
    let lost = ranges.iter().filter(|one| one.tampering == Tampering::RolledBack).map(|one| one.from).min();
    let (Some(anchor), Some(first)) = (anchor(core), lost) else { return Ok(()) };
    anchor.set_aside(clinic.id, first - 1, core.now()).await.map_err(|error| {
        tracing::error!(%error, first, "the checkpoints outside could not be set aside: move them, then resume again");
        Code::Internal.into()
    })
}
