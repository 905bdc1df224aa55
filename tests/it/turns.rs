//! Waiting patients hear when their turn comes, by the channels that they chose.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    both,
    world::{Client, Node, World},
};

both!(whoever_waits_is_told_once);

/// Waits until the outbox holds a text `times` times, and checks that it does not hold it more often.
pub async fn says(world: &World, text: &str, times: usize) {
    let mut seen = 0;
    for _ in 0..200 {
        seen = world.outbox().await.matches(text).count();
        if seen >= times {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(seen, times, "{text}");
}

async fn joins(world: &World, who: &Client) -> Value {
    who.post("/api/v1/queue/join", &world.join()).await.ok()
}

async fn whoever_waits_is_told_once(mut world: World) {
    // A second node serves the same queue, where nodes can share the database (PostgreSQL).
    let other = if world.url.starts_with("postgres") {
        Some(Node::start(&world.url, world.dir.path(), &world.clock).await)
    } else {
        None
    };
    let mother = world.patient(4).await;
    let child = json!({ "name": "Omar", "birth_date": "2018-05-01" });
    let child: Value = mother.post("/api/v1/users/me/dependants", &child).await.ok();
    let silent = world.patient(1).await;
    silent.put("/api/v1/users/me/notices", &json!({ "channels": [] })).await.ok::<Value>();
    joins(&world, &world.patient(0).await).await;
    joins(&world, &silent).await;
    joins(&world, &world.patient(2).await).await;
    joins(&world, &world.patient(3).await).await;
    let mut join = world.join();
    join["patient_id"] = child["id"].clone();
    mother.post("/api/v1/queue/join", &join).await.ok::<Value>();
    // Three patients are near their turn; one of them turned notices off.
    says(&world, "nearly your turn", 2).await;
    says(&world, "GP-001: 0 before you at Clinic A, North", 1).await;
    says(&world, "GP-003: 2 before you", 1).await;
    let doctor = world.doctor(0).await;
    let called: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 2" })).await.ok();
    says(&world, "GP-001: it is your turn at Clinic A. Please go to Room 2.", 1).await;
    says(&world, "GP-004: ", 2).await;
    world.clock.pass(Duration::from_secs(61));
    let again: Value = doctor.step(&called, "recall").await.ok();
    says(&world, "GP-001: it is your turn at", 2).await;
    doctor.step(&again, "serve").await.ok::<Value>();
    doctor.post("/api/v1/queue/call-next", &json!({})).await.ok::<Value>();
    // The message for the child goes to the guardian.
    says(&world, "GP-005 (Omar): 2 before you", 1).await;
    // After a restart nobody is told a second time.
    world.node.stop().await;
    world.node = Node::start(&world.url, world.dir.path(), &world.clock).await;
    joins(&world, &world.patient(5).await).await;
    doctor_calls(&world).await;
    says(&world, "GP-003: it is your turn", 2).await;
    says(&world, "GP-001: it is your turn at", 2).await;
    says(&world, "GP-002", 0).await;
    drop(other);
}

async fn doctor_calls(world: &World) {
    let doctor = world.doctor(0).await;
    doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 2" })).await.ok::<Value>();
}
