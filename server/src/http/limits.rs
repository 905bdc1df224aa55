//! How much one may ask: of an address without a session, and of whoever is signed in. Counted by each node for itself.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use medlane_shared::{
    access::{Actor, Known, Who},
    fault::Fault,
    identity::{Attempts, Limit},
    ids::{DeviceId, PersonId},
    time::Timestamp,
};

use crate::config;

/// Counts kept; then those that have ended are forgotten, and if none has, all.
const KEPT_MAX: usize = 100_000;

/// Who is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Asker {
    Address(Option<IpAddr>),
    Person(PersonId),
    Device(DeviceId),
}

/// The counts.
#[derive(Debug, Default)]
pub struct Limits(Mutex<HashMap<Asker, Attempts>>);

impl Limits {
    /// Counts a request.
    ///
    /// # Errors
    /// [`medlane_shared::fault::Code::RateLimited`] with the seconds to wait.
    pub fn count(
        &self,
        actor: &Actor,
        ip: Option<IpAddr>,
        config: &config::Limits,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let (asker, limit) = match actor {
            Actor::Known(Known { who: Who::Person(person), .. }) => (Asker::Person(*person), minute(config)),
            Actor::Known(Known { who: Who::Device(device), .. }) => (Asker::Device(*device), minute(config)),
            Actor::Anonymous { .. } => (Asker::Address(ip), quarter_hour(config)),
            Actor::System { .. } => return Ok(()),
        };
        if limit.max == 0 {
            return Ok(());
        }
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= KEPT_MAX {
            counts.retain(|_, count| now.since_ms(count.began_at) < quarter_hour(config).window_ms);
            if counts.len() >= KEPT_MAX {
                counts.clear();
            }
        }
        let before = counts.get(&asker).copied();
        limit.check(before, now).map_err(Fault::rate_limited)?;
        counts.insert(asker, limit.count(before, now));
        Ok(())
    }
}

const fn minute(config: &config::Limits) -> Limit {
    Limit { window_ms: 60_000, max: config.signed_in_a_minute, grows: false }
}

const fn quarter_hour(config: &config::Limits) -> Limit {
    Limit { window_ms: config.window_s * 1_000, max: config.anonymous, grows: false }
}
