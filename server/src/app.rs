//! What everything shares.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicU64},
};

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
    audit::Refusals,
    clinic::Clinics,
    config::{Config, Sending},
    db::{Conn, Db},
    http::{Doors, Limits},
    identity::{Checks, Pictures, Subjects, lettered},
    keys::{Root, mac},
    writer::{Failure, Writer},
};

/// The server's time; tests bring their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What operations share.
pub struct Core {
    /// Rows.
    pub db: Db,
    /// Keys.
    pub keys: Keys,
    /// The clinics in memory.
    pub clinics: Clinics,
    /// Patients' names and keys, for a while.
    pub subjects: Subjects,
    /// Figures.
    pub metrics: Metrics,
    /// The folder outside the database that checkpoints of the audit log are also written to.
    pub anchor: Option<PathBuf>,
    /// How much was asked, by whom.
    pub limits: Limits,
    /// How often whom was refused.
    pub refusals: Refusals,
    /// How much people are sent.
    pub sending: Sending,
    clock: Clock,
}

/// The server.
pub struct App {
    /// How it is set.
    pub config: Config,
    /// What operations share.
    pub core: Arc<Core>,
    /// The one write path.
    pub writer: Writer,
    /// Where passwords are hashed.
    pub checks: Checks,
    /// Where pictures are read.
    pub pictures: Pictures,
    /// How many may be connected.
    pub doors: Arc<Doors>,
    /// Ends when the server shuts down: open sockets say goodbye.
    pub closing: tokio::sync::watch::Receiver<bool>,
}

impl Core {
    /// Of an open database and a root key.
    #[must_use]
    pub fn new(db: Db, root: Root, clock: Clock, sending: Sending) -> Self {
        Self {
            db,
            keys: Keys::new(root),
            clinics: Clinics::default(),
            subjects: Subjects::default(),
            metrics: Metrics::default(),
            anchor: None,
            limits: Limits::default(),
            refusals: Refusals::default(),
            sending,
            clock,
        }
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// [`Code::Internal`], logged.
    pub async fn read(&self) -> Result<Conn, Fault> {
        self.db.read().await.map_err(|error| self.broken(&error))
    }

    /// A failure as the caller is told it.
    #[must_use]
    pub fn failed(&self, failure: Failure) -> Fault {
        match failure {
            Failure::Refused(fault) => fault,
            Failure::Broken(error) => self.broken(&error),
            Failure::Tried => Code::Internal.into(),
        }
    }

    /// A database error as the caller is told it; the log has the rest. Where no connection was free for too long, later is
    /// better.
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

/// The wall clock.
#[must_use]
pub fn wall_clock() -> Clock {
    Arc::new(|| Timestamp::from_ms(jiff::Timestamp::now().as_millisecond()))
}

/// The root key, and what is derived from it.
pub struct Keys {
    /// Wraps subjects' keys.
    pub root: Root,
    /// Made the refresh tokens of earlier releases, which count until they are renewed.
    pub refresh: zeroize::Zeroizing<[u8; 32]>,
    /// Names what is counted of tries.
    pub attempts: zeroize::Zeroizing<[u8; 32]>,
    /// Hashes codes that were sent.
    pub codes: zeroize::Zeroizing<[u8; 32]>,
    /// Signs the cookies of browsers that somebody has signed in at.
    pub browsers: zeroize::Zeroizing<[u8; 32]>,
    link: zeroize::Zeroizing<[u8; 32]>,
}

/// Characters of the code that checks a ticket in: 40 bits, behind a count of tries.
const CODE_CHARS: usize = 8;
/// Bytes of a link's proof: 80 bits, behind a rate limit.
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

    /// The secret of a ticket's live link: its id and a proof that we gave it.
    #[must_use]
    pub fn link(&self, ticket: TicketId) -> String {
        let id = ticket.0.as_bytes();
        let proof = mac(&self.link, id);
        BASE64_URL_SAFE_NO_PAD.encode([&id[..], &proof[..LINK_PROOF]].concat())
    }

    /// What the one who took a ticket may know of it.
    #[must_use]
    pub fn secrets(&self, ticket: TicketId) -> Secrets {
        Secrets { link: self.link(ticket), code: self.code(ticket) }
    }

    /// What checks a ticket in: 8 characters of Crockford's base 32.
    #[must_use]
    pub fn code(&self, ticket: TicketId) -> String {
        let proof = mac(&self.link, &[b"code", ticket.0.as_bytes().as_slice()].concat());
        lettered(&proof[..CODE_CHARS])
    }

    /// The key that kiosks of a clinic seal their tickets to.
    #[must_use]
    pub fn kiosk(&self, clinic: ClinicId) -> OpenKey {
        OpenKey::of(&self.root.derive("kiosk tickets", clinic.0.as_bytes()))
    }

    /// The ticket of a link's secret.
    #[must_use]
    pub fn linked(&self, secret: &str) -> Option<TicketId> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(secret).ok()?;
        let (id, proof) = bytes.split_first_chunk::<16>()?;
        let own = mac(&self.link, id);
        // Compared without an early end.
        let differs = own[..LINK_PROOF].iter().zip(proof).fold(0, |sum, (a, b)| sum | (a ^ b));
        (proof.len() == LINK_PROOF && differs == 0).then(|| TicketId(uuid::Uuid::from_bytes(*id)))
    }

    /// The key that signs a clinic's tokens of a kind in one generation. The kinds share none.
    #[must_use]
    pub fn token(&self, kind: &str, clinic: ClinicId, generation: i64) -> zeroize::Zeroizing<[u8; 32]> {
        self.root.derive(kind, &[clinic.0.as_bytes().as_slice(), &generation.to_be_bytes()].concat())
    }

    /// The key that a clinic's Web Push is signed with (P-256).
    #[must_use]
    pub fn vapid(&self, clinic: ClinicId) -> VapidKey {
        // All but one in 2^128 secrets are a key; of the others the next is.
        let key = |n: u8| {
            VapidKey::from_slice(
                &*self.root.derive("vapid", &[clinic.0.as_bytes().as_slice(), &[n]].concat()),
            )
        };
        (0..=u8::MAX).find_map(|n| key(n).ok()).unwrap_or_else(|| unreachable!())
    }

    /// The key that signs what a clinic orders its devices. They learn its public half when they are enrolled.
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

/// What the one who took a ticket may know of it, and nobody else.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// The secret of its live link.
    pub link: String,
    /// What checks it in at a kiosk.
    pub code: String,
}

/// Figures since the start.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Operations that the writer ran.
    pub operations: AtomicU64,
    /// Its transactions.
    pub batches: AtomicU64,
    /// Passwords that were hashed or looked at.
    pub hashes: AtomicU64,
    /// Connections that found no place.
    pub turned_away: AtomicU64,
    responses: [AtomicU64; 6],
}

impl Metrics {
    /// The responses of a status's class.
    #[must_use]
    pub fn responses(&self, status: u16) -> &AtomicU64 {
        &self.responses[usize::from(status / 100).min(5)]
    }
}
