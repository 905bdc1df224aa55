//! The writer's task: runs the waiting operations in one transaction and, if it fails, again one by one.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Instant};

use futures_util::FutureExt as _;
use medlane_shared::{fault::Code, ids::ClinicId, time::Timestamp};
use tokio::{sync::mpsc, task::yield_now};
use tracing::Instrument as _;

use super::{
    failure::Failure,
    job::Job,
    once::Once,
    store::{self, Head, idempotency_list},
    unit::Unit,
    work::Work,
};
use crate::{
    db::{Conn, Script, Tx, Value},
    engine::{Clinic, Core, News},
};

/// How often a single operation is tried if the database asks for a retry.
const TRIES: u32 = 4;
/// How many changes are read at once to catch up with another node.
const CATCH_UP: i64 = 500;

/// Runs the waiting operations until every handle is dropped.
pub(super) async fn run(core: Arc<Core>, mut waiting: mpsc::Receiver<Box<dyn Job>>, batch_max: usize) {
    let mut desk = Desk { core: &core, tx: Tx::new(core.db.clone()), works: HashMap::new() };
    let mut jobs = Vec::new();
    while waiting.recv_many(&mut jobs, batch_max).await > 0 {
        // Requests that are ready run first, so that their operations join this batch.
        yield_now().await;
        while jobs.len() < batch_max
            && let Ok(job) = waiting.try_recv()
        {
            jobs.push(job);
        }
        desk.settle_all(std::mem::take(&mut jobs)).await;
    }
}

/// Why a batch was rolled back.
enum Rolled {
    /// The database failed.
    Broken(sqlx::Error),
    /// An operation refused after it had written, or panicked.
    Again,
}

impl From<sqlx::Error> for Rolled {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error)
    }
}

/// Whether a retry may help: after a serialization failure or a deadlock in PostgreSQL, while SQLite is busy, or
/// after a lost connection.
fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => {
            error.code().is_some_and(|code| code == "40001" || code == "40P01" || code == "5")
        }
        sqlx::Error::Io(_) | sqlx::Error::PoolClosed => true,
        _ => false,
    }
}

/// What the writer keeps from one batch to the next.
struct Desk<'a> {
    core: &'a Core,
    tx: Tx,
    works: HashMap<ClinicId, Work>,
}

/// Where a batch begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// Where the last one ended. On SQLite only the command line writes besides this writer: if it has written, the
    /// commit fails, and the head is read.
    Believed,
    /// At the head in the database, read and locked.
    Read,
}

impl Desk<'_> {
    /// Runs operations in one transaction and, if it fails, one by one.
    async fn settle_all(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        self.core.metrics.begins(jobs.iter().map(|job| job.asked().at.elapsed()));
        if self.settle(&mut jobs, Start::Believed).await.is_err() {
            self.forget().await;
            for job in &mut jobs {
                self.settle_alone(job).await;
            }
        }
        // Answered in a task among the requests' tasks: there it costs almost nothing to wake those who wait.
        tokio::spawn(async move {
            for job in jobs {
                job.answer();
            }
        });
    }

    async fn settle_alone(&mut self, job: &mut Box<dyn Job>) {
        for attempt in 1..=TRIES {
            let settled = self.settle(std::slice::from_mut(job), Start::Read).await;
            if settled.is_err() {
                self.forget().await;
            }
            match settled {
                // An operation that refused after it had written has its answer: the rollback removed its writes.
                Ok(()) | Err(Rolled::Again) => return,
                Err(Rolled::Broken(error)) if attempt < TRIES && is_transient(&error) => {}
                Err(Rolled::Broken(error)) => {
                    tracing::error!(%error, "an operation failed");
                    return job.refuse(Code::Internal.into());
                }
            }
        }
    }

    /// Runs the operations, commits, and publishes the changes.
    async fn settle(&mut self, jobs: &mut [Box<dyn Job>], start: Start) -> Result<(), Rolled> {
        let answers = self.decide(jobs, start).await?;
        let mut script = Script::default();
        let is_shared = self.tx.is_shared();
        for work in self.works.values_mut().filter(|work| work.opened) {
            work.close(&mut script, is_shared);
        }
        script.insert("insert into idempotency (id, body_hash, answer, at_ms)", "", answers);
        let (span, began) = (tracing::debug_span!("commit", operations = jobs.len()), Instant::now());
        for job in &*jobs {
            span.follows_from(&job.asked().span);
        }
        self.tx.commit(script).instrument(span).await?;
        self.core.metrics.commit.observe(began.elapsed().as_secs_f64());
        for job in &*jobs {
            job.asked().span.in_scope(|| tracing::debug!("committed"));
        }
        for work in self.works.values_mut().filter(|work| work.opened) {
            work.publish();
        }
        Ok(())
    }

    /// Runs each operation on the state that the earlier ones left, and returns the answers to store.
    async fn decide(&mut self, jobs: &mut [Box<dyn Job>], start: Start) -> Result<Vec<Vec<Value>>, Rolled> {
        let Self { core, tx, works } = self;
        let keys: Vec<String> = jobs
            .iter()
            .filter_map(|job| match &job.by().once {
                Once::Key { id, .. } => Some(id.clone()),
                Once::No => None,
            })
            .collect();
        let (mut known, mut answers) = (HashMap::new(), Vec::new());
        if !keys.is_empty() {
            known = idempotency_list(tx.early().await?, &keys).await?;
        }
        let alone = jobs.len() == 1;
        for job in jobs {
            let Ok(clinic) = core.clinics.get(job.by().actor.clinic()) else {
                job.refuse(Code::NotFound.into());
                continue;
            };
            let work = open(core, tx, works, clinic, start).await?;
            let (by, at) = (job.by().clone(), core.now());
            let (known, answers) = (&mut known, &mut answers);
            let mut unit = Unit {
                core,
                tx,
                work,
                known,
                answers,
                by,
                at,
                dirty: false,
                trial: false,
                news: Vec::new(),
                sealed: Ok(()),
            };
            match AssertUnwindSafe(job.attempt(&mut unit)).catch_unwind().await {
                Ok(Ok(())) => {}
                Ok(Err(Failure::Refused(fault))) => {
                    let dirty = unit.dirty;
                    job.refuse(fault);
                    if dirty {
                        return Err(Rolled::Again);
                    }
                }
                Ok(Err(Failure::Broken(error))) => return Err(error.into()),
                // Only a trial run ends in this way, and `Unit::allows` handles it.
                Ok(Err(Failure::Tried)) => job.refuse(Code::Internal.into()),
                Err(_panic) => {
                    tracing::error!(alone, "an operation panicked");
                    job.refuse(Code::Internal.into());
                    return Err(Rolled::Again);
                }
            }
        }
        Ok(answers)
    }

    /// Drops the copies in memory, which may hold writes that were rolled back; they are read again.
    async fn forget(&mut self) {
        self.works.clear();
        self.tx.roll_back().await;
    }
}

/// The clinic's part of the batch. If other nodes write, or may have written, the head is read and locked, and their
/// changes are applied first.
async fn open<'a>(
    core: &Core,
    tx: &mut Tx,
    works: &'a mut HashMap<ClinicId, Work>,
    clinic: Arc<Clinic>,
    start: Start,
) -> Result<&'a mut Work, Rolled> {
    let id = clinic.id;
    let is_open = works.get(&id).is_some_and(|work| work.opened);
    let is_read = start == Start::Read || tx.is_shared() || !works.contains_key(&id);
    if !is_open && is_read {
        let conn = tx.conn().await?;
        let head = store::head(conn, id, true).await?;
        // A head that this node did not write must carry the server's signature.
        let logged = |head: &Head| (head.audit_seq, head.audit_hash, head.checkpoint, head.signature);
        if works.get(&id).is_none_or(|work| logged(&work.head) != logged(&head)) {
            clinic.trust.take(&head);
        }
        let work = works.entry(id).or_insert_with(|| {
            let at = clinic.head();
            Work::new(clinic, &core.rooms, Head { epoch: at.epoch, seq: at.seq, ..head })
        });
        while work.head.seq < head.seq {
            catch_up(core, conn, work).await?;
        }
        work.head = head;
    }
    let work = works.get_mut(&id).ok_or(Rolled::Again)?;
    if !is_open {
        work.before = work.head;
        work.opened = true;
    }
    Ok(work)
}

/// Reads a part of the feed that another node wrote, and applies it.
async fn catch_up(core: &Core, conn: &mut Conn, work: &mut Work) -> Result<(), Rolled> {
    let changes = store::change_list(conn, work.clinic.number, work.head.seq, CATCH_UP).await?;
    let (Some(first), Some(last)) = (changes.first(), changes.last()) else {
        return Err(sqlx::Error::Decode("the feed has a gap".into()).into());
    };
    if first.seq != work.head.seq + 1 {
        return Err(sqlx::Error::Decode("the feed has a gap".into()).into());
    }
    core.metrics.lags(core.now().since_ms(Timestamp::from_ms(first.at_ms)));
    work.head.seq = last.seq;
    work.catch_up(conn, &core.root, &changes, News::Elsewhere).await?;
    Ok(())
}
