//! The state that all rooms share.

use std::sync::Arc;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use medlane_shared::{
    fault::{Code, Fault},
    ids::{ClinicId, TicketId},
    seal::OpenKey,
    time::Timestamp,
};
use web_push_native::p256::ecdsa::SigningKey as VapidKey;

use crate::{
    audit::{Anchor, Refusals},
    config::{Config, Sending},
    db::{Conn, Db},
    engine::{Clinics, Rooms},
    http::{Doors, Limits},
    identity::{Checks, Pictures, lettered},
    keys::{Root, mac, same},
    metrics::Metrics,
    writer::{Failure, Writer},
};

/// The server's clock. Tests bring their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The state that operations share.
pub struct Core {
    /// The database.
    pub db: Db,
    /// Keys.
    pub keys: Keys,
    /// The clinics in memory.
    pub clinics: Clinics,
    /// The rooms, and what they keep in memory of each clinic.
    pub rooms: Rooms,
    /// Metrics.
    pub metrics: Metrics,
    /// The folder outside the database that checkpoints of the audit log are also written to.
    pub anchor: Option<Anchor>,
    /// How much was asked, by whom.
    pub limits: Limits,
    /// Counts of refusals for each caller.
    pub refusals: Refusals,
    /// The limits on messages.
    pub sending: Sending,
    clock: Clock,
}

/// The running server.
pub struct App {
    /// Its configuration.
    pub config: Config,
    /// What operations share.
    pub core: Arc<Core>,
    /// The only way to write to the database.
    pub writer: Writer,
    /// The threads that hash passwords.
    pub checks: Checks,
    /// The threads that decode pictures.
    pub pictures: Pictures,
    /// The limits on connections.
    pub doors: Arc<Doors>,
    /// Turns true when the server shuts down, so that open sockets say goodbye.
    pub closing: tokio::sync::watch::Receiver<bool>,
}

impl Core {
    /// From an open database and a root key.
    #[must_use]
    pub fn new(db: Db, root: Root, rooms: Rooms, clock: Clock, sending: Sending) -> Self {
        Self {
            db,
            keys: Keys::new(root),
            clinics: Clinics::default(),
            rooms,
            metrics: Metrics::default(),
            anchor: None,
            limits: Limits::default(),
            refusals: Refusals::default(),
            sending,
            clock,
        }
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// [`Code::Internal`] or [`Code::Overloaded`]; the log has the cause.
    pub async fn read(&self) -> Result<Conn, Fault> {
        self.db.read().await.map_err(|error| self.broken(&error))
    }

    /// The fault that the caller gets for a failure.
    #[must_use]
    pub fn failed(&self, failure: Failure) -> Fault {
        match failure {
            Failure::Refused(fault) => fault,
            Failure::Broken(error) => self.broken(&error),
            Failure::Tried => Code::Internal.into(),
        }
    }

    /// The fault that the caller gets for a database error; the log has the error. If no connection became free in
    /// time, the caller may try again.
    #[must_use]
    pub fn broken(&self, error: &sqlx::Error) -> Fault {
        tracing::error!(%error, "the database failed");
        match error {
            sqlx::Error::PoolTimedOut => Fault::new(Code::Overloaded).retry_after_s(1),
            _ => Code::Internal.into(),
        }
    }
}

impl std::fmt::Debug for Core {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Core")
    }
}

/// The system's clock.
#[must_use]
pub fn wall_clock() -> Clock {
    Arc::new(|| Timestamp::from_ms(jiff::Timestamp::now().as_millisecond()))
}

/// The root key, and the keys derived from it.
pub struct Keys {
    /// Wraps the keys of subjects.
    pub root: Root,
    /// Signed the refresh tokens of earlier releases. Such tokens are valid until they are renewed.
    pub refresh: zeroize::Zeroizing<[u8; 32]>,
    /// Makes the ids under which tries are counted.
    pub attempts: zeroize::Zeroizing<[u8; 32]>,
    /// Hashes codes that were sent.
    pub codes: zeroize::Zeroizing<[u8; 32]>,
    /// Signs the cookies of browsers in which a person has signed in before.
    pub browsers: zeroize::Zeroizing<[u8; 32]>,
    link: zeroize::Zeroizing<[u8; 32]>,
}

/// The length of the code that checks a ticket in: 40 bits, protected by a limit on tries.
const CODE_CHARS: usize = 8;
/// The length of a link's proof in bytes: 80 bits, protected by a limit on requests.
const LINK_PROOF: usize = 10;

impl Keys {
    fn new(root: Root) -> Self {
        Self {
            refresh: root.derive("refresh token", &[]),
            attempts: root.derive("attempts", &[]),
            codes: root.derive("codes", &[]),
            browsers: root.derive("browsers", &[]),
            link: root.derive("ticket link", &[]),
            root,
        }
    }

    /// The secret of a ticket's live link: the ticket's id, and a proof that this server made the link.
    #[must_use]
    pub fn link(&self, ticket: TicketId) -> String {
        let id = ticket.0.as_bytes();
        let proof = mac(&self.link, id);
        BASE64_URL_SAFE_NO_PAD.encode([&id[..], &proof[..LINK_PROOF]].concat())
    }

    /// The secrets of a ticket, for the person who took it.
    #[must_use]
    pub fn secrets(&self, ticket: TicketId) -> Secrets {
        Secrets { link: self.link(ticket), code: self.code(ticket) }
    }

    /// The code that checks a ticket in: 8 characters of Crockford's base 32.
    #[must_use]
    pub fn code(&self, ticket: TicketId) -> String {
        let proof = mac(&self.link, &[b"code", ticket.0.as_bytes().as_slice()].concat());
        lettered(&proof[..CODE_CHARS])
    }

    /// The key that a clinic's kiosks seal their tickets to.
    #[must_use]
    pub fn kiosk(&self, clinic: ClinicId) -> OpenKey {
        OpenKey::of(&self.root.derive("kiosk tickets", clinic.0.as_bytes()))
    }

    /// The ticket that a link's secret names.
    #[must_use]
    pub fn linked(&self, secret: &str) -> Option<TicketId> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(secret).ok()?;
        let (id, proof) = bytes.split_first_chunk::<16>()?;
        let own = mac(&self.link, id);
        // The comparison never ends early, so its time reveals nothing.
        same(&own[..LINK_PROOF], proof).then(|| TicketId(uuid::Uuid::from_bytes(*id)))
    }

    /// The key that signs a clinic's tokens of one kind in one generation. Each kind has its own keys.
    #[must_use]
    pub fn token(&self, kind: &str, clinic: ClinicId, generation: i64) -> zeroize::Zeroizing<[u8; 32]> {
        self.root.derive(kind, &[clinic.0.as_bytes().as_slice(), &generation.to_be_bytes()].concat())
    }

    /// The key that signs a clinic's Web Push messages (P-256).
    #[must_use]
    pub fn vapid(&self, clinic: ClinicId) -> VapidKey {
        // All but one in 2^128 secrets are valid keys. For an invalid one the next secret is tried.
        let key = |n: u8| {
            VapidKey::from_slice(
                &*self.root.derive("vapid", &[clinic.0.as_bytes().as_slice(), &[n]].concat()),
            )
        };
        (0..=u8::MAX).find_map(|n| key(n).ok()).unwrap_or_else(|| unreachable!())
    }

    /// The key that signs a clinic's orders to its devices. A device learns the public half when it is enrolled.
    #[must_use]
    pub fn orders(&self, clinic: ClinicId) -> SigningKey {
        SigningKey::from_bytes(&self.root.derive("device orders", clinic.0.as_bytes()))
    }
}

/// The key that signs a clinic's audit log.
#[must_use]
pub fn signing_key(root: &Root, clinic: ClinicId) -> SigningKey {
    SigningKey::from_bytes(&root.derive("audit checkpoint", clinic.0.as_bytes()))
}

/// The secrets of a ticket, for the person who took it and nobody else.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// The secret of its live link.
    pub link: String,
    /// The code that checks it in at a kiosk.
    pub code: String,
}
