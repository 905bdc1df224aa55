//! Where passwords are hashed: on a few threads of the lowest priority, so that however many sign in at once, the queue
//! goes on.

use std::{
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use medlane_shared::fault::{Code, Fault};
use thread_priority::ThreadPriority;
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};

use crate::lock::hold;

/// Hashes that may wait: past this whoever comes is told to come back.
const WAITING: usize = 1_000;

type Work = Box<dyn FnOnce() + Send>;

/// The threads that hash; they end with this value.
#[derive(Debug)]
pub struct Checks {
    work: SyncSender<Work>,
    turns: Semaphore,
}

impl Checks {
    /// Starts so many; for 0 half as many as there are cores, so that one is always free.
    #[must_use]
    pub fn start(threads: usize) -> Self {
        let half = || thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1));
        let threads = if threads == 0 { half() } else { threads };
        let (send, receive) = sync_channel(WAITING);
        let receive = Arc::new(Mutex::new(receive));
        for n in 0..threads {
            let receive = Arc::clone(&receive);
            let started = thread::Builder::new().name(format!("hash {n}")).spawn(move || work(&receive));
            if let Err(error) = started {
                tracing::error!(%error, "a thread for passwords could not be started");
            }
        }
        // One more than hash, so that the next is ready when a thread is.
        Self { work: send, turns: Semaphore::new(threads + 1) }
    }

    /// A turn for everything that a sign-in does before its password is known to be right: however many come at once, their
    /// look-ups do not come at once.
    ///
    /// # Errors
    /// [`Code::Internal`].
    pub async fn turn(&self) -> Result<SemaphorePermit<'_>, Fault> {
        self.turns.acquire().await.map_err(|_| Code::Internal.into())
    }

    /// Does some work there.
    ///
    /// # Errors
    /// [`Code::Overloaded`].
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let (done, answer) = oneshot::channel();
        // Whoever asked may have gone.
        let work = Box::new(move || drop(done.send(work())));
        self.work.try_send(work).map_err(|_| Fault::new(Code::Overloaded).retry_after_s(1))?;
        answer.await.map_err(|_| Code::Internal.into())
    }
}

/// Lets every other thread go first. Niceness alone does not: Linux lets a thread finish its turn.
#[cfg(target_os = "linux")]
fn step_back() -> Result<(), thread_priority::Error> {
    use thread_priority::{
        NormalThreadSchedulePolicy, ThreadSchedulePolicy, set_thread_priority_and_policy, thread_native_id,
    };
    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle)
}

/// Lets every other thread go first.
#[cfg(not(target_os = "linux"))]
fn step_back() -> Result<(), thread_priority::Error> {
    thread_priority::set_current_thread_priority(ThreadPriority::Min)
}

fn work(receive: &Mutex<Receiver<Work>>) {
    if let Err(error) = step_back() {
        tracing::warn!(?error, "passwords are hashed at the same priority as everything else");
    }
    loop {
        // Let go before the work begins.
        let next = hold(receive).recv();
        match next {
            Ok(work) => work(),
            Err(_) => return,
        }
    }
}
