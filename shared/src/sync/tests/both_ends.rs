//! Both ends against each other. The connection breaks, repeats frames and is slow; the client crashes, and the
//! server is restored from a backup. In every case each intent takes effect once and in order, and an idle client
//! holds exactly the rows that the server says it may hold.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;
use serde_json::json;

use super::super::{
    client::{self, Client, Stored},
    server::{self, Changes, Greeting, Ran, Session},
    *,
};
use crate::{
    fault::Code,
    identity::Face,
    ids::{ClientId, PersonId},
    time::Timestamp,
};

type Rows = BTreeMap<(Bucket, String), (i64, i64)>;

fn chart(n: u8) -> Bucket {
    Bucket::Chart(PersonId::new(Timestamp::from_ms(0), [n; 10]))
}

/// The server's database.
#[derive(Clone, Default)]
struct Database {
    epoch: i64,
    feed: Vec<(Bucket, String)>,
    rows: Rows,
    allowed: BTreeSet<Bucket>,
    ran: Vec<u64>,
    answers: Vec<IntentOutcome>,
}

impl Database {
    fn head(&self) -> Cursor {
        Cursor { epoch: self.epoch, seq: i64::try_from(self.feed.len()).unwrap() }
    }

    fn write(&mut self, bucket: Bucket, key: &str, value: i64) {
        let version = self.rows.get(&(bucket, key.to_owned())).map_or(0, |(version, _)| *version) + 1;
        self.rows.insert((bucket, key.to_owned()), (version, value));
        self.feed.push((bucket, key.to_owned()));
    }

    fn sums(&self) -> Vec<BucketSum> {
        let of = |bucket: Bucket| {
            let rows = self.rows.iter().filter(move |((b, _), _)| *b == bucket);
            bucket_sum(rows.map(|((_, key), (version, _))| (key.as_str(), *version)))
        };
        self.allowed.iter().map(|bucket| BucketSum { bucket: *bucket, sum: of(*bucket) }).collect()
    }

    fn change(&self, bucket: Bucket, key: &str) -> Change {
        let (version, value) = self.rows[&(bucket, key.to_owned())];
        Change { bucket, key: key.to_owned(), version, row: Some(json!(value)) }
    }

    fn run(&mut self, intent: &Intent) -> Ran {
        let last = self.answers.len() as u64;
        if intent.intent_id <= last {
            return Ran::Settled(self.answers[usize::try_from(intent.intent_id).unwrap() - 1].clone());
        }
        if intent.intent_id > last + 1 {
            return Ran::Gap { expected: last + 1 };
        }
        let outcome = if intent.intent_id.is_multiple_of(5) {
            IntentOutcome::Refused { fault: Code::NoteSigned.into() }
        } else {
            self.ran.push(intent.intent_id);
            self.write(chart(0), &format!("intent:{}", intent.intent_id), 1);
            IntentOutcome::Accepted { answer: json!(intent.intent_id) }
        };
        self.answers.push(outcome.clone());
        Ran::Settled(outcome)
    }
}

/// The client's store, which survives a crash.
#[derive(Default)]
struct Store {
    cursor: Option<Cursor>,
    rows: Rows,
    buckets: BTreeSet<Bucket>,
    outbox: Vec<Intent>,
    answers: BTreeMap<u64, IntentOutcome>,
}

impl Store {
    fn stored(&self) -> Stored {
        let pending =
            self.outbox.iter().map(|i| i.intent_id).filter(|id| !self.answers.contains_key(id)).collect();
        Stored {
            client_id: client_id(),
            cursor: self.cursor,
            buckets: self.buckets.iter().copied().collect(),
            pending,
        }
    }

    fn put(&mut self, change: &Change) {
        let key = (change.bucket, change.key.clone());
        if let Some(value) = &change.row {
            self.buckets.insert(change.bucket);
            self.rows.insert(key, (change.version, value.as_i64().unwrap()));
        } else {
            self.rows.remove(&key);
        }
    }

    fn sum(&self, bucket: Bucket) -> String {
        let rows = self.rows.iter().filter(|((b, _), _)| *b == bucket);
        bucket_sum(rows.map(|((_, key), (version, _))| (key.as_str(), *version)))
    }
}

fn client_id() -> ClientId {
    ClientId::new(Timestamp::from_ms(0), [7; 10])
}

struct World {
    now: Timestamp,
    database: Database,
    backup: Option<Database>,
    store: Store,
    client: Client,
    session: Option<Session>,
    up: VecDeque<ClientFrame>,
    down: VecDeque<ServerFrame>,
    wants_socket: bool,
}

impl World {
    fn new() -> Self {
        let mut database = Database { epoch: 1, ..Database::default() };
        database.allowed.insert(chart(0));
        let store = Store::default();
        let client = Client::new(Face::Doctor, Some(store.stored()));
        let (up, down) = Default::default();
        let now = Timestamp::from_ms(1_000_000);
        let mut world =
            Self { now, database, backup: None, store, client, session: None, up, down, wants_socket: false };
        world.client(client::ClientEvent::Start);
        world
    }

    fn client(&mut self, event: client::ClientEvent) {
        let effects = self.client.on(event, self.now, 17);
        for effect in effects {
            match effect {
                client::ClientEffect::Connect => self.wants_socket = true,
                client::ClientEffect::Close => self.cut_line(),
                client::ClientEffect::Send(frame) => self.up.push_back(frame),
                client::ClientEffect::Load { from } => {
                    let intents = self.store.outbox.iter().filter(|i| i.intent_id >= from).cloned().collect();
                    self.client(client::ClientEvent::Loaded(intents));
                }
                client::ClientEffect::Apply(checkpoint) => {
                    for change in &checkpoint.changes {
                        self.store.put(change);
                    }
                    self.store.cursor = Some(checkpoint.upto);
                }
                client::ClientEffect::Replace { bucket, rows } => {
                    self.store.rows.retain(|(b, _), _| *b != bucket);
                    self.store.buckets.insert(bucket);
                    for change in &rows {
                        self.store.put(change);
                    }
                }
                client::ClientEffect::Check(sums) => {
                    let wrong = sums.iter().filter(|s| self.store.sum(s.bucket) != s.sum);
                    let wrong = wrong.map(|s| s.bucket).collect();
                    self.client(client::ClientEvent::Diverged(wrong));
                }
                client::ClientEffect::Purge(bucket) => {
                    self.store.buckets.remove(&bucket);
                    self.store.rows.retain(|(b, _), _| *b != bucket);
                }
                client::ClientEffect::Settle(answer) => {
                    self.store.answers.insert(answer.intent_id, answer.outcome);
                }
                client::ClientEffect::Ended(fault) => panic!("{fault}"),
                client::ClientEffect::View { .. }
                | client::ClientEffect::Refused { .. }
                | client::ClientEffect::Online(_)
                | client::ClientEffect::WakeAt(_) => {}
            }
        }
    }

    fn server(&mut self, event: server::ServerEvent) {
        let Some(session) = &mut self.session else { return };
        for effect in session.on(event, self.now) {
            let next = match effect {
                server::ServerEffect::Greet(_) => server::ServerEvent::Greeted(Ok(Greeting {
                    head: self.database.head(),
                    oldest: 0,
                    last_intent_id: self.database.answers.len() as u64,
                    buckets: self.database.sums(),
                })),
                server::ServerEffect::Send(frame) => {
                    self.down.push_back(frame);
                    continue;
                }
                read @ (server::ServerEffect::ReadChanges { .. }
                | server::ServerEffect::ReadSnapshots { .. }) => self.read(read),
                server::ServerEffect::Run(intent) => {
                    let ran = self.database.run(&intent);
                    server::ServerEvent::Ran { intent_id: intent.intent_id, ran }
                }
                server::ServerEffect::Follow(_) | server::ServerEffect::Unfollow(_) => continue,
                server::ServerEffect::Close => {
                    self.cut_line();
                    return;
                }
            };
            self.server(next);
        }
        if self.session.as_ref().is_some_and(Session::is_live) {
            self.moved();
        }
    }

    fn moved(&mut self) {
        let head = self.database.head();
        let Some(session) = &mut self.session else { return };
        for effect in session.on(server::ServerEvent::Moved { head }, self.now) {
            let event = self.read(effect);
            self.server(event);
        }
    }

    /// Does the adapter's reads. It reads the feed in small pages, so that more than one page is needed.
    fn read(&self, effect: server::ServerEffect) -> server::ServerEvent {
        match effect {
            server::ServerEffect::ReadChanges { since, buckets } => {
                let from = usize::try_from(since).unwrap();
                let to = (from + 3).min(self.database.feed.len());
                let held: BTreeSet<Bucket> = buckets.into_iter().collect();
                let feed = &self.database.feed[from..to];
                let touched: BTreeSet<_> =
                    feed.iter().filter(|(b, _)| self.database.allowed.contains(b)).collect();
                server::ServerEvent::Changes(Changes {
                    upto: Cursor { epoch: self.database.epoch, seq: i64::try_from(to).unwrap() },
                    changes: touched.into_iter().map(|(b, key)| self.database.change(*b, key)).collect(),
                    last_intent_id: self.database.answers.len() as u64,
                    buckets: (self.database.allowed != held).then(|| self.database.sums()),
                })
            }
            server::ServerEffect::ReadSnapshots { buckets } => {
                let rows = buckets.into_iter().map(|bucket| {
                    let keys = self.database.rows.keys().filter(move |(b, _)| *b == bucket);
                    (bucket, keys.map(|(b, key)| self.database.change(*b, key)).collect())
                });
                server::ServerEvent::Snapshots { upto: self.database.head(), rows: rows.collect() }
            }
            other => panic!("no read: {other:?}"),
        }
    }

    fn cut_line(&mut self) {
        // A socket that is still being opened is cut too.
        self.wants_socket = false;
        self.session = None;
        self.up.clear();
        self.down.clear();
    }

    fn connect(&mut self) {
        if self.wants_socket {
            self.wants_socket = false;
            self.cut_line();
            self.session = Some(Session::new(self.now));
            self.client(client::ClientEvent::Opened {
                token: Some("token".into()),
                device: None,
                running_ms: 0,
            });
        }
    }

    fn act(&mut self, act: &Act) {
        match *act {
            Act::Type => {
                let intent_id = self.store.outbox.len() as u64 + 1;
                let intent = Intent {
                    client_id: client_id(),
                    intent_id,
                    name: "note.save".into(),
                    schema: SCHEMA,
                    args: json!({ "n": intent_id }),
                    made_at: self.now,
                };
                self.store.outbox.push(intent.clone());
                self.client(client::ClientEvent::Intent(intent));
            }
            Act::Write { bucket, key } => {
                self.database.write(chart(bucket), &format!("row:{key}"), i64::from(key));
                self.moved();
            }
            Act::Allow { bucket, allowed } => {
                // A change of rights is a change in the feed, like any other change.
                let bucket = chart(bucket);
                if allowed {
                    self.database.allowed.insert(bucket)
                } else {
                    self.database.allowed.remove(&bucket)
                };
                self.database.write(chart(0), "rights", 1);
                self.moved();
            }
            Act::Up => {
                if let Some(frame) = self.up.pop_front() {
                    self.server(server::ServerEvent::Frame(frame));
                }
            }
            Act::Down { twice } => {
                if let Some(frame) = self.down.pop_front() {
                    if twice && !matches!(frame, ServerFrame::Snapshot(_)) {
                        self.client(client::ClientEvent::Frame(frame.clone()));
                    }
                    self.client(client::ClientEvent::Frame(frame));
                }
            }
            Act::Cut => {
                self.cut_line();
                self.client(client::ClientEvent::Closed);
            }
            Act::Crash => {
                self.cut_line();
                self.client = Client::new(Face::Doctor, Some(self.store.stored()));
                self.client(client::ClientEvent::Start);
            }
            Act::Backup => self.backup = Some(self.database.clone()),
            Act::Restore => {
                if let Some(backup) = self.backup.clone() {
                    let epoch = self.database.epoch + 1;
                    self.database = Database { epoch, ..backup };
                    self.cut_line();
                    self.client(client::ClientEvent::Closed);
                }
            }
            Act::Later { ms } => {
                self.now = self.now.plus_ms(ms);
                self.client(client::ClientEvent::Wake);
                self.connect();
            }
        }
    }

    /// Lets both ends finish on a good connection. An open socket stays open, so that no new hello repairs what a
    /// live one missed.
    fn settle(&mut self) {
        for _ in 0..5_000 {
            if self.session.is_none() {
                self.act(&Act::Later { ms: 60_000 });
            }
            self.act(&Act::Up);
            self.act(&Act::Down { twice: false });
            if self.client.is_live() && self.up.is_empty() && self.down.is_empty() {
                break;
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Act {
    Type,
    Write { bucket: u8, key: u8 },
    Allow { bucket: u8, allowed: bool },
    Up,
    Down { twice: bool },
    Cut,
    Crash,
    Backup,
    Restore,
    Later { ms: i64 },
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::Type),
        4 => (0_u8..3, 0_u8..4).prop_map(|(bucket, key)| Act::Write { bucket, key }),
        1 => (1_u8..3, any::<bool>()).prop_map(|(bucket, allowed)| Act::Allow { bucket, allowed }),
        10 => Just(Act::Up),
        10 => any::<bool>().prop_map(|twice| Act::Down { twice }),
        1 => Just(Act::Cut),
        1 => Just(Act::Crash),
        1 => Just(Act::Backup),
        1 => Just(Act::Restore),
        4 => (0_i64..40_000).prop_map(|ms| Act::Later { ms }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn every_intent_counts_once_and_the_replica_is_the_servers(acts in proptest::collection::vec(any_act(), 0..150)) {
        let mut world = World::new();
        for act in &acts {
            world.act(act);
        }
        world.settle();
        let written = world.store.outbox.len() as u64;
        let expected: Vec<u64> = (1..=written).filter(|id| id % 5 != 0).collect();
        prop_assert_eq!(&world.database.ran, &expected, "each once, in order");
        prop_assert_eq!(world.store.answers.len() as u64, written, "each answered");
        let may_hold: Rows = world.database.rows.iter()
            .filter(|((bucket, _), _)| world.database.allowed.contains(bucket))
            .map(|(key, row)| (key.clone(), *row)).collect();
        prop_assert_eq!(&world.store.rows, &may_hold);
        // The feed may have moved on without a change for this replica. Its cursor is then behind, but never ahead.
        let (cursor, head) = (world.store.cursor.unwrap(), world.database.head());
        prop_assert!(cursor.epoch == head.epoch && cursor.seq <= head.seq, "{:?} {:?}", cursor, head);
    }

    #[test]
    fn no_frame_brings_a_machine_down(frames in proptest::collection::vec(any_act(), 0..20), junk in any::<u64>()) {
        let mut world = World::new();
        for act in &frames { world.act(act); }
        world.client(client::ClientEvent::Frame(ServerFrame::Gap { expected: junk }));
        world.client(client::ClientEvent::Frame(ServerFrame::Answer(Answer {
            intent_id: junk, outcome: IntentOutcome::Accepted { answer: json!(null) },
        })));
        world.settle();
        prop_assert!(world.client.is_live());
    }
}
