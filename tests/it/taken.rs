//! Staff see who took a ticket's last step: a doctor hears who has ended the visit. Nobody else is told.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    both,
    screens::{doctor, joins, reception, until},
    world::{Client, World},
};

both!(staff_see_who_took_the_last_step, the_end_of_the_day_is_nobodys_step);

/// The row of the only ticket, as this person's queue shows it.
async fn row(world: &World, who: &Client) -> Value {
    let path = format!("/api/v1/queue/doctor-queue?branch_id={}", world.a.branches[0]);
    let view: Value = who.get(&path).await.ok();
    let lists =
        ["waiting", "called", "serving", "parked", "ended"].map(|list| view[list].as_array().unwrap());
    lists.into_iter().flatten().next().cloned().unwrap()
}

async fn staff_see_who_took_the_last_step(world: World) {
    let (author, desk, patient) = (world.doctor(0).await, world.reception().await, world.patient(0).await);
    let joined: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
    assert_eq!(row(&world, &author).await.get("taken_by"), None, "nobody has taken a step");
    let called: Value = author.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    let seen: Value = author.step(&called, "serve").await.ok();
    let name = json!({ "hand": "doctor", "person_id": world.a.doctors[0], "name": "Name of doctor0" });
    assert_eq!(seen["taken_by"], name);
    let done: Value = desk.step(&seen, "done").await.ok();
    for who in [&author, &desk] {
        let taken = &row(&world, who).await["taken_by"];
        assert_eq!((&taken["hand"], taken.get("name")), (&json!("desk"), None), "{taken}");
    }
    // Neither the patient nor the board hears of it.
    let mine: Value = patient.get("/api/v1/queue/my-status").await.ok();
    let past: Value = patient.get("/api/v1/queue/my-history").await.ok();
    let link = format!("/api/v1/tickets/{}", joined["link"].as_str().unwrap());
    let link: Value = patient.get(&link).await.ok();
    let board: Value = patient.get(&format!("/api/v1/branches/{}/board", world.a.branches[0])).await.ok();
    for shown in [mine, past, link, board] {
        assert!(!shown.to_string().contains("taken_by"), "{shown}");
    }
    // Who took a step before is not who undid it.
    let back: Value = desk.step(&done, "undo").await.ok();
    assert_eq!(back.get("taken_by"), None, "{back}");
}

async fn the_end_of_the_day_is_nobodys_step(world: World) {
    let author = world.doctor(0).await;
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let called: Value = author.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    author.step(&called, "serve").await.ok::<Value>();
    let mut moves = world.node.core.clinics.get(world.a.id).unwrap().moved();
    world.clock.pass(Duration::from_hours(25));
    // The server checks after every change of the clinic.
    let (desk, door) = (world.reception().await, format!("/api/v1/branches/{}/queue", world.a.branches[0]));
    desk.put(&door, &json!({ "door": "open" })).await.ok::<Value>();
    loop {
        moves.borrow_and_update();
        let row = row(&world, &desk).await;
        if row["state"] == "done" {
            assert_eq!(row["taken_by"], json!({ "hand": "day_end" }));
            break;
        }
        moves.changed().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_is_asked_before_it_ends_a_visit_that_a_doctor_sees() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let (author, page) = (world.doctor(0).await, reception(&world).await);
    let called: Value = author.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    author.step(&called, "serve").await.ok::<Value>();
    page.sees("[data-label=GP-001][data-state=serving]").await;
    page.is_still().await;
    page.press("#step-done-GP-001").await;
    let asked = page.says("#taken-away").await;
    assert!(asked.contains("End the visit with GP-001 Name of patient0?"), "{asked}");
    assert!(asked.contains("Name of doctor0 is seeing this patient and may be writing a note."), "{asked}");
    page.is_accessible("the desk ends a doctor's visit").await;
    page.press("#taken-away-stay").await;
    // So does the key, and setting the patient aside.
    page.script("window.dispatchEvent(new KeyboardEvent('keydown', { code: 'ArrowDown', key: 'ArrowDown', bubbles: true }))").await;
    page.sees("[data-label=GP-001][data-chosen=true]").await;
    page.script(
        "window.dispatchEvent(new KeyboardEvent('keydown', { code: 'KeyD', key: 'd', bubbles: true }))",
    )
    .await;
    page.says("#taken-away").await;
    page.press("#taken-away-stay").await;
    page.press("#step-park-GP-001").await;
    assert!(page.says("#taken-away").await.contains("Put GP-001 Name of patient0 on hold?"));
    page.press("#taken-away-1").await;
    page.sees("[data-label=GP-001][data-state=parked]").await;
    page.sees("main:not(:has(#taken-away))").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_question_says_that_there_is_no_connection() {
    let mut world = World::sqlite().await;
    joins(&world, 0).await;
    let page = doctor(&world).await;
    page.press("#call-next").await;
    page.press("#step-serve").await;
    until(&page, "document.activeElement.id === 'note'").await;
    page.types("#note", "Cough").await;
    page.sees("[data-standing=note-saved]").await;
    world.node.stop().await;
    page.sees("#offline").await;
    page.press("#step-done").await;
    let asked = page.says("#end-visit").await;
    // A browser keeps no steps.
    assert!(asked.contains("There is no connection. This cannot be done until it is back."), "{asked}");
    page.press("#end-visit-stay").await;
}
