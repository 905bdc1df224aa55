//! The check of the whole log: it records what is bad, and stops the signing where the log does not extend what was signed of it.
//! A log that goes on from its last checkpoint is signed on meanwhile ([`super::frontier`]); any other only after this check.

use std::error::Error;

use medlane_shared::{
    audit::{BadRange, FirstBad, Tampering},
    time::Timestamp,
};

use super::{
    anchor::anchor,
    grown::Grown,
    ops::{Bind, Keep},
    record::Record,
    verify::{Examined, examine},
    walk::Depth,
};
use crate::{
    app::App,
    db::Conn,
    engine::{Clinic, Core},
    writer::By,
};

pub(super) type Failed = Box<dyn Error + Send + Sync>;

/// Whether nothing is signed after this: the head itself may be somebody else's, or an old one. The command line resumes.
fn stops(one: &BadRange, entries: i64) -> bool {
    match one.tampering {
        Tampering::Unsigned | Tampering::RolledBack => true,
        // Entries are gone under a head that says how many there were, or the head is older than a checkpoint.
        Tampering::Truncated => one.upto > entries,
        _ => false,
    }
}

/// Whether it says nothing of the log itself, and so is not recorded in it. A checkpoint that is missing outside is written
/// again, an overdue one is signed; a file outside that is no checkpoint of this clinic is told until somebody removes it.
pub(super) const fn passes(tampering: Tampering) -> bool {
    matches!(tampering, Tampering::AnchorMissing | Tampering::CheckpointOverdue | Tampering::Anchor)
}

/// Checks the whole log and signs it. Damage under a head that this server signed is recorded in the log, and signing goes on:
/// the head proves what came after it. A log that was written before heads were signed is closed by one checkpoint, if it holds.
pub(super) async fn begin(app: &App, clinic: &Clinic) -> Result<Grown, Failed> {
    let mut found = examine(&app.core, clinic, Depth::Chain).await?;
    report(clinic, &found, app.core.now());
    let stop = |one: &&BadRange| {
        stops(one, found.verdict.entries) || (!clinic.trust.is_marked() && !passes(one.tampering))
    };
    let stop = found.fresh.iter().find(stop).map(BadRange::first);
    let is_short = found.tree.size() != found.verdict.entries.unsigned_abs();
    let truncated = FirstBad { seq: found.verdict.entries, id: None, tampering: Tampering::Truncated };
    if let Some(bad) = stop.or_else(|| is_short.then_some(truncated)) {
        clinic.trust.break_off(bad);
        return Ok(Grown { tree: found.tree, chain: found.chain });
    }
    let ranges: Vec<BadRange> = found.fresh.iter().filter(|one| !passes(one.tampering)).copied().collect();
    if !ranges.is_empty() {
        let record = Record { ranges, reason: None, checkpoint: None };
        app.writer.run(By::system(clinic.id), record).await?;
        found = examine(&app.core, clinic, Depth::Chain).await?;
        report(clinic, &found, app.core.now());
    }
    let grown = Grown { tree: found.tree, chain: found.chain };
    if !clinic.trust.is_marked() {
        app.writer.run(By::system(clinic.id), Bind(Keep::of(app, &grown))).await?;
        if clinic.trust.broken().is_none() {
            clinic.trust.mark();
        }
    } else if grown.size() > 0 {
        app.writer.run(By::system(clinic.id), Keep::of(app, &grown)).await?;
    }
    Ok(grown)
}

/// Checks the whole log beside the signing; whether it holds, or the log records already what does not.
pub(super) async fn holds(core: &Core, clinic: &Clinic) -> sqlx::Result<bool> {
    let found = examine(core, clinic, Depth::Chain).await?;
    report(clinic, &found, core.now());
    Ok(found.fresh.iter().all(|one| passes(one.tampering)))
}

/// Writes everything bad to the server's log, at each check of all of it.
fn report(clinic: &Clinic, found: &Examined, now: Timestamp) {
    clinic.trust.found(found.verdict.first_bad, now);
    for one in &found.verdict.bad {
        let since = one.recorded_at.map(|at| at.to_string());
        tracing::error!(clinic = %clinic.id, entry = one.seq, tampering = one.tampering.text(), from = one.from,
            upto = one.upto, recorded = one.recorded, since, "the audit log does not hold");
        if matches!(one.tampering, Tampering::AnchorMissing | Tampering::RolledBack) {
            tracing::error!(clinic = %clinic.id, anchored = found.promised, found = found.outside,
                entries = found.verdict.entries, "the checkpoints stored outside are not those of this log");
        }
    }
}

/// The quick look at a start, before anything is written: the head is signed, and as long as what was signed of it, here and
/// outside. Where it is shorter, the whole log is looked at: a cut may be recorded already.
///
/// # Errors
/// The database's.
pub async fn audit_open(core: &Core, conn: &mut Conn, clinic: &Clinic) -> sqlx::Result<()> {
    // Read in this order, since another node may sign meanwhile: the head only moves on.
    let outside = match anchor(core) {
        // A folder that cannot be read for a while keeps no clinic from working; no checkpoint is signed until it can be read.
        Some(anchor) => anchor.last(clinic.id, clinic.trust.verifier()).await.unwrap_or_else(|error| {
            tracing::error!(%error, "audit.anchor cannot be read");
            None
        }),
        None => None,
    };
    let outside = outside.map_or(0, |note| note.size);
    let last = super::store::checkpoint_last(conn, clinic.id).await?;
    let head = crate::writer::head(conn, clinic.id, false).await?;
    clinic.trust.take(&head);
    if last.max(outside) <= head.audit_seq {
        return Ok(());
    }
    tracing::error!(clinic = %clinic.id, entries = head.audit_seq, checkpoint = last, anchored = outside,
        "the audit log is shorter than what was signed of it");
    let is_older = outside > head.audit_seq;
    let found = if is_older { None } else { Some(examine(core, clinic, Depth::Chain).await?) };
    let is_known =
        found.is_some_and(|found| !found.fresh.iter().any(|one| stops(one, found.verdict.entries)));
    if !is_known {
        let tampering = if is_older { Tampering::RolledBack } else { Tampering::Truncated };
        clinic.trust.break_off(FirstBad { seq: head.audit_seq + 1, id: None, tampering });
    }
    Ok(())
}
