//! What a window can ask for, without a window: the session, calls, live views, and notes that survive a network
//! outage.

use std::{path::PathBuf, sync::Arc, time::Duration};

use medlane_shared::{
    api::{Call, DiscardNote, ListBranches, ListDrafts, ListNotes, ListServices, SaveNote, SignNote},
    audit::Read,
    clinic::Page,
    fault::{Code, Fault},
    identity::{Face, Me},
    ids::{NoteId, PersonId},
    records::{DraftView, Note, NoteDiscard, NoteSave, NoteSign, NoteState, NotesOf},
    sync::Topic,
};
use serde::Serialize;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

use crate::{
    ask::{Ask, Kept},
    clock::Clock,
    line::Driver,
    secrets::Secrets,
    session::{PasswordAsked, Request, Session, Standing},
    steps::Asked,
    told::Tell,
    vault::{Draft, Key, Vault, VaultError},
};

/// How many requests may wait; each is short.
const ASKS: usize = 64;
/// How long a saved note waits for the server's answer before its writer is told that it is kept here.
const ACCEPTED_WITHIN: Duration = Duration::from_millis(2_500);

/// The calls whose last answer is shown while the server is away.
const SERVED_AS_SEEN: &[&str] = &[ListBranches::NAME, ListServices::NAME];

/// The state of a saved note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Saved {
    /// The note's id.
    pub id: NoteId,
    /// The version that the server gave last.
    pub version: i64,
    /// The note is kept here, and the server has not accepted it yet.
    pub pending: bool,
}

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

    /// Makes a call. While the server is away, some calls get the last known answer. A chart also shows the notes
    /// that wait here.
    ///
    /// # Errors
    /// The server's, [`Code::Offline`], [`Code::Forbidden`].
    pub async fn call(&self, request: Request) -> Result<String, Fault> {
        let asked = Asked::of(&request).filter(|_| self.vaults.is_some());
        if let Some(step) = &asked {
            let (answer, waits) = oneshot::channel();
            self.ask(Ask::Waits(step.after(), answer)).await?;
            if waits.await.map_err(|_| Code::Internal)? {
                return self.step_away(asked).await;
            }
        }
        let done = self.session.call(&request).await;
        if asked.is_some() && done.as_ref().is_err_and(|fault| fault.code == Code::Offline) {
            return self.step_away(asked).await;
        }
        if request.name == ListNotes::NAME {
            return self.chart(&request, done).await;
        }
        if request.name == ListDrafts::NAME {
            return self.unsigned(done).await;
        }
        if !SERVED_AS_SEEN.contains(&request.name.as_str()) {
            return done;
        }
        let name = format!("call {} {}", request.name, request.parameters.join(" "));
        match done {
            Ok(body) => {
                self.ask(Ask::See(name, body.clone())).await?;
                Ok(body)
            }
            Err(fault) if fault.code == Code::Offline => {
                let (answer, seen) = oneshot::channel();
                self.ask(Ask::Seen(name, answer)).await?;
                seen.await.map_err(|_| Code::Internal)??.ok_or(fault)
            }
            Err(fault) => Err(fault),
        }
    }

    /// Takes a step of the doctor's own queue through the outbox.
    async fn step_away(&self, asked: Option<Asked>) -> Result<String, Fault> {
        let (answer, stepped) = oneshot::channel();
        self.ask(Ask::Step(asked.ok_or(Code::Internal)?, answer)).await?;
        let row = stepped.await.map_err(|_| Code::Internal)??;
        serde_json::to_string(&row).map_err(|_| Code::Internal.into())
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

    /// Saves a draft. Once this returns, it is on the disk; the server gets it as soon as it can be reached.
    ///
    /// # Errors
    /// The server's refusal; [`Code::KeyringLocked`] if nothing can be kept here.
    pub async fn note_save(&self, note: NoteSave) -> Result<Saved, Fault> {
        if self.vaults.is_none() {
            let note: Note = self.at_once::<SaveNote>(note.id, &note).await?;
            return Ok(Saved { id: note.id, version: note.version, pending: false });
        }
        let began = note.id;
        let (answer, wrote) = oneshot::channel();
        self.ask(Ask::Write(note, answer)).await?;
        let draft = wrote.await.map_err(|_| Code::Internal)??;
        let draft = self.settled(began).await?.unwrap_or(draft);
        let pending = !draft.is_settled();
        match draft.refused {
            Some(fault) => Err(fault),
            None => Ok(Saved { id: began, version: draft.note.version, pending }),
        }
    }

    /// Signs a draft with its present text; returns whether the server has signed it yet.
    ///
    /// # Errors
    /// As [`Workstation::note_save`]; [`Code::Offline`] without the server, for a draft that was last written elsewhere.
    pub async fn note_sign(&self, sign: NoteSign) -> Result<bool, Fault> {
        let began = sign.id;
        let (answer, asked) = oneshot::channel();
        self.ask(Ask::Sign(sign.clone(), answer)).await?;
        if !asked.await.map_err(|_| Code::Internal)?? {
            return self.at_once::<SignNote>(began, &sign).await.map(|_| true);
        }
        match self.settled(began).await? {
            Some(Draft { refused: Some(fault), .. }) => Err(fault),
            Some(_) => Ok(false),
            None => Ok(true),
        }
    }

    /// Throws a draft away; returns whether the server has done so yet. Without the server it is shown no more, and the
    /// server hears of it later.
    ///
    /// # Errors
    /// The server's: [`Code::VersionStale`], [`Code::NoteSigned`]. The note stays then. [`Code::Offline`] without the
    /// server, for a note that is not kept here.
    pub async fn note_throw_away(&self, discard: NoteDiscard) -> Result<bool, Fault> {
        let began = discard.id;
        let (answer, asked) = oneshot::channel();
        self.ask(Ask::ThrowAway(discard.clone(), answer)).await?;
        if !asked.await.map_err(|_| Code::Internal)?? {
            if discard.version == 0 {
                // The text never left the page.
                return Ok(true);
            }
            return self.at_once::<DiscardNote>(began, &discard).await.map(|()| true);
        }
        match self.settled(began).await? {
            Some(Draft { refused: Some(fault), .. }) => Err(fault),
            waits => Ok(waits.is_none()),
        }
    }

    /// Sends a refused note again, unchanged.
    ///
    /// # Errors
    /// [`Code::NotFound`] if the note is not refused (any more).
    pub async fn note_retry(&self, began: NoteId) -> Result<(), Fault> {
        let (answer, done) = oneshot::channel();
        self.ask(Ask::Retry(began, answer)).await?;
        done.await.map_err(|_| Code::Internal)?
    }

    /// Deletes a refused note.
    ///
    /// # Errors
    /// As [`Workstation::note_retry`].
    pub async fn note_discard(&self, began: NoteId) -> Result<(), Fault> {
        let (answer, done) = oneshot::channel();
        self.ask(Ask::Discard(began, answer)).await?;
        done.await.map_err(|_| Code::Internal)?
    }

    /// Makes a call about a note on a computer that stores nothing.
    async fn at_once<C: Call>(&self, id: NoteId, request: &C::Request) -> Result<C::Response, Fault> {
        let request = serde_json::to_value(request).map_err(|_| Code::Malformed)?;
        let parameters = vec![id.to_string()];
        let request = Request { name: C::NAME.to_owned(), parameters, request, language: String::new() };
        let body = self.session.call(&request).await?;
        serde_json::from_str(&body).map_err(|_| Code::Internal.into())
    }

    /// The draft once the server has accepted or refused it, or its state when the wait ends; `None` once it is
    /// signed.
    async fn settled(&self, began: NoteId) -> Result<Option<Draft>, Fault> {
        let (answer, settled) = oneshot::channel();
        self.ask(Ask::Settled(began, answer)).await?;
        if let Ok(draft) = timeout(ACCEPTED_WITHIN, settled).await {
            return draft.map_err(|_| Code::Internal.into());
        }
        let (answer, draft) = oneshot::channel();
        self.ask(Ask::Draft(began, answer)).await?;
        draft.await.map_err(|_| Code::Internal.into())
    }

    /// A patient's notes together with the drafts here; without the server, the kept notes.
    async fn chart(&self, request: &Request, done: Result<String, Fault>) -> Result<String, Fault> {
        let of: NotesOf = serde_json::from_value(request.request.clone()).map_err(|_| Code::Malformed)?;
        let away = self.vaults.is_some() && done.as_ref().is_err_and(|fault| fault.code == Code::Offline);
        if away {
            self.session.reads(Read::Chart(of.patient_id)).await?;
        }
        let (answer, chart) = oneshot::channel();
        self.ask(Ask::Chart { of: Some(of.patient_id), kept: away, answer }).await?;
        let Kept { drafts, rows, in_doubt } = chart.await.map_err(|_| Code::Internal)?;
        let mut page = match done {
            Ok(body) => serde_json::from_str(&body).map_err(|_| Code::Internal)?,
            Err(_) if away => {
                let mut items: Vec<Note> = rows;
                items.sort_by_key(|note| std::cmp::Reverse(note.created_at));
                Page { items, next: None }
            }
            Err(fault) => return Err(fault),
        };
        let author = self.session.me().and_then(|me| me.person_id).ok_or(Code::SignedOut)?;
        for draft in drafts.into_iter().filter(|draft| in_doubt || !draft.is_settled()) {
            overlay(&mut page.items, draft, author);
        }
        serde_json::to_string(&page).map_err(|_| Code::Internal.into())
    }

    /// The author's unsigned notes together with those that are only here; without the server, the kept ones.
    async fn unsigned(&self, done: Result<String, Fault>) -> Result<String, Fault> {
        let me = self.session.me().and_then(|me| me.person_id).ok_or(Code::SignedOut)?;
        let away = self.vaults.is_some() && done.as_ref().is_err_and(|fault| fault.code == Code::Offline);
        if away {
            self.session.reads(Read::Drafts(me)).await?;
        }
        let (answer, charts) = oneshot::channel();
        self.ask(Ask::Chart { of: None, kept: away, answer }).await?;
        let Kept { drafts, rows, in_doubt } = charts.await.map_err(|_| Code::Internal)?;
        let mut page: Page<DraftView> = match done {
            Ok(body) => serde_json::from_str(&body).map_err(|_| Code::Internal)?,
            Err(_) if away => {
                let own = rows.iter().filter(|note| note.author_id == me);
                Page { items: own.filter_map(DraftView::of).collect(), next: None }
            }
            Err(fault) => return Err(fault),
        };
        for draft in drafts.into_iter().filter(|draft| in_doubt || !draft.is_settled()) {
            overlay_unsigned(&mut page.items, draft);
        }
        page.items.sort_by_key(|draft| std::cmp::Reverse(draft.created_at));
        serde_json::to_string(&page).map_err(|_| Code::Internal.into())
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

/// Puts a draft of this computer over the server's version of the note.
fn overlay(notes: &mut Vec<Note>, draft: Draft, author: PersonId) {
    if draft.discard {
        notes.retain(|note| note.id != draft.note.id);
        return;
    }
    let same = |note: &&mut Note| note.id == draft.note.id && note.state == NoteState::Draft;
    // The page shows it as signed, because its writer signed it here: the server gets it signed.
    let (state, signed_at) =
        if draft.sign { (NoteState::Signed, Some(draft.written_at)) } else { (NoteState::Draft, None) };
    if let Some(note) = notes.iter_mut().find(same) {
        note.text = draft.note.text;
        note.id = draft.began;
        (note.state, note.signed_at) = (state, signed_at);
        return;
    }
    notes.insert(
        0,
        Note {
            id: draft.began,
            patient_id: draft.note.patient_id,
            patient_name: draft.patient_name.unwrap_or_default(),
            ticket_id: draft.note.ticket_id,
            author_id: author,
            text: draft.note.text,
            state,
            version: draft.note.version,
            sibling_of: None,
            created_at: draft.written_at,
            updated_at: draft.written_at,
            signed_at,
        },
    );
}

/// Puts an unsigned note of this computer over the server's list.
fn overlay_unsigned(items: &mut Vec<DraftView>, draft: Draft) {
    let known = items.iter().position(|item| item.id == draft.note.id);
    let before = known.map(|known| items.remove(known));
    if draft.sign || draft.discard {
        return;
    }
    let item = DraftView {
        id: draft.began,
        patient_id: draft.note.patient_id,
        patient_name: draft.patient_name.unwrap_or_default(),
        ticket_id: draft.note.ticket_id,
        created_at: draft.written_at,
    };
    items.push(before.map_or(item, |before| DraftView { id: draft.began, ..before }));
}
