//! The replica of a workstation: the buckets of its doctor, their rows, and the feed as far as it concerns them.

use std::collections::{BTreeMap, BTreeSet};

use medlane_shared::{
    access::{Action, Actor, Grant, Known, Resource, Role, may},
    fault::{Code, Fault},
    ids::{BranchId, ClientId, NoteId, PersonId, TicketId},
    queue::QueueRow,
    records::StoredState,
    sync::{Bucket, BucketSum, Change, Cursor, ROWS_MAX_BYTES, bucket_sum, server::Changes},
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    clinic::{CATALOGUE, Catalogue},
    db::{Conn, parse},
    engine::{Clinic, Core},
    identity::{PERSON, merge::kept_id, subject},
    queue::{LiveQueue, Scene, TICKET, chart_of, is_kept, todays},
    records::{NOTE, note_views},
    writer,
};

/// The most feed entries read at once.
const FEED_PAGE: i64 = 500;
/// How long a chart stays on the workstation after its last note, in milliseconds.
const CHART_MS: i64 = 24 * 3_600_000;

/// The part of a clinic that a doctor may replicate.
pub(super) struct Part<'a> {
    pub core: &'a Core,
    pub clinic: &'a Clinic,
    pub actor: &'a Actor,
}

fn doctor(actor: &Actor) -> Option<(PersonId, &[BranchId])> {
    match actor {
        Actor::Known(known @ Known { role: Role::Doctor, .. }) => Some((actor.person()?, &known.branches)),
        _ => None,
    }
}

fn change(bucket: Bucket, key: String, version: i64, row: &impl Serialize) -> Change {
    Change { bucket, key, version, row: serde_json::to_value(row).ok() }
}

const fn gone(bucket: Bucket, key: String, version: i64) -> Change {
    Change { bucket, key, version, row: None }
}

/// The patients that the rows are about.
pub(super) fn patients(rows: &[Change]) -> impl Iterator<Item = PersonId> {
    let of = |row: &Change| row.row.as_ref()?.get("patient_id")?.as_str()?.parse().ok();
    rows.iter().filter_map(of)
}

impl Part<'_> {
    fn broken(&self, error: &sqlx::Error) -> Fault {
        self.core.broken(error)
    }

    /// What allows a doctor to hold a replica: the queue where they work; without a branch, the notes that they wrote.
    pub fn grant(&self) -> Result<Grant, Fault> {
        let (person, branches) = doctor(self.actor).ok_or(Code::Forbidden)?;
        let queue = branches.first().map(|branch| (Action::QueueRead, Resource::branch(*branch)));
        let notes = (Action::ChartRead, Resource::default().written_by(Some(person)));
        let (action, of) = queue.unwrap_or(notes);
        Ok(may(self.actor, action, &of)?)
    }

    /// The buckets that the caller may hold now.
    pub async fn buckets(&self) -> Result<Vec<Bucket>, Fault> {
        let Some((person, branches)) = doctor(self.actor) else { return Ok(Vec::new()) };
        let written = may(self.actor, Action::ChartRead, &Resource::default().written_by(Some(person)))?;
        let mut conn = self.core.read().await?;
        let since = self.core.now().plus_ms(-CHART_MS);
        let patients = crate::records::chart_list(&mut conn, &written, since).await;
        let mut patients = BTreeSet::from_iter(patients.map_err(|error| self.broken(&error))?);
        self.clinic.with(|live: &LiveQueue| {
            let here = branches.iter().flat_map(|branch| live.of_branch(*branch));
            patients.extend(
                here.filter(|live| is_kept(&live.ticket, person)).filter_map(|live| live.ticket.patient),
            );
        });
        let queues = branches.iter().map(|branch| Bucket::Queue(*branch));
        Ok([Bucket::Catalogue]
            .into_iter()
            .chain(queues)
            .chain(patients.into_iter().map(Bucket::Chart))
            .collect())
    }

    /// The checksums of buckets, and the patients that their rows are about.
    pub async fn sums(&self, buckets: &[Bucket]) -> Result<(Vec<BucketSum>, BTreeSet<PersonId>), Fault> {
        let (mut sums, mut shown) = (Vec::with_capacity(buckets.len()), BTreeSet::new());
        for bucket in buckets {
            let rows = match self.rows(*bucket).await {
                Ok(rows) => rows,
                // A chart that does not open is not kept, so that it is never taken for an empty one; all else is.
                Err(fault) if matches!(bucket, Bucket::Chart(_)) && fault.code != Code::Overloaded => {
                    tracing::error!(%bucket, code = ?fault.code, "a chart cannot be kept");
                    continue;
                }
                Err(fault) => return Err(fault),
            };
            shown.extend(patients(&rows));
            let sum = bucket_sum(rows.iter().map(|row| (row.key.as_str(), row.version)));
            sums.push(BucketSum { bucket: *bucket, sum });
        }
        Ok((sums, shown))
    }

    /// The present rows of a bucket.
    pub async fn rows(&self, bucket: Bucket) -> Result<Vec<Change>, Fault> {
        match bucket {
            Bucket::Catalogue => Ok(self.catalogue()),
            Bucket::Queue(branch) => Ok(self.queue(branch)),
            Bucket::Chart(patient) => self.chart(patient).await,
        }
    }

    fn catalogue(&self) -> Vec<Change> {
        let catalogue = self.clinic.state::<Catalogue>();
        let version = |id| catalogue.versions.get(&id).copied().unwrap_or(0);
        let mut rows = Vec::new();
        for branch in &catalogue.branches {
            rows.push(change(
                Bucket::Catalogue,
                format!("branch:{}", branch.id),
                version(branch.id.0),
                branch,
            ));
            for service in catalogue.services(branch.id) {
                let key = format!("service:{}:{}", branch.id, service.id);
                rows.push(change(Bucket::Catalogue, key, version(service.id.0), service));
            }
        }
        rows
    }

    fn queue_row(&self, scene: &Scene<'_>, id: TicketId) -> Option<QueueRow> {
        let live = scene.live.ticket(id)?;
        // The device names the buckets that it holds. The doctor may have left one of their branches meanwhile.
        let grant = may(self.actor, Action::QueueRead, &Resource::branch(live.ticket.branch)).ok()?;
        let todays = todays(scene.catalogue, &live.ticket, self.actor.person());
        (live.ticket.state.is_active() && todays.is_some()).then(|| scene.row(self.actor, &grant, live))
    }

    fn queue(&self, branch: BranchId) -> Vec<Change> {
        let catalogue = self.clinic.state::<Catalogue>();
        self.clinic.with(|live: &LiveQueue| {
            let scene = Scene { catalogue: &catalogue, live, at: self.core.now() };
            let rows = live.of_branch(branch).filter_map(|live| self.queue_row(&scene, live.ticket.id));
            rows.map(|row| change(Bucket::Queue(branch), format!("ticket:{}", row.id), row.version, &row))
                .collect()
        })
    }

    /// The rows of a patient's tickets. Details of the patient have changed, though the tickets' versions have not.
    fn tickets_of(&self, patient: PersonId, held: &[Bucket]) -> Vec<Change> {
        let catalogue = self.clinic.state::<Catalogue>();
        self.clinic.with(|live: &LiveQueue| {
            let scene = Scene { catalogue: &catalogue, live, at: self.core.now() };
            let rows = live.of_patient(patient).filter_map(|live| {
                let bucket = Bucket::Queue(live.ticket.branch);
                let row = self.queue_row(&scene, live.ticket.id).filter(|_| held.contains(&bucket))?;
                Some(change(bucket, format!("ticket:{}", row.id), row.version, &row))
            });
            rows.collect()
        })
    }

    async fn chart(&self, patient: PersonId) -> Result<Vec<Change>, Fault> {
        let grant = may(self.actor, Action::ChartRead, &chart_of(self.clinic, patient, self.actor))?;
        subject(self.core, self.clinic.id, patient).await?;
        let bucket = Bucket::Chart(patient);
        let notes = note_views(self.core, &grant).await?.items;
        Ok(notes.iter().map(|note| change(bucket, format!("note:{}", note.id), note.version, note)).collect())
    }

    /// The last settled intent of an outbox.
    pub async fn last_intent(&self, client: ClientId) -> Result<u64, Fault> {
        let mut conn = self.core.read().await?;
        let outbox = super::store::outbox_by_id(&mut conn, self.clinic.id, client).await;
        let outbox = outbox.map_err(|error| self.broken(&error))?;
        match outbox {
            Some((owner, _)) if Some(owner) != self.actor.person() => Err(Code::Forbidden.into()),
            Some((_, last)) => Ok(u64::try_from(last).unwrap_or(0)),
            None => Ok(0),
        }
    }

    /// The lowest seq after which the feed can still be read.
    pub async fn oldest(&self) -> Result<i64, Fault> {
        let mut conn = self.core.read().await?;
        super::store::feed_oldest(&mut conn, self.clinic.number).await.map_err(|error| self.broken(&error))
    }

    /// The part of the feed after `since` that concerns these buckets. The rows show the state at `upto` or later.
    pub async fn changes(&self, since: i64, held: &[Bucket], client: ClientId) -> Result<Changes, Fault> {
        // Only published changes, because only those are in the live queue.
        let published = self.clinic.head();
        let mut conn = self.core.read().await?;
        let limit = FEED_PAGE.min(published.seq - since);
        let feed = writer::change_list(&mut conn, self.clinic.number, since, limit).await;
        let feed = feed.map_err(|error| self.broken(&error))?;
        if feed.first().is_some_and(|entry| entry.seq != since + 1) {
            // Deleted by age since the greeting. The device comes again, and takes a snapshot.
            return Err(Code::Internal.into());
        }
        let mut found: BTreeMap<(Bucket, String), Change> = BTreeMap::new();
        let (mut upto, mut bytes, mut catalogue) = (since, 0, false);
        let (mut charts, mut broken) = (false, false);
        for entry in feed {
            if bytes > ROWS_MAX_BYTES / 2 {
                break;
            }
            upto = entry.seq;
            let read = self.entry(&mut conn, &entry, held).await.map_err(|error| self.broken(&error))?;
            catalogue |= entry.is(CATALOGUE);
            charts |= entry.is(NOTE) || self.moves_chart(&entry, held);
            broken |= read.is_none();
            for change in read.into_iter().flatten() {
                bytes += change.row.as_ref().map_or(0, |row: &Value| row.to_string().len()) + 128;
                found.insert((change.bucket, change.key.clone()), change);
            }
        }
        drop(conn);
        if catalogue && held.contains(&Bucket::Catalogue) {
            found.extend(self.catalogue().into_iter().map(|row| ((row.bucket, row.key.clone()), row)));
        }
        let buckets = if charts {
            let now = self.buckets().await?;
            let lacks = |all: &[Bucket], of: &[Bucket]| of.iter().any(|bucket| !all.contains(bucket));
            let differs = lacks(held, &now) || lacks(&now, held);
            if differs || broken { Some(self.sums(&now).await?.0) } else { None }
        } else {
            None
        };
        Ok(Changes {
            upto: Cursor { epoch: published.epoch, seq: upto },
            changes: found.into_values().collect(),
            last_intent_id: self.last_intent(client).await?,
            buckets,
        })
    }

    /// Whether a ticket's entry makes its patient one whose chart is kept, or kept no more.
    fn moves_chart(&self, entry: &writer::ChangeRow, held: &[Bucket]) -> bool {
        let Some(doctor) = self.actor.person().filter(|_| entry.is(TICKET)) else { return false };
        self.clinic.with(|live: &LiveQueue| {
            let live = entry.id().ok().and_then(|id| live.ticket(id));
            let kept = live.and_then(|live| Some((live.ticket.patient?, is_kept(&live.ticket, doctor))));
            kept.is_some_and(|(patient, is_kept)| held.contains(&Bucket::Chart(patient)) != is_kept)
        })
    }

    /// The rows of these buckets that one entry of the feed changes; `None` if a note of theirs does not open. Then its chart
    /// is not kept any more, so that it is never taken for a whole one ([`Part::sums`]).
    async fn entry(
        &self,
        conn: &mut Conn,
        entry: &writer::ChangeRow,
        held: &[Bucket],
    ) -> sqlx::Result<Option<Vec<Change>>> {
        if entry.is(TICKET) {
            let (id, branch): (TicketId, Option<BranchId>) =
                (parse(&entry.entity_id)?, crate::db::parse_some(entry.branch_id.as_deref())?);
            let Some(bucket) = branch.map(Bucket::Queue).filter(|bucket| held.contains(bucket)) else {
                return Ok(Some(Vec::new()));
            };
            let catalogue = self.clinic.state::<Catalogue>();
            let key = format!("ticket:{id}");
            return Ok(Some(vec![self.clinic.with(|live: &LiveQueue| {
                let scene = Scene { catalogue: &catalogue, live, at: self.core.now() };
                let version = live.ticket(id).map_or(i64::MAX, |live| live.ticket.version);
                match self.queue_row(&scene, id) {
                    Some(row) => change(bucket, key, row.version, &row),
                    None => gone(bucket, key, version),
                }
            })]));
        }
        if entry.is(PERSON) {
            let person: PersonId = parse(&entry.entity_id)?;
            return Ok(Some(self.tickets_of(person, held)));
        }
        if entry.is(NOTE) {
            let id: NoteId = parse(&entry.entity_id)?;
            let row = crate::records::note_row(conn, self.clinic.id, id).await?;
            let Some(row) = row else { return Ok(Some(Vec::new())) };
            let patient = kept_id(conn, self.clinic.id, row.head.patient_id).await?;
            let chart = chart_of(self.clinic, patient, self.actor);
            let Ok(grant) = may(self.actor, Action::ChartRead, &chart) else { return Ok(Some(Vec::new())) };
            if !row.head.is_open_to(&grant) {
                return Ok(Some(Vec::new()));
            }
            let (bucket, subject) = (Bucket::Chart(patient), row.head.patient_id);
            if !held.contains(&bucket) {
                return Ok(Some(Vec::new()));
            }
            if row.head.state == StoredState::Discarded {
                return Ok(Some(vec![gone(bucket, format!("note:{id}"), row.head.version)]));
            }
            let root = &self.core.root;
            let key = crate::keys::subject_key(conn, root, self.clinic.id, subject.0).await?;
            let Some(key) = key else { return Ok(Some(Vec::new())) };
            let Ok(note) = row.open(&grant, &key) else { return Ok(None) };
            return Ok(Some(vec![change(bucket, format!("note:{id}"), note.version, &note)]));
        }
        Ok(Some(Vec::new()))
    }
}
