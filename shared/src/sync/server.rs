//! The server's end of the protocol, without I/O: one [`Session`] for each socket.
//!
//! The adapter owns the socket and the database. It runs the effects and feeds their results back. Only one read of
//! the feed and one intent run at a time, so intents keep their order, and a client that reads slowly gets its
//! answers later instead of filling a queue. Views belong to the adapter, because one rendering serves many sockets.

use std::collections::{BTreeSet, VecDeque};

use super::frame::{
    Answer, Bucket, BucketSum, Change, Checkpoint, ClientFrame, Cursor, HEARTBEAT_MS, HELLO_WITHIN_MS, Hello,
    Intent, IntentOutcome, PROTOCOL, PROTOCOL_MIN, ROWS_MAX_BYTES, SCHEMA, ServerFrame, Snapshot, TOPICS_MAX,
    Topic, Welcome,
};
use crate::{
    fault::{Code, Fault},
    ids::ClientId,
    time::Timestamp,
};

/// The most intents of one socket that wait to run.
pub const INTENTS_MAX: usize = 64;

/// How far the feed may move on without a checkpoint, if none of its changes concerns the client.
pub const SILENT_MAX: i64 = 1_000;

/// Something that happened, for [`Session::on`].
#[derive(Debug, Clone, PartialEq)]
pub enum ServerEvent {
    /// A frame arrived.
    Frame(ClientFrame),
    /// A message arrived that is not a frame.
    Malformed(Fault),
    /// The result of [`ServerEffect::Greet`].
    Greeted(Result<Greeting, Fault>),
    /// The feed has new changes.
    Moved {
        /// Its head.
        head: Cursor,
    },
    /// The result of [`ServerEffect::ReadChanges`].
    Changes(Changes),
    /// The result of [`ServerEffect::ReadSnapshots`].
    Snapshots {
        /// The position in the feed that all rows show.
        upto: Cursor,
        /// The rows by bucket.
        rows: Vec<(Bucket, Vec<Change>)>,
    },
    /// The result of [`ServerEffect::Run`].
    Ran {
        /// The number of the intent.
        intent_id: u64,
        /// The result.
        ran: Ran,
    },
    /// The caller lost access: signed out, suspended, or the device was revoked.
    Ended(Fault),
    /// Time has passed.
    Wake,
}

/// The caller of a hello, as the adapter found them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// The head of the feed.
    pub head: Cursor,
    /// The lowest seq after which the feed can still be read.
    pub oldest: i64,
    /// For a replica: the last settled intent of its outbox.
    pub last_intent_id: u64,
    /// For a replica: the buckets that it may hold, with their checksums at `head`.
    pub buckets: Vec<BucketSum>,
}

/// Changes read from the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The position where the read stopped. It is before the head if more changed than fits into a frame.
    pub upto: Cursor,
    /// The changed rows of the session's buckets, in their present state.
    pub changes: Vec<Change>,
    /// The last settled intent of this outbox at `upto`.
    pub last_intent_id: u64,
    /// Every bucket that the replica may hold, if that set changed.
    pub buckets: Option<Vec<BucketSum>>,
}

/// The result of running an intent.
#[derive(Debug, Clone, PartialEq)]
pub enum Ran {
    /// The intent is settled, now or earlier.
    Settled(IntentOutcome),
    /// Its number does not follow the last settled one.
    Gap {
        /// The number of the next intent that the server accepts.
        expected: u64,
    },
}

/// Something that the adapter has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerEffect {
    /// Find out who connects and which buckets they may hold; return [`ServerEvent::Greeted`].
    Greet(Hello),
    /// Send a frame.
    Send(ServerFrame),
    /// Read the feed after a seq, for some buckets; return [`ServerEvent::Changes`].
    ReadChanges {
        /// The seq.
        since: i64,
        /// The buckets that the replica holds.
        buckets: Vec<Bucket>,
    },
    /// Read all rows of these buckets at one position of the feed; return [`ServerEvent::Snapshots`].
    ReadSnapshots {
        /// The buckets.
        buckets: Vec<Bucket>,
    },
    /// Run an intent; return [`ServerEvent::Ran`].
    Run(Intent),
    /// Start to send these views.
    Follow(Vec<Topic>),
    /// Stop sending these views.
    Unfollow(Vec<Topic>),
    /// Close the socket.
    Close,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    Opened { at: Timestamp },
    Greeting(Box<Hello>),
    Live,
    Closed,
}

/// One socket's session.
#[derive(Debug, Clone)]
pub struct Session {
    phase: Phase,
    replica: Option<Served>,
    topics: BTreeSet<Topic>,
    head: Cursor,
    heard_at: Timestamp,
}

#[derive(Debug, Clone)]
struct Served {
    client_id: ClientId,
    /// How far the feed was read; `None` until the first snapshots are sent.
    cursor: Option<Cursor>,
    /// The client's position once it has applied everything that was sent.
    told: i64,
    /// The seq of the welcome's head.
    greeted_at: i64,
    held: BTreeSet<Bucket>,
    owed: BTreeSet<Bucket>,
    reading: bool,
    running: bool,
    last_intent_id: u64,
    waiting: VecDeque<Intent>,
}

impl Session {
    /// The session of a socket opened at `now`.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            phase: Phase::Opened { at: now },
            replica: None,
            topics: BTreeSet::new(),
            head: Cursor { epoch: 0, seq: 0 },
            heard_at: now,
        }
    }

    /// Whether the hello was answered.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.phase == Phase::Live
    }

    /// Takes an event at `now`.
    pub fn on(&mut self, event: ServerEvent, now: Timestamp) -> Vec<ServerEffect> {
        let mut effects = Vec::new();
        if self.phase == Phase::Closed {
            return effects;
        }
        match event {
            ServerEvent::Frame(frame) => {
                self.heard_at = now;
                self.frame(frame, now, &mut effects);
            }
            ServerEvent::Malformed(fault) | ServerEvent::Ended(fault) | ServerEvent::Greeted(Err(fault)) => {
                self.bye(fault, &mut effects);
            }
            ServerEvent::Greeted(Ok(greeting)) => self.greeted(&greeting, now, &mut effects),
            ServerEvent::Moved { head } => {
                self.head = head;
                self.read_on(&mut effects);
            }
            ServerEvent::Changes(changes) => self.changes(changes, &mut effects),
            ServerEvent::Snapshots { upto, rows } => self.snapshots(upto, rows, &mut effects),
            ServerEvent::Ran { intent_id, ran } => self.ran(intent_id, ran, &mut effects),
            ServerEvent::Wake => self.wake(now, &mut effects),
        }
        effects
    }

    fn bye(&mut self, fault: Fault, effects: &mut Vec<ServerEffect>) {
        self.phase = Phase::Closed;
        effects.push(ServerEffect::Send(ServerFrame::Bye { fault }));
        effects.push(ServerEffect::Close);
    }

    fn frame(&mut self, frame: ClientFrame, now: Timestamp, effects: &mut Vec<ServerEffect>) {
        match (&self.phase, frame) {
            (Phase::Opened { .. }, ClientFrame::Hello(hello)) => self.hello(hello, effects),
            (Phase::Opened { .. }, _) => self.bye(Code::HelloExpected.into(), effects),
            (Phase::Live, ClientFrame::Intent(intent)) => self.intent(intent, effects),
            (Phase::Live, ClientFrame::Follow { topics }) => self.follow(topics, effects),
            (Phase::Live, ClientFrame::Unfollow { topics }) => {
                for topic in &topics {
                    self.topics.remove(topic);
                }
                effects.push(ServerEffect::Unfollow(topics));
            }
            (Phase::Live, ClientFrame::Resnapshot { buckets }) => {
                if let Some(served) = &mut self.replica {
                    served.owed.extend(buckets.into_iter().filter(|b| served.held.contains(b)));
                    self.read_on(effects);
                }
            }
            (Phase::Live, ClientFrame::Ping { n }) => {
                effects.push(ServerEffect::Send(ServerFrame::Pong { n, at: now }));
            }
            _ => self.bye(Code::FrameMalformed.into(), effects),
        }
    }

    fn hello(&mut self, hello: Hello, effects: &mut Vec<ServerEffect>) {
        if hello.protocol_max < PROTOCOL_MIN || hello.protocol_min > PROTOCOL {
            return self.bye(Code::ProtocolUnsupported.into(), effects);
        }
        if hello.topics.len() > TOPICS_MAX {
            return self.bye(Code::FrameMalformed.into(), effects);
        }
        self.phase = Phase::Greeting(Box::new(hello.clone()));
        effects.push(ServerEffect::Greet(hello));
    }

    fn greeted(&mut self, greeting: &Greeting, now: Timestamp, effects: &mut Vec<ServerEffect>) {
        let Phase::Greeting(hello) = std::mem::replace(&mut self.phase, Phase::Live) else { return };
        self.head = greeting.head;
        let has_replica = hello.replica.is_some();
        effects.push(ServerEffect::Send(ServerFrame::Welcome(Welcome {
            protocol: hello.protocol_max.min(PROTOCOL),
            schema: SCHEMA,
            head: greeting.head,
            at: now,
            last_intent_id: has_replica.then_some(greeting.last_intent_id),
            buckets: if has_replica { greeting.buckets.clone() } else { Vec::new() },
        })));
        if let Some(replica) = hello.replica {
            let usable = |cursor: &Cursor| {
                cursor.epoch == greeting.head.epoch
                    && (greeting.oldest..=greeting.head.seq).contains(&cursor.seq)
                    && replica.schema == SCHEMA
            };
            let cursor = replica.cursor.filter(usable);
            let allowed: BTreeSet<Bucket> = greeting.buckets.iter().map(|b| b.bucket).collect();
            let had: BTreeSet<Bucket> = replica.buckets.into_iter().collect();
            let owed =
                if cursor.is_some() { allowed.difference(&had).copied().collect() } else { allowed.clone() };
            self.replica = Some(Served {
                client_id: replica.client_id,
                cursor,
                told: cursor.map_or(0, |cursor| cursor.seq),
                greeted_at: greeting.head.seq,
                held: allowed,
                owed,
                reading: false,
                running: false,
                last_intent_id: greeting.last_intent_id,
                waiting: VecDeque::new(),
            });
        }
        self.follow(hello.topics, effects);
        self.read_on(effects);
    }

    fn follow(&mut self, topics: Vec<Topic>, effects: &mut Vec<ServerEffect>) {
        let new: Vec<Topic> = topics.into_iter().filter(|topic| !self.topics.contains(topic)).collect();
        if self.topics.len() + new.len() > TOPICS_MAX {
            return self.bye(Code::RateLimited.into(), effects);
        }
        self.topics.extend(new.iter().cloned());
        if !new.is_empty() {
            effects.push(ServerEffect::Follow(new));
        }
    }

    /// Reads the outstanding snapshots first, then the feed up to its head. Only one read runs at a time.
    fn read_on(&mut self, effects: &mut Vec<ServerEffect>) {
        let Some(served) = &mut self.replica else { return };
        if served.reading || self.phase != Phase::Live {
            return;
        }
        if !served.owed.is_empty() || served.cursor.is_none() {
            served.reading = true;
            effects.push(ServerEffect::ReadSnapshots { buckets: served.owed.iter().copied().collect() });
        } else if let Some(cursor) = served.cursor
            && (cursor.epoch != self.head.epoch || cursor.seq < self.head.seq)
        {
            if cursor.epoch == self.head.epoch {
                served.reading = true;
                let buckets = served.held.iter().copied().collect();
                effects.push(ServerEffect::ReadChanges { since: cursor.seq, buckets });
            } else {
                // The server was restored from a backup while the socket was open: send everything from scratch.
                served.cursor = None;
                served.owed.clone_from(&served.held);
                served.reading = true;
                effects.push(ServerEffect::ReadSnapshots { buckets: served.owed.iter().copied().collect() });
            }
        }
    }

    fn changes(&mut self, read: Changes, effects: &mut Vec<ServerEffect>) {
        let Some(served) = &mut self.replica else { return };
        served.reading = false;
        if served.cursor.is_none() {
            return;
        }
        if let Some(buckets) = &read.buckets {
            let allowed: BTreeSet<Bucket> = buckets.iter().map(|b| b.bucket).collect();
            served.owed.extend(allowed.difference(&served.held).copied());
            served.owed.retain(|bucket| allowed.contains(bucket));
            served.held = allowed;
        }
        served.cursor = Some(read.upto);
        served.last_intent_id = served.last_intent_id.max(read.last_intent_id);
        // If a read has no changes for this session, the cursor moves on without a checkpoint. Two exceptions: the
        // client has to reach the welcome's head, because it compares checksums there, and it must not fall far
        // behind.
        let caught_up = served.told < served.greeted_at && read.upto.seq >= served.greeted_at;
        let far = read.upto.seq - served.told >= SILENT_MAX;
        if caught_up || far || !read.changes.is_empty() || read.buckets.is_some() {
            effects.push(ServerEffect::Send(ServerFrame::Checkpoint(Checkpoint {
                since: Some(std::mem::replace(&mut served.told, read.upto.seq)),
                upto: read.upto,
                changes: read.changes,
                last_intent_id: served.last_intent_id,
                buckets: read.buckets,
            })));
        }
        self.read_on(effects);
    }

    fn snapshots(&mut self, upto: Cursor, rows: Vec<(Bucket, Vec<Change>)>, effects: &mut Vec<ServerEffect>) {
        let Some(served) = &mut self.replica else { return };
        served.reading = false;
        for (bucket, rows) in rows {
            served.owed.remove(&bucket);
            if served.held.contains(&bucket) {
                send_in_parts(bucket, upto, rows, effects);
            }
        }
        if served.cursor.is_none() {
            served.cursor = Some(upto);
            served.told = upto.seq;
            effects.push(ServerEffect::Send(ServerFrame::Checkpoint(Checkpoint {
                since: None,
                upto,
                changes: Vec::new(),
                last_intent_id: served.last_intent_id,
                buckets: None,
            })));
        }
        self.read_on(effects);
    }

    fn intent(&mut self, intent: Intent, effects: &mut Vec<ServerEffect>) {
        let Some(served) = self.replica.as_mut().filter(|served| served.client_id == intent.client_id) else {
            return self.bye(Code::FrameMalformed.into(), effects);
        };
        if served.waiting.len() >= INTENTS_MAX {
            return self.bye(Fault::new(Code::Overloaded).retry_after_s(1), effects);
        }
        served.waiting.push_back(intent);
        served.run_next(effects);
    }

    fn ran(&mut self, intent_id: u64, ran: Ran, effects: &mut Vec<ServerEffect>) {
        let Some(served) = &mut self.replica else { return };
        served.running = false;
        match ran {
            Ran::Settled(outcome) => {
                served.last_intent_id = served.last_intent_id.max(intent_id);
                effects.push(ServerEffect::Send(ServerFrame::Answer(Answer { intent_id, outcome })));
            }
            Ran::Gap { expected } => {
                served.waiting.clear();
                effects.push(ServerEffect::Send(ServerFrame::Gap { expected }));
            }
        }
        served.run_next(effects);
    }

    fn wake(&mut self, now: Timestamp, effects: &mut Vec<ServerEffect>) {
        match self.phase {
            Phase::Opened { at } if now.since_ms(at) >= HELLO_WITHIN_MS => {
                self.bye(Code::HelloExpected.into(), effects);
            }
            Phase::Live if now.since_ms(self.heard_at) >= 3 * HEARTBEAT_MS => {
                self.phase = Phase::Closed;
                effects.push(ServerEffect::Close);
            }
            _ => {}
        }
    }
}

impl Served {
    fn run_next(&mut self, effects: &mut Vec<ServerEffect>) {
        if !self.running
            && let Some(intent) = self.waiting.pop_front()
        {
            self.running = true;
            effects.push(ServerEffect::Run(intent));
        }
    }
}

fn send_in_parts(bucket: Bucket, upto: Cursor, rows: Vec<Change>, effects: &mut Vec<ServerEffect>) {
    let mut part = Vec::new();
    let mut bytes = 0;
    let mut send = |rows: Vec<Change>, last: bool| {
        effects.push(ServerEffect::Send(ServerFrame::Snapshot(Snapshot { bucket, upto, rows, last })));
    };
    for row in rows {
        let size = row.row.as_ref().map_or(0, |row| row.to_string().len()) + row.key.len() + 128;
        if bytes + size > ROWS_MAX_BYTES && !part.is_empty() {
            send(std::mem::take(&mut part), false);
            bytes = 0;
        }
        bytes += size;
        part.push(row);
    }
    send(part, true);
}
