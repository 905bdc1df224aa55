//! The one write path: operations wait in a bounded queue, run in batches of one transaction each, and are answered
//! after its commit.
//!
//! An operation decides before its first write, so that a refusal leaves no trace. If one refuses later, or the
//! database fails, the batch is rolled back, and its operations run again one by one.

mod batch;
mod entry;
mod once;
mod refusals;
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
pub use refusals::Refusals;
pub use store::{ChangeRow, Head, change_list, head, idempotency_prune};
pub use unit::{Done, Unit};

use crate::{
    engine::Core,
    keys::{DoesNotOpen, DoesNotSeal},
};

/// The most operations that wait; further callers must retry later.
const WAITING_MAX: usize = 4_096;
/// The most operations in one transaction.
const BATCH_MAX: usize = 256;

/// An operation that changes a clinic.
pub trait Op: Send + Sync + Sized + 'static {
    /// The answer: ids and versions, nothing personal, because it is stored for repeated requests.
    type Out: Serialize + DeserializeOwned + Send + 'static;

    /// Loads, decides, writes. It may run more than once, but takes effect at most once.
    fn run(&self, unit: &mut Unit<'_>) -> impl Future<Output = Result<Done<Self::Out>, Failure>> + Send;

    /// Checks that the actor may still get the stored answer of the same request.
    fn still(&self, unit: &mut Unit<'_>) -> impl Future<Output = Result<(), Failure>> + Send {
        unit.allows(self)
    }
}

/// Why an operation did not take effect.
#[derive(Debug)]
pub enum Failure {
    /// A rule or a missing right forbids it.
    Refused(Fault),
    /// The database failed.
    Broken(sqlx::Error),
    /// It would have written, in a trial run of [`Unit::allows`].
    Tried,
}

/// Whether a fault says that the caller has no right, or has lost it. Other faults say that the state has changed.
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
    /// The actor.
    pub actor: Actor,
    /// The caller's address.
    pub ip: Option<IpAddr>,
    /// How often it may take effect.
    pub once: Once,
    /// Whether the actor has confirmed their identity within the last minutes.
    pub confirmed: bool,
}

impl By {
    /// An operation of the server itself.
    #[must_use]
    pub const fn system(clinic: ClinicId) -> Self {
        Self { actor: Actor::System { clinic }, ip: None, once: Once::No, confirmed: false }
    }
}

/// A handle of the writer.
#[derive(Debug, Clone)]
pub struct Writer {
    jobs: mpsc::Sender<Box<dyn Job>>,
}

impl Writer {
    /// Starts the writer; it ends when the last handle is dropped and the queue is empty. For SQLite it runs among
    /// the requests' tasks: a thread of its own would have to be woken for each batch. For PostgreSQL it has a thread
    /// of its own: among the requests' tasks it would wait for its turn after every answer of the database.
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
    /// The fault that refused it; [`Code::Overloaded`] if too many operations wait.
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

    /// Checks whether another node has written, and publishes its changes.
    pub async fn look(&self, clinic: ClinicId) {
        // With a full queue this check is not needed: the batches in it make it themselves.
        drop(self.run(By::system(clinic), Look).await);
    }
}

/// Opens the clinic in a batch, which catches up with other nodes. Writes nothing.
struct Look;

impl Op for Look {
    type Out = ();
    async fn run(&self, _unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        Ok(Done::nothing())
    }
}

/// An operation in the writer's queue.
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
                // The answer is stored for longer than a right may last.
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
        // The caller may be gone; the effect stays.
        drop(self.reply.send(self.out.unwrap_or_else(|| Err(Code::Internal.into()))));
    }
}
