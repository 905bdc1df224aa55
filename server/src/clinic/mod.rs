//! A clinic in memory: its catalogue, its live queue, and who waits for its changes.

mod catalogue;
mod found;
mod moves;
mod number;
mod ops;
mod routes;
mod settings;
mod store;

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, RwLock,
        atomic::{AtomicU32, Ordering},
    },
};

use medlane_shared::{
    fault::{Code, Fault},
    ids::{ClinicId, DeviceId, PersonId, SessionId},
    sync::Cursor,
    time::Timestamp,
};
use tokio::sync::{Notify, watch};

pub use catalogue::{Catalogue, Offer, local_day};
pub use found::found;
pub use moves::Moves;
pub use number::Number;
pub use ops::publish;
pub use routes::routes;
pub use settings::{BranchSave, ServiceSave};
pub use store::{catalogue_load, clinic_list, door_list, door_text};

use crate::{
    audit::{Leaves, Trust},
    db::Conn,
    identity::{Signing, dependants::Guarded},
    keys::{Root, SubjectKey},
    lock::{read, write},
    queue::{Boards, Effect, LiveQueue},
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
    /// The public boards, rendered once for all sockets.
    pub boards: Boards,
    /// Whether its audit log goes on being signed.
    pub trust: Trust,
    /// What this node has added to the audit log since the last checkpoint was thought of.
    pub leaves: Leaves,
    /// Wakes the sender of messages.
    pub mail: Notify,
    catalogue: RwLock<Arc<Catalogue>>,
    live: RwLock<LiveQueue>,
    ended: RwLock<HashSet<SessionId>>,
    signing: RwLock<Signing>,
    guarded: RwLock<Guarded>,
    /// How often each inbox has moved since the start.
    inboxes: RwLock<HashMap<PersonId, u64>>,
    /// Devices that nobody works at, and why.
    bars: RwLock<HashMap<DeviceId, Code>>,
    /// When devices were told to begin anew, since the start.
    restarts: RwLock<HashMap<DeviceId, Timestamp>>,
    moved: watch::Sender<Cursor>,
    sockets: AtomicU32,
}

impl Clinic {
    /// Loads a clinic.
    ///
    /// # Errors
    /// When the database fails or its key does not open.
    pub async fn load(conn: &mut Conn, root: &Root, row: store::ClinicRow) -> sqlx::Result<Arc<Self>> {
        let id: ClinicId = crate::db::parse(&row.id)?;
        let key = crate::identity::subject_key(conn, root, id, id.0)
            .await?
            .ok_or_else(|| sqlx::Error::Decode("the clinic's key is missing or does not open".into()))?;
        let is_marked = crate::identity::key_is_marked(conn, root, id).await?;
        let catalogue = catalogue_load(conn, id).await?;
        let head = crate::writer::head(conn, id, false).await?;
        let live = crate::queue::live_load(conn, root, id, &key).await?;
        let ended = crate::identity::sessions_ended(conn, id).await?;
        let signing = crate::identity::signing::signing_load(conn, id).await?;
        let guarded = crate::identity::dependants::guarded_load(conn, id).await?;
        let bars = crate::identity::devices::bar_list(conn, id).await?;
        let restarts = crate::identity::devices::restart_list(conn, id).await?;
        Ok(Arc::new(Self {
            id,
            number: Number(row.number),
            name: row.name,
            domain: row.domain,
            key,
            boards: Boards::default(),
            trust: Trust::new(id, crate::app::signing_key(root, id), is_marked),
            leaves: Leaves::default(),
            mail: Notify::new(),
            catalogue: RwLock::new(Arc::new(catalogue)),
            live: RwLock::new(live),
            ended: RwLock::new(ended.into_iter().collect()),
            signing: RwLock::new(signing),
            guarded: RwLock::new(guarded),
            inboxes: RwLock::default(),
            bars: RwLock::new(bars),
            restarts: RwLock::new(restarts),
            moved: watch::Sender::new(head.cursor()),
            sockets: AtomicU32::new(0),
        }))
    }

    /// Branches and services.
    #[must_use]
    pub fn catalogue(&self) -> Arc<Catalogue> {
        read(&self.catalogue).clone()
    }

    /// Looks at the live queue as it was last committed.
    pub fn with_live<T>(&self, look: impl FnOnce(&LiveQueue) -> T) -> T {
        look(&read(&self.live))
    }

    /// Whether a session has ended before its access token ran out.
    #[must_use]
    pub fn session_ended(&self, session: SessionId) -> bool {
        read(&self.ended).contains(&session)
    }

    /// Whom somebody acts for, beside themselves.
    #[must_use]
    pub fn dependants(&self, guardian: PersonId) -> Arc<[PersonId]> {
        read(&self.guarded).get(&guardian).cloned().unwrap_or_else(|| [].into())
    }

    /// How often somebody's inbox has moved since the start.
    #[must_use]
    pub fn inbox_moves(&self, person: PersonId) -> u64 {
        read(&self.inboxes).get(&person).copied().unwrap_or(0)
    }

    /// Why nobody works at a device, where that is so.
    #[must_use]
    pub fn bar(&self, device: DeviceId) -> Option<Code> {
        read(&self.bars).get(&device).copied()
    }

    /// When a device was last told to begin anew.
    #[must_use]
    pub fn restart_at(&self, device: DeviceId) -> Option<Timestamp> {
        read(&self.restarts).get(&device).copied()
    }

    /// What its tokens are signed with now.
    #[must_use]
    pub fn signing(&self) -> Signing {
        *read(&self.signing)
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

    /// Makes committed changes visible and wakes whoever waits. Only the writer calls it.
    pub fn publish(&self, effects: &[Effect], catalogue: Option<Catalogue>, head: Cursor) {
        if let Some(catalogue) = catalogue {
            *write(&self.catalogue) = Arc::new(catalogue);
        }
        {
            let mut live = write(&self.live);
            for effect in effects {
                live.apply(effect);
                match effect {
                    Effect::SessionEnded(session) => drop(write(&self.ended).insert(*session)),
                    Effect::Bar(device, Some(code)) => drop(write(&self.bars).insert(*device, *code)),
                    Effect::Bar(device, None) => drop(write(&self.bars).remove(device)),
                    Effect::Restart(device, at) => drop(write(&self.restarts).insert(*device, *at)),
                    Effect::Guarded(guardian, all) => {
                        drop(write(&self.guarded).insert(*guardian, all.clone()));
                    }
                    Effect::Signing(signing) => *write(&self.signing) = *signing,
                    Effect::Message => self.mail.notify_one(),
                    Effect::Inbox(person) => *write(&self.inboxes).entry(*person).or_default() += 1,
                    _ => {}
                }
            }
        }
        self.moved.send_if_modified(|present| std::mem::replace(present, head) != head);
    }

    /// Counts a socket for as long as the answer is held.
    #[must_use]
    pub fn socket(self: &Arc<Self>) -> SocketCount {
        self.sockets.fetch_add(1, Ordering::Relaxed);
        SocketCount(self.clone())
    }

    /// Open sockets.
    #[must_use]
    pub fn sockets(&self) -> u32 {
        self.sockets.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for Clinic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clinic({}, {})", self.id, self.name)
    }
}

/// An open socket of a clinic.
#[derive(Debug)]
pub struct SocketCount(Arc<Clinic>);

impl Drop for SocketCount {
    fn drop(&mut self) {
        self.0.sockets.fetch_sub(1, Ordering::Relaxed);
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
