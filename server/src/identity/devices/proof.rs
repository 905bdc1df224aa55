//! Checks the proofs of devices, and records when a device was seen.

use std::{net::IpAddr, ops::RangeInclusive};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use medlane_shared::{
    fault::{Code, Fault, FieldFault},
    identity::{
        DeviceProof, DeviceWord, OrdersRequest, PROOF_SKEW_MS, ProofFor, SignedOrder, order_text, proof_text,
    },
    ids::DeviceId,
    time::Timestamp,
};
use serde_json::json;

use super::store::{self, Device};
use crate::{
    app::App,
    writer::{By, Done, Entry, Failure, Op, Unit},
};

/// The length of a question's nonce. It holds at least 128 bits.
const NONCE_CHARS: RangeInclusive<usize> = 22..=64;

/// The fault for a wrong clock, with the server's time.
fn clock_wrong(now: Timestamp) -> Fault {
    Fault::new(Code::ClockWrong).present(&json!({ "now": now }))
}

/// Checks that a device has signed this text.
pub(super) fn signed(device: &Device, text: &[u8], signature: &str) -> Result<(), Fault> {
    let unproven = || Fault::new(Code::DeviceUnproven);
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).ok();
    let key = device.public_key.as_deref().and_then(decode).and_then(|bytes| bytes.try_into().ok());
    let key = key.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok()).ok_or_else(unproven)?;
    let signature = decode(signature).and_then(|bytes| Signature::from_slice(&bytes).ok());
    key.verify_strict(text, &signature.ok_or_else(unproven)?).map_err(|_| unproven())
}

/// Whether this device signed the proof, at whatever time. It is a cheap check before a costly one.
pub fn is_signed(device: &Device, proof: &DeviceProof, what: ProofFor, over: &str) -> bool {
    signed(device, &proof_text(what, proof.device_id, proof.at, over), &proof.signature).is_ok()
}

/// Checks that one more signature of a device may be sent from an address.
///
/// # Errors
/// [`Code::RateLimited`]: too many signatures from this address were invalid.
pub fn may_prove(app: &App, ip: Option<IpAddr>, id: DeviceId) -> Result<(), Fault> {
    app.limits.may_prove((ip, id), &app.config.limits, app.core.now())
}

/// Counts a signature that was not valid.
pub fn unproven(app: &App, ip: Option<IpAddr>, id: DeviceId, fault: &Fault) {
    if fault.code == Code::DeviceUnproven {
        app.limits.proved((ip, id), false, &app.config.limits, app.core.now());
    }
}

/// The device, if the signature over this text is its own. An invalid signature is counted here, before the writer has any
/// work with it.
///
/// # Errors
/// [`Code::DeviceUnproven`], [`Code::RateLimited`].
pub async fn looked_at(
    app: &App,
    by: &By,
    id: DeviceId,
    text: &[u8],
    signature: &str,
) -> Result<Device, Fault> {
    may_prove(app, by.ip, id)?;
    let found = store::device_by_id(&mut app.core.read().await?, by.actor.clinic(), id).await;
    let found = found.map_err(|error| app.core.broken(&error))?;
    let device = found.ok_or_else(|| Fault::new(Code::DeviceUnproven));
    let device = device.and_then(|device| signed(&device, text, signature).map(|()| device));
    match &device {
        Ok(_) => app.limits.proved((by.ip, id), true, &app.config.limits, app.core.now()),
        Err(fault) => unproven(app, by.ip, id, fault),
    }
    device
}

/// [`looked_at`] for a proof.
///
/// # Errors
/// As [`looked_at`].
pub async fn proof_looked_at(
    app: &App,
    by: &By,
    proof: &DeviceProof,
    what: ProofFor,
    over: &str,
) -> Result<Device, Fault> {
    let text = proof_text(what, proof.device_id, proof.at, over);
    looked_at(app, by, proof.device_id, &text, &proof.signature).await
}

/// Checks that a proof is this device's, for this purpose, and from now.
fn check(
    device: &Device,
    proof: &DeviceProof,
    what: ProofFor,
    over: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    signed(device, &proof_text(what, proof.device_id, proof.at, over), &proof.signature)?;
    // The signature is valid, so the reply may reveal the server's time.
    if now.since_ms(proof.at).abs() > PROOF_SKEW_MS {
        return Err(clock_wrong(now));
    }
    Ok(())
}

/// The device of a valid proof, if people may work at it.
///
/// # Errors
/// [`Code::DeviceUnproven`], [`Code::ClockWrong`], [`Code::DeviceLocked`], [`Code::DeviceRevoked`].
pub async fn proven(
    unit: &mut Unit<'_>,
    proof: &DeviceProof,
    what: ProofFor,
    over: &str,
) -> Result<Device, Failure> {
    let (at, clinic) = (unit.at(), unit.clinic());
    let device = store::device_by_id(unit.reads().await?, clinic, proof.device_id).await?;
    let device = device.ok_or(Code::DeviceUnproven)?;
    check(&device, proof, what, over, at)?;
    match device.bar() {
        Some(bar) => Err(bar.into()),
        None => Ok(device),
    }
}

/// Checks the hello of a session's device. A browser has no key, so it proves nothing.
///
/// # Errors
/// As [`proven`].
pub fn hello(device: &Device, proof: Option<&DeviceProof>, token: &str, now: Timestamp) -> Result<(), Fault> {
    if device.public_key.is_none() {
        return Ok(());
    }
    let proof = proof.filter(|proof| proof.device_id == device.id).ok_or(Code::DeviceUnproven)?;
    check(device, proof, ProofFor::Hello, token, now)
}

/// Checks that a device itself asks for its order. It may be locked or removed, because that is what it asks about.
///
/// # Errors
/// [`Code::DeviceUnproven`], [`Code::ClockWrong`], [`Code::Invalid`].
pub fn asks(device: &Device, request: &OrdersRequest, now: Timestamp) -> Result<(), Fault> {
    if !NONCE_CHARS.contains(&request.nonce.len()) {
        return Err(Fault::new(Code::Invalid)
            .field("nonce", FieldFault::length(*NONCE_CHARS.start(), *NONCE_CHARS.end())));
    }
    check(device, &request.proof, ProofFor::Orders, &request.nonce, now)
}

/// The clinic's order for a device, as the answer to its question.
pub fn order(key: &SigningKey, device: &Device, nonce: String, at: Timestamp) -> SignedOrder {
    let word = match (device.revoked, device.locked) {
        (true, _) => DeviceWord::Wipe,
        (false, true) => DeviceWord::Lock,
        (false, false) => DeviceWord::Work,
    };
    let signature = key.sign(&order_text(word, device.id, &nonce, at)).to_bytes();
    SignedOrder {
        word,
        device_id: device.id,
        nonce,
        at,
        key: BASE64_URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes()),
        signature: BASE64_URL_SAFE_NO_PAD.encode(signature),
    }
}

/// A contact of a device with the server.
#[derive(Debug, Clone)]
pub enum Seen {
    /// It said hello. A device with a key states its time, which is later than in its earlier hellos.
    Hello(DeviceId, Option<Timestamp>),
    /// It asks for its state, and reports its release.
    CheckIn(DeviceProof, String),
    /// It reports that it has erased everything.
    Wiped(DeviceProof, String),
}

impl Op for Seen {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        let (at, clinic) = (unit.at(), unit.clinic());
        match self {
            Self::Hello(device, said) => {
                let found = store::device_by_id(unit.reads().await?, clinic, *device).await?;
                let before = found.ok_or(Code::DeviceUnproven)?.hello_at;
                if let Some((_, before)) = said.zip(before).filter(|(said, before)| said <= before) {
                    return Err(clock_wrong(at.max(before.plus_ms(1))).into());
                }
                store::device_hello(unit.writes().await?, *device, said.or(before), at).await?;
                Ok(unit.commit_unaudited())
            }
            Self::CheckIn(proof, app_version) => {
                let device = proven(unit, proof, ProofFor::CheckIn, app_version).await?;
                store::device_seen(unit.writes().await?, device.id, app_version, at).await?;
                Ok(unit.commit_unaudited())
            }
            Self::Wiped(proof, app_version) => {
                let device = store::device_by_id(unit.reads().await?, clinic, proof.device_id).await?;
                let device = device.ok_or(Code::DeviceUnproven)?;
                check(&device, proof, ProofFor::Wiped, app_version, at)?;
                if !device.revoked {
                    return Err(Code::DeviceUnproven.into());
                }
                store::device_wiped(unit.writes().await?, device.id, at).await?;
                let entry =
                    Entry::new("device.wiped", format!("device:{}", device.id)).proven(None, Some(device.id));
                Ok(unit.commit(entry, ()))
            }
        }
    }
}
