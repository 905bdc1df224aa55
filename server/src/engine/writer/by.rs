//! On whose behalf an operation runs.

use std::net::IpAddr;

use medlane_shared::{access::Actor, ids::ClinicId};

use super::once::Once;

/// On whose behalf an operation runs.
#[derive(Debug, Clone)]
pub struct By {
    /// The actor.
    pub actor: Actor,
    /// The caller's address.
    pub ip: Option<IpAddr>,
    /// How often it may take effect.
    pub once: Once,
    /// Whether the actor has confirmed their identity within the last minutes.
    pub confirmed: bool,
}

impl By {
    /// An operation of the server itself.
    #[must_use]
    pub const fn system(clinic: ClinicId) -> Self {
        Self { actor: Actor::System { clinic }, ip: None, once: Once::No, confirmed: false }
    }
}
