//! The log of what was read here without the network (`docs/decisions/audit.md`). A read is logged and signed before
//! it is shown, and kept sealed until the server has it. A read that cannot be logged is not shown.

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

/// The file beside the vaults; its key is in the keyring.
pub const FILE: &str = "reads.sealed";
/// The context that the file is sealed for.
const PLACE: &[&str] = &["reads"];

/// The log, as it is stored.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    /// The number of the last read.
    n: i64,
    /// The hash of the last read.
    head: String,
    /// The reads that the server does not have yet.
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

/// The device's log of reads without the network.
pub struct Reads {
    secrets: Secrets,
    path: PathBuf,
    open: Mutex<Option<Open>>,
}

impl Reads {
    /// A log in the folder of the vaults; opened when it is first used.
    #[must_use]
    pub fn new(secrets: Secrets, folder: &Path) -> Self {
        Self { secrets, path: folder.join(FILE), open: Mutex::default() }
    }

    /// Logs a read. Once this returns, the read is on the disk.
    ///
    /// # Errors
    /// [`Code::DeviceUnproven`] if the computer is not enrolled, [`Code::KeyringLocked`], [`Code::Internal`].
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

    /// The oldest reads that the server does not have yet, as many as it takes at once.
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

    /// Drops the reads up to a number: the server has them.
    ///
    /// # Errors
    /// As [`Reads::pending`].
    pub async fn taken(&self, upto: i64) -> Result<(), Fault> {
        let mut open = self.open.lock().await;
        // It may have been erased while the server was asked.
        if open.is_none() && !self.path.exists() {
            return Ok(());
        }
        let mut now = self.opened(&mut open).await?;
        now.kept.pending.retain(|read| read.n > upto);
        self.keep(&now)?;
        *open = Some(now);
        Ok(())
    }

    /// Deletes the log and its key.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`], [`Code::Internal`].
    pub async fn erase(&self) -> Result<(), Fault> {
        let mut open = self.open.lock().await;
        // Delete the key first: without it nobody can read the file.
        self.secrets.delete(&secret(&self.path)).await?;
        *open = None;
        match std::fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        }
    }

    /// Opens the log. A file that does not open is put aside and a new log begins: the numbers show the server that
    /// reads are missing.
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
        tracing::error!("the log of reads does not open and was put aside");
        std::fs::rename(&self.path, self.path.with_extension("broken")).map_err(failed)?;
        Ok(Open { key, kept: Kept::default() })
    }

    fn keep(&self, open: &Open) -> Result<(), Fault> {
        let text = serde_json::to_vec(&open.kept).map_err(|_| Code::Internal)?;
        disk::replace(&self.path, &open.key.seal(PLACE, &text)).map_err(failed)
    }
}

/// The keyring's name for the key of a file in the vaults' folder.
#[must_use]
pub fn secret(path: &Path) -> String {
    format!("vault {}", path.file_stem().unwrap_or_default().to_string_lossy())
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` passes the error by value")]
fn failed(error: io::Error) -> Fault {
    tracing::error!(%error, "the log of reads could not be read or written");
    Code::Internal.into()
}
