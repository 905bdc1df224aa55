//! Guardians act for dependants, and the log says on whose behalf.

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

both!(a_guardian_acts_for_a_child, nobody_acts_for_somebody_elses_child);

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
        assert!(answer.body["fields"][field].is_string(), "{}", answer.body);
    }
    let omar = child(&guardian, "Omar").await;
    let ticket: Value = guardian.post("/api/v1/queue/join", &join(&world, &omar)).await.ok();
    // Their own place in the same queue is another.
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
    // Who did it, and on whose behalf.
    let log: Value = world.admin().await.get("/api/v1/audit?action=ticket.join").await.ok();
    let entries = log["items"].as_array().unwrap();
    let entry = entries.iter().find(|entry| entry["patient_name"] == "Omar").unwrap();
    assert_eq!(entry["person_name"], "Name of patient0");
    assert_eq!(entry["detail"]["on_behalf_of"], omar["id"]);
    assert!(entries.iter().any(|entry| entry["detail"].get("on_behalf_of").is_none()));

    // What is over is there for whoever looks after them, newest first, a page at a time.
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

async fn nobody_acts_for_somebody_elses_child(world: World) {
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
    // The child has no way in, and a doctor has no children here.
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
