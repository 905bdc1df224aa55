//! Registering and replacing a password over REST.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use medlane_shared::{
    fault::{Code, Fault, Language},
    identity::{
        CODE_DIGITS, ForgotRequest, Limit, PASSWORD_MAX_BYTES, RegisterRequest, ResendRequest, ResetRequest,
        VerificationBegun, Verified, VerifyRequest,
    },
    ids::VerificationId,
};
use rand::RngExt as _;

use super::{
    Contact, birth_date, email, name,
    ops::{Begin, Purpose, Resend, Reset, Told, Verify},
    password_holds, phone, reached,
};
use crate::{
    app::{App, Core},
    http::{Body, Caller, Client, Refusal, Reply},
    identity::{
        attempts::Try,
        routes::{answer, by_address, password_hashed},
    },
    writer::Once,
};

const QUARTER_HOUR_MS: i64 = 900_000;
const DAY_MS: i64 = 86_400_000;
/// Codes sent to one contact in a quarter of an hour, and in a day.
const SENDS: [Limit; 2] = [
    Limit { window_ms: QUARTER_HOUR_MS, max: 3, grows: false },
    Limit { window_ms: DAY_MS, max: 10, grows: false },
];

/// The part's routes.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/auth/register", post(register))
        .route("/api/v1/auth/resend-otp", post(resend))
        .route("/api/v1/auth/verify-otp", post(verify))
        .route("/api/v1/auth/forgot-password", post(forgot))
        .route("/api/v1/auth/reset-password", post(reset))
}

/// How often a contact is sent a code. Contacts are not told apart by clinic: the limit guards who reads them.
fn sends(core: &Core, contact: &Contact) -> Vec<Try> {
    let nil = medlane_shared::ids::ClinicId(uuid::Uuid::nil());
    let one =
        |limit: Limit| Try::new(core, nil, &format!("send {}", limit.window_ms), &contact.address, limit);
    SENDS.map(one).to_vec()
}

fn code() -> String {
    let mut rng = rand::rng();
    (0..CODE_DIGITS).map(|_| char::from(b'0' + rng.random_range(0..10_u8))).collect()
}

fn language(headers: &HeaderMap, asked: Option<&str>) -> String {
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let language = asked.and_then(Language::from_tag);
    language.unwrap_or_else(|| Language::negotiate(accepted.unwrap_or_default())).tag().to_owned()
}

async fn begun(app: &App, caller: &Caller, purpose: Purpose, told: Told) -> Reply<VerificationBegun> {
    let id = VerificationId::new(app.core.now(), rand::random());
    let contact = Contact { channel: told.channel, address: told.address.clone() };
    let tries = [by_address(app, caller), sends(&app.core, &contact)].concat();
    let op = Begin { id, purpose, told, code: code(), tries };
    app.writer.run(caller.by(Once::No), op).await?;
    let expires_in_s = purpose.lasts_s();
    Ok(Json(VerificationBegun { verification_id: id, channel: contact.channel, expires_in_s }))
}

async fn register(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    Body(request): Body<RegisterRequest>,
) -> Reply<VerificationBegun> {
    let name = name(&request.name)?;
    let email = request.email.as_deref().map(email).transpose()?;
    let phone = request.phone.as_deref().map(phone).transpose()?;
    let birth_date = request.birth_date.as_deref().map(|day| birth_date(day, app.core.now())).transpose()?;
    let Contact { channel, address } = reached(email.as_ref(), phone.as_ref())?;
    let language = language(&headers, request.language.as_deref());
    let told = Told { channel, address, language, name, email, phone, birth_date };
    begun(&app, &caller, Purpose::Register, told).await
}

async fn forgot(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    Body(request): Body<ForgotRequest>,
) -> Reply<VerificationBegun> {
    let email = request.email.as_deref().map(email).transpose()?;
    let phone = request.phone.as_deref().map(phone).transpose()?;
    let Contact { channel, address } = reached(email.as_ref(), phone.as_ref())?;
    let language = language(&headers, None);
    let (name, birth_date) = (String::new(), None);
    let told = Told { channel, address, language, name, email: None, phone: None, birth_date };
    begun(&app, &caller, Purpose::Reset, told).await
}

async fn resend(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(request): Body<ResendRequest>,
) -> Reply<VerificationBegun> {
    let id = request.verification_id;
    let op = Resend { id, code: code(), tries: by_address(&app, &caller), sends };
    let (channel, expires_in_s) = app.writer.run(caller.by(Once::No), op).await?;
    Ok(Json(VerificationBegun { verification_id: id, channel, expires_in_s }))
}

async fn verify(
    State(app): State<Arc<App>>,
    caller: Caller,
    client: Client,
    Body(request): Body<VerifyRequest>,
) -> Result<Response, Refusal> {
    let op = |password: Option<String>| Verify {
        is_first: password.is_none() && request.password.is_some(),
        id: request.verification_id,
        code: request.code.clone(),
        password,
        face: request.face,
        lives_s: app.config.identity.refresh_s,
        agent: client.agent.clone(),
        tries: by_address(&app, &caller),
    };
    let run = |op| app.writer.run(caller.by(Once::No), op);
    // Nothing is hashed for a code that is wrong.
    run(op(None)).await??;
    let Some(password) = &request.password else {
        return Ok(Json(Verified { tokens: None }).into_response());
    };
    let hash = chosen(&app, password).await?;
    let begun = run(op(Some(hash))).await??.ok_or(Code::Internal)?;
    let (headers, tokens) = answer(&app, caller.actor.clinic(), begun, request.face, &client).await?;
    Ok((headers, Json(Verified { tokens: Some(tokens) })).into_response())
}

async fn reset(State(app): State<Arc<App>>, caller: Caller, Body(request): Body<ResetRequest>) -> Reply<()> {
    let op = |password: Option<String>| Reset {
        is_first: password.is_none() && request.password.is_some(),
        id: request.verification_id,
        code: request.code.clone(),
        password,
        tries: by_address(&app, &caller),
    };
    let run = |op| app.writer.run(caller.by(Once::No), op);
    run(op(None)).await??;
    if let Some(password) = &request.password {
        let hash = chosen(&app, password).await?;
        run(op(Some(hash))).await??;
    }
    Ok(Json(()))
}

/// The hash of a password that somebody chooses.
///
/// # Errors
/// [`Code::PasswordWeak`].
pub async fn chosen(app: &App, password: &str) -> Result<String, Fault> {
    if password.len() <= PASSWORD_MAX_BYTES {
        password_holds(password, &[])?;
        return password_hashed(app, password.to_owned()).await;
    }
    Err(Code::PasswordWeak.into())
}
