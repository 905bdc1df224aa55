//! The catalogue over REST.

use std::sync::Arc;

use axum::{Json, Router, extract::State, routing::get};
use medlane_shared::{
    access::{Action, Resource, may},
    clinic::{Branch, Page, Service},
    fault::Code,
    ids::BranchId,
};

use crate::{
    app::App,
    clinic::Catalogue,
    http::{Caller, Path, Reply},
};

/// The catalogue's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/branches", get(branches))
        .route("/api/v1/branches/{id}/services", get(services))
        .merge(super::settings::routes())
}

async fn branches(State(app): State<Arc<App>>, caller: Caller) -> Reply<Page<Branch>> {
    may(&caller.actor, Action::CatalogueRead, &Resource::clinic())?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    Ok(Json(Page { items: clinic.state::<Catalogue>().branches.clone(), next: None }))
}

async fn services(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(branch): Path<BranchId>,
) -> Reply<Page<Service>> {
    may(&caller.actor, Action::CatalogueRead, &Resource::clinic())?;
    let catalogue = app.core.clinics.get(caller.actor.clinic())?.state::<Catalogue>();
    catalogue.branch(branch).ok_or(Code::NotFound)?;
    Ok(Json(Page { items: catalogue.services(branch).to_vec(), next: None }))
}
