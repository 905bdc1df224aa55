//! Renaming and removing devices.

use medlane_shared::{
    access::{Action, Resource, may},
    fault::{Code, Fault},
    identity::DeviceRequest,
    ids::DeviceId,
};
use serde_json::json;

use super::store;
use crate::{
    identity::ops::{DEVICE_NAME_MAX_CHARS, end},
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Renames or removes a device.
#[derive(Debug, Clone)]
pub struct DeviceChange {
    /// Which.
    pub id: DeviceId,
    /// How it shall be.
    pub request: DeviceRequest,
}

impl Op for DeviceChange {
    type Out = DeviceId;

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<DeviceId>, Failure> {
        let (at, clinic) = (unit.at(), unit.clinic());
        let device = store::device_view(unit.reads().await?, clinic, self.id).await?;
        let Some(device) = device else {
            may(unit.actor(), Action::DeviceManage, &Resource::clinic())?;
            return Err(Code::NotFound.into());
        };
        may(unit.actor(), Action::DeviceManage, &Resource::branch(device.branch_id))?;
        if device.version != self.request.version {
            return Err(Fault::new(Code::VersionStale).present(&device).into());
        }
        let name = self.request.name.as_deref().unwrap_or(&device.name).trim();
        if !(1..=DEVICE_NAME_MAX_CHARS).contains(&name.chars().count()) {
            return Err(Fault::new(Code::Invalid).field("name", "is 1 to 80 characters").into());
        }
        let removed_at = Some(at).filter(|_| self.request.remove);
        store::device_put(unit.writes().await?, self.id, name, removed_at).await?;
        if self.request.remove {
            for session in store::device_sessions(unit.reads().await?, self.id, at).await? {
                end(unit, session).await?;
            }
        }
        let action = if self.request.remove { "device.remove" } else { "device.rename" };
        let entry = Entry::new(action, format!("device:{}", self.id))
            .detail(json!({ "before": device.name, "after": name }));
        Ok(unit.commit(entry, self.id))
    }
}
