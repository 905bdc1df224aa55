//! The catalogue over REST.

use std::sync::Arc;

use axum::extract::State;
use medlane_shared::{
    access::{Action, Resource, may},
    api,
    clinic::Page,
    fault::Code,
    ids::BranchId,
};

use crate::{
    app::App,
    clinic::Catalogue,
    http::{CallAnswer, Caller, Path, Reply, Routes},
};

/// The catalogue's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::ListBranches, branches)
        .on(api::ListServices, services)
        .and(super::settings::routes())
}

async fn branches(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::ListBranches> {
    may(&caller.actor, Action::CatalogueRead, &Resource::clinic())?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    Ok(CallAnswer::of(Page { items: clinic.state::<Catalogue>().branches.clone(), next: None }))
}

async fn services(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(branch): Path<BranchId>,
) -> Reply<api::ListServices> {
    may(&caller.actor, Action::CatalogueRead, &Resource::clinic())?;
    let catalogue = app.core.clinics.get(caller.actor.clinic())?.state::<Catalogue>();
    catalogue.branch(branch).ok_or(Code::NotFound)?;
    Ok(CallAnswer::of(Page { items: catalogue.services(branch).to_vec(), next: None }))
}
