//! The clinic's policy for a branch's queue: hours, calls, priorities, when patients are told to come.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    both,
    kiosk::kiosk,
    world::{Client, World},
};

both!(a_branch_runs_as_it_is_set);

/// Changes some fields of the first branch's policy.
async fn sets(world: &World, admin: &Client, change: Value) -> crate::world::Answer {
    let all: Value = admin.get("/api/v1/admin/settings").await.ok();
    let here = world.a.branches[0].to_string();
    let branches = all["branches"].as_array().unwrap();
    let mut settings = branches.iter().find(|branch| branch["id"] == here).unwrap()["settings"].clone();
    for (field, value) in change.as_object().unwrap() {
        settings["policy"][field] = value.clone();
    }
    admin.put(&format!("/api/v1/admin/branches/{here}"), &settings).await
}

/// The local weekday, from 1 for Monday, and the minute of the day.
fn local(world: &World) -> (u64, u64) {
    // Muscat is four hours ahead of UTC all year. 1 January 1970 was a Thursday.
    let minutes = world.seconds() / 60 + 4 * 60;
    ((minutes / 1_440 + 3) % 7 + 1, minutes % 1_440)
}

async fn a_branch_runs_as_it_is_set(world: World) {
    let (admin, reception, doctor) = (world.admin().await, world.reception().await, world.doctor(0).await);
    let kiosk = kiosk(&world).await;
    for wrong in [
        json!({ "near": 0 }),
        json!({ "calls_max": 11 }),
        json!({ "opening": [{ "weekday": 8, "from_min": 0, "to_min": 60 }] }),
        json!({ "opening": [{ "weekday": 1, "from_min": 60, "to_min": 60 }] }),
        json!({ "urgent": { "head_start_min": 20, "gain": 0 } }),
        json!({ "messages": [" "] }),
    ] {
        sets(&world, &admin, wrong).await.refused(422, "invalid");
    }
    // Patients cannot join from home, but at the kiosk and at the desk.
    sets(&world, &admin, json!({ "remote_join": false })).await.ok::<Value>();
    let patient = world.patient(0).await;
    patient.post("/api/v1/queue/join", &world.join()).await.refused(422, "remote_join_off");
    kiosk.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    // Closed at this hour: only the desk gives tickets.
    let (weekday, minute) = local(&world);
    let other_day = json!([{ "weekday": weekday % 7 + 1, "from_min": 0, "to_min": 1440 }]);
    let open_now = json!([{ "weekday": weekday, "from_min": minute, "to_min": minute + 1 }]);
    sets(&world, &admin, json!({ "remote_join": true, "opening": other_day })).await.ok::<Value>();
    patient.post("/api/v1/queue/join", &world.join()).await.refused(422, "outside_hours");
    kiosk.post("/api/v1/queue/join", &world.join()).await.refused(422, "outside_hours");
    let board = format!("/api/v1/branches/{}/board", world.a.branches[0]);
    assert_eq!(world.node.anyone().get(&board).await.ok::<Value>()["door"], "closed");
    let mut join = world.join();
    join["patient_id"] = json!(world.a.patients[1]);
    let urgent: Value = reception.post("/api/v1/queue/join", &join).await.ok();
    sets(&world, &admin, json!({ "opening": open_now })).await.ok::<Value>();
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    sets(&world, &admin, json!({ "opening": [] })).await.ok::<Value>();
    // With few patients before them, the patient is told to leave. With a lower setting they are not.
    let mine = async || patient.get("/api/v1/queue/my-status").await.ok::<Value>()["tickets"][0].clone();
    assert_eq!(mine().await["leave_now"], true);
    sets(&world, &admin, json!({ "near": 1 })).await.ok::<Value>();
    assert!(mine().await.get("leave_now").is_none());
    // An urgent ticket without head start and gain waits in turn.
    let row = json!({ "id": urgent["id"], "version": urgent["version"] });
    let more =
        json!({ "step": "prioritise", "version": row["version"], "priority": "urgent", "reason": "pain" });
    let path = format!("/api/v1/queue/{}/status", row["id"].as_str().unwrap());
    reception.patch(&path, &more).await.ok::<Value>();
    let first = async || {
        let view: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
        view["waiting"][0]["label"].clone()
    };
    assert_eq!(first().await, urgent["label"]);
    let flat = json!({ "head_start_min": 0, "gain": 1 });
    sets(&world, &admin, json!({ "urgent": flat })).await.ok::<Value>();
    assert_eq!(first().await, "GP-001");
    // Two calls, ten seconds apart.
    sets(&world, &admin, json!({ "calls_max": 2, "recall_after_s": 10 })).await.ok::<Value>();
    let called: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    world.clock.pass(Duration::from_secs(9));
    doctor.step(&called, "recall").await.refused(422, "recall_too_soon");
    world.clock.pass(Duration::from_secs(1));
    let again: Value = doctor.step(&called, "recall").await.ok();
    world.clock.pass(Duration::from_mins(1));
    doctor.step(&again, "recall").await.refused(422, "recall_exhausted");
}
