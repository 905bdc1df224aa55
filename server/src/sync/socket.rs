//! One socket: a task that owns its session and waits for frames, changes and time.

mod noted;

use std::{collections::HashSet, error::Error as _, net::IpAddr, sync::Arc, time::Duration};

use axum::extract::ws::{Message, Utf8Bytes, WebSocket};
use futures_util::StreamExt as _;
use medlane_shared::{
    access::{Actor, Role, Who},
    fault::{Code, Fault},
    identity::DeviceProof,
    ids::{BranchId, ClientId, DeviceId, PersonId},
    sync::{
        BucketSum, Cursor, HELLO_WITHIN_MS, Hello, Replica, Topic,
        server::{Greeting, ServerEffect, ServerEvent, Session},
    },
    time::Timestamp,
};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};
use tokio_stream::{StreamMap, wrappers::WatchStream};
use tokio_tungstenite::tungstenite;

use super::{boards::Boards, intents, replica::Part, topics::Views};
use crate::{
    app::App,
    clinic::Catalogue,
    engine::Clinic,
    gate::{SocketCount, SocketPlaces, Sockets, left_out},
    identity::{
        Devices, Sessions,
        devices::{self, device_by_id},
    },
    writer::{By, Entry, Noted, Once},
};

/// A socket first checks the time when its hello is due, and then at this interval.
const TICK: Duration = Duration::from_secs(15);
const FIRST_TICK: Duration = Duration::from_millis(HELLO_WITHIN_MS.unsigned_abs() + 1);
/// The shortest time between two updates of a socket's views.
const SPACING: Duration = Duration::from_millis(60);
/// How often views are rendered without a change, because waiting times change with the clock.
const REFRESH: Duration = Duration::from_secs(30);
/// How long a connection stays open after its farewell if part of a frame was not read. Closing earlier would reset
/// the connection, and the farewell could be lost.
const LINGER: Duration = Duration::from_secs(1);

struct Line {
    app: Arc<App>,
    clinic: Arc<Clinic>,
    ip: Option<IpAddr>,
    actor: Actor,
    client: Option<ClientId>,
    boards: StreamMap<BranchId, WatchStream<Option<Utf8Bytes>>>,
    views: Views,
    /// When the views are rendered next.
    due: Option<Instant>,
    rendered: Instant,
    /// When the client program started, by the server's clock.
    began_at: Timestamp,
    moved: Option<watch::Receiver<Cursor>>,
    /// The patients whose rows this replica has received.
    handed: HashSet<PersonId>,
    /// When the session reaches its longest lifetime.
    until: Option<Timestamp>,
    places: SocketPlaces,
    _count: SocketCount,
}

/// Serves a socket until it ends.
pub(super) async fn run(
    app: Arc<App>,
    clinic: Arc<Clinic>,
    ip: Option<IpAddr>,
    places: SocketPlaces,
    mut socket: WebSocket,
) {
    let mut session = Session::new(app.core.now());
    let mut line = Line::open(app, clinic, ip, places);
    let closing = ends(line.app.closing.clone());
    // Created once, not again for every message.
    tokio::pin!(closing);
    let tick = tokio::time::sleep(FIRST_TICK);
    tokio::pin!(tick);
    loop {
        let leaves = line.places.leaves();
        let Line { boards, moved, due, .. } = &mut line;
        let event = tokio::select! {
            Some((_, board)) = boards.next(), if !boards.is_empty() => {
                if let Some(board) = board
                    && socket.send(Message::Text(board)).await.is_err()
                {
                    return;
                }
                continue;
            }
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => read(&text),
                Some(Ok(Message::Binary(_))) => ServerEvent::Malformed(Code::FrameMalformed.into()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Err(error)) if is_too_large(&error) => {
                    Box::pin(line.feed(&mut session, &mut socket, ServerEvent::Malformed(Code::TooLarge.into()))).await;
                    tokio::time::sleep(LINGER).await;
                    return;
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
            moved = next_move(moved) => {
                let Some(head) = moved else { return };
                line.due = Some(line.due.unwrap_or(line.rendered + SPACING));
                match line.ended() {
                    Some(fault) => ServerEvent::Ended(fault),
                    None => ServerEvent::Moved { head },
                }
            }
            () = sleep(*due) => {
                if !Box::pin(line.show(&mut socket)).await {
                    return;
                }
                continue;
            }
            () = &mut tick => {
                tick.as_mut().reset(Instant::now() + TICK);
                if !line.views.is_empty() && line.rendered.elapsed() >= REFRESH {
                    line.due = Some(Instant::now());
                }
                line.ended().map_or(ServerEvent::Wake, ServerEvent::Ended)
            }
            () = leaves_now(leaves) => ServerEvent::Ended(left_out()),
            () = &mut closing => {
                ServerEvent::Ended(Fault::new(Code::Overloaded).retry_after_s(1))
            }
        };
        // Boxed, so that a board's task, which only listens, does not hold the memory that a workstation's requests
        // need.
        if !Box::pin(line.feed(&mut session, &mut socket, event)).await {
            return;
        }
    }
}

async fn sleep(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// Waits until a silent socket has to leave; for ever if it is not silent.
async fn leaves_now(leaves: Option<Arc<Notify>>) {
    match leaves {
        Some(leaves) => leaves.notified().await,
        None => std::future::pending().await,
    }
}

/// Waits until the server shuts down.
async fn ends(mut closing: watch::Receiver<bool>) {
    drop(closing.wait_for(|closing| *closing).await);
}

/// Waits for the clinic's next change, for sockets that follow more than public boards.
async fn next_move(moved: &mut Option<watch::Receiver<Cursor>>) -> Option<Cursor> {
    match moved {
        Some(moved) => moved.changed().await.ok().map(|()| *moved.borrow_and_update()),
        None => std::future::pending().await,
    }
}

/// Whether a frame was refused because of its size, before it was read.
fn is_too_large(error: &axum::Error) -> bool {
    let error = error.source().and_then(|error| error.downcast_ref());
    matches!(error, Some(tungstenite::Error::Capacity(_)))
}

fn read(text: &str) -> ServerEvent {
    match serde_json::from_str(text) {
        Ok(frame) => ServerEvent::Frame(frame),
        Err(_) => ServerEvent::Malformed(Code::FrameMalformed.into()),
    }
}

impl Line {
    /// The line of a socket that has said nothing yet.
    fn open(app: Arc<App>, clinic: Arc<Clinic>, ip: Option<IpAddr>, places: SocketPlaces) -> Self {
        Self {
            actor: Actor::Anonymous { clinic: clinic.id },
            _count: clinic.state::<Sockets>().open(),
            places,
            boards: StreamMap::new(),
            views: Views::default(),
            due: None,
            rendered: Instant::now(),
            began_at: app.core.now(),
            moved: None,
            until: None,
            client: None,
            handed: HashSet::new(),
            ip,
            app,
            clinic,
        }
    }

    fn ended(&self) -> Option<Fault> {
        match &self.actor {
            Actor::Known(known) => {
                let is_over = || self.until.is_some_and(|until| until <= self.app.core.now());
                let ended = || {
                    (self.clinic.state::<Sessions>().has_ended(known.session) || is_over())
                        .then_some(Code::SignedOut)
                };
                let device = match known.who {
                    Who::Device(device) => Some(device),
                    Who::Person(_) => known.device,
                };
                let devices = self.clinic.state::<Devices>();
                let restarts = |device| {
                    let told = devices.restart_at(device).is_some_and(|at| at >= self.began_at);
                    told.then_some(Code::DeviceRestart)
                };
                let bar = |device| devices.bar(device).or_else(|| restarts(device));
                device.and_then(bar).or_else(ended).map(Fault::from)
            }
            _ => None,
        }
    }

    fn by(&self) -> By {
        By { actor: self.actor.clone(), ip: self.ip, once: Once::No, confirmed: false }
    }

    fn part(&self) -> Part<'_> {
        Part { core: &self.app.core, clinic: &self.clinic, actor: &self.actor }
    }

    /// Sends the views that changed. Returns whether the socket is still open.
    async fn show(&mut self, socket: &mut WebSocket) -> bool {
        self.due = None;
        self.rendered = Instant::now();
        let by = self.by();
        let changed = self.views.changed(&self.app, &self.clinic, &by).await;
        self.due = changed.again;
        for (topic, fault) in &changed.refused {
            self.denied_topic(topic, fault).await;
        }
        for frame in changed.frames {
            if socket.send(Message::Text(frame)).await.is_err() {
                return false;
            }
        }
        true
    }

    /// Gives an event to the session, and runs its effects and theirs. Returns whether the socket is still open.
    async fn feed(&mut self, session: &mut Session, socket: &mut WebSocket, event: ServerEvent) -> bool {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for effect in session.on(event, self.app.core.now()) {
                match self.effect(socket, effect).await {
                    Ok(Some(event)) => events.push(event),
                    Ok(None) => {}
                    Err(Closed) => return false,
                }
            }
        }
        true
    }

    async fn effect(
        &mut self,
        socket: &mut WebSocket,
        effect: ServerEffect,
    ) -> Result<Option<ServerEvent>, Closed> {
        match effect {
            ServerEffect::Send(frame) => {
                let text = serde_json::to_string(&frame).map_err(|_| Closed)?;
                socket.send(Message::Text(text.into())).await.map_err(|_| Closed)?;
                Ok(None)
            }
            ServerEffect::Greet(hello) => Ok(Some(ServerEvent::Greeted(self.greet(&hello).await))),
            ServerEffect::ReadChanges { since, buckets } => {
                let client = self.client.ok_or(Closed)?;
                let changes = match self.part().changes(since, &buckets, client).await {
                    Ok(changes) => self.handed(client, &changes.changes).await.map(|()| changes),
                    Err(fault) => Err(fault),
                };
                Ok(Some(changes.map_or_else(ServerEvent::Ended, ServerEvent::Changes)))
            }
            ServerEffect::ReadSnapshots { buckets } => {
                let client = self.client.ok_or(Closed)?;
                // The rows show at least this position. Later changes are read again from the feed.
                let upto = self.clinic.head();
                let mut rows = Vec::with_capacity(buckets.len());
                for bucket in buckets {
                    let found = match self.part().rows(bucket).await {
                        Ok(found) => self.handed(client, &found).await.map(|()| found),
                        Err(fault) => Err(fault),
                    };
                    match found {
                        Ok(found) => rows.push((bucket, found)),
                        Err(fault) => return Ok(Some(ServerEvent::Ended(fault))),
                    }
                }
                Ok(Some(ServerEvent::Snapshots { upto, rows }))
            }
            ServerEffect::Run(intent) => {
                let intent_id = intent.intent_id;
                let ran = intents::run(&self.app, self.by(), intent).await;
                Ok(Some(ran.map_or_else(ServerEvent::Ended, |ran| ServerEvent::Ran { intent_id, ran })))
            }
            ServerEffect::Follow(topics) => {
                for topic in topics {
                    self.follow(socket, topic).await?;
                }
                Ok(None)
            }
            ServerEffect::Unfollow(topics) => {
                for topic in topics {
                    if let Topic::Board(branch) = &topic {
                        self.boards.remove(branch);
                    }
                    self.views.remove(&topic);
                }
                Ok(None)
            }
            ServerEffect::Close => {
                // The client may have disconnected already.
                drop(socket.send(Message::Close(None)).await);
                Err(Closed)
            }
        }
    }

    async fn follow(&mut self, socket: &mut WebSocket, topic: Topic) -> Result<(), Closed> {
        if let Topic::Board(branch) = topic
            && self.clinic.state::<Catalogue>().branch(branch).is_some()
        {
            let board = Boards::follow(&self.app.core, &self.clinic, branch);
            self.boards.insert(branch, WatchStream::new(board));
            return Ok(());
        }
        let followed = match topic {
            Topic::Board(_) => Err(Code::NotFound.into()),
            _ => self.views.follow(&self.clinic, &self.actor, &topic),
        };
        match followed {
            Ok(()) => {
                self.moved.get_or_insert_with(|| self.clinic.moved());
                self.due = Some(Instant::now());
            }
            Err(fault) => {
                // A link's secret must not enter the log.
                let what =
                    if matches!(topic, Topic::Link(_)) { "link".to_owned() } else { topic.to_string() };
                self.denied(&format!("follow:{what}"), &fault).await;
                let frame = medlane_shared::sync::ServerFrame::Refused { topic, fault };
                let text = serde_json::to_string(&frame).map_err(|_| Closed)?;
                socket.send(Message::Text(text.into())).await.map_err(|_| Closed)?;
            }
        }
        Ok(())
    }

    async fn greet(&mut self, hello: &Hello) -> Result<Greeting, Fault> {
        let running_ms = i64::try_from(hello.running_ms).unwrap_or(i64::MAX);
        self.began_at = self.app.core.now().plus_ms(-running_ms);
        if let Some(token) = &hello.token {
            let (known, until) = crate::identity::known_until(&self.app.core, token, Some(hello.face))?;
            self.until = until;
            self.clinic = self.app.core.clinics.get(known.clinic)?;
            if let Some(device) = known.device {
                self.prove(device, hello.device.as_ref(), token).await?;
            }
            self.places.known(known.who)?;
            self.actor = Actor::Known(known);
            // From now on the socket notices the end of the session. Orders given before now are checked here.
            self.moved = Some(self.clinic.moved());
            if let Some(fault) = self.ended() {
                return Err(fault);
            }
        } else {
            self.places.anonymous()?;
        }
        let head = self.clinic.head();
        let Some(replica) = &hello.replica else {
            return Ok(Greeting { head, oldest: 0, last_intent_id: 0, buckets: Vec::new() });
        };
        self.replica(replica, head).await
    }

    /// Checks the proof of a session's device, if the device has a key.
    async fn prove(&self, id: DeviceId, proof: Option<&DeviceProof>, token: &str) -> Result<(), Fault> {
        let core = &self.app.core;
        let device = device_by_id(&mut core.read().await?, self.clinic.id, id).await;
        let device = device.map_err(|error| core.broken(&error))?.ok_or(Code::DeviceRevoked)?;
        devices::may_prove(&self.app, self.ip, id)?;
        devices::hello(&device, proof, token, core.now())
            .inspect_err(|fault| devices::unproven(&self.app, self.ip, id, fault))?;
        let said = proof.filter(|_| device.public_key.is_some()).map(|proof| proof.at);
        let by = By { ip: self.ip, ..By::system(self.clinic.id) };
        self.app.writer.run(by, devices::Seen::Hello(id, said)).await
    }

    async fn replica(&mut self, replica: &Replica, head: Cursor) -> Result<Greeting, Fault> {
        // Only a doctor's workstation keeps a replica.
        match self.actor.role() {
            Some(Role::Doctor) => {}
            Some(_) => {
                let fault = Code::Forbidden.into();
                self.denied("replica", &fault).await;
                return Err(fault);
            }
            None => return Err(Code::SignedOut.into()),
        }
        self.client = Some(replica.client_id);
        self.moved.get_or_insert_with(|| self.clinic.moved());
        let part = self.part();
        let (buckets, shown): (Vec<BucketSum>, _) = part.sums(&part.buckets().await?).await?;
        let (oldest, last_intent_id) = (part.oldest().await?, part.last_intent(replica.client_id).await?);
        let entry = Entry::new("replica.read", format!("client:{}", replica.client_id));
        let read = Noted::read(&part.grant()?, entry.shown(shown.iter().copied()));
        self.app.writer.run(self.by(), read).await?;
        self.handed.extend(shown);
        Ok(Greeting { head, oldest, last_intent_id, buckets })
    }
}

/// The error when the socket has ended.
struct Closed;
