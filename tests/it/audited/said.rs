//! The messages on a socket: followed views, a workstation's replica, intents.

use medlane_shared::{
    identity::Face,
    ids::{ClientId, NoteId},
    sync::{Bucket, ClientFrame, Intent, Replica, SCHEMA, ServerFrame, Topic},
    time::Timestamp,
};
use serde_json::{Value, json};

use super::log;
use crate::{
    line::Line,
    world::{Client, World},
};

/// The entry that the first frame of a view leaves. For a new topic the compiler demands a row.
const fn followed(topic: &Topic) -> &'static str {
    match topic {
        Topic::Board(_)
        | Topic::Mine
        | Topic::Link(_)
        | Topic::Inbox
        | Topic::Help(_)
        | Topic::Drafts
        | Topic::Chart(_) => "-",
        Topic::Queue(_) => "queue.read",
        Topic::Activity => "activity.read",
    }
}

/// The entry that rows from scratch leave. Rows that are asked for again were recorded with the hello.
const fn resnapped(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Queue(_) | Bucket::Chart(_) | Bucket::Catalogue => "-",
    }
}

/// The entries that were added to the first `before` ones, in the form of a row.
async fn left(world: &World, before: usize) -> String {
    let left = log(world).await.split_off(before);
    let told: Vec<String> = left
        .into_iter()
        .map(|(action, outcome)| if outcome == "success" { action } else { format!("{action} {outcome}") })
        .collect();
    if told.is_empty() { "-".to_owned() } else { told.join(", ") }
}

#[tokio::test]
async fn every_view_that_is_followed_leaves_one_entry_or_none() {
    let world = World::sqlite().await;
    let (patient, admin, doctor) = (world.patient(0).await, world.admin().await, world.doctor(0).await);
    let ticket: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
    let branch = world.a.branches[0];
    let by_link = Topic::Link(ticket["link"].as_str().unwrap().to_owned());
    let rows: [(&Client, Face, Topic); 9] = [
        (&patient, Face::Companion, Topic::Board(branch)),
        (&patient, Face::Companion, Topic::Mine),
        (&patient, Face::Companion, by_link),
        (&patient, Face::Companion, Topic::Inbox),
        (&admin, Face::Admin, Topic::Queue(branch)),
        (&admin, Face::Admin, Topic::Activity),
        (&admin, Face::Admin, Topic::Help(branch)),
        (&doctor, Face::Doctor, Topic::Drafts),
        (&doctor, Face::Doctor, Topic::Chart(world.a.patients[0])),
    ];
    for (who, face, topic) in rows {
        let before = log(&world).await.len();
        let topics = vec![topic.clone()];
        let mut line = Line::hello(&who.base, face, who.token.as_deref(), topics, None).await;
        line.view(|_| true).await;
        assert_eq!(left(&world, before).await, followed(&topic), "{topic}");
    }
}

/// Waits for a frame, and skips the frames before it.
async fn until(line: &mut Line, fits: impl Fn(&ServerFrame) -> bool) {
    while !fits(&line.next().await.expect("an open socket")) {}
}

#[tokio::test]
async fn a_replica_and_each_intent_leave_one_entry() {
    let world = World::sqlite().await;
    let doctor = world.doctor(0).await;
    let mut join = world.join();
    join["doctor_id"] = json!(world.a.doctors[0]);
    let ticket: Value = world.patient(0).await.post("/api/v1/queue/join", &join).await.ok();
    let (branch, patient) = (world.a.branches[0], world.a.patients[0]);
    let client_id = ClientId::new(Timestamp::from_ms(1), rand::random());
    let replica = Replica { client_id, schema: SCHEMA, cursor: None, buckets: Vec::new() };

    let before = log(&world).await.len();
    let token = doctor.token.as_deref();
    let mut line = Line::hello(&doctor.base, Face::Doctor, token, Vec::new(), Some(replica)).await;
    until(&mut line, |frame| matches!(frame, ServerFrame::Checkpoint(_))).await;
    assert_eq!(left(&world, before).await, "replica.read");

    let note = NoteId::new(Timestamp::from_ms(1), rand::random());
    let save =
        json!({ "id": note, "patient_id": patient, "ticket_id": ticket["id"], "text": "x", "version": 0 });
    let (second, mut more) = (NoteId::new(Timestamp::from_ms(1), rand::random()), save.clone());
    more["id"] = json!(second);
    let discard = json!({ "id": second, "version": 1 });
    let call = json!({ "id": ticket["id"], "request": { "step": "call", "version": 1, "room": "Room 1" } });
    let intents = [
        (1, "note.save", save, "note.save"),
        (2, "note.sign", json!({ "id": note, "version": 1 }), "note.sign"),
        (3, "ticket.step", call, "ticket.call"),
        // An intent that is no longer possible leaves an entry too, and so does an unknown one.
        (4, "note.sign", json!({ "id": note, "version": 1 }), "intent.refused refused"),
        (5, "nothing", json!({}), "intent.refused refused"),
        // A repeated intent, and one with a number too high: nothing is done.
        (3, "ticket.step", json!({}), "-"),
        (9, "note.save", json!({}), "-"),
        (6, "note.save", more, "note.save"),
        (7, "note.discard", discard.clone(), "note.discard"),
        // It is gone already.
        (8, "note.discard", discard, "-"),
    ];
    for (intent_id, name, args, expected) in intents {
        let before = log(&world).await.len();
        let (name, made_at) = (name.to_owned(), Timestamp::from_ms(1));
        let intent = Intent { client_id, intent_id, name: name.clone(), schema: SCHEMA, args, made_at };
        line.send(&ClientFrame::Intent(intent)).await;
        until(&mut line, |frame| matches!(frame, ServerFrame::Answer(_) | ServerFrame::Gap { .. })).await;
        assert_eq!(left(&world, before).await, expected, "{name} {intent_id}");
    }

    for bucket in [Bucket::Catalogue, Bucket::Queue(branch), Bucket::Chart(patient)] {
        let before = log(&world).await.len();
        line.send(&ClientFrame::Resnapshot { buckets: vec![bucket] }).await;
        until(&mut line, |frame| matches!(frame, ServerFrame::Snapshot(part) if part.bucket == bucket)).await;
        assert_eq!(left(&world, before).await, resnapped(bucket), "{bucket}");
    }
}
