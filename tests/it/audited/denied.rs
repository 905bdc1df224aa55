//! A refusal leaves one audit entry, up to the limit of a window.

use medlane_shared::{
    identity::Face,
    ids::{ClientId, NoteId},
    sync::{Replica, SCHEMA, ServerFrame, Topic},
    time::Timestamp,
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    both,
    denial::enrolled,
    factor::switch_on,
    line::Line,
    world::{Client, PASSWORD, World},
};

both!(
    a_refusal_leaves_one_entry,
    a_wrong_secret_leaves_one_entry,
    a_refusal_on_a_socket_leaves_one_entry,
    refusals_beyond_a_window_are_counted,
);

/// The refusals in the log, newest first.
async fn refusals(admin: &Client) -> Vec<Value> {
    let page: Value = admin.get("/api/v1/audit?outcome=refused&limit=200").await.ok();
    page["items"].as_array().unwrap().clone()
}

/// The one entry that was added to the first `before` ones.
async fn added(admin: &Client, before: usize, what: &str) -> Value {
    let now = refusals(admin).await;
    assert_eq!(
        now.len(),
        before + 1,
        "{what} left {:?}",
        now.iter().take(now.len() - before).collect::<Vec<_>>()
    );
    now[0].clone()
}

async fn a_refusal_leaves_one_entry(world: World) {
    let admin = world.admin().await;
    let (other, elsewhere) = (world.patient(1).await, world.doctor(2).await);
    let reception = world.reception().await;
    let (kiosk, kiosk_id) = enrolled(&world, "kiosk", 1).await;
    let ticket: Value = world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok();
    let (patient, ticket) = (world.a.patients[0], ticket["id"].as_str().unwrap());
    let (id, branch) = (NoteId::new(Timestamp::from_ms(1), rand::random()), world.a.branches[0]);
    let note = json!({ "id": id, "patient_id": patient, "ticket_id": ticket, "text": "x", "version": 0 });
    let written: Value = {
        let note = NoteId::new(Timestamp::from_ms(2), rand::random());
        let body =
            json!({ "id": note, "patient_id": patient, "ticket_id": ticket, "text": "x", "version": 0 });
        world.doctor(0).await.put(&format!("/api/v1/notes/{note}"), &body).await.ok()
    };
    let theirs = written["id"].as_str().unwrap();
    let mut join = world.join();
    join["patient_id"] = json!(patient);
    let empty = Value::Null;
    let about = Some(patient);
    let stolen = Client { proof: None, ..admin.clone() };
    let rows: [(&Client, Method, String, &Value, u16, &str, _); 13] = [
        (&other, Method::GET, "/api/v1/admin/users".into(), &empty, 403, "ListPeople", None),
        (&other, Method::DELETE, format!("/api/v1/queue/{ticket}"), &empty, 404, "CancelTicket", about),
        (&other, Method::GET, format!("/api/v1/notes?patient_id={patient}"), &empty, 404, "ListNotes", about),
        (&other, Method::POST, "/api/v1/queue/join".into(), &join, 404, "JoinQueue", about),
        (
            &elsewhere,
            Method::GET,
            format!("/api/v1/queue/doctor-queue?branch_id={branch}"),
            &empty,
            404,
            "DoctorQueue",
            None,
        ),
        (
            &elsewhere,
            Method::PATCH,
            format!("/api/v1/queue/{ticket}/status"),
            &json!({ "step": "call", "version": 1 }),
            404,
            "StepTicket",
            about,
        ),
        (&elsewhere, Method::PUT, format!("/api/v1/notes/{id}"), &note, 404, "SaveNote", about),
        (
            &elsewhere,
            Method::POST,
            format!("/api/v1/notes/{theirs}/sign"),
            &json!({ "id": theirs, "version": 1 }),
            404,
            "SignNote",
            about,
        ),
        (
            &reception,
            Method::GET,
            format!("/api/v1/admin/users/{patient}/avatar"),
            &empty,
            403,
            "GetPersonAvatar",
            about,
        ),
        (
            &reception,
            Method::GET,
            format!("/api/v1/admin/users/{id}/avatar"),
            &empty,
            403,
            "GetPersonAvatar",
            None,
        ),
        // A stolen session: its owner has not confirmed their identity.
        (&stolen, Method::POST, "/api/v1/keys/rotate".into(), &empty, 403, "RotateKeys", None),
        (&kiosk, Method::GET, "/api/v1/audit".into(), &empty, 403, "ListAudit", None),
        (&kiosk, Method::GET, "/api/v1/patients?q=patient".into(), &empty, 403, "FindPatients", None),
    ];
    for (who, method, path, body, status, call, about) in rows {
        let before = refusals(&admin).await.len();
        let request = who.request(method.clone(), &path);
        let request = if body.is_null() { request } else { request.json(body) };
        assert_eq!(who.send(request).await.status.as_u16(), status, "{method} {path}");
        let entry = added(&admin, before, &path).await;
        assert_eq!(entry["action"], "access.refused", "{path}");
        assert_eq!(entry["target"], format!("call:{call}"), "{path}");
        assert_eq!(entry["patient_id"], json!(about), "{path}");
        assert_eq!(entry["detail"]["ip"], "127.0.0.1", "{path}");
        let device = (call == "ListAudit" || call == "FindPatients").then_some(&kiosk_id);
        assert_eq!(entry["device_id"], json!(device), "{path}");
        assert_eq!(entry["person_id"].is_null(), device.is_some(), "{path}");
    }
    // A caller without a session leaves no entry, and an address that is not in the table is not a call.
    let before = refusals(&admin).await.len();
    world.node.anyone().get("/api/v1/admin/users").await.refused(401, "signed_out");
    other.get("/api/v1/nothing").await.refused(404, "not_found");
    world.doctor(0).await.post("/api/v1/queue/call-next", &json!({})).await.ok::<Value>();
    world.doctor(0).await.post("/api/v1/queue/call-next", &json!({})).await.refused(404, "nobody_waiting");
    assert_eq!(refusals(&admin).await.len(), before);
}

async fn a_wrong_secret_leaves_one_entry(world: World) {
    let admin = world.admin().await;
    let anyone = world.node.anyone();
    let (patient, other) = (world.patient(0).await, world.patient(8).await);
    switch_on(&world, &other).await;
    let confirm = "/api/v1/users/me/confirm".to_owned();
    let begun: Value =
        anyone.post("/api/v1/auth/register", &json!({ "name": "N", "email": "n@test.example" })).await.ok();
    let wrong = if world.code().await == "000000" { "000001" } else { "000000" };
    let code =
        json!({ "verification_id": begun["verification_id"], "code": wrong, "password": "kettle-42-violin" });
    let rows: [(&Client, String, Value, &str); 6] = [
        (
            &anyone,
            "/api/v1/auth/login".into(),
            json!({ "email": "patient5@test.example", "password": "wrong", "face": Face::Companion }),
            "session.sign_in",
        ),
        (
            &anyone,
            "/api/v1/auth/login".into(),
            json!({ "email": "nobody@test.example", "password": PASSWORD }),
            "session.sign_in",
        ),
        (&anyone, "/api/v1/auth/verify-otp".into(), code, "account.verify"),
        (&anyone, "/api/v1/devices/enrol".into(), json!({ "code": "NOSUCHCODE" }), "device.enrol"),
        (&patient, confirm.clone(), json!({ "password": "wrong" }), "session.confirm"),
        (&other, confirm, json!({ "password": PASSWORD, "code": "AAAAA-AAAAA" }), "session.confirm"),
    ];
    for (who, path, body, action) in rows {
        let before = refusals(&admin).await.len();
        let answer = who.post(&path, &body).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.body);
        let entry = added(&admin, before, &path).await;
        assert_eq!((&entry["action"], &entry["outcome"]), (&json!(action), &json!("refused")), "{path}");
    }
}

async fn a_refusal_on_a_socket_leaves_one_entry(world: World) {
    let admin = world.admin().await;
    let (patient, branch) = (world.patient(0).await, world.a.branches[0]);
    for (topic, said) in [
        (Topic::Queue(branch), format!("follow:queue:{branch}")),
        (Topic::Activity, "follow:activity".to_owned()),
        (Topic::Link("c2VjcmV0".to_owned()), "follow:link".to_owned()),
    ] {
        let before = refusals(&admin).await.len();
        let token = patient.token.as_deref();
        let mut line = Line::hello(&patient.base, Face::Companion, token, vec![topic], None).await;
        while !matches!(line.next().await, Some(ServerFrame::Refused { .. })) {}
        let entry = added(&admin, before, &said).await;
        assert_eq!((&entry["target"], &entry["action"]), (&json!(said), &json!("access.refused")));
        assert_eq!(entry["person_id"], json!(world.a.patients[0]));
    }
    let before = refusals(&admin).await.len();
    let client_id = ClientId::new(Timestamp::from_ms(1), rand::random());
    let replica = Replica { client_id, schema: SCHEMA, cursor: None, buckets: Vec::new() };
    let token = admin.token.as_deref();
    let mut line = Line::hello(&admin.base, Face::Admin, token, Vec::new(), Some(replica)).await;
    while line.next().await.is_some() {}
    assert_eq!(added(&admin, before, "a replica").await["target"], "replica");
}

async fn refusals_beyond_a_window_are_counted(mut world: World) {
    let (other, third) = (world.patient(1).await, world.patient(2).await);
    for _ in 0..27 {
        other.get("/api/v1/admin/users").await.refused(403, "forbidden");
    }
    third.get("/api/v1/admin/users").await.refused(403, "forbidden");
    let admin = world.admin().await;
    assert_eq!(refusals(&admin).await.len(), 21, "those of another still leave theirs");
    // A server that stops writes the entry about counted refusals.
    world.restart(|_| {}).await;
    let told = refusals(&world.admin().await).await;
    assert_eq!(told.len(), 22);
    assert_eq!(told[0]["action"], "access.refused_more");
    assert_eq!(told[0]["detail"]["count"], 7);
    assert_eq!(told[0]["person_id"], json!(world.a.patients[1]));
}
