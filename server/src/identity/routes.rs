//! Signing in, renewing, signing out; who one is; devices.

use std::sync::Arc;

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use medlane_shared::{
    access::{Action, Known, Resource, Role, Who, may},
    fault::{Code, Fault},
    identity::{
        Face, Limit, LoginRequest, MFA_STEP_S, Me, MfaStep, PASSWORD_MAX_BYTES, RefreshRequest, Tokens,
    },
    ids::PersonId,
};

use super::{
    Refresh, Refreshed, SignIn, SignOut,
    attempts::{self, Try},
    contact::{Contact, signs_in_with},
    devices,
    factor::Step,
    ops::{Admission, SignedIn},
    session_store,
    signing::SigningRotate,
    store::{self, Account, account_by_id},
    token,
};
use crate::{
    app::App,
    http::{Body, Caller, Client, Refusal, Reply},
    writer::{Failure, Once},
};

/// Hashed where no account has the address, so that the time tells nothing. Its password is in nobody's hands.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bWVkbGFuZS1ub2JvZHk$Wm3XyCjTq1N0yR1z1Hh3Qp2rJ9v5bK8sL4dF6gT7uYc";

/// The room's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/auth/login", post(login))
        .route("/api/v1/auth/refresh", post(refresh))
        .route("/api/v1/auth/logout", post(logout))
        .route("/api/v1/me", get(me))
        .route("/api/v1/keys/rotate", post(rotate))
        .merge(super::contact::routes())
        .merge(super::accounts::routes())
        .merge(devices::routes())
        .merge(super::factor::routes())
        .merge(super::dependants::routes())
        .merge(super::merge::routes())
        .merge(super::own::routes())
        .merge(super::patients::routes())
        .merge(super::profile::routes())
}

/// The hash of a password (argon2id, PHC string).
///
/// # Errors
/// [`Code::Internal`] when hashing fails.
pub fn password_hash(password: &str) -> Result<String, Fault> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|_| Code::Internal)?;
    Ok(hash.to_string())
}

/// The same, behind the bound on such work.
///
/// # Errors
/// [`Code::Internal`], [`Code::Overloaded`].
pub(super) async fn password_hashed(app: &App, password: String) -> Result<String, Fault> {
    app.checks.run(move || password_hash(&password)).await?
}

/// What is counted of every try of a code or password from an address.
pub(super) fn by_address(app: &App, caller: &Caller) -> Vec<Try> {
    let limits = &app.config.limits;
    let limit = Limit { window_ms: limits.window_s * 1_000, max: limits.tries, grows: false };
    let of = caller.ip.map(|ip| ip.to_string()).unwrap_or_default();
    vec![Try::new(&app.core, caller.actor.clinic(), "address", &of, limit)]
}

/// What is counted of failed sign-ins: of the account from this address, and of the account from anywhere.
pub(super) fn by_account(app: &App, caller: &Caller, contact: &Contact) -> Vec<Try> {
    let limits = &app.config.limits;
    let limit = Limit { window_ms: limits.window_s * 1_000, max: limits.failures, grows: false };
    let (clinic, of) = (caller.actor.clinic(), contact.address.as_str());
    let both = format!("{of} {}", caller.ip.map(|ip| ip.to_string()).unwrap_or_default());
    vec![
        Try::new(&app.core, clinic, "account and address", &both, limit),
        Try::new(&app.core, clinic, "account", of, Limit { grows: true, ..limit }),
    ]
}

/// The account of somebody who is signed in, or about to be.
pub(super) async fn account_of(app: &App, caller: &Caller, person: PersonId) -> Result<Account, Fault> {
    let account = account_by_id(&mut app.core.read().await?, caller.actor.clinic(), person).await;
    account.map_err(|error| app.core.broken(&error))?.ok_or_else(|| Code::SignedOut.into())
}

pub(super) async fn password_fits(app: &App, password: String, hash: Option<String>) -> Result<bool, Fault> {
    let known = hash.is_some();
    let check = move || {
        let hash = hash.as_deref().unwrap_or(NOBODY);
        Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
    };
    Ok(app.checks.run(check).await? && known)
}

/// The roles that a face serves, highest first.
const fn served(face: Face) -> &'static [Role] {
    match face {
        Face::Companion => &[Role::Patient],
        Face::Doctor => &[Role::Doctor],
        Face::Admin => &[Role::Admin, Role::Manager, Role::Reception],
        Face::Kiosk => &[],
    }
}

/// The role to act in. An interface client that names neither role nor face acts in its highest role.
fn role_of(account: &Account, request: &LoginRequest) -> Option<Role> {
    if let Some(role) = request.role {
        return account.roles.contains(&role).then_some(role);
    }
    let held = |roles: &[Role]| roles.iter().copied().find(|role| account.roles.contains(role));
    held(served(request.face)).or_else(|| {
        let plain = request.face == Face::Companion;
        held(&[Role::Admin, Role::Manager, Role::Doctor, Role::Reception]).filter(|_| plain)
    })
}

async fn login(
    State(app): State<Arc<App>>,
    caller: Caller,
    client: Client,
    Body(request): Body<LoginRequest>,
) -> Result<Response, Refusal> {
    if request.password.len() > PASSWORD_MAX_BYTES || request.email.len() > PASSWORD_MAX_BYTES {
        return Err(Code::CredentialsWrong.into());
    }
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let contact = signs_in_with(&request.email);
    let (tries, failures) = (by_address(&app, &caller), by_account(&app, &caller, &contact));
    let turn = app.checks.turn().await?;
    let account = {
        let mut conn = app.core.read().await?;
        for limited in [&tries, &failures] {
            attempts::check(&mut conn, limited, app.core.now()).await.map_err(|failure| match failure {
                Failure::Refused(fault) => fault,
                Failure::Broken(error) => app.core.broken(&error),
            })?;
        }
        let found = store::account_by_contact(&mut conn, clinic.id, &contact).await;
        found.map_err(|error| app.core.broken(&error))?
    };
    let hash = account.as_ref().and_then(|account| account.password.clone());
    let fits = password_fits(&app, request.password.clone(), hash).await?;
    drop(turn);
    let role = account.as_ref().and_then(|account| role_of(account, &request));
    let passed = fits && role.is_some() && account.as_ref().is_some_and(|account| !account.suspended);
    let role = role.or(request.role).unwrap_or(Role::Patient);
    let op = SignIn {
        person: account.as_ref().map(|account| account.id),
        passed,
        role,
        face: request.face,
        needs_factor: app.config.identity.mfa_roles.contains(&role),
        needs_device: role.is_staff() && app.config.identity.staff_devices,
        proof: request.device.map(|proof| (proof, request.email.clone())),
        admission: admission(&app, &client),
        tries,
        failures,
    };
    match app.writer.run(caller.by(Once::No), op).await?.ok_or(Code::CredentialsWrong)? {
        SignedIn::Begun(begun) => respond(&app, clinic.id, begun, request.face, &client).await,
        SignedIn::NoDevice => Err(Code::DeviceNeeded.into()),
        SignedIn::Halfway { person, enrolled, device } => {
            let step = Step { clinic: clinic.id, person, role, face: request.face, device };
            let mfa_token = token::step(&app.core, &step)?;
            let step = MfaStep { mfa_token, expires_in_s: MFA_STEP_S, enrolled };
            Err(Fault::new(Code::MfaRequired).present(&step).into())
        }
    }
}

/// How a person's session begins here.
pub(super) fn admission(app: &App, client: &Client) -> Admission {
    Admission {
        lives_s: app.config.identity.refresh_s,
        patient_sessions: app.config.identity.patient_sessions,
        agent: client.agent.clone(),
        device: None,
    }
}

/// The session's tokens; the refresh token as a cookie where a browser asks.
pub(super) async fn answer(
    app: &App,
    clinic: medlane_shared::ids::ClinicId,
    begun: Refreshed,
    face: Face,
    client: &Client,
) -> Result<(HeaderMap, Tokens), Refusal> {
    let mut conn = app.core.read().await?;
    let session = session_store::session_by_id(&mut conn, clinic, begun.session).await;
    let session = session.map_err(|error| app.core.broken(&error))?.ok_or(Code::SignedOut)?;
    let who = match (session.person, session.device) {
        (Some(person), _) => Who::Person(person),
        (_, Some(device)) => Who::Device(device),
        _ => return Err(Code::Internal.into()),
    };
    let (device, role) = (session.device, session.role);
    let dependants = [].into();
    let known = Known { clinic, session: session.id, who, device, dependants, role, branches: Vec::new() };
    let me = describe(app, &mut conn, known.clone()).await?;
    let known = Known { branches: me.branches.clone(), ..known };
    let lives_s = app.config.identity.access_s;
    let refresh = token::refresh(&app.core, begun.session, begun.counter);
    let mut tokens = Tokens {
        access_token: token::access(&app.core, &known, face, lives_s)?,
        expires_in_s: lives_s,
        refresh_token: None,
        me,
    };
    if !client.is_browser {
        tokens.refresh_token = Some(refresh);
        return Ok((HeaderMap::new(), tokens));
    }
    Ok((cookie(face, &refresh, app.config.identity.refresh_s)?, tokens))
}

/// [`answer`] as the response of a call that gives tokens.
async fn respond(
    app: &App,
    clinic: medlane_shared::ids::ClinicId,
    begun: Refreshed,
    face: Face,
    client: &Client,
) -> Result<Response, Refusal> {
    let (headers, tokens) = answer(app, clinic, begun, face, client).await?;
    Ok((headers, Json(tokens)).into_response())
}

fn cookie(face: Face, value: &str, lives_s: i64) -> Result<HeaderMap, Fault> {
    let text = format!(
        "__Host-medlane-{}={value}; Path=/; Max-Age={lives_s}; Secure; HttpOnly; SameSite=Strict",
        face.text()
    );
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, HeaderValue::from_str(&text).map_err(|_| Code::Internal)?);
    Ok(headers)
}

/// Who a session is of, with what may have changed since it began.
async fn describe(app: &App, conn: &mut crate::db::Conn, known: Known) -> Result<Me, Fault> {
    let clinic = app.core.clinics.get(known.clinic)?;
    let broken = |error: sqlx::Error| app.core.broken(&error);
    let plain = Me {
        clinic_id: clinic.id,
        clinic_name: clinic.name.clone(),
        session_id: known.session,
        person_id: None,
        device_id: None,
        name: String::new(),
        email: None,
        role: known.role,
        roles: vec![known.role],
        branches: known.branches,
        language: None,
    };
    match known.who {
        Who::Person(person) => {
            let account = account_by_id(conn, clinic.id, person).await.map_err(broken)?;
            let account = account.filter(|account| !account.suspended && account.roles.contains(&known.role));
            let account = account.ok_or(Code::SignedOut)?;
            Ok(Me {
                person_id: Some(person),
                name: account.name,
                email: account.email,
                roles: account.roles,
                branches: account.branches,
                language: account.language,
                ..plain
            })
        }
        Who::Device(device) => {
            let found = devices::store::device_by_id(conn, clinic.id, device).await.map_err(broken)?;
            let found = found.filter(|device| !device.revoked).ok_or(Code::DeviceRevoked)?;
            Ok(Me { device_id: Some(device), name: found.name, branches: vec![found.branch], ..plain })
        }
    }
}

/// The refresh token that came, by cookie or in the body.
fn token_of(client: &Client, request: &RefreshRequest) -> Option<String> {
    let cookie = || client.cookie(&format!("__Host-medlane-{}", request.face.text())).map(str::to_owned);
    request.refresh_token.clone().or_else(cookie)
}

async fn refresh(
    State(app): State<Arc<App>>,
    caller: Caller,
    client: Client,
    Body(request): Body<RefreshRequest>,
) -> Result<Response, Refusal> {
    let token = token_of(&client, &request).ok_or(Code::SignedOut)?;
    let (session, counter) = token::refresh_place(&app.core, &token).ok_or(Code::TokenInvalid)?;
    let op = Refresh {
        session,
        counter,
        proof: request.device.map(|proof| (proof, token)),
        face: request.face,
        lives_s: app.config.identity.refresh_s,
        grace_s: app.config.identity.grace_s,
    };
    let renewed = app.writer.run(caller.by(Once::No), op).await??;
    respond(&app, caller.actor.clinic(), renewed, request.face, &client).await
}

async fn logout(
    State(app): State<Arc<App>>,
    caller: Caller,
    client: Client,
    Body(request): Body<RefreshRequest>,
) -> Result<Response, Refusal> {
    let by_token = token_of(&client, &request).and_then(|token| token::refresh_place(&app.core, &token));
    let by_access = match &caller.actor {
        medlane_shared::access::Actor::Known(known) => Some(known.session),
        _ => None,
    };
    let session = by_access.or(by_token.map(|(session, _)| session)).ok_or(Code::SignedOut)?;
    app.writer.run(caller.by(Once::No), SignOut { session }).await?;
    let mut headers = cookie(request.face, "", 0)?;
    headers.insert("clear-site-data", HeaderValue::from_static("\"cache\", \"storage\""));
    Ok((headers, Json(())).into_response())
}

pub(super) async fn me(State(app): State<Arc<App>>, caller: Caller) -> Reply<Me> {
    may(&caller.actor, Action::SelfRead, &Resource::clinic())?;
    let medlane_shared::access::Actor::Known(known) = caller.actor else {
        return Err(Code::SignedOut.into());
    };
    let mut conn = app.core.read().await?;
    Ok(Json(describe(&app, &mut conn, known).await?))
}

async fn rotate(State(app): State<Arc<App>>, caller: Caller) -> Reply<()> {
    app.writer.run(caller.by(caller.once(&[b"keys"])), SigningRotate).await?;
    Ok(Json(()))
}
