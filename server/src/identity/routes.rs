//! Signing in, renewing, signing out, and the caller's own session over REST.

pub(super) mod answers;
mod choices;
mod known;

use std::sync::Arc;

use axum::{extract::State, http::HeaderValue};
use medlane_shared::{
    access::{Actor, Role},
    api::{self, Call as _},
    fault::{Code, Fault},
    identity::{
        DeviceProof, Face, LoginRequest, MFA_STEP_S, MfaStep, PASSWORD_MAX_BYTES, ProofFor, RefreshRequest,
    },
};

use answers::{admission, cookie, cookie_name, described, lives, respond};

pub use answers::session_shown;

use super::{
    contact::{country, signs_in_with},
    devices,
    factor::HalfSignIn,
    mark::PasswordMark,
    ops::{SignIn, SignOut, SignedIn, secret_hash},
    passwords::password_fits,
    renewal::Refresh,
    signing::SigningRotate,
    store::{self, Account},
    token,
};
use crate::{
    app::App,
    attempts::{self, Guess, Try, at_place, by_account, by_address, by_place},
    http::{Asked, Body, CallAnswer, Caller, Client, Reply, Routes},
    identity::Checks,
    writer::Once,
};

/// The room's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::GetNotices, choices::get)
        .on(api::ChooseNotices, choices::choose)
        .on(api::Login, login)
        .on(api::Refresh, refresh)
        .on(api::Logout, logout)
        .on(api::GetMe, me)
        .on(api::RotateKeys, rotate)
        .and(super::confirm::routes())
        .and(super::contact::routes())
        .and(super::pushes::routes())
        .and(super::accounts::routes())
        .and(devices::routes())
        .and(super::factor::routes())
        .and(super::dependants::routes())
        .and(super::merge::routes())
        .and(super::own::routes())
        .and(super::patients::routes())
        .and(super::profile::routes())
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
    Body(request): Body<api::Login>,
) -> Reply<api::Login> {
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
    let passed = account.as_ref().filter(|account| fits && role.is_some() && !account.suspended);
    let is_merged = fits && account.as_ref().is_some_and(|account| account.merged_into.is_some());
    let passed = passed.and_then(|account| PasswordMark::of(&app.core, account));
    let role = role.or(request.role).unwrap_or(Role::Patient);
    let op = SignIn {
        person: account.as_ref().map(|account| account.id),
        passed,
        is_merged,
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
        SignedIn::Merged => Err(Code::AccountMerged.into()),
        SignedIn::Unproven(fault) => Err((*fault).into()),
        SignedIn::Halfway { person, enrolled, device, password } => {
            let step = HalfSignIn { clinic: clinic.id, person, role, face: request.face, device, password };
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
    let contact = signs_in_with(named, country(core, &caller.actor));
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
            (at_place(app, &caller.by(Once::No), &place), by_place(app, &caller.by(Once::No), &place))
        }
        _ => {
            (by_address(app, &caller.by(Once::No), Guess::SignIn), by_account(app, &caller.by(Once::No), &of))
        }
    };
    for counted in [&tries, &failures] {
        attempts::check(&mut conn, counted, core.now()).await.map_err(refused)?;
    }
    Ok(Came { account, tries, failures, is_proven: proof.is_none() || device.is_some() })
}

/// The refresh token of a request, from the cookie or the body.
fn token_of(client: &Client, request: &RefreshRequest) -> Option<String> {
    let cookie = || client.cookie(&cookie_name(request.face)).map(str::to_owned);
    request.refresh_token.clone().or_else(cookie)
}

async fn refresh(
    State(app): State<Arc<App>>,
    caller: Caller,
    client: Client,
    Body(request): Body<api::Refresh>,
) -> Reply<api::Refresh> {
    let token = token_of(&client, &request).ok_or(Code::SignedOut)?;
    let Some(place) = token::refresh_place(&app.core, caller.actor.clinic(), &token) else {
        caller.stranger(&app, api::Refresh::NAME)?;
        return Err(Code::TokenInvalid.into());
    };
    app.limits.session(place.session, &app.config.limits, app.core.now())?;
    if let Some(proof) = &request.device {
        devices::proof_looked_at(&app, &caller.by(Once::No), proof, ProofFor::Refresh, &token).await?;
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
    Body(request): Body<api::Logout>,
) -> Reply<api::Logout> {
    let clinic = caller.actor.clinic();
    let by_token = token_of(&client, &request);
    let by_token = by_token.and_then(|token| token::refresh_place(&app.core, clinic, &token));
    let by_access = match &caller.actor {
        Actor::Known(known) => Some(known.session),
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
    Ok(CallAnswer::of(()).with(headers))
}

async fn me(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::GetMe> {
    described(&app, caller).await
}

async fn rotate(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asked { once, .. }: Asked<api::RotateKeys>,
) -> Reply<api::RotateKeys> {
    app.writer.run(caller.by(once), SigningRotate).await?;
    Ok(CallAnswer::of(()))
}
