//! The caller's own sessions, profile and password over REST.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse as _, Response},
    routing::{delete, get, patch, post},
};
use medlane_shared::{
    clinic::Page,
    fault::{Code, Fault, FieldCode, Language},
    identity::{Me, PasswordRequest, ProfileRequest, SessionView},
    ids::SessionId,
};

use super::{
    kept::session_views,
    ops::{EndOwn, Password, Profile},
};
use crate::{
    app::App,
    engine::own,
    http::{Asked, Body, Caller, Client, Path, Refusal, Reply},
    identity::{
        contact::{birth_date, name},
        passwords::{account_of, chosen},
        routes::answers::{described, know},
    },
    writer::Once,
};

/// The part's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/users/me", patch(profile))
        .route("/api/v1/users/me/password", post(password))
        .route("/api/v1/users/me/sessions", get(sessions).delete(end_all))
        .route("/api/v1/users/me/sessions/{id}", delete(end))
}

async fn sessions(State(app): State<Arc<App>>, caller: Caller) -> Reply<Page<SessionView>> {
    let (person, present) = own(&caller.actor)?;
    let items = session_views(&mut app.core.read().await?, person, present, app.core.now()).await;
    Ok(Json(Page { items: items.map_err(|error| app.core.broken(&error))?, next: None }))
}

async fn end(State(app): State<Arc<App>>, caller: Caller, Path(id): Path<SessionId>) -> Reply<()> {
    app.writer.run(caller.by(Once::No), EndOwn(Some(id))).await?;
    Ok(Json(()))
}

async fn end_all(State(app): State<Arc<App>>, caller: Caller) -> Reply<()> {
    app.writer.run(caller.by(Once::No), EndOwn(None)).await?;
    Ok(Json(()))
}

async fn profile(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asked { body: request, once }: Asked<ProfileRequest>,
) -> Reply<Me> {
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
    Body(request): Body<PasswordRequest>,
) -> Result<Response, Refusal> {
    let (person, _) = own(&caller.actor)?;
    // No password is hashed before the caller has confirmed their identity.
    app.writer.run(caller.by(Once::No), Password { hash: None }).await?;
    let account = account_of(&app, caller.actor.clinic(), person).await?;
    let known = [Some(account.name), account.email, account.phone].into_iter().flatten().collect::<Vec<_>>();
    let hash = chosen(&app, caller.actor.clinic(), &request.password, &known).await?;
    app.writer.run(caller.by(Once::No), Password { hash: Some(hash) }).await?;
    let mut headers = HeaderMap::new();
    let mut conn = app.core.read().await?;
    know(&app, &mut conn, (caller.actor.clinic(), person), &client, &mut headers).await?;
    Ok((headers, Json(())).into_response())
}
