//! Hashes passwords on a few threads of the lowest priority, so that many sign-ins at once do not slow the queue
//! down.

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

/// The most hashes that may wait. Above it, callers are told to come back.
const WAITING: usize = 1_000;
/// If no hash is finished for this long, other programs use the whole machine. Then one hash at a time runs at normal
/// priority. Otherwise nobody could sign in during a backup, for example.
const STARVED: Duration = Duration::from_secs(2);

type Work = Arc<dyn Fn() + Send + Sync>;

/// The threads that hash. They end with this value.
#[derive(Debug)]
pub struct Checks {
    work: SyncSender<Work>,
    /// The thread that runs at normal priority.
    pressing: SyncSender<Work>,
    turns: Semaphore,
    finished: Arc<AtomicU64>,
}

impl Checks {
    /// Starts `threads` threads; for 0 half as many as there are cores, so that a core is always free.
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
                    tracing::warn!(?error, "password hashing keeps the normal priority");
                }
                run(&receive, &finished);
            });
        }
        let (pressing, receive) = sync_channel(WAITING);
        let of_all = Arc::clone(&finished);
        begin("hash now".to_owned(), move || run(&Mutex::new(receive), &of_all));
        // One permit more than threads, so that the next sign-in is ready when a thread is free.
        Self { work, pressing, turns: Semaphore::new(threads + 1), finished }
    }

    /// A turn for everything that a sign-in does before its password is known to be right. It limits how many
    /// sign-ins query the database at once.
    ///
    /// # Errors
    /// [`Code::Internal`] if the turns have ended.
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, Fault> {
        self.turns.acquire().await.map_err(|_| Code::Internal.into())
    }

    /// Runs some work on the threads. It may run twice at the same time, if the thread that began it gets no CPU
    /// time.
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
            // The caller may have gone, or may have the answer already.
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
        tracing::error!(%error, "a thread cannot be started");
    }
}

/// Lets every other thread go first. Niceness alone does not do that: Linux lets a thread finish its time slice.
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

/// Works until the senders are gone.
fn run(receive: &Mutex<Receiver<Work>>, finished: &AtomicU64) {
    loop {
        // The lock is released before the work begins.
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
