//! How often a request may take effect.

use medlane_shared::{
    access::{Actor, Known, Who},
    audit::hex,
};
use sha2::{Digest, Sha256};

/// A request that is made once however often it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Once {
    /// Every time.
    No,
    /// Once for its caller and key (48 h).
    Key {
        /// Hash of clinic, caller and key.
        id: String,
        /// Hash of what was asked: another body under the same key is refused.
        body: String,
    },
}

impl Once {
    /// From the `Idempotency-Key` header: the caller, the key, and everything that was asked.
    #[must_use]
    pub fn key(actor: &Actor, key: &str, asked: &[&[u8]]) -> Self {
        let who = match actor {
            Actor::Known(Known { who: Who::Person(person), .. }) => person.to_string(),
            Actor::Known(Known { who: Who::Device(device), .. }) => device.to_string(),
            Actor::Anonymous { .. } | Actor::System { .. } => String::new(),
        };
        let clinic = actor.clinic().to_string();
        Self::Key { id: hash(&[clinic.as_bytes(), who.as_bytes(), key.as_bytes()]), body: hash(asked) }
    }
}

fn hash(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}
