//! The writer's task: one transaction for what waits, once more one by one where that fails.

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
};

use futures_util::FutureExt as _;
use medlane_shared::{
    fault::Code,
    ids::{BranchId, ClinicId, DeviceId, PersonId, SessionId, TicketId},
};
use tokio::sync::mpsc;

use super::{
    Entity, Failure, Job, Once,
    store::{self, head_update, idempotency_list},
    unit::{Unit, Work},
};
use crate::{
    app::Core,
    clinic::{Catalogue, Clinic},
    db::{Conn, Value, insert_rows, parse},
    identity::devices::store::{Device, device_by_id},
    queue::Effect,
};

/// How often a single operation is tried when the database asks for it.
const TRIES: u32 = 4;
/// Changes read at once when catching up with another node.
const CATCH_UP: i64 = 500;

/// Takes what waits until every handle is gone.
pub(super) async fn run(core: Arc<Core>, mut waiting: mpsc::Receiver<Box<dyn Job>>, batch_max: usize) {
    let mut desk = Desk { core: &core, conn: None, works: HashMap::new() };
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, batch_max).await > 0 {
        core.metrics.batches.fetch_add(1, Ordering::Relaxed);
        core.metrics.operations.fetch_add(batch.len() as u64, Ordering::Relaxed);
        if desk.settle(&mut batch).await.is_err() {
            for job in &mut batch {
                desk.settle_alone(job).await;
            }
        }
        for job in batch.drain(..) {
            job.answer();
        }
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

/// Serialization failure and deadlock, which PostgreSQL asks to try again; a lost connection.
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
    /// Its connection: given back and taken again, it would wait for its turn among the requests.
    conn: Option<Conn>,
    works: HashMap<ClinicId, Work>,
}

impl Desk<'_> {
    async fn settle_alone(&mut self, job: &mut Box<dyn Job>) {
        for attempt in 1..=TRIES {
            match self.settle(std::slice::from_mut(job)).await {
                // One that refused after it had written has its answer: the roll-back took the rest.
                Ok(()) | Err(Rolled::Again) => return,
                Err(Rolled::Broken(error)) if attempt < TRIES && is_transient(&error) => {}
                Err(Rolled::Broken(error)) => {
                    tracing::error!(%error, "an operation failed");
                    return job.refuse(Code::Internal.into());
                }
            }
        }
    }

    async fn settle(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<(), Rolled> {
        let mut conn = match self.conn.take() {
            Some(conn) => conn,
            None => self.core.db.write().await?,
        };
        let settled = match conn.begin().await {
            Ok(()) => in_transaction(self.core, &mut conn, &mut self.works, jobs).await,
            Err(error) => Err(error.into()),
        };
        if let Err(rolled) = settled {
            // What is in memory may hold writes that are gone.
            self.works.clear();
            match conn.rollback().await {
                Ok(()) => self.conn = Some(conn),
                Err(_) => conn.discard().await,
            }
            return Err(rolled);
        }
        self.conn = Some(conn);
        for work in self.works.values_mut().filter(|work| work.opened) {
            work.opened = false;
            let effects = std::mem::take(&mut work.effects);
            let has_news = effects.iter().any(|effect| matches!(effect, Effect::Catalogue));
            let catalogue = has_news.then(|| Catalogue::clone(&work.catalogue));
            work.clinic.leaves.add(std::mem::take(&mut work.leaves));
            work.clinic.publish(&effects, catalogue, work.head.cursor());
        }
        Ok(())
    }
}

async fn in_transaction(
    core: &Core,
    conn: &mut Conn,
    works: &mut HashMap<ClinicId, Work>,
    jobs: &mut [Box<dyn Job>],
) -> Result<(), Rolled> {
    let keys: Vec<String> = jobs
        .iter()
        .filter_map(|job| match &job.by().once {
            Once::Key { id, .. } => Some(id.clone()),
            Once::No => None,
        })
        .collect();
    let mut known = if keys.is_empty() { HashMap::new() } else { idempotency_list(conn, &keys).await? };
    let mut answers: Vec<Vec<Value>> = Vec::new();
    let alone = jobs.len() == 1;
    for job in jobs {
        let Ok(clinic) = core.clinics.get(job.by().actor.clinic()) else {
            job.refuse(Code::NotFound.into());
            continue;
        };
        let work = open(core, conn, works, clinic).await?;
        let by = job.by().clone();
        let at = core.now();
        let mut unit =
            Unit { core, conn, work, known: &mut known, answers: &mut answers, by, at, dirty: false };
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
            Err(_panic) => {
                tracing::error!(alone, "an operation panicked");
                job.refuse(Code::Internal.into());
                return Err(Rolled::Again);
            }
        }
    }
    for work in works.values_mut().filter(|work| work.opened) {
        let before = work.clinic.head().seq;
        work.flush(conn).await?;
        head_update(conn, work.clinic.id, &work.head).await?;
        if work.head.seq != before {
            store::notify(conn, work.clinic.id, work.head.seq).await?;
        }
    }
    insert_rows(conn, "insert into idempotency (id, body_hash, answer, at_ms)", "", answers).await?;
    conn.commit().await?;
    Ok(())
}

/// The clinic's part of the batch: its head is read, locked, and what another node wrote is taken in first.
async fn open<'a>(
    core: &Core,
    conn: &mut Conn,
    works: &'a mut HashMap<ClinicId, Work>,
    clinic: Arc<Clinic>,
) -> Result<&'a mut Work, Rolled> {
    let id = clinic.id;
    if !works.get(&id).is_some_and(|work| work.opened) {
        let head = store::head(conn, id, true).await?;
        let work = works.entry(id).or_insert_with(|| {
            let at = clinic.head();
            Work::new(clinic, store::Head { epoch: at.epoch, seq: at.seq, ..head })
        });
        while work.head.seq < head.seq {
            catch_up(core, conn, work).await?;
        }
        work.head = head;
        work.opened = true;
    }
    works.get_mut(&id).ok_or(Rolled::Again)
}

/// Reads a part of the feed that another node wrote, and takes the rows in.
async fn catch_up(core: &Core, conn: &mut Conn, work: &mut Work) -> Result<(), Rolled> {
    let clinic = work.clinic.id;
    let changes = store::change_list(conn, clinic, work.head.seq, CATCH_UP).await?;
    let Some(last) = changes.last() else {
        return Err(sqlx::Error::Decode("the feed has a gap".into()).into());
    };
    work.head.seq = last.seq;
    let mut tickets = Vec::new();
    for change in &changes {
        if change.entity == Entity::Ticket.text() {
            tickets.push(parse::<TicketId>(&change.entity_id)?);
        } else if change.entity == Entity::Session.text() {
            work.effects.push(Effect::SessionEnded(parse::<SessionId>(&change.entity_id)?));
        } else if change.entity == Entity::Guardian.text() {
            let guardian: PersonId = parse(&change.entity_id)?;
            let all = crate::identity::dependants::store::dependant_list(conn, clinic, guardian).await?;
            work.effects.push(Effect::Guarded(guardian, all.into_iter().map(|one| one.id).collect()));
        } else if change.entity == Entity::Device.text() {
            let device: DeviceId = parse(&change.entity_id)?;
            let found = device_by_id(conn, clinic, device).await?;
            work.effects.push(Effect::Bar(device, found.as_ref().and_then(Device::bar)));
            if let Some(at) = found.and_then(|device| device.restart_at) {
                work.effects.push(Effect::Restart(device, at));
            }
        } else if change.entity == Entity::Signing.text() {
            work.effects
                .push(Effect::Signing(crate::identity::signing::store::signing_load(conn, clinic).await?));
        } else if change.entity == Entity::Queue.text() {
            let branch: BranchId = parse(&change.entity_id)?;
            let doors = crate::clinic::store::door_list(conn, clinic).await?;
            let door = doors.into_iter().filter(|(of, _)| *of == branch);
            let news: Vec<Effect> = door.map(|(branch, door)| Effect::Door(branch, door)).collect();
            let learned = crate::queue::store::learned_list(conn, clinic).await?;
            let learned = learned
                .into_iter()
                .map(|(branch, service, learned)| Effect::Learned(branch, service, learned));
            let at_desk = crate::queue::desk::store::at_desk(conn, branch).await?;
            let at_desk = Effect::Desk(branch, at_desk.into());
            for effect in news.into_iter().chain(learned).chain([at_desk]) {
                work.live.apply(&effect);
                work.effects.push(effect);
            }
        } else if change.entity == Entity::Notice.text() {
            work.effects.push(Effect::Inbox(parse(&change.entity_id)?));
        } else if change.entity == Entity::Catalogue.text() {
            work.catalogue = Arc::new(crate::clinic::store::catalogue_load(conn, clinic).await?);
            work.effects.push(Effect::Catalogue);
        }
    }
    let key = work.clinic.key.clone();
    for live in crate::queue::store::live_list(conn, &core.keys.root, clinic, &key, &tickets).await? {
        let effect = Effect::Ticket(Arc::new(live));
        work.live.apply(&effect);
        work.effects.push(effect);
    }
    Ok(())
}
