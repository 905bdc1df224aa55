//! An operation in the writer's queue, its type erased.

use std::time::Instant;

use futures_util::future::BoxFuture;
use medlane_shared::fault::{Code, Fault};
use tokio::sync::oneshot;
use tracing::Instrument as _;

use super::{
    by::By,
    failure::Failure,
    unit::{Op, Unit},
};

/// An operation in the writer's queue.
pub(super) trait Job: Send {
    fn by(&self) -> &By;
    fn asked(&self) -> &Asked;
    fn attempt<'a>(&'a mut self, unit: &'a mut Unit<'_>) -> BoxFuture<'a, Result<(), Failure>>;
    fn refuse(&mut self, fault: Fault);
    fn answer(self: Box<Self>);
}

/// When an operation was handed to the writer, and for which request.
pub(super) struct Asked {
    pub at: Instant,
    pub span: tracing::Span,
}

pub(super) struct Task<O: Op> {
    pub op: O,
    pub by: By,
    pub asked: Asked,
    pub out: Option<Result<O::Out, Fault>>,
    pub reply: oneshot::Sender<Result<O::Out, Fault>>,
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
