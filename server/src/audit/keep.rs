//! Signs checkpoints of the log while the server runs. It goes on from the last one ([`super::frontier`]), and checks all that is
//! there beside that ([`super::begin`]).

use std::{sync::Arc, time::Duration};

use medlane_shared::{audit::Tampering, ids::ClinicId};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{Instant, timeout},
};

use super::{
    begin::{Failed, begin, holds},
    frontier::{frontier, read_on},
    grown::Grown,
    ops::{ENTRIES_MAX, Keep},
    outside::keep_outside,
};
use crate::{
    app::App,
    engine::{Clinic, Core},
    writer::By,
};

/// How often the log's growth is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long it waits, at most, before it checks the whole log again after that failed.
const AGAIN_MAX: Duration = Duration::from_mins(1);
/// How long the end of a server waits for the last checkpoints to be stored outside, and for a check that is under way.
const STORED: Duration = Duration::from_secs(10);
/// How long after a check that failed the next one begins.
const CHECK_AGAIN: Duration = Duration::from_mins(1);

/// What is kept of a clinic's log from one look to the next.
#[derive(Debug)]
struct Keeper {
    /// `None` before the first check of all of it, and after a look at which the log did not go on from the last one.
    grown: Option<Grown>,
    /// The size of the last checkpoint, for the task that stores it outside.
    signed: watch::Sender<i64>,
    /// When the whole log may be checked again before it is signed on, and the pause after that.
    again: (Instant, Duration),
    /// The log is not what was looked at before, so all of it is checked before it is signed on.
    is_doubted: bool,
    /// The check of the whole log that runs beside the signing, and when the next one is due.
    checks: JoinSet<sqlx::Result<bool>>,
    check_at: Option<Instant>,
}

/// Signs a checkpoint whenever enough time has passed or enough was written, until `closing`: nothing is written to the log
/// after that, so the last checkpoint is of all of it.
pub async fn keep(app: Arc<App>, clinic: ClinicId, mut closing: watch::Receiver<bool>) {
    let Ok(clinic) = app.core.clinics.get(clinic) else { return };
    let (signed, to_store) = watch::channel(0);
    let outside = tokio::spawn(keep_outside(app.core.clone(), clinic.clone(), to_store));
    let mut keeper = Keeper::new(signed);
    let mut due = Instant::now();
    loop {
        let ends = *closing.borrow();
        let is_late = ends || Instant::now() >= due;
        // A folder outside that does not answer holds up no end of the server.
        let looked = tokio::select! {
            looked = keeper.looks(&app, &clinic, is_late, ends) => looked,
            () = ended(closing.clone()) => break,
        };
        if let Err(error) = looked {
            tracing::error!(%error, "a checkpoint of the audit log could not be kept");
        }
        if is_late {
            due = Instant::now() + Duration::from_secs(app.config.audit.checkpoint_s);
        }
        if ends {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = closing.wait_for(|closing| *closing) => {}
        }
    }
    drop(keeper);
    drop(timeout(STORED, outside).await);
}

/// Waits until the server ends, and then for [`STORED`]: what is under way may finish.
async fn ended(mut closing: watch::Receiver<bool>) {
    drop(closing.wait_for(|closing| *closing).await);
    tokio::time::sleep(STORED).await;
}

impl Keeper {
    fn new(signed: watch::Sender<i64>) -> Self {
        Self {
            grown: None,
            signed,
            again: (Instant::now(), LOOK),
            is_doubted: false,
            checks: JoinSet::new(),
            check_at: None,
        }
    }

    /// One look, and the check beside it. At the end a check that is under way may finish, and what it finds be recorded.
    async fn looks(
        &mut self,
        app: &App,
        clinic: &Arc<Clinic>,
        is_late: bool,
        ends: bool,
    ) -> Result<(), Failed> {
        self.look(app, clinic, is_late).await?;
        self.check(app, clinic);
        if !ends {
            return Ok(());
        }
        if let Some(checked) = self.checks.join_next().await {
            self.checked(app, checked.unwrap_or(Ok(true)));
        }
        if self.grown.is_none() { self.look(app, clinic, is_late).await } else { Ok(()) }
    }

    async fn look(&mut self, app: &App, clinic: &Clinic, is_late: bool) -> Result<(), Failed> {
        let Some(grown) = &mut self.grown else { return self.begin(app, clinic).await };
        if clinic.trust.broken().is_some() {
            return Ok(());
        }
        if !grow(&app.core, clinic, grown, is_late).await? {
            (self.grown, self.is_doubted) = (None, true);
            return Ok(());
        }
        let size = grown.size();
        let signed = *self.signed.borrow();
        if size > signed && (is_late || size - signed >= ENTRIES_MAX) {
            app.writer.run(By::system(clinic.id), Keep::of(app, grown)).await?;
            self.store(clinic, size);
        }
        Ok(())
    }

    async fn begin(&mut self, app: &App, clinic: &Clinic) -> Result<(), Failed> {
        let (at, pause) = self.again;
        let ends = *app.closing.borrow();
        if Instant::now() < at && !ends {
            return Ok(());
        }
        self.again = (Instant::now() + pause, (pause * 2).min(AGAIN_MAX));
        let last = if self.is_doubted { None } else { frontier(&app.core, clinic).await? };
        let grown = if let Some(grown) = last {
            app.writer.run(By::system(clinic.id), Keep::of(app, &grown)).await?;
            self.check_at = Some(Instant::now()).filter(|_| app.config.audit.check_s > 0);
            grown
        } else {
            let grown = begin(app, clinic).await?;
            self.check_at = next_check(app);
            grown
        };
        self.is_doubted = false;
        self.again.1 = LOOK;
        self.store(clinic, grown.size());
        self.grown = Some(grown);
        Ok(())
    }

    /// Begins a check of the whole log where one is due, and takes the answer of one that has ended.
    fn check(&mut self, app: &App, clinic: &Arc<Clinic>) {
        if let Some(checked) = self.checks.try_join_next() {
            self.checked(app, checked.unwrap_or(Ok(true)));
        }
        let is_due = self.check_at.is_some_and(|at| Instant::now() >= at);
        if is_due && self.checks.is_empty() && self.grown.is_some() && clinic.trust.broken().is_none() {
            let (core, clinic) = (app.core.clone(), clinic.clone());
            self.checks.spawn(async move { holds(&core, &clinic).await });
        }
    }

    fn checked(&mut self, app: &App, checked: sqlx::Result<bool>) {
        self.check_at = next_check(app);
        match checked {
            Ok(true) => {}
            // Something is bad that the log does not record: all of it is checked again, and that recorded.
            Ok(false) => (self.grown, self.is_doubted) = (None, true),
            Err(error) => {
                tracing::error!(%error, "the audit log could not be checked");
                self.check_at = Some(Instant::now() + CHECK_AGAIN);
            }
        }
    }

    fn store(&self, clinic: &Clinic, size: i64) {
        if clinic.trust.broken().is_none() {
            self.signed.send_replace(size);
        }
    }
}

/// When the whole log is checked next.
fn next_check(app: &App) -> Option<Instant> {
    let pause = Some(app.config.audit.check_s).filter(|seconds| *seconds > 0)?;
    Instant::now().checked_add(Duration::from_secs(pause))
}

/// Takes in what this node has added; reads the log where another has, and where a checkpoint is due. `false` where the log is
/// not the one that was looked at before: then all of it is checked again.
async fn grow(core: &Core, clinic: &Clinic, grown: &mut Grown, is_due: bool) -> sqlx::Result<bool> {
    let mut is_behind = is_due;
    for (seq, leaf) in clinic.leaves.take() {
        if seq == grown.size() + 1 {
            grown.push(leaf);
        }
        is_behind |= seq > grown.size();
    }
    if !is_behind {
        return Ok(true);
    }
    let mut conn = core.db.read().await?;
    conn.begin_read().await?;
    let read = read_on(&mut conn, clinic, grown).await;
    conn.end_read().await;
    match read? {
        Some(bad) if bad.tampering == Tampering::Unsigned => {
            clinic.trust.break_off(bad);
            Ok(true)
        }
        found => Ok(found.is_none()),
    }
}
