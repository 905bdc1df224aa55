//! Signs checkpoints of the log while the server runs. It starts by examining the whole log. A log that does not
//! extend the checkpoints signed before, in the database or outside, is not signed.

use std::{
    error::Error,
    sync::{Arc, Mutex},
    time::Duration,
};

use medlane_shared::{
    audit::{FirstBad, Hash, Tampering, Tree, chain},
    ids::ClinicId,
};

use super::{
    anchor,
    note::{Due, Note},
    store,
    verify::{Depth, Examined, examine},
};
use crate::{
    app::{App, Core},
    db::Conn,
    engine::Clinic,
    lock::hold,
    writer::{By, Done, Failure, Op, Unit},
};

/// The most entries between two checkpoints.
const ENTRIES_MAX: i64 = 1_000;
/// How many entries are read at once.
const PAGE: i64 = 2_000;
/// How often the log's growth is checked.
const LOOK: Duration = Duration::from_secs(1);
/// The most leaf hashes in memory until the next check. Above it, the log is read from the database instead.
const LEAVES_MAX: usize = 65_536;

type Failed = Box<dyn Error + Send + Sync>;

/// The leaf hashes that this node has committed, with their numbers. A checkpoint grows from these, so it covers what
/// the server decided, not what the database says later. A busy log need not be read back either.
#[derive(Debug, Default)]
pub struct Leaves(Mutex<Vec<(i64, Hash)>>);

impl Leaves {
    /// Adds the hashes of a commit.
    pub fn add(&self, mut leaves: Vec<(i64, Hash)>) {
        let mut kept = hold(&self.0);
        if kept.len() + leaves.len() > LEAVES_MAX {
            kept.clear();
        }
        kept.append(&mut leaves);
    }

    fn take(&self) -> Vec<(i64, Hash)> {
        std::mem::take(&mut hold(&self.0))
    }
}

/// The examined part of the log.
#[derive(Debug, Clone)]
struct Grown {
    tree: Tree,
    chain: Hash,
}

impl Grown {
    fn size(&self) -> i64 {
        i64::try_from(self.tree.size()).unwrap_or(i64::MAX)
    }

    fn push(&mut self, leaf: Hash) {
        self.chain = chain(&self.chain, &leaf);
        self.tree.push(leaf);
    }
}

/// The state of a clinic's log between two checks.
#[derive(Debug, Default)]
struct Keeper {
    /// `None` until the whole log was examined.
    grown: Option<Grown>,
    /// The size of the last checkpoint.
    signed: i64,
    /// The size of the last checkpoint that is known to be outside too.
    anchored: i64,
}

/// Signs a checkpoint when enough time has passed or enough entries were written, until the server ends.
pub async fn keep(app: Arc<App>, clinic: ClinicId) {
    let Ok(clinic) = app.core.clinics.get(clinic) else { return };
    let mut keeper = Keeper::default();
    let mut due = tokio::time::Instant::now();
    let mut closing = app.closing.clone();
    loop {
        let ends = *closing.borrow();
        let is_late = ends || tokio::time::Instant::now() >= due;
        if let Err(error) = keeper.look(&app, &clinic, is_late).await {
            tracing::error!(%error, "a checkpoint of the audit log cannot be made");
        }
        if is_late {
            due = tokio::time::Instant::now() + Duration::from_secs(app.config.audit.checkpoint_s);
        }
        if ends {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = closing.wait_for(|closing| *closing) => {}
        }
    }
}

impl Keeper {
    async fn look(&mut self, app: &App, clinic: &Clinic, is_late: bool) -> Result<(), Failed> {
        match &mut self.grown {
            None => {
                let grown = begin(app, clinic).await?;
                self.signed = grown.size();
                self.grown = Some(grown);
            }
            Some(_) if clinic.trust.broken().is_some() => return Ok(()),
            Some(grown) => {
                grow(&app.core, clinic, grown, is_late).await?;
                let size = grown.size();
                if size > self.signed && (is_late || size - self.signed >= ENTRIES_MAX) {
                    app.writer.run(By::system(clinic.id), Keep::of(app, grown)).await?;
                    self.signed = size;
                }
            }
        }
        if self.anchored < self.signed && clinic.trust.broken().is_none() {
            fill(&app.core, clinic, self.anchored).await?;
            self.anchored = self.signed;
        }
        Ok(())
    }
}

/// Examines the whole log before any of it is signed. A valid log from before heads were signed is closed by one
/// checkpoint.
async fn begin(app: &App, clinic: &Clinic) -> Result<Grown, Failed> {
    let Examined { verdict, tree, chain } = examine(&app.core, clinic, Depth::Chain).await?;
    let grown = Grown { tree, chain };
    match verdict.first_bad {
        // A checkpoint that is missing outside is written there again, and an overdue one is signed now.
        None | Some(FirstBad { tampering: Tampering::AnchorMissing | Tampering::CheckpointOverdue, .. }) => {}
        Some(bad) => {
            clinic.trust.break_off(bad);
            return Ok(grown);
        }
    }
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

/// Adds the entries of this node. Reads the log if another node has written, or if a checkpoint is due.
async fn grow(core: &Core, clinic: &Clinic, grown: &mut Grown, is_due: bool) -> sqlx::Result<()> {
    let mut is_behind = is_due;
    for (seq, leaf) in clinic.leaves.take() {
        if seq == grown.size() + 1 {
            grown.push(leaf);
        }
        is_behind |= seq > grown.size();
    }
    if !is_behind {
        return Ok(());
    }
    let mut conn = core.db.read().await?;
    conn.begin_read().await?;
    let read = read_on(&mut conn, clinic, grown).await;
    if conn.rollback().await.is_err() {
        conn.discard().await;
    }
    if let Some(bad) = read? {
        clinic.trust.break_off(bad);
    }
    Ok(())
}

/// Reads the log up to its head, which must have this server's signature. Returns the first entry that differs from
/// what was signed.
async fn read_on(conn: &mut Conn, clinic: &Clinic, grown: &mut Grown) -> sqlx::Result<Option<FirstBad>> {
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

/// Copies the checkpoints after a size to the anchor folder, if one is configured.
async fn fill(core: &Core, clinic: &Clinic, since: i64) -> Result<(), Failed> {
    let Some(folder) = &core.anchor else { return Ok(()) };
    let notes = {
        let mut conn = core.db.read().await?;
        store::checkpoint_list(&mut conn, clinic.id, since).await?
    };
    let notes: Vec<_> = notes.into_iter().map(|row| (row.size, row.note)).collect();
    Ok(anchor::anchor_fill(folder, clinic.id, &notes).await?)
}

/// A quick check at the start, before anything is written: the head is signed, and is not behind the checkpoints in
/// the database and outside.
///
/// # Errors
/// An error of the database.
pub async fn audit_open(core: &Core, conn: &mut Conn, clinic: &Clinic) -> sqlx::Result<()> {
    // The order matters, because another node may sign meanwhile: the head only moves forward.
    let outside = match &core.anchor {
        // If the folder is absent for a while, the clinic still works, but no checkpoint is signed until the folder
        // can be read.
        Some(folder) => anchor::anchor_last(folder, clinic.id).await.unwrap_or_else(|error| {
            tracing::error!(%error, folder = %folder.display(), "audit.anchor cannot be read");
            0
        }),
        None => 0,
    };
    let last = store::checkpoint_last(conn, clinic.id).await?;
    let head = crate::writer::head(conn, clinic.id, false).await?;
    clinic.trust.take(&head);
    if last.max(outside) > head.audit_seq {
        let tampering = if outside > head.audit_seq { Tampering::RolledBack } else { Tampering::Truncated };
        clinic.trust.break_off(FirstBad { seq: head.audit_seq + 1, id: None, tampering });
    }
    Ok(())
}

/// Stores a checkpoint. It writes no audit entry, because the log would then grow for ever.
struct Keep {
    grown: Grown,
    seconds: i64,
    anchored: bool,
}

impl Keep {
    fn of(app: &App, grown: &Grown) -> Self {
        let seconds = i64::try_from(app.config.audit.checkpoint_s).unwrap_or(i64::MAX);
        Self { grown: grown.clone(), seconds, anchored: app.core.anchor.is_some() }
    }

    /// Signs the checkpoint if it extends the last one. Another node may have signed a later one meanwhile.
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
        store::checkpoint_insert(unit.writes().await?, clinic, size, &note, at).await?;
        unit.checkpoint(size);
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

/// Closes a log from before heads were signed. From now on every head is signed.
struct Bind(Keep);

impl Op for Bind {
    type Out = ();
    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let clinic = unit.clinic();
        if unit.trust().broken().is_some() {
            return Ok(unit.commit_unaudited());
        }
        unit.trust().bind();
        let wrapped = unit.clinic_key().bound(&unit.core().keys.root, clinic)?;
        store::key_mark(unit.writes().await?, clinic, wrapped).await?;
        self.0.sign(unit).await?;
        // The end of the batch signs the head, whether or not there is a checkpoint.
        unit.checkpoint(unit.head().checkpoint);
        Ok(unit.commit_unaudited())
    }
}
