//! Signs checkpoints of the log while the server runs. It begins by checking all that is there ([`super::begin`]).

use std::{sync::Arc, time::Duration};

use medlane_shared::{
    audit::{FirstBad, Tampering},
    ids::ClinicId,
};
use tokio::{sync::watch, time::Instant};

use super::{
    begin::{Failed, begin},
    grown::Grown,
    ops::{ENTRIES_MAX, Keep},
    outside::keep_outside,
    store,
};
use crate::{
    app::App,
    db::Conn,
    engine::{Clinic, Core},
    writer::By,
};

/// Entries read at once.
const PAGE: i64 = 2_000;
/// How often the log's growth is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long it waits, at most, before it checks the whole log again after that failed.
const AGAIN_MAX: Duration = Duration::from_mins(1);
/// How long the end of a server waits for the last checkpoints to be stored outside.
const STORED: Duration = Duration::from_secs(10);

/// What is kept of a clinic's log from one look to the next.
#[derive(Debug)]
struct Keeper {
    /// `None` before the first check of all of it, and after a look at which the log did not go on from the last one.
    grown: Option<Grown>,
    /// The size of the last checkpoint, for the task that stores it outside.
    signed: watch::Sender<i64>,
    /// When the whole log may be checked again, and the pause after that.
    again: (Instant, Duration),
}

/// Signs a checkpoint whenever enough time has passed or enough was written, until `closing`: nothing is written to the log
/// after that, so the last checkpoint is of all of it.
pub async fn keep(app: Arc<App>, clinic: ClinicId, mut closing: watch::Receiver<bool>) {
    let Ok(clinic) = app.core.clinics.get(clinic) else { return };
    let (signed, to_store) = watch::channel(0);
    let outside = tokio::spawn(keep_outside(app.core.clone(), clinic.clone(), to_store));
    let mut keeper = Keeper { grown: None, signed, again: (Instant::now(), LOOK) };
    let mut due = Instant::now();
    loop {
        let ends = *closing.borrow();
        let is_late = ends || Instant::now() >= due;
        // A folder outside that does not answer holds up no end of the server.
        let looked = tokio::select! {
            looked = keeper.look(&app, &clinic, is_late) => looked,
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
    drop(tokio::time::timeout(STORED, outside).await);
}

/// Waits until the server ends, and then for [`STORED`]: what is under way may finish.
async fn ended(mut closing: watch::Receiver<bool>) {
    drop(closing.wait_for(|closing| *closing).await);
    tokio::time::sleep(STORED).await;
}

impl Keeper {
    async fn look(&mut self, app: &App, clinic: &Clinic, is_late: bool) -> Result<(), Failed> {
        let Some(grown) = &mut self.grown else { return self.begin(app, clinic).await };
        if clinic.trust.broken().is_some() {
            return Ok(());
        }
        if !grow(&app.core, clinic, grown, is_late).await? {
            self.grown = None;
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
        let grown = begin(app, clinic).await?;
        self.again.1 = LOOK;
        self.store(clinic, grown.size());
        self.grown = Some(grown);
        Ok(())
    }

    fn store(&self, clinic: &Clinic, size: i64) {
        if clinic.trust.broken().is_none() {
            self.signed.send_replace(size);
        }
    }
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
    if conn.rollback().await.is_err() {
        conn.discard().await;
    }
    match read? {
        Some(bad) if bad.tampering == Tampering::Unsigned => {
            clinic.trust.break_off(bad);
            Ok(true)
        }
        found => Ok(found.is_none()),
    }
}

/// Reads the log on to its head, which has to carry our signature; the first entry that is not as it was signed.
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
