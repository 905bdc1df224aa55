//! Decodes pictures one at a time on a thread of its own, so that passwords do not wait for pictures.

use std::{
    collections::{HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex,
        mpsc::{SyncSender, sync_channel},
    },
    time::Duration,
};

use medlane_shared::{
    fault::{Code, Fault},
    identity::{Attempts, Limit},
    ids::PersonId,
    time::Timestamp,
};
use tokio::{
    sync::{Semaphore, SemaphorePermit, oneshot},
    time::timeout,
};

use crate::{
    identity::checks::{begin, step_back},
    lock::hold,
};

/// How many received pictures may wait at once. Each needs 40 MB until it is decoded.
const AT_ONCE: usize = 4;
/// How long a picture waits for one of those places.
const WAITS: Duration = Duration::from_secs(5);
/// When a caller who found no place may try again, in seconds.
const RETRY_S: u32 = 10;
const HOUR_MS: i64 = 3_600_000;
/// The most counts in memory. Above it, those whose window has ended are dropped.
const KEPT_MAX: usize = 10_000;

type Work = Box<dyn FnOnce() + Send>;

/// The thread that decodes pictures, and the counts of each person's pictures.
#[derive(Debug)]
pub struct Pictures {
    work: SyncSender<Work>,
    turns: Semaphore,
    waits: Duration,
    people: Mutex<People>,
}

#[derive(Debug, Default)]
struct People {
    /// People with an upload in progress.
    busy: HashSet<PersonId>,
    counts: HashMap<PersonId, Attempts>,
}

/// The turn of a received picture. Dropping it frees the place.
#[derive(Debug)]
pub struct PictureTurn<'a> {
    _sending: Upload<'a>,
    _place: SemaphorePermit<'a>,
}

/// A person's upload in progress, from before its first byte is read until this value is dropped.
#[derive(Debug)]
pub struct Upload<'a> {
    pictures: &'a Pictures,
    person: PersonId,
}

impl Drop for Upload<'_> {
    fn drop(&mut self) {
        hold(&self.pictures.people).busy.remove(&self.person);
    }
}

impl Default for Pictures {
    /// Starts the thread; it ends with this value.
    fn default() -> Self {
        let (work, receive) = sync_channel::<Work>(AT_ONCE);
        begin("pictures".to_owned(), move || {
            if let Err(error) = step_back() {
                tracing::warn!(?error, "decoding pictures keeps the normal priority");
            }
            while let Ok(work) = receive.recv() {
                work();
            }
        });
        Self { work, turns: Semaphore::new(AT_ONCE), waits: WAITS, people: Mutex::default() }
    }
}

impl Pictures {
    /// Waits for the turn of a completely received picture. A slow upload does not occupy a place.
    ///
    /// # Errors
    /// [`Code::Overloaded`] if all places stay taken for too long.
    pub async fn turn<'a>(&'a self, sending: Upload<'a>) -> Result<PictureTurn<'a>, Fault> {
        let place = timeout(self.waits, self.turns.acquire()).await;
        let place = place.map_err(|_| Fault::new(Code::Overloaded).retry_after_s(RETRY_S))?;
        Ok(PictureTurn { _sending: sending, _place: place.map_err(|_| Code::Internal)? })
    }

    /// Begins a person's upload: one at a time, and at most `an_hour` in an hour; 0 for no limit.
    ///
    /// # Errors
    /// [`Code::RateLimited`].
    pub fn sends(&self, person: PersonId, an_hour: u32, now: Timestamp) -> Result<Upload<'_>, Fault> {
        let limit = Limit { window_ms: HOUR_MS, max: an_hour, grows: false };
        let mut people = hold(&self.people);
        if people.busy.contains(&person) {
            return Err(Fault::new(Code::RateLimited).retry_after_s(RETRY_S));
        }
        if an_hour > 0 {
            if people.counts.len() >= KEPT_MAX {
                people.counts.retain(|_, count| now.since_ms(count.began_at) < HOUR_MS);
            }
            let before = people.counts.get(&person).copied();
            limit.check(before, now).map_err(Fault::rate_limited)?;
            people.counts.insert(person, limit.count(before, now));
        }
        people.busy.insert(person);
        Ok(Upload { pictures: self, person })
    }

    /// Decodes a picture within its turn. A picture that makes the decoder panic counts as unreadable, and the thread
    /// goes on.
    ///
    /// # Errors
    /// The error of the work; [`Code::Overloaded`].
    pub async fn read<T: Send + 'static>(
        &self,
        _turn: &PictureTurn<'_>,
        work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (done, answer) = oneshot::channel();
        let work = Box::new(move || {
            // The caller may have gone.
            if !done.is_closed() {
                let read = catch_unwind(AssertUnwindSafe(work));
                drop(done.send(read.unwrap_or_else(|_| Err(Code::PictureUnread.into()))));
            }
        });
        self.work.try_send(work).map_err(|_| Fault::new(Code::Overloaded).retry_after_s(RETRY_S))?;
        answer.await.map_err(|_| Fault::new(Code::Internal))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::Checks;

    fn person(n: u8) -> PersonId {
        PersonId::new(Timestamp::from_ms(1), [n; 10])
    }

    const NOW: Timestamp = Timestamp::from_ms(1_000_000);

    async fn turn(pictures: &Pictures, n: u8) -> Result<PictureTurn<'_>, Fault> {
        pictures.turn(pictures.sends(person(n), 0, NOW)?).await
    }

    #[tokio::test]
    async fn a_picture_that_takes_long_keeps_no_password_and_the_next_picture_in_line() {
        let (pictures, checks) = (Pictures::default(), Checks::start(1));
        let (release, held) = sync_channel::<()>(0);
        let first = turn(&pictures, 1).await.unwrap();
        let second = turn(&pictures, 2).await.unwrap();
        let long = pictures.read(&first, move || {
            assert!(held.recv().is_err(), "nothing is sent");
            Ok(1)
        });
        let next = pictures.read(&second, || Ok(2));
        tokio::pin!(long, next);
        // Both pictures are with the thread, and the second one waits. Passwords are hashed meanwhile.
        tokio::select! {
            biased;
            _ = &mut long => panic!("it is held"),
            _ = &mut next => panic!("one at a time"),
            hashed = checks.run(|| 3) => assert_eq!(hashed.unwrap(), 3),
        }
        drop(release);
        assert_eq!((long.await.unwrap(), next.await.unwrap()), (1, 2));
    }

    #[test]
    fn a_person_sends_one_picture_at_a_time_and_few_in_an_hour() {
        let pictures = Pictures::default();
        let sending = pictures.sends(person(1), 2, NOW).unwrap();
        let again = pictures.sends(person(1), 2, NOW).unwrap_err();
        assert_eq!((again.code, again.retry_after_s), (Code::RateLimited, Some(RETRY_S)));
        drop(sending);
        drop(pictures.sends(person(1), 2, NOW).unwrap());
        let third = pictures.sends(person(1), 2, NOW).unwrap_err();
        assert_eq!((third.code, third.retry_after_s), (Code::RateLimited, Some(3_600)));
        drop(pictures.sends(person(2), 2, NOW).unwrap());
        drop(pictures.sends(person(1), 2, NOW.plus_ms(HOUR_MS)).unwrap());
    }

    #[tokio::test]
    async fn where_all_places_are_taken_one_is_told_to_come_back() {
        let pictures = Pictures { waits: Duration::ZERO, ..Pictures::default() };
        let mut turns = Vec::new();
        for n in 0..4 {
            turns.push(turn(&pictures, n).await.unwrap());
        }
        let full = turn(&pictures, 9).await.unwrap_err();
        assert_eq!((full.code, full.retry_after_s), (Code::Overloaded, Some(RETRY_S)));
        turns.pop();
        turn(&pictures, 9).await.unwrap();
    }

    #[tokio::test]
    async fn pictures_that_come_slowly_keep_no_other_out() {
        let pictures = Pictures { waits: Duration::ZERO, ..Pictures::default() };
        let slow: Vec<_> = (10..30).map(|n| pictures.sends(person(n), 0, NOW).unwrap()).collect();
        let quick = turn(&pictures, 9).await.unwrap();
        assert_eq!(pictures.read(&quick, || Ok(1)).await.unwrap(), 1);
        assert_eq!(slow.len(), 20);
    }

    #[tokio::test]
    async fn a_reader_that_breaks_reads_the_next() {
        let pictures = Pictures::default();
        let turn = turn(&pictures, 1).await.unwrap();
        let broke = pictures.read(&turn, || -> Result<(), Fault> { panic!("a decoder's mistake") }).await;
        assert_eq!(broke.unwrap_err().code, Code::PictureUnread);
        assert_eq!(pictures.read(&turn, || Ok(1)).await.unwrap(), 1);
    }
}
