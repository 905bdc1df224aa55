//! The second factor over REST.

use std::sync::Arc;

use axum::extract::State;
use medlane_shared::{
    api::{self, Call as _},
    fault::{Code, Fault},
    identity::{BackupCodes, MfaSetup, MfaView},
    time::Timestamp,
};

use super::{
    codes::{HalfSignIn, SECRET, backup_codes, totp},
    ops::{Enable, FactorChange, OwnerChange, Pass, SetUp},
    store,
};
use crate::{
    app::App,
    attempts::by_factor,
    engine::{own, own_by},
    http::{Body, CallAnswer, Caller, Client, Reply, Routes},
    identity::{
        ops::Admission,
        passwords::{account_of, own_account},
        routes::answers::{admission, answer},
        token,
    },
    writer::Once,
};

/// The part's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::GetMfa, view)
        .on(api::VerifyMfa, verify)
        .on(api::SetUpMfa, set_up)
        .on(api::EnableMfa, enable)
        .on(api::DisableMfa, disable)
        .on(api::RenewBackupCodes, codes)
}

/// The sign-in of a step token, if it is of the caller's clinic.
fn step(app: &App, caller: &Caller, token: &str) -> Result<HalfSignIn, Fault> {
    let step = token::stepped(&app.core, token);
    match step.and_then(|step| {
        if step.clinic == caller.actor.clinic() { Ok(step) } else { Err(Code::TokenInvalid.into()) }
    }) {
        Ok(step) => Ok(step),
        Err(fault) => {
            caller.stranger(app, api::VerifyMfa::NAME)?;
            Err(fault)
        }
    }
}

async fn verify(
    State(app): State<Arc<App>>,
    caller: Caller,
    client: Client,
    Body(request): Body<api::VerifyMfa>,
) -> Reply<api::VerifyMfa> {
    let step = step(&app, &caller, &request.mfa_token)?;
    if step.face != request.face {
        return Err(Code::TokenInvalid.into());
    }
    let op = Pass {
        step,
        code: request.code,
        admission: Admission { device: step.device, ..admission(&app, &client) },
        failures: by_factor(&app, &caller.by(Once::No), step.person),
    };
    let begun = app.writer.run(caller.by(Once::No), op).await??;
    let (headers, tokens) = answer(&app, step.clinic, begun, step.face, &client).await?;
    Ok(CallAnswer::of(tokens).with(headers))
}

async fn set_up(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(request): Body<api::SetUpMfa>,
) -> Reply<api::SetUpMfa> {
    let step = request.mfa_token.as_deref().map(|token| step(&app, &caller, token)).transpose()?;
    let account = match step {
        Some(step) => account_of(&app, caller.actor.clinic(), step.person).await?,
        None => own_account(&app, &own_by(&caller.actor)?.2).await?,
    };
    let secret: [u8; SECRET] = rand::random();
    app.writer.run(caller.by(Once::No), SetUp { step, secret }).await?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let named = account.email.or(account.phone).unwrap_or(account.name);
    let totp = totp(secret, &clinic.name, &named)?;
    let uri = totp.to_url().map_err(|_| Code::Internal)?;
    Ok(CallAnswer::of(MfaSetup { secret: totp.secret().to_base32(), uri }))
}

async fn enable(
    State(app): State<Arc<App>>,
    caller: Caller,
    client: Client,
    Body(request): Body<api::EnableMfa>,
) -> Reply<api::EnableMfa> {
    let step = request.mfa_token.as_deref().map(|token| step(&app, &caller, token)).transpose()?;
    let person = match step {
        Some(step) => step.person,
        None => own(&caller.actor)?.0,
    };
    let codes = backup_codes();
    let op = Enable {
        step,
        code: request.code,
        codes: codes.clone(),
        admission: Admission { device: step.and_then(|step| step.device), ..admission(&app, &client) },
        failures: by_factor(&app, &caller.by(Once::No), person),
    };
    let enabled = app.writer.run(caller.by(Once::No), op).await??;
    let (Some(begun), Some(step)) = (enabled.begun, step) else {
        return Ok(CallAnswer::of(BackupCodes { codes, tokens: None }));
    };
    let (headers, tokens) = answer(&app, step.clinic, begun, step.face, &client).await?;
    Ok(CallAnswer::of(BackupCodes { codes, tokens: Some(tokens) }).with(headers))
}

async fn view(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::GetMfa> {
    let (person, _, grant) = own_by(&caller.actor)?;
    let account = own_account(&app, &grant).await?;
    let mut conn = app.core.read().await?;
    let broken = |error: sqlx::Error| app.core.broken(&error);
    let factor = store::factor_by_person(&mut conn, caller.actor.clinic(), person).await.map_err(broken)?;
    let left = store::backup_count(&mut conn, person).await.map_err(broken)?;
    Ok(CallAnswer::of(MfaView {
        enabled_at: factor.and_then(|factor| factor.enabled_at_ms).map(Timestamp::from_ms),
        codes_left: u32::try_from(left).unwrap_or_default(),
        required: account.roles.iter().any(|role| app.config.identity.mfa_roles.contains(role)),
    }))
}

async fn change(app: &App, caller: &Caller, change: OwnerChange) -> Result<(), Fault> {
    let op = FactorChange { change, needed: app.config.identity.mfa_roles.clone() };
    app.writer.run(caller.by(Once::No), op).await
}

async fn disable(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::DisableMfa> {
    change(&app, &caller, OwnerChange::Off).await?;
    Ok(CallAnswer::of(()))
}

async fn codes(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::RenewBackupCodes> {
    let codes = backup_codes();
    change(&app, &caller, OwnerChange::Codes(codes.clone())).await?;
    Ok(CallAnswer::of(BackupCodes { codes, tokens: None }))
}
