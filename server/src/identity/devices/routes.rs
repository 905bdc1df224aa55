//! Devices over REST.

use std::sync::Arc;

use axum::extract::State;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use medlane_shared::{
    access::{Action, Actor, Known, Resource, Role, may},
    api,
    clinic::Page,
    fault::Code,
    identity::{DeviceCode, DeviceState, DeviceView, Enrolled, Face, ProofFor, clinic_code},
    ids::DeviceId,
    time::Timestamp,
};

use super::{
    enrol::{DeviceCodeMake, Enrol},
    ops::DeviceChange,
    proof::{self, Seen},
    reads::ReadsTake,
    store,
};
use crate::{
    app::App,
    attempts::{Guess, by_address},
    http::{Asked, Body, CallAnswer, Caller, Client, Path, Reply, Routes},
    identity::{
        code::letters,
        keys::order_signing,
        routes::answers::{answer, lives},
    },
    writer::{By, Once},
};

/// The length of a device's code, in characters.
const CODE_CHARS: usize = 8;

/// The part's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::ListDevices, list)
        .on(api::ChangeDevice, change)
        .on(api::CreateDeviceCode, code)
        .on(api::EnrolDevice, enrol)
        .on(api::CheckInDevice, check_in)
        .on(api::AskOrders, orders)
        .on(api::DeviceWiped, wiped)
        .on(api::HandOverReads, reads)
}

async fn list(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::ListDevices> {
    let own = match &caller.actor {
        Actor::Known(Known { role: Role::Manager, branches, .. }) => branches.first().copied(),
        _ => None,
    };
    may(&caller.actor, Action::DeviceManage, &own.map_or_else(Resource::clinic, Resource::branch))?;
    let devices = store::device_list(&mut app.core.read().await?, caller.actor.clinic()).await;
    let mut devices = devices.map_err(|error| app.core.broken(&error))?;
    devices.retain(|device| {
        may(&caller.actor, Action::DeviceManage, &Resource::branch(device.branch_id)).is_ok()
    });
    let key = order_key(&app, &caller);
    Ok(CallAnswer::of(Page {
        items: devices.into_iter().map(|device| coded(&key, device)).collect(),
        next: None,
    }))
}

/// The public half of the key that signs the clinic's orders.
fn order_key(app: &App, caller: &Caller) -> String {
    let key = order_signing(&app.core.root, caller.actor.clinic()).verifying_key();
    BASE64_URL_SAFE_NO_PAD.encode(key.as_bytes())
}

/// Adds the code of the clinic's key to a device that has a key of its own and was not removed.
fn coded(order_key: &str, device: DeviceView) -> DeviceView {
    let gone = matches!(device.state, DeviceState::Wiping | DeviceState::Wiped);
    let clinic_code = (device.has_key && !gone).then(|| clinic_code(order_key, device.id));
    DeviceView { clinic_code, ..device }
}

async fn change(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(id): Path<DeviceId>,
    Asked { body: request, once }: Asked<api::ChangeDevice>,
) -> Reply<api::ChangeDevice> {
    let id = app.writer.run(caller.by(once), DeviceChange { id, request }).await?;
    let device = store::device_view(&mut app.core.read().await?, caller.actor.clinic(), id).await;
    let device = device.map_err(|error| app.core.broken(&error))?.ok_or(Code::NotFound)?;
    Ok(CallAnswer::of(coded(&order_key(&app, &caller), device)))
}

async fn code(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(request): Body<api::CreateDeviceCode>,
) -> Reply<api::CreateDeviceCode> {
    let code = letters::<CODE_CHARS>();
    let op = DeviceCodeMake { request, code: code.clone(), lasting: false };
    let expires = app.writer.run(caller.by(Once::No), op).await?;
    Ok(CallAnswer::of(DeviceCode { code, expires_at: Timestamp::from_ms(expires) }))
}

async fn enrol(
    State(app): State<Arc<App>>,
    caller: Caller,
    client: Client,
    Body(request): Body<api::EnrolDevice>,
) -> Reply<api::EnrolDevice> {
    let op = Enrol {
        request,
        lives: lives(&app),
        tries: by_address(&app, &caller.by(Once::No), Guess::DeviceCode),
    };
    let made = app.writer.run(caller.by(Once::No), op).await?.ok_or(Code::CodeExpired)?;
    let order_key = Some(order_key(&app, &caller));
    let enrolled =
        |tokens| Enrolled { device_id: made.id, kind: made.kind, name: made.name, order_key, tokens };
    let Some(begun) = made.begun else { return Ok(CallAnswer::of(enrolled(None))) };
    let (headers, tokens) = answer(&app, caller.actor.clinic(), begun, Face::Kiosk, &client).await?;
    Ok(CallAnswer::of(enrolled(Some(tokens))).with(headers))
}

async fn check_in(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(request): Body<api::CheckInDevice>,
) -> Reply<api::CheckInDevice> {
    let version = &request.app_version;
    proof::proof_looked_at(&app, &caller.by(Once::No), &request.proof, ProofFor::CheckIn, version).await?;
    app.writer.run(caller.by(Once::No), Seen::CheckIn(request.proof, request.app_version)).await?;
    Ok(CallAnswer::of(()))
}

async fn orders(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(request): Body<api::AskOrders>,
) -> Reply<api::AskOrders> {
    let (clinic, now) = (caller.actor.clinic(), app.core.now());
    let nonce = &request.nonce;
    let device =
        proof::proof_looked_at(&app, &caller.by(Once::No), &request.proof, ProofFor::Orders, nonce).await?;
    proof::asks(&device, &request, now)?;
    Ok(CallAnswer::of(proof::order(&order_signing(&app.core.root, clinic), &device, request.nonce, now)))
}

async fn wiped(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(request): Body<api::DeviceWiped>,
) -> Reply<api::DeviceWiped> {
    let version = &request.app_version;
    proof::proof_looked_at(&app, &caller.by(Once::No), &request.proof, ProofFor::Wiped, version).await?;
    app.writer.run(caller.by(Once::No), Seen::Wiped(request.proof, request.app_version)).await?;
    Ok(CallAnswer::of(()))
}

async fn reads(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(request): Body<api::HandOverReads>,
) -> Reply<api::HandOverReads> {
    if let Some(first) = request.reads.first() {
        let hash = first.hash(request.device_id);
        proof::looked_at(&app, &caller.by(Once::No), request.device_id, &hash, &first.signature).await?;
    }
    // The entries name the people who read, not the caller who hands over.
    let actor = Actor::Anonymous { clinic: caller.actor.clinic() };
    app.writer.run(By { actor, ..caller.by(Once::No) }, ReadsTake(request)).await?;
    Ok(CallAnswer::of(()))
}
