//! The one task that owns the socket, the protocol's machine and the vault.

use std::{collections::VecDeque, sync::Arc};

use futures_util::SinkExt as _;
use medlane_shared::{
    audit::Read,
    fault::{Code, Fault},
    identity::Face,
    ids::{NoteId, PersonId},
    queue::QueueRow,
    records::{Note, NoteRefused, NoteSave},
    sync::{
        Bucket, Intent, IntentOutcome, ServerFrame, Topic,
        client::{Client, Effect, Event},
    },
    time::Timestamp,
};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    clock::now,
    session::{Session, is_bar},
    socket::{Connecting, Opened, Socket, connect, connected, message, woken},
    steps::{Asked, STEP, Step, name_of, queues, steps},
    told::{Tell, Told},
    vault::{Draft, Vault, VaultError},
};

/// A request to the task.
pub(crate) enum Ask {
    /// A person is signed in: go on with their vault, if there is one.
    Begin(Option<Box<Vault>>),
    /// The screen is locked: end the line, and close the vault without deleting anything.
    Close,
    /// Nobody is signed in any more: end the line, and delete what may not stay.
    End(oneshot::Sender<()>),
    Follow(Topic),
    Unfollow(Topic),
    /// Keeps an answer, to show it when the server is away.
    See(String, String),
    /// Reads a kept answer.
    Seen(String, oneshot::Sender<Option<String>>),
    /// Stores a note that was typed.
    Write(NoteSave, oneshot::Sender<Result<Draft, Fault>>),
    /// Signs a draft with its present text; answers whether this computer has the draft.
    Sign(NoteId, oneshot::Sender<Result<bool, Fault>>),
    /// Sends a refused draft again, unchanged.
    Retry(NoteId, oneshot::Sender<Result<(), Fault>>),
    /// Deletes a refused draft: its writer does not want it any more.
    Discard(NoteId, oneshot::Sender<Result<(), Fault>>),
    /// The draft with the id that its writer knows.
    Draft(NoteId, Waiter),
    /// The same draft, once the server has accepted or refused it.
    Settled(NoteId, Waiter),
    /// A step of the doctor's own queue, while the network is away.
    Step(Asked, oneshot::Sender<Result<QueueRow, Fault>>),
    /// The drafts of one patient or of all, and on request the kept notes of the charts.
    Chart {
        /// The patient; `None` for all.
        of: Option<PersonId>,
        /// Also returns the kept notes.
        kept: bool,
        /// Gets the drafts and the notes.
        answer: oneshot::Sender<(Vec<Draft>, Vec<Note>)>,
    },
}

type Waiter = oneshot::Sender<Option<Draft>>;

pub(crate) struct Driver {
    session: Arc<Session>,
    tell: Tell,
    client: Client,
    vault: Option<Box<Vault>>,
    topics: Vec<Topic>,
    socket: Option<Box<Socket>>,
    connecting: Option<Connecting>,
    wake: Option<Timestamp>,
    /// The start of the program.
    began: Instant,
    /// Whether a session has begun. Before that the task does not connect.
    begun: bool,
    /// Callers that wait until the server has answered about a draft.
    waiters: Vec<(NoteId, Waiter)>,
}

/// What the task woke up for.
enum Came {
    Asked(Option<Ask>),
    Opened(Result<Opened, Option<Fault>>),
    Message(Option<Result<Message, tokio_tungstenite::tungstenite::Error>>),
    Wake,
}

impl Driver {
    pub(crate) fn new(session: Arc<Session>, tell: Tell) -> Self {
        let client = Client::new(session.face(), None);
        Self {
            session,
            tell,
            client,
            vault: None,
            topics: Vec::new(),
            socket: None,
            connecting: None,
            wake: None,
            began: Instant::now(),
            begun: false,
            waiters: Vec::new(),
        }
    }

    /// Runs until no sender of requests is left.
    pub(crate) async fn run(mut self, mut asks: mpsc::Receiver<Ask>) {
        loop {
            let came = tokio::select! {
                ask = asks.recv() => Came::Asked(ask),
                opened = connected(&mut self.connecting) => Came::Opened(opened),
                message = message(&mut self.socket) => Came::Message(message),
                () = woken(self.wake) => Came::Wake,
            };
            match came {
                Came::Asked(None) => return,
                Came::Asked(Some(ask)) => self.asked(ask).await,
                Came::Opened(opened) => {
                    self.connecting = None;
                    match opened {
                        Ok((socket, token)) => {
                            self.socket = Some(socket);
                            let device = token.as_deref().and_then(|token| self.session.hello(token));
                            let running_ms =
                                u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
                            self.happen(Event::Opened { token, device, running_ms }).await;
                        }
                        Err(Some(fault)) if is_bar(&fault) => self.barred(fault).await,
                        Err(Some(fault)) => self.ended(&fault).await,
                        Err(None) => self.happen(Event::Closed).await,
                    }
                }
                Came::Message(Some(Ok(Message::Text(text)))) => {
                    match serde_json::from_str::<ServerFrame>(&text) {
                        Ok(frame) => {
                            self.hears_time(&frame);
                            self.happen(Event::Frame(frame)).await;
                        }
                        Err(error) => tracing::warn!(%error, "a frame that cannot be read"),
                    }
                }
                Came::Message(Some(Ok(Message::Close(_)) | Err(_)) | None) => {
                    self.socket = None;
                    self.happen(Event::Closed).await;
                }
                Came::Message(Some(Ok(_))) => {}
                Came::Wake => {
                    self.wake = None;
                    self.expire();
                    self.happen(Event::Wake).await;
                }
            }
        }
    }

    async fn asked(&mut self, ask: Ask) {
        self.expire();
        match ask {
            Ask::Begin(vault) => {
                self.restart(vault);
                self.begun = true;
                self.pending();
                self.happen(Event::Start).await;
            }
            Ask::Close => {
                // Calls for help are shown over a locked screen too: they contain nothing personal.
                self.topics.retain(is_open_when_locked);
                self.restart(None);
                self.begun = false;
                if !self.topics.is_empty() {
                    self.happen(Event::Start).await;
                }
            }
            Ask::End(done) => {
                self.close();
                // The receiver is gone if the window is.
                let _gone = done.send(());
            }
            Ask::Follow(topic) => self.follow(topic).await,
            Ask::Unfollow(topic) => {
                self.topics.retain(|known| *known != topic);
                self.happen(Event::Unfollow(topic)).await;
            }
            Ask::See(name, body) => self.keep(&name, &body),
            Ask::Seen(name, answer) => {
                let seen = self.vault.as_ref().and_then(|vault| vault.seen(&name).ok().flatten());
                drop(answer.send(seen));
            }
            Ask::Write(note, answer) => {
                let draft = self.write(note).await;
                drop(answer.send(draft));
            }
            Ask::Sign(id, answer) => {
                let signed = match self.draft(id) {
                    Some(draft) => self.outbox(|vault, at| vault.sign(draft, at)).await.map(|()| true),
                    None => Ok(false),
                };
                drop(answer.send(signed));
            }
            Ask::Retry(id, answer) => {
                let done = match self.refused(id) {
                    Ok(draft) => self.outbox(|vault, at| vault.retry(draft, at)).await,
                    Err(fault) => Err(fault),
                };
                drop(answer.send(done));
            }
            Ask::Discard(id, answer) => {
                let done = match self.refused(id) {
                    Ok(_) => self.outbox(|vault, _| vault.discard(id).map(|()| None)).await,
                    Err(fault) => Err(fault),
                };
                drop(answer.send(done));
            }
            Ask::Draft(id, answer) => drop(answer.send(self.draft(id))),
            Ask::Settled(id, answer) => {
                self.waiters.push((id, answer));
                self.pending();
            }
            Ask::Step(asked, answer) => {
                let done = self.step(asked).await;
                drop(answer.send(done));
            }
            Ask::Chart { of, kept, answer } => {
                let chart = self.vault.as_ref().map(|vault| {
                    let charts = of.map_or_else(|| vault.charts(), |of| vec![Bucket::Chart(of)]);
                    let charts = charts.into_iter().filter(|_| kept);
                    let rows = charts.flat_map(|chart| vault.rows(chart).unwrap_or_default());
                    let drafts = of.map_or_else(|| vault.drafts(), |of| vault.drafts_of(of));
                    (drafts.unwrap_or_default(), rows.collect())
                });
                drop(answer.send(chart.unwrap_or_default()));
            }
        }
    }

    /// Nobody may work here any more: closes everything, and carries out the clinic's order, also when no page is
    /// open.
    async fn barred(&mut self, fault: Fault) {
        self.restart(None);
        self.begun = false;
        let fault = match self.session.barred(&fault).await {
            Ok(counts) => counts,
            Err(error) => {
                tracing::error!(code = ?error.code, "not everything could be forgotten");
                fault
            }
        };
        self.pending();
        (self.tell)(Told::Barred { fault });
    }

    /// The session was ended elsewhere: deletes the kept views and charts but no waiting notes, and clears the page.
    async fn ended(&mut self, fault: &Fault) {
        tracing::warn!(code = ?fault.code, "the session was ended elsewhere");
        self.close();
        if let Err(error) = self.session.sign_out().await {
            tracing::error!(code = ?error.code, "the session could not be forgotten");
        }
        (self.tell)(Told::Ended);
    }

    /// Ends the line, and deletes what may not stay.
    fn close(&mut self) {
        if let Some(vault) = &mut self.vault
            && let Err(error) = vault.forget()
        {
            tracing::error!(%error, "what was kept could not be deleted");
        }
        self.restart(None);
        self.begun = false;
        self.pending();
    }

    /// Starts a new protocol machine with the vault's stored state.
    fn restart(&mut self, vault: Option<Box<Vault>>) {
        let stored = vault.as_ref().and_then(|vault| vault.stored().ok());
        self.vault = vault.filter(|_| stored.is_some());
        self.client = Client::new(self.session.face(), stored);
        self.socket = None;
        self.connecting = None;
        self.wake = None;
        (self.tell)(Told::Online { online: false });
        let at = now();
        for topic in &self.topics {
            // The line is not up yet: the machine sends nothing.
            self.client.on(Event::Follow(topic.clone()), at, 0);
        }
    }

    async fn follow(&mut self, topic: Topic) {
        if self.session.is_locked() && !is_open_when_locked(&topic) {
            return;
        }
        if !self.topics.contains(&topic) {
            self.topics.push(topic.clone());
        }
        let name = format!("view {topic}");
        let held = self.vault.as_ref().is_some_and(|vault| vault.holds(&name).unwrap_or_default());
        let may = held && self.may_be_shown(&topic).await;
        let seen = self.vault.as_ref().filter(|_| may).and_then(|vault| vault.seen(&name).ok().flatten());
        if let Some(body) = seen.and_then(|seen| serde_json::from_str(&seen).ok()) {
            (self.tell)(Told::View { topic: topic.clone(), body });
        }
        // A page that was opened again follows a topic that the line follows already: the server must send the view
        // again.
        self.happen(Event::Unfollow(topic.clone())).await;
        self.happen(Event::Follow(topic)).await;
        (self.tell)(Told::Online { online: self.client.is_live() });
        self.pending();
        if self.begun || self.session.is_locked() {
            self.happen(Event::Start).await;
        }
    }

    /// Whether a last known view may be shown. While the line is down the server learns nothing of it, so it is
    /// logged here.
    async fn may_be_shown(&mut self, topic: &Topic) -> bool {
        let Topic::Queue(branch) = topic else { return true };
        if self.client.is_live() {
            return true;
        }
        let noted = self.session.reads(Read::Queue(*branch)).await;
        if let Err(fault) = &noted {
            tracing::error!(code = ?fault.code, "a read could not be written down: nothing is shown");
        }
        noted.is_ok()
    }

    fn draft(&self, id: NoteId) -> Option<Draft> {
        self.vault.as_ref().and_then(|vault| vault.draft(id).ok().flatten())
    }

    fn refused(&self, id: NoteId) -> Result<Draft, Fault> {
        let draft = self.draft(id).filter(|draft| draft.refused.is_some());
        draft.ok_or_else(|| Code::NotFound.into())
    }

    /// Stores a typed note, with the patient's name that the queue shows for the visit.
    async fn write(&mut self, note: NoteSave) -> Result<Draft, Fault> {
        let id = note.id;
        let known = self.draft(id);
        if known.as_ref().is_some_and(|draft| !draft.is_of(&note)) {
            return Err(Fault::new(Code::Invalid).field("ticket_id", "is another visit's"));
        }
        let name = if known.is_some() {
            None
        } else {
            self.vault.as_ref().and_then(|vault| name_of(&queues(vault, &self.topics), note.ticket_id))
        };
        self.outbox(|vault, at| vault.write(note, name, at)).await?;
        self.draft(id).ok_or_else(|| Code::Internal.into())
    }

    /// Takes steps in the doctor's own queue as last seen: stores them before it shows them, and sends them once the
    /// line is up.
    async fn step(&mut self, asked: Asked) -> Result<QueueRow, Fault> {
        let me = self.session.me().and_then(|me| me.person_id).ok_or(Code::SignedOut)?;
        let seen = queues(self.vault.as_ref().ok_or(Code::Offline)?, &self.topics);
        let Step { topic, view, row, made } = steps(&asked, &seen, me, self.session.time().now())?;
        for step in made {
            let args = serde_json::to_value(&step).map_err(|_| Code::Internal)?;
            self.outbox(|vault, at| vault.enqueue(STEP, args, at).map(Some)).await?;
        }
        let body = serde_json::to_value(&view).map_err(|_| Code::Internal)?;
        self.keep(&format!("view {topic}"), &body.to_string());
        (self.tell)(Told::View { topic, body });
        Ok(row)
    }

    /// Changes the outbox, and sends the intent that this made.
    async fn outbox(
        &mut self,
        change: impl FnOnce(&mut Vault, Timestamp) -> Result<Option<Intent>, VaultError>,
    ) -> Result<(), Fault> {
        let vault = self.vault.as_mut().ok_or(Code::KeyringLocked)?;
        let made = change(vault, self.session.time().now()).map_err(|error| {
            tracing::error!(%error, "the outbox could not be changed");
            Fault::new(Code::Internal)
        })?;
        self.pending();
        if let Some(intent) = made {
            self.happen(Event::Intent(intent)).await;
        }
        Ok(())
    }

    /// Feeds an event to the protocol machine, and carries out the effects, until no event is left.
    async fn happen(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for effect in self.client.on(event, now(), rand::random()) {
                match self.effect(effect).await {
                    Ok(more) => events.extend(more),
                    Err(error) => {
                        // A change that cannot be stored is not acknowledged either: the server sends it again.
                        tracing::error!(%error, "a change could not be stored");
                        self.socket = None;
                        events.clear();
                        events.push_back(Event::Closed);
                        break;
                    }
                }
            }
        }
    }

    async fn effect(&mut self, effect: Effect) -> Result<Option<Event>, VaultError> {
        match effect {
            Effect::Connect => self.connecting = Some(connect(Arc::clone(&self.session))),
            Effect::Close => self.socket = None,
            Effect::Send(frame) => {
                let text = serde_json::to_string(&frame)?;
                if let Some(socket) = &mut self.socket {
                    // The reader notices a broken socket.
                    drop(socket.send(Message::text(text)).await);
                }
            }
            Effect::View { topic, body, .. } => {
                self.keep(&format!("view {topic}"), &body.to_string());
                (self.tell)(Told::View { topic, body });
            }
            Effect::Refused { topic, fault } => (self.tell)(Told::Refused { topic, fault }),
            Effect::Online(online) => {
                if let Some(vault) = self.vault.as_ref().filter(|_| online) {
                    vault.lease(self.session.time().now())?;
                }
                if online {
                    let session = Arc::clone(&self.session);
                    tokio::spawn(async move { session.hand_over_reads().await });
                }
                (self.tell)(Told::Online { online });
            }
            Effect::Ended(fault) if is_bar(&fault) => Box::pin(self.barred(fault)).await,
            Effect::Ended(Fault { code: Code::DeviceRestart, .. }) => (self.tell)(Told::Restart),
            Effect::Ended(fault) if self.session.corrects(&fault) => return Ok(Some(Event::Start)),
            Effect::Ended(fault) if fault.code.status() == 401 && self.session.face() != Face::Kiosk => {
                Box::pin(self.ended(&fault)).await;
            }
            Effect::Ended(fault) => tracing::warn!(code = ?fault.code, "the server ended the line"),
            Effect::WakeAt(at) => self.wake = Some(at),
            Effect::Load { from } => {
                if let Some(vault) = &self.vault {
                    return Ok(Some(Event::Loaded(vault.intents(from)?)));
                }
            }
            Effect::Apply(checkpoint) => {
                if let Some(vault) = &mut self.vault {
                    vault.apply(&checkpoint)?;
                }
            }
            Effect::Replace { bucket, rows } => {
                if let Some(vault) = &mut self.vault {
                    vault.replace(bucket, &rows, self.session.time().now())?;
                }
            }
            Effect::Check(sums) => {
                if let Some(vault) = &self.vault {
                    return Ok(Some(Event::Diverged(vault.diverged(&sums)?)));
                }
            }
            Effect::Purge(bucket) => {
                if let Some(vault) = &mut self.vault {
                    vault.purge(bucket)?;
                }
            }
            Effect::Settle(answer) => {
                if let Some(vault) = &mut self.vault {
                    if let IntentOutcome::Refused { fault } = &answer.outcome {
                        tracing::warn!(code = ?fault.code, intent = answer.intent_id, "an intent was refused");
                    }
                    let next = vault.settle(&answer, self.session.time().now())?;
                    self.pending();
                    return Ok(next.map(Event::Intent));
                }
            }
        }
        Ok(None)
    }

    fn keep(&mut self, name: &str, body: &str) {
        if let Some(vault) = &mut self.vault
            && let Err(error) = vault.see(name, body.as_bytes(), self.session.time().now())
        {
            tracing::error!(%error, "a view could not be kept");
        }
    }

    /// Deletes the kept data after the lease without the server. If the clock was set back meanwhile, shows nothing
    /// until the server tells the time.
    fn expire(&mut self) {
        let time = self.session.time();
        if let Some(vault) = &mut self.vault
            && let Err(error) = vault.expire(time.now()).and_then(|()| vault.keep_latest(time))
        {
            tracing::error!(%error, "the lease could not be applied to the kept data");
        }
        if self.vault.is_some() && !self.client.is_live() && time.went_back() {
            self.restart(None);
            self.begun = false;
            (self.tell)(Told::Barred { fault: Code::ClockWrong.into() });
        }
    }

    /// Takes the time from a server at which a person is signed in.
    fn hears_time(&mut self, frame: &ServerFrame) {
        let at = match frame {
            ServerFrame::Welcome(welcome) => welcome.at,
            ServerFrame::Pong { at, .. } => *at,
            _ => return,
        };
        let time = self.session.time();
        time.told(at);
        if let Some(vault) = &mut self.vault
            && let Err(error) = vault.keep_latest(time)
        {
            tracing::error!(%error, "the latest known time could not be stored");
        }
    }

    /// Tells pages which notes wait, and answers the callers that wait for one.
    fn pending(&mut self) {
        let drafts = self.vault.as_ref().and_then(|vault| vault.drafts().ok()).unwrap_or_default();
        for (id, waiter) in std::mem::take(&mut self.waiters) {
            match drafts.iter().find(|draft| draft.began == id) {
                Some(draft) if !draft.is_settled() && draft.refused.is_none() => {
                    self.waiters.push((id, waiter));
                }
                // The receiver is gone if its time ran out.
                draft => drop(waiter.send(draft.cloned())),
            }
        }
        let waiting = drafts.iter().filter(|draft| !draft.is_settled());
        let notes = waiting.map(|draft| draft.began).collect();
        let refused = drafts.into_iter().filter_map(|draft| {
            let Draft { began: id, note: NoteSave { text, .. }, written_at, refused, .. } = draft;
            Some(NoteRefused { id, text, written_at, fault: refused? })
        });
        let steps = self.vault.as_ref().and_then(|vault| vault.unanswered(STEP).ok()).unwrap_or_default();
        (self.tell)(Told::Pending { notes, refused: refused.collect(), steps });
    }
}

/// Whether a topic is shown over a locked screen.
const fn is_open_when_locked(topic: &Topic) -> bool {
    matches!(topic, Topic::Help(_))
}
