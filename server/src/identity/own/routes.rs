//! One's own sessions, profile and password over REST.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    routing::{delete, get, patch, post},
};
use medlane_shared::{
    clinic::Page,
    fault::{Code, Fault, Language},
    identity::{ConfirmRequest, Me, PasswordRequest, ProfileRequest, SessionView},
    ids::{PersonId, SessionId},
    time::Timestamp,
};

use super::{
    ops::{Confirm, EndOwn, Password, Profile},
    own,
};
use crate::{
    app::App,
    db::Conn,
    http::{Asked, Body, Caller, Path, Reply},
    identity::{
        attempts::Try,
        contact::{Contact, chosen, name},
        routes::{account_of, by_account, me, password_fits},
        session_store::{Session, session_list},
        store::Account,
    },
    writer::Once,
};

/// The part's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/users/me", patch(profile).get(me))
        .route("/api/v1/users/me/password", post(password))
        .route("/api/v1/users/me/export", get(super::export::export))
        .route("/api/v1/users/me/confirm", post(confirm))
        .route("/api/v1/users/me/sessions", get(sessions).delete(end_all))
        .route("/api/v1/users/me/sessions/{id}", delete(end))
}

async fn sessions(State(app): State<Arc<App>>, caller: Caller) -> Reply<Page<SessionView>> {
    let (person, present) = own(&caller.actor)?;
    let items = session_views(&mut app.core.read().await?, person, present, app.core.now()).await;
    Ok(Json(Page { items: items.map_err(|error| app.core.broken(&error))?, next: None }))
}

/// The live sessions of somebody, and which of them asks.
///
/// # Errors
/// The driver's.
pub(super) async fn session_views(
    conn: &mut Conn,
    person: PersonId,
    present: SessionId,
    at: Timestamp,
) -> sqlx::Result<Vec<SessionView>> {
    let list = session_list(conn, person, at).await?.into_iter();
    let view = |session: Session| SessionView {
        id: session.id,
        role: session.role,
        face: session.face,
        agent: session.agent,
        created_at: session.created_at,
        seen_at: session.rotated_at,
        is_present: session.id == present,
    };
    Ok(list.map(view).collect())
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
        Language::from_tag(tag).ok_or_else(|| Fault::new(Code::Invalid).field("language", "is en, ar or hi"))
    };
    let op = Profile {
        name: request.name.as_deref().map(name).transpose()?,
        language: request.language.as_deref().map(known).transpose()?,
    };
    app.writer.run(caller.by(once), op).await?;
    if let Some(person) = caller.actor.person() {
        app.core.subjects.forget(caller.actor.clinic(), person);
    }
    me(State(app), caller).await
}

/// Whoever asks, and what is counted of their wrong passwords.
pub async fn account(app: &App, caller: &Caller) -> Result<(Account, Vec<Try>), Fault> {
    let (person, _) = own(&caller.actor)?;
    let account = account_of(app, caller, person).await?;
    let contact = Contact {
        channel: medlane_shared::notify::Channel::Email,
        address: account.email.clone().unwrap_or_else(|| person.to_string()),
    };
    Ok((account, by_account(app, caller, &contact)))
}

async fn confirm(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(request): Body<ConfirmRequest>,
) -> Reply<()> {
    let (account, failures) = account(&app, &caller).await?;
    let fits = password_fits(&app, request.password, account.password).await?;
    if app.writer.run(caller.by(Once::No), Confirm { fits, failures }).await? {
        return Ok(Json(()));
    }
    Err(Code::PasswordWrong.into())
}

async fn password(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(request): Body<PasswordRequest>,
) -> Reply<()> {
    let (account, failures) = account(&app, &caller).await?;
    let fits = password_fits(&app, request.present.clone(), account.password).await?;
    let known = [Some(account.name), account.email, account.phone].into_iter().flatten().collect::<Vec<_>>();
    let hash = if fits { Some(chosen(&app, &caller, &request.password, &known).await?) } else { None };
    if app.writer.run(caller.by(Once::No), Password { hash, failures }).await? {
        return Ok(Json(()));
    }
    Err(Code::PasswordWrong.into())
}
