//! The socket: live views, a workstation's replica and outbox, and the reasons why a line ends.

use medlane_shared::{
    fault::Code,
    identity::Face,
    ids::{ClientId, NoteId},
    sync::{
        Bucket, Change, ClientFrame, Intent, IntentOutcome, PROTOCOL, Replica, SCHEMA, ServerFrame, Topic,
        client::Stored,
    },
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::{both, line::Line, world::World};

both!(
    every_screen_is_told,
    a_note_written_offline_is_accepted_once,
    a_repeated_intent_asks_again_whether_it_may,
    a_number_that_says_something_else_is_a_conflict,
    a_press_without_the_network_is_undone_as_one,
    a_draft_that_was_thrown_away_leaves_every_replica,
);

async fn every_screen_is_told(world: World) {
    let (patient, doctor, admin) = (world.patient(0).await, world.doctor(0).await, world.admin().await);
    let base = &world.node.base;
    let branch = world.a.branches[0];
    let mut board = Line::hello(base, Face::Kiosk, None, vec![Topic::Board(branch)], None).await;
    let mut companion =
        Line::hello(base, Face::Companion, patient.token.as_deref(), vec![Topic::Mine], None).await;
    let mut workstation =
        Line::hello(base, Face::Doctor, doctor.token.as_deref(), vec![Topic::Queue(branch)], None).await;
    let mut console =
        Line::hello(base, Face::Admin, admin.token.as_deref(), vec![Topic::Activity], None).await;
    let ticket: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
    let link = Topic::Link(ticket["link"].as_str().unwrap().to_owned());
    let mut phone = Line::hello(base, Face::Companion, None, vec![link], None).await;
    workstation.view(|view| view["waiting"][0]["label"] == "GP-001").await;
    doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 2" })).await.ok::<Value>();
    board.view(|view| view["calling"][0]["room"] == "Room 2").await;
    companion.view(|view| view["tickets"][0]["state"] == "called").await;
    workstation.view(|view| view["called"][0]["label"] == "GP-001").await;
    // The followers' own looks at the queue are in the log too, before or after the call.
    let is_call = |entry: &Value| entry["action"] == "ticket.call";
    console.view(|view| view["entries"].as_array().is_some_and(|all| all.iter().any(is_call))).await;
    let seen = phone.view(|view| view["room"] == "Room 2").await;
    assert!(!seen.to_string().contains("Name of"), "the link shows no name");
}

async fn a_note_written_offline_is_accepted_once(world: World) {
    let (patient, doctor) = (world.patient(0).await, world.doctor(0).await);
    let ticket: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
    let ticket = &ticket["id"];
    let client_id = ClientId::new(Timestamp::from_ms(1), rand::random());
    let replica = Replica { client_id, schema: SCHEMA, cursor: None, buckets: Vec::new() };
    let note = NoteId::new(Timestamp::from_ms(1), rand::random());
    let intent = |intent_id: u64, version: i64, text: &str| Intent {
        client_id,
        intent_id,
        name: "note.save".to_owned(),
        schema: SCHEMA,
        args: json!({
            "id": note, "patient_id": world.a.patients[0], "ticket_id": ticket, "text": text, "version": version
        }),
        made_at: Timestamp::from_ms(1),
    };
    let open = || {
        Line::hello(
            &world.node.base,
            Face::Doctor,
            doctor.token.as_deref(),
            Vec::new(),
            Some(replica.clone()),
        )
    };
    let mut line = open().await;
    let Some(ServerFrame::Welcome(welcome)) = line.next().await else { panic!("no welcome") };
    assert_eq!(welcome.last_intent_id, Some(0));
    let held: Vec<Bucket> = welcome.buckets.iter().map(|sum| sum.bucket).collect();
    assert_eq!(held, [Bucket::Catalogue, Bucket::Queue(world.a.branches[0])]);
    line.send(&ClientFrame::Intent(intent(2, 0, "too early"))).await;
    let answer = answer(&mut line).await;
    assert_eq!(answer, Err(1), "a gap is named");
    line.send(&ClientFrame::Intent(intent(1, 0, "first"))).await;
    // The line breaks before the answer came: the client sends the intent again on a new line.
    drop(line);
    let mut line = open().await;
    line.send(&ClientFrame::Intent(intent(1, 0, "first"))).await;
    let first = self::answer(&mut line).await.unwrap();
    assert!(matches!(&first, IntentOutcome::Accepted { answer } if answer["version"] == 1), "{first:?}");
    line.send(&ClientFrame::Intent(intent(2, 9, "of an unknown version"))).await;
    // It becomes a draft beside the other: no text is lost.
    let second = self::answer(&mut line).await.unwrap();
    assert!(
        matches!(&second, IntentOutcome::Accepted { answer } if answer["id"] != json!(note)),
        "{second:?}"
    );
    let mut unknown = intent(3, 1, "");
    "note.burn".clone_into(&mut unknown.name);
    line.send(&ClientFrame::Intent(unknown)).await;
    let refused = self::answer(&mut line).await.unwrap();
    assert!(matches!(refused, IntentOutcome::Refused { fault } if fault.code == Code::IntentUnknown));
    let notes: Value = doctor.get(&format!("/api/v1/notes?patient_id={}", world.a.patients[0])).await.ok();
    assert_eq!(notes["items"].as_array().unwrap().len(), 2);
    // Another person's session cannot use this outbox.
    let other = world.doctor(1).await;
    let mut stolen = Line::hello(
        &world.node.base,
        Face::Doctor,
        other.token.as_deref(),
        Vec::new(),
        Some(replica.clone()),
    )
    .await;
    assert!(matches!(stolen.next().await, Some(ServerFrame::Bye { fault }) if fault.code == Code::Forbidden));
}

/// A workstation's vault was put back: it numbers its next note as one that the server has accepted.
async fn a_number_that_says_something_else_is_a_conflict(world: World) {
    let doctor = world.doctor(0).await;
    let mut join = world.join();
    join["doctor_id"] = json!(world.a.doctors[0]);
    let ticket: Value = world.patient(0).await.post("/api/v1/queue/join", &join).await.ok();
    let client_id = ClientId::new(Timestamp::from_ms(1), rand::random());
    let replica = Replica { client_id, schema: SCHEMA, cursor: None, buckets: Vec::new() };
    let (first, second) =
        (NoteId::new(Timestamp::from_ms(1), [1; 10]), NoteId::new(Timestamp::from_ms(1), [2; 10]));
    let save = |intent_id: u64, note: NoteId, text: &str| Intent {
        client_id,
        intent_id,
        name: "note.save".to_owned(),
        schema: SCHEMA,
        args: json!({
            "id": note, "patient_id": world.a.patients[0], "ticket_id": ticket["id"], "text": text, "version": 0
        }),
        made_at: Timestamp::from_ms(1),
    };
    let token = doctor.token.as_deref();
    let mut line = Line::hello(&world.node.base, Face::Doctor, token, Vec::new(), Some(replica)).await;
    let mut says = async |intent: Intent| {
        line.send(&ClientFrame::Intent(intent)).await;
        answer(&mut line).await.unwrap()
    };
    let accepted = says(save(1, first, "as it was")).await;
    assert!(matches!(accepted, IntentOutcome::Accepted { .. }), "{accepted:?}");
    let mut sign = save(1, first, "");
    "note.sign".clone_into(&mut sign.name);
    sign.args = json!({ "id": first, "version": 1 });
    for other in [save(1, first, "another text"), save(1, second, "as it was"), sign] {
        let refused = says(other).await;
        assert!(
            matches!(&refused, IntentOutcome::Refused { fault } if fault.code == Code::IdempotencyMismatch),
            "{refused:?}"
        );
    }
    assert_eq!(says(save(1, first, "as it was")).await, accepted, "the same one is a repetition");
    // Sent again under the next number, nothing is lost.
    let accepted = says(save(2, second, "another text")).await;
    assert!(matches!(accepted, IntentOutcome::Accepted { .. }), "{accepted:?}");
    // An answer of an earlier release says nothing of what it answered.
    world.raw("update outbox_answer set body_hash = null", &[]).await;
    let repeated = says(save(1, first, "another text")).await;
    assert!(matches!(repeated, IntentOutcome::Accepted { .. }), "{repeated:?}");
}

async fn a_repeated_intent_asks_again_whether_it_may(world: World) {
    let mut join = world.join();
    join["doctor_id"] = json!(world.a.doctors[0]);
    let ticket: Value = world.patient(0).await.post("/api/v1/queue/join", &join).await.ok();
    let client_id = ClientId::new(Timestamp::from_ms(1), rand::random());
    let args = json!({ "id": ticket["id"], "request": { "step": "call", "version": 1, "room": "Room 1" } });
    let intent = Intent {
        client_id,
        intent_id: 1,
        name: "ticket.step".to_owned(),
        schema: SCHEMA,
        args,
        made_at: Timestamp::from_ms(1),
    };
    let ask = async || {
        let doctor = world.doctor(0).await;
        let replica = Replica { client_id, schema: SCHEMA, cursor: None, buckets: Vec::new() };
        let token = doctor.token.as_deref();
        let mut line = Line::hello(&world.node.base, Face::Doctor, token, Vec::new(), Some(replica)).await;
        line.send(&ClientFrame::Intent(intent.clone())).await;
        answer(&mut line).await.unwrap()
    };
    let works_at = async |branch: usize| {
        let admin = world.admin().await;
        let path = format!("/api/v1/admin/users/{}", world.a.doctors[0]);
        let page: Value = admin.get("/api/v1/admin/users?q=doctor0@").await.ok();
        let version = &page["items"][0]["version"];
        let body = json!({ "roles": ["doctor"], "branches": [world.a.branches[branch]], "version": version });
        admin.patch(&format!("{path}/roles"), &body).await.ok::<Value>();
    };
    let first = ask().await;
    assert!(matches!(first, IntentOutcome::Accepted { .. }), "{first:?}");
    works_at(1).await;
    let refused = ask().await;
    assert!(
        matches!(&refused, IntentOutcome::Refused { fault } if fault.code == Code::NotFound),
        "{refused:?}"
    );
    works_at(0).await;
    assert_eq!(ask().await, first, "it was done once");
}

/// A doctor who sees a patient presses "Next" without the network. The steps reach the server one after the other.
async fn a_press_without_the_network_is_undone_as_one(world: World) {
    let doctor = world.doctor(0).await;
    let client_id = ClientId::new(Timestamp::from_ms(1), rand::random());
    let mut number = 0;
    let mut says = async |steps: Vec<Value>| {
        // Each time on a new line, because the network came and went.
        let replica = Replica { client_id, schema: SCHEMA, cursor: None, buckets: Vec::new() };
        let token = doctor.token.as_deref();
        let mut line = Line::hello(&world.node.base, Face::Doctor, token, Vec::new(), Some(replica)).await;
        let mut told = Vec::new();
        for args in steps {
            number += 1;
            line.send(&ClientFrame::Intent(Intent {
                client_id,
                intent_id: number,
                name: "ticket.step".to_owned(),
                schema: SCHEMA,
                args,
                made_at: Timestamp::from_ms(1),
            }))
            .await;
            told.push(matches!(answer(&mut line).await.unwrap(), IntentOutcome::Accepted { .. }));
        }
        told
    };
    let state = async |row: &Value| {
        let view: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
        let states = ["waiting", "called", "serving", "ended"];
        let is_there =
            |state: &&str| view[*state].as_array().unwrap().iter().any(|one| one["id"] == row["id"]);
        states.into_iter().find(is_there).unwrap_or("gone")
    };
    let mut join = world.join();
    join["doctor_id"] = json!(world.a.doctors[0]);
    let press = |seen: &Value, next: &Value| {
        let with = json!([
            { "id": seen["id"], "version": seen["version"].as_i64().unwrap() + 1 },
            { "id": next["id"], "version": next["version"].as_i64().unwrap_or(1) + 1 },
        ]);
        let step = |row: &Value, step: &str, version: i64| json!({ "id": row["id"], "request": { "step": step, "version": version }, "with": with });
        let undo = |row: &Value, from: &str, version: i64| json!({ "id": row["id"], "request": { "step": "undo", "version": version }, "from": from });
        let (at, after) = (seen["version"].as_i64().unwrap(), with[1]["version"].as_i64().unwrap());
        [
            step(seen, "done", at),
            step(next, "call", after - 1),
            undo(next, "called", after),
            undo(seen, "done", at + 1),
        ]
    };
    let seen: Value = {
        world.patient(0).await.post("/api/v1/queue/join", &join).await.ok::<Value>();
        let row: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
        doctor.step(&row, "serve").await.ok()
    };
    let next: Value = world.patient(1).await.post("/api/v1/queue/join", &join).await.ok();
    // When they were undone, the first step had been sent and the second had not.
    let [done, call, back, again] = press(&seen, &next);
    assert_eq!(says(vec![done]).await, [true]);
    assert_eq!(says(vec![call, back, again]).await, [true; 3]);
    assert_eq!((state(&seen).await, state(&next).await), ("serving", "waiting"));
    // The press is undone with the network: the server knows that both steps belong to it, whichever ticket is named.
    let row = |id: &Value, version: i64| json!({ "id": id, "version": version });
    for (n, undone) in ["next", "seen"].into_iter().enumerate() {
        let more = 4 * i64::try_from(n).unwrap() / 2;
        let at = |row: &Value, grown: i64| row["version"].as_i64().unwrap_or(1) + grown;
        let (now_seen, now_next) =
            (row(&seen["id"], at(&seen, 2 + more)), row(&next["id"], at(&next, 2 + more)));
        let [done, call, ..] = press(&now_seen, &now_next);
        assert_eq!(says(vec![done, call]).await, [true; 2]);
        assert_eq!((state(&seen).await, state(&next).await), ("ended", "called"));
        let of = if undone == "next" { &now_next } else { &now_seen };
        doctor.step(&row(&of["id"], at(of, 1)), "undo").await.ok::<Value>();
        assert_eq!((state(&seen).await, state(&next).await), ("serving", "waiting"), "{undone}");
    }
    // The called patient had left meanwhile: they stay gone, and the visit goes on.
    let (now_seen, now_next) = (row(&seen["id"], seen["version"].as_i64().unwrap() + 6), row(&next["id"], 7));
    world
        .patient(1)
        .await
        .delete(&format!("/api/v1/queue/{}", next["id"].as_str().unwrap()))
        .await
        .ok::<Value>();
    let [done, call, back, again] = press(&now_seen, &now_next);
    assert_eq!(says(vec![done, call, back, again]).await, [true, false, false, true]);
    assert_eq!((state(&seen).await, state(&next).await), ("serving", "ended"));
    let view: Value = world
        .reception()
        .await
        .get(&format!("/api/v1/queue/doctor-queue?branch_id={}", world.a.branches[0]))
        .await
        .ok();
    assert_eq!(view["tasks"].as_array().unwrap().len(), 1, "the desk hears of the call alone: {view}");
}

/// A workstation has the chart; its doctor throws the draft away at another screen, and once more here.
async fn a_draft_that_was_thrown_away_leaves_every_replica(world: World) {
    let (doctor, patient) = (world.doctor(0).await, world.a.patients[0]);
    let ticket: Value = world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok();
    let id = NoteId::new(Timestamp::from_ms(1), rand::random());
    let draft =
        json!({ "id": id, "patient_id": patient, "ticket_id": ticket["id"], "text": "x", "version": 0 });
    let path = format!("/api/v1/notes/{id}");
    doctor.put(&path, &draft).await.ok::<Value>();
    let client_id = ClientId::new(Timestamp::from_ms(1), rand::random());
    let open = async || {
        let replica = Replica { client_id, schema: SCHEMA, cursor: None, buckets: Vec::new() };
        let token = doctor.token.as_deref();
        Line::hello(&world.node.base, Face::Doctor, token, Vec::new(), Some(replica)).await
    };
    let mut line = open().await;
    let is_note = |change: &&Change| change.key == format!("note:{id}");
    let row = async |line: &mut Line| loop {
        let changes = match line.next().await.expect("an open socket") {
            ServerFrame::Snapshot(part) => part.rows,
            ServerFrame::Checkpoint(checkpoint) => checkpoint.changes,
            _ => continue,
        };
        if let Some(change) = changes.iter().find(is_note) {
            return (change.version, change.row.clone());
        }
    };
    let (version, kept) = row(&mut line).await;
    assert_eq!((version, &kept.unwrap()["text"]), (1, &json!("x")));
    while !matches!(line.next().await.unwrap(), ServerFrame::Checkpoint(_)) {}
    let discard = json!({ "id": id, "version": 1 });
    doctor.post(&format!("{path}/discard"), &discard).await.ok::<Value>();
    assert_eq!(row(&mut line).await, (2, None), "it is there no more");
    // The same workstation had thrown it away without the network. The answer stays the same when it asks again.
    for _ in 0..2 {
        let mut line = open().await;
        let (name, args) = ("note.discard".to_owned(), discard.clone());
        let made_at = Timestamp::from_ms(1);
        let intent = Intent { client_id, intent_id: 1, name, schema: SCHEMA, args, made_at };
        line.send(&ClientFrame::Intent(intent)).await;
        let told = answer(&mut line).await.unwrap();
        assert!(matches!(&told, IntentOutcome::Accepted { answer } if answer["version"] == 2), "{told:?}");
    }
}

/// The outcome of the next answer, or the number that a gap frame expects.
async fn answer(line: &mut Line) -> Result<IntentOutcome, u64> {
    loop {
        match line.next().await.expect("an open socket") {
            ServerFrame::Answer(answer) => return Ok(answer.outcome),
            ServerFrame::Gap { expected } => return Err(expected),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_replica_follows_the_feed() {
    let world = World::sqlite().await;
    let doctor = world.doctor(0).await;
    let client_id = ClientId::new(Timestamp::from_ms(1), rand::random());
    let stored = Stored { client_id, cursor: None, buckets: Vec::new(), pending: Vec::new() };
    let replica = Replica { client_id, schema: SCHEMA, cursor: stored.cursor, buckets: stored.buckets };
    let mut line =
        Line::hello(&world.node.base, Face::Doctor, doctor.token.as_deref(), Vec::new(), Some(replica)).await;
    let mut snapshots = 0;
    let start = loop {
        match line.next().await.unwrap() {
            ServerFrame::Snapshot(_) => snapshots += 1,
            ServerFrame::Checkpoint(checkpoint) => break checkpoint,
            _ => {}
        }
    };
    assert_eq!((snapshots, start.since), (2, None));
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let joined = loop {
        if let ServerFrame::Checkpoint(checkpoint) = line.next().await.unwrap()
            && !checkpoint.changes.is_empty()
        {
            break checkpoint;
        }
    };
    let row = joined.changes[0].row.clone().unwrap();
    assert_eq!((row["label"].as_str(), row["reason"].as_str()), (Some("GP-001"), Some("cough")));
    assert!(joined.upto.seq > start.upto.seq);
}

#[tokio::test]
async fn what_ends_a_line() {
    let world = World::sqlite().await;
    let base = &world.node.base;
    let mut garbled = Line::open(base).await;
    garbled.text("hello?".to_owned()).await;
    assert!(
        matches!(garbled.next().await, Some(ServerFrame::Bye { fault }) if fault.code == Code::FrameMalformed)
    );
    assert!(garbled.next().await.is_none());
    let mut old = Line::open(base).await;
    let hello = json!({ "type": "hello", "protocol_min": PROTOCOL + 1, "protocol_max": PROTOCOL + 2, "face": "doctor" });
    old.text(hello.to_string()).await;
    assert!(
        matches!(old.next().await, Some(ServerFrame::Bye { fault }) if fault.code == Code::ProtocolUnsupported)
    );
    let patient = world.patient(0).await;
    let token = patient.token.as_deref();
    let queue = Topic::Queue(world.a.branches[0]);
    let mut nosy = Line::hello(base, Face::Companion, token, vec![queue, Topic::Mine], None).await;
    nosy.next().await;
    assert!(
        matches!(nosy.next().await, Some(ServerFrame::Refused { fault, .. }) if fault.code == Code::Forbidden)
    );
    nosy.view(|view| view["tickets"].is_array()).await;
    patient.post("/api/v1/auth/logout", &json!({})).await;
    while let Some(frame) = nosy.next().await {
        assert!(matches!(frame, ServerFrame::Bye { fault } if fault.code == Code::SignedOut));
    }
    let mut wrong_face =
        Line::hello(base, Face::Admin, world.doctor(0).await.token.as_deref(), Vec::new(), None).await;
    assert!(
        matches!(wrong_face.next().await, Some(ServerFrame::Bye { fault }) if fault.code == Code::TokenInvalid)
    );
}

#[tokio::test]
async fn a_frame_that_is_none_is_answered_and_ends_the_line() {
    let world = World::sqlite().await;
    let base = &world.node.base;
    let ends = async |mut line: Line, code: Code| {
        let told = line.next().await;
        let Some(ServerFrame::Bye { fault }) = told else { panic!("{code:?} is not told: {told:?}") };
        assert_eq!(fault.code, code);
        assert!(line.next().await.is_none(), "{code:?} ends the line");
    };
    for greeted in [false, true] {
        let open = async || {
            if !greeted {
                return Line::open(base).await;
            }
            let mut line = Line::hello(base, Face::Companion, None, Vec::new(), None).await;
            assert!(matches!(line.next().await, Some(ServerFrame::Welcome(_))));
            line
        };
        let mut line = open().await;
        line.text("x".repeat(70 * 1024)).await;
        ends(line, Code::TooLarge).await;
        let mut line = open().await;
        line.bytes(vec![0; 7]).await;
        ends(line, Code::FrameMalformed).await;
        let mut line = open().await;
        line.text("{".to_owned()).await;
        ends(line, Code::FrameMalformed).await;
    }
}
