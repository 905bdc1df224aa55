//! Single frames: their form on the wire, and how each end reacts to them.

use std::collections::BTreeSet;

use serde_json::json;

use super::super::{
    client::{self, Client},
    server::{self, Greeting, Session},
    *,
};
use crate::{
    fault::{Code, Fault},
    identity::{DeviceProof, Face},
    ids::{BranchId, ClientId, DeviceId, PersonId},
    time::Timestamp,
};

/// The number of frame kinds in both directions. The two tables below have a row for each.
const KINDS: usize = 15;

fn chart(n: u8) -> Bucket {
    Bucket::Chart(PersonId::new(Timestamp::from_ms(0), [n; 10]))
}

fn branch() -> BranchId {
    BranchId::new(Timestamp::from_ms(0), [5; 10])
}

fn client_id() -> ClientId {
    ClientId::new(Timestamp::from_ms(0), [7; 10])
}

#[test]
fn a_client_that_speaks_no_served_protocol_is_told_so() {
    let mut session = Session::new(Timestamp::from_ms(0));
    let hello = Hello {
        protocol_min: PROTOCOL + 1,
        protocol_max: PROTOCOL + 2,
        face: Face::Doctor,
        token: None,
        device: None,
        replica: None,
        running_ms: 0,
        topics: Vec::new(),
    };
    let effects = session.on(server::ServerEvent::Frame(ClientFrame::Hello(hello)), Timestamp::from_ms(1));
    let bye = ServerFrame::Bye { fault: Code::ProtocolUnsupported.into() };
    assert_eq!(effects, [server::ServerEffect::Send(bye), server::ServerEffect::Close]);
}

#[test]
fn a_socket_has_to_say_hello_first_and_in_time() {
    let start = Timestamp::from_ms(0);
    let bye = |code: Code| {
        vec![server::ServerEffect::Send(ServerFrame::Bye { fault: code.into() }), server::ServerEffect::Close]
    };
    let mut silent = Session::new(start);
    assert_eq!(silent.on(server::ServerEvent::Wake, start.plus_ms(HELLO_WITHIN_MS - 1)), []);
    assert_eq!(
        silent.on(server::ServerEvent::Wake, start.plus_ms(HELLO_WITHIN_MS)),
        bye(Code::HelloExpected)
    );
    let mut rude = Session::new(start);
    assert_eq!(
        rude.on(server::ServerEvent::Frame(ClientFrame::Ping { n: 1 }), start),
        bye(Code::HelloExpected)
    );
}

#[test]
fn waits_double_and_stay_within_their_bounds() {
    for attempts in 0..40 {
        for jitter in [0, 1, u32::MAX / 2, u32::MAX] {
            let wait = client::backoff_ms(attempts, jitter);
            assert!((client::BACKOFF_MIN_MS / 2..=client::BACKOFF_MAX_MS).contains(&wait));
        }
    }
}

/// The name of the frame's kind. For a new kind the compiler demands an arm here, and then [`KINDS`] demands its
/// frame.
const fn kind_of_client(frame: &ClientFrame) -> &'static str {
    match frame {
        ClientFrame::Hello(_) => "hello",
        ClientFrame::Intent(_) => "intent",
        ClientFrame::Follow { .. } => "follow",
        ClientFrame::Unfollow { .. } => "unfollow",
        ClientFrame::Resnapshot { .. } => "resnapshot",
        ClientFrame::Ping { .. } => "ping",
    }
}

const fn kind_of_server(frame: &ServerFrame) -> &'static str {
    match frame {
        ServerFrame::Welcome(_) => "welcome",
        ServerFrame::Checkpoint(_) => "checkpoint",
        ServerFrame::Snapshot(_) => "snapshot",
        ServerFrame::Answer(_) => "answer",
        ServerFrame::Gap { .. } => "gap",
        ServerFrame::View { .. } => "view",
        ServerFrame::Refused { .. } => "refused",
        ServerFrame::Pong { .. } => "pong",
        ServerFrame::Bye { .. } => "bye",
    }
}

fn client_frames() -> Vec<ClientFrame> {
    vec![
        ClientFrame::Hello(Hello {
            protocol_min: 1,
            protocol_max: 1,
            face: Face::Doctor,
            token: Some("jwt".into()),
            device: Some(DeviceProof {
                device_id: DeviceId::new(Timestamp::from_ms(0), [3; 10]),
                at: Timestamp::from_ms(0),
                signature: "sig".into(),
            }),
            replica: Some(Replica {
                client_id: client_id(),
                schema: 1,
                cursor: Some(Cursor { epoch: 1, seq: 4 }),
                buckets: vec![chart(1)],
            }),
            running_ms: 90_000,
            topics: vec![Topic::Queue(branch())],
        }),
        ClientFrame::Intent(Intent {
            client_id: client_id(),
            intent_id: 3,
            name: "note.sign".into(),
            schema: 1,
            args: json!({ "id": "n", "version": 2 }),
            made_at: Timestamp::from_ms(0),
        }),
        ClientFrame::Follow {
            topics: vec![Topic::Mine, Topic::Link("s3cret".into()), Topic::Board(branch()), Topic::Inbox],
        },
        ClientFrame::Unfollow { topics: vec![Topic::Activity] },
        ClientFrame::Resnapshot { buckets: vec![chart(1), Bucket::Queue(branch()), Bucket::Catalogue] },
        ClientFrame::Ping { n: 7 },
    ]
}

fn server_frames() -> Vec<ServerFrame> {
    let upto = Cursor { epoch: 1, seq: 9 };
    let row = |version, row| Change { bucket: Bucket::Catalogue, key: "branch:1".into(), version, row };
    let sums = || vec![BucketSum { bucket: chart(1), sum: "00f1e2d3c4b5a697".into() }];
    vec![
        ServerFrame::Welcome(Welcome {
            protocol: 1,
            schema: 1,
            head: upto,
            at: Timestamp::from_ms(0),
            last_intent_id: Some(3),
            buckets: sums(),
        }),
        ServerFrame::Checkpoint(Checkpoint {
            since: Some(4),
            upto,
            changes: vec![row(2, None)],
            last_intent_id: 3,
            buckets: Some(sums()),
        }),
        ServerFrame::Snapshot(Snapshot {
            bucket: Bucket::Catalogue,
            upto,
            rows: vec![row(1, Some(json!({ "name": "North" })))],
            last: true,
        }),
        ServerFrame::Answer(Answer {
            intent_id: 2,
            outcome: IntentOutcome::Accepted { answer: json!({ "version": 1 }) },
        }),
        ServerFrame::Answer(Answer {
            intent_id: 3,
            outcome: IntentOutcome::Refused { fault: Code::NoteSigned.into() },
        }),
        ServerFrame::Gap { expected: 4 },
        ServerFrame::View { topic: Topic::Mine, seq: 9, body: json!({ "tickets": [] }) },
        ServerFrame::Refused { topic: Topic::Activity, fault: Code::Forbidden.into() },
        ServerFrame::Pong { n: 7, at: Timestamp::from_ms(0) },
        ServerFrame::Bye { fault: Fault::new(Code::Overloaded).retry_after_s(1) },
    ]
}

#[test]
fn frames_on_the_wire() {
    let mut written = Vec::new();
    for frame in client_frames() {
        let value = serde_json::to_value(&frame).unwrap();
        assert_eq!(value["type"], kind_of_client(&frame));
        assert_eq!(serde_json::from_value::<ClientFrame>(value.clone()).unwrap(), frame);
        written.push(value);
    }
    for frame in server_frames() {
        let value = serde_json::to_value(&frame).unwrap();
        assert_eq!(value["type"], kind_of_server(&frame));
        assert_eq!(serde_json::from_value::<ServerFrame>(value.clone()).unwrap(), frame);
        written.push(value);
    }
    let kinds: BTreeSet<_> = written.iter().filter_map(|frame| frame["type"].as_str()).collect();
    assert_eq!(kinds.len(), KINDS, "{kinds:?}");
    insta::assert_json_snapshot!(written);
    assert!(serde_json::from_str::<ClientFrame>(r#"{"type":"ping","n":1,"extra":2}"#).is_err());
}

#[test]
fn a_read_that_is_ahead_of_what_was_told_does_not_read_again() {
    let now = Timestamp::from_ms(0);
    let mut session = Session::new(now);
    let cursor = |seq| Cursor { epoch: 1, seq };
    let hello = Hello {
        protocol_min: PROTOCOL,
        protocol_max: PROTOCOL,
        face: Face::Doctor,
        token: None,
        device: None,
        replica: Some(Replica { client_id: client_id(), schema: SCHEMA, cursor: None, buckets: Vec::new() }),
        running_ms: 0,
        topics: Vec::new(),
    };
    session.on(server::ServerEvent::Frame(ClientFrame::Hello(hello)), now);
    let greeting = Greeting { head: cursor(5), oldest: 0, last_intent_id: 0, buckets: Vec::new() };
    session.on(server::ServerEvent::Greeted(Ok(greeting)), now);
    // The feed moved on between the greeting and the read.
    let effects = session.on(server::ServerEvent::Snapshots { upto: cursor(6), rows: Vec::new() }, now);
    let reads = effects.iter().any(|effect| matches!(effect, server::ServerEffect::ReadChanges { .. }));
    assert!(!reads, "{effects:?}");
    let effects = session.on(server::ServerEvent::Moved { head: cursor(7) }, now);
    assert!(
        effects.iter().any(|effect| matches!(effect, server::ServerEffect::ReadChanges { since: 6, .. }))
    );
}

#[test]
fn what_is_followed_between_hello_and_welcome_is_asked_for_then() {
    let now = Timestamp::from_ms(0);
    let mut client = Client::new(Face::Kiosk, None);
    client.on(client::ClientEvent::Follow(Topic::Activity), now, 0);
    client.on(client::ClientEvent::Start, now, 0);
    client.on(client::ClientEvent::Opened { token: None, device: None, running_ms: 0 }, now, 0);
    client.on(client::ClientEvent::Follow(Topic::Mine), now, 0);
    client.on(client::ClientEvent::Unfollow(Topic::Activity), now, 0);
    let head = Cursor { epoch: 1, seq: 1 };
    let welcome =
        Welcome { protocol: 1, schema: 1, head, at: now, last_intent_id: None, buckets: Vec::new() };
    let effects = client.on(client::ClientEvent::Frame(ServerFrame::Welcome(welcome)), now, 0);
    let sent: Vec<_> = effects
        .into_iter()
        .filter_map(|effect| match effect {
            client::ClientEffect::Send(frame) => Some(frame),
            _ => None,
        })
        .collect();
    let (more, less) = (vec![Topic::Mine], vec![Topic::Activity]);
    assert_eq!(sent, [ClientFrame::Follow { topics: more }, ClientFrame::Unfollow { topics: less }]);
}

#[test]
fn a_kiosk_whose_line_was_ended_goes_on_trying() {
    let at = Timestamp::from_ms(0);
    for (face, again) in [(Face::Kiosk, true), (Face::Doctor, false)] {
        let mut line = Client::new(face, None);
        line.on(client::ClientEvent::Start, at, 0);
        line.on(client::ClientEvent::Opened { token: None, device: None, running_ms: 0 }, at, 0);
        let bye = ServerFrame::Bye { fault: Code::SignedOut.into() };
        let effects = line.on(client::ClientEvent::Frame(bye), at, 0);
        assert!(effects.contains(&client::ClientEffect::Ended(Code::SignedOut.into())), "{effects:?}");
        let wakes = effects.iter().any(|effect| matches!(effect, client::ClientEffect::WakeAt(_)));
        let later = at.plus_ms(client::BACKOFF_MAX_MS);
        let tries = line.on(client::ClientEvent::Wake, later, 0).contains(&client::ClientEffect::Connect);
        assert_eq!((wakes, tries), (again, again), "{face:?}");
    }
}
