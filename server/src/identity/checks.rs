//! Where passwords are hashed: on a few threads of the lowest priority, so that however many sign in at once, the queue
//! goes on.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use medlane_shared::fault::{Code, Fault};
use thread_priority::ThreadPriority;
use tokio::{
    sync::{Semaphore, SemaphorePermit, oneshot},
    time::timeout,
};

use crate::lock::hold;

/// Hashes that may wait: past this whoever comes is told to come back.
const WAITING: usize = 1_000;
/// While nothing at all is finished for so long, something else has the whole machine: then one hash at a time no longer
/// lets it go first, or nobody could sign in beside a backup.
const STARVED: Duration = Duration::from_secs(2);

type Work = Arc<dyn Fn() + Send + Sync>;

/// The threads that hash; they end with this value.
#[derive(Debug)]
pub struct Checks {
    work: SyncSender<Work>,
    /// The thread that lets nothing else go first.
    pressing: SyncSender<Work>,
    turns: Semaphore,
    finished: Arc<AtomicU64>,
}

impl Checks {
    /// Starts so many; for 0 half as many as there are cores, so that one is always free.
    #[must_use]
    pub fn start(threads: usize) -> Self {
        let half = || thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1));
        let threads = if threads == 0 { half() } else { threads };
        let finished = Arc::new(AtomicU64::new(0));
        let (work, receive) = sync_channel(WAITING);
        let receive = Arc::new(Mutex::new(receive));
        for n in 0..threads {
            let (receive, finished) = (Arc::clone(&receive), Arc::clone(&finished));
            begin(format!("hash {n}"), move || {
                if let Err(error) = step_back() {
                    tracing::warn!(?error, "passwords are hashed at the same priority as everything else");
                }
                run(&receive, &finished);
            });
        }
        let (pressing, receive) = sync_channel(WAITING);
        let of_all = Arc::clone(&finished);
        begin("hash now".to_owned(), move || run(&Mutex::new(receive), &of_all));
        // One more than hash, so that the next is ready when a thread is.
        Self { work, pressing, turns: Semaphore::new(threads + 1), finished }
    }

    /// A turn for everything that a sign-in does before its password is known to be right: however many come at once, their
    /// look-ups do not come at once.
    ///
    /// # Errors
    /// [`Code::Internal`].
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, Fault> {
        self.turns.acquire().await.map_err(|_| Code::Internal.into())
    }

    /// Does some work there: once, or twice at the same time where a thread that began it is starved.
    ///
    /// # Errors
    /// [`Code::Overloaded`].
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl Fn() -> T + Send + Sync + 'static,
    ) -> Result<T, Fault> {
        let (done, mut answer) = oneshot::channel();
        let done = Mutex::new(Some(done));
        let work: Work = Arc::new(move || {
            // Whoever asked may have gone, or have the answer.
            if hold(&done).as_ref().is_some_and(|done| !done.is_closed()) {
                let found = work();
                let done = hold(&done).take();
                drop(done.map(|done| done.send(found)));
            }
        });
        let full = |_| Fault::new(Code::Overloaded).retry_after_s(1);
        self.work.try_send(Arc::clone(&work)).map_err(full)?;
        let mut before = self.finished.load(Ordering::Relaxed);
        loop {
            if let Ok(answer) = timeout(STARVED, &mut answer).await {
                return answer.map_err(|_| Code::Internal.into());
            }
            let now = self.finished.load(Ordering::Relaxed);
            if now == before {
                self.pressing.try_send(Arc::clone(&work)).map_err(full)?;
                return answer.await.map_err(|_| Code::Internal.into());
            }
            before = now;
        }
    }
}

pub(super) fn begin(name: String, work: impl FnOnce() + Send + 'static) {
    if let Err(error) = thread::Builder::new().name(name).spawn(work) {
        tracing::error!(%error, "a thread could not be started");
    }
}

/// Lets every other thread go first. Niceness alone does not: Linux lets a thread finish its turn.
#[cfg(target_os = "linux")]
pub(super) fn step_back() -> Result<(), thread_priority::Error> {
    use thread_priority::{
        NormalThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
    };
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle)
}

/// Lets every other thread go first.
#[cfg(not(target_os = "linux"))]
pub(super) fn step_back() -> Result<(), thread_priority::Error> {
    thread_priority::set_current_thread_priority(ThreadPriority::Min)
}

/// Works until nobody can ask any more.
fn run(receive: &Mutex<Receiver<Work>>, finished: &AtomicU64) {
    loop {
        // Let go before the work begins.
        let next = hold(receive).recv();
        let Ok(work) = next else { return };
        work();
        finished.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_waits_for_a_thread_that_is_starved() {
        let checks = Checks::start(1);
        let (release, starved) = sync_channel::<()>(0);
        let starved = Mutex::new(starved);
        let check = move || {
            if thread::current().name() == Some("hash 0") {
                assert!(hold(&starved).recv().is_err(), "nothing is sent");
            }
            7
        };
        assert_eq!(checks.run(check).await.unwrap(), 7);
        assert_eq!(checks.run(|| 8).await.unwrap(), 8);
        drop(release);
        assert_eq!(checks.run(|| 9).await.unwrap(), 9);
    }
}
