//! Registering and replacing a password over REST.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, header},
};
use medlane_shared::{
    api::{self, Call},
    fault::{Code, Fault, FieldCode, Language},
    identity::{CODE_DIGITS, OwnContacts, VerificationBegun, Verified},
    ids::{PersonId, VerificationId},
    notify::Channel,
};
use rand::RngExt as _;

use super::{
    address::Contact,
    codes::{Purpose, Told},
    country::country,
    desk::{CodeConfirm, CodeSend, IdentityChecked},
    ops::{Proven, Resend, Reset, VerificationBegin, Verify, With},
    own::{OwnConfirm, OwnSend},
    person_store,
};
use crate::{
    app::App,
    attempts::{Guess, by_address},
    engine::own_by,
    forms::{birth_date, email, name, phone},
    http::{Asked, Body, CallAnswer, Caller, Client, Path, Reply, Routes},
    identity::{
        passwords::chosen,
        patients::patient,
        routes::answers::{answer, know, lives},
    },
    writer::{Once, Op},
};

/// The part's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::Register, register)
        .on(api::ResendCode, resend)
        .on(api::VerifyCode, verify)
        .on(api::ForgotPassword, forgot)
        .on(api::ResetPassword, reset)
        .on(api::SendContactCode, send_code)
        .on(api::ConfirmContact, confirm)
        .on(api::CheckIdentity, check_identity)
        .on(api::GetContacts, contacts)
        .on(api::ProveContact, prove_own)
        .on(api::ConfirmOwnContact, confirm_own)
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

fn needed() -> Fault {
    Fault::new(Code::Invalid).field("email", FieldCode::Contact)
}

async fn begun<C: Call<Response = VerificationBegun>>(
    app: &App,
    caller: &Caller,
    purpose: Purpose,
    told: Told,
) -> Reply<C> {
    let id = VerificationId::new(app.core.now(), rand::random());
    let channel = told.channel;
    reached(app, channel)?;
    let op = VerificationBegin {
        id,
        purpose,
        told,
        code: code(),
        tries: by_address(app, &caller.by(Once::No), Guess::Send),
    };
    app.writer.run(caller.by(Once::No), op).await?;
    Ok(CallAnswer::of(VerificationBegun { verification_id: id, channel, expires_in_s: purpose.lasts_s() }))
}

async fn register(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    Body(request): Body<api::Register>,
) -> Reply<api::Register> {
    let name = name(&request.name)?;
    let email = request.email.as_deref().map(email).transpose()?;
    let country = country(&app.core, &caller.actor);
    let phone = request.phone.as_deref().map(|text| phone(text, country)).transpose()?;
    let birth_date = request.birth_date.as_deref().map(|day| birth_date(day, app.core.now())).transpose()?;
    let Contact { channel, address } = Contact::of(email.as_ref(), phone.as_ref()).ok_or_else(needed)?;
    let language = language(&headers, request.language.as_deref());
    let told = Told { channel, address, language, name, email, phone, birth_date, into: None };
    begun(&app, &caller, Purpose::Register, told).await
}

async fn forgot(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    Body(request): Body<api::ForgotPassword>,
) -> Reply<api::ForgotPassword> {
    let email = request.email.as_deref().map(email).transpose()?;
    let country = country(&app.core, &caller.actor);
    let phone = request.phone.as_deref().map(|text| phone(text, country)).transpose()?;
    let contact = Contact::of(email.as_ref(), phone.as_ref()).ok_or_else(needed)?;
    begun(&app, &caller, Purpose::Reset, Told::of(contact, &language(&headers, None))).await
}

async fn resend(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(request): Body<api::ResendCode>,
) -> Reply<api::ResendCode> {
    let id = request.verification_id;
    let op = Resend { id, code: code(), tries: by_address(&app, &caller.by(Once::No), Guess::Send) };
    let (channel, expires_in_s) = app.writer.run(caller.by(Once::No), op).await?;
    Ok(CallAnswer::of(VerificationBegun { verification_id: id, channel, expires_in_s }))
}

async fn verify(
    State(app): State<Arc<App>>,
    caller: Caller,
    client: Client,
    Body(request): Body<api::VerifyCode>,
) -> Reply<api::VerifyCode> {
    let op = |with| Verify {
        id: request.verification_id,
        code: request.code.clone(),
        with,
        face: request.face,
        lives: lives(&app),
        agent: client.agent.clone(),
        tries: by_address(&app, &caller.by(Once::No), Guess::Code),
    };
    let proven = proven(&app, &caller, request.password.as_deref(), op).await?;
    let Some(begun) = proven.begun else { return Ok(CallAnswer::of(Verified { tokens: None })) };
    let (headers, tokens) = answer(&app, caller.actor.clinic(), begun, request.face, &client).await?;
    Ok(CallAnswer::of(Verified { tokens: Some(tokens) }).with(headers))
}

async fn reset(
    State(app): State<Arc<App>>,
    caller: Caller,
    client: Client,
    Body(request): Body<api::ResetPassword>,
) -> Reply<api::ResetPassword> {
    let op = |with| Reset {
        id: request.verification_id,
        code: request.code.clone(),
        with,
        tries: by_address(&app, &caller.by(Once::No), Guess::Code),
        limits: app.config.limits.clone(),
        counted: caller.counted(),
    };
    let proven = proven(&app, &caller, request.password.as_deref(), op).await?;
    let mut headers = HeaderMap::new();
    if let Some(person) = proven.person {
        // This person reads the account's messages, so the browser counts as known. Tries from elsewhere do not keep
        // it out.
        let mut conn = app.core.read().await?;
        know(&app, &mut conn, (caller.actor.clinic(), person), &client, &mut headers).await?;
    }
    Ok(CallAnswer::of(()).with(headers))
}

/// Checks that messages on this channel are sent, or are shown on the outbox page.
fn reached(app: &App, channel: Channel) -> Result<(), Fault> {
    if app.config.reaches(channel) { Ok(()) } else { Err(Code::SwitchedOff.into()) }
}

async fn send_code(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<PersonId>,
    Body(request): Body<api::SendContactCode>,
) -> Reply<api::SendContactCode> {
    let (verification_id, channel) = (VerificationId::new(app.core.now(), rand::random()), request.channel);
    reached(&app, channel)?;
    let tries = by_address(&app, &caller.by(Once::No), Guess::Send);
    let op = CodeSend { id: verification_id, patient: id, request, code: code(), tries };
    let expires_in_s = app.writer.run(caller.by(Once::No), op).await?;
    Ok(CallAnswer::of(VerificationBegun { verification_id, channel, expires_in_s }))
}

async fn confirm(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<PersonId>,
    Body(request): Body<api::ConfirmContact>,
) -> Reply<api::ConfirmContact> {
    let op = CodeConfirm { patient: id, request, tries: by_address(&app, &caller.by(Once::No), Guess::Code) };
    app.writer.run(caller.by(Once::No), op).await??;
    Ok(CallAnswer::of(patient(&app.core, &caller.actor, id).await?))
}

async fn check_identity(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<PersonId>,
    Asked { body: request, once }: Asked<api::CheckIdentity>,
) -> Reply<api::CheckIdentity> {
    let id = app.writer.run(caller.by(once), IdentityChecked { patient: id, request }).await?;
    Ok(CallAnswer::of(patient(&app.core, &caller.actor, id).await?))
}

async fn contacts<C: Call<Response = OwnContacts>>(State(app): State<Arc<App>>, caller: Caller) -> Reply<C> {
    let (_, _, grant) = own_by(&caller.actor)?;
    let contacts = person_store::contact_list(&mut app.core.read().await?, &grant).await;
    Ok(CallAnswer::of(OwnContacts { contacts: contacts.map_err(|error| app.core.broken(&error))? }))
}

async fn prove_own(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(request): Body<api::ProveContact>,
) -> Reply<api::ProveContact> {
    let email = request.email.as_deref().map(email).transpose()?;
    let country = country(&app.core, &caller.actor);
    let phone = request.phone.as_deref().map(|text| phone(text, country)).transpose()?;
    let contact = Contact::of(email.as_ref(), phone.as_ref()).ok_or_else(needed)?;
    let channel = contact.channel;
    reached(&app, channel)?;
    let id = VerificationId::new(app.core.now(), rand::random());
    let op =
        OwnSend { id, contact, code: code(), tries: by_address(&app, &caller.by(Once::No), Guess::Send) };
    app.writer.run(caller.by(Once::No), op).await?;
    Ok(CallAnswer::of(VerificationBegun {
        verification_id: id,
        channel,
        expires_in_s: Purpose::Own.lasts_s(),
    }))
}

async fn confirm_own(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(request): Body<api::ConfirmOwnContact>,
) -> Reply<api::ConfirmOwnContact> {
    let op = OwnConfirm { request, tries: by_address(&app, &caller.by(Once::No), Guess::Code) };
    app.writer.run(caller.by(Once::No), op).await??;
    contacts(State(app), caller).await
}

/// Compares the code first, and only then hashes the password that came with it.
async fn proven<O: Op<Out = Result<Proven, Fault>>>(
    app: &App,
    caller: &Caller,
    password: Option<&str>,
    op: impl Fn(With) -> O,
) -> Result<Proven, Fault> {
    let run = |with| app.writer.run(caller.by(Once::No), op(with));
    let Some(password) = password else { return run(With::Nothing).await? };
    let owner = run(With::Unhashed).await??.owner;
    run(With::Hash(chosen(app, caller.actor.clinic(), password, &owner).await?)).await?
}
