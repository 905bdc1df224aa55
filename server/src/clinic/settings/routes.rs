//! Settings over REST: every answer holds all settings as they are after the call.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    routing::{get, post, put},
};
use medlane_shared::{
    access::{Action, Resource, may},
    clinic::{BranchSettings, ServiceSettings, Settings},
    fault::{Code, Fault, FieldCode},
    ids::{BranchId, ServiceId},
};

use super::{
    ops::{BranchSave, ServiceSave},
    store::settings_load,
};
use crate::{
    app::App,
    http::{Asked, Caller, Path, Reply},
    writer::{Once, Op},
};

/// The routes of the settings.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/admin/settings", get(all))
        .route("/api/v1/admin/branches", post(add_branch))
        .route("/api/v1/admin/branches/{id}", put(change_branch))
        .route("/api/v1/admin/services", post(add_service))
        .route("/api/v1/admin/services/{id}", put(change_service))
}

async fn all(State(app): State<Arc<App>>, caller: Caller) -> Reply<Settings> {
    may(&caller.actor, Action::SettingsManage, &Resource::clinic())?;
    let settings = settings_load(&mut app.core.read().await?, caller.actor.clinic()).await;
    Ok(Json(settings.map_err(|error| app.core.broken(&error))?))
}

/// Runs an operation, and answers with all settings. A new row comes without a version, a changed one with the
/// version that the caller saw.
async fn saved<O: Op<Out = ()>>(
    app: Arc<App>,
    caller: Caller,
    once: Once,
    (is_new, version): (bool, Option<i64>),
    op: O,
) -> Reply<Settings> {
    may(&caller.actor, Action::SettingsManage, &Resource::clinic())?;
    if is_new != version.is_none() {
        return Err(Fault::new(Code::Invalid).field("version", FieldCode::Version).into());
    }
    app.writer.run(caller.by(once), op).await?;
    all(State(app), caller).await
}

async fn add_branch(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asked { body: settings, once }: Asked<BranchSettings>,
) -> Reply<Settings> {
    let id = BranchId::new(app.core.now(), rand::random());
    saved(app, caller, once, (true, settings.version), BranchSave { id, settings }).await
}

async fn change_branch(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<BranchId>,
    Asked { body: settings, once }: Asked<BranchSettings>,
) -> Reply<Settings> {
    saved(app, caller, once, (false, settings.version), BranchSave { id, settings }).await
}

async fn add_service(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asked { body: settings, once }: Asked<ServiceSettings>,
) -> Reply<Settings> {
    let id = ServiceId::new(app.core.now(), rand::random());
    saved(app, caller, once, (true, settings.version), ServiceSave { id, settings }).await
}

async fn change_service(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<ServiceId>,
    Asked { body: settings, once }: Asked<ServiceSettings>,
) -> Reply<Settings> {
    saved(app, caller, once, (false, settings.version), ServiceSave { id, settings }).await
}
