//! What a window can ask for, without a window: the session, calls, live views, and notes that survive a network
//! outage.

use std::{path::PathBuf, sync::Arc, time::Duration};

use medlane_shared::{
    fault::{Code, Fault},
    identity::{Face, Me},
    sync::Topic,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use crate::{
    ask::{Ask, Then},
    clock::Clock,
    line::Driver,
    rooms::{self, Desk, Part},
    secrets::Secrets,
    session::{PasswordAsked, Request, Session, Standing},
    told::Tell,
    vault::{Key, Vault, VaultError},
};

/// How many requests may wait; each is short.
const ASKS: usize = 64;
/// How long a saved note waits for the server's answer before its writer is told that it is kept here.
const ACCEPTED_WITHIN: Duration = Duration::from_millis(2_500);

/// The core of a desktop program.
pub struct Workstation {
    session: Arc<Session>,
    secrets: Secrets,
    /// The folder of the vaults; `None` if nothing may be stored.
    vaults: Option<PathBuf>,
    asks: mpsc::Sender<Ask>,
}

impl Workstation {
    /// Starts the task on the current runtime.
    ///
    /// # Errors
    /// [`Code::Internal`].
    pub fn start(
        face: Face,
        server: &str,
        secrets: Secrets,
        vaults: Option<PathBuf>,
        tell: Tell,
    ) -> Result<Self, Fault> {
        Self::start_by(Clock::system(), face, server, secrets, vaults, tell)
    }

    /// Starts with a given clock.
    ///
    /// # Errors
    /// [`Code::Internal`].
    pub fn start_by(
        clock: Clock,
        face: Face,
        server: &str,
        secrets: Secrets,
        vaults: Option<PathBuf>,
        tell: Tell,
    ) -> Result<Self, Fault> {
        let session = Arc::new(Session::new(face, server, secrets.clone(), vaults.clone(), clock)?);
        let (asks, asked) = mpsc::channel(ASKS);
        tokio::spawn(Driver::new(Arc::clone(&session), tell).run(asked));
        Ok(Self { session, secrets, vaults, asks })
    }

    /// The session, for what a kiosk does by itself.
    #[must_use]
    pub fn session(&self) -> Arc<Session> {
        Arc::clone(&self.session)
    }

    /// Resumes the session in the keyring.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`], [`Code::KeyLost`], [`Code::Internal`]; [`Code::ClockWrong`] if the clock was set back,
    /// the server has not told the time, and no password can be asked for; [`Code::DeviceLocked`].
    pub async fn resume(&self) -> Result<Standing, Fault> {
        let standing = self.session.resume().await;
        // A page that was opened anew finds the vault of before still open.
        if self.session.is_device_locked() || standing == Ok(Standing::Unenrolled) {
            self.ask(Ask::Shut).await?;
        }
        self.begin(standing?).await
    }

    /// Signs a person in.
    ///
    /// # Errors
    /// The server's, and as [`Workstation::resume`].
    pub async fn sign_in(&self, email: String, password: String) -> Result<Standing, Fault> {
        let standing = self.session.sign_in(email, password).await?;
        self.begin(standing).await
    }

    /// Completes a sign-in with the second factor.
    ///
    /// # Errors
    /// The server's, and as [`Workstation::resume`].
    pub async fn pass_factor(&self, code: String) -> Result<Standing, Fault> {
        let standing = self.session.pass_factor(code).await?;
        self.begin(standing).await
    }

    /// Locks the screen: ends the line and closes the vault until the password is given.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`].
    pub async fn lock(&self) -> Result<Standing, Fault> {
        let standing = self.session.lock().await?;
        self.ask(Ask::Close).await?;
        Ok(standing)
    }

    /// Unlocks the screen.
    ///
    /// # Errors
    /// [`Code::PasswordWrong`]; [`Code::SignedOut`] after five wrong passwords, with the session ended; as
    /// [`Workstation::resume`].
    pub async fn unlock(&self, password: String) -> Result<Standing, Fault> {
        match self.session.unlock(password).await {
            Ok(()) => self.resume().await,
            Err(fault) if fault.code == Code::SignedOut => {
                self.sign_out().await?;
                Err(fault)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Enrols this computer as a device of the clinic.
    ///
    /// # Errors
    /// The server's, and as [`Workstation::resume`].
    pub async fn enrol(&self, code: String) -> Result<Standing, Fault> {
        let standing = self.session.enrol(code).await?;
        self.begin(standing).await
    }

    /// Learns the clinic's key at a locked device, if the typed code is its code. Then does what the clinic orders.
    ///
    /// # Errors
    /// [`Code::CodeWrong`], [`Code::DeviceLocked`] if the clinic orders so; as [`Workstation::resume`].
    pub async fn trust_clinic(&self, code: &str) -> Result<Standing, Fault> {
        self.session.trust_clinic(code).await?;
        self.resume().await
    }

    /// Signs out. Deletes the kept views and charts, but no waiting notes.
    ///
    /// # Errors
    /// [`Code::KeyringLocked`].
    pub async fn sign_out(&self) -> Result<Standing, Fault> {
        let (done, ended) = oneshot::channel();
        self.ask(Ask::End(done)).await?;
        ended.await.map_err(|_| Code::Internal)?;
        self.session.sign_out().await?;
        Ok(Standing::SignedOut)
    }

    /// Makes a call. A room may have a part in it: it answers while the server is away, and puts what is kept here
    /// over the server's answer.
    ///
    /// # Errors
    /// The server's, [`Code::Offline`], [`Code::Forbidden`].
    pub async fn call(&self, request: Request) -> Result<String, Fault> {
        let Some(part) = rooms::part(&request).filter(|_| self.keeps()) else {
            return self.session.call(&request).await;
        };
        let asked = Arc::clone(&part);
        if self.work(move |desk| asked.must_wait(desk)).await?.unwrap_or(false) {
            return self.away(part).await;
        }
        match self.session.call(&request).await {
            Err(fault) if fault.code == Code::Offline => self.away(part).await,
            Err(fault) => Err(fault),
            Ok(answer) => {
                let plain = answer.clone();
                Ok(self.work(move |desk| part.over(answer, desk)).await?.unwrap_or(plain))
            }
        }
    }

    /// The answer of a room while the server is away.
    async fn away(&self, part: Arc<dyn Part>) -> Result<String, Fault> {
        let me = self.session.me().and_then(|me| me.person_id).ok_or(Code::SignedOut)?;
        if let Some(read) = part.reads(me) {
            self.session.reads(read).await?;
        }
        self.work(move |desk| part.away(desk)).await?.ok_or_else(|| Code::Offline.into())
    }

    /// Does a room's work at the open vault, and sends and shows what it made; `None` if no vault is open.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Desk<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<Option<T>, Fault> {
        let (answer, done) = oneshot::channel();
        let work = move |desk: Option<&mut Desk<'_>>| -> Then {
            let done = desk.map(work).transpose();
            // The receiver is gone if the page is.
            Box::new(move || drop(answer.send(done)))
        };
        self.ask(Ask::Work(Box::new(work))).await?;
        done.await.map_err(|_| Code::Internal)?
    }

    /// Waits until the server has accepted or refused a draft, and not longer than [`ACCEPTED_WITHIN`].
    ///
    /// # Errors
    /// Why the server refused it, if nothing of it is left here.
    pub(crate) async fn settled(&self, key: String) -> Result<(), Fault> {
        let (answer, settled) = oneshot::channel();
        self.ask(Ask::Settled(key, answer)).await?;
        match timeout(ACCEPTED_WITHIN, settled).await {
            Ok(refused) => refused.map_err(|_| Code::Internal)?.map_or(Ok(()), Err),
            Err(_) => Ok(()),
        }
    }

    /// Whether this computer keeps anything without the server.
    pub(crate) const fn keeps(&self) -> bool {
        self.vaults.is_some()
    }

    /// Follows a live view. The page gets a view that is known already at once.
    ///
    /// # Errors
    /// [`Code::Internal`].
    pub async fn follow(&self, topic: Topic) -> Result<(), Fault> {
        self.ask(Ask::Follow(topic)).await
    }

    /// Stops following a live view.
    ///
    /// # Errors
    /// [`Code::Internal`].
    pub async fn unfollow(&self, topic: Topic) -> Result<(), Fault> {
        self.ask(Ask::Unfollow(topic)).await
    }

    /// Opens the vault of the signed-in person. If the clock may have been set back, the screen is locked until the
    /// password is given; then only the person's own notes are shown.
    async fn begin(&self, standing: Standing) -> Result<Standing, Fault> {
        let Standing::SignedIn { me } = &standing else { return Ok(standing) };
        let vault = self.vault(me).await?;
        let in_doubt = vault.is_some() && self.session.time().went_back();
        if in_doubt {
            match self.session.password() {
                PasswordAsked::Given => {}
                PasswordAsked::NotYet => return self.lock().await,
                PasswordAsked::Never => return Err(Code::ClockWrong.into()),
            }
        }
        self.ask(Ask::Begin { vault, in_doubt }).await?;
        Ok(standing)
    }

    /// The person's vault, with the key from the keyring (`docs/decisions/keys.md`).
    async fn vault(&self, me: &Me) -> Result<Option<Box<Vault>>, Fault> {
        if self.session.is_device_locked() {
            return Err(Code::DeviceLocked.into());
        }
        let (Some(folder), Some(person)) = (&self.vaults, me.person_id) else { return Ok(None) };
        let path = folder.join(format!("{person}.db"));
        let name = format!("vault {person}");
        let key = match self.secrets.get(&name).await? {
            Some(bytes) => Key::from_bytes(&bytes).map_err(|_| Code::KeyLost)?,
            // An existing file cannot be opened by a new key.
            None if path.exists() => return Err(Code::KeyLost.into()),
            None => {
                let key = Key::fresh();
                self.secrets.set(&name, key.bytes()).await?;
                key
            }
        };
        let time = self.session.time();
        match Vault::open(&path, key, time) {
            Ok(vault) => {
                rooms::tidy(&vault, time.now()).map_err(rooms::failed)?;
                if self.session.is_confirmed() {
                    time.confirmed();
                }
                Ok(Some(Box::new(vault)))
            }
            Err(VaultError::DoesNotOpen(_)) => Err(Code::KeyLost.into()),
            Err(error) => {
                tracing::error!(%error, "the vault does not open");
                Err(Code::Internal.into())
            }
        }
    }

    async fn ask(&self, ask: Ask) -> Result<(), Fault> {
        self.asks.send(ask).await.map_err(|_| Code::Internal.into())
    }
}
