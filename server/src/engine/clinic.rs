//! A clinic as the engine has it: its key, its log, the states of its rooms as they were last committed, and who waits for its
//! changes.

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
    number::Number,
    room::{Load, RoomState},
    rooms::{Rooms, States},
    store::ClinicRow,
};
use crate::{
    audit::{Leaves, Trust},
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
    /// The host name that it answers to.
    pub domain: Option<String>,
    /// Its own key: seals what belongs to no patient.
    pub key: SubjectKey,
    /// Whether its audit log goes on being signed.
    pub trust: Trust,
    /// What this node has added to the audit log since the last checkpoint was thought of.
    pub leaves: Leaves,
    now: ArcSwap<Snapshot>,
    moved: watch::Sender<Cursor>,
}

/// A clinic as one commit left it.
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
    /// When the database fails or its key does not open.
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
        // Read first: what other nodes write meanwhile is read again from the feed.
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
            trust: Trust::new(id, crate::app::signing_key(root, id), is_marked),
            leaves: Leaves::default(),
            now: ArcSwap::from_pointee(now),
            moved: watch::Sender::new(head),
        }))
    }

    /// The clinic as it was last committed: all of it of one moment, however long it is held.
    #[must_use]
    pub fn now(&self) -> Arc<Snapshot> {
        self.now.load_full()
    }

    /// The state of a room as it was last committed.
    #[must_use]
    pub fn state<S: RoomState>(&self) -> Arc<S> {
        self.now.load().states.take()
    }

    /// Looks at the state of a room as it was last committed.
    pub fn with<S: RoomState, T>(&self, look: impl FnOnce(&S) -> T) -> T {
        look(&self.state::<S>())
    }

    /// The head of the feed as it was last committed; changes wake.
    #[must_use]
    pub fn moved(&self) -> watch::Receiver<Cursor> {
        self.moved.subscribe()
    }

    /// The head of the feed as it was last committed.
    #[must_use]
    pub fn head(&self) -> Cursor {
        *self.moved.borrow()
    }

    /// Copies of the states for a batch to work on.
    pub(crate) fn parts(&self, rooms: &Rooms) -> Vec<Box<dyn super::Part>> {
        self.now.load().states.parts(rooms)
    }

    /// Makes what was committed visible. Only the writer calls it.
    pub(crate) fn publish(&self, head: Cursor, parts: &[Box<dyn super::Part>]) {
        let states = States::new(parts.iter().map(|part| part.published()).collect());
        self.now.store(Arc::new(Snapshot { head, states }));
    }

    /// Wakes who waits for changes, once they are visible.
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
    /// Adds one.
    pub fn add(&self, clinic: Arc<Clinic>) {
        write(&self.0).insert(clinic.id, clinic);
    }

    /// The clinic of an id.
    ///
    /// # Errors
    /// [`Code::NotFound`].
    pub fn get(&self, id: ClinicId) -> Result<Arc<Clinic>, Fault> {
        read(&self.0).get(&id).cloned().ok_or_else(|| Code::NotFound.into())
    }

    /// The clinic of a host name; the only one where there is one; the oldest that has no name of its own.
    ///
    /// # Errors
    /// [`Code::NotFound`] while there is none.
    pub fn of_host(&self, host: &str) -> Result<Arc<Clinic>, Fault> {
        let clinics = read(&self.0);
        let named = clinics.values().find(|clinic| clinic.domain.as_deref() == Some(host));
        let plain =
            || clinics.values().filter(|clinic| clinic.domain.is_none()).min_by_key(|clinic| clinic.id);
        let only = || if clinics.len() == 1 { clinics.values().next() } else { None };
        named.or_else(plain).or_else(only).cloned().ok_or_else(|| Code::NotFound.into())
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Clinic>> {
        read(&self.0).values().cloned().collect()
    }
}
