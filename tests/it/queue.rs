//! The queue over REST: from joining to done, on both databases.

use std::{collections::HashSet, time::Duration};

use medlane_shared::identity::Face;
use serde_json::{Value, json};

use crate::{
    both,
    world::{Client, World},
};

both!(
    a_day_in_the_queue,
    steps_and_undo,
    one_undo_takes_back_the_call_and_the_end_of_the_visit,
    who_missed_their_call_comes_back_by_themselves,
    repeated_requests_have_one_effect,
    a_repeated_request_asks_again_whether_it_may,
    a_doctor_hears_again_that_they_have_sent_a_ticket_on,
    a_doctor_takes_a_transfer_back,
    a_second_patient_is_called_only_after_a_question,
    a_lost_answer_is_there_when_the_ticket_is_not,
    labels_and_calls_are_unique,
    door,
    queues_survive_a_restart
);

async fn a_day_in_the_queue(world: World) {
    let (first, second, doctor) = (world.patient(0).await, world.patient(1).await, world.doctor(0).await);
    let ticket: Value = first.post("/api/v1/queue/join", &world.join()).await.ok();
    assert_eq!(
        (ticket["label"].as_str(), ticket["position"].as_u64(), ticket["state"].as_str()),
        (Some("GP-001"), Some(1), Some("waiting"))
    );
    let later: Value = second.post("/api/v1/queue/join", &world.join()).await.ok();
    assert_eq!((later["label"].as_str(), later["position"].as_u64()), (Some("GP-002"), Some(2)));
    assert!(later["wait"]["high_min"].as_u64() > later["wait"]["low_min"].as_u64());
    first.post("/api/v1/queue/join", &world.join()).await.refused(409, "ticket_active");

    let view: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
    assert_eq!(view["waiting"].as_array().unwrap().len(), 2);
    assert_eq!(view["waiting"][0]["reason"], "cough");
    let reception: Value = world.reception().await.get("/api/v1/queue/doctor-queue").await.ok();
    assert_eq!(reception["waiting"][0]["patient_name"], "Name of patient0");
    assert!(reception["waiting"][0].get("reason").is_none(), "reasons are for the doctor");

    let called: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 7" })).await.ok();
    assert_eq!((called["label"].as_str(), called["room"].as_str()), (Some("GP-001"), Some("Room 7")));
    let mine: Value = first.get("/api/v1/queue/my-status").await.ok();
    assert_eq!(
        (mine["tickets"][0]["state"].as_str(), mine["tickets"][0]["room"].as_str()),
        (Some("called"), Some("Room 7"))
    );
    let board: Value =
        world.node.anyone().get(&format!("/api/v1/branches/{}/board", world.a.branches[0])).await.ok();
    assert_eq!(board["calling"][0]["label"], "GP-001");
    assert!(!board.to_string().contains("Name of"), "no names on the board");

    let serving: Value = doctor.step(&called, "serve").await.ok();
    assert_eq!(serving["state"], "serving");
    world.clock.pass(Duration::from_mins(5));
    let next: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    assert_eq!(
        (next["label"].as_str(), next["room"].as_str()),
        (Some("GP-002"), Some("Room 7")),
        "the room is remembered"
    );
    let history: Value = first.get("/api/v1/queue/my-history").await.ok();
    assert_eq!(history["items"][0]["state"], "done", "calling next finishes the one being seen");
    doctor.post("/api/v1/queue/call-next", &json!({})).await.refused(404, "nobody_waiting");
    let stats: Value = doctor.get("/api/v1/queue/stats").await.ok();
    assert_eq!(
        (stats["done"].as_u64(), stats["called"].as_u64(), stats["mean_service_min"].as_f64()),
        (Some(1), Some(1), Some(5.0))
    );
}

async fn steps_and_undo(world: World) {
    let (patient, doctor) = (world.patient(0).await, world.doctor(0).await);
    patient.post("/api/v1/queue/join", &world.join()).await;
    let row: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    doctor.step(&row, "recall").await.refused(422, "recall_too_soon");
    world.clock.pass(Duration::from_secs(61));
    let row: Value = doctor.step(&row, "recall").await.ok();
    assert_eq!(row["calls"], 2);
    let parked: Value = doctor.step(&row, "park").await.ok();
    assert_eq!(parked["state"], "parked");
    let stale = doctor.step(&row, "no_show").await;
    stale.refused(409, "ticket_stale");
    assert_eq!(stale.body["present"]["state"], "parked", "the refusal carries the ticket as it is");
    let back: Value = doctor.step(&parked, "undo").await.ok();
    assert_eq!((back["state"].as_str(), back["calls"].as_u64()), (Some("called"), Some(2)));
    let gone: Value = doctor.step(&back, "no_show").await.ok();
    let again: Value = doctor.step(&gone, "return").await.ok();
    assert_eq!(again["state"], "waiting");
    world.clock.pass(Duration::from_secs(121));
    doctor.step(&again, "undo").await.refused(422, "undo_too_late");
    doctor.step(&again, "serve").await.refused(409, "ticket_step_refused");
    let cancelled: Value =
        patient.delete(&format!("/api/v1/queue/{}", again["id"].as_str().unwrap())).await.ok();
    assert_eq!(cancelled["state"], "cancelled");
    // A patient who joined again meanwhile has a new ticket, so the cancelled one cannot come back.
    patient.post("/api/v1/queue/join", &world.join()).await;
    let mut old = again;
    old["version"] = cancelled["version"].clone();
    doctor.step(&old, "undo").await.refused(409, "ticket_active");
}

async fn repeated_requests_have_one_effect(world: World) {
    let patient = world.patient(0).await;
    let join = |key: &str, body: &Value| {
        let request = patient.request(reqwest::Method::POST, "/api/v1/queue/join");
        patient.send(request.header("idempotency-key", key).json(body))
    };
    let (first, again) = (join("k1", &world.join()).await, join("k1", &world.join()).await);
    assert_eq!(first.ok::<Value>()["id"], again.ok::<Value>()["id"]);
    let mut other = world.join();
    other["reason_for_visit"] = json!("fever");
    join("k1", &other).await.refused(409, "idempotency_mismatch");
    // Eight requests with one idempotency key at the same time have one effect.
    let doctor = world.doctor(0).await;
    world.patient(1).await.post("/api/v1/queue/join", &world.join()).await;
    let calls = (0..8).map(|_| {
        let request = doctor.request(reqwest::Method::POST, "/api/v1/queue/call-next");
        doctor.send(request.header("idempotency-key", "call").json(&json!({})))
    });
    let labels: HashSet<String> = futures_util::future::join_all(calls)
        .await
        .into_iter()
        .map(|answer| answer.ok::<Value>()["label"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(labels.len(), 1, "{labels:?}");
}

/// Gives a person other roles and another branch, and signs them in again.
async fn employed(world: &World, email: &str, roles: &[&str], branch: usize, face: Face) -> Client {
    let admin = world.admin().await;
    let page: Value = admin.get(&format!("/api/v1/admin/users?q={email}")).await.ok();
    let person = &page["items"][0];
    let branches = if roles == ["patient"] { vec![] } else { vec![world.a.branches[branch]] };
    let body = json!({ "roles": roles, "branches": branches, "version": person["version"] });
    let path = format!("/api/v1/admin/users/{}/roles", person["id"].as_str().unwrap());
    admin.patch(&path, &body).await.ok::<Value>();
    world.node.sign_in(&world.a, email, face).await
}

async fn a_repeated_request_asks_again_whether_it_may(world: World) {
    let (email, name) = ("reception@test.example", json!({ "name": "Walks In" }));
    let ticket: Value = world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok();
    let path = format!("/api/v1/queue/{}/status", ticket["id"].as_str().unwrap());
    let park = json!({ "step": "park", "version": ticket["version"] });
    let register = async |who: &Client| {
        let request = who.request(reqwest::Method::POST, "/api/v1/patients");
        who.send(request.header("idempotency-key", "r").json(&name)).await
    };
    let step = async |who: &Client| {
        let request = who.request(reqwest::Method::PATCH, &path);
        who.send(request.header("idempotency-key", "s").json(&park)).await
    };
    let reception = world.reception().await;
    let (registered, parked): (Value, Value) = (register(&reception).await.ok(), step(&reception).await.ok());
    // A repeat gets the same answers, also from another session of the same person.
    let again = world.reception().await;
    assert_eq!(register(&again).await.ok::<Value>()["id"], registered["id"]);
    assert_eq!(step(&again).await.ok::<Value>()["version"], parked["version"]);
    // Without the right the repeat gets no answer: neither in another role, nor in the same role at another branch.
    let demoted = employed(&world, email, &["patient"], 0, Face::Companion).await;
    register(&demoted).await.refused(403, "forbidden");
    step(&demoted).await.refused(403, "forbidden");
    let elsewhere = employed(&world, email, &["reception"], 1, Face::Admin).await;
    step(&elsewhere).await.refused(404, "not_found");
    let back = employed(&world, email, &["reception"], 0, Face::Admin).await;
    assert_eq!(step(&back).await.ok::<Value>()["version"], parked["version"]);
    // The patient was registered once.
    let found: Value = back.get("/api/v1/patients?q=walks").await.ok();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
}

/// The ticket is another doctor's by the transfer: whoever made it takes it back nevertheless, unless the other acted.
async fn a_doctor_takes_a_transfer_back(world: World) {
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let (doctor, other) = (world.doctor(0).await, world.doctor(1).await);
    let row: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    let path = format!("/api/v1/queue/{}/status", row["id"].as_str().unwrap());
    let transfer = async |row: &Value| -> Value {
        let body = json!({ "step": "transfer", "version": row["version"], "doctor_id": world.a.doctors[1] });
        doctor.patch(&path, &body).await.ok()
    };
    let sent = transfer(&row).await;
    // Nobody else of the branch, and nothing but this undo.
    doctor.step(&sent, "park").await.refused(404, "not_found");
    let back: Value = doctor.step(&sent, "undo").await.ok();
    assert_eq!((&back["state"], &back["called_by"]), (&json!("called"), &json!(world.a.doctors[0])));
    doctor.step(&sent, "undo").await.refused(409, "ticket_stale");
    // The other has called meanwhile: the first hears how it stands, and takes nothing from them.
    let sent = transfer(&back).await;
    let called: Value = other.step(&sent, "call").await.ok();
    let late = doctor.step(&sent, "undo").await;
    late.refused(409, "ticket_stale");
    assert_eq!(
        (&late.body["present"]["state"], &late.body["present"]["called_by"]),
        (&json!("called"), &json!(world.a.doctors[1]))
    );
    doctor.step(&called, "undo").await.refused(404, "not_found");
    // After two minutes it is the other's alone.
    let waiting: Value = other.step(&called, "undo").await.ok();
    assert_eq!(waiting["state"], "waiting");
    let called: Value = other.step(&waiting, "call").await.ok();
    let sent: Value = other
        .patch(
            &path,
            &json!({ "step": "transfer", "version": called["version"], "doctor_id": world.a.doctors[0] }),
        )
        .await
        .ok();
    world.clock.pass(Duration::from_secs(121));
    other.step(&sent, "undo").await.refused(404, "not_found");
}

async fn a_second_patient_is_called_only_after_a_question(world: World) {
    for n in 0..3 {
        world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    }
    let (doctor, other) = (world.doctor(0).await, world.doctor(1).await);
    let next = async |beside: Value| {
        doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1", "beside": beside })).await
    };
    let first: Value = next(json!([])).await.ok();
    // A second window knows of nobody, and is told who is called, and to which room.
    let refused = next(json!([])).await;
    refused.refused(409, "already_called");
    let present = &refused.body["present"];
    assert_eq!(
        (&present["id"], &present["label"], &present["state"], &present["room"]),
        (&first["id"], &json!("GP-001"), &json!("called"), &json!("Room 1"))
    );
    assert!(present["patient_name"].is_string());
    // Another doctor's call has nothing to do with it.
    let path = "/api/v1/queue/call-next";
    let theirs: Value = other.post(path, &json!({ "room": "Room 2", "beside": [] })).await.ok();
    assert_eq!(theirs["label"], "GP-002");
    // A chosen row asks too, also during a visit, and is called once the doctor has answered.
    let serving: Value = doctor.step(&first, "serve").await.ok();
    let third: Value = world.reception().await.get("/api/v1/queue/doctor-queue").await.ok();
    let third = third["waiting"][0].clone();
    let call = async |beside: Value| {
        let path = format!("/api/v1/queue/{}/status", third["id"].as_str().unwrap());
        let body = json!({ "step": "call", "version": third["version"], "room": "Room 1", "beside": beside });
        doctor.patch(&path, &body).await
    };
    let refused = call(json!([theirs["id"]])).await;
    refused.refused(409, "already_called");
    assert_eq!(refused.body["present"]["id"], serving["id"]);
    let called: Value = call(json!([serving["id"]])).await.ok();
    assert_eq!(called["state"], "called");
    // Now there are two: the answer about one of them is none about the other.
    world.patient(3).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let refused = next(json!([serving["id"]])).await;
    refused.refused(409, "already_called");
    assert_eq!(refused.body["present"]["id"], called["id"]);
    let last: Value = next(json!([serving["id"], called["id"]])).await.ok();
    assert_eq!(last["label"], "GP-004");
}

/// The step itself makes the ticket another doctor's.
async fn a_doctor_hears_again_that_they_have_sent_a_ticket_on(world: World) {
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let row: Value = world.doctor(0).await.post("/api/v1/queue/call-next", &json!({})).await.ok();
    let path = format!("/api/v1/queue/{}/status", row["id"].as_str().unwrap());
    let body = json!({ "step": "transfer", "version": row["version"], "doctor_id": world.a.doctors[1] });
    let send = async |who: &Client| {
        let request = who.request(reqwest::Method::PATCH, &path);
        who.send(request.header("idempotency-key", "t").json(&body)).await
    };
    let doctor = world.doctor(0).await;
    let first: Value = send(&doctor).await.ok();
    assert_eq!((&first["doctor_id"], &first["state"]), (&json!(world.a.doctors[1]), &json!("waiting")));
    assert_eq!(send(&doctor).await.ok::<Value>(), first, "the answer was lost");
    // The doctor can take no new step. A doctor who no longer works there gets no repeated answer.
    let park = json!({ "step": "park", "version": first["version"] });
    doctor.patch(&path, &park).await.refused(404, "not_found");
    let elsewhere = employed(&world, "doctor0@test.example", &["doctor"], 1, Face::Doctor).await;
    send(&elsewhere).await.refused(404, "not_found");
    let demoted = employed(&world, "doctor0@test.example", &["patient"], 0, Face::Companion).await;
    send(&demoted).await.refused(403, "forbidden");
}

/// Loses one answer of each kind of request, and repeats each request a day later.
async fn a_lost_answer_is_there_when_the_ticket_is_not(mut world: World) {
    let mut tickets = Vec::new();
    for n in 0..3 {
        tickets.push(world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>());
    }
    let id = |n: usize| tickets[n]["id"].as_str().unwrap().to_owned();
    let keyed = async |who: &Client, method: reqwest::Method, path: String, body: &Value| {
        let request = who.request(method, &path).header("idempotency-key", "lost");
        who.send(if body.is_null() { request } else { request.json(body) }).await
    };
    let (patch, post, delete) = (reqwest::Method::PATCH, reqwest::Method::POST, reqwest::Method::DELETE);
    let back = json!({ "places": 1 });
    let back = async |who: &Client| {
        keyed(who, post.clone(), format!("/api/v1/queue/{}/step-back", id(1)), &back).await
    };
    let cancel = async |who: &Client| {
        keyed(who, delete.clone(), format!("/api/v1/queue/{}", id(2)), &Value::Null).await
    };
    let stepped: Value = back(&world.patient(1).await).await.ok();
    let cancelled: Value = cancel(&world.patient(2).await).await.ok();
    let doctor = world.doctor(0).await;
    let called: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    let serving: Value = doctor.step(&called, "serve").await.ok();
    assert_eq!((&called["id"], &serving["state"]), (&tickets[0]["id"], &json!("serving")));
    let done = json!({ "step": "done", "version": serving["version"] });
    let done = async |who: &Client| {
        keyed(who, patch.clone(), format!("/api/v1/queue/{}/status", id(0)), &done).await
    };
    let ended: Value = done(&doctor).await.ok();
    assert_eq!(done(&doctor).await.ok::<Value>(), ended);
    world.patient(1).await.delete(&format!("/api/v1/queue/{}", id(1))).await.ok::<Value>();
    // The server keeps idempotency keys for two days, and ended tickets in memory for one.
    world.clock.pass(Duration::from_hours(25));
    let next: Value = world.patient(3).await.post("/api/v1/queue/join", &world.join()).await.ok();
    let over = format!("/api/v1/queue/{}", next["id"].as_str().unwrap());
    world.patient(3).await.delete(&over).await.ok::<Value>();
    world.doctor(0).await.step(&serving, "done").await.refused(404, "not_found");
    let again: Value = done(&world.doctor(0).await).await.ok();
    assert_eq!(
        (&again["id"], &again["state"], &again["version"]),
        (&ended["id"], &json!("done"), &ended["version"])
    );
    assert_eq!(cancel(&world.patient(2).await).await.ok::<Value>(), cancelled);
    let again: Value = back(&world.patient(1).await).await.ok();
    assert_eq!((&again["id"], &again["state"]), (&stepped["id"], &json!("cancelled")), "as it is now");
    // Another person's key answers nothing, and a right that was lost stays lost.
    cancel(&world.patient(0).await).await.refused(404, "not_found");
    let elsewhere = employed(&world, "doctor0@test.example", &["doctor"], 1, Face::Doctor).await;
    done(&elsewhere).await.refused(409, "idempotency_mismatch");
    world.restart(|_| {}).await;
    let demoted = employed(&world, "doctor0@test.example", &["patient"], 0, Face::Companion).await;
    done(&demoted).await.refused(403, "forbidden");
}

async fn labels_and_calls_are_unique(world: World) {
    let mut patients = Vec::new();
    for n in 0..40 {
        patients.push(world.patient(n).await);
    }
    let join = world.join();
    let joined =
        futures_util::future::join_all(patients.iter().map(|p| p.post("/api/v1/queue/join", &join))).await;
    let labels: HashSet<String> =
        joined.into_iter().map(|answer| answer.ok::<Value>()["label"].as_str().unwrap().to_owned()).collect();
    assert_eq!(labels.len(), 40);
    let doctors = [world.doctor(0).await, world.doctor(1).await];
    let nothing = json!({});
    let calls = (0..40).map(|n| doctors[n % 2].post("/api/v1/queue/call-next", &nothing));
    let called: HashSet<String> = futures_util::future::join_all(calls)
        .await
        .into_iter()
        .map(|answer| answer.ok::<Value>()["label"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(called, labels, "everyone is called once");
}

async fn door(world: World) {
    let (patient, doctor, reception) =
        (world.patient(0).await, world.doctor(0).await, world.reception().await);
    let path = format!("/api/v1/branches/{}/queue", world.a.branches[0]);
    reception.put(&path, &json!({ "door": "closed" })).await.ok::<Value>();
    patient.post("/api/v1/queue/join", &world.join()).await.refused(422, "queue_closed");
    reception.put(&path, &json!({ "door": "paused" })).await.ok::<Value>();
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    doctor.post("/api/v1/queue/call-next", &json!({})).await.refused(422, "queue_paused");
    // Staff see who did it and when.
    let queue = format!("/api/v1/queue/doctor-queue?branch_id={}", world.a.branches[0]);
    let set = doctor.get(&queue).await.ok::<Value>()["door_set"].clone();
    assert_eq!((&set["name"], set["at"].is_null()), (&json!("Name of reception"), false), "{set}");
    // No waiting time is true while nobody is called: neither the ticket nor the board shows one.
    let mine: Value = patient.get("/api/v1/queue/my-status").await.ok();
    let ticket = &mine["tickets"][0];
    assert_eq!((&ticket["paused"], ticket.get("wait"), &ticket["position"]), (&json!(true), None, &json!(1)));
    let board = format!("/api/v1/branches/{}/board", world.a.branches[0]);
    let shown: Value = patient.get(&board).await.ok();
    assert_eq!((&shown["door"], &shown["next"][0]["wait"]), (&json!("paused"), &Value::Null));
    reception.put(&path, &json!({ "door": "open" })).await.ok::<Value>();
    let mine: Value = patient.get("/api/v1/queue/my-status").await.ok();
    assert!(mine["tickets"][0].get("paused").is_none() && mine["tickets"][0]["wait"].is_object(), "{mine}");
    let shown: Value = patient.get(&board).await.ok();
    assert!(shown["next"][0]["wait"].is_object());
    doctor.post("/api/v1/queue/call-next", &json!({})).await.ok::<Value>();
}

async fn queues_survive_a_restart(mut world: World) {
    let patient = world.patient(0).await;
    let gives_way = world.patient(2).await;
    let ticket: Value = gives_way.post("/api/v1/queue/join", &world.join()).await.ok();
    world.clock.pass(Duration::from_mins(1));
    let before: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
    let path = format!("/api/v1/queue/{}/step-back", ticket["id"].as_str().unwrap());
    gives_way.post(&path, &json!({ "places": 1 })).await.ok::<Value>();
    let before = json!({ "id": before["id"], "label": before["label"], "state": "waiting", "position": 1,
        "link": before["link"], "code": before["code"] });
    world.node.stop().await;
    world.node = crate::world::Node::start(&world.url, world.dir.path(), &world.clock).await;
    let patient = world.patient(0).await;
    let after: Value = patient.get("/api/v1/queue/my-status").await.ok();
    for field in ["id", "label", "state", "position", "link", "code"] {
        assert_eq!(after["tickets"][0][field], before[field], "{field}");
    }
    let link = format!("/api/v1/tickets/{}", before["link"].as_str().unwrap());
    let linked: Value = world.node.anyone().get(&link).await.ok();
    assert_eq!(linked["label"], before["label"]);
    let view: Value = world.doctor(0).await.get("/api/v1/queue/doctor-queue").await.ok();
    assert_eq!(view["waiting"][0]["reason"], "cough", "sealed reasons open again");
    let next: Value = world.patient(1).await.post("/api/v1/queue/join", &world.join()).await.ok();
    assert_eq!(next["label"], "GP-003");
}

async fn one_undo_takes_back_the_call_and_the_end_of_the_visit(world: World) {
    let doctor = world.doctor(0).await;
    for n in 0..3 {
        world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    }
    let status = async |n: usize| -> Value {
        let mine: Value = world.patient(n).await.get("/api/v1/queue/my-status").await.ok();
        let (goes_on, ended) = (&mine["tickets"][0]["state"], &mine["ended"][0]["state"]);
        if goes_on.is_null() { ended.clone() } else { goes_on.clone() }
    };
    let first: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    doctor.step(&first, "serve").await.ok::<Value>();
    let second: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    assert_eq!((status(0).await, status(1).await), (json!("done"), json!("called")));
    let undone: Value = doctor.step(&second, "undo").await.ok();
    assert_eq!(undone["state"], "waiting");
    assert_eq!((status(0).await, status(1).await), (json!("serving"), json!("waiting")), "both, as one");
    // The doctor undoes the ended visit instead: that visit goes on, and the called patient waits again.
    doctor.post("/api/v1/queue/call-next", &json!({})).await.ok::<Value>();
    let view: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
    doctor.step(&view["ended"][0], "undo").await.ok::<Value>();
    assert_eq!((status(0).await, status(1).await), (json!("serving"), json!("waiting")));
    // An undo does not touch a ticket that has moved on meanwhile.
    let again: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    let serving: Value = doctor.step(&again, "serve").await.ok();
    let back: Value = doctor.step(&serving, "undo").await.ok();
    assert_eq!((status(0).await, &back["state"]), (json!("done"), &json!("called")));
    let entries: Value = world.admin().await.get("/api/v1/audit?action=ticket.undo").await.ok();
    assert_eq!(entries["items"].as_array().unwrap().len(), 5, "each ticket's is in the log");
}

async fn who_missed_their_call_comes_back_by_themselves(world: World) {
    let (doctor, patient) = (world.doctor(0).await, world.patient(0).await);
    let ticket: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
    let path = format!("/api/v1/queue/{}/check-in", ticket["id"].as_str().unwrap());
    let misses = async || {
        let called: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
        doctor.step(&called, "no_show").await.ok::<Value>();
        let mine: Value = patient.get("/api/v1/queue/my-status").await.ok();
        assert_eq!((&mine["tickets"], &mine["ended"][0]["state"]), (&json!([]), &json!("no_show")));
        assert!(mine["ended"][0]["return_until"].is_string(), "{mine}");
    };
    misses().await;
    world.patient(1).await.post(&path, &Value::Null).await.refused(404, "not_found");
    let back: Value = patient.post(&path, &Value::Null).await.ok();
    assert_eq!((&back["state"], back["arrived_at"].is_string()), (&json!("waiting"), true));
    assert_eq!(patient.get("/api/v1/queue/my-status").await.ok::<Value>().get("ended"), None);
    misses().await;
    world.clock.pass(Duration::from_hours(3));
    let patient = world.patient(0).await;
    let mine: Value = patient.get("/api/v1/queue/my-status").await.ok();
    assert_eq!(mine["ended"][0].get("return_until"), None, "past the grace period only reception helps");
    patient.post(&path, &Value::Null).await.refused(422, "return_too_late");
}
