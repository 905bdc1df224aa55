//! A visit that goes on elsewhere, and a patient who answers a call: who hears of it, and where it stands.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    both,
    browser::{Browser, DESKTOP, PHONE},
    calls::Told,
    desk::desk_service,
    screens::{doctor, joins, reception, until},
    world::{Client, World},
};

both!(
    a_transfer_is_told_and_taken_back,
    a_doctor_sees_where_a_visit_was_sent,
    whoever_is_sent_a_patient_sees_by_whom_and_why,
    an_answer_to_a_call_is_seen_by_staff_until_the_next_call,
    an_answer_leaves_the_undo_of_a_press_whole,
);

async fn a_transfer_is_told_and_taken_back(world: World) {
    let mut told = Told::new(world).await;
    let blood = desk_service(&told.world).await;
    let on = json!({ "step": "transfer", "service_id": blood });
    let called = told.called().await;
    let seen = told.step(&called, json!({ "step": "serve" })).await;
    assert!(told.next().await["title"].as_str().unwrap().ends_with("your visit has begun"));
    let sent = told.step(&seen, on.clone()).await;
    let message = told.next().await;
    assert_eq!(message["title"], "GP-001: you were transferred to Blood test");
    let body = message["body"].as_str().unwrap();
    assert!(body.contains("at Clinic A, North. You keep this number."), "{body}");
    assert_eq!((&message["tag"], &message["quiet"]), (&json!("GP-001"), &json!(false)));
    let inbox: Value = told.patient.get("/api/v1/users/me/inbox").await.ok();
    assert_eq!(inbox["notices"][0]["subject"], message["title"]);
    let before = json!(["General practice"]);
    let mine = told.mine().await["tickets"][0].clone();
    assert_eq!((&mine["service_name"], &mine["services_before"]), (&json!("Blood test"), &before));
    assert!(mine["sent_at"].is_string() || mine["sent_at"].is_number(), "{mine}");
    // It was a mistake: the patient hears that too, and the ticket has gone through nothing.
    let back = told.step(&sent, json!({ "step": "undo" })).await;
    let message = told.next().await;
    assert_eq!(message["title"], "GP-001: you were not transferred");
    assert!(message["body"].as_str().unwrap().contains("You stay with General practice."), "{message}");
    let mine = told.mine().await["tickets"][0].clone();
    assert_eq!((mine.get("sent_at"), mine.get("services_before")), (None, None), "{mine}");
    // Sent on again it is told again, until the patient is called there.
    told.step(&back, on).await;
    assert_eq!(told.next().await["title"], "GP-001: you were transferred to Blood test");
    let desk = told.world.reception().await;
    let called: Value = desk.post("/api/v1/queue/call-next", &json!({ "room": "Room 8" })).await.ok();
    assert!(told.next().await["body"].as_str().unwrap().contains("Room 8"));
    let mine = told.mine().await["tickets"][0].clone();
    assert_eq!((mine.get("sent_at"), &mine["services_before"]), (None, &before), "{mine}");
    // A call that is put back is no transfer: it is not told a second time.
    let back = told.step(&called, json!({ "step": "put_back" })).await;
    assert_eq!(told.next().await["title"], "GP-001: please don't go in yet");
    told.step(&back, json!({ "step": "cancel" })).await;
    assert!(told.next().await["title"].as_str().unwrap().ends_with("your ticket was cancelled"));
    // Past visits and the copy of everything name the services.
    let past: Value = told.patient.get("/api/v1/queue/my-history").await.ok();
    let all: Value = told.patient.get("/api/v1/users/me/export").await.ok();
    for visit in [&past["items"][0], &all["visits"][0]] {
        assert_eq!((&visit["service_name"], &visit["services_before"]), (&json!("Blood test"), &before));
    }
}

async fn queue_of(world: &World, who: &Client) -> Value {
    who.get(&format!("/api/v1/queue/doctor-queue?branch_id={}", world.a.branches[0])).await.ok()
}

async fn step(who: &Client, row: &Value, mut request: Value) -> Value {
    request["version"] = row["version"].clone();
    who.patch(&format!("/api/v1/queue/{}/status", row["id"].as_str().unwrap()), &request).await.ok()
}

async fn a_doctor_sees_where_a_visit_was_sent(world: World) {
    let blood = desk_service(&world).await;
    joins(&world, 0).await;
    let (author, desk) = (world.doctor(0).await, world.reception().await);
    let called: Value = author.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    let seen: Value = author.step(&called, "serve").await.ok();
    let sent = step(&desk, &seen, json!({ "step": "transfer", "service_id": blood })).await;
    let view = queue_of(&world, &author).await;
    let shown = &view["sent"][0];
    assert_eq!((&shown["label"], &shown["service_name"]), (&json!("GP-001"), &json!("Blood test")));
    assert_eq!((&shown["taken_by"]["hand"], shown["taken_by"].get("name")), (&json!("desk"), None));
    assert!(!view.to_string().contains("Name of patient0"), "the patient is theirs no more: {view}");
    assert_eq!(queue_of(&world, &desk).await.get("sent"), None, "the desk has the row");
    assert_eq!(queue_of(&world, &world.doctor(1).await).await.get("sent"), None, "another doctor's visit");
    // The desk calls the patient there: the doctor still sees where the visit went.
    let there: Value = desk.post("/api/v1/queue/call-next", &json!({ "room": "Room 8" })).await.ok();
    assert_eq!(there["id"], sent["id"]);
    assert_eq!(queue_of(&world, &author).await["sent"][0]["service_name"], "Blood test");
    let back = step(&desk, &there, json!({ "step": "transfer", "service_id": world.a.services[0] })).await;
    let again: Value = author.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    assert_eq!(again["id"], back["id"]);
    assert_eq!(queue_of(&world, &author).await.get("sent"), None, "the doctor sees the patient again");
}

async fn whoever_is_sent_a_patient_sees_by_whom_and_why(world: World) {
    joins(&world, 0).await;
    let (author, next, desk) = (world.doctor(0).await, world.doctor(1).await, world.reception().await);
    let called: Value = author.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    let seen: Value = author.step(&called, "serve").await.ok();
    let to = |reason: Value| json!({ "step": "transfer", "doctor_id": world.a.doctors[1], "reason": reason });
    let status = format!("/api/v1/queue/{}/status", seen["id"].as_str().unwrap());
    let mut long = to(json!("x".repeat(501)));
    long["version"] = seen["version"].clone();
    author.patch(&status, &long).await.refused(422, "invalid");
    let sent = step(&author, &seen, to(json!("ECG, please"))).await;
    let from = async |who: &Client, list: &str| queue_of(&world, who).await[list][0]["sent_from"].clone();
    let told = from(&next, "waiting").await;
    assert_eq!(
        (&told["service_name"], &told["taken_by"]["name"], &told["why"]),
        (&json!("General practice"), &json!("Name of doctor0"), &json!("ECG, please")),
    );
    let told = from(&desk, "waiting").await;
    assert_eq!(
        (&told["taken_by"]["name"], told.get("why")),
        (&json!("Name of doctor0"), None),
        "a doctor's words"
    );
    assert_eq!(queue_of(&world, &desk).await["waiting"][0]["doctor_name"], "Name of doctor1");
    let raw = "update ticket set state = state where why_sealed is not null and cast(why_sealed as text) like '%ECG%'";
    assert_eq!(world.raw(raw, &[]).await, 0, "it is sealed");
    // An undo takes the reason back. Sent on again without one, there is none.
    let back = step(&author, &sent, json!({ "step": "undo" })).await;
    assert_eq!(back.get("sent_from"), None);
    let sent = step(&author, &back, to(Value::Null)).await;
    let told = from(&next, "waiting").await;
    assert_eq!((&told["taken_by"]["name"], told.get("why")), (&json!("Name of doctor0"), None), "{told}");
    // The reason of an urgent class stands beside it.
    let urgent = json!({ "step": "prioritise", "priority": "urgent", "reason": "chest pain" });
    let urgent = step(&desk, &sent, urgent).await;
    let back = step(
        &desk,
        &urgent,
        json!({ "step": "transfer", "doctor_id": world.a.doctors[0], "reason": "asked for" }),
    )
    .await;
    assert_eq!(back["priority_why"], "chest pain");
    let told = from(&author, "waiting").await;
    assert_eq!((&told["taken_by"]["hand"], &told["why"]), (&json!("desk"), &json!("asked for")));
    // It stays while the patient is seen, and ends with the visit.
    let called: Value = author.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    let seen: Value = author.step(&called, "serve").await.ok();
    assert_eq!(seen["sent_from"]["why"], "asked for");
    let done: Value = author.step(&seen, "done").await.ok();
    assert_eq!(done.get("sent_from"), None);
}

async fn an_answer_to_a_call_is_seen_by_staff_until_the_next_call(world: World) {
    let joined = joins(&world, 0).await;
    let path = format!("/api/v1/queue/{}/on-my-way", joined["id"].as_str().unwrap());
    let patient = world.patient(0).await;
    patient.post(&path, &Value::Null).await.refused(409, "ticket_step_refused");
    let (author, desk) = (world.doctor(0).await, world.reception().await);
    let called: Value = author.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    let mine: Value = patient.post(&path, &Value::Null).await.ok();
    let at = mine["on_way_at"].clone();
    assert!(!at.is_null(), "{mine}");
    world.clock.pass(Duration::from_secs(30));
    let again: Value = patient.post(&path, &Value::Null).await.ok();
    assert_eq!(again["on_way_at"], at, "the first answer counts");
    for who in [&author, &desk] {
        let row = queue_of(&world, who).await["called"][0].clone();
        assert_eq!((&row["on_way_at"], &row["version"]), (&at, &called["version"]), "{row}");
    }
    let board: Value = patient.get(&format!("/api/v1/branches/{}/board", world.a.branches[0])).await.ok();
    assert!(!board.to_string().contains("on_way"), "{board}");
    // A call again asks anew, and so does another room.
    world.clock.pass(Duration::from_secs(40));
    let (author, patient) = (world.doctor(0).await, world.patient(0).await);
    let recalled: Value = author.step(&called, "recall").await.ok();
    assert_eq!(recalled.get("on_way_at"), None);
    patient.post(&path, &Value::Null).await.ok::<Value>();
    let moved = step(&world.reception().await, &recalled, json!({ "step": "move", "room": "Room 2" })).await;
    assert_eq!(moved.get("on_way_at"), None);
    patient.post(&path, &Value::Null).await.ok::<Value>();
    let seen: Value = author.step(&moved, "serve").await.ok();
    assert_eq!(seen.get("on_way_at"), None, "the patient has come");
    let mine: Value = patient.get("/api/v1/queue/my-status").await.ok();
    assert_eq!(mine["tickets"][0].get("on_way_at"), None);
}

async fn an_answer_leaves_the_undo_of_a_press_whole(world: World) {
    let first = joins(&world, 0).await;
    let second = joins(&world, 1).await;
    let author = world.doctor(0).await;
    let call = json!({ "room": "Room 1" });
    let called: Value = author.post("/api/v1/queue/call-next", &call).await.ok();
    author.step(&called, "serve").await.ok::<Value>();
    let next: Value = author.post("/api/v1/queue/call-next", &call).await.ok();
    assert_eq!(next["id"], second["id"]);
    let path = format!("/api/v1/queue/{}/on-my-way", second["id"].as_str().unwrap());
    world.patient(1).await.post(&path, &Value::Null).await.ok::<Value>();
    author.step(&next, "undo").await.ok::<Value>();
    let view = queue_of(&world, &author).await;
    assert_eq!((&view["serving"][0]["id"], &view["waiting"][0]["id"]), (&first["id"], &second["id"]));
    assert_eq!(view["waiting"][0].get("on_way_at"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_says_where_the_visit_goes_on() {
    let world = World::sqlite().await;
    let blood = desk_service(&world).await;
    joins(&world, 0).await;
    let page = Browser::open(&world.node.base, PHONE, "en").await;
    page.signs_in("patient0@test.example").await;
    page.sees("article[data-state=waiting]").await;
    let (author, desk) = (world.doctor(0).await, world.reception().await);
    let called: Value = author.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    page.press("#call-seen").await;
    let seen: Value = author.step(&called, "serve").await.ok();
    page.sees("article[data-state=serving]").await;
    step(&author, &seen, json!({ "step": "transfer", "service_id": blood })).await;
    let said = page.says("#sent-on").await;
    assert!(said.starts_with("You were transferred to Blood test. You keep your number"), "{said}");
    assert_eq!(page.says("[data-way]").await, "General practice → Blood test");
    page.sees("main:not(:has(#call-taken-back))").await;
    page.is_accessible("sent on, on a phone").await;
    // A call that is sent on says so over the whole screen.
    let there: Value = desk.post("/api/v1/queue/call-next", &json!({ "room": "Room 8" })).await.ok();
    page.sees("main:not(:has(#sent-on))").await;
    assert_eq!(page.says("[data-way]").await, "Blood test");
    page.press("#call-seen").await;
    let back = json!({ "step": "transfer", "service_id": world.a.services[0] });
    let row = step(&desk, &there, back).await;
    let over = page.says("[data-over]").await;
    assert!(over.starts_with("Please don't go in. You were transferred to General practice"), "{over}");
    page.press("#call-seen").await;
    assert_eq!(page.says("[data-way]").await, "General practice → Blood test → General practice");
    desk.step(&row, "cancel").await.ok::<Value>();
    page.press("#visits").await;
    let visit = page.says("[data-visit=GP-001]").await;
    assert!(visit.contains("General practice → Blood test → General practice"), "{visit}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_on_the_way_stands_at_desk_and_doctor() {
    let mut world = World::sqlite().await;
    joins(&world, 0).await;
    let page = Browser::open(&world.node.base, PHONE, "en").await;
    page.signs_in("patient0@test.example").await;
    page.sees("article[data-state=waiting]").await;
    let (at_doctor, at_desk) = (doctor(&world).await, reception(&world).await);
    at_doctor.press("#call-next").await;
    at_desk.sees("li[data-label=GP-001][data-state=called]:not(:has([data-on-way]))").await;
    page.press("#call-seen").await;
    assert!(page.says("#call-told").await.starts_with("The clinic sees that you're on your way ("));
    for (staff, row) in [(&at_doctor, "#present"), (&at_desk, "li[data-label=GP-001]")] {
        let mark = staff.says(&format!("{row} [data-on-way]")).await;
        assert!(mark.contains("On the way, "), "{mark}");
        staff.is_accessible("a patient on the way").await;
    }
    at_doctor.press("#step-serve").await;
    at_desk.sees("li[data-label=GP-001][data-state=serving]:not(:has([data-on-way]))").await;
    at_doctor.sees("#present[data-state=serving]:not(:has([data-on-way]))").await;
    // Without the network the phone does not claim that somebody knows.
    joins(&world, 1).await;
    let other = Browser::open(&world.node.base, PHONE, "en").await;
    other.signs_in("patient1@test.example").await;
    other.sees("article[data-state=waiting]").await;
    world.doctor(1).await.post("/api/v1/queue/call-next", &json!({ "room": "Room 2" })).await.ok::<Value>();
    other.sees("#call-seen").await;
    world.node.stop().await;
    other.press("#call-seen").await;
    assert!(other.says("#call-untold").await.contains("doesn't know yet that you're on your way"));
    other.is_accessible("an answer that did not arrive").await;
    other.sees("main:not(:has(#call-told))").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_reads_where_a_visit_went() {
    let world = World::sqlite().await;
    let blood = desk_service(&world).await;
    joins(&world, 0).await;
    let page = doctor(&world).await;
    page.press("#call-next").await;
    page.press("#step-serve").await;
    until(&page, "document.activeElement.id === 'note'").await;
    page.types("#note", "Cough").await;
    page.sees("[data-standing=note-saved]").await;
    let desk = world.reception().await;
    let row = queue_of(&world, &desk).await["serving"][0].clone();
    step(&desk, &row, json!({ "step": "transfer", "service_id": blood })).await;
    assert_eq!(page.says("#present-sent").await, "GP-001 was transferred to Blood test by reception.");
    let held = page.says("#note-happened").await;
    assert!(held.contains("Name of patient0 was transferred to Blood test by reception."), "{held}");
    page.is_accessible("a visit that the desk sent on").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_who_is_sent_a_patient_learns_what_the_first_one_knows() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let (author, page) = (doctor(&world).await, second_doctor(&world).await);
    author.press("#call-next").await;
    author.press("#step-serve").await;
    until(&author, "document.activeElement.id === 'note'").await;
    author.types("#note", "Murmur since childhood").await;
    author.sees("[data-standing=note-saved]").await;
    author.press("#send-on").await;
    author.press(&format!("#more option[value='{}']", world.a.doctors[1])).await;
    author.types("#transfer-why", "ECG, please").await;
    author.press("#transfer").await;
    author.press("#end-visit-2").await;
    // The second doctor sees by whom and why before the patient is called, and with the patient.
    let said = page.says("[data-label=GP-001] [data-from]").await;
    assert!(
        said.contains("Sent from General practice by Name of doctor0 at ") && said.contains("ECG, please"),
        "{said}"
    );
    page.press("#call-next").await;
    page.press("#step-serve").await;
    assert!(page.says("#present [data-from]").await.contains("ECG, please"));
    assert!(page.says("[data-begun]").await.contains("Name of doctor0 began a note of this visit at "));
    until(&page, "document.activeElement.id === 'note'").await;
    page.types("#note", "Sinus rhythm").await;
    page.is_accessible("a visit that another doctor began").await;
    // The first one signs: it appears, and what the second types stays.
    author.press("#unsigned button[id^=open-]").await;
    author.press("#note-older-sign").await;
    page.sees("main:not(:has([data-begun])) [data-note][open]").await;
    assert!(page.says("[data-signed]").await.starts_with("Name of doctor0 signed a note of this visit at "));
    let said = page.says("[data-note]").await;
    assert!(said.contains("Name of doctor0") && said.contains("Murmur since childhood"), "{said}");
    assert_eq!(page.script("return document.querySelector('#note').value").await, "Sinus rhythm");
}

/// The page of the second doctor.
async fn second_doctor(world: &World) -> Browser {
    let page = Browser::open(&format!("{}/doctor", world.node.base), DESKTOP, "en").await;
    page.signs_in("doctor1@test.example").await;
    page.sees("#waiting-count").await;
    page
}
