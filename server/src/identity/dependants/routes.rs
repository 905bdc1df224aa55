//! Dependants over REST.

use std::sync::Arc;

use axum::extract::State;
use medlane_shared::{
    api,
    clinic::Page,
    fault::Code,
    identity::{Dependant, Limit},
    ids::PersonId,
};

use super::{
    ops::{DependantAdd, DependantEnd},
    store::dependant_list,
};
use crate::{
    app::App,
    attempts::Try,
    engine::own_by,
    http::{Asked, CallAnswer, Caller, Path, Reply, Routes},
    identity::contact::{birth_date, name},
    writer::Once,
};

/// The window of the limit on added dependants, in milliseconds.
const DAY_MS: i64 = 24 * 3_600_000;

/// The part's routes.
pub fn routes() -> Routes {
    Routes::new().on(api::ListDependants, list).on(api::AddDependant, add).on(api::EndDependant, end)
}

async fn all(app: &App, caller: &Caller) -> Result<Vec<Dependant>, medlane_shared::fault::Fault> {
    let (_, _, grant) = own_by(&caller.actor)?;
    let all = dependant_list(&mut app.core.read().await?, &grant).await;
    all.map_err(|error| app.core.broken(&error))
}

async fn list(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::ListDependants> {
    Ok(CallAnswer::of(Page { items: all(&app, &caller).await?, next: None }))
}

/// The limit on dependants that a person may add in a day.
fn added(app: &App, caller: &Caller) -> Vec<Try> {
    let max = app.config.limits.dependants_a_day;
    let limit = Limit { window_ms: DAY_MS, max, grows: false };
    let of = caller.actor.person().filter(|_| max > 0);
    of.map(|of| Try::new(&app.core, caller.actor.clinic(), "dependants", &of.to_string(), limit))
        .into_iter()
        .collect()
}

async fn add(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asked { body: request, once }: Asked<api::AddDependant>,
) -> Reply<api::AddDependant> {
    let op = DependantAdd {
        id: PersonId::new(app.core.now(), rand::random()),
        name: name(&request.name)?,
        birth_date: birth_date(&request.birth_date, app.core.now())?,
        gender: request.gender,
        tries: added(&app, &caller),
    };
    let id = app.writer.run(caller.by(once), op).await?;
    let added = all(&app, &caller).await?.into_iter().find(|one| one.id == id);
    Ok(CallAnswer::of(added.ok_or(Code::NotFound)?))
}

async fn end(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<PersonId>,
) -> Reply<api::EndDependant> {
    app.writer.run(caller.by(Once::No), DependantEnd(id)).await?;
    Ok(CallAnswer::of(()))
}
