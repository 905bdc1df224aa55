//! Notes: their authors, versions, parallel drafts and signing.

use medlane_shared::{
    fault::Code,
    identity::Face,
    ids::{ClientId, NoteId, TicketId},
    sync::{Bucket, ClientFrame, Replica, SCHEMA, ServerFrame, Topic},
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::{
    both,
    line::Line,
    world::{Client, World},
};

both!(
    a_note_from_draft_to_signed,
    a_note_belongs_to_its_visit,
    own_notes_are_there_however_many_others_wrote,
    an_own_draft_is_thrown_away_and_a_signed_note_is_not,
    text_for_a_draft_that_was_thrown_away_is_a_draft_of_the_same_visit,
    the_versions_of_unsigned_notes_are_live,
    a_doctor_of_today_reads_what_others_have_signed,
    a_visit_that_nobody_saw_opens_no_chart,
    a_doctor_opens_no_chart_by_a_wish_or_a_call_that_was_put_back,
    a_doctor_who_left_a_branch_leaves_its_charts,
    a_merged_record_s_notes_are_in_every_way_to_the_chart,
);

async fn a_note_from_draft_to_signed(world: World) {
    let (doctor, other, patient) = (world.doctor(0).await, world.doctor(2).await, world.patient(0).await);
    let id = NoteId::new(Timestamp::from_ms(1), rand::random());
    let path = format!("/api/v1/notes/{id}");
    let of = world.a.patients[0];
    let nowhere = TicketId::new(Timestamp::from_ms(1), rand::random());
    let early = json!({ "id": id, "patient_id": of, "ticket_id": nowhere, "text": "early", "version": 0 });
    doctor.put(&path, &early).await.refused(404, "not_found");
    let ticket: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
    let visit = &ticket["id"];
    let save = |text: &str, version: i64| json!({ "id": id, "patient_id": of, "ticket_id": visit, "text": text, "version": version });
    let note: Value = doctor.put(&path, &save("cough, 3 days", 0)).await.ok();
    assert_eq!((note["version"].as_i64(), note["text"].as_str()), (Some(1), Some("cough, 3 days")));
    let note: Value = doctor.put(&path, &save("cough, 4 days", 1)).await.ok();
    assert_eq!(note["version"], 2);
    let sibling: Value = doctor.put(&path, &save("from an old version", 1)).await.ok();
    assert_eq!(
        (sibling["sibling_of"].as_str(), sibling["version"].as_i64()),
        (Some(id.to_string().as_str()), Some(1))
    );
    other.put(&path, &save("not mine", 2)).await.refused(404, "not_found");
    let sign = |version: i64| json!({ "id": id, "version": version });
    doctor.post(&format!("{path}/sign"), &sign(1)).await.refused(409, "version_stale");
    let signed: Value = doctor.post(&format!("{path}/sign"), &sign(2)).await.ok();
    assert_eq!((signed["state"].as_str(), signed["text"].as_str()), (Some("signed"), Some("cough, 4 days")));
    doctor.put(&path, &save("too late", 3)).await.refused(409, "note_signed");
    let list = format!("/api/v1/notes?patient_id={of}");
    let notes: Value = doctor.get(&list).await.ok();
    assert_eq!(notes["items"].as_array().unwrap().len(), 2);
    // For a doctor whose patient this is not, an empty list would read as an empty chart.
    other.get(&list).await.refused(404, "not_found");
    let refused: Value = world.admin().await.get("/api/v1/audit?action=access.refused&limit=1").await.ok();
    let entry = &refused["items"][0];
    assert_eq!((&entry["person_id"], &entry["patient_id"]), (&json!(world.a.doctors[2]), &json!(of)));
    let own: Value = patient.get(&list).await.ok();
    assert_eq!(own["items"].as_array().unwrap().len(), 1, "a patient reads what is signed");
    world.admin().await.get(&list).await.refused(403, "forbidden");
    doctor.put(&path, &save(&"x".repeat(10_001), 3)).await.refused(422, "invalid");
}

async fn a_note_belongs_to_its_visit(world: World) {
    let (doctor, patient, of) = (world.doctor(0).await, world.patient(0).await, world.a.patients[0]);
    let [first, second, third] = [1_u8, 2, 3].map(|n| NoteId::new(Timestamp::from_ms(1), [n; 10]));
    let save = |id: NoteId, ticket: &Value, version: i64| json!({ "id": id, "patient_id": of, "ticket_id": ticket, "text": "cough", "version": version });
    let path = |id: NoteId| format!("/api/v1/notes/{id}");
    let joined: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
    let called: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    let nameless = json!({ "id": first, "patient_id": of, "text": "cough", "version": 0 });
    let refused = doctor.put(&path(first), &nameless).await;
    refused.refused(422, "invalid");
    assert!(refused.body["fields"]["ticket_id"]["code"].is_string(), "{}", refused.body);
    doctor.put(&path(first), &save(first, &joined["id"], 0)).await.ok::<Value>();
    let serving: Value = doctor.step(&called, "serve").await.ok();
    doctor.step(&serving, "done").await.ok::<Value>();
    // The patient's next visit is on the same day: the first visit's draft cannot be saved under it.
    let again: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
    doctor.put(&path(first), &save(first, &again["id"], 1)).await.refused(422, "invalid");
    let own: Value = doctor.put(&path(second), &save(second, &again["id"], 0)).await.ok();
    assert_eq!(own["ticket_id"], again["id"]);
    // Doctors write up a visit afterwards. Both drafts are in their author's list, each with its patient's name.
    let kept: Value = doctor.put(&path(first), &save(first, &joined["id"], 1)).await.ok();
    assert_eq!((&kept["ticket_id"], &kept["version"]), (&joined["id"], &json!(2)));
    let drafts: Value = doctor.get("/api/v1/notes/drafts").await.ok();
    let drafts = drafts["items"].as_array().unwrap();
    let told: Vec<_> = drafts.iter().map(|draft| (&draft["ticket_id"], &draft["patient_name"])).collect();
    let name = json!("Name of patient0");
    assert_eq!(told, [(&again["id"], &name), (&joined["id"], &name)]);
    assert!(drafts.iter().all(|draft| draft.get("text").is_none()), "a list opens no chart");
    doctor.post(&format!("{}/sign", path(first)), &json!({ "id": first, "version": 2 })).await.ok::<Value>();
    let left: Value = doctor.get("/api/v1/notes/drafts").await.ok();
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
    assert_eq!(world.doctor(1).await.get("/api/v1/notes/drafts").await.ok::<Value>()["items"], json!([]));
    // A doctor may still write up a visit that they passed on; another doctor's visit is refused.
    let called: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    let serving: Value = doctor.step(&called, "serve").await.ok();
    let on = json!({ "step": "transfer", "version": serving["version"], "doctor_id": world.a.doctors[1] });
    let status = format!("/api/v1/queue/{}/status", again["id"].as_str().unwrap());
    doctor.patch(&status, &on).await.ok::<Value>();
    doctor.put(&path(third), &save(third, &again["id"], 0)).await.ok::<Value>();
    let other = NoteId::new(Timestamp::from_ms(1), [4; 10]);
    world.doctor(2).await.put(&path(other), &save(other, &again["id"], 0)).await.refused(404, "not_found");
}

async fn own_notes_are_there_however_many_others_wrote(world: World) {
    let (doctor, patient, of) = (world.doctor(0).await, world.patient(0).await, world.a.patients[0]);
    let id = NoteId::new(Timestamp::from_ms(1), [1; 10]);
    let joined: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
    let save =
        json!({ "id": id, "patient_id": of, "ticket_id": joined["id"], "text": "cough", "version": 0 });
    doctor.put(&format!("/api/v1/notes/{id}"), &save).await.ok::<Value>();
    doctor.post(&format!("/api/v1/notes/{id}/sign"), &json!({ "id": id, "version": 1 })).await.ok::<Value>();
    // Two hundred later drafts of another doctor.
    let copies = "insert into note (id, clinic_id, patient_id, ticket_id, author_id, state, version, sibling_of, \
        text_sealed, created_at_ms, updated_at_ms, signed_at_ms) \
        with recursive n(i) as (select 1 union all select i + 1 from n where i < 200) \
        select 'ffffffff-ffff-7fff-8fff-' || cast(100000000000 + n.i as text), clinic_id, patient_id, ticket_id, \
        cast($2 as text), 'draft', 1, null, text_sealed, created_at_ms, updated_at_ms, null \
        from note, n where note.id = $1";
    let other = world.a.doctors[1].to_string();
    assert_eq!(world.raw(copies, &[&id.to_string(), &other]).await, 200);
    let list = format!("/api/v1/notes?patient_id={of}");
    for who in [&doctor, &patient] {
        let page: Value = who.get(&list).await.ok();
        let texts: Vec<&Value> = page["items"].as_array().unwrap().iter().map(|note| &note["text"]).collect();
        assert_eq!(texts, ["cough"]);
    }
}

/// A doctor with a visit of the first patient; its ticket, and the ids of the notes in the chart.
async fn visited(world: &World) -> (Client, Value) {
    let doctor = world.doctor(0).await;
    let ticket: Value = world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok();
    (doctor, ticket["id"].clone())
}

fn save(world: &World, id: NoteId, ticket: &Value, text: &str, version: i64) -> Value {
    let of = world.a.patients[0];
    json!({ "id": id, "patient_id": of, "ticket_id": ticket, "text": text, "version": version })
}

async fn ids(who: &Client, path: &str) -> Vec<String> {
    let page: Value = who.get(path).await.ok();
    page["items"].as_array().unwrap().iter().map(|note| note["id"].as_str().unwrap().to_owned()).collect()
}

async fn an_own_draft_is_thrown_away_and_a_signed_note_is_not(world: World) {
    let (doctor, ticket) = visited(&world).await;
    let [first, second] = [1_u8, 2].map(|n| NoteId::new(Timestamp::from_ms(1), [n; 10]));
    let path = |id: NoteId| format!("/api/v1/notes/{id}");
    for id in [first, second] {
        doctor.put(&path(id), &save(&world, id, &ticket, "cough", 0)).await.ok::<Value>();
    }
    let discard = async |who: &Client, id: NoteId, version: i64| {
        who.post(&format!("{}/discard", path(id)), &json!({ "id": id, "version": version })).await
    };
    discard(&world.doctor(2).await, first, 1).await.refused(404, "not_found");
    // Another window has written on it since: its text is not lost.
    doctor.put(&path(first), &save(&world, first, &ticket, "cough, 3 days", 1)).await.ok::<Value>();
    discard(&doctor, first, 1).await.refused(409, "version_stale");
    discard(&doctor, first, 2).await.ok::<Value>();
    // A second press, or another computer, asks for what is done already.
    discard(&doctor, first, 2).await.ok::<Value>();
    let chart = format!("/api/v1/notes?patient_id={}", world.a.patients[0]);
    for list in [chart.as_str(), "/api/v1/notes/drafts"] {
        assert_eq!(ids(&doctor, list).await, [second.to_string()], "{list}");
    }
    doctor
        .post(&format!("{}/sign", path(first)), &json!({ "id": first, "version": 3 }))
        .await
        .refused(404, "not_found");
    doctor
        .post(&format!("{}/sign", path(second)), &json!({ "id": second, "version": 1 }))
        .await
        .ok::<Value>();
    discard(&doctor, second, 2).await.refused(409, "note_signed");
    assert_eq!(ids(&world.patient(0).await, &chart).await, [second.to_string()]);
    // Nothing of the text is left. The log says who threw it away.
    let left = "update note set state = state where id = $1 and state = 'discarded' and length(text_sealed) + 5 = \
                (select length(text_sealed) from note where id = $2)";
    assert_eq!(world.raw(left, &[&first.to_string(), &second.to_string()]).await, 1);
    let log: Value = world.admin().await.get("/api/v1/audit?action=note.discard").await.ok();
    let entries = log["items"].as_array().unwrap();
    assert_eq!(entries.len(), 1, "{log}");
    assert_eq!(entries[0]["target"], format!("note:{first}"));
}

async fn text_for_a_draft_that_was_thrown_away_is_a_draft_of_the_same_visit(world: World) {
    let (doctor, ticket) = visited(&world).await;
    let id = NoteId::new(Timestamp::from_ms(1), rand::random());
    let path = format!("/api/v1/notes/{id}");
    doctor.put(&path, &save(&world, id, &ticket, "cough", 0)).await.ok::<Value>();
    let body = json!({ "id": id, "version": 1 });
    doctor.post(&format!("{path}/discard"), &body).await.ok::<Value>();
    // The visit may have been long ago: then no new note could begin.
    world.clock.pass(std::time::Duration::from_hours(48));
    let doctor = world.doctor(0).await;
    let saved: Value = doctor.put(&path, &save(&world, id, &ticket, "cough, 3 days", 1)).await.ok();
    assert_ne!(saved["id"], json!(id));
    assert_eq!(
        (&saved["text"], &saved["version"], &saved["ticket_id"], saved.get("sibling_of")),
        (&json!("cough, 3 days"), &json!(1), &ticket, None)
    );
    let chart = format!("/api/v1/notes?patient_id={}", world.a.patients[0]);
    assert_eq!(ids(&doctor, &chart).await, [saved["id"].as_str().unwrap()]);
}

async fn the_versions_of_unsigned_notes_are_live(world: World) {
    let (doctor, ticket) = visited(&world).await;
    let other = world.doctor(2).await;
    let follow = async |who: &Client| {
        Line::hello(&who.base, Face::Doctor, who.token.as_deref(), vec![Topic::Drafts], None).await
    };
    let (mut own, mut others) = (follow(&doctor).await, follow(&other).await);
    for line in [&mut own, &mut others] {
        line.view(|view| view["notes"] == json!([])).await;
    }
    let id = NoteId::new(Timestamp::from_ms(1), rand::random());
    let path = format!("/api/v1/notes/{id}");
    for version in 0..2 {
        doctor.put(&path, &save(&world, id, &ticket, "cough", version)).await.ok::<Value>();
        // It names versions, and nobody's name.
        own.view(|view| *view == json!({ "notes": [{ "id": id, "version": version + 1 }] })).await;
    }
    doctor.post(&format!("{path}/discard"), &json!({ "id": id, "version": 2 })).await.ok::<Value>();
    own.view(|view| view["notes"] == json!([])).await;
    // Another author hears nothing of it: the next frame is the answer.
    others.send(&ClientFrame::Ping { n: 1 }).await;
    let told = others.next().await;
    assert!(matches!(told, Some(ServerFrame::Pong { .. })), "{told:?}");
}

/// Follows the changes of the first patient's chart.
async fn follows_chart(world: &World, who: &Client) -> Line {
    let topics = vec![Topic::Chart(world.a.patients[0])];
    Line::hello(&who.base, Face::Doctor, who.token.as_deref(), topics, None).await
}

/// The first frame of a view is a refusal.
async fn may_not_follow(mut line: Line) {
    loop {
        match line.next().await.expect("an open socket") {
            ServerFrame::Refused { fault, .. } => return assert_eq!(fault.code, Code::NotFound),
            ServerFrame::View { body, .. } => panic!("{body}"),
            _ => {}
        }
    }
}

async fn a_doctor_of_today_reads_what_others_have_signed(world: World) {
    let (doctor, ticket) = visited(&world).await;
    let (next, stranger) = (world.doctor(1).await, world.doctor(2).await);
    let chart = format!("/api/v1/notes?patient_id={}", world.a.patients[0]);
    let [first, second] = [1_u8, 2].map(|n| NoteId::new(Timestamp::from_ms(1), [n; 10]));
    let path = |id: NoteId| format!("/api/v1/notes/{id}");
    let called: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    let seen: Value = doctor.step(&called, "serve").await.ok();
    // Somebody else's patient: neither the notes nor their changes.
    next.get(&chart).await.refused(404, "not_found");
    may_not_follow(follows_chart(&world, &next).await).await;
    for (id, text) in [(first, "cough"), (second, "secret so far")] {
        doctor.put(&path(id), &save(&world, id, &ticket, text, 0)).await.ok::<Value>();
    }
    let on = json!({ "step": "transfer", "version": seen["version"], "doctor_id": world.a.doctors[1] });
    let status = format!("/api/v1/queue/{}/status", ticket.as_str().unwrap());
    doctor.patch(&status, &on).await.ok::<Value>();
    // Of unsigned notes the next doctor learns that they exist, and whose they are.
    let read: Value = next.get(&chart).await.ok();
    assert_eq!((&read["items"], read["begun"].as_array().unwrap().len()), (&json!([]), 2), "{read}");
    let begun = &read["begun"][0];
    assert_eq!((&begun["ticket_id"], &begun["author_name"]), (&ticket, &json!("Name of doctor0")));
    assert!(!read.to_string().contains("secret"), "{read}");
    let mut line = follows_chart(&world, &next).await;
    line.view(|view| *view == json!({ "moves": read["moves"] })).await;
    // The first doctor signs meanwhile: the next one is told, and reads it with its author's name.
    doctor.post(&format!("{}/sign", path(first)), &json!({ "id": first, "version": 1 })).await.ok::<Value>();
    line.view(|view| view["moves"].as_u64() > read["moves"].as_u64()).await;
    let read: Value = next.get(&chart).await.ok();
    let told: Vec<_> =
        read["items"].as_array().unwrap().iter().map(|note| (&note["text"], &note["author_name"])).collect();
    assert_eq!(told, [(&json!("cough"), &json!("Name of doctor0"))]);
    assert_eq!(read["begun"].as_array().unwrap().len(), 1, "the other one is unsigned still");
    // Text that its author goes on with says nothing to others: the next frame is the answer.
    doctor.put(&path(second), &save(&world, second, &ticket, "secret still", 1)).await.ok::<Value>();
    line.send(&ClientFrame::Ping { n: 1 }).await;
    let told = line.next().await;
    assert!(matches!(told, Some(ServerFrame::Pong { .. })), "{told:?}");
    // What one reads, one cannot change.
    next.post(&format!("{}/sign", path(second)), &json!({ "id": second, "version": 2 }))
        .await
        .refused(404, "not_found");
    stranger.get(&chart).await.refused(404, "not_found");
    // The audit log says why the chart opened.
    let log: Value = world.admin().await.get("/api/v1/audit?action=note.read&limit=1").await.ok();
    let entry = &log["items"][0];
    assert_eq!(
        (&entry["person_id"], &entry["right"]["by"]),
        (&json!(world.a.doctors[1]), &json!("today")),
        "{entry}"
    );
    // The doctor who sent the patient on reads what comes of it, until a day after the visit.
    let own: Value = doctor.get(&chart).await.ok();
    assert_eq!(
        own["items"].as_array().unwrap().len(),
        2,
        "signed by whomever, and what they wrote themselves"
    );
    let called: Value = next.post("/api/v1/queue/call-next", &json!({ "room": "Room 2" })).await.ok();
    let serving: Value = next.step(&called, "serve").await.ok();
    next.step(&serving, "done").await.ok::<Value>();
    world.clock.pass(std::time::Duration::from_hours(23));
    assert_eq!(ids(&world.doctor(1).await, &chart).await, [first.to_string()]);
    world.clock.pass(std::time::Duration::from_hours(2));
    // Another visit ends, and with it the memory of the older one.
    let (fresh, later) = (world.doctor(1).await, world.patient(1).await);
    let joined: Value = later.post("/api/v1/queue/join", &world.join()).await.ok();
    later.delete(&format!("/api/v1/queue/{}", joined["id"].as_str().unwrap())).await.ok::<Value>();
    fresh.get(&chart).await.refused(404, "not_found");
}

async fn a_visit_that_nobody_saw_opens_no_chart(world: World) {
    let (doctor, ticket) = visited(&world).await;
    let chart = format!("/api/v1/notes?patient_id={}", world.a.patients[0]);
    // Whoever waits for a service that the doctor gives is their patient.
    assert_eq!(doctor.get(&chart).await.ok::<Value>()["items"], json!([]));
    world.patient(0).await.delete(&format!("/api/v1/queue/{}", ticket.as_str().unwrap())).await.ok::<Value>();
    doctor.get(&chart).await.refused(404, "not_found");
    may_not_follow(follows_chart(&world, &doctor).await).await;
}

async fn a_doctor_opens_no_chart_by_a_wish_or_a_call_that_was_put_back(world: World) {
    let (doctor, ticket) = visited(&world).await;
    let (other, of) = (world.doctor(1).await, world.a.patients[0]);
    let chart = format!("/api/v1/notes?patient_id={of}");
    // Another doctor's patient does not become theirs because they say so.
    world.patient(0).await.delete(&format!("/api/v1/queue/{}", ticket.as_str().unwrap())).await.ok::<Value>();
    let mut join = world.join();
    join["patient_id"] = json!(of);
    join["doctor_id"] = json!(world.a.doctors[1]);
    other.post("/api/v1/queue/join", &join).await.refused(404, "not_found");
    other.get(&chart).await.refused(404, "not_found");
    // A call that was put back has shown the doctor nobody.
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let called: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    let back: Value = doctor.step(&called, "put_back").await.ok();
    world
        .patient(0)
        .await
        .delete(&format!("/api/v1/queue/{}", back["id"].as_str().unwrap()))
        .await
        .ok::<Value>();
    doctor.get(&chart).await.refused(404, "not_found");
    // Nor is there a visit to write about.
    let id = NoteId::new(Timestamp::from_ms(1), [5; 10]);
    let path = format!("/api/v1/notes/{id}");
    other.put(&path, &save(&world, id, &back["id"], "never seen", 0)).await.refused(404, "not_found");
}

/// Lets the first doctor work at another branch.
async fn moves_to(world: &World, branch: usize) {
    let admin = world.admin().await.confirmed().await;
    let user = format!("/api/v1/admin/users/{}", world.a.doctors[0]);
    let page: Value = admin.get("/api/v1/admin/users?q=doctor0@").await.ok();
    let version = &page["items"][0]["version"];
    let body = json!({ "roles": ["doctor"], "branches": [world.a.branches[branch]], "version": version });
    admin.patch(&format!("{user}/roles"), &body).await.ok::<Value>();
}

async fn a_merged_record_s_notes_are_in_every_way_to_the_chart(world: World) {
    let (doctor, ticket) = visited(&world).await;
    let [stays, goes] = [0, 1].map(|n| world.a.patients[n]);
    let author = world.doctor(1).await;
    let other: Value = world.patient(1).await.post("/api/v1/queue/join", &world.join()).await.ok();
    let id = NoteId::new(Timestamp::from_ms(1), [8; 10]);
    let path = format!("/api/v1/notes/{id}");
    let save =
        json!({ "id": id, "patient_id": goes, "ticket_id": other["id"], "text": "allergic", "version": 0 });
    author.put(&path, &save).await.ok::<Value>();
    let merged = "update person set merged_into = $1 where id = $2";
    assert_eq!(world.raw(merged, &[&stays.to_string(), &goes.to_string()]).await, 1);
    let mut line = follows_chart(&world, &doctor).await;
    line.view(|view| view["moves"] == 1).await;
    author.post(&format!("{path}/sign"), &json!({ "id": id, "version": 1 })).await.ok::<Value>();
    line.view(|view| view["moves"] == 2).await;
    let chart = format!("/api/v1/notes?patient_id={stays}");
    assert_eq!(ids(&doctor, &chart).await, [id.to_string()]);
    // A workstation keeps it too.
    let client_id = ClientId::new(Timestamp::from_ms(1), rand::random());
    let called: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    assert_eq!(called["id"], ticket);
    let replica = Replica { client_id, schema: SCHEMA, cursor: None, buckets: Vec::new() };
    let mut line =
        Line::hello(&doctor.base, Face::Doctor, doctor.token.as_deref(), Vec::new(), Some(replica)).await;
    loop {
        match line.next().await.expect("an open socket") {
            ServerFrame::Snapshot(part) if part.bucket == Bucket::Chart(stays) => {
                let rows: Vec<_> = part.rows.iter().filter_map(|row| row.row.as_ref()).collect();
                assert_eq!(rows.iter().map(|row| &row["text"]).collect::<Vec<_>>(), ["allergic"]);
                break;
            }
            ServerFrame::Checkpoint(_) => panic!("the chart is not kept"),
            _ => {}
        }
    }
}

async fn a_doctor_who_left_a_branch_leaves_its_charts(world: World) {
    let (doctor, ticket) = visited(&world).await;
    let chart = format!("/api/v1/notes?patient_id={}", world.a.patients[0]);
    let called: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    doctor.step(&called, "serve").await.ok::<Value>();
    assert_eq!(doctor.get(&chart).await.ok::<Value>()["items"], json!([]));
    moves_to(&world, 1).await;
    let doctor = world.doctor(0).await;
    doctor.get(&chart).await.refused(404, "not_found");
    let id = NoteId::new(Timestamp::from_ms(1), [6; 10]);
    let save = save(&world, id, &ticket, "from elsewhere", 0);
    doctor.put(&format!("/api/v1/notes/{id}"), &save).await.refused(404, "not_found");
}
