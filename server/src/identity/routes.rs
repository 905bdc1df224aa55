//! Signing in, renewing, signing out, and the caller's own session over REST.

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
    api::{self, Call as _},
    fault::{Code, Fault},
    identity::{
        DeviceProof, Face, LoginRequest, MFA_STEP_S, Me, MfaStep, PASSWORD_MAX_BYTES, ProofFor,
        RefreshRequest, Tokens,
    },
    ids::{ClinicId, PersonId, SessionId},
};

use super::{
    Lives, Refreshed, SignIn, SignOut,
    contact::signs_in_with,
    devices,
    factor::Step,
    known,
    ops::{Admission, SignedIn, secret_hash},
    renewal::Refresh,
    session_store,
    signing::SigningRotate,
    store::{self, Account, account_by_id},
    token,
};
use crate::{
    app::App,
    attempts::{self, Guess, Try, at_place, by_account, by_address, by_place},
    engine::{Clinic, Core},
    http::{Body, Caller, Client, Refusal, Reply},
    identity::{Checks, Sessions},
    writer::Once,
};

/// Hashed if no account has the address, so that the time of the answer reveals nothing. Nobody knows its password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bWVkbGFuZS1ub2JvZHk$Wm3XyCjTq1N0yR1z1Hh3Qp2rJ9v5bK8sL4dF6gT7uYc";

/// The room's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/users/me/notices", get(super::notices::get).put(super::notices::choose))
        .route("/api/v1/auth/login", post(login))
        .route("/api/v1/auth/refresh", post(refresh))
        .route("/api/v1/auth/logout", post(logout))
        .route("/api/v1/me", get(me))
        .route("/api/v1/keys/rotate", post(rotate))
        .merge(super::confirm::routes())
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

/// The hash of a password, made on the threads of `checks`.
///
/// # Errors
/// [`Code::Internal`], [`Code::Overloaded`].
pub(super) async fn password_hashed(app: &App, password: String) -> Result<String, Fault> {
    app.services.get::<Checks>().run(move || password_hash(&password)).await?
}

/// The account of a person who is signed in or is signing in.
pub(super) async fn account_of(app: &App, caller: &Caller, person: PersonId) -> Result<Account, Fault> {
    let account = account_by_id(&mut app.core.read().await?, caller.actor.clinic(), person).await;
    account.map_err(|error| app.core.broken(&error))?.ok_or_else(|| Code::SignedOut.into())
}

pub(super) async fn password_fits(app: &App, password: String, hash: Option<String>) -> Result<bool, Fault> {
    app.core.metrics.hashes.inc();
    let known = hash.is_some();
    let check = move || {
        let hash = hash.as_deref().unwrap_or(NOBODY);
        Argon2::default().verify_password(password.as_bytes(), hash).is_ok()
    };
    Ok(app.services.get::<Checks>().run(check).await? && known)
}

/// The roles that a face serves, the highest first.
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
    let proof = request.device.clone().map(|proof| (proof, request.email.clone()));
    let turn = app.services.get::<Checks>().turn().await?;
    let Came { account, tries, failures, is_proven } =
        came(&app, &caller, &client, &request.email, proof.as_ref()).await?;
    let hash = account.as_ref().and_then(|account| account.password.clone());
    // A device that did not prove itself causes no hash. The operation refuses and counts it.
    let fits = is_proven && password_fits(&app, request.password.clone(), hash).await?;
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
        proof,
        admission: admission(&app, &client),
        tries,
        failures,
    };
    match app.writer.run(caller.by(Once::No), op).await?.ok_or(Code::CredentialsWrong)? {
        SignedIn::Begun(begun) => respond(&app, clinic.id, begun, request.face, &client).await,
        SignedIn::NoDevice => Err(Code::DeviceNeeded.into()),
        SignedIn::Unproven(fault) => Err((*fault).into()),
        SignedIn::Halfway { person, enrolled, device } => {
            let step = Step { clinic: clinic.id, person, role, face: request.face, device };
            let mfa_token = token::step(&app.core, &step)?;
            let step = MfaStep { mfa_token, expires_in_s: MFA_STEP_S, enrolled };
            Err(Fault::new(Code::MfaRequired).present(&step).into())
        }
    }
}

/// The facts about a sign-in before its password is checked.
struct Came {
    account: Option<Account>,
    /// The counts of all tries.
    tries: Vec<Try>,
    /// The counts of failures.
    failures: Vec<Try>,
    /// Whether the named device, if any, has proven itself.
    is_proven: bool,
}

/// Finds the account of a sign-in, and checks whether it may be tried. Cheap checks come before the costly hash.
async fn came(
    app: &App,
    caller: &Caller,
    client: &Client,
    named: &str,
    proof: Option<&(DeviceProof, String)>,
) -> Result<Came, Fault> {
    let (core, clinic) = (&app.core, caller.actor.clinic());
    let refused = |failure| core.failed(failure);
    let broken = |error: sqlx::Error| core.broken(&error);
    let mut conn = core.read().await?;
    let contact = signs_in_with(named);
    let account = store::account_by_contact(&mut conn, clinic, &contact).await.map_err(broken)?;
    let mut device = None;
    if let Some((proof, over)) = proof {
        let found = devices::store::device_by_id(&mut conn, clinic, proof.device_id).await.map_err(broken)?;
        let signed = found.filter(|found| devices::is_signed(found, proof, ProofFor::SignIn, over));
        device = signed.map(|device| device.id);
    }
    let place = match &account {
        Some(account) => known::place(core, &mut conn, client, account, device).await.map_err(broken)?,
        None => None,
    };
    let of = account.as_ref().map_or_else(|| contact.address.clone(), |account| account.id.to_string());
    let (tries, failures) = match (&account, place) {
        (Some(account), Some(place)) => {
            let place = place.counted(account.id);
            (at_place(app, caller, &place), by_place(app, caller, &place))
        }
        _ => (by_address(app, caller, Guess::SignIn), by_account(app, caller, &of)),
    };
    for counted in [&tries, &failures] {
        attempts::check(&mut conn, counted, core.now()).await.map_err(refused)?;
    }
    Ok(Came { account, tries, failures, is_proven: proof.is_none() || device.is_some() })
}

/// The configured lifetimes of sessions.
pub(super) const fn lives(app: &App) -> Lives {
    let identity = &app.config.identity;
    Lives { idle_s: identity.refresh_s, patient_s: identity.patient_s, staff_s: identity.staff_s }
}

/// The configured start of a person's session.
pub(super) fn admission(app: &App, client: &Client) -> Admission {
    Admission {
        lives: lives(app),
        patient_sessions: app.config.identity.patient_sessions,
        agent: client.agent.clone(),
        device: None,
    }
}

/// The session's tokens. A browser gets the refresh token as a cookie.
pub(super) async fn answer(
    app: &App,
    clinic: ClinicId,
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
    let now = app.core.now();
    let last = lives(app).last(session.role, session.created_at);
    // An access token must not outlive its session.
    let left_s = last.map_or(i64::MAX, |last| last.since_ms(now) / 1_000);
    let left_s = u32::try_from(left_s.max(0)).unwrap_or(u32::MAX);
    let lives_s = app.config.identity.access_s.min(left_s);
    let refresh = token::refresh(&app.core, clinic, begun.session, begun.counter, begun.generation);
    let mut tokens = Tokens {
        access_token: token::access(&app.core, &known, face, lives_s, last)?,
        expires_in_s: lives_s,
        refresh_token: None,
        me,
    };
    if !client.is_browser {
        tokens.refresh_token = Some(refresh);
        return Ok((HeaderMap::new(), tokens));
    }
    let mut headers = cookie(face, &refresh, app.config.identity.refresh_s)?;
    if let Some(person) = session.person.filter(|_| begun.counter == 0) {
        know(app, &mut conn, (clinic, person), client, &mut headers).await?;
    }
    Ok((headers, tokens))
}

/// Sets the cookie that marks this browser as known.
///
/// # Errors
/// [`Code::Internal`].
pub(super) async fn know(
    app: &App,
    conn: &mut crate::db::Conn,
    (clinic, person): (ClinicId, PersonId),
    client: &Client,
    headers: &mut HeaderMap,
) -> Result<(), Fault> {
    let account = account_by_id(conn, clinic, person).await.map_err(|error| app.core.broken(&error))?;
    if let Some(password) = account.and_then(|account| account.password).filter(|_| client.is_browser) {
        for known in known::cookies(&app.core, client, person, &password, app.core.now())? {
            headers.append(header::SET_COOKIE, known);
        }
    }
    Ok(())
}

/// [`answer`] as the response of a call that gives tokens.
async fn respond(
    app: &App,
    clinic: ClinicId,
    begun: Refreshed,
    face: Face,
    client: &Client,
) -> Result<Response, Refusal> {
    let (headers, tokens) = answer(app, clinic, begun, face, client).await?;
    Ok((headers, Json(tokens)).into_response())
}

/// The name of the cookie with a face's refresh token.
fn cookie_name(face: Face) -> String {
    format!("__Host-medlane-{}", face.text())
}

/// Sets a face's cookie. It is written by hand, as [`Client::cookie`] reads it.
fn cookie(face: Face, value: &str, lives_s: i64) -> Result<HeaderMap, Fault> {
    let text = format!(
        "{}={value}; Path=/; Max-Age={lives_s}; Secure; HttpOnly; SameSite=Strict",
        cookie_name(face)
    );
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, HeaderValue::from_str(&text).map_err(|_| Code::Internal)?);
    Ok(headers)
}

/// The caller of a session, with the facts that may have changed since it began.
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
        gender: None,
        birth_date: None,
        record_number: None,
        ends_at: None,
    };
    match known.who {
        Who::Person(person) => {
            let account = account_by_id(conn, clinic.id, person).await.map_err(broken)?;
            let account = account.filter(|account| !account.suspended && account.roles.contains(&known.role));
            let account = account.ok_or(Code::SignedOut)?;
            let session =
                session_store::session_by_id(conn, clinic.id, known.session).await.map_err(broken)?;
            Ok(Me {
                ends_at: session.and_then(|session| lives(app).last(known.role, session.created_at)),
                person_id: Some(person),
                name: account.name,
                email: account.email,
                roles: account.roles,
                branches: account.branches,
                language: account.language,
                gender: account.gender,
                birth_date: account.birth_date.filter(|_| known.role == Role::Patient),
                record_number: account.record_number,
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

/// The refresh token of a request, from the cookie or the body.
fn token_of(client: &Client, request: &RefreshRequest) -> Option<String> {
    let cookie = || client.cookie(&cookie_name(request.face)).map(str::to_owned);
    request.refresh_token.clone().or_else(cookie)
}

/// The session of a browser's refresh cookie, if the cookie is valid and the session did not end lately. The database is not
/// asked.
#[must_use]
pub fn session_shown(core: &Core, clinic: &Clinic, client: &Client) -> Option<SessionId> {
    let faces = [Face::Companion, Face::Doctor, Face::Admin, Face::Kiosk];
    let cookies = faces.iter().filter_map(|face| client.cookie(&cookie_name(*face)));
    let mut places = cookies.filter_map(|token| token::refresh_place(core, clinic.id, token));
    let sessions = clinic.state::<Sessions>();
    places.find(|place| !sessions.has_ended(place.session)).map(|place| place.session)
}

async fn refresh(
    State(app): State<Arc<App>>,
    caller: Caller,
    client: Client,
    Body(request): Body<RefreshRequest>,
) -> Result<Response, Refusal> {
    let token = token_of(&client, &request).ok_or(Code::SignedOut)?;
    let Some(place) = token::refresh_place(&app.core, caller.actor.clinic(), &token) else {
        caller.stranger(&app, api::Refresh::NAME)?;
        return Err(Code::TokenInvalid.into());
    };
    app.limits.session(place.session, &app.config.limits, app.core.now())?;
    if let Some(proof) = &request.device {
        devices::proof_looked_at(&app, &caller, proof, ProofFor::Refresh, &token).await?;
    }
    let op = Refresh {
        place,
        token_hash: secret_hash(&token),
        proof: request.device.map(|proof| (proof, token)),
        face: request.face,
        lives: lives(&app),
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
    let clinic = caller.actor.clinic();
    let by_token = token_of(&client, &request);
    let by_token = by_token.and_then(|token| token::refresh_place(&app.core, clinic, &token));
    let by_access = match &caller.actor {
        medlane_shared::access::Actor::Known(known) => Some(known.session),
        _ => None,
    };
    let Some(session) = by_access.or(by_token.map(|place| place.session)) else {
        caller.stranger(&app, api::Logout::NAME)?;
        return Err(Code::SignedOut.into());
    };
    app.limits.session(session, &app.config.limits, app.core.now())?;
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
