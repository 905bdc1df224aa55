//! The one write path: operations wait in a bounded queue, run in batches of one transaction each, and are answered
//! after its commit.
//!
//! An operation decides before its first write, so that a refusal leaves no trace. If one refuses later, or the
//! database fails, the batch is rolled back, and its operations run again one by one.

mod batch;
mod by;
mod entry;
mod failure;
mod job;
mod log;
mod noted;
mod once;
mod refusals;
mod store;
mod unit;
mod work;

use std::{sync::Arc, time::Instant};

use medlane_shared::{
    fault::{Code, Fault},
    ids::ClinicId,
};
use tokio::sync::{mpsc, oneshot};

pub use by::By;
pub use entry::Entry;
pub use failure::Failure;
pub use noted::Noted;
pub use once::Once;
pub use refusals::Refusals;
pub use store::{ChangeRow, Head, change_list, change_prune, head, idempotency_prune};
pub use unit::{Done, Op, Unit};

use super::core::Core;
use job::{Asked, Job, Task};

/// The most operations that wait; further callers must retry later.
const WAITING_MAX: usize = 4_096;
/// The most operations in one transaction.
const BATCH_MAX: usize = 256;

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
