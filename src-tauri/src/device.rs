//! This computer as one of the clinic's devices: its key, which never leaves the keyring, and the proofs made with
//! it.

#[cfg(test)]
mod tests;

use std::{
    fs,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use medlane_shared::{
    audit::Hash,
    fault::{Code, Fault},
    identity::{
        DeviceCheckIn, DeviceProof, DeviceWord, OrdersRequest, ProofFor, SignedOrder, is_clinic_code,
        order_text, proof_text,
    },
    ids::DeviceId,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{
    clock::now,
    reads::{FILE, secret},
    secrets::Secrets,
};

/// The device's name in the keyring.
const KEPT: &str = "device";
/// The name of a key that the server has not accepted yet. Until it does, [`KEPT`] stays unchanged.
const FRESH: &str = "device fresh";
/// The release of this program.
pub const APP_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The device's data in the keyring.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// `None` until the server has accepted the key.
    id: Option<DeviceId>,
    /// The private half of its key.
    key: String,
    /// Whether the clinic has locked the device and, as far as it knows, not unlocked it.
    #[serde(default)]
    locked: bool,
    /// The public half of the key that signs the clinic's orders. A device that an earlier release enrolled has none
    /// until it learns it.
    #[serde(default)]
    order_key: Option<String>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

#[derive(Default)]
struct Held {
    known: Option<(DeviceId, SigningKey)>,
    locked: bool,
    /// Whether it is locked in the keyring; `None` if that is unknown, since a write has failed.
    stored: Option<bool>,
    /// How often it was locked since the program started.
    locks: u64,
    order_key: Option<VerifyingKey>,
    /// How far the server's clock is ahead of this computer's, in milliseconds.
    skew_ms: i64,
    last: Timestamp,
}

/// This computer, as a device.
pub struct Device {
    secrets: Secrets,
    held: Mutex<Held>,
    /// Allows one change of the stored data at a time, so that memory and keyring agree.
    keeping: tokio::sync::Mutex<()>,
}

impl Device {
    /// A device whose key was not looked up yet.
    #[must_use]
    pub fn new(secrets: Secrets) -> Self {
        Self { secrets, held: Mutex::default(), keeping: tokio::sync::Mutex::default() }
    }

    /// Looks up the key. Returns whether this computer is one of the clinic's devices.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`].
    pub async fn load(&self) -> Result<bool, Fault> {
        let _one = self.keeping.lock().await;
        if self.held().known.is_some() {
            return Ok(true);
        }
        let Some(kept) = self.secrets.get(KEPT).await? else { return Ok(false) };
        let Ok(kept) = serde_json::from_slice::<Kept>(&kept) else { return Ok(false) };
        let Some(id) = kept.id else { return Ok(false) };
        let key = signing_key(&kept.key).ok_or(Code::KeyLost)?;
        let mut held = self.held();
        held.known = Some((id, key));
        held.locked = kept.locked;
        held.stored = Some(kept.locked);
        held.order_key = kept.order_key.as_deref().and_then(order_key);
        Ok(true)
    }

    /// Whether this computer can store secrets. If so, it has to be enrolled before staff work at it.
    #[must_use]
    pub const fn can_be_known(&self) -> bool {
        self.secrets.are_kept()
    }

    /// Makes a new key and stores it before it is sent to the server. Returns it with its public half. The stored
    /// device stays unchanged until the server has accepted the key: a code may be mistyped, and a server may be false.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`].
    pub async fn fresh_key(&self) -> Result<(SigningKey, String), Fault> {
        let key = SigningKey::from_bytes(&Zeroizing::new(rand::random::<[u8; 32]>()));
        self.store(FRESH, None, &key, false, None).await?;
        let public = BASE64_URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        Ok((key, public))
    }

    /// Records that the server has accepted the key.
    ///
    /// # Errors
    /// [`Code::DeviceLocked`]: an enrolment ends no lock; [`Code::KeyringLocked`].
    pub async fn enrolled(&self, id: DeviceId, key: SigningKey, clinic: Option<&str>) -> Result<(), Fault> {
        let _one = self.keeping.lock().await;
        if self.is_locked() {
            return Err(Code::DeviceLocked.into());
        }
        let clinic = clinic.and_then(order_key);
        self.keep(id, &key, false, clinic.as_ref()).await?;
        {
            let mut held = self.held();
            held.known = Some((id, key));
            held.order_key = clinic;
        }
        if let Err(trouble) = self.secrets.delete(FRESH).await {
            // The next enrolment overwrites it.
            tracing::warn!(%trouble, "the copy of the accepted key could not be deleted");
        }
        Ok(())
    }

    /// A question for the clinic's order; `None` if this is not one of its devices.
    #[must_use]
    pub fn asks(&self) -> Option<OrdersRequest> {
        let nonce = BASE64_URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
        let proof = self.proof(ProofFor::Orders, &nonce)?;
        Some(OrdersRequest { proof, nonce })
    }

    /// The clinic's order, if the signature is the clinic's, and the order is for this device and answers this
    /// question.
    #[must_use]
    pub fn heeds(&self, order: &SignedOrder, nonce: &str) -> Option<DeviceWord> {
        let held = self.held();
        let (id, _) = held.known.as_ref()?;
        (order.device_id == *id && order.nonce == nonce && is_signed(order, &held.order_key?))
            .then_some(order.word)
    }

    /// Whether it knows the key that signs the clinic's orders.
    #[must_use]
    pub fn knows_clinic(&self) -> bool {
        self.held().order_key.is_some()
    }

    /// Learns the clinic's key from the first server at which the device is in use, if it was enrolled before there
    /// were such keys. It never learns it from an order to lock or wipe, nor while it is locked: otherwise any
    /// server's key would be accepted.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`].
    pub async fn learn_clinic(&self, order: &SignedOrder) -> Result<(), Fault> {
        let _one = self.keeping.lock().await;
        let Some(clinic) = order_key(&order.key) else { return Ok(()) };
        if self.knows_clinic()
            || self.is_locked()
            || order.word != DeviceWord::Work
            || !is_signed(order, &clinic)
        {
            return Ok(());
        }
        self.keep_clinic(clinic).await
    }

    /// Takes the key of an order as its clinic's, if a person has typed the code of that key from the console. It
    /// replaces the clinic's key of before. A server cannot do this alone.
    ///
    /// # Errors
    /// [`Code::CodeWrong`]: the order is not signed by the key of this code; [`Code::KeyringLocked`].
    pub async fn learn_clinic_by_code(
        &self,
        order: &SignedOrder,
        nonce: &str,
        typed: &str,
    ) -> Result<(), Fault> {
        let _one = self.keeping.lock().await;
        let clinic = order_key(&order.key).filter(|clinic| is_signed(order, clinic) && order.nonce == nonce);
        let (Some(id), Some(clinic)) = (self.id(), clinic) else { return Err(Code::CodeWrong.into()) };
        if order.device_id != id || !is_clinic_code(typed, &order.key, id) {
            return Err(Code::CodeWrong.into());
        }
        self.keep_clinic(clinic).await
    }

    /// Stores the clinic's key. The caller holds `keeping`.
    async fn keep_clinic(&self, clinic: VerifyingKey) -> Result<(), Fault> {
        let (known, locked) = {
            let held = self.held();
            (held.known.clone(), held.locked)
        };
        if let Some((id, key)) = known {
            self.keep(id, &key, locked, Some(&clinic)).await?;
            self.held().order_key = Some(clinic);
        }
        Ok(())
    }

    /// The proof of this device; `None` if the clinic does not know it.
    #[must_use]
    pub fn proof(&self, what: ProofFor, over: &str) -> Option<DeviceProof> {
        let mut held = self.held();
        // The time of a hello must be later than those of earlier hellos, however fast they follow.
        let at = now().plus_ms(held.skew_ms).max(held.last.plus_ms(1));
        held.last = at;
        let (device_id, key) = held.known.as_ref()?;
        let signature = key.sign(&proof_text(what, *device_id, at, over)).to_bytes();
        Some(DeviceProof { device_id: *device_id, at, signature: BASE64_URL_SAFE_NO_PAD.encode(signature) })
    }

    /// A hash that includes this device's id, and the device's signature over it; `None` if the clinic does not know
    /// the device.
    #[must_use]
    pub fn signs(&self, hash: impl FnOnce(DeviceId) -> Hash) -> Option<(Hash, String)> {
        let held = self.held();
        let (id, key) = held.known.as_ref()?;
        let hash = hash(*id);
        Some((hash, BASE64_URL_SAFE_NO_PAD.encode(key.sign(&hash).to_bytes())))
    }

    /// Its id; `None` if the clinic does not know it.
    #[must_use]
    pub fn id(&self) -> Option<DeviceId> {
        self.held().known.as_ref().map(|(id, _)| *id)
    }

    /// The present time, corrected by the server's clock if that is known.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        now().plus_ms(self.held().skew_ms)
    }

    /// A proof with the release, for the calls that the device makes by itself.
    #[must_use]
    pub fn check_in(&self, what: ProofFor) -> Option<DeviceCheckIn> {
        let proof = self.proof(what, APP_VERSION)?;
        Some(DeviceCheckIn { proof, app_version: APP_VERSION.to_owned() })
    }

    /// Corrects the time if the server has said that this computer's clock is wrong. Returns whether that changes
    /// anything.
    #[must_use]
    pub fn correct_clock(&self, fault: &Fault) -> bool {
        let told = fault.present.as_ref().and_then(|present| present.get("now")).cloned();
        let told = told.and_then(|told| serde_json::from_value::<Timestamp>(told).ok());
        let Some(told) = told.filter(|_| fault.code == Code::ClockWrong) else { return false };
        let mut held = self.held();
        let skew_ms = told.since_ms(now());
        let changes = (skew_ms - held.skew_ms).abs() > 1_000;
        held.skew_ms = skew_ms;
        held.last = Timestamp::default();
        changes
    }

    /// Whether the clinic has locked it, as far as it knows.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.held().locked
    }

    /// How often it was locked since the program started, for [`Device::unlock`].
    #[must_use]
    pub fn locks(&self) -> u64 {
        self.held().locks
    }

    /// Locks it at once, and stores the lock, so that it also holds without the server.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`]: it is locked until the program ends. The next call stores the lock.
    pub async fn lock(&self) -> Result<(), Fault> {
        {
            let mut held = self.held();
            if held.known.is_none() {
                return Ok(());
            }
            held.locks += 1;
            held.locked = true;
        }
        let _one = self.keeping.lock().await;
        self.keep_lock(true).await
    }

    /// Ends its lock by the clinic's order. The order does not count if the device was locked after it was asked for:
    /// `locks` is [`Device::locks`] before the question.
    ///
    /// # Errors
    /// [`Code::DeviceLocked`]: it was locked meanwhile. [`Code::KeyringLocked`]: it stays locked.
    pub async fn unlock(&self, locks: u64) -> Result<(), Fault> {
        let _one = self.keeping.lock().await;
        if self.locks() != locks {
            return Err(Code::DeviceLocked.into());
        }
        self.keep_lock(false).await?;
        let mut held = self.held();
        held.locked = held.locks != locks;
        if held.locked { Err(Code::DeviceLocked.into()) } else { Ok(()) }
    }

    /// Stores whether it is locked, if the keyring does not have it yet. The caller holds `keeping`.
    async fn keep_lock(&self, locked: bool) -> Result<(), Fault> {
        let (known, clinic, stored) = {
            let held = self.held();
            (held.known.clone(), held.order_key, held.stored)
        };
        match known {
            Some((id, key)) if stored != Some(locked) => self.keep(id, &key, locked, clinic.as_ref()).await,
            _ => Ok(()),
        }
    }

    /// Deletes the vaults of everybody who worked here, and their keys. The log of reads beside them stays
    /// ([`crate::reads`]).
    ///
    /// # Errors
    /// [`Code::KeyringLocked`] or [`Code::Internal`]: something is left, and the next contact tries again.
    pub async fn forget_vaults(&self, folder: &Path) -> Result<(), Fault> {
        if !folder.exists() {
            return Ok(());
        }
        let failed = |error: std::io::Error| {
            tracing::error!(%error, "a vault cannot be deleted");
            Fault::new(Code::Internal)
        };
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.file_name().is_some_and(|name| name == FILE) {
                continue;
            }
            // Delete the key first: without it nobody can read the rest.
            if path.extension().is_some_and(|end| end == "db") {
                self.secrets.delete(&secret(&path)).await?;
            }
            fs::remove_file(&path).map_err(failed)?;
        }
        Ok(())
    }

    /// Deletes its own key: it is no longer one of the clinic's devices.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`].
    pub async fn forget(&self) -> Result<(), Fault> {
        let _one = self.keeping.lock().await;
        self.secrets.delete(FRESH).await?;
        self.secrets.delete(KEPT).await?;
        *self.held() = Held::default();
        Ok(())
    }

    /// Stores the device. The caller holds `keeping`.
    async fn keep(
        &self,
        id: DeviceId,
        key: &SigningKey,
        locked: bool,
        clinic: Option<&VerifyingKey>,
    ) -> Result<(), Fault> {
        self.held().stored = None;
        self.store(KEPT, Some(id), key, locked, clinic).await?;
        self.held().stored = Some(locked);
        Ok(())
    }

    async fn store(
        &self,
        name: &str,
        id: Option<DeviceId>,
        key: &SigningKey,
        locked: bool,
        clinic: Option<&VerifyingKey>,
    ) -> Result<(), Fault> {
        let order_key = clinic.map(|clinic| BASE64_URL_SAFE_NO_PAD.encode(clinic.as_bytes()));
        let kept = Kept { id, key: BASE64_URL_SAFE_NO_PAD.encode(key.to_bytes()), locked, order_key };
        let text = Zeroizing::new(serde_json::to_vec(&kept).map_err(|_| Code::Internal)?);
        Ok(self.secrets.set(name, &text).await?)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn signing_key(text: &str) -> Option<SigningKey> {
    let bytes = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?);
    Some(SigningKey::from_bytes(&bytes.as_slice().try_into().ok()?))
}

/// A clinic's key from its text, if it is valid. A weak key is refused, because many signatures would match it.
fn order_key(text: &str) -> Option<VerifyingKey> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok().filter(|key| !key.is_weak())
}

fn is_signed(order: &SignedOrder, key: &VerifyingKey) -> bool {
    let signature = BASE64_URL_SAFE_NO_PAD.decode(&order.signature).ok();
    let signature = signature.and_then(|bytes| Signature::from_slice(&bytes).ok());
    let text = order_text(order.word, order.device_id, &order.nonce, order.at);
    signature.is_some_and(|signature| key.verify_strict(&text, &signature).is_ok())
}
