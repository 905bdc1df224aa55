//! This computer as one of the clinic's devices: its key, which never leaves the keyring, and what it proves by it.

use std::{
    fs,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use medlane_shared::{
    audit::Hash,
    fault::{Code, Fault},
    identity::{DeviceCheckIn, DeviceProof, ProofFor, proof_text},
    ids::DeviceId,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{clock::now, reads::secret, secrets::Secrets};

/// The device's name in the keyring.
const KEPT: &str = "device";
/// The release that this is.
pub const APP_VERSION: &str = env!("CARGO_PKG_VERSION");

/// What the keyring keeps of a device.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// None until the server has taken it.
    id: Option<DeviceId>,
    /// The private half of its key.
    key: String,
    /// The clinic has locked it, and was not heard to unlock it.
    #[serde(default)]
    locked: bool,
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
    /// What the server's clock is ahead of this one.
    skew_ms: i64,
    last: Timestamp,
}

/// This computer.
pub struct Device {
    secrets: Secrets,
    held: Mutex<Held>,
}

impl Device {
    /// Not looked up yet.
    #[must_use]
    pub fn new(secrets: Secrets) -> Self {
        Self { secrets, held: Mutex::default() }
    }

    /// Looks the key up; whether this computer is one of the clinic's.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`].
    pub async fn load(&self) -> Result<bool, Fault> {
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
        Ok(true)
    }

    /// Whether a computer that keeps secrets has to be enrolled before anybody works at it.
    #[must_use]
    pub const fn can_be_known(&self) -> bool {
        self.secrets.are_kept()
    }

    /// A fresh key, kept before it is told to anybody; its public half.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`].
    pub async fn fresh_key(&self) -> Result<(SigningKey, String), Fault> {
        let key = SigningKey::from_bytes(&Zeroizing::new(rand::random::<[u8; 32]>()));
        self.keep(None, &key, false).await?;
        let public = BASE64_URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        Ok((key, public))
    }

    /// The server has taken the key.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`].
    pub async fn enrolled(&self, id: DeviceId, key: SigningKey) -> Result<(), Fault> {
        self.keep(Some(id), &key, false).await?;
        let mut held = self.held();
        held.known = Some((id, key));
        held.locked = false;
        Ok(())
    }

    /// What proves that this is the device; none where it is not known to the clinic.
    #[must_use]
    pub fn proof(&self, what: ProofFor, over: &str) -> Option<DeviceProof> {
        let mut held = self.held();
        // A hello is later than those before, however fast they follow.
        let at = now().plus_ms(held.skew_ms).max(held.last.plus_ms(1));
        held.last = at;
        let (device_id, key) = held.known.as_ref()?;
        let signature = key.sign(&proof_text(what, *device_id, at, over)).to_bytes();
        Some(DeviceProof { device_id: *device_id, at, signature: BASE64_URL_SAFE_NO_PAD.encode(signature) })
    }

    /// What the hash of something is at this device, and its signature over it; none where it is not known to the clinic.
    #[must_use]
    pub fn signs(&self, hash: impl FnOnce(DeviceId) -> Hash) -> Option<(Hash, String)> {
        let held = self.held();
        let (id, key) = held.known.as_ref()?;
        let hash = hash(*id);
        Some((hash, BASE64_URL_SAFE_NO_PAD.encode(key.sign(&hash).to_bytes())))
    }

    /// Its id, where it is known to the clinic.
    #[must_use]
    pub fn id(&self) -> Option<DeviceId> {
        self.held().known.as_ref().map(|(id, _)| *id)
    }

    /// Now, by the server's clock as far as it is known.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        now().plus_ms(self.held().skew_ms)
    }

    /// The same with what it runs, for the calls that a device makes by itself.
    #[must_use]
    pub fn check_in(&self, what: ProofFor) -> Option<DeviceCheckIn> {
        let proof = self.proof(what, APP_VERSION)?;
        Some(DeviceCheckIn { proof, app_version: APP_VERSION.to_owned() })
    }

    /// Goes by the server's clock, where it has said that this one is wrong; whether that changes anything.
    #[must_use]
    pub fn corrects(&self, fault: &Fault) -> bool {
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

    /// Whether the clinic was last heard to lock it.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.held().locked
    }

    /// Remembers that it is locked, or not any more: also without the server it stays so.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`].
    pub async fn lock(&self, locked: bool) -> Result<(), Fault> {
        let known = {
            let mut held = self.held();
            if held.locked == locked {
                return Ok(());
            }
            held.locked = locked;
            held.known.clone()
        };
        match known {
            Some((id, key)) => self.keep(Some(id), &key, locked).await,
            None => Ok(()),
        }
    }

    /// Forgets the vaults of everybody who has worked here, and their keys.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`], [`Code::Internal`]: something is left, and the next contact tries again.
    pub async fn forget_vaults(&self, folder: &Path) -> Result<(), Fault> {
        if !folder.exists() {
            return Ok(());
        }
        let failed = |error: std::io::Error| {
            tracing::error!(%error, "a vault could not be deleted");
            Fault::new(Code::Internal)
        };
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            // Its key first: without it the rest is nobody's.
            if matches!(path.extension().and_then(|end| end.to_str()), Some("db" | "sealed")) {
                self.secrets.delete(&secret(&path)).await?;
            }
            fs::remove_file(&path).map_err(failed)?;
        }
        Ok(())
    }

    /// Forgets its own key: it is no device of the clinic any more.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`].
    pub async fn forget(&self) -> Result<(), Fault> {
        self.secrets.delete(KEPT).await?;
        *self.held() = Held::default();
        Ok(())
    }

    async fn keep(&self, id: Option<DeviceId>, key: &SigningKey, locked: bool) -> Result<(), Fault> {
        let kept = Kept { id, key: BASE64_URL_SAFE_NO_PAD.encode(key.to_bytes()), locked };
        let text = Zeroizing::new(serde_json::to_vec(&kept).map_err(|_| Code::Internal)?);
        Ok(self.secrets.set(KEPT, &text).await?)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn signing_key(text: &str) -> Option<SigningKey> {
    let bytes = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?);
    Some(SigningKey::from_bytes(&bytes.as_slice().try_into().ok()?))
}
