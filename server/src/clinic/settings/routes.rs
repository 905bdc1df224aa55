//! Settings over REST: every answer holds all settings as they are after the call.

use std::sync::Arc;

use axum::extract::State;
use medlane_shared::{
    access::{Action, Resource, may},
    api::{self, Call},
    clinic::Settings,
    fault::{Code, Fault, FieldCode},
    ids::{BranchId, ServiceId},
};

use super::{
    ops::{BranchSave, ServiceSave},
    store::settings_load,
};
use crate::{
    app::App,
    http::{Asked, CallAnswer, Caller, Path, Reply, Routes},
    writer::{Once, Op},
};

/// The routes of the settings.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::GetSettings, all)
        .on(api::AddBranch, add_branch)
        .on(api::ChangeBranch, change_branch)
        .on(api::AddService, add_service)
        .on(api::ChangeService, change_service)
}

async fn all<C: Call<Response = Settings>>(State(app): State<Arc<App>>, caller: Caller) -> Reply<C> {
    let grant = may(&caller.actor, Action::SettingsManage, &Resource::clinic())?;
    let settings = settings_load(&mut app.core.read().await?, &grant).await;
    Ok(CallAnswer::of(settings.map_err(|error| app.core.broken(&error))?))
}

/// Runs an operation, and answers with all settings. A new row comes without a version, a changed one with the
/// version that the caller saw.
async fn saved<C: Call<Response = Settings>, O: Op<Out = ()>>(
    app: Arc<App>,
    caller: Caller,
    once: Once,
    (is_new, version): (bool, Option<i64>),
    op: O,
) -> Reply<C> {
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
    Asked { body: settings, once }: Asked<api::AddBranch>,
) -> Reply<api::AddBranch> {
    let id = BranchId::new(app.core.now(), rand::random());
    saved(app, caller, once, (true, settings.version), BranchSave { id, settings }).await
}

async fn change_branch(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<BranchId>,
    Asked { body: settings, once }: Asked<api::ChangeBranch>,
) -> Reply<api::ChangeBranch> {
    saved(app, caller, once, (false, settings.version), BranchSave { id, settings }).await
}

async fn add_service(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asked { body: settings, once }: Asked<api::AddService>,
) -> Reply<api::AddService> {
    let id = ServiceId::new(app.core.now(), rand::random());
    saved(app, caller, once, (true, settings.version), ServiceSave { id, settings }).await
}

async fn change_service(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<ServiceId>,
    Asked { body: settings, once }: Asked<api::ChangeService>,
) -> Reply<api::ChangeService> {
    saved(app, caller, once, (false, settings.version), ServiceSave { id, settings }).await
}
