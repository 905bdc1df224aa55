//! Who read what here without the network (`docs/decisions/audit.md`): written down and signed before it is shown, and kept sealed until the
//! server has it. What cannot be written down is not shown.

use std::{
    io,
    path::{Path, PathBuf},
};

use medlane_shared::{
    audit::{DeviceRead, READS_MAX, Read, hex},
    fault::{Code, Fault},
    ids::PersonId,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::{device::Device, disk, secrets::Secrets, vault::Key};

/// The file beside the vaults, and its key in the keyring.
pub const FILE: &str = "reads.sealed";
/// The place that it is sealed to.
const PLACE: &[&str] = &["reads"];

/// What is kept.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    /// The number of the last read.
    n: i64,
    /// Its hash.
    head: String,
    /// What the server does not have yet.
    pending: Vec<DeviceRead>,
}

impl Default for Kept {
    fn default() -> Self {
        Self { n: 0, head: DeviceRead::genesis(), pending: Vec::new() }
    }
}

struct Open {
    key: Key,
    kept: Kept,
}

/// The device's log of reads.
pub struct Reads {
    secrets: Secrets,
    path: PathBuf,
    open: Mutex<Option<Open>>,
}

impl Reads {
    /// Of the folder of the vaults; not opened yet.
    #[must_use]
    pub fn new(secrets: Secrets, folder: &Path) -> Self {
        Self { secrets, path: folder.join(FILE), open: Mutex::default() }
    }

    /// Writes a read down: on the disk when this answers.
    ///
    /// # Errors
    /// [`Code::DeviceUnproven`] where the computer is none of the clinic's, [`Code::KeyringLocked`], [`Code::Internal`].
    pub async fn write(
        &self,
        device: &Device,
        person_id: PersonId,
        what: Read,
        at: Timestamp,
    ) -> Result<(), Fault> {
        let mut open = self.open.lock().await;
        let mut now = self.opened(&mut open).await?;
        let read = DeviceRead {
            n: now.kept.n + 1,
            at,
            person_id,
            what,
            prev: now.kept.head.clone(),
            signature: String::new(),
        };
        let (hash, signature) = device.signs(|id| read.hash(id)).ok_or(Code::DeviceUnproven)?;
        (now.kept.n, now.kept.head) = (read.n, hex(&hash));
        now.kept.pending.push(DeviceRead { signature, ..read });
        self.keep(&now)?;
        *open = Some(now);
        Ok(())
    }

    /// The oldest that the server does not have yet, as many as it takes at once.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`], [`Code::Internal`].
    pub async fn pending(&self) -> Result<Vec<DeviceRead>, Fault> {
        let mut open = self.open.lock().await;
        if open.is_none() && !self.path.exists() {
            return Ok(Vec::new());
        }
        let now = self.opened(&mut open).await?;
        let pending = now.kept.pending.iter().take(READS_MAX).cloned().collect();
        *open = Some(now);
        Ok(pending)
    }

    /// The server has those up to a number.
    ///
    /// # Errors
    /// As [`Reads::pending`].
    pub async fn taken(&self, upto: i64) -> Result<(), Fault> {
        let mut open = self.open.lock().await;
        let mut now = self.opened(&mut open).await?;
        now.kept.pending.retain(|read| read.n > upto);
        self.keep(&now)?;
        *open = Some(now);
        Ok(())
    }

    /// Forgets what was open: the file is gone.
    pub async fn forget(&self) {
        *self.open.lock().await = None;
    }

    /// What is kept. A log that does not open is put aside and begun anew: the server sees by its numbers that there were others.
    async fn opened(&self, open: &mut Option<Open>) -> Result<Open, Fault> {
        if let Some(open) = open.take() {
            return Ok(open);
        }
        let sealed = disk::read(&self.path).map_err(failed)?;
        let name = secret(&self.path);
        let key = if let Some(bytes) = self.secrets.get(&name).await? {
            Key::from_bytes(&bytes).map_err(|_| Code::KeyLost)?
        } else {
            let key = Key::fresh();
            self.secrets.set(&name, key.bytes()).await?;
            key
        };
        let Some(sealed) = sealed else { return Ok(Open { key, kept: Kept::default() }) };
        let text = key.open(PLACE, &sealed).ok();
        if let Some(kept) = text.and_then(|text| serde_json::from_slice(&text).ok()) {
            return Ok(Open { key, kept });
        }
        tracing::error!("the log of reads does not open, and is put aside");
        std::fs::rename(&self.path, self.path.with_extension("broken")).map_err(failed)?;
        Ok(Open { key, kept: Kept::default() })
    }

    fn keep(&self, open: &Open) -> Result<(), Fault> {
        let text = serde_json::to_vec(&open.kept).map_err(|_| Code::Internal)?;
        disk::replace(&self.path, &open.key.seal(PLACE, &text)).map_err(failed)
    }
}

/// The name in the keyring of the key of a file of the vaults' folder.
#[must_use]
pub fn secret(path: &Path) -> String {
    format!("vault {}", path.file_stem().unwrap_or_default().to_string_lossy())
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn failed(error: io::Error) -> Fault {
    tracing::error!(%error, "the log of reads");
    Code::Internal.into()
}
