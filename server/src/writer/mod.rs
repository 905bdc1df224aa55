//! The one write path: operations wait in a bounded queue, run in batches of one transaction each, and are answered
//! after its commit.
//!
//! An operation decides before its first write, so that a refusal leaves nothing. Should one refuse later, or the database fail, the
//! batch is rolled back, and its operations run again one by one.

mod batch;
mod entry;
mod once;
mod store;
mod unit;
mod work;

use std::{future::Future, net::IpAddr, sync::Arc, time::Instant};

use futures_util::future::BoxFuture;
use medlane_shared::{
    access::{Actor, Refused},
    fault::{Code, Fault},
    ids::ClinicId,
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument as _;

pub use entry::{Entry, Noted};
pub use once::Once;
pub use store::{ChangeRow, Head, change_list, head, idempotency_prune};
pub use unit::{Done, Unit};

use crate::{
    app::Core,
    keys::{DoesNotOpen, DoesNotSeal},
};

/// Operations that wait at the most; beyond it callers are told to come back.
const WAITING_MAX: usize = 4_096;
/// Operations in one transaction at the most.
const BATCH_MAX: usize = 256;

/// Something that changes the clinic.
pub trait Op: Send + Sync + Sized + 'static {
    /// What it answers: ids and versions, nothing personal, since it is kept for repeated requests.
    type Out: Serialize + DeserializeOwned + Send + 'static;

    /// Loads, decides, writes. May run more than once, never twice with effect.
    fn run(&self, unit: &mut Unit<'_>) -> impl Future<Output = Result<Done<Self::Out>, Failure>> + Send;

    /// Whether the actor may still have the answer of the same request that was made before.
    fn still(&self, unit: &mut Unit<'_>) -> impl Future<Output = Result<(), Failure>> + Send {
        unit.allows(self)
    }
}

/// Why an operation did not take effect.
#[derive(Debug)]
pub enum Failure {
    /// A rule or a right stands against it.
    Refused(Fault),
    /// The database failed.
    Broken(sqlx::Error),
    /// It would have written: [`Unit::allows`] only asks whether it may.
    Tried,
}

/// Whether a fault says that the caller may not, or may not any more; not that something stands otherwise now.
fn is_right(fault: &Fault) -> bool {
    matches!(fault.code.status(), 401 | 403) || fault.code == Code::NotFound
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Refused(fault)
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self::Refused(code.into())
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused.into())
    }
}

impl From<DoesNotOpen> for Failure {
    fn from(error: DoesNotOpen) -> Self {
        Self::Broken(error.into())
    }
}

impl From<DoesNotSeal> for Failure {
    fn from(error: DoesNotSeal) -> Self {
        Self::Broken(error.into())
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Broken(error)
    }
}

/// On whose behalf an operation runs.
#[derive(Debug, Clone)]
pub struct By {
    /// Who.
    pub actor: Actor,
    /// From where.
    pub ip: Option<IpAddr>,
    /// How often it may take effect.
    pub once: Once,
    /// Whether the actor has proven within the last minutes, again, to be who they are.
    pub confirmed: bool,
}

impl By {
    /// The server itself.
    #[must_use]
    pub const fn system(clinic: ClinicId) -> Self {
        Self { actor: Actor::System { clinic }, ip: None, once: Once::No, confirmed: false }
    }
}

/// The way to the writer.
#[derive(Debug, Clone)]
pub struct Writer {
    jobs: mpsc::Sender<Box<dyn Job>>,
}

impl Writer {
    /// Starts the writer; it ends when the last handle is gone and the queue is empty. A batch for SQLite is a piece of work
    /// like a request, and runs among them: a thread of its own would have to be woken for each. PostgreSQL is waited for, and
    /// among the requests' tasks the writer would wait for its turn after every answer.
    #[must_use]
    pub fn start(core: Arc<Core>) -> (Self, tokio::task::JoinHandle<()>) {
        let (jobs, waiting) = mpsc::channel(WAITING_MAX);
        let is_far = core.db.postgres().is_some();
        let run = batch::run(core, waiting, BATCH_MAX);
        let runtime = tokio::runtime::Handle::current();
        let running = if is_far {
            tokio::task::spawn_blocking(move || runtime.block_on(run))
        } else {
            runtime.spawn(run)
        };
        (Self { jobs }, running)
    }

    /// Runs an operation; the answer comes after its commit. Dropping the future does not stop the operation.
    ///
    /// # Errors
    /// The fault that refused it; [`Code::Overloaded`] when too many wait.
    pub async fn run<O: Op>(&self, by: By, op: O) -> Result<O::Out, Fault> {
        let (reply, answer) = oneshot::channel();
        let asked = Asked { at: Instant::now(), span: tracing::Span::current() };
        let task = Task { op, by, asked, out: None, reply };
        self.jobs.try_send(Box::new(task)).map_err(|_| Fault::new(Code::Overloaded).retry_after_s(1))?;
        answer.await.unwrap_or_else(|_| Err(Code::Internal.into()))
    }

    /// How many operations wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    /// Looks whether another node has written, and publishes what it wrote.
    pub async fn look(&self, clinic: ClinicId) {
        // A look that finds the queue full is not needed: the batches in it look by themselves.
        drop(self.run(By::system(clinic), Look).await);
    }
}

/// Opens the clinic in a batch, which catches up with other nodes, and writes nothing.
struct Look;

impl Op for Look {
    type Out = ();
    async fn run(&self, _unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        Ok(Done::nothing())
    }
}

/// An operation as the writer handles it.
trait Job: Send {
    fn by(&self) -> &By;
    fn asked(&self) -> &Asked;
    fn attempt<'a>(&'a mut self, unit: &'a mut Unit<'_>) -> BoxFuture<'a, Result<(), Failure>>;
    fn refuse(&mut self, fault: Fault);
    fn answer(self: Box<Self>);
}

/// When an operation was handed to the writer, and for which request.
struct Asked {
    at: Instant,
    span: tracing::Span,
}

struct Task<O: Op> {
    op: O,
    by: By,
    asked: Asked,
    out: Option<Result<O::Out, Fault>>,
    reply: oneshot::Sender<Result<O::Out, Fault>>,
}

impl<O: Op> Job for Task<O> {
    fn by(&self) -> &By {
        &self.by
    }

    fn asked(&self) -> &Asked {
        &self.asked
    }

    fn attempt<'a>(&'a mut self, unit: &'a mut Unit<'_>) -> BoxFuture<'a, Result<(), Failure>> {
        let span = self.asked.span.clone();
        let runs = async move {
            if unit.is_known() {
                // The answer is kept longer than a right may last.
                self.op.still(unit).await?;
                let stored = unit.recall()?;
                let out =
                    serde_json::from_str(&stored).map_err(|_| Failure::from(Code::IdempotencyMismatch))?;
                self.out = Some(Ok(out));
                return Ok(());
            }
            let done = self.op.run(unit).await?;
            unit.sealed?;
            unit.follow().await?;
            unit.remember(&done.out)?;
            self.out = Some(Ok(done.out));
            Ok(())
        };
        Box::pin(runs.instrument(span))
    }

    fn refuse(&mut self, fault: Fault) {
        self.out = Some(Err(fault));
    }

    fn answer(self: Box<Self>) {
        // The caller may have gone; the effect stands.
        drop(self.reply.send(self.out.unwrap_or_else(|| Err(Code::Internal.into()))));
    }
}
