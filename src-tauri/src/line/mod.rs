//! The one task that owns the socket, the protocol's machine and the vault.

mod effects;

use std::sync::Arc;

use medlane_shared::{
    audit::Read,
    fault::{Code, Fault, FieldCode},
    ids::NoteId,
    queue::{QueueRow, TicketStep},
    records::{Note, NoteDiscard, NoteSave, NoteState},
    sync::{
        Bucket, Intent, ServerFrame, Topic,
        client::{Client, ClientEvent},
    },
    time::Timestamp,
};
use tokio::{sync::mpsc, time::Instant};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    ask::{Ask, Kept, Waiter},
    clock::now,
    session::{Session, is_bar},
    socket::{Connecting, Opened, Socket, connected, message, woken},
    steps::{Asked, PRESSES, STEP, Step, name_of, queues, steps},
    told::{Tell, Told},
    vault::{Draft, Vault, VaultError},
};

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
    /// The clock may have been set back, and the server has not told the time: only the person's own notes may be
    /// shown.
    in_doubt: bool,
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
            in_doubt: false,
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
                            self.happen(ClientEvent::Opened { token, device, running_ms }).await;
                        }
                        Err(Some(fault)) if is_bar(&fault) => self.barred(fault).await,
                        Err(Some(fault)) => self.ended(&fault).await,
                        Err(None) => self.happen(ClientEvent::Closed).await,
                    }
                }
                Came::Message(Some(Ok(Message::Text(text)))) => {
                    match serde_json::from_str::<ServerFrame>(&text) {
                        Ok(frame) => {
                            self.hears_time(&frame);
                            self.happen(ClientEvent::Frame(frame)).await;
                        }
                        Err(error) => tracing::warn!(%error, "a frame that cannot be read"),
                    }
                }
                Came::Message(Some(Ok(Message::Close(_)) | Err(_)) | None) => {
                    self.socket = None;
                    self.happen(ClientEvent::Closed).await;
                }
                Came::Message(Some(Ok(_))) => {}
                Came::Wake => {
                    self.wake = None;
                    self.expire();
                    self.happen(ClientEvent::Wake).await;
                }
            }
        }
    }

    async fn asked(&mut self, ask: Ask) {
        self.expire();
        match ask {
            Ask::Begin { vault, in_doubt } => {
                // The device may have been locked while the vault was opened.
                if self.session.is_device_locked() {
                    self.shut();
                } else {
                    self.restart(vault);
                    (self.begun, self.in_doubt) = (true, in_doubt);
                    self.pending();
                    self.happen(ClientEvent::Start).await;
                }
            }
            Ask::Shut => self.shut(),
            Ask::Close => {
                // Calls for help are shown over a locked screen too: they contain nothing personal.
                self.topics.retain(is_open_when_locked);
                self.restart(None);
                self.begun = false;
                if !self.topics.is_empty() {
                    self.happen(ClientEvent::Start).await;
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
                self.happen(ClientEvent::Unfollow(topic)).await;
            }
            Ask::See(name, body) => self.keep(&name, &body),
            Ask::Seen(name, answer) => {
                let seen = || self.vault.as_ref().and_then(|vault| vault.seen(&name).ok().flatten());
                drop(answer.send(self.may_look().map(|()| seen())));
            }
            Ask::Write(note, answer) => {
                let draft = self.write(note).await;
                drop(answer.send(draft));
            }
            Ask::Sign(sign, answer) => {
                let signed = match self.draft(sign.id).filter(|draft| draft.is_seen_by(&sign)) {
                    Some(draft) => {
                        self.outbox(|vault, at| vault.sign(draft, at).map(one)).await.map(|()| true)
                    }
                    None => Ok(false),
                };
                drop(answer.send(signed));
            }
            Ask::Retry(id, answer) => {
                let done = match self.refused(id) {
                    Ok(draft) => self.outbox(|vault, at| vault.retry(draft, at).map(one)).await,
                    Err(fault) => Err(fault),
                };
                drop(answer.send(done));
            }
            Ask::Discard(id, answer) => {
                let done = match self.refused(id) {
                    Ok(_) => self.outbox(|vault, _| vault.discard(id).map(|()| Vec::new())).await,
                    Err(fault) => Err(fault),
                };
                drop(answer.send(done));
            }
            Ask::ThrowAway(discard, answer) => {
                let done = self.throw_away(&discard).await;
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
            Ask::Waits(ticket, answer) => {
                let waiting = self.vault.as_ref().and_then(|vault| vault.unanswered(STEP).ok());
                let is_of = |intent: &Intent| {
                    serde_json::from_value::<TicketStep>(intent.args.clone())
                        .is_ok_and(|step| ticket.is_none_or(|ticket| step.id == ticket))
                };
                // The receiver is gone if the page is.
                let _gone = answer.send(waiting.is_some_and(|waiting| waiting.iter().any(is_of)));
            }
            Ask::Chart { of, kept, answer } => {
                let (in_doubt, kept) = (kept && self.in_doubt, kept && !self.in_doubt);
                let chart = self.vault.as_ref().map(|vault| {
                    let charts = of.map_or_else(|| vault.charts(), |of| vec![Bucket::Chart(of)]);
                    let charts = charts.into_iter().filter(|_| kept);
                    let rows = charts.flat_map(|chart| vault.rows(chart).unwrap_or_default());
                    let drafts = of.map_or_else(|| vault.drafts(), |of| vault.drafts_of(of));
                    Kept { drafts: drafts.unwrap_or_default(), rows: rows.collect(), in_doubt }
                });
                drop(answer.send(chart.unwrap_or_default()));
            }
        }
    }

    /// Nobody may work here any more: closes everything, and carries out the clinic's order, also when no page is
    /// open.
    async fn barred(&mut self, fault: Fault) {
        self.shut();
        let fault = match self.session.barred(&fault).await {
            Ok(counts) => counts,
            Err(error) => {
                tracing::error!(code = ?error.code, "not everything could be forgotten");
                fault
            }
        };
        (self.tell)(Told::Barred { fault });
    }

    /// Ends the line and closes the vault, and deletes nothing.
    fn shut(&mut self) {
        self.restart(None);
        self.begun = false;
        self.pending();
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
        self.shut();
    }

    /// Starts a new protocol machine with the vault's stored state.
    fn restart(&mut self, vault: Option<Box<Vault>>) {
        let stored = vault.as_ref().and_then(|vault| vault.stored().ok());
        self.vault = vault.filter(|_| stored.is_some());
        self.in_doubt = false;
        self.client = Client::new(self.session.face(), stored);
        self.socket = None;
        self.connecting = None;
        self.wake = None;
        (self.tell)(Told::Online { online: false });
        let at = now();
        for topic in &self.topics {
            // The line is not up yet: the machine sends nothing.
            self.client.on(ClientEvent::Follow(topic.clone()), at, 0);
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
        if let Err(fault) = self.may_look() {
            (self.tell)(Told::Refused { topic: topic.clone(), fault });
        }
        let may = held && self.may_look().is_ok() && self.may_be_shown(&topic).await;
        let seen = self.vault.as_ref().filter(|_| may).and_then(|vault| vault.seen(&name).ok().flatten());
        if let Some(body) = seen.and_then(|seen| serde_json::from_str(&seen).ok()) {
            (self.tell)(Told::View { topic: topic.clone(), body });
        }
        // A page that was opened again follows a topic that the line follows already: the server must send the view
        // again.
        self.happen(ClientEvent::Unfollow(topic.clone())).await;
        self.happen(ClientEvent::Follow(topic)).await;
        (self.tell)(Told::Online { online: self.client.is_live() });
        self.pending();
        if self.begun || self.session.is_locked() {
            self.happen(ClientEvent::Start).await;
        }
    }

    /// Checks that stored views and charts may be shown.
    fn may_look(&self) -> Result<(), Fault> {
        if self.in_doubt { Err(Code::ClockWrong.into()) } else { Ok(()) }
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
        if known.as_ref().is_some_and(|draft| !draft.is_of(&note) && !self.has(draft, &note)) {
            return Err(Fault::new(Code::Invalid).field("ticket_id", FieldCode::OtherVisit));
        }
        let name = if known.is_some() {
            None
        } else {
            self.vault.as_ref().and_then(|vault| name_of(&queues(vault, &self.topics), note.ticket_id))
        };
        self.outbox(|vault, at| vault.write(note, name, at).map(one)).await?;
        self.draft(id).ok_or_else(|| Code::Internal.into())
    }

    /// Throws a draft away, also one that was written elsewhere and is kept here in a chart. Returns whether this
    /// computer has the note.
    async fn throw_away(&mut self, discard: &NoteDiscard) -> Result<bool, Fault> {
        let at = self.session.time().now();
        let draft = self.draft(discard.id).or_else(|| Some(Draft::kept(self.kept(discard.id)?, at)));
        let Some(draft) = draft else { return Ok(false) };
        self.outbox(|vault, at| vault.throw_away(draft, discard.version, at).map(one)).await?;
        Ok(true)
    }

    /// A note of one of the charts that are kept here, if it is a draft of the person who is signed in.
    fn kept(&self, id: NoteId) -> Option<Note> {
        let me = self.session.me().and_then(|me| me.person_id)?;
        let vault = self.vault.as_ref().filter(|_| !self.in_doubt)?;
        let mut rows =
            vault.charts().into_iter().flat_map(|chart| vault.rows::<Note>(chart).unwrap_or_default());
        rows.find(|note| note.id == id && note.author_id == me && note.state == NoteState::Draft)
    }

    /// Whether the server has the draft's note under the visit that was typed for. An earlier release may have kept
    /// another visit's ticket.
    fn has(&self, draft: &Draft, typed: &NoteSave) -> bool {
        let rows = self.vault.as_ref().and_then(|vault| vault.rows(Bucket::Chart(typed.patient_id)).ok());
        let is_it = |row: &Note| row.id == draft.note.id && row.ticket_id == typed.ticket_id;
        draft.note.patient_id == typed.patient_id
            && rows.is_some_and(|rows: Vec<Note>| rows.iter().any(is_it))
    }

    /// Takes steps in the doctor's own queue as last seen: stores them before it shows them, and sends them once the
    /// line is up.
    async fn step(&mut self, asked: Asked) -> Result<QueueRow, Fault> {
        self.may_look()?;
        let me = self.session.me().and_then(|me| me.person_id).ok_or(Code::SignedOut)?;
        let vault = self.vault.as_ref().ok_or(Code::Offline)?;
        let seen = queues(vault, &self.topics);
        let kept = vault.seen(PRESSES).ok().flatten();
        let presses = kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default();
        let Step { topic, view, row, made, presses } =
            steps(&asked, &seen, presses, me, self.session.time().now())?;
        let args: Result<Vec<_>, _> = made.iter().map(serde_json::to_value).collect();
        let args = args.map_err(|_| Code::Internal)?;
        self.outbox(|vault, at| vault.enqueue(STEP, args, at)).await?;
        let kept = serde_json::to_string(&presses).map_err(|_| Code::Internal)?;
        self.keep(PRESSES, &kept);
        let body = serde_json::to_value(&view).map_err(|_| Code::Internal)?;
        self.keep(&format!("view {topic}"), &body.to_string());
        (self.tell)(Told::View { topic, body });
        Ok(row)
    }

    /// Changes the outbox, and sends the intent that this made.
    async fn outbox(
        &mut self,
        change: impl FnOnce(&mut Vault, Timestamp) -> Result<Vec<Intent>, VaultError>,
    ) -> Result<(), Fault> {
        let vault = self.vault.as_mut().ok_or(Code::KeyringLocked)?;
        let made = change(vault, self.session.time().now()).map_err(|error| {
            tracing::error!(%error, "the outbox could not be changed");
            Fault::new(Code::Internal)
        })?;
        self.pending();
        for intent in made {
            self.happen(ClientEvent::Intent(intent)).await;
        }
        Ok(())
    }
}

fn one(intent: Option<Intent>) -> Vec<Intent> {
    intent.into_iter().collect()
}

/// Whether a topic is shown over a locked screen.
const fn is_open_when_locked(topic: &Topic) -> bool {
    matches!(topic, Topic::Help(_))
}
