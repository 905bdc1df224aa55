//! Why somebody is urgent: whoever sees the patient reads it, and nobody else.

use serde_json::{Value, json};

use crate::{
    both,
    browser::{Browser, DESKTOP, KIOSK, PHONE},
    world::{Client, World},
};

both!(why_somebody_is_urgent_is_told_to_staff_alone);

async fn step(who: &Client, row: &Value, of: &Value) -> Value {
    let mut body = json!({ "version": row["version"] });
    body.as_object_mut().unwrap().extend(of.as_object().unwrap().clone());
    who.patch(&format!("/api/v1/queue/{}/status", row["id"].as_str().unwrap()), &body).await.ok()
}

/// The class of the first waiting ticket, and why.
async fn first(who: &Client, world: &World) -> (Value, Value) {
    let branch = world.a.branches[0];
    let view: Value = who.get(&format!("/api/v1/queue/doctor-queue?branch_id={branch}")).await.ok();
    let row = &view["waiting"][0];
    (row["priority"].clone(), row["priority_why"].clone())
}

fn sets(class: &str, why: &str) -> Value {
    json!({ "step": "prioritise", "priority": class, "reason": why })
}

async fn why_somebody_is_urgent_is_told_to_staff_alone(mut world: World) {
    let ticket: Value = world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok();
    world.patient(1).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let desk = world.reception().await;
    let urgent = step(&desk, &ticket, &sets("urgent", " Chest pain ")).await;
    assert_eq!(urgent["priority_why"], "Chest pain");
    assert_eq!(first(&world.doctor(0).await, &world).await, (json!("urgent"), json!("Chest pain")));
    for text in [
        world.patient(0).await.get("/api/v1/queue/my-status").await.ok::<Value>().to_string(),
        world.patient(1).await.get("/api/v1/queue/my-status").await.ok::<Value>().to_string(),
        {
            let board = format!("/api/v1/branches/{}/board", world.a.branches[0]);
            world.node.anyone().get(&board).await.ok::<Value>().to_string()
        },
    ] {
        assert!(text.contains("GP-00") && !text.contains("Chest") && !text.contains("why"), "{text}");
    }
    // Steps are answered with the row of staff, so a patient makes none: their own acts have calls of their own.
    let path = format!("/api/v1/queue/{}/status", ticket["id"].as_str().unwrap());
    for of in ["arrive", "cancel"] {
        let body = json!({ "step": of, "version": urgent["version"] });
        world.patient(0).await.patch(&path, &body).await.refused(403, "forbidden");
    }
    // An undo shows the reason that holds again; a ticket without urgency has none.
    let worse = step(&desk, &urgent, &sets("emergency", "Not breathing")).await;
    assert_eq!(worse["priority_why"], "Not breathing");
    let back = step(&desk, &worse, &json!({ "step": "undo" })).await;
    assert_eq!((&back["priority"], &back["priority_why"]), (&json!("urgent"), &json!("Chest pain")));
    // It is sealed in the row, and a new start reads it.
    world.restart(|_| ()).await;
    let (desk, doctor) = (world.reception().await, world.doctor(0).await);
    assert_eq!(first(&doctor, &world).await, (json!("urgent"), json!("Chest pain")));
    let normal = step(&desk, &back, &sets("normal", "A mistake")).await;
    assert_eq!((&normal["priority"], &normal["priority_why"]), (&json!("normal"), &Value::Null));
    let again = step(&desk, &normal, &json!({ "step": "undo" })).await;
    let plain = step(&desk, &again, &sets("urgent", "Pale")).await;
    assert_eq!(plain["priority_why"], "Pale");
    // A walk-in without a name has a reason too.
    let unnamed: Value = desk.post("/api/v1/queue/join", &world.join()).await.ok();
    let unnamed = step(&desk, &unnamed, &sets("emergency", "Fainted")).await;
    assert_eq!(unnamed["priority_why"], "Fainted");
    assert_eq!(first(&doctor, &world).await, (json!("emergency"), json!("Fainted")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_reads_why_somebody_is_urgent() {
    let world = World::sqlite().await;
    let ticket: Value = world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok();
    let why = "Chest pain since this morning, on the left side, and short of breath when lying down";
    step(&world.reception().await, &ticket, &sets("urgent", why)).await;
    let [_, board_code] = world.device_codes().await;
    let says_why = |text: &str| text.starts_with("Urgent:") && text.ends_with(why);
    let doctor = Browser::open(&format!("{}/doctor", world.node.base), DESKTOP, "en").await;
    doctor.signs_in("doctor0@test.example").await;
    assert!(says_why(&doctor.says("[data-label=GP-001] [data-why]").await));
    doctor.press("#call-next").await;
    assert!(says_why(&doctor.says("#present[data-label=GP-001] [data-why]").await));
    doctor.is_accessible("why the patient is urgent").await;
    let desk = Browser::open(&format!("{}/console", world.node.base), PHONE, "ar").await;
    desk.signs_in("reception@test.example").await;
    assert!(desk.says("[data-label=GP-001] [data-why]").await.contains(why));
    desk.is_accessible("why a patient is urgent, on a phone in Arabic").await;
    let board = format!("{}/board#code={board_code}", world.node.base);
    let board = Browser::open(&board, KIOSK, "en").await;
    assert!(!board.says("li[data-label=GP-001]").await.contains("Chest"));
}
