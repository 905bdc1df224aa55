//! The operations that sign checkpoints.

use medlane_shared::audit::{FirstBad, Tampering};

use super::{
    anchor::anchor,
    grown::Grown,
    note::{Due, Note},
    store,
};
use crate::{
    app::App,
    engine::Core,
    keys::key_mark,
    writer::{Done, Failure, Op, Unit},
};

/// A checkpoint after this many entries at the latest.
pub(super) const ENTRIES_MAX: i64 = 1_000;

/// Keeps a checkpoint. It is no entry of the log itself: each would ask for another.
pub(super) struct Keep {
    grown: Grown,
    seconds: i64,
    anchored: bool,
}

impl Keep {
    pub fn of(app: &App, grown: &Grown) -> Self {
        let seconds = i64::try_from(app.config.audit.checkpoint_s).unwrap_or(i64::MAX);
        Self { grown: grown.clone(), seconds, anchored: anchor(&app.core).is_some() }
    }

    /// At the command line: the server that runs next signs the next one.
    pub fn resumed(core: &Core, grown: Grown) -> Self {
        Self { grown, seconds: 86_400, anchored: anchor(core).is_some() }
    }

    /// Signs it, if it extends what was signed before; another node may have gone further meanwhile.
    async fn sign(&self, unit: &mut Unit<'_>) -> Result<(), Failure> {
        let (clinic, at, head) = (unit.clinic(), unit.at(), unit.head());
        let size = self.grown.size();
        if size <= head.checkpoint || size > head.audit_seq || unit.trust().broken().is_some() {
            return Ok(());
        }
        if size == head.audit_seq && self.grown.chain != head.audit_hash {
            let bad = FirstBad { seq: head.checkpoint + 1, id: None, tampering: Tampering::Changed };
            unit.trust().break_off(bad);
            return Ok(());
        }
        let (entries, previous) = (ENTRIES_MAX, head.checkpoint);
        let due = Due { at, entries, seconds: self.seconds, previous, anchored: self.anchored };
        let note = Note::of(&self.grown.tree, due).signed(clinic, unit.trust().key());
        if store::checkpoint_insert(unit.writes().await?, clinic, size, &note, at).await? {
            unit.checkpoint(size);
        }
        Ok(())
    }
}

impl Op for Keep {
    type Out = ();
    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        self.sign(unit).await?;
        Ok(unit.commit_unaudited())
    }
}

/// Closes a log that was written before heads were signed: from here on each is.
pub(super) struct Bind(pub Keep);

impl Op for Bind {
    type Out = ();
    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let clinic = unit.clinic();
        if unit.trust().broken().is_some() {
            return Ok(unit.commit_unaudited());
        }
        unit.trust().bind();
        let wrapped = unit.clinic_key().bound(&unit.core().root, clinic)?;
        key_mark(unit.writes().await?, clinic, wrapped).await?;
        self.0.sign(unit).await?;
        // The batch's end signs the head, be there a checkpoint or not.
        unit.checkpoint(unit.head().checkpoint);
        Ok(unit.commit_unaudited())
    }
}
