//! One socket for all live views of the page, driven by the protocol's machine in `shared`.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use futures_util::{
    SinkExt as _, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use gloo_net::websocket::{Message, futures::WebSocket};
use gloo_timers::callback::Timeout;
use medlane_shared::{
    fault::Fault,
    ids::NoteId,
    lean,
    records::NoteRefused,
    sync::{
        ServerFrame, Topic,
        client::{Client, ClientEffect, ClientEvent},
    },
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use wasm_bindgen::{JsCast as _, closure::Closure};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{desktop, read, session};
use crate::clock::now;

/// A live view on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Live<T> {
    /// The latest value.
    pub value: Option<Rc<T>>,
    /// Whether it is live. If not, it shows the last known state.
    pub online: bool,
    /// Why it may not be followed.
    pub refused: Option<Fault>,
}

#[derive(Clone, Default)]
struct Seen {
    body: Option<Value>,
    refused: Option<Fault>,
}

/// A topic that some component follows.
struct Followed {
    topic: Topic,
    seen: Seen,
    watchers: Vec<Watcher>,
}

type Watcher = (usize, Callback<()>);

/// The page's connection.
#[derive(Default)]
struct Line {
    client: Option<Client>,
    /// Absent while a task is sending.
    sink: Option<SplitSink<WebSocket, Message>>,
    out: VecDeque<String>,
    /// The number of the present socket. Messages of earlier sockets are ignored.
    socket: u64,
    online: bool,
    /// Whether the page watches the browser's network, or has begun to listen to the desktop app's core.
    watching: bool,
    /// Whether the page listens to the core.
    core_heard: bool,
    timer: Option<Timeout>,
    followed: Vec<Followed>,
    /// Components that only ask whether the connection is up.
    asking: Vec<Watcher>,
    ids: usize,
    /// The notes that the desktop app stores and the server does not have yet.
    pending: Vec<NoteId>,
    /// The notes among them that the server has refused.
    refused: Vec<NoteRefused>,
    /// How many ticket steps the server has not answered yet; `None` if nothing is kept here without the server.
    steps: Option<usize>,
}

impl Line {
    fn hang_up(&mut self) {
        self.socket += 1;
        self.sink = None;
        self.out.clear();
    }

    fn topic(&mut self, topic: &Topic) -> Option<&mut Followed> {
        self.followed.iter_mut().find(|followed| followed.topic == *topic)
    }
}

thread_local! {
    static LINE: RefCell<Line> = RefCell::default();
}

/// The time since the page was loaded, in milliseconds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds of a page")]
fn running_ms() -> u64 {
    web_sys::window().and_then(|window| window.performance()).map_or(0, |clock| clock.now() as u64)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number below 2^32")]
fn jitter() -> u32 {
    (js_sys::Math::random() * f64::from(u32::MAX)) as u32
}

/// Gives the machine an event, and runs the effects that it returns.
fn happen(event: ClientEvent) {
    let effects = LINE.with_borrow_mut(|line| {
        let client = line.client.get_or_insert_with(|| Client::new(session::face(), None));
        client.on(event, now(), jitter())
    });
    for effect in effects {
        run(effect);
    }
}

fn run(effect: ClientEffect) {
    match effect {
        ClientEffect::Connect => connect(),
        ClientEffect::Close => LINE.with_borrow_mut(Line::hang_up),
        ClientEffect::Send(frame) => {
            if let Ok(frame) = serde_json::to_value(&frame) {
                LINE.with_borrow_mut(|line| line.out.push_back(frame.to_string()));
                pump();
            }
        }
        ClientEffect::View { topic, body, .. } => see(&topic, Seen { body: Some(body), refused: None }),
        ClientEffect::Refused { topic, fault } => see(&topic, Seen { body: None, refused: Some(fault) }),
        ClientEffect::Online(online) => {
            LINE.with_borrow_mut(|line| line.online = online);
            tell_all();
        }
        ClientEffect::WakeAt(at) => {
            let wait = u32::try_from(at.since_ms(now()).max(0)).unwrap_or(60_000);
            let timer = Timeout::new(wait, || happen(ClientEvent::Wake));
            LINE.with_borrow_mut(|line| line.timer = Some(timer));
        }
        ClientEffect::Ended(fault) => {
            super::look_at(&fault);
            tell_all();
        }
        // A page keeps no replica.
        ClientEffect::Load { .. }
        | ClientEffect::Apply(_)
        | ClientEffect::Replace { .. }
        | ClientEffect::Check(_)
        | ClientEffect::Purge(_)
        | ClientEffect::Settle(_) => {}
    }
}

/// Sends the waiting frames in order. Only one task at a time has the sink.
fn pump() {
    let taken = LINE.with_borrow_mut(|line| line.sink.take().map(|sink| (sink, line.socket)));
    let Some((mut sink, number)) = taken else { return };
    spawn_local(async move {
        loop {
            let next = LINE.with_borrow_mut(|line| {
                let current = line.socket == number;
                if current { line.out.pop_front() } else { None }
            });
            match next {
                // The reader notices a broken socket.
                Some(text) => drop(sink.send(Message::Text(text)).await),
                None => break,
            }
        }
        LINE.with_borrow_mut(|line| {
            if line.socket == number {
                line.sink = Some(sink);
            }
        });
    });
}

fn see(topic: &Topic, seen: Seen) {
    let watchers = LINE.with_borrow_mut(|line| {
        let Some(followed) = line.topic(topic) else { return Vec::new() };
        followed.seen = seen;
        followed.watchers.clone()
    });
    for (_, watcher) in watchers {
        watcher.emit(());
    }
}

fn tell_all() {
    let watchers: Vec<Watcher> = LINE.with_borrow(|line| {
        let followed = line.followed.iter().flat_map(|followed| &followed.watchers);
        followed.chain(&line.asking).cloned().collect()
    });
    for (_, watcher) in watchers {
        watcher.emit(());
    }
}

fn connect() {
    spawn_local(async {
        // Without a session the hello has no token. Public views need none. Only the server decides whether there is
        // a session; if it cannot be reached, it is asked again later.
        if let Err(fault) = session::fresh().await {
            super::begin_anew(&fault);
            if session::look_at(&fault) {
                return;
            }
            if !session::means_over(&fault) {
                happen(ClientEvent::Closed);
                return;
            }
        }
        let location = web_sys::window().map(|window| window.location());
        let Some((host, scheme)) = location.and_then(|l| Some((l.host().ok()?, l.protocol().ok()?))) else {
            return;
        };
        let scheme = if scheme == "https:" { "wss" } else { "ws" };
        match WebSocket::open(&format!("{scheme}://{host}/api/v1/sync")) {
            Ok(socket) => {
                let (sink, stream) = socket.split();
                let number = LINE.with_borrow_mut(|line| {
                    line.socket += 1;
                    line.sink = Some(sink);
                    line.out.clear();
                    line.socket
                });
                happen(ClientEvent::Opened {
                    token: session::access_token(),
                    device: None,
                    running_ms: running_ms(),
                });
                listen(stream, number).await;
            }
            Err(_) => happen(ClientEvent::Closed),
        }
    });
}

async fn listen(mut stream: SplitStream<WebSocket>, number: u64) {
    let current = || LINE.with_borrow(|line| line.socket == number);
    while let Some(message) = stream.next().await {
        if !current() {
            return;
        }
        match message {
            Ok(Message::Text(text)) => {
                if let Some(frame) = read::<ServerFrame>(&text) {
                    happen(ClientEvent::Frame(frame));
                }
            }
            Ok(Message::Bytes(_)) => {}
            Err(_) => break,
        }
    }
    if current() {
        LINE.with_borrow_mut(|line| line.sink = None);
        happen(ClientEvent::Closed);
    }
}

fn follow(topic: &Topic, told: Callback<()>) -> usize {
    let (id, first) = LINE.with_borrow_mut(|line| {
        line.ids += 1;
        let watcher = (line.ids, told);
        if let Some(followed) = line.topic(topic) {
            followed.watchers.push(watcher);
            return (line.ids, false);
        }
        line.followed.push(Followed { topic: topic.clone(), seen: Seen::default(), watchers: vec![watcher] });
        (line.ids, true)
    });
    if first && desktop::is_here() {
        follow_in_core(topic);
    } else if first {
        session::when_changed(restart);
        watch_network();
        happen(ClientEvent::Follow(topic.clone()));
        happen(ClientEvent::Start);
    }
    id
}

/// The browser notices at once that its network is down. The protocol's heartbeat would need half a minute.
fn watch_network() {
    if LINE.with_borrow_mut(|line| std::mem::replace(&mut line.watching, true)) {
        return;
    }
    let Some(window) = web_sys::window() else { return };
    let gone = Closure::<dyn FnMut()>::new(|| {
        LINE.with_borrow_mut(Line::hang_up);
        happen(ClientEvent::Closed);
    });
    let back = Closure::<dyn FnMut()>::new(|| happen(ClientEvent::Start));
    for (event, heard) in [("offline", gone), ("online", back)] {
        // Lives as long as the page.
        drop(window.add_event_listener_with_callback(event, heard.into_js_value().unchecked_ref()));
    }
}

/// Starts the connection again for the person who is signed in now.
fn restart() {
    let topics: Vec<Topic> = LINE.with_borrow_mut(|line| {
        line.hang_up();
        (line.client, line.timer, line.online) = (None, None, false);
        // The views of the earlier person must not be shown.
        let begins = |followed: &mut Followed| {
            followed.seen = Seen::default();
            followed.topic.clone()
        };
        line.followed.iter_mut().map(begins).collect()
    });
    let any = !topics.is_empty();
    for topic in topics {
        happen(ClientEvent::Follow(topic));
    }
    if any {
        happen(ClientEvent::Start);
    }
}

fn unfollow(topic: &Topic, id: usize) {
    let last = LINE.with_borrow_mut(|line| {
        let Some(followed) = line.topic(topic) else { return false };
        followed.watchers.retain(|(watcher, _)| *watcher != id);
        let last = followed.watchers.is_empty();
        line.followed.retain(|followed| !followed.watchers.is_empty());
        last
    });
    if last && desktop::is_here() {
        ask("unfollow", topic);
    } else if last {
        happen(ClientEvent::Unfollow(topic.clone()));
    }
}

/// Follows a topic through the desktop app's core. The first one waits until the page listens to the core.
fn follow_in_core(topic: &Topic) {
    if LINE.with_borrow(|line| line.core_heard) {
        ask("follow", topic);
    } else if LINE.with_borrow_mut(|line| !std::mem::replace(&mut line.watching, true)) {
        spawn_local(async {
            desktop::listen(hear).await;
            let topics: Vec<Topic> = LINE.with_borrow_mut(|line| {
                line.core_heard = true;
                line.followed.iter().map(|followed| followed.topic.clone()).collect()
            });
            for topic in &topics {
                ask("follow", topic);
            }
        });
    }
}

/// Sends a command to the desktop app's core, which owns the connection there.
fn ask(command: &'static str, topic: &Topic) {
    let arguments = json!({ "topic": topic });
    // The core always answers, because it is part of this program.
    spawn_local(async move { drop(desktop::ask(command, arguments).await) });
}

/// Handles a message of the desktop app's core.
fn hear(mut what: Value) {
    let mut part = |name: &str| what.get_mut(name).map_or(Value::Null, Value::take);
    let kind = part("type");
    if kind == "ended" {
        session::ended();
        return;
    }
    if kind == "barred" {
        if let Ok(fault) = lean::read(part("fault")) {
            super::begin_anew(&fault);
        }
        return;
    }
    let topic = lean::read::<Topic>(part("topic"));
    if let Ok(topic) = topic {
        let refused = lean::read(part("fault")).ok();
        see(&topic, Seen { body: Some(part("body")).filter(|_| refused.is_none()), refused });
        return;
    }
    LINE.with_borrow_mut(|line| {
        if let Some(online) = part("online").as_bool() {
            line.online = online;
        } else {
            line.pending = lean::read(part("notes")).unwrap_or_default();
            line.refused = lean::read(part("refused")).unwrap_or_default();
            let keeps = lean::read(part("keeps")).unwrap_or_default();
            line.steps = Some(lean::read(part("steps")).unwrap_or_default()).filter(|_| keeps);
        }
    });
    tell_all();
}

/// The notes that the desktop app stores and the server does not have yet. Components that follow a view are updated
/// when the list changes.
#[must_use]
pub fn pending_notes() -> Vec<NoteId> {
    LINE.with_borrow(|line| line.pending.clone())
}

/// Whether notes and steps are kept on this computer without the server. Only a desktop app with a keyring does so.
#[must_use]
pub fn keeps_here() -> bool {
    LINE.with_borrow(|line| line.steps.is_some())
}

/// How many steps of tickets the server has not answered yet.
#[must_use]
pub fn pending_steps() -> usize {
    LINE.with_borrow(|line| line.steps.unwrap_or_default())
}

/// The notes that the server has refused.
#[must_use]
pub fn refused_notes() -> Vec<NoteRefused> {
    LINE.with_borrow(|line| line.refused.clone())
}

/// The last body of a followed view, as the server sent it.
#[must_use]
pub fn last_body(topic: &Topic) -> Option<Value> {
    LINE.with_borrow_mut(|line| line.topic(topic).and_then(|followed| followed.seen.body.clone()))
}

/// Whether the page's connection is up, for a component that follows no view.
#[hook]
pub fn use_online() -> bool {
    let changed = use_force_update();
    use_effect_with((), move |()| {
        let id = LINE.with_borrow_mut(|line| {
            line.ids += 1;
            line.asking.push((line.ids, Callback::from(move |()| changed.force_update())));
            line.ids
        });
        move || LINE.with_borrow_mut(|line| line.asking.retain(|(other, _)| *other != id))
    });
    LINE.with_borrow(|line| line.online)
}

/// Follows a live view as long as the component exists.
#[hook]
pub fn use_live<T: DeserializeOwned + PartialEq + 'static>(topic: Option<Topic>) -> Live<T> {
    let changed = use_force_update();
    use_effect_with(topic.clone(), move |topic| {
        let topic = topic.clone();
        let id = topic.as_ref().map(|topic| {
            let changed = changed.clone();
            follow(topic, Callback::from(move |()| changed.force_update()))
        });
        move || {
            if let (Some(topic), Some(id)) = (topic, id) {
                unfollow(&topic, id);
            }
        }
    });
    let (seen, online) = LINE.with_borrow_mut(|line| {
        (topic.and_then(|topic| Some(line.topic(&topic)?.seen.clone())), line.online)
    });
    let refused = seen.as_ref().and_then(|seen| seen.refused.clone());
    let value = seen.and_then(|seen| lean::read(seen.body?).ok()).map(Rc::new);
    Live { value, online, refused }
}
