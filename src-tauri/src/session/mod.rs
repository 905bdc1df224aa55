//! Who is signed in, and calls in their name. The tokens never leave this process: the refresh token is in the
//! keyring, the access token in memory.

mod calls;
mod device;
mod lock;
mod reads;
#[cfg(test)]
mod tests;

use std::{
    path::PathBuf,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use lock::Lock;
pub use lock::PasswordAsked;
use medlane_shared::{
    api::{Login, Logout, Refresh, VerifyMfa},
    fault::{Code, Fault},
    identity::{Face, LoginRequest, Me, MfaVerifyRequest, ProofFor, RefreshRequest, Tokens},
    time::Timestamp,
};
use reqwest::{Client, redirect::Policy};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    clock::{Clock, Time, now},
    device::Device,
    reads::Reads,
    secrets::{Secrets, Trouble},
    server,
    vault::LEASE_MS,
};

/// How long before its end a token is renewed, in milliseconds.
const EARLY_MS: i64 = 45_000;
/// The name of the session in the keyring.
const KEPT: &str = "session";
/// A call fails after this long without an answer.
const CALL_WITHIN: Duration = Duration::from_secs(20);
/// A server counts as away after this long without a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// The state of a session, as pages get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Standing {
    /// A person is signed in; without the server, as last known.
    SignedIn {
        /// The person.
        me: Box<Me>,
    },
    /// A person is signed in, and must give the password first.
    Locked {
        /// The person.
        me: Box<Me>,
    },
    /// Nobody is signed in.
    SignedOut,
    /// The clinic does not know this computer yet: it must be enrolled first.
    Unenrolled,
    /// The server cannot be reached, and the lease of the last session has ended.
    Offline,
}

/// A call as a page sends it.
#[derive(Debug, Clone, Deserialize)]
pub struct Request {
    /// The call's name in [`medlane_shared::api::CALLS`].
    pub name: String,
    /// The values of the `{…}` in its path.
    pub parameters: Vec<String>,
    /// The query of a GET, otherwise the body.
    pub request: Value,
    /// The language of the page.
    pub language: String,
}

/// A session as the keyring keeps it.
#[derive(Serialize, Deserialize)]
struct Kept {
    refresh_token: String,
    me: Me,
    /// When the server last confirmed the session.
    seen_at: Timestamp,
    #[serde(flatten)]
    lock: Lock,
}

/// A sign-in whose password was right, until the second factor comes.
#[derive(Clone)]
struct Step {
    token: String,
    /// The hash of the password.
    verifier: String,
}

#[derive(Default)]
struct Held {
    /// The signed-in person has given the password since the program started.
    given: bool,
    /// The server has confirmed the session since it was last resumed.
    confirmed: bool,
    access: Option<(String, Timestamp)>,
    step: Option<Step>,
    kept: Option<Kept>,
    /// The proof that the person has just confirmed their identity, and when it ends.
    proof: Option<(String, Timestamp)>,
}

/// The session of this program, or its absence.
pub struct Session {
    face: Face,
    /// The server's address, or why it is not accepted.
    server: Result<String, Fault>,
    http: Client,
    secrets: Secrets,
    device: Device,
    /// The log of reads without the network; `None` if nothing is stored.
    reads: Option<Reads>,
    /// The folder of the vaults, to delete them; `None` if nothing is stored.
    vaults: Option<PathBuf>,
    time: Time,
    held: Mutex<Held>,
    /// Allows one renewal at a time, so that a refresh token is spent once.
    renewing: tokio::sync::Mutex<()>,
    /// Allows one change of the kept session at a time, so that memory and keyring agree: a session that was taken
    /// out of both is not written to the keyring again.
    keeping: tokio::sync::Mutex<()>,
}

impl Session {
    /// A session of a face with a server.
    ///
    /// # Errors
    /// [`Code::Internal`] if no HTTP client can be made.
    pub fn new(
        face: Face,
        server: &str,
        secrets: Secrets,
        vaults: Option<PathBuf>,
        clock: Clock,
    ) -> Result<Self, Fault> {
        tls();
        // The system's certificate store decides whom to trust, a clinic's own authority included. A redirect would
        // take tokens to another server.
        let client = Client::builder()
            .timeout(CALL_WITHIN)
            .connect_timeout(CONNECT_WITHIN)
            .redirect(Policy::none())
            .no_proxy()
            .build();
        Ok(Self {
            face,
            server: server::base(server),
            http: client.map_err(|_| Code::Internal)?,
            device: Device::new(secrets.clone()),
            reads: vaults.as_deref().map(|folder| Reads::new(secrets.clone(), folder)),
            vaults,
            secrets,
            time: Time::new(clock),
            held: Mutex::default(),
            renewing: tokio::sync::Mutex::default(),
            keeping: tokio::sync::Mutex::default(),
        })
    }

    /// The face of this program.
    #[must_use]
    pub const fn face(&self) -> Face {
        self.face
    }

    /// The address of the server's socket.
    ///
    /// # Errors
    /// [`Code::ServerInsecure`].
    pub fn socket(&self) -> Result<String, Fault> {
        Ok(format!("{}/api/v1/sync", self.server()?.replacen("http", "ws", 1)))
    }

    fn server(&self) -> Result<&str, Fault> {
        self.server.as_deref().map_err(Clone::clone)
    }

    /// The time, as far as it can be trusted here.
    #[must_use]
    pub const fn time(&self) -> &Time {
        &self.time
    }

    /// Whether the server has confirmed the session since it was last resumed.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.held().confirmed
    }

    /// The person who is signed in.
    #[must_use]
    pub fn me(&self) -> Option<Me> {
        self.held().kept.as_ref().map(|kept| kept.me.clone())
    }

    /// Resumes the session in the keyring, at a device where work is allowed.
    ///
    /// # Errors
    /// [`Code::ServerInsecure`], [`Code::KeyringLocked`], [`Code::DeviceLocked`].
    pub async fn resume(&self) -> Result<Standing, Fault> {
        self.server()?;
        if let Some(standing) = self.may_work_here().await? {
            return Ok(standing);
        }
        self.recall().await?;
        let known = {
            let mut held = self.held();
            match &held.kept {
                None => return Ok(Standing::SignedOut),
                Some(kept) if kept.lock.locked => return Ok(Standing::Locked { me: kept.me.clone().into() }),
                Some(_) => {}
            }
            held.confirmed = false;
            held.access.as_ref().map(|(token, _)| token.clone())
        };
        let renewed = self.renew(known.as_deref()).await;
        if let Err(fault) = &renewed
            && is_bar(fault)
        {
            return self.stands_barred(fault).await;
        }
        let held = self.held();
        Ok(match (renewed, &held.kept) {
            (Ok(_), Some(kept)) => Standing::SignedIn { me: kept.me.clone().into() },
            (Err(fault), Some(kept)) if is_passing(&fault) => {
                // A kiosk keeps nothing personal: it goes on for as long as the network is away. The lease of others
                // goes by the computer's clock alone: the vault keeps the latest time that it knows, and checks it
                // before it shows anything.
                let leased =
                    self.face == Face::Kiosk || self.time.by_clock().since_ms(kept.seen_at) < LEASE_MS;
                if leased { Standing::SignedIn { me: kept.me.clone().into() } } else { Standing::Offline }
            }
            _ => Standing::SignedOut,
        })
    }

    /// Takes the session from the keyring, if none is in memory.
    async fn recall(&self) -> Result<(), Fault> {
        let _one = self.keeping.lock().await;
        if self.held().kept.is_some() {
            return Ok(());
        }
        let kept = self.secrets.get(KEPT).await.or_else(|trouble| match trouble {
            Trouble::Missing => Ok(None),
            Trouble::Locked => Err(trouble),
        })?;
        let kept = kept.and_then(|kept| serde_json::from_slice(&kept).ok());
        self.held().kept = kept;
        Ok(())
    }

    /// Signs a person in.
    ///
    /// # Errors
    /// [`Code::DeviceLocked`], the server's fault, [`Code::Offline`], [`Code::KeyringLocked`]; [`Code::MfaRequired`],
    /// without its token, if [`Session::pass_factor`] must follow.
    pub async fn sign_in(&self, email: String, password: String) -> Result<Standing, Fault> {
        self.device.load().await?;
        self.refuse_locked_device()?;
        let verifier = lock::hashed(password.clone()).await?;
        let mut request = LoginRequest { email, password, role: None, face: self.face, device: None };
        let mut answer = self
            .proven_call::<Login>(&mut request, |request, device| {
                request.device = device.proof(ProofFor::SignIn, &request.email);
            })
            .await;
        if let Err(Fault { code: Code::MfaRequired, present: Some(step), .. }) = &mut answer {
            let token = step.as_object_mut().and_then(|step| step.remove("mfa_token"));
            let token = token.and_then(|token| token.as_str().map(str::to_owned));
            self.held().step = token.map(|token| Step { token, verifier: verifier.clone() });
        }
        self.begin(answer?, Some(verifier)).await
    }

    /// Completes a sign-in with a code of the authenticator app, or a backup code.
    ///
    /// # Errors
    /// As [`Session::sign_in`].
    pub async fn pass_factor(&self, code: String) -> Result<Standing, Fault> {
        self.refuse_locked_device()?;
        let step = self.held().step.clone().ok_or(Code::SignedOut)?;
        let request = MfaVerifyRequest { mfa_token: step.token, code, face: self.face };
        self.begin(self.open_call::<VerifyMfa>(&request).await?, Some(step.verifier)).await
    }

    /// Ends the session. Without the server it ends here, and at the server when it expires.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`]: the session would be back after a restart.
    pub async fn sign_out(&self) -> Result<(), Fault> {
        // The server may take long to answer: until then nothing may bring the session back.
        let (kept, deleted) = {
            let _one = self.keeping.lock().await;
            let kept = std::mem::take(&mut *self.held()).kept;
            (kept, self.secrets.delete(KEPT).await)
        };
        if let Some(kept) = kept {
            self.end(kept.refresh_token).await;
        }
        Ok(deleted?)
    }

    /// Ends a session at the server; without the server, it ends when it expires.
    async fn end(&self, refresh_token: String) {
        let request = RefreshRequest { refresh_token: Some(refresh_token), face: self.face, device: None };
        if let Err(fault) = self.open_call::<Logout>(&request).await {
            tracing::warn!(code = ?fault.code, "the server does not know yet that the session ended");
        }
    }

    /// A valid access token; `None` without a session.
    ///
    /// # Errors
    /// [`Code::DeviceLocked`], [`Code::Offline`], or the server's fault if the session has ended.
    pub async fn token(&self) -> Result<Option<String>, Fault> {
        self.refuse_locked_device()?;
        let ends_soon = {
            let held = self.held();
            match (&held.access, &held.kept) {
                (Some((token, until)), _) if until.since_ms(now()) > EARLY_MS => {
                    return Ok(Some(token.clone()));
                }
                (_, None) => return Ok(None),
                (access, _) => access.as_ref().map(|(token, _)| token.clone()),
            }
        };
        self.renew(ends_soon.as_deref()).await.map(Some)
    }

    /// Renews the access token that the caller found stale; returns the present one if it is another.
    async fn renew(&self, stale: Option<&str>) -> Result<String, Fault> {
        let _one = self.renewing.lock().await;
        {
            let mut held = self.held();
            match &held.access {
                // Another caller has renewed it.
                Some((token, until)) if Some(token.as_str()) != stale && until.since_ms(now()) > EARLY_MS => {
                    return Ok(token.clone());
                }
                _ => held.access = None,
            }
        }
        let spent = self.held().kept.as_ref().map(|kept| kept.refresh_token.clone());
        let spent = spent.ok_or(Code::SignedOut)?;
        let mut request =
            RefreshRequest { refresh_token: Some(spent.clone()), face: self.face, device: None };
        let renewed = self
            .proven_call::<Refresh>(&mut request, |request, device| {
                let over = request.refresh_token.as_deref().unwrap_or_default();
                request.device = device.proof(ProofFor::Refresh, over);
            })
            .await;
        let one = self.keeping.lock().await;
        // The person may have signed out while the server was asked, and somebody else may have signed in.
        let is_there = self.held().kept.as_ref().is_some_and(|kept| kept.refresh_token == spent);
        match renewed {
            Ok(tokens) if is_there => {
                let token = tokens.access_token.clone();
                self.keep(tokens, None).await?;
                Ok(token)
            }
            Ok(tokens) => {
                drop(one);
                if let Some(unwanted) = tokens.refresh_token {
                    self.end(unwanted).await;
                }
                Err(Code::SignedOut.into())
            }
            Err(fault) => {
                if is_there && !is_passing(&fault) {
                    *self.held() = Held::default();
                    self.secrets.delete(KEPT).await?;
                }
                Err(fault)
            }
        }
    }

    /// Begins a person's session.
    async fn begin(&self, tokens: Tokens, verifier: Option<String>) -> Result<Standing, Fault> {
        // The device may have been locked while the server was asked.
        if let Err(fault) = self.refuse_locked_device() {
            if let Some(unwanted) = tokens.refresh_token {
                self.end(unwanted).await;
            }
            return Err(fault);
        }
        let _one = self.keeping.lock().await;
        {
            let mut held = self.held();
            (held.step, held.proof) = (None, None);
            held.given = verifier.is_some();
        }
        let me = self.keep(tokens, Some(Lock { verifier, ..Lock::default() })).await?.into();
        Ok(Standing::SignedIn { me })
    }

    /// Keeps the tokens; without a given lock, the present one stays. The caller holds `keeping`.
    async fn keep(&self, tokens: Tokens, lock: Option<Lock>) -> Result<Me, Fault> {
        let refresh_token = tokens.refresh_token.ok_or(Code::Internal)?;
        let text = {
            let mut held = self.held();
            let before = held.kept.take().map(|kept| kept.lock);
            let lock = lock.or(before).unwrap_or_default();
            let kept = Kept { refresh_token, me: tokens.me.clone(), seen_at: self.time.by_clock(), lock };
            let text = zeroize::Zeroizing::new(serde_json::to_vec(&kept).map_err(|_| Code::Internal)?);
            let until = now().plus_ms(i64::from(tokens.expires_in_s) * 1_000);
            held.access = Some((tokens.access_token, until));
            held.confirmed = true;
            held.kept = Some(kept);
            text
        };
        self.secrets.set(KEPT, &text).await?;
        Ok(tokens.me)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Chooses the TLS implementation for this process.
pub fn tls() {
    // It fails only if one was chosen before.
    drop(rustls::crypto::ring::default_provider().install_default());
}

/// Whether a retry may succeed: such a fault does not end the session.
pub(crate) const fn is_passing(fault: &Fault) -> bool {
    fault.code.may_pass()
}

/// Whether the fault bars everyone from this device.
#[must_use]
pub const fn is_bar(fault: &Fault) -> bool {
    matches!(fault.code, Code::DeviceLocked | Code::DeviceRevoked)
}
