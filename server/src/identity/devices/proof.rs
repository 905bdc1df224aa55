//! A device proves that it is itself, and is seen.

use std::ops::RangeInclusive;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use medlane_shared::{
    fault::{Code, Fault},
    identity::{
        DeviceProof, DeviceWord, OrdersRequest, PROOF_SKEW_MS, ProofFor, SignedOrder, order_text, proof_text,
    },
    ids::DeviceId,
    time::Timestamp,
};
use serde_json::json;

use super::store::{self, Device};
use crate::writer::{Done, Entry, Failure, Op, Unit};

/// Characters of a question's nonce: 128 bits at least.
const NONCE_CHARS: RangeInclusive<usize> = 22..=64;

/// The time to go by, as the present of [`Code::ClockWrong`].
fn clock_wrong(now: Timestamp) -> Fault {
    Fault::new(Code::ClockWrong).present(&json!({ "now": now }))
}

/// Whether a device has signed this.
pub(super) fn signed(device: &Device, text: &[u8], signature: &str) -> Result<(), Fault> {
    let unproven = || Fault::new(Code::DeviceUnproven);
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).ok();
    let key = device.public_key.as_deref().and_then(decode).and_then(|bytes| bytes.try_into().ok());
    let key = key.and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok()).ok_or_else(unproven)?;
    let signature = decode(signature).and_then(|bytes| Signature::from_slice(&bytes).ok());
    key.verify_strict(text, &signature.ok_or_else(unproven)?).map_err(|_| unproven())
}

/// Whether a proof was signed by this device, whenever that was: a look that costs little, before one that costs much.
pub fn is_signed(device: &Device, proof: &DeviceProof, what: ProofFor, over: &str) -> bool {
    signed(device, &proof_text(what, proof.device_id, proof.at, over), &proof.signature).is_ok()
}

/// Whether a proof is this device's, for this, and of now.
fn check(
    device: &Device,
    proof: &DeviceProof,
    what: ProofFor,
    over: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    signed(device, &proof_text(what, proof.device_id, proof.at, over), &proof.signature)?;
    // Of whoever has the key: the time may be told.
    if now.since_ms(proof.at).abs() > PROOF_SKEW_MS {
        return Err(clock_wrong(now));
    }
    Ok(())
}

/// The device of a proof that holds, at which somebody may work.
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

/// What the hello of a socket of a session that is at a device has to prove; a browser's device has no key.
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

/// Whether a device itself asks for its orders. It may be locked or removed: of these it asks.
///
/// # Errors
/// [`Code::DeviceUnproven`], [`Code::ClockWrong`], [`Code::Invalid`].
pub fn asks(device: &Device, request: &OrdersRequest, now: Timestamp) -> Result<(), Fault> {
    if !NONCE_CHARS.contains(&request.nonce.len()) {
        return Err(Fault::new(Code::Invalid).field("nonce", "is 22 to 64 characters"));
    }
    check(device, &request.proof, ProofFor::Orders, &request.nonce, now)
}

/// What the clinic orders a device, as an answer to its question.
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

/// A device was heard of.
#[derive(Debug, Clone)]
pub enum Seen {
    /// It said hello; where it has a key at this time by its clock, which is later than those before.
    Hello(DeviceId, Option<Timestamp>),
    /// It asks how it stands, and says what it runs.
    CheckIn(DeviceProof, String),
    /// It has forgotten everything.
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
