//! The caller's own sessions, profile and password over REST.

use std::sync::Arc;

use axum::{extract::State, http::HeaderMap};
use medlane_shared::{
    api,
    clinic::Page,
    fault::{Code, Fault, FieldCode, Language},
    ids::SessionId,
};

use super::{
    kept::session_views,
    ops::{EndOwn, Password, Profile},
};
use crate::{
    app::App,
    engine::{own, own_by},
    http::{Asked, Body, CallAnswer, Caller, Client, Path, Reply, Routes},
    identity::{
        contact::{birth_date, name},
        passwords::{chosen, own_account},
        routes::answers::{described, know},
    },
    writer::Once,
};

/// The part's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::ChangeProfile, profile)
        .on(api::ChangePassword, password)
        .on(api::ListSessions, sessions)
        .on(api::EndSessions, end_all)
        .on(api::EndSession, end)
}

async fn sessions(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::ListSessions> {
    let (person, present) = own(&caller.actor)?;
    let items = session_views(&mut app.core.read().await?, person, present, app.core.now()).await;
    Ok(CallAnswer::of(Page { items: items.map_err(|error| app.core.broken(&error))?, next: None }))
}

async fn end(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<SessionId>,
) -> Reply<api::EndSession> {
    app.writer.run(caller.by(Once::No), EndOwn(Some(id))).await?;
    Ok(CallAnswer::of(()))
}

async fn end_all(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::EndSessions> {
    app.writer.run(caller.by(Once::No), EndOwn(None)).await?;
    Ok(CallAnswer::of(()))
}

async fn profile(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asked { body: request, once }: Asked<api::ChangeProfile>,
) -> Reply<api::ChangeProfile> {
    let known = |tag: &str| {
        Language::from_tag(tag)
            .ok_or_else(|| Fault::new(Code::Invalid).field("language", FieldCode::Language))
    };
    let op = Profile {
        name: request.name.as_deref().map(name).transpose()?,
        language: request.language.as_deref().map(known).transpose()?,
        gender: request.gender,
        birth_date: request.birth_date.map(|born| birth_date(&born, app.core.now())).transpose()?,
    };
    app.writer.run(caller.by(once), op).await?;
    described(&app, caller).await
}

async fn password(
    State(app): State<Arc<App>>,
    caller: Caller,
    client: Client,
    Body(request): Body<api::ChangePassword>,
) -> Reply<api::ChangePassword> {
    let (person, _, grant) = own_by(&caller.actor)?;
    // No password is hashed before the caller has confirmed their identity.
    app.writer.run(caller.by(Once::No), Password { hash: None }).await?;
    let account = own_account(&app, &grant).await?;
    let known = [Some(account.name), account.email, account.phone].into_iter().flatten().collect::<Vec<_>>();
    let hash = chosen(&app, caller.actor.clinic(), &request.password, &known).await?;
    app.writer.run(caller.by(Once::No), Password { hash: Some(hash) }).await?;
    let mut headers = HeaderMap::new();
    let mut conn = app.core.read().await?;
    know(&app, &mut conn, (caller.actor.clinic(), person), &client, &mut headers).await?;
    Ok(CallAnswer::of(()).with(headers))
}
