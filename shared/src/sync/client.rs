//! The client's end of the protocol, without I/O: [`Client::on`] takes an event and returns the effects to run.
//!
//! The driver owns the socket and the store. It runs the effects in order, feeds their results back as events, and
//! wakes the machine at the time that it last asked for. Any frame may be lost, repeated or late, and the program may
//! crash between any two effects. Three rules keep the state right: the driver stores an intent before it gives
//! [`ClientEvent::Intent`], the store applies changes together with the cursor, and the server answers a repeated intent
//! with the stored answer.

mod event;
mod held;

use std::collections::{BTreeSet, VecDeque};

pub use event::{ClientEffect, ClientEvent, Stored};
use held::Held;

use super::frame::{
    Answer, Checkpoint, ClientFrame, HEARTBEAT_MS, Hello, Intent, PROTOCOL, PROTOCOL_MIN, REPLICA, Replica,
    SCHEMA, ServerFrame, Snapshot, Topic, Welcome,
};
use crate::{
    fault::{Code, Fault},
    identity::{DeviceProof, Face},
    time::Timestamp,
};

/// The most intents that are sent and not yet answered.
pub const WINDOW: usize = 32;
/// The first wait before a new connection; it doubles up to [`BACKOFF_MAX_MS`].
pub const BACKOFF_MIN_MS: i64 = 500;
/// The longest wait before a new connection.
pub const BACKOFF_MAX_MS: i64 = 30_000;
/// If intents are unanswered for this long, the client takes the connection for dead.
pub const ACK_WITHIN_MS: i64 = 30_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Idle,
    Waiting { until: Timestamp },
    Connecting,
    Greeting { since: Timestamp },
    Live,
}

/// The client's end of the protocol.
#[derive(Debug, Clone)]
pub struct Client {
    face: Face,
    phase: Phase,
    attempts: u32,
    replica: Option<Held>,
    topics: Vec<Topic>,
    /// The topics that this socket's hello named.
    greeted: Vec<Topic>,
    heard_at: Timestamp,
    pinged_at: Timestamp,
    pings: u64,
}

impl Client {
    /// A machine for a face. With `stored` it keeps a replica, without it only views.
    #[must_use]
    pub fn new(face: Face, stored: Option<Stored>) -> Self {
        let replica = stored.map(|stored| Held {
            client_id: stored.client_id,
            cursor: stored.cursor,
            buckets: stored.buckets,
            promised: None,
            pending: stored.pending.into_iter().collect(),
            ready: VecDeque::new(),
            flying: BTreeSet::new(),
            acked_at: Timestamp::default(),
            parts: Vec::new(),
        });
        Self {
            face,
            phase: Phase::Idle,
            attempts: 0,
            replica,
            topics: Vec::new(),
            greeted: Vec::new(),
            heard_at: Timestamp::default(),
            pinged_at: Timestamp::default(),
            pings: 0,
        }
    }

    /// Whether the connection is up.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.phase == Phase::Live
    }

    /// Takes an event at `now`. `jitter` is a fresh random number; it spreads the waits before new connections.
    pub fn on(&mut self, event: ClientEvent, now: Timestamp, jitter: u32) -> Vec<ClientEffect> {
        let mut effects = Vec::new();
        match event {
            ClientEvent::Start => self.start(&mut effects),
            ClientEvent::Opened { token, device, running_ms } => {
                effects.extend(self.opened(token, device, running_ms, now));
            }
            ClientEvent::Closed => self.closed(now, jitter, &mut effects),
            ClientEvent::Frame(frame) => {
                self.heard_at = now;
                self.frame(frame, now, jitter, &mut effects);
            }
            ClientEvent::Intent(intent) => self.intent(intent, now, &mut effects),
            ClientEvent::Loaded(intents) => self.loaded(intents, now, &mut effects),
            ClientEvent::Diverged(buckets) => {
                if self.is_live() && !buckets.is_empty() {
                    effects.push(ClientEffect::Send(ClientFrame::Resnapshot { buckets }));
                }
            }
            ClientEvent::Follow(topic) => {
                if self.topics.contains(&topic) {
                    return effects;
                }
                self.topics.push(topic.clone());
                if self.is_live() {
                    effects.push(ClientEffect::Send(ClientFrame::Follow { topics: vec![topic] }));
                }
            }
            ClientEvent::Unfollow(topic) => {
                let followed = self.topics.len();
                self.topics.retain(|known| *known != topic);
                if self.topics.len() < followed && self.is_live() {
                    effects.push(ClientEffect::Send(ClientFrame::Unfollow { topics: vec![topic] }));
                }
            }
            ClientEvent::Wake => self.wake(now, jitter, &mut effects),
        }
        if let Some(at) = self.next_wake(now) {
            effects.push(ClientEffect::WakeAt(at));
        }
        effects
    }

    fn start(&mut self, effects: &mut Vec<ClientEffect>) {
        if matches!(self.phase, Phase::Idle | Phase::Waiting { .. }) {
            self.attempts = 0;
            self.phase = Phase::Connecting;
            effects.push(ClientEffect::Connect);
        }
    }

    fn opened(
        &mut self,
        token: Option<String>,
        device: Option<DeviceProof>,
        running_ms: u64,
        now: Timestamp,
    ) -> Option<ClientEffect> {
        if self.phase != Phase::Connecting {
            return None;
        }
        self.phase = Phase::Greeting { since: now };
        self.heard_at = now;
        self.greeted.clone_from(&self.topics);
        let replica = self.replica.as_ref().map(|held| Replica {
            client_id: held.client_id,
            schema: SCHEMA,
            cursor: held.cursor,
            buckets: held.buckets.clone(),
        });
        Some(ClientEffect::Send(ClientFrame::Hello(Hello {
            protocol_min: PROTOCOL_MIN,
            protocol_max: PROTOCOL,
            face: self.face,
            token,
            device,
            replica,
            running_ms,
            topics: self.topics.clone(),
        })))
    }

    fn closed(&mut self, now: Timestamp, jitter: u32, effects: &mut Vec<ClientEffect>) {
        if matches!(self.phase, Phase::Idle | Phase::Waiting { .. }) {
            return;
        }
        if self.is_live() {
            effects.push(ClientEffect::Online(false));
        }
        if let Some(held) = &mut self.replica {
            held.ready.clear();
            held.flying.clear();
            held.parts.clear();
        }
        self.phase = Phase::Waiting { until: now.plus_ms(backoff_ms(self.attempts, jitter)) };
        self.attempts = self.attempts.saturating_add(1);
    }

    fn frame(&mut self, frame: ServerFrame, now: Timestamp, jitter: u32, effects: &mut Vec<ClientEffect>) {
        match frame {
            ServerFrame::Welcome(welcome) => self.welcome(welcome, now, effects),
            ServerFrame::Checkpoint(checkpoint) if REPLICA => {
                self.checkpoint(checkpoint, now, jitter, effects);
            }
            ServerFrame::Snapshot(snapshot) if REPLICA => self.snapshot(snapshot, effects),
            ServerFrame::Answer(answer) if REPLICA => self.answer(answer, now, effects),
            ServerFrame::Gap { expected } if REPLICA => {
                if let Some(held) = &mut self.replica {
                    held.ready.clear();
                    held.flying.clear();
                    effects.push(ClientEffect::Load { from: expected });
                }
            }
            ServerFrame::View { topic, seq, body } if self.topics.contains(&topic) => {
                effects.push(ClientEffect::View { topic, seq, body });
            }
            ServerFrame::Refused { topic, fault } => effects.push(ClientEffect::Refused { topic, fault }),
            ServerFrame::View { .. }
            | ServerFrame::Pong { .. }
            | ServerFrame::Checkpoint(_)
            | ServerFrame::Snapshot(_)
            | ServerFrame::Answer(_)
            | ServerFrame::Gap { .. } => {}
            ServerFrame::Bye { fault } => self.bye(fault, now, jitter, effects),
        }
    }

    fn bye(&mut self, fault: Fault, now: Timestamp, jitter: u32, effects: &mut Vec<ClientEffect>) {
        effects.push(ClientEffect::Close);
        self.closed(now, jitter, effects);
        // For these codes a new connection can help. The driver renews an expired token before the next hello.
        let mendable =
            matches!(fault.code, Code::TokenExpired | Code::Overloaded | Code::Internal | Code::RateLimited);
        if !mendable {
            // Nobody stands at a kiosk to start the line again, and its tickets wait for it: it goes on trying.
            if self.face != Face::Kiosk {
                self.phase = Phase::Idle;
            }
            effects.push(ClientEffect::Ended(fault));
        }
    }

    fn welcome(&mut self, welcome: Welcome, now: Timestamp, effects: &mut Vec<ClientEffect>) {
        if !matches!(self.phase, Phase::Greeting { .. }) {
            return;
        }
        self.phase = Phase::Live;
        self.attempts = 0;
        self.pinged_at = now;
        effects.push(ClientEffect::Online(true));
        // The server does not know yet which views were followed or unfollowed between the hello and now.
        let greeted = std::mem::take(&mut self.greeted);
        let beyond = |all: &[Topic], known: &[Topic]| -> Vec<Topic> {
            all.iter().filter(|topic| !known.contains(topic)).cloned().collect()
        };
        let (more, less) = (beyond(&self.topics, &greeted), beyond(&greeted, &self.topics));
        if !more.is_empty() {
            effects.push(ClientEffect::Send(ClientFrame::Follow { topics: more }));
        }
        if !less.is_empty() {
            effects.push(ClientEffect::Send(ClientFrame::Unfollow { topics: less }));
        }
        let Some(held) = &mut self.replica else { return };
        held.acked_at = now;
        held.keep_only(&welcome.buckets, effects);
        held.promised = Some((welcome.head, welcome.buckets));
        held.check(effects);
        if let Some(settled) = welcome.last_intent_id {
            let from = held.pending.first().copied().unwrap_or(u64::MAX).min(settled + 1);
            effects.push(ClientEffect::Load { from });
        }
    }

    fn checkpoint(
        &mut self,
        checkpoint: Checkpoint,
        now: Timestamp,
        jitter: u32,
        effects: &mut Vec<ClientEffect>,
    ) {
        let Some(held) = &mut self.replica else { return };
        let follows = match (checkpoint.since, held.cursor) {
            (None, _) => true,
            (Some(since), Some(cursor)) => {
                if cursor.epoch == checkpoint.upto.epoch && checkpoint.upto.seq <= cursor.seq {
                    // These changes are applied already; only the set of buckets may be new.
                    if let Some(buckets) = &checkpoint.buckets {
                        held.keep_only(buckets, effects);
                    }
                    return;
                }
                cursor.epoch == checkpoint.upto.epoch && since <= cursor.seq
            }
            (Some(_), None) => false,
        };
        if !follows {
            effects.push(ClientEffect::Close);
            self.closed(now, jitter, effects);
            return;
        }
        held.cursor = Some(checkpoint.upto);
        if let Some(buckets) = &checkpoint.buckets {
            held.keep_only(buckets, effects);
        }
        effects.push(ClientEffect::Apply(checkpoint));
        held.check(effects);
    }

    fn snapshot(&mut self, snapshot: Snapshot, effects: &mut Vec<ClientEffect>) {
        let Some(held) = &mut self.replica else { return };
        let bucket = snapshot.bucket;
        match held.parts.iter_mut().find(|(of, _)| *of == bucket) {
            Some((_, rows)) => rows.extend(snapshot.rows),
            None => held.parts.push((bucket, snapshot.rows)),
        }
        if snapshot.last {
            let at = held.parts.iter().position(|(of, _)| *of == bucket);
            let rows = at.map(|at| held.parts.swap_remove(at).1).unwrap_or_default();
            if !held.buckets.contains(&bucket) {
                held.buckets.push(bucket);
            }
            effects.push(ClientEffect::Replace { bucket, rows });
        }
    }

    fn answer(&mut self, answer: Answer, now: Timestamp, effects: &mut Vec<ClientEffect>) {
        let Some(held) = &mut self.replica else { return };
        held.acked_at = now;
        held.flying.remove(&answer.intent_id);
        if held.pending.remove(&answer.intent_id) {
            effects.push(ClientEffect::Settle(answer));
        }
        held.pump(now, effects);
    }

    fn intent(&mut self, intent: Intent, now: Timestamp, effects: &mut Vec<ClientEffect>) {
        let live = self.is_live();
        let Some(held) = &mut self.replica else { return };
        held.pending.insert(intent.intent_id);
        // If older intents still have to be loaded, this one is loaded together with them.
        if live && held.pending.len() == held.ready.len() + held.flying.len() + 1 {
            held.ready.push_back(intent);
            held.pump(now, effects);
        }
    }

    fn loaded(&mut self, intents: Vec<Intent>, now: Timestamp, effects: &mut Vec<ClientEffect>) {
        if !self.is_live() {
            return;
        }
        let Some(held) = &mut self.replica else { return };
        for intent in intents {
            let known = held.ready.iter().any(|i| i.intent_id == intent.intent_id);
            if !known && !held.flying.contains(&intent.intent_id) {
                held.pending.insert(intent.intent_id);
                held.ready.push_back(intent);
            }
        }
        held.pump(now, effects);
    }

    fn wake(&mut self, now: Timestamp, jitter: u32, effects: &mut Vec<ClientEffect>) {
        match self.phase {
            Phase::Waiting { until } if now >= until => {
                self.phase = Phase::Connecting;
                effects.push(ClientEffect::Connect);
            }
            Phase::Greeting { since } if now.since_ms(since) >= HEARTBEAT_MS => {
                self.drop_line(now, jitter, effects);
            }
            Phase::Live => {
                let deaf = now.since_ms(self.heard_at) >= 2 * HEARTBEAT_MS;
                let stuck = self.replica.as_ref().is_some_and(|held| {
                    !held.flying.is_empty() && now.since_ms(held.acked_at) >= ACK_WITHIN_MS
                });
                if deaf || stuck {
                    self.drop_line(now, jitter, effects);
                } else if now.since_ms(self.pinged_at) >= HEARTBEAT_MS {
                    self.pinged_at = now;
                    self.pings += 1;
                    effects.push(ClientEffect::Send(ClientFrame::Ping { n: self.pings }));
                }
            }
            _ => {}
        }
    }

    fn drop_line(&mut self, now: Timestamp, jitter: u32, effects: &mut Vec<ClientEffect>) {
        effects.push(ClientEffect::Close);
        self.closed(now, jitter, effects);
    }

    fn next_wake(&self, now: Timestamp) -> Option<Timestamp> {
        match self.phase {
            Phase::Idle | Phase::Connecting => None,
            Phase::Waiting { until } => Some(until),
            Phase::Greeting { since } => Some(since.plus_ms(HEARTBEAT_MS)),
            Phase::Live => Some(self.pinged_at.plus_ms(HEARTBEAT_MS).max(now.plus_ms(1))),
        }
    }
}

/// Waits that double, each chosen at random from the upper half of its range.
#[must_use]
pub fn backoff_ms(attempts: u32, jitter: u32) -> i64 {
    let full = BACKOFF_MIN_MS.saturating_mul(1 << attempts.min(10)).min(BACKOFF_MAX_MS);
    let half = full / 2;
    half + i64::from(jitter) % (full - half + 1)
}
