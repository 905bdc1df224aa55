//! How often a request may take effect.

use medlane_shared::{
    access::{Actor, Known, Role, Who},
    audit::hex,
};
use sha2::{Digest, Sha256};

/// Whether a request takes effect once, however often it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Once {
    /// Every time.
    No,
    /// Once for its caller, their role and the key (48 h).
    Key {
        /// Hash of clinic, caller, role and key.
        id: String,
        /// Hash of the request and of the caller's branches: another request with the same key is refused.
        body: String,
    },
}

impl Once {
    /// From the `Idempotency-Key` header: the caller, the key, and the whole request.
    #[must_use]
    pub fn key(actor: &Actor, key: &str, asked: &[&[u8]]) -> Self {
        let (who, mut branches) = match actor {
            Actor::Known(Known { who: Who::Person(person), branches, .. }) => {
                (person.to_string(), branches.clone())
            }
            Actor::Known(Known { who: Who::Device(device), branches, .. }) => {
                (device.to_string(), branches.clone())
            }
            Actor::Anonymous { .. } | Actor::System { .. } => (String::new(), Vec::new()),
        };
        branches.sort_unstable();
        let reached: Vec<&[u8]> = branches.iter().map(|branch| branch.0.as_bytes().as_slice()).collect();
        let role = actor.role().map_or("", Role::text);
        let clinic = actor.clinic().to_string();
        let id = hash(&[clinic.as_bytes(), who.as_bytes(), role.as_bytes(), key.as_bytes()]);
        Self::Key { id, body: hash(&[asked, &reached].concat()) }
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
