//! The end of a branch's day, on both databases.

use std::time::Duration;

use medlane_shared::sync::Cursor;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::{
    both,
    world::{Client, Node, World},
};

both!(
    nobody_waits_into_the_next_day,
    a_day_that_ended_while_nothing_ran,
    past_midnight_nobody_ends_who_stands_before_a_working_desk,
);

/// Watches the clinic's changes.
fn moves(world: &World) -> watch::Receiver<Cursor> {
    world.node.core.clinics.get(world.a.id).unwrap().moved()
}

/// How a patient's last visit ended, once it has ended.
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
    // One patient is being seen, one is called, one waits.
    let seen: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    doctor.step(&seen, "serve").await.ok::<Value>();
    let called = json!({ "step": "call", "version": 1, "room": "Room 1" });
    let view: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
    let second = view["waiting"][0]["id"].as_str().unwrap().to_owned();
    doctor.patch(&format!("/api/v1/queue/{second}/status"), &called).await.ok::<Value>();
    let learned = || {
        let clinic = world.node.core.clinics.get(world.a.id).unwrap();
        let (branch, service) = (world.a.branches[0], world.a.services[0]);
        clinic.with(|live: &medlane_server::queue::LiveQueue| {
            live.branch(branch).and_then(|here| here.learned(service))
        })
    };
    let before = learned();

    // At a branch that is open at night, active tickets stay for a while.
    let mut moves = moves(&world);
    world.clock.pass(Duration::from_hours(25));
    let (doctor, admin) = (world.doctor(0).await, world.admin().await);
    // The server checks after every change of the clinic.
    world.reception().await.put(&door(&world), &json!({ "door": "open" })).await.ok::<Value>();
    let mut states = Vec::new();
    for n in 0..3 {
        states.push(ended(&mut moves, &world.patient(n).await).await);
    }
    assert_eq!(states, ["done", "no_show", "cancelled"]);
    assert_eq!(joins(&world, 3).await["label"], "GP-001", "labels begin anew");
    // A patient whose ticket ended may join again, behind those of today.
    assert_eq!(joins(&world, 2).await["label"], "GP-002");
    let next: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    assert_eq!(next["patient_name"], "Name of patient3");
    let log: Value = admin.get("/api/v1/audit?action=ticket.lapse").await.ok();
    assert_eq!(log["items"].as_array().unwrap().len(), 3);
    // Nothing is learned from visits of 25 hours.
    assert_eq!(learned(), before);
}

fn door(world: &World) -> String {
    format!("/api/v1/branches/{}/queue", world.a.branches[0])
}

/// Advances the clock to an hour and minute in the branches' zone.
fn at_local(world: &World, hour: u64, minute: u64) {
    // Muscat is four hours ahead of UTC all year.
    let now = (world.seconds() + 4 * 3_600) % 86_400;
    let then = hour * 3_600 + minute * 60;
    world.clock.pass(Duration::from_secs((then + 86_400 - now) % 86_400));
}

/// Both branches are open until eleven in the evening.
async fn open_until_eleven(world: &World) {
    let admin = world.admin().await;
    let all: Value = admin.get("/api/v1/admin/settings").await.ok();
    for branch in all["branches"].as_array().unwrap() {
        let mut settings = branch["settings"].clone();
        let days = (1..=7).map(|weekday| json!({ "weekday": weekday, "from_min": 480, "to_min": 1_380 }));
        settings["policy"]["opening"] = days.collect();
        let path = format!("/api/v1/admin/branches/{}", branch["id"].as_str().unwrap());
        admin.put(&path, &settings).await.ok::<Value>();
    }
}

async fn past_midnight_nobody_ends_who_stands_before_a_working_desk(world: World) {
    at_local(&world, 22, 30);
    open_until_eleven(&world).await;
    for n in 0..4 {
        joins(&world, n).await;
    }
    // A patient waits at the other branch, where nobody works. When their ticket ends, the server has checked the
    // day's end.
    let elsewhere = json!({ "branch_id": world.a.branches[1], "service_id": world.a.services[1] });
    world.patient(9).await.post("/api/v1/queue/join", &elsewhere).await.ok::<Value>();
    at_local(&world, 23, 20);
    let doctor = world.doctor(0).await;
    let first: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    let first: Value = doctor.step(&first, "serve").await.ok();
    at_local(&world, 23, 50);
    let doctor = world.doctor(0).await;
    let view: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
    let second: Value = doctor.step(&view["waiting"][0], "call").await.ok();
    let state = async |n: usize| -> Value {
        let mine: Value = world.patient(n).await.get("/api/v1/queue/my-status").await.ok();
        mine["tickets"][0]["state"].clone()
    };
    // It is five past twelve: another day, and the branch has been closed for an hour.
    let mut moves = moves(&world);
    at_local(&world, 0, 5);
    let doctor = world.doctor(0).await;
    let second: Value = doctor.step(&second, "recall").await.ok();
    assert_eq!(ended(&mut moves, &world.patient(9).await).await, "cancelled");
    for (n, is) in ["serving", "called", "waiting", "waiting"].into_iter().enumerate() {
        assert_eq!(state(n).await, is, "patient {n}");
    }
    // The numbers of patients who are still there are not given again, and the desk sees the day of older tickets.
    let reception = world.reception().await;
    let walk_in: Value = reception.post("/api/v1/queue/join", &world.join()).await.ok();
    assert_eq!(walk_in["label"], "GP-005");
    let view: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
    let days: Vec<bool> =
        view["waiting"].as_array().unwrap().iter().map(|row| row.get("earlier_day").is_some()).collect();
    assert_eq!(days, [true, true, false]);
    // The work goes on.
    doctor.step(&first, "done").await.ok::<Value>();
    let third: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    assert_eq!(third["label"], "GP-003");
    let third: Value = doctor.step(&third, "serve").await.ok();
    doctor.step(&third, "done").await.ok::<Value>();
    doctor.step(&second, "no_show").await.ok::<Value>();
    // The doctor goes home. Half an hour later the patients left from yesterday have gone too, and those of today
    // wait.
    at_local(&world, 0, 40);
    let reception = world.reception().await;
    reception.put(&door(&world), &json!({ "door": "open" })).await.ok::<Value>();
    assert_eq!(ended(&mut moves, &world.patient(3).await).await, "cancelled");
    let view: Value = world.doctor(0).await.get("/api/v1/queue/doctor-queue").await.ok();
    assert_eq!(view["waiting"][0]["label"], "GP-005");
    assert_eq!(view["waiting"].as_array().unwrap().len(), 1);
}

async fn a_day_that_ended_while_nothing_ran(mut world: World) {
    joins(&world, 0).await;
    world.node.stop().await;
    world.clock.pass(Duration::from_hours(24 * 9));
    world.node = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let mut moves = moves(&world);
    assert_eq!(ended(&mut moves, &world.patient(0).await).await, "cancelled");
    assert_eq!(joins(&world, 0).await["label"], "GP-001");
    // The next start loads only the day before.
    world.node.stop().await;
    world.node = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let mine: Value = world.patient(0).await.get("/api/v1/queue/my-status").await.ok();
    assert_eq!(mine["tickets"].as_array().unwrap().len(), 1);
}
