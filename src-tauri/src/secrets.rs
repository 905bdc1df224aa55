//! The operating system's keyring, and what may be believed of it (DESIGN §5).

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use keyring::{Entry, Error};
use medlane_shared::fault::{Code, Fault};
use tokio::{task::spawn_blocking, time::timeout};
use zeroize::Zeroizing;

/// A secret's bytes.
pub type Secret = Zeroizing<Vec<u8>>;

/// Why a secret cannot be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// This computer has no keyring: nothing can be kept here.
    #[error("no keyring")]
    Missing,
    /// It is there, and it is locked or failing: try again, and never make or overwrite a key meanwhile.
    #[error("the keyring is locked or failing")]
    Locked,
}

impl From<Trouble> for Fault {
    fn from(_: Trouble) -> Self {
        Code::KeyringLocked.into()
    }
}

/// Where secrets are kept.
#[derive(Clone)]
pub enum Secrets {
    /// In the keyring, under this service's name.
    Keyring(Arc<str>),
    /// In memory, for a computer without a keyring: gone with the program.
    Memory(Arc<Mutex<BTreeMap<String, Secret>>>),
}

/// A locked keyring asks its owner, who may be elsewhere: past this the page says so, and can try again.
const OPENED_WITHIN: Duration = Duration::from_secs(15);

/// Written and read back before an absent secret is believed: a locked keyring says "no entry" too.
const CANARY: &str = "canary";
const TWEET: &[u8] = b"tweet";

impl Secrets {
    /// The keyring, or memory where there is none.
    pub async fn open(service: &str) -> Self {
        let name = service.to_owned();
        match spawn_blocking(move || Entry::new(&name, CANARY).map(drop)).await {
            Ok(Ok(())) => Self::Keyring(service.into()),
            _ => Self::memory(),
        }
    }

    /// In memory.
    #[must_use]
    pub fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// Whether a secret outlives the program.
    #[must_use]
    pub const fn are_kept(&self) -> bool {
        matches!(self, Self::Keyring(_))
    }

    /// A secret; none where there surely is none.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn get(&self, name: &str) -> Result<Option<Secret>, Trouble> {
        match self {
            Self::Memory(all) => Ok(all.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()),
            Self::Keyring(service) => {
                let (service, name) = (Arc::clone(service), name.to_owned());
                blocking(move || {
                    let secret = read(&service, &name)?;
                    if secret.is_none() {
                        write(&service, CANARY, TWEET)?;
                        if read(&service, CANARY)?.is_none_or(|back| *back != TWEET) {
                            return Err(Trouble::Locked);
                        }
                    }
                    Ok(secret)
                })
                .await
            }
        }
    }

    /// Keeps a secret, and reads it back.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn set(&self, name: &str, secret: &[u8]) -> Result<(), Trouble> {
        let secret = Zeroizing::new(secret.to_vec());
        match self {
            Self::Memory(all) => {
                all.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), secret);
                Ok(())
            }
            Self::Keyring(service) => {
                let (service, name) = (Arc::clone(service), name.to_owned());
                blocking(move || {
                    write(&service, &name, &secret)?;
                    if read(&service, &name)? == Some(secret) { Ok(()) } else { Err(Trouble::Locked) }
                })
                .await
            }
        }
    }

    /// Forgets a secret.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn delete(&self, name: &str) -> Result<(), Trouble> {
        match self {
            Self::Memory(all) => {
                all.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
                Ok(())
            }
            Self::Keyring(service) => {
                let (service, name) = (Arc::clone(service), name.to_owned());
                blocking(move || match entry(&service, &name)?.delete_credential() {
                    Ok(()) | Err(Error::NoEntry) => Ok(()),
                    Err(error) => Err(trouble(&error)),
                })
                .await
            }
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    match timeout(OPENED_WITHIN, spawn_blocking(work)).await {
        Ok(Ok(done)) => done,
        _ => Err(Trouble::Locked),
    }
}

const fn trouble(error: &Error) -> Trouble {
    match error {
        Error::NoDefaultStore => Trouble::Missing,
        _ => Trouble::Locked,
    }
}

fn entry(service: &str, name: &str) -> Result<Entry, Trouble> {
    Entry::new(service, name).map_err(|error| trouble(&error))
}

fn read(service: &str, name: &str) -> Result<Option<Secret>, Trouble> {
    match entry(service, name)?.get_secret() {
        Ok(secret) => Ok(Some(Zeroizing::new(secret))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(trouble(&error)),
    }
}

fn write(service: &str, name: &str, secret: &[u8]) -> Result<(), Trouble> {
    entry(service, name)?.set_secret(secret).map_err(|error| trouble(&error))
}
