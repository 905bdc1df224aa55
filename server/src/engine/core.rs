//! What all operations share.

use std::sync::Arc;

use medlane_shared::{
    fault::{Code, Fault},
    time::Timestamp,
};

use super::{clinic::Clinics, rooms::Rooms};
use crate::{
    config::Config,
    db::{Conn, Db},
    keys::Root,
    metrics::Metrics,
    writer::{Failure, Refusals},
};

/// The server's clock. Tests bring their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The state that operations share.
pub struct Core {
    /// The configuration.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// Wraps the keys of subjects. Each room derives its own keys from it.
    pub root: Root,
    /// The clinics in memory.
    pub clinics: Clinics,
    /// The rooms, and what they keep in memory of each clinic.
    pub rooms: Rooms,
    /// Metrics.
    pub metrics: Metrics,
    /// Counts of refusals for each caller.
    pub refusals: Refusals,
    clock: Clock,
}

impl Core {
    /// From the configuration, an open database and a root key.
    #[must_use]
    pub fn new(config: Config, db: Db, root: Root, rooms: Rooms, clock: Clock) -> Self {
        Self {
            config,
            db,
            root,
            clinics: Clinics::default(),
            rooms,
            metrics: Metrics::default(),
            refusals: Refusals::default(),
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
