//! A locked screen: its person stays signed in, and must give the password before anything goes on.

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use medlane_shared::fault::{Code, Fault};

use serde::{Deserialize, Serialize};

use super::{KEPT, Kept, Session, Standing};

/// How many wrong passwords at a locked screen end the session.
const UNLOCK_TRIES: u32 = 5;

/// Whether the signed-in person has given the password since the program started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordAsked {
    /// It was given.
    Given,
    /// It was not given, and the screen can be locked to ask for it.
    NotYet,
    /// The session stores nothing to check a password with.
    Never,
}

/// What a session keeps in order to be locked and unlocked.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Lock {
    /// The password's hash (PHC string), so that a locked screen opens without the server too.
    #[serde(default)]
    pub verifier: Option<String>,
    /// Whether the screen is locked.
    #[serde(default)]
    pub locked: bool,
    /// Wrong passwords since it was locked.
    #[serde(default)]
    pub tries: u32,
}

impl Session {
    /// Locks the screen: nothing is shown or done until the password is given, also after a restart.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`].
    pub async fn lock(&self) -> Result<Standing, Fault> {
        self.change(|kept| kept.lock.locked = true).await
    }

    /// Unlocks the screen; too many wrong passwords end the session.
    ///
    /// # Errors
    /// [`Code::PasswordWrong`], [`Code::SignedOut`], [`Code::KeyringLocked`].
    pub async fn unlock(&self, password: String) -> Result<(), Fault> {
        let (verifier, tries) = match &self.held().kept {
            Some(kept) if kept.lock.locked => (kept.lock.verifier.clone(), kept.lock.tries),
            Some(_) => return Ok(()),
            None => return Err(Code::SignedOut.into()),
        };
        if tries >= UNLOCK_TRIES {
            return Err(Code::SignedOut.into());
        }
        if fits(password, verifier.ok_or(Code::SignedOut)?).await? {
            self.held().given = true;
            return self
                .change(|kept| {
                    kept.lock.locked = false;
                    kept.lock.tries = 0;
                })
                .await
                .map(drop);
        }
        self.change(|kept| kept.lock.tries += 1).await?;
        Err(if tries + 1 >= UNLOCK_TRIES { Code::SignedOut } else { Code::PasswordWrong }.into())
    }

    /// Whether the signed-in person has given the password since the program started.
    #[must_use]
    pub fn password(&self) -> PasswordAsked {
        let held = self.held();
        let can_be = held.kept.as_ref().is_some_and(|kept| kept.lock.verifier.is_some());
        match (held.given, can_be) {
            (true, _) => PasswordAsked::Given,
            (false, true) => PasswordAsked::NotYet,
            (false, false) => PasswordAsked::Never,
        }
    }

    /// Whether the screen is locked.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.held().kept.as_ref().is_some_and(|kept| kept.lock.locked)
    }

    /// Changes the kept session, in memory and in the keyring.
    async fn change(&self, change: impl FnOnce(&mut Kept)) -> Result<Standing, Fault> {
        let _one = self.keeping.lock().await;
        let (text, standing) = {
            let mut held = self.held();
            let Some(kept) = &mut held.kept else { return Ok(Standing::SignedOut) };
            change(kept);
            let text = serde_json::to_vec(kept).map_err(|_| Code::Internal)?;
            (zeroize::Zeroizing::new(text), Standing::Locked { me: kept.me.clone().into() })
        };
        self.secrets.set(KEPT, &text).await?;
        Ok(standing)
    }
}

/// The hash of a password, to unlock the screen with later.
pub(super) async fn hashed(password: String) -> Result<String, Fault> {
    let hash = move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
    let hash = tokio::task::spawn_blocking(hash).await.map_err(|_| Code::Internal)?;
    hash.map_err(|_| Code::Internal.into())
}

async fn fits(password: String, verifier: String) -> Result<bool, Fault> {
    let check = move || Argon2::default().verify_password(password.as_bytes(), verifier.as_str()).is_ok();
    tokio::task::spawn_blocking(check).await.map_err(|_| Code::Internal.into())
}
