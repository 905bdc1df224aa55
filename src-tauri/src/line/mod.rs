//! The one task that owns the socket, the protocol's machine and the vault.

mod effects;

use std::sync::Arc;

use medlane_shared::{
    audit::Read,
    fault::{Code, Fault},
    sync::{
        ServerFrame, Topic,
        client::{Client, ClientEvent},
    },
    time::Timestamp,
};
use tokio::{sync::mpsc, time::Instant};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    ask::{Ask, Waiter, Work},
    clock::now,
    rooms::Desk,
    session::{Session, is_bar},
    socket::{Connecting, Opened, Socket, connected, message, woken},
    told::{Tell, Told},
    vault::Vault,
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
    waiters: Vec<(String, Waiter)>,
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
            Ask::Work(work) => self.work(work).await,
            Ask::Settled(key, answer) => {
                self.waiters.push((key, answer));
                self.pending();
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

    /// Does a room's work at the vault, then sends its intents, shows its views, and answers.
    async fn work(&mut self, work: Work) {
        let (me, now) = (self.session.me().and_then(|me| me.person_id), self.session.time().now());
        let Some((vault, me)) = self.vault.as_deref_mut().zip(me) else { return work(None)() };
        let mut desk = Desk {
            vault,
            topics: &self.topics,
            me,
            now,
            in_doubt: self.in_doubt,
            made: Vec::new(),
            views: Vec::new(),
            is_changed: false,
        };
        let then = work(Some(&mut desk));
        let Desk { made, views, is_changed, .. } = desk;
        if is_changed {
            self.pending();
        }
        for (topic, body) in views {
            (self.tell)(Told::View { topic, body });
        }
        for intent in made {
            self.happen(ClientEvent::Intent(intent)).await;
        }
        then();
    }
}

/// Whether a topic is shown over a locked screen.
const fn is_open_when_locked(topic: &Topic) -> bool {
    matches!(topic, Topic::Help(_))
}
