//! A list names each patient whose data it showed: "who saw this patient" finds it.

use medlane_shared::{
    identity::Face,
    ids::{ClientId, PersonId},
    sync::{Replica, SCHEMA, ServerFrame, Topic},
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::{
    both,
    line::Line,
    world::{Client, World},
};

both!(
    a_list_names_whom_it_showed,
    a_refusal_that_shows_somebody_names_them,
    a_refusal_of_the_queue_names_whom_it_shows,
    what_concerns_two_records_is_found_by_both,
    a_followed_queue_names_each_patient_once,
    a_replica_names_whom_it_holds,
);

/// The entries of an action that concern a patient, or whose list showed them.
async fn seen(admin: &Client, patient: PersonId, action: &str) -> Vec<Value> {
    let page: Value = admin.get(&format!("/api/v1/audit?patient_id={patient}&action={action}")).await.ok();
    page["items"].as_array().unwrap().clone()
}

async fn a_list_names_whom_it_showed(world: World) {
    let (admin, patients) = (world.admin().await, &world.a.patients);
    for n in 0..2 {
        world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    }
    for n in [20, 21] {
        world.born(patients[n], "+96892123456", "1990-04-01").await;
    }
    let branch = world.a.branches[0];
    let queue = format!("/api/v1/queue/doctor-queue?branch_id={branch}");
    // Patients 1 and 10 to 19 match the search. The patient who was searched for last is in the audit log.
    for (who, path, action, count, is, is_not) in [
        (&admin, "/api/v1/patients?q=patient1", "patients.find", 11, 17, 20),
        (&world.doctor(0).await, "/api/v1/queue/doctor-queue", "queue.read", 2, 1, 2),
        (&world.reception().await, queue.as_str(), "queue.read", 2, 0, 3),
        (&admin, "/api/v1/admin/users?q=patient3@", "people.read", 1, 3, 4),
        (&admin, "/api/v1/admin/users/duplicates", "people.duplicates", 2, 21, 22),
        (&admin, "/api/v1/audit?action=ticket.join", "audit.read", 2, 1, 5),
    ] {
        let before = seen(&admin, patients[is], action).await.len();
        who.get(path).await.ok::<Value>();
        let entries = seen(&admin, patients[is], action).await;
        assert!(entries.len() > before, "{path} is not found by its patient");
        let entry = &entries[0];
        assert_eq!(entry["shown_count"], count, "{path}: {entry}");
        assert_eq!(entry["shown"][0]["id"], json!(patients[is]), "{path}: who was asked for is named");
        assert_eq!(entry["shown"][0]["name"], format!("Name of patient{is}"), "{path}");
        assert!(entry["patient_id"].is_null(), "{path}");
        assert_eq!(seen(&admin, patients[is_not], action).await.len(), 0, "{path}");
    }
    let page: Value = admin.get("/api/v1/audit?action=patients.find").await.ok();
    assert_eq!(page["items"][0]["shown"].as_array().unwrap().len(), 3, "a few are named, the rest counted");
    let picture = format!("/api/v1/admin/users/{}/avatar", patients[7]);
    admin.get(&picture).await.ok::<Value>();
    assert_eq!(seen(&admin, patients[7], "avatar.read").await[0]["patient_id"], json!(patients[7]));
    assert_eq!(admin.get("/api/v1/audit/verify").await.ok::<Value>()["ok"], true);
}

async fn a_refusal_that_shows_somebody_names_them(world: World) {
    let (admin, reception, patients) = (world.admin().await, world.reception().await, &world.a.patients);
    let change = json!({ "name": "Another", "version": 99 });
    let stale = reception.put(&format!("/api/v1/patients/{}", patients[4]), &change).await;
    stale.refused(409, "version_stale");
    assert_eq!(stale.body["present"]["name"], "Name of patient4");
    assert_eq!(seen(&admin, patients[4], "people.read").await.len(), 1);
    let alike = reception.post("/api/v1/patients", &json!({ "name": "Name of patient5" })).await;
    alike.refused(409, "patient_alike");
    assert_eq!(alike.body["present"][0]["id"], json!(patients[5]));
    assert_eq!(seen(&admin, patients[5], "people.read").await.len(), 1);
    assert_eq!(seen(&admin, patients[6], "people.read").await.len(), 0);
}

async fn a_refusal_of_the_queue_names_whom_it_shows(world: World) {
    let (admin, doctor, patients) = (world.admin().await, world.doctor(0).await, &world.a.patients);
    let mut tickets = Vec::new();
    for n in 0..2 {
        tickets.push(world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>());
    }
    let call = json!({ "room": "Room 1", "beside": [] });
    let first: Value = doctor.post("/api/v1/queue/call-next", &call).await.ok();
    // The next call would be of the second patient; the refusal shows the first.
    let before = [
        seen(&admin, patients[0], "queue.read").await.len(),
        seen(&admin, patients[1], "queue.read").await.len(),
    ];
    assert_eq!(before, [0, 0]);
    let refused = doctor.post("/api/v1/queue/call-next", &call).await;
    refused.refused(409, "already_called");
    assert_eq!(refused.body["present"]["patient_id"], json!(patients[0]));
    let entries = seen(&admin, patients[0], "queue.read").await;
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0]["target"], format!("ticket:{}", first["id"].as_str().unwrap()));
    assert_eq!(entries[0]["right"], json!({ "action": "QueueRead", "by": "role" }));
    assert_eq!(seen(&admin, patients[1], "queue.read").await.len(), 0, "the refusal shows nobody else");
    // The same for a row that the caller chose: it shows whom they have called already.
    let path = format!("/api/v1/queue/{}/status", tickets[1]["id"].as_str().unwrap());
    let chosen = json!({ "step": "call", "version": tickets[1]["version"], "room": "Room 1", "beside": [] });
    doctor.patch(&path, &chosen).await.refused(409, "already_called");
    assert_eq!(seen(&admin, patients[0], "queue.read").await.len(), 2);
    // And for a row that has changed.
    let stale = json!({ "step": "park", "version": 99 });
    let refused = doctor.patch(&path, &stale).await;
    refused.refused(409, "ticket_stale");
    assert_eq!(refused.body["present"]["patient_name"], "Name of patient1");
    assert_eq!(seen(&admin, patients[1], "queue.read").await.len(), 1);
}

async fn what_concerns_two_records_is_found_by_both(world: World) {
    let (admin, patients) = (world.admin().await, &world.a.patients);
    let version = async |n: usize| {
        let page: Value = admin.get(&format!("/api/v1/admin/users?q=patient{n}@")).await.ok();
        page["items"][0]["version"].clone()
    };
    let user = |n: usize| format!("/api/v1/admin/users/{}", patients[n]);
    let apart = json!({ "other_id": patients[31] });
    admin.post(&format!("{}/distinct", user(30)), &apart).await.ok::<Value>();
    for n in [30, 31] {
        assert_eq!(seen(&admin, patients[n], "person.distinct").await.len(), 1, "patient {n}");
    }
    admin.delete(&format!("{}/distinct/{}", user(30), patients[31])).await.ok::<Value>();
    for n in [30, 31] {
        assert_eq!(seen(&admin, patients[n], "person.distinct_end").await.len(), 1, "patient {n}");
    }
    let merge = json!({
        "other_id": patients[33], "version": version(32).await, "other_version": version(33).await,
    });
    admin.post(&format!("{}/merge", user(32)), &merge).await.ok::<Value>();
    let undo = json!({ "version": version(33).await });
    admin.post(&format!("{}/unmerge", user(33)), &undo).await.ok::<Value>();
    for n in [32, 33] {
        assert_eq!(seen(&admin, patients[n], "person.merge").await.len(), 1, "patient {n}");
        assert_eq!(seen(&admin, patients[n], "person.unmerge").await.len(), 1, "patient {n}");
    }
    // What an administrator does to a patient's account is found by that patient.
    let roles = json!({ "roles": ["patient", "reception"], "branches": [world.a.branches[0]], "version": version(34).await });
    admin.patch(&format!("{}/roles", user(34)), &roles).await.ok::<Value>();
    let stands = json!({ "standing": "suspended", "why": "for a test", "version": version(34).await });
    admin.patch(&format!("{}/standing", user(34)), &stands).await.ok::<Value>();
    for action in ["person.roles", "person.suspend"] {
        let entries = seen(&admin, patients[34], action).await;
        assert_eq!(entries.len(), 1, "{action}");
        assert_eq!(entries[0]["patient_id"], json!(patients[34]), "{action}");
    }
    let staff = world.a.doctors[0];
    assert_eq!(seen(&admin, staff, "person.suspend").await.len(), 0);
    assert_eq!(admin.get("/api/v1/audit/verify").await.ok::<Value>()["ok"], true);
}

async fn a_followed_queue_names_each_patient_once(world: World) {
    let (admin, patients, branch) = (world.admin().await, &world.a.patients, world.a.branches[0]);
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let reception = world.reception().await;
    let token = reception.token.as_deref();
    let topics = vec![Topic::Queue(branch)];
    let mut line = Line::hello(&reception.base, Face::Admin, token, topics, None).await;
    line.view(|view| view["waiting"].as_array().unwrap().len() == 1).await;
    assert_eq!(seen(&admin, patients[0], "queue.read").await.len(), 1);
    assert_eq!(seen(&admin, patients[1], "queue.read").await.len(), 0);
    for n in [1, 2] {
        world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    }
    line.view(|view| view["waiting"].as_array().unwrap().len() == 3).await;
    // A change of a patient who was shown already leaves no further entry.
    let called: Value = world.doctor(0).await.post("/api/v1/queue/call-next", &json!({})).await.ok();
    line.view(|view| view["called"][0]["id"] == called["id"]).await;
    for n in [0, 1, 2] {
        assert_eq!(seen(&admin, patients[n], "queue.read").await.len(), 1, "patient {n}");
    }
}

async fn a_replica_names_whom_it_holds(world: World) {
    let (admin, patients) = (world.admin().await, &world.a.patients);
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let doctor = world.doctor(0).await;
    let client_id = ClientId::new(Timestamp::from_ms(1), rand::random());
    let replica = Replica { client_id, schema: SCHEMA, cursor: None, buckets: Vec::new() };
    let token = doctor.token.as_deref();
    let mut line = Line::hello(&doctor.base, Face::Doctor, token, Vec::new(), Some(replica)).await;
    while !matches!(line.next().await.expect("an open socket"), ServerFrame::Checkpoint(_)) {}
    assert_eq!(seen(&admin, patients[0], "replica.read").await.len(), 1);
    world.patient(1).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    loop {
        let frame = line.next().await.expect("an open socket");
        if serde_json::to_string(&frame).unwrap().contains(&patients[1].to_string()) {
            break;
        }
    }
    assert_eq!(seen(&admin, patients[1], "replica.read").await.len(), 1, "before it is handed over");
    assert_eq!(seen(&admin, patients[0], "replica.read").await.len(), 1);
}
