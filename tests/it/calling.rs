//! Calls from the desk: they say where to go, whom they called, and who is still on the way.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    both,
    browser::{Browser, DESKTOP, KIOSK, PHONE},
    turns::says,
    world::{Answer, Client, World},
};

both!(a_call_of_the_desk_says_where_to_go, a_call_without_rooms_sends_to_reception);

async fn joins(world: &World, n: usize) -> Value {
    world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok()
}

async fn step(who: &Client, row: &Value, step: &str, room: Option<&str>) -> Answer {
    let body = json!({ "step": step, "version": row["version"], "room": room });
    who.patch(&format!("/api/v1/queue/{}/status", row["id"].as_str().unwrap()), &body).await
}

fn wants_a_room(answer: &Answer) {
    answer.refused(422, "invalid");
    assert_eq!(answer.body["fields"]["room"]["code"], "missing", "{}", answer.body);
}

async fn a_call_of_the_desk_says_where_to_go(world: World) {
    let (one, two, three) = (joins(&world, 0).await, joins(&world, 1).await, joins(&world, 2).await);
    let (desk, doctor) = (world.reception().await, world.doctor(0).await);
    wants_a_room(&step(&desk, &one, "call", None).await);
    wants_a_room(&step(&desk, &one, "call", Some(" ")).await);
    step(&desk, &one, "call", Some("Room 99")).await.refused(422, "invalid");
    let called: Value = step(&desk, &one, "call", Some("Room 2")).await.ok();
    // The desk's last room is not meant by a call that names none, and nobody else is called to a room in use.
    wants_a_room(&step(&desk, &two, "call", None).await);
    step(&desk, &two, "call", Some("Room 2")).await.refused(409, "room_in_use");
    let other: Value = step(&desk, &two, "call", Some("Room 3")).await.ok();
    world.clock.pass(Duration::from_mins(2));
    let again: Value = step(&desk, &called, "recall", None).await.ok();
    assert_eq!(again["room"], "Room 2", "a call again stays where it was");
    step(&desk, &other, "recall", Some("Room 2")).await.refused(409, "room_in_use");
    let waiting: Value = step(&desk, &again, "put_back", None).await.ok();
    step(&desk, &waiting, "call", Some("Room 2")).await.ok::<Value>();
    // A doctor works in one room: the one last used is meant.
    let own: Value = step(&doctor, &three, "call", Some("Room 1")).await.ok();
    let own: Value = step(&doctor, &own, "put_back", None).await.ok();
    let own: Value = step(&doctor, &own, "call", None).await.ok();
    assert_eq!(own["room"], "Room 1");
}

/// Takes the rooms of the first branch away.
async fn without_rooms(world: &World) {
    let (admin, here) = (world.admin().await, world.a.branches[0].to_string());
    let all: Value = admin.get("/api/v1/admin/settings").await.ok();
    let mut branches = all["branches"].as_array().unwrap().iter();
    let mut settings = branches.find(|branch| branch["id"] == here).unwrap()["settings"].clone();
    settings["rooms"] = json!([]);
    admin.put(&format!("/api/v1/admin/branches/{here}"), &settings).await.ok::<Value>();
}

async fn a_call_without_rooms_sends_to_reception(world: World) {
    without_rooms(&world).await;
    let (one, two) = (joins(&world, 0).await, joins(&world, 1).await);
    let arabic = world.patient(1).await;
    arabic.patch("/api/v1/users/me", &json!({ "language": "ar" })).await.ok::<Value>();
    let called: Value = step(&world.reception().await, &one, "call", None).await.ok();
    assert_eq!(called["room"], Value::Null);
    says(&world, "GP-001: it is your turn at Clinic A. Please go to reception.", 1).await;
    step(&world.reception().await, &two, "call", None).await.ok::<Value>();
    says(&world, "يُرجى التوجه إلى \u{2068}الاستقبال\u{2069}.", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_desk_chooses_the_room_and_hears_whom_it_called() {
    let world = World::sqlite().await;
    let (one, two) = (joins(&world, 0).await, joins(&world, 1).await);
    let desk = Browser::open(&format!("{}/console", world.node.base), DESKTOP, "en").await;
    desk.signs_in("reception@test.example").await;
    desk.sees("[data-label=GP-002] [data-away]").await;
    // Without a room nobody is called, whichever way it is asked for: the choice says that it comes first.
    desk.press("#desk-next").await;
    assert_eq!(
        desk.says("#desk-room-first").await,
        "Choose the room first: the call tells the patient where to go."
    );
    assert_eq!(desk.script("return document.activeElement.id").await, "desk-room");
    desk.is_accessible("a room that is to be chosen").await;
    desk.press("#step-call-GP-001").await;
    assert_eq!(desk.script("return document.activeElement.id").await, "desk-room");
    desk.press("#desk-room option[value='Room 2']").await;
    desk.sees("main:not(:has(#desk-room-first))").await;
    desk.sees("li[data-label=GP-001][data-state=waiting]").await;
    // Who is on the way is not called by "Call next".
    desk.press("#desk-next").await;
    assert_eq!(
        desk.says("#desk-nobody").await,
        "Nobody who waits has arrived yet. 2 patients are on the way."
    );
    desk.is_accessible("nobody has arrived").await;
    let reception = world.reception().await;
    step(&reception, &two, "arrive", None).await.ok::<Value>();
    desk.sees("li[data-label=GP-002]:not(:has([data-away]))").await;
    desk.press("#desk-next").await;
    desk.sees("li[data-label=GP-002][data-state=called]").await;
    assert_eq!(desk.says("#desk-called").await, "Called: GP-002 Name of patient1 to Room 2.");
    desk.is_accessible("whom the desk called").await;
    desk.press("#desk-next").await;
    assert_eq!(
        desk.says("#desk-nobody").await,
        "Nobody who waits has arrived yet. One patient is on the way."
    );
    // Two are not called to one room, and the room can be another one.
    desk.press("#step-call-GP-001").await;
    desk.sees("[data-code=room_in_use]").await;
    desk.press("#desk-room option[value='Room 3']").await;
    desk.press("#step-call-GP-001").await;
    desk.sees("li[data-label=GP-001][data-state=called]").await;
    assert_eq!(desk.says("#desk-called").await, "Called: GP-001 Name of patient0 to Room 3.");
    // After a reload the room is the one last called to.
    let phone = Browser::open(&format!("{}/console", world.node.base), PHONE, "ar").await;
    phone.signs_in("reception@test.example").await;
    phone.sees("li[data-label=GP-001][data-state=called]").await;
    assert_eq!(phone.script("return document.querySelector('#desk-room').value").await, "Room 3");
    phone.press("#desk-next").await;
    assert_eq!(phone.says("#desk-nobody").await, "لا أحد في الانتظار.");
    phone.is_accessible("nobody waits, on a phone in Arabic").await;
    let view: Value = world.patient(0).await.get("/api/v1/queue/my-status").await.ok();
    assert_eq!((&view["tickets"][0]["id"], &view["tickets"][0]["room"]), (&one["id"], &json!("Room 3")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_without_rooms_sends_everybody_to_reception() {
    let world = World::sqlite().await;
    without_rooms(&world).await;
    joins(&world, 0).await;
    let [_, board_code] = world.device_codes().await;
    let base = &world.node.base;
    let board = Browser::open(&format!("{base}/board#code={board_code}"), KIOSK, "en").await;
    board.sees("header time").await;
    board
        .script(
            "window.said = []; speechSynthesis.speak = (words) => window.said.push([words.lang, words.text])",
        )
        .await;
    let phone = Browser::open(base, PHONE, "en").await;
    phone.signs_in("patient0@test.example").await;
    phone.sees("#label").await;
    let desk = Browser::open(&format!("{base}/console"), DESKTOP, "en").await;
    desk.signs_in("reception@test.example").await;
    desk.press("#step-call-GP-001").await;
    assert_eq!(
        desk.says("#desk-called").await,
        "Called: GP-001 Name of patient0. The call says to come to reception."
    );
    desk.sees("main:not(:has(#desk-room))").await;
    assert_eq!(phone.says("#calling-says").await, "It's your turn: please come to reception");
    phone.is_accessible("called to reception").await;
    assert!(board.says("[data-label=GP-001]").await.contains("Please come to reception"));
    let said = "const done = arguments[arguments.length - 1]; \
        const look = () => window.said.length > 2 ? done(window.said) : setTimeout(look, 50); look();";
    let said = board.script_async(said).await;
    assert_eq!(said[0], json!(["en", "Ticket G P 1, please come to reception"]));
    assert_eq!(said[1][0], "ar", "{said}");
    board.is_accessible("a board without rooms").await;
}
