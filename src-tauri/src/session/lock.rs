//! A locked screen: its person stays signed in, and must give the password before anything goes on.

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use medlane_shared::{
    fault::{Code, Fault},
    typed,
};
use serde::{Deserialize, Serialize};

use super::{KEPT, Session, Standing};

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
#[derive(Default, Clone, Serialize, Deserialize)]
pub(super) struct Lock {
    /// The password's hash (PHC string), so that a locked screen opens without the server too.
    #[serde(default)]
    pub verifier: Option<String>,
    /// Whether the screen is locked.
    #[serde(default)]
    pub locked: bool,
    /// Passwords that were tried since it was locked. Each is counted before it is checked.
    #[serde(default)]
    pub tries: u32,
}

impl Session {
    /// Locks the screen: nothing is shown or done until the password is given, also after a restart.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`].
    pub async fn lock(&self) -> Result<Standing, Fault> {
        if self.change(|lock| lock.locked = true).await?.is_none() {
            return Ok(Standing::SignedOut);
        }
        Ok(self.me().map_or(Standing::SignedOut, |me| Standing::Locked { me: me.into() }))
    }

    /// Unlocks the screen; too many wrong passwords end the session.
    ///
    /// # Errors
    /// [`Code::PasswordWrong`], [`Code::SignedOut`], [`Code::KeyringLocked`].
    pub async fn unlock(&self, password: String) -> Result<(), Fault> {
        // Checking a password takes long. Tries at the same time must not see the same count.
        let count = |lock: &mut Lock| {
            let may = lock.locked && lock.tries < UNLOCK_TRIES;
            lock.tries += u32::from(may);
            (lock.locked, may, lock.tries, lock.verifier.clone())
        };
        let (locked, may, tries, verifier) = self.change(count).await?.ok_or(Code::SignedOut)?;
        if !locked {
            return Ok(());
        }
        let Some(verifier) = verifier.filter(|_| may) else { return Err(Code::SignedOut.into()) };
        if !fits(password, verifier.clone()).await? {
            return Err(if tries < UNLOCK_TRIES { Code::PasswordWrong } else { Code::SignedOut }.into());
        }
        // Somebody else may have signed in meanwhile.
        let open = |lock: &mut Lock| {
            let is_theirs = lock.verifier.as_deref() == Some(&verifier);
            if is_theirs {
                (lock.locked, lock.tries) = (false, 0);
            }
            is_theirs
        };
        if self.change(open).await? != Some(true) {
            return Err(Code::SignedOut.into());
        }
        self.held().given = true;
        Ok(())
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

    /// Changes the lock, in memory and in the keyring; `None` if nobody is signed in. If the keyring does not take it,
    /// the lock is as before, but a screen that was locked stays locked.
    async fn change<T>(&self, change: impl FnOnce(&mut Lock) -> T) -> Result<Option<T>, Fault> {
        let _one = self.keeping.lock().await;
        let (before, changed, text) = {
            let mut held = self.held();
            let Some(kept) = &mut held.kept else { return Ok(None) };
            let before = kept.lock.clone();
            let changed = change(&mut kept.lock);
            let text = serde_json::to_vec(kept).map_err(|_| Code::Internal)?;
            (before, changed, zeroize::Zeroizing::new(text))
        };
        if let Err(trouble) = self.secrets.set(KEPT, &text).await {
            if let Some(kept) = &mut self.held().kept {
                kept.lock = Lock { locked: before.locked || kept.lock.locked, ..before };
            }
            return Err(trouble.into());
        }
        Ok(Some(changed))
    }
}

/// The hash of a password, to unlock the screen with later.
pub(super) async fn hashed(password: String) -> Result<String, Fault> {
    let password = typed::password(&password);
    let hash = move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string());
    let hash = tokio::task::spawn_blocking(hash).await.map_err(|_| Code::Internal)?;
    hash.map_err(|_| Code::Internal.into())
}

async fn fits(password: String, verifier: String) -> Result<bool, Fault> {
    let password = typed::password(&password);
    let check = move || Argon2::default().verify_password(password.as_bytes(), verifier.as_str()).is_ok();
    tokio::task::spawn_blocking(check).await.map_err(|_| Code::Internal.into())
}
