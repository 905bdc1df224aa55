//! Single frames: as they stand on the wire, and what each end makes of them.

use super::super::{
    client::{self, Client},
    server::{self, Greeting, Session},
    *,
};
use crate::{
    fault::Code,
    identity::{DeviceProof, Face},
    ids::{ClientId, DeviceId, PersonId},
    time::Timestamp,
};

fn chart(n: u8) -> Bucket {
    Bucket::Chart(PersonId::new(Timestamp::from_ms(0), [n; 10]))
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
    let effects = session.on(server::Event::Frame(ClientFrame::Hello(hello)), Timestamp::from_ms(1));
    let bye = ServerFrame::Bye { fault: Code::ProtocolUnsupported.into() };
    assert_eq!(effects, [server::Effect::Send(bye), server::Effect::Close]);
}

#[test]
fn a_socket_has_to_say_hello_first_and_in_time() {
    let start = Timestamp::from_ms(0);
    let bye = |code: Code| {
        vec![server::Effect::Send(ServerFrame::Bye { fault: code.into() }), server::Effect::Close]
    };
    let mut silent = Session::new(start);
    assert_eq!(silent.on(server::Event::Wake, start.plus_ms(HELLO_WITHIN_MS - 1)), []);
    assert_eq!(silent.on(server::Event::Wake, start.plus_ms(HELLO_WITHIN_MS)), bye(Code::HelloExpected));
    let mut rude = Session::new(start);
    assert_eq!(rude.on(server::Event::Frame(ClientFrame::Ping { n: 1 }), start), bye(Code::HelloExpected));
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

#[test]
fn frames_on_the_wire() {
    let frames = [
        serde_json::to_value(ClientFrame::Follow { topics: vec![Topic::Mine, Topic::Link("s3cret".into())] })
            .unwrap(),
        serde_json::to_value(ClientFrame::Hello(Hello {
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
                cursor: None,
                buckets: vec![chart(1)],
            }),
            running_ms: 90_000,
            topics: vec![],
        }))
        .unwrap(),
        serde_json::to_value(ServerFrame::Answer(Answer {
            intent_id: 3,
            outcome: IntentOutcome::Refused { fault: Code::NoteSigned.into() },
        }))
        .unwrap(),
        serde_json::to_value(ServerFrame::Checkpoint(Checkpoint {
            since: Some(4),
            upto: Cursor { epoch: 1, seq: 9 },
            changes: vec![Change {
                bucket: Bucket::Catalogue,
                key: "branch:1".into(),
                version: 2,
                row: None,
            }],
            last_intent_id: 3,
            buckets: None,
        }))
        .unwrap(),
    ];
    insta::assert_json_snapshot!(frames);
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
    session.on(server::Event::Frame(ClientFrame::Hello(hello)), now);
    let greeting = Greeting { head: cursor(5), oldest: 0, last_intent_id: 0, buckets: Vec::new() };
    session.on(server::Event::Greeted(Ok(greeting)), now);
    // The feed moved on between the greeting and the reading.
    let effects = session.on(server::Event::Snapshots { upto: cursor(6), rows: Vec::new() }, now);
    let reads = effects.iter().any(|effect| matches!(effect, server::Effect::ReadChanges { .. }));
    assert!(!reads, "{effects:?}");
    let effects = session.on(server::Event::Moved { head: cursor(7) }, now);
    assert!(effects.iter().any(|effect| matches!(effect, server::Effect::ReadChanges { since: 6, .. })));
}

#[test]
fn what_is_followed_between_hello_and_welcome_is_asked_for_then() {
    let now = Timestamp::from_ms(0);
    let mut client = Client::new(Face::Kiosk, None);
    client.on(client::Event::Follow(Topic::Activity), now, 0);
    client.on(client::Event::Start, now, 0);
    client.on(client::Event::Opened { token: None, device: None, running_ms: 0 }, now, 0);
    client.on(client::Event::Follow(Topic::Mine), now, 0);
    client.on(client::Event::Unfollow(Topic::Activity), now, 0);
    let head = Cursor { epoch: 1, seq: 1 };
    let welcome =
        Welcome { protocol: 1, schema: 1, head, at: now, last_intent_id: None, buckets: Vec::new() };
    let effects = client.on(client::Event::Frame(ServerFrame::Welcome(welcome)), now, 0);
    let sent: Vec<_> = effects
        .into_iter()
        .filter_map(|effect| match effect {
            client::Effect::Send(frame) => Some(frame),
            _ => None,
        })
        .collect();
    let (more, less) = (vec![Topic::Mine], vec![Topic::Activity]);
    assert_eq!(sent, [ClientFrame::Follow { topics: more }, ClientFrame::Unfollow { topics: less }]);
}
