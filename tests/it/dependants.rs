//! Guardians act for dependants, and the log records for whom.

use medlane_shared::{
    identity::Face,
    sync::{ServerFrame, Topic},
};
use serde_json::{Value, json};

use crate::{
    both,
    line::Line,
    world::{Client, Node, World},
};

both!(
    a_guardian_acts_for_a_child,
    nobody_acts_for_somebody_elses_child,
    a_childs_tickets_end_with_the_guardianship,
    tickets_from_home_are_bounded,
    a_guardian_acts_for_a_merged_record_only_with_a_proof,
);

const MINE: &str = "/api/v1/users/me/dependants";

async fn child(guardian: &Client, name: &str) -> Value {
    guardian.post(MINE, &json!({ "name": name, "birth_date": "2016-02-29" })).await.ok()
}

fn join(world: &World, child: &Value) -> Value {
    let mut join = world.join();
    join["patient_id"] = child["id"].clone();
    join
}

async fn a_guardian_acts_for_a_child(world: World) {
    let guardian = world.patient(0).await;
    let token = guardian.token.clone();
    let mut line =
        Line::hello(&world.node.base, Face::Companion, token.as_deref(), vec![Topic::Mine], None).await;
    line.view(|body| body["tickets"] == json!([])).await;
    for (name, born, field) in [("", "2016-02-29", "name"), ("Omar", "2016-02-30", "birth_date")] {
        let answer = guardian.post(MINE, &json!({ "name": name, "birth_date": born })).await;
        answer.refused(422, "invalid");
        assert!(answer.body["fields"][field]["code"].is_string(), "{}", answer.body);
    }
    let omar = child(&guardian, "Omar").await;
    let ticket: Value = guardian.post("/api/v1/queue/join", &join(&world, &omar)).await.ok();
    // The guardian's own place in the same queue is separate.
    guardian.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    guardian.post("/api/v1/queue/join", &join(&world, &omar)).await.refused(409, "ticket_active");
    let both = line.view(|body| body["tickets"].as_array().is_some_and(|all| all.len() == 2)).await;
    assert_eq!(
        (&both["tickets"][0]["patient_name"], &both["tickets"][1]["patient_name"]),
        (&Value::Null, &json!("Omar"))
    );
    let row: Value = world.doctor(0).await.post("/api/v1/queue/call-next", &json!({})).await.ok();
    assert_eq!((&row["patient_name"], &row["id"]), (&json!("Omar"), &ticket["id"]));
    guardian.get(&format!("/api/v1/notes?patient_id={}", omar["id"].as_str().unwrap())).await.ok::<Value>();
    // The entry names who acted, and for whom.
    let log: Value = world.admin().await.get("/api/v1/audit?action=ticket.join").await.ok();
    let entries = log["items"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["patient_name"] == "Omar").unwrap();
    assert_eq!(entry["person_name"], "Name of patient0");
    assert_eq!(entry["detail"]["on_behalf_of"], omar["id"]);
    assert!(entries.iter().any(|entry| entry["detail"].get("on_behalf_of").is_none()));

    // The guardian sees the past visits, newest first, in pages.
    for view in both["tickets"].as_array().unwrap() {
        guardian.delete(&format!("/api/v1/queue/{}", view["id"].as_str().unwrap())).await;
    }
    let history = "/api/v1/queue/my-history";
    let first: Value = guardian.get(&format!("{history}?limit=1")).await.ok();
    assert_eq!(
        (&first["items"][0]["patient_name"], &first["items"][0]["label"]),
        (&Value::Null, &json!("GP-002"))
    );
    let rest: Value =
        guardian.get(&format!("{history}?cursor={}", first["next"].as_str().unwrap())).await.ok();
    assert_eq!(rest["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&rest["items"][0]["patient_name"], &rest["items"][0]["patient_id"]),
        (&json!("Omar"), &omar["id"])
    );
    let path = format!("{MINE}/{}", omar["id"].as_str().unwrap());
    guardian.delete(&path).await.ok::<Value>();
    let own: Value = guardian.get(history).await.ok();
    assert_eq!(own["items"].as_array().unwrap().len(), 1, "no longer looked after, no longer seen");
    guardian.delete(&path).await.refused(404, "not_found");
    guardian.post("/api/v1/queue/join", &join(&world, &omar)).await.refused(404, "not_found");
    let page: Value = guardian.get(MINE).await.ok();
    assert_eq!(page["items"], json!([]));
}

async fn nobody_acts_for_somebody_elses_child(mut world: World) {
    world.restart(|config| config.limits.dependants_a_day = 0).await;
    let (guardian, other) = (world.patient(0).await, world.patient(1).await);
    let omar = child(&guardian, "Omar").await;
    let ticket: Value = guardian.post("/api/v1/queue/join", &join(&world, &omar)).await.ok();
    let id = omar["id"].as_str().unwrap();
    other.post("/api/v1/queue/join", &join(&world, &omar)).await.refused(404, "not_found");
    other
        .delete(&format!("/api/v1/queue/{}", ticket["id"].as_str().unwrap()))
        .await
        .refused(404, "not_found");
    other.get(&format!("/api/v1/notes?patient_id={id}")).await.refused(404, "not_found");
    other.delete(&format!("{MINE}/{id}")).await.refused(404, "not_found");
    // A child cannot sign in, and a doctor cannot add dependants here.
    world
        .doctor(0)
        .await
        .post(MINE, &json!({ "name": "Omar", "birth_date": "2016-02-29" }))
        .await
        .refused(403, "forbidden");
    let cancelled = guardian.delete(&format!("/api/v1/queue/{}", ticket["id"].as_str().unwrap())).await;
    assert_eq!(cancelled.ok::<Value>()["state"], "cancelled");
    for n in 1..20 {
        child(&guardian, &format!("Child {n}")).await;
    }
    guardian
        .post(MINE, &json!({ "name": "One more", "birth_date": "2016-02-29" }))
        .await
        .refused(422, "invalid");
}

async fn a_childs_tickets_end_with_the_guardianship(mut world: World) {
    world.restart(|config| config.limits.dependants_a_day = 0).await;
    let (guardian, doctor, reception) =
        (world.patient(0).await, world.doctor(0).await, world.reception().await);
    let waiting = async || -> Vec<Value> {
        let view: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
        view["waiting"].as_array().unwrap().iter().map(|row| row["patient_name"].clone()).collect()
    };
    let ends = async |child: &Value| {
        guardian.delete(&format!("{MINE}/{}", child["id"].as_str().unwrap())).await.ok::<Value>();
    };
    let ghost = child(&guardian, "Ghost").await;
    let ticket: Value = guardian.post("/api/v1/queue/join", &join(&world, &ghost)).await.ok();
    ends(&ghost).await;
    assert!(waiting().await.is_empty(), "nobody is left who could come");
    let link = format!("/api/v1/tickets/{}", ticket["link"].as_str().unwrap());
    assert_eq!(world.node.anyone().get(&link).await.ok::<Value>()["state"], "cancelled");
    let log: Value = world.admin().await.get("/api/v1/audit?action=ticket.cancel").await.ok();
    assert_eq!(log["items"][0]["detail"]["why"], "dependant.end");
    // A dependant whom the desk has put in line is here.
    let there = child(&guardian, "There").await;
    reception.post("/api/v1/queue/join", &join(&world, &there)).await.ok::<Value>();
    // A dependant with another guardian keeps their ticket.
    let shared = child(&guardian, "Shared").await;
    let sql = "insert into guardian (guardian_id, dependant_id, created_at_ms) values ($1, $2, 1)";
    world.raw(sql, &[&world.a.patients[1].to_string(), shared["id"].as_str().unwrap()]).await;
    guardian.post("/api/v1/queue/join", &join(&world, &shared)).await.ok::<Value>();
    // A person with an account of their own acts for themselves.
    let grown = child(&guardian, "Grown").await;
    world.raw("update person set password = 'x' where id = $1", &[grown["id"].as_str().unwrap()]).await;
    guardian.post("/api/v1/queue/join", &join(&world, &grown)).await.ok::<Value>();
    for one in [&there, &shared, &grown] {
        ends(one).await;
    }
    assert_eq!(waiting().await, ["There", "Shared", "Grown"]);
    // A dependant who was checked in keeps the place, and one who is called may still come.
    let come = child(&guardian, "Come").await;
    let ticket: Value = guardian.post("/api/v1/queue/join", &join(&world, &come)).await.ok();
    let path = format!("/api/v1/queue/{}/check-in", ticket["id"].as_str().unwrap());
    guardian.post(&path, &Value::Null).await.ok::<Value>();
    ends(&come).await;
    assert_eq!(waiting().await, ["There", "Shared", "Grown", "Come"]);
    let called = child(&guardian, "Called").await;
    let ticket: Value = guardian.post("/api/v1/queue/join", &join(&world, &called)).await.ok();
    let path = format!("/api/v1/queue/{}/status", ticket["id"].as_str().unwrap());
    let row: Value = doctor.patch(&path, &json!({ "step": "call", "version": 1 })).await.ok();
    ends(&called).await;
    doctor.step(&row, "no_show").await.ok::<Value>();
    // A running visit goes on.
    let seen = child(&guardian, "Seen").await;
    let ticket: Value = guardian.post("/api/v1/queue/join", &join(&world, &seen)).await.ok();
    let path = format!("/api/v1/queue/{}/status", ticket["id"].as_str().unwrap());
    let called: Value = doctor.patch(&path, &json!({ "step": "call", "version": 1 })).await.ok();
    doctor.step(&called, "serve").await.ok::<Value>();
    ends(&seen).await;
    let view: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
    assert_eq!(view["serving"][0]["patient_name"], "Seen");
}

async fn tickets_from_home_are_bounded(world: World) {
    let (guardian, reception) = (world.patient(0).await, world.reception().await);
    // Five children a day.
    let mut children = Vec::new();
    for n in 0..5 {
        children.push(child(&guardian, &format!("Child {n}")).await);
    }
    let one_more = json!({ "name": "One more", "birth_date": "2016-02-29" });
    let refused = guardian.post(MINE, &one_more).await;
    refused.refused(429, "rate_limited");
    assert!(refused.body["retry_after_s"].as_u64() > Some(80_000), "{}", refused.body);
    // Twelve tickets in an hour, for any dependant. Tries refused for other reasons do not count.
    let (mut taken, mut last) = (0, None);
    for n in 0..20 {
        let answer = guardian.post("/api/v1/queue/join", &join(&world, &children[n % 5])).await;
        if answer.status.as_u16() == 429 {
            last = Some(answer);
            break;
        }
        let ticket: Value = answer.ok();
        taken += 1;
        guardian
            .post("/api/v1/queue/join", &join(&world, &children[n % 5]))
            .await
            .refused(409, "ticket_active");
        guardian.delete(&format!("/api/v1/queue/{}", ticket["id"].as_str().unwrap())).await.ok::<Value>();
    }
    assert_eq!(taken, 12);
    assert!(last.unwrap().body["retry_after_s"].as_u64() > Some(3_000));
    guardian.post("/api/v1/queue/join", &world.join()).await.refused(429, "rate_limited");
    // The desk and other patients are not limited by it.
    reception.post("/api/v1/queue/join", &join(&world, &children[0])).await.ok::<Value>();
    world.patient(1).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    // Counts are in the database, so a restart keeps them. An hour later the account can join again.
    let mut world = world;
    world.restart(|_| {}).await;
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.refused(429, "rate_limited");
    world.clock.pass(std::time::Duration::from_mins(61));
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
}

#[tokio::test]
async fn every_node_knows_who_acts_for_whom() {
    let world = World::postgres().await;
    let guardian = world.patient(0).await;
    let second = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let omar = child(&guardian, "Omar").await;
    let there = Client { base: second.base.clone(), ..guardian.clone() };
    let token = guardian.token.as_deref();
    let mut line = Line::hello(&second.base, Face::Companion, token, vec![Topic::Mine], None).await;
    guardian.post("/api/v1/queue/join", &join(&world, &omar)).await.ok::<Value>();
    loop {
        if let Some(ServerFrame::View { body, .. }) = line.next().await
            && body["tickets"][0]["patient_name"] == "Omar"
        {
            break;
        }
    }
    let mine: Value = there.get("/api/v1/queue/my-status").await.ok();
    there
        .delete(&format!("/api/v1/queue/{}", mine["tickets"][0]["id"].as_str().unwrap()))
        .await
        .ok::<Value>();
}

/// The people whom a guardian acts for.
async fn acted_for(guardian: &Client) -> Vec<Value> {
    let page: Value = guardian.get(MINE).await.ok();
    page["items"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect()
}

async fn a_guardian_acts_for_a_merged_record_only_with_a_proof(world: World) {
    let guardian = world.patient(0).await;
    let child = child(&guardian, "Name of patient1").await;
    let (kept, admin) = (json!(world.a.patients[1]), world.admin().await);
    let version = async |id: &Value| {
        let page: Value = admin.get("/api/v1/admin/users?limit=200").await.ok();
        page["items"].as_array().unwrap().iter().find(|one| &one["id"] == id).unwrap()["version"].clone()
    };
    let merge = async |proof: Value| {
        let mut body = json!({ "other_id": child["id"], "version": version(&kept).await, "other_version": version(&child["id"]).await });
        if !proof.is_null() {
            body["proof"] = proof;
        }
        admin.post(&format!("/api/v1/admin/users/{}/merge", kept.as_str().unwrap()), &body).await
    };
    merge(Value::Null).await.refused(422, "identity_unproven");
    assert_eq!(acted_for(&guardian).await, std::slice::from_ref(&child["id"]));
    merge(json!({ "identity": "passport" })).await.ok::<Value>();
    // They act for the record that stays, and for no other.
    assert_eq!(acted_for(&guardian).await, std::slice::from_ref(&kept));
    guardian.post("/api/v1/queue/join", &join(&world, &child)).await.refused(404, "not_found");
    let reception = world.reception().await;
    reception.post("/api/v1/queue/join", &join(&world, &child)).await.refused(409, "person_merged");
    guardian.post("/api/v1/queue/join", &join(&world, &json!({ "id": kept }))).await.ok::<Value>();
    let body = json!({ "version": version(&child["id"]).await });
    let path = format!("/api/v1/admin/users/{}/unmerge", child["id"].as_str().unwrap());
    admin.post(&path, &body).await.ok::<Value>();
    assert_eq!(acted_for(&guardian).await, std::slice::from_ref(&child["id"]));
    let notes = format!("/api/v1/notes?patient_id={}", kept.as_str().unwrap());
    guardian.get(&notes).await.refused(404, "not_found");
}
