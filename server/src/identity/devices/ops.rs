//! Renaming, locking, unlocking and wiping devices.

use medlane_shared::{
    access::{Action, Resource, may},
    fault::{Code, Fault, FieldCode, FieldFault},
    identity::{DeviceOrder, DeviceRequest, DeviceState},
    ids::DeviceId,
};
use serde_json::json;

use super::{enrol::NAME_MAX_CHARS, store};
use crate::{
    identity::{
        confirm,
        memory::{DEVICE, DeviceStanding, Devices},
        ops::end,
    },
    writer::{Done, Entry, Failure, Op, Unit},
};

/// Renames a device, or gives it an order.
#[derive(Debug, Clone)]
pub struct DeviceChange {
    /// The device.
    pub id: DeviceId,
    /// The request.
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
        let grant = may(unit.actor(), Action::DeviceManage, &Resource::branch(device.branch_id))?;
        if device.version != self.request.version {
            return Err(Fault::new(Code::VersionStale).present(&device).into());
        }
        let name = self.request.name.as_deref().unwrap_or(&device.name).trim();
        if !(1..=NAME_MAX_CHARS).contains(&name.chars().count()) {
            return Err(Fault::new(Code::Invalid)
                .field("name", FieldFault::length(1, NAME_MAX_CHARS))
                .into());
        }
        let gone = matches!(device.state, DeviceState::Wiping | DeviceState::Wiped);
        if gone && self.request.order.is_some_and(|order| order != DeviceOrder::Heed) {
            return Err(Code::DeviceRevoked.into());
        }
        let order = self.request.order;
        if order == Some(DeviceOrder::Restart) && device.kind.role().is_none() {
            return Err(Fault::new(Code::Invalid).field("order", FieldCode::KioskOnly).into());
        }
        if matches!(order, Some(DeviceOrder::Wipe | DeviceOrder::Unlock)) {
            confirm::demand(unit).await?;
        }
        store::device_put(unit.writes().await?, self.id, name, order, at).await?;
        let action = match order {
            None => "device.rename",
            Some(DeviceOrder::Lock) => "device.lock",
            Some(DeviceOrder::Unlock) => "device.unlock",
            Some(DeviceOrder::Restart) => "device.restart",
            Some(DeviceOrder::Heed) => "device.heed",
            Some(DeviceOrder::Wipe) => "device.wipe",
        };
        if order == Some(DeviceOrder::Wipe) {
            for session in store::device_sessions(unit.reads().await?, self.id, at).await? {
                end(unit, session).await?;
            }
        }
        if order.is_some() {
            let after = store::device_by_id(unit.reads().await?, clinic, self.id).await?;
            unit.change::<Devices>(DeviceStanding::of(self.id, after.as_ref()));
            unit.changed(DEVICE, self.id, Some(device.branch_id), None);
        }
        let entry = Entry::new(action, format!("device:{}", self.id))
            .by(&grant)
            .detail(json!({ "before": device.name, "after": name }));
        Ok(unit.commit(entry, self.id))
    }
}
