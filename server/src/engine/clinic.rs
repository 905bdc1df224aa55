//! A clinic in the engine: its key, its log, the committed states of its rooms, and who waits for its changes.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use arc_swap::ArcSwap;
use medlane_shared::{
    fault::{Code, Fault},
    ids::ClinicId,
    sync::Cursor,
};
use tokio::sync::watch;

use super::{
    leaves::Leaves,
    number::Number,
    room::{Load, RoomState},
    rooms::{Rooms, States},
    store::ClinicRow,
    trust::{Trust, signing_key},
};
use crate::{
    db::Conn,
    keys::{Root, SubjectKey},
    lock::{read, write},
};

/// One clinic of this server.
pub struct Clinic {
    /// Its id.
    pub id: ClinicId,
    /// Its number on this server.
    pub number: Number,
    /// Its name.
    pub name: String,
    /// The clinic's host name.
    pub domain: Option<String>,
    /// The clinic's own key: seals data that belongs to no patient.
    pub key: SubjectKey,
    /// Whether the audit log may still be signed.
    pub trust: Trust,
    /// The audit entries that this node has added since the last look at checkpoints.
    pub leaves: Leaves,
    now: ArcSwap<Snapshot>,
    moved: watch::Sender<Cursor>,
}

/// The state of a clinic after one commit.
pub struct Snapshot {
    /// The head of the feed.
    pub head: Cursor,
    states: States,
}

impl Snapshot {
    /// The state of a room.
    #[must_use]
    pub fn state<S: RoomState>(&self) -> &S {
        self.states.look()
    }
}

impl Clinic {
    /// Loads a clinic, and the states of its rooms.
    ///
    /// # Errors
    /// An error of the database, or a key that does not open.
    pub async fn load(
        conn: &mut Conn,
        root: &Root,
        rooms: &Rooms,
        row: ClinicRow,
    ) -> sqlx::Result<Arc<Self>> {
        let id: ClinicId = crate::db::parse(&row.id)?;
        let key = crate::keys::subject_key(conn, root, id, id.0)
            .await?
            .ok_or_else(|| sqlx::Error::Decode("the clinic's key is missing or does not open".into()))?;
        let is_marked = crate::keys::key_is_marked(conn, root, id).await?;
        // The head is read first: what other nodes write meanwhile is read again from the feed.
        let head = crate::writer::head(conn, id, false).await?.cursor();
        let mut states = Vec::with_capacity(rooms.slots().len());
        for slot in rooms.slots() {
            states.push(slot.load(Load { conn: &mut *conn, root, clinic: id, key: &key }).await?);
        }
        let now = Snapshot { head, states: States::new(states) };
        Ok(Arc::new(Self {
            id,
            number: Number(row.number),
            name: row.name,
            domain: row.domain,
            key,
            trust: Trust::new(id, signing_key(root, id), is_marked),
            leaves: Leaves::default(),
            now: ArcSwap::from_pointee(now),
            moved: watch::Sender::new(head),
        }))
    }

    /// The clinic after the last commit. It stays the state of one moment for as long as it is held.
    #[must_use]
    pub fn now(&self) -> Arc<Snapshot> {
        self.now.load_full()
    }

    /// The committed state of a room.
    #[must_use]
    pub fn state<S: RoomState>(&self) -> Arc<S> {
        self.now.load().states.take()
    }

    /// Reads the committed state of a room.
    pub fn with<S: RoomState, T>(&self, look: impl FnOnce(&S) -> T) -> T {
        look(&self.state::<S>())
    }

    /// The committed head of the feed. Each change wakes the receivers.
    #[must_use]
    pub fn moved(&self) -> watch::Receiver<Cursor> {
        self.moved.subscribe()
    }

    /// The committed head of the feed.
    #[must_use]
    pub fn head(&self) -> Cursor {
        *self.moved.borrow()
    }

    /// Copies of the states, for a batch.
    pub(crate) fn parts(&self, rooms: &Rooms) -> Vec<Box<dyn super::Part>> {
        self.now.load().states.parts(rooms)
    }

    /// Publishes what was committed. Only the writer calls it.
    pub(crate) fn publish(&self, head: Cursor, parts: &[Box<dyn super::Part>]) {
        let states = States::new(parts.iter().map(|part| part.published()).collect());
        self.now.store(Arc::new(Snapshot { head, states }));
    }

    /// Wakes the receivers of the head, once the changes are visible.
    pub(crate) fn wake(&self, head: Cursor) {
        self.moved.send_if_modified(|present| std::mem::replace(present, head) != head);
    }
}

impl std::fmt::Debug for Clinic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clinic({}, {})", self.id, self.name)
    }
}

/// The clinics of this server.
#[derive(Debug, Default)]
pub struct Clinics(RwLock<HashMap<ClinicId, Arc<Clinic>>>);

impl Clinics {
    /// Adds a clinic.
    pub fn add(&self, clinic: Arc<Clinic>) {
        write(&self.0).insert(clinic.id, clinic);
    }

    /// The clinic with this id.
    ///
    /// # Errors
    /// [`Code::NotFound`].
    pub fn get(&self, id: ClinicId) -> Result<Arc<Clinic>, Fault> {
        read(&self.0).get(&id).cloned().ok_or_else(|| Code::NotFound.into())
    }

    /// The clinic of a host name; otherwise the oldest clinic without a host name; otherwise the only clinic.
    ///
    /// # Errors
    /// [`Code::NotFound`] if there is no such clinic.
    pub fn of_host(&self, host: &str) -> Result<Arc<Clinic>, Fault> {
        let clinics = read(&self.0);
        let named = clinics.values().find(|clinic| clinic.domain.as_deref() == Some(host));
        let plain =
            || clinics.values().filter(|clinic| clinic.domain.is_none()).min_by_key(|clinic| clinic.id);
        let only = || if clinics.len() == 1 { clinics.values().next() } else { None };
        named.or_else(plain).or_else(only).cloned().ok_or_else(|| Code::NotFound.into())
    }

    /// All clinics.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Clinic>> {
        read(&self.0).values().cloned().collect()
    }
}
