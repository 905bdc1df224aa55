//! The operating system's keyring, and how far its answers can be trusted (`docs/decisions/keys.md`).

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

/// Why a secret cannot be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// This computer has no keyring, so nothing can be stored permanently.
    #[error("no keyring")]
    Missing,
    /// The keyring exists but is locked or failing. The caller may try again, and must not make or overwrite a key
    /// meanwhile.
    #[error("the keyring is locked or failing")]
    Locked,
}

impl From<Trouble> for Fault {
    fn from(_: Trouble) -> Self {
        Code::KeyringLocked.into()
    }
}

/// The operations of a keyring, by the names of its secrets.
pub trait Keyring: Send + Sync {
    /// Reads a secret.
    ///
    /// # Errors
    /// An error of the keyring; [`Error::NoEntry`] if there is no secret, or if the keyring does not show it.
    fn read(&self, name: &str) -> Result<Vec<u8>, Error>;
    /// Writes a secret.
    ///
    /// # Errors
    /// An error of the keyring.
    fn write(&self, name: &str, secret: &[u8]) -> Result<(), Error>;
    /// Deletes a secret.
    ///
    /// # Errors
    /// An error of the keyring; [`Error::NoEntry`] if there is no secret.
    fn delete(&self, name: &str) -> Result<(), Error>;
}

/// The system's keyring, for one service name.
struct System(String);

impl Keyring for System {
    fn read(&self, name: &str) -> Result<Vec<u8>, Error> {
        Entry::new(&self.0, name)?.get_secret()
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), Error> {
        Entry::new(&self.0, name)?.set_secret(secret)
    }

    fn delete(&self, name: &str) -> Result<(), Error> {
        Entry::new(&self.0, name)?.delete_credential()
    }
}

/// The store of secrets.
#[derive(Clone)]
pub enum Secrets {
    /// In a keyring.
    Keyring(Arc<dyn Keyring>),
    /// In memory, for a computer without a keyring. The secrets are lost when the program ends.
    Memory(Arc<Mutex<BTreeMap<String, Secret>>>),
}

/// A locked keyring asks its owner, who may be away. After this time the page says so, and can try again.
const OPENED_WITHIN: Duration = Duration::from_secs(15);

/// A secret that is written and read back before the absence of another is believed: a locked keyring also answers
/// "no entry".
const CANARY: &str = "canary";
const TWEET: &[u8] = b"tweet";

impl Secrets {
    /// The keyring, or memory if there is none.
    pub async fn open(service: &str) -> Self {
        let name = service.to_owned();
        match spawn_blocking(move || Entry::new(&name, CANARY).map(drop)).await {
            Ok(Ok(())) => Self::Keyring(Arc::new(System(service.to_owned()))),
            _ => Self::memory(),
        }
    }

    /// In memory.
    #[must_use]
    pub fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    /// Whether secrets survive the end of the program.
    #[must_use]
    pub const fn are_kept(&self) -> bool {
        matches!(self, Self::Keyring(_))
    }

    /// Reads a secret; `None` only if it certainly does not exist.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn get(&self, name: &str) -> Result<Option<Secret>, Trouble> {
        match self {
            Self::Memory(all) => Ok(all.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()),
            Self::Keyring(keyring) => {
                let (keyring, name) = (Arc::clone(keyring), name.to_owned());
                blocking(move || {
                    let secret = read(&*keyring, &name)?;
                    if secret.is_none() {
                        write(&*keyring, CANARY, TWEET)?;
                        if read(&*keyring, CANARY)?.is_none_or(|back| *back != TWEET) {
                            return Err(Trouble::Locked);
                        }
                    }
                    Ok(secret)
                })
                .await
            }
        }
    }

    /// Writes a secret, and reads it back to check.
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
            Self::Keyring(keyring) => {
                let (keyring, name) = (Arc::clone(keyring), name.to_owned());
                blocking(move || {
                    write(&*keyring, &name, &secret)?;
                    if read(&*keyring, &name)? == Some(secret) { Ok(()) } else { Err(Trouble::Locked) }
                })
                .await
            }
        }
    }

    /// Deletes a secret.
    ///
    /// # Errors
    /// [`Trouble`].
    pub async fn delete(&self, name: &str) -> Result<(), Trouble> {
        match self {
            Self::Memory(all) => {
                all.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
                Ok(())
            }
            Self::Keyring(keyring) => {
                let (keyring, name) = (Arc::clone(keyring), name.to_owned());
                blocking(move || match keyring.delete(&name) {
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

fn read(keyring: &dyn Keyring, name: &str) -> Result<Option<Secret>, Trouble> {
    match keyring.read(name) {
        Ok(secret) => Ok(Some(Zeroizing::new(secret))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(trouble(&error)),
    }
}

fn write(keyring: &dyn Keyring, name: &str, secret: &[u8]) -> Result<(), Trouble> {
    keyring.write(name, secret).map_err(|error| trouble(&error))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The behaviour of the test's keyring.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Mood {
        Fine,
        /// Shows nothing and accepts nothing, like gnome-keyring.
        Locked,
        /// The service does not run.
        Failing,
        /// Has two entries with one name.
        Ambiguous,
        /// Accepts everything and stores nothing.
        Forgetful,
        /// Disappeared after the program started.
        Missing,
    }

    pub struct Moody(Mutex<(Mood, BTreeMap<String, Vec<u8>>)>);

    impl Moody {
        /// An empty keyring that works, and the store of secrets in it.
        pub fn start() -> (Arc<Self>, Secrets) {
            let moody = Arc::new(Self(Mutex::new((Mood::Fine, BTreeMap::new()))));
            let secrets = Secrets::Keyring(Arc::<Self>::clone(&moody));
            (moody, secrets)
        }

        pub fn becomes(&self, mood: Mood) {
            self.0.lock().unwrap().0 = mood;
        }

        fn fault(mood: Mood) -> Option<Error> {
            let broken = || std::io::Error::other("the bus is gone").into();
            match mood {
                Mood::Fine | Mood::Forgetful => None,
                Mood::Locked => Some(Error::NoStorageAccess(broken())),
                Mood::Failing => Some(Error::PlatformFailure(broken())),
                Mood::Ambiguous => Some(Error::Ambiguous(Vec::new())),
                Mood::Missing => Some(Error::NoDefaultStore),
            }
        }
    }

    impl Keyring for Moody {
        fn read(&self, name: &str) -> Result<Vec<u8>, Error> {
            let held = self.0.lock().unwrap();
            match Self::fault(held.0).filter(|_| held.0 != Mood::Locked) {
                Some(fault) => Err(fault),
                None => held.1.get(name).filter(|_| held.0 == Mood::Fine).cloned().ok_or(Error::NoEntry),
            }
        }

        fn write(&self, name: &str, secret: &[u8]) -> Result<(), Error> {
            let mut held = self.0.lock().unwrap();
            if let Some(fault) = Self::fault(held.0) {
                return Err(fault);
            }
            if held.0 == Mood::Fine {
                held.1.insert(name.to_owned(), secret.to_vec());
            }
            Ok(())
        }

        fn delete(&self, name: &str) -> Result<(), Error> {
            let mut held = self.0.lock().unwrap();
            match Self::fault(held.0) {
                Some(fault) => Err(fault),
                None => held.1.remove(name).map(drop).ok_or(Error::NoEntry),
            }
        }
    }

    #[tokio::test]
    async fn an_absent_secret_is_believed_only_of_a_keyring_that_works() {
        let (moody, secrets) = Moody::start();
        assert_eq!(secrets.get("key").await, Ok(None), "it works, and there is none");
        secrets.set("key", b"first").await.unwrap();
        for (mood, expected) in [
            (Mood::Locked, Trouble::Locked),
            (Mood::Failing, Trouble::Locked),
            (Mood::Ambiguous, Trouble::Locked),
            (Mood::Forgetful, Trouble::Locked),
            (Mood::Missing, Trouble::Missing),
        ] {
            moody.becomes(mood);
            assert_eq!(secrets.get("key").await, Err(expected), "{mood:?}: it is not said to be absent");
            assert_eq!(
                secrets.set("key", b"second").await,
                Err(expected),
                "{mood:?}: it is not said to be kept"
            );
            if mood != Mood::Forgetful {
                assert_eq!(secrets.delete("key").await, Err(expected), "{mood:?}");
            }
            moody.becomes(Mood::Fine);
            let kept = secrets.get("key").await.unwrap().unwrap();
            assert_eq!(*kept, b"first", "{mood:?}: what was there is there");
        }
        secrets.delete("key").await.unwrap();
        secrets.delete("key").await.unwrap();
        assert_eq!(secrets.get("key").await, Ok(None));
    }
}
