//! Devices over REST.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::{get, patch},
};
use medlane_shared::{
    access::{Action, Actor, Known, Resource, Role, may},
    clinic::Page,
    fault::Code,
    identity::{DeviceRequest, DeviceView},
    ids::DeviceId,
};

use super::{ops::DeviceChange, store};
use crate::{
    app::App,
    http::{Asked, Caller, Reply},
};

/// The part's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/devices", get(list)).route("/api/v1/devices/{id}", patch(change))
}

async fn list(State(app): State<Arc<App>>, caller: Caller) -> Reply<Page<DeviceView>> {
    let own = match &caller.actor {
        Actor::Known(Known { role: Role::Manager, branches, .. }) => branches.first().copied(),
        _ => None,
    };
    may(&caller.actor, Action::DeviceManage, &own.map_or_else(Resource::clinic, Resource::branch))?;
    let devices = store::device_list(&mut app.core.read().await?, caller.actor.clinic()).await;
    let mut devices = devices.map_err(|error| app.core.broken(&error))?;
    devices.retain(|device| {
        may(&caller.actor, Action::DeviceManage, &Resource::branch(device.branch_id)).is_ok()
    });
    Ok(Json(Page { items: devices, next: None }))
}

async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<DeviceId>,
    Asked { body: request, once }: Asked<DeviceRequest>,
) -> Reply<DeviceView> {
    let id = app.writer.run(caller.by(once), DeviceChange { id, request }).await?;
    let device = store::device_view(&mut app.core.read().await?, caller.actor.clinic(), id).await;
    Ok(Json(device.map_err(|error| app.core.broken(&error))?.ok_or(Code::NotFound)?))
}
