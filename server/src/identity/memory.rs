//! The state of identity in memory, for each clinic: ended sessions, barred devices, guardians and their dependants.

use std::sync::Arc;

use imbl::{HashMap as SharedMap, HashSet as SharedSet};
use medlane_shared::{
    fault::Code,
    ids::{DeviceId, PersonId, SessionId},
    time::Timestamp,
};

use super::{
    dependants::{dependant_ids, guarded_load},
    devices::{Device, bar_list, device_by_id, restart_list},
    session_store::sessions_ended,
};
use crate::{
    engine::{Entity, Load, RoomState},
    writer::ChangeRow,
};

/// A session that ended.
pub const SESSION: Entity = Entity::new("session");
/// A device.
pub const DEVICE: Entity = Entity::new("device");
/// A guardian and their dependants.
pub const GUARDIAN: Entity = Entity::new("guardian");

/// The sessions that ended before their access token ran out.
#[derive(Debug, Clone, Default)]
pub struct Sessions(SharedSet<SessionId>);

impl Sessions {
    /// Whether a session has ended before its access token ran out.
    #[must_use]
    pub fn has_ended(&self, session: SessionId) -> bool {
        self.0.contains(&session)
    }
}

impl RoomState for Sessions {
    /// A session that ended.
    type Change = SessionId;

    const ENTITIES: &'static [Entity] = &[SESSION];

    async fn load(at: Load<'_>) -> sqlx::Result<Self> {
        Ok(Self(sessions_ended(at.conn, at.clinic).await?.into_iter().collect()))
    }

    fn apply(&mut self, ended: &SessionId) {
        self.0.insert(*ended);
    }

    async fn catch_up(_at: Load<'_>, news: &[&ChangeRow]) -> sqlx::Result<Vec<SessionId>> {
        news.iter().map(|row| row.id()).collect()
    }
}

/// The orders to devices.
#[derive(Debug, Clone, Default)]
pub struct Devices {
    /// Devices at which nobody may work, and why.
    bars: SharedMap<DeviceId, Code>,
    /// When devices were told to restart.
    restarts: SharedMap<DeviceId, Timestamp>,
}

impl Devices {
    /// Why nobody may work at a device; `None` if people may.
    #[must_use]
    pub fn bar(&self, device: DeviceId) -> Option<Code> {
        self.bars.get(&device).copied()
    }

    /// When a device was last told to restart.
    #[must_use]
    pub fn restart_at(&self, device: DeviceId) -> Option<Timestamp> {
        self.restarts.get(&device).copied()
    }
}

/// The present state of a device.
#[derive(Debug, Clone, Copy)]
pub struct DeviceStanding {
    id: DeviceId,
    bar: Option<Code>,
    restart_at: Option<Timestamp>,
}

impl DeviceStanding {
    /// The state of a device by its row. Nothing bars a device without a row.
    #[must_use]
    pub fn of(id: DeviceId, row: Option<&Device>) -> Self {
        Self { id, bar: row.and_then(Device::bar), restart_at: row.and_then(|device| device.restart_at) }
    }
}

impl RoomState for Devices {
    type Change = DeviceStanding;

    const ENTITIES: &'static [Entity] = &[DEVICE];

    async fn load(at: Load<'_>) -> sqlx::Result<Self> {
        let bars = bar_list(at.conn, at.clinic).await?.into_iter().collect();
        let restarts = restart_list(at.conn, at.clinic).await?.into_iter().collect();
        Ok(Self { bars, restarts })
    }

    fn apply(&mut self, now: &DeviceStanding) {
        match now.bar {
            Some(code) => self.bars.insert(now.id, code),
            None => self.bars.remove(&now.id),
        };
        if let Some(at) = now.restart_at {
            self.restarts.insert(now.id, at);
        }
    }

    async fn catch_up(at: Load<'_>, news: &[&ChangeRow]) -> sqlx::Result<Vec<DeviceStanding>> {
        let mut changes = Vec::new();
        for row in news {
            let device: DeviceId = row.id()?;
            let found = device_by_id(at.conn, at.clinic, device).await?;
            changes.push(DeviceStanding::of(device, found.as_ref()));
        }
        Ok(changes)
    }
}

/// The dependants of each guardian.
#[derive(Debug, Clone, Default)]
pub struct Guardians(SharedMap<PersonId, Arc<[PersonId]>>);

impl Guardians {
    /// The dependants whom a person acts for.
    #[must_use]
    pub fn dependants(&self, guardian: PersonId) -> Arc<[PersonId]> {
        self.0.get(&guardian).cloned().unwrap_or_else(|| [].into())
    }
}

impl RoomState for Guardians {
    /// A guardian's dependants have changed.
    type Change = (PersonId, Arc<[PersonId]>);

    const ENTITIES: &'static [Entity] = &[GUARDIAN];

    async fn load(at: Load<'_>) -> sqlx::Result<Self> {
        Ok(Self(guarded_load(at.conn, at.clinic).await?.into_iter().collect()))
    }

    fn apply(&mut self, (guardian, all): &Self::Change) {
        self.0.insert(*guardian, all.clone());
    }

    async fn catch_up(at: Load<'_>, news: &[&ChangeRow]) -> sqlx::Result<Vec<Self::Change>> {
        let mut changes = Vec::new();
        for row in news {
            let guardian: PersonId = row.id()?;
            let all = dependant_ids(at.conn, at.clinic, guardian).await?;
            changes.push((guardian, all.into()));
        }
        Ok(changes)
    }
}
