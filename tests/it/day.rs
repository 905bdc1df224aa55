//! The end of a branch's day, on both databases.

use std::time::Duration;

use medlane_shared::sync::Cursor;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{
    both,
    world::{Client, Node, World},
};

both!(nobody_waits_into_the_next_day, a_day_that_ended_while_nothing_ran);

/// The clinic's moves from now on.
fn moves(world: &World) -> watch::Receiver<Cursor> {
    world.node.core.clinics.get(world.a.id).unwrap().moved()
}

/// What became of a patient's last visit, once it has ended.
async fn ended(moves: &mut watch::Receiver<Cursor>, patient: &Client) -> Value {
    loop {
        moves.borrow_and_update();
        let mine: Value = patient.get("/api/v1/queue/my-status").await.ok();
        if mine["tickets"] == json!([]) {
            let visits: Value = patient.get("/api/v1/queue/my-history").await.ok();
            return visits["items"][0]["state"].clone();
        }
        moves.changed().await.unwrap();
    }
}

async fn joins(world: &World, n: usize) -> Value {
    world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok()
}

async fn nobody_waits_into_the_next_day(world: World) {
    let doctor = world.doctor(0).await;
    for n in 0..3 {
        joins(&world, n).await;
    }
    // One is being seen, one is called, one waits.
    let seen: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    doctor.step(&seen, "serve").await.ok::<Value>();
    let called = json!({ "step": "call", "version": 1, "room": "Room 1" });
    let view: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
    let second = view["waiting"][0]["id"].as_str().unwrap().to_owned();
    doctor.patch(&format!("/api/v1/queue/{second}/status"), &called).await.ok::<Value>();
    let learned = || {
        let clinic = world.node.core.clinics.get(world.a.id).unwrap();
        let (branch, service) = (world.a.branches[0], world.a.services[0]);
        clinic.with_live(|live| live.branch(branch).and_then(|here| here.learned(service)))
    };
    let before = learned();

    // A branch that is open through the night: what is still under way goes on for a while.
    let mut moves = moves(&world);
    world.clock.pass(Duration::from_hours(25));
    let (doctor, admin) = (world.doctor(0).await, world.admin().await);
    assert_eq!(joins(&world, 3).await["label"], "GP-001", "labels begin anew");
    let mut states = Vec::new();
    for n in 0..3 {
        states.push(ended(&mut moves, &world.patient(n).await).await);
    }
    assert_eq!(states, ["done", "no_show", "cancelled"]);
    // Whoever was left may come again, and is not before those of today.
    assert_eq!(joins(&world, 2).await["label"], "GP-002");
    let next: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    assert_eq!(next["patient_name"], "Name of patient3");
    let log: Value = admin.get("/api/v1/audit?action=ticket.lapse").await.ok();
    assert_eq!(log["items"].as_array().unwrap().len(), 3);
    // Nothing is learned from visits of a day and an hour.
    assert_eq!(learned(), before);
}

async fn a_day_that_ended_while_nothing_ran(mut world: World) {
    joins(&world, 0).await;
    world.node.stop().await;
    world.clock.pass(Duration::from_hours(24 * 9));
    world.node = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let mut moves = moves(&world);
    assert_eq!(ended(&mut moves, &world.patient(0).await).await, "cancelled");
    assert_eq!(joins(&world, 0).await["label"], "GP-001");
    // The next start looks no further back than the day before.
    world.node.stop().await;
    world.node = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let mine: Value = world.patient(0).await.get("/api/v1/queue/my-status").await.ok();
    assert_eq!(mine["tickets"].as_array().unwrap().len(), 1);
}
