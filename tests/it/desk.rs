//! The queue as the desk changes it: transfers, rooms, places, walk-ins with a name.

use medlane_server::{
    clinic::ServiceSave,
    writer::{By, Writer},
};
use medlane_shared::{identity::Face, ids::ServiceId};
use serde_json::{Value, json};

use crate::{
    both,
    browser::{Browser, DESKTOP, KIOSK, PHONE},
    estimates::{judged, told},
    world::{Client, World, service},
};

both!(
    a_visit_goes_on_in_another_line,
    two_do_not_call_to_one_room,
    a_patient_lets_others_go_before,
    a_walk_in_is_found_or_registered,
);

async fn joins(world: &World, n: usize) -> Value {
    world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok()
}

async fn step(who: &Client, row: &Value, step: &str, more: Value) -> crate::world::Answer {
    let mut body = json!({ "step": step, "version": row["version"] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    who.patch(&format!("/api/v1/queue/{}/status", row["id"].as_str().unwrap()), &body).await
}

async fn labels(who: &Client, world: &World) -> Vec<String> {
    let branch = world.a.branches[0];
    let view: Value = who.get(&format!("/api/v1/queue/doctor-queue?branch_id={branch}")).await.ok();
    view["waiting"].as_array().unwrap().iter().map(|row| row["label"].as_str().unwrap().to_owned()).collect()
}

/// A service that reception gives at the first branch, such as a blood test.
pub async fn desk_service(world: &World) -> ServiceId {
    let core = &world.node.core;
    let reception = world.reception().await.get("/api/v1/me").await.ok::<Value>();
    let reception = reception["person_id"].as_str().unwrap().parse().unwrap();
    let id = ServiceId::new(core.now(), rand::random());
    let settings = service("Blood test", "BT", 5, &[(world.a.branches[0], reception)]);
    let (writer, written) = Writer::start(core.clone());
    writer.run(By::system(world.a.id), ServiceSave { id, settings }).await.unwrap();
    drop(writer);
    written.await.unwrap();
    id
}

async fn a_visit_goes_on_in_another_line(world: World) {
    let blood = desk_service(&world).await;
    let ticket = joins(&world, 0).await;
    joins(&world, 1).await;
    let (doctor, reception) = (world.doctor(0).await, world.reception().await);
    let called: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    let serving: Value = doctor.step(&called, "serve").await.ok();
    step(&doctor, &serving, "transfer", json!({})).await.refused(409, "ticket_step_refused");
    let elsewhere = world.a.services[1];
    step(&doctor, &serving, "transfer", json!({ "service_id": elsewhere }))
        .await
        .refused(422, "service_unavailable");
    let stranger = world.a.doctors[2];
    step(&doctor, &serving, "transfer", json!({ "doctor_id": stranger }))
        .await
        .refused(422, "doctor_unavailable");
    let sent: Value = step(&doctor, &serving, "transfer", json!({ "service_id": blood })).await.ok();
    assert_eq!((sent["state"].as_str(), &sent["label"]), (Some("waiting"), &ticket["label"]));
    assert_eq!(sent["waiting_since"], serving["waiting_since"], "the waiting time is kept");
    assert_eq!(labels(&doctor, &world).await, ["GP-002"], "it is not the doctor's any more");
    // The desk calls this ticket, and no other.
    let at_desk: Value = reception.post("/api/v1/queue/call-next", &json!({ "room": "Room 8" })).await.ok();
    assert_eq!((&at_desk["label"], at_desk["service_name"].as_str()), (&ticket["label"], Some("Blood test")));
    reception.post("/api/v1/queue/call-next", &json!({})).await.refused(404, "nobody_waiting");
    let moved: Value = step(&reception, &at_desk, "move", json!({ "room": "Room 9" })).await.ok();
    assert_eq!(moved["room"], "Room 9");
    let served: Value = reception.step(&moved, "serve").await.ok();
    // A transfer back to the first doctor by mistake, which is undone.
    let back: Value = step(
        &reception,
        &served,
        "transfer",
        json!({ "service_id": world.a.services[0], "doctor_id": world.a.doctors[1] }),
    )
    .await
    .ok();
    assert_eq!(labels(&world.doctor(1).await, &world).await, ["GP-001", "GP-002"]);
    assert_eq!(labels(&doctor, &world).await, ["GP-002"]);
    let undone: Value = reception.step(&back, "undo").await.ok();
    assert_eq!(
        (undone["state"].as_str(), undone["service_name"].as_str()),
        (Some("serving"), Some("Blood test"))
    );
    let done: Value = reception.step(&undone, "done").await.ok();
    assert_eq!(done["state"], "done");
    let visits: Value = world.patient(0).await.get("/api/v1/queue/my-history").await.ok();
    assert_eq!(visits["items"][0]["service_name"], "Blood test", "the row has where it went: {visits}");
    // One patient has one place in a line.
    let again: Value = world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok();
    let mut join = world.join();
    join["service_id"] = json!(blood);
    world.patient(0).await.post("/api/v1/queue/join", &join).await.ok::<Value>();
    step(&reception, &again, "transfer", json!({ "service_id": blood })).await.refused(409, "ticket_active");
}

async fn two_do_not_call_to_one_room(world: World) {
    for n in 0..3 {
        joins(&world, n).await;
    }
    let (one, other) = (world.doctor(0).await, world.doctor(1).await);
    let first: Value = one.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    other.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.refused(409, "room_in_use");
    let second: Value = other.post("/api/v1/queue/call-next", &json!({ "room": "Room 2" })).await.ok();
    assert_eq!(second["label"], "GP-002", "a call that was refused called nobody");
    step(&other, &second, "move", json!({ "room": "Room 1" })).await.refused(409, "room_in_use");
    step(&other, &second, "move", json!({})).await.refused(422, "invalid");
    let serving: Value = one.step(&first, "serve").await.ok();
    one.step(&serving, "done").await.ok::<Value>();
    step(&other, &second, "move", json!({ "room": "Room 1" })).await.ok::<Value>();
}

async fn a_patient_lets_others_go_before(world: World) {
    for n in 0..4 {
        joins(&world, n).await;
    }
    let (doctor, first) = (world.doctor(0).await, world.patient(0).await);
    let mine: Value = first.get("/api/v1/queue/my-status").await.ok();
    let path = format!("/api/v1/queue/{}/step-back", mine["tickets"][0]["id"].as_str().unwrap());
    first.post(&path, &json!({ "places": 0 })).await.refused(422, "invalid");
    first.post(&path, &json!({ "places": 1, "version": 9 })).await.refused(409, "ticket_stale");
    let back: Value = first.post(&path, &json!({ "places": 2, "version": 1 })).await.ok();
    assert_eq!(back["position"], 3);
    assert_eq!(labels(&doctor, &world).await, ["GP-002", "GP-003", "GP-001", "GP-004"]);
    // A ticket can go back to the end at most.
    let last: Value = first.post(&path, &json!({ "places": 10 })).await.ok();
    assert_eq!(last["position"], 4);
    first.post(&path, &json!({ "places": 1 })).await.refused(409, "nobody_behind");
    world.patient(1).await.post(&path, &json!({ "places": 1 })).await.refused(404, "not_found");
    // Staff can do it too, and undo it.
    let view: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
    let moved: Value = step(&doctor, &view["waiting"][0], "step_back", json!({ "places": 1 })).await.ok();
    assert_eq!(labels(&doctor, &world).await, ["GP-003", "GP-002", "GP-004", "GP-001"]);
    doctor.step(&moved, "undo").await.ok::<Value>();
    assert_eq!(labels(&doctor, &world).await, ["GP-002", "GP-003", "GP-004", "GP-001"]);
}

async fn a_walk_in_is_found_or_registered(world: World) {
    let reception = world.reception().await;
    let find = async |q: &str| {
        let page: Value = reception.get(&format!("/api/v1/patients?q={q}")).await.ok();
        page["items"].as_array().unwrap().clone()
    };
    assert_eq!(find("patient63").await.len(), 1);
    assert!(find("doctor0@").await.is_empty(), "whoever only works here is no patient");
    for q in ["x", "%25%25", "__", "%25a", "12", "%2B9"] {
        reception.get(&format!("/api/v1/patients?q={q}")).await.refused(422, "invalid");
    }
    // Wildcards of the database match only themselves.
    for q in ["pat%25nt", "p_tient", "a%25%25a", "%5C%5Ctient"] {
        assert!(find(q).await.is_empty(), "{q}");
    }
    let mut noor =
        json!({ "name": "Noor Al Balushi", "phone": "+968 9212 3456", "birth_date": "1990-04-01" });
    let made: Value = reception.post("/api/v1/patients", &noor).await.ok();
    assert_eq!(made["phone"], "+96892123456");
    for q in ["balushi", "9212%203456", "1990-04-01"] {
        assert_eq!(find(q).await, std::slice::from_ref(&made), "{q}");
    }
    noor["name"] = json!("Al Balushi, Noor");
    let refused = reception.post("/api/v1/patients", &noor).await;
    refused.refused(409, "patient_alike");
    assert_eq!(refused.body["present"], json!([made]), "who it may be is shown");
    noor["is_new"] = json!(true);
    reception.post("/api/v1/patients", &noor).await.ok::<Value>();
    reception.post("/api/v1/patients", &json!({ "name": "X", "phone": "12" })).await.refused(422, "invalid");
    let taken = json!({ "name": "X", "email": "patient0@test.example" });
    reception.post("/api/v1/patients", &taken).await.refused(409, "account_exists");
    let mut join = world.join();
    join["patient_id"] = made["id"].clone();
    reception.post("/api/v1/queue/join", &join).await.ok::<Value>();
    let branch = world.a.branches[0];
    let view: Value = reception.get(&format!("/api/v1/queue/doctor-queue?branch_id={branch}")).await.ok();
    assert_eq!(view["waiting"][0]["patient_name"], "Noor Al Balushi");
    // Another clinic's reception finds nobody of this one.
    let other = world.node.sign_in(&world.b, "reception@test.example", Face::Admin).await;
    let page: Value = other.get("/api/v1/patients?q=balushi").await.ok();
    assert!(page["items"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn reception_runs_a_waiting_room_by_keyboard() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    joins(&world, 1).await;
    let page = Browser::open(&format!("{}/console", world.node.base), DESKTOP, "en").await;
    page.signs_in("reception@test.example").await;
    page.sees("[data-label=GP-002]").await;
    // A patient walks in: the desk searches, finds nobody, registers them and puts them in line.
    page.press("#walk-in").await;
    page.types("#walk-in-q", "Noor Al Balushi of a rather long name").await;
    page.sees("#walk-in-none").await;
    page.is_accessible("looking for a walk-in").await;
    page.press("#walk-in-new").await;
    page.types("#new-phone", "+968 9212 3456").await;
    page.types("#new-born-day", "٤").await;
    page.types("#new-born-month", "5").await;
    page.types("#new-born-year", "1980").await;
    assert_eq!(page.says("[data-birth=new-born] [data-date]").await, "4 May 1980");
    page.is_accessible("registering a walk-in").await;
    page.press("#walk-in-register").await;
    let facts = page.says("#walk-in-facts").await;
    assert!(
        facts.contains("4 May 1980") && facts.contains("MRN ") && facts.contains("+968 9212 3456"),
        "{facts}"
    );
    page.is_accessible("putting a walk-in in line").await;
    page.press("#walk-in-join").await;
    assert_eq!(page.says("#walk-in-label").await, "GP-003");
    page.press("#walk-in-next").await;
    page.sees("#walk-in-q").await;
    assert_eq!(
        page.script("return document.querySelector('#walk-in-q').value").await,
        "",
        "the last name is gone"
    );
    assert!(page.says("[data-label=GP-003]").await.contains("MRN "));
    page.types("#walk-in-q", "9212").await;
    page.sees("[data-patient^=Noor]").await;
    page.is_accessible("a walk-in who is known").await;
    page.press("#walk-in-close").await;
    // By keyboard: the second row, park and resume, then the further steps.
    page.types("body", "\u{E015}\u{E015}").await;
    page.sees("[data-label=GP-002][data-chosen=true]").await;
    page.types("body", "p").await;
    page.sees("[data-label=GP-002][data-state=parked]").await;
    page.types("body", "p").await;
    page.sees("[data-label=GP-002][data-state=waiting]").await;
    page.types("body", "t").await;
    page.sees("#more").await;
    page.is_accessible("more of a ticket").await;
    assert_eq!(page.says("#place-now").await, "Priority: now 2 of 3 for General practice");
    page.press("#class-priority-urgent").await;
    page.types("#priority-why", "Chest pain").await;
    page.press("#prioritise").await;
    page.sees("[data-label=GP-002] [data-class=priority-urgent]").await;
    assert_eq!(page.says("#placed").await, "GP-002 is Urgent now: from 2 to 1 of 3 for General practice.");
    page.is_accessible("a priority that was set").await;
    page.is_still().await;
    page.press("#more-GP-001").await;
    page.press("#behind").await;
    page.sees("li[data-label=GP-003] + li[data-label=GP-001]").await;
    page.types("body", "u").await;
    page.sees("li[data-label=GP-001] + li[data-label=GP-003]").await;
    let page = Browser::open(&format!("{}/console", world.node.base), PHONE, "ar").await;
    page.signs_in("reception@test.example").await;
    page.press("#more-GP-001").await;
    page.is_accessible("more of a ticket on a phone in Arabic").await;
    page.press("#walk-in").await;
    page.types("#walk-in-q", "Noor Al Balushi of a rather long name").await;
    page.press("#walk-in-new").await;
    page.types("#new-phone", "+968 9212 3456").await;
    page.press("#walk-in-register").await;
    page.sees("#walk-in-alike").await;
    assert_eq!(page.script("return document.activeElement.id").await, "walk-in-alike-said", "not the button");
    page.types("#new-phone", "\u{E007}").await;
    page.sees("#new-phone").await;
    page.is_accessible("a walk-in who is like another in Arabic").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_sends_on_and_a_patient_lets_others_go_first() {
    let world = World::sqlite().await;
    desk_service(&world).await;
    for n in 0..3 {
        joins(&world, n).await;
    }
    let phone = Browser::open(&world.node.base, PHONE, "en").await;
    phone.signs_in("patient0@test.example").await;
    phone.sees("#leave-now").await;
    phone.press("#let-go").await;
    phone.is_accessible("letting others go first").await;
    phone.press("#let-1").await;
    phone.sees("#let-go").await;
    let mine: Value = world.patient(0).await.get("/api/v1/queue/my-status").await.ok();
    assert_eq!(mine["tickets"][0]["position"], 2);
    let desk = Browser::open(&format!("{}/doctor", world.node.base), DESKTOP, "en").await;
    desk.signs_in("doctor0@test.example").await;
    desk.sees("#waiting-count").await;
    desk.press("#call-next").await;
    desk.sees("#present[data-label=GP-002]").await;
    desk.types("#main", "s").await;
    desk.sees("#present[data-state=serving]").await;
    desk.types("#main", "t").await;
    desk.press("#more select[aria-label=Service] option:first-child").await;
    desk.is_accessible("sending a patient on").await;
    desk.press("#transfer").await;
    desk.sees("#present:not([data-label])").await;
    let page = Browser::open(&format!("{}/console", world.node.base), DESKTOP, "en").await;
    page.signs_in("reception@test.example").await;
    page.sees("li[data-label=GP-002][data-state=waiting]").await;
    page.press("#desk-room option[value='Room 8']").await;
    page.press("#desk-next").await;
    page.sees("li[data-label=GP-002][data-state=called]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_asks_for_help_and_a_board_speaks() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let [kiosk_code, board_code] = world.device_codes().await;
    let base = &world.node.base;
    let kiosk = Browser::open(&format!("{base}/kiosk#code={kiosk_code}"), KIOSK, "ar").await;
    let desk = Browser::open(&format!("{base}/console"), DESKTOP, "en").await;
    desk.signs_in("reception@test.example").await;
    kiosk.sees("#help:not([disabled])").await;
    kiosk.is_accessible("a kiosk with help in Arabic").await;
    kiosk.press("#help").await;
    // The kiosk does not say that help is coming before somebody has answered.
    kiosk.sees("#help-told").await;
    desk.sees("[data-help='At the door']").await;
    desk.is_accessible("somebody needs help").await;
    kiosk.is_accessible("a kiosk that has told reception in Arabic").await;
    // Nobody has chosen a language: the kiosk says it in all languages of the branch. The request can be taken back.
    kiosk.sees("#help-told [lang=hi]").await;
    let told = kiosk.says("#help-told").await;
    assert!(told.contains("We've told reception.") && told.contains("أبلغنا الاستقبال"), "{told}");
    kiosk.press("#help-withdraw").await;
    kiosk.sees("#help:not([disabled])").await;
    assert!(desk.says("[data-help-over='At the door']").await.contains("help is no longer needed"));
    desk.sees("main:not(:has([data-help]))").await;
    // The patient asks again, in a chosen language.
    kiosk.press("button[lang=ar]").await;
    kiosk.press("#help").await;
    assert!(!kiosk.says("#help-told").await.contains("reception"));
    desk.press("[id^=help-go-]").await;
    kiosk.sees("#help-comes").await;
    desk.sees("main:not(:has([data-help]))").await;
    // Back at the start, the kiosk asks the next person whether they need help.
    kiosk.press("#again").await;
    kiosk.sees("#help:not([disabled])").await;
    let board = Browser::open(&format!("{base}/board#code={board_code}"), DESKTOP, "en").await;
    board.sees("header time").await;
    board
        .script(
            "window.said = []; speechSynthesis.speak = (words) => window.said.push([words.lang, words.text])",
        )
        .await;
    world.doctor(0).await.post("/api/v1/queue/call-next", &json!({ "room": "Room 2" })).await.ok::<Value>();
    board.sees("[data-label=GP-001]").await;
    let said = "const done = arguments[arguments.length - 1]; \
        const look = () => window.said.length > 1 ? done(window.said) : setTimeout(look, 50); look();";
    let said = board.script_async(said).await;
    assert_eq!(said[0], json!(["en", "Ticket G P 1, please go to Room 2"]));
    assert_eq!(said[1][0], "ar", "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sees_how_good_the_waiting_times_were() {
    let world = World::sqlite().await;
    let page = Browser::open(&format!("{}/console/waiting-times", world.node.base), DESKTOP, "en").await;
    page.signs_in("admin@test.example").await;
    page.sees("main .border-dashed").await;
    page.is_accessible("no waiting times yet").await;
    let reception = world.reception().await;
    joins(&world, 0).await;
    told(&world, 1).await;
    world.doctor(0).await.post("/api/v1/queue/call-next", &json!({})).await.ok::<Value>();
    judged(&world, &reception, 1).await;
    page.script("location.reload()").await;
    page.sees("[data-service='General practice']").await;
    page.is_accessible("waiting times").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_that_was_left_begins_anew() {
    let world = World::sqlite().await;
    let [code, _] = world.device_codes().await;
    let kiosk = Browser::open(&format!("{}/kiosk#code={code}", world.node.base), KIOSK, "en").await;
    kiosk.press("button[lang=ar]").await;
    kiosk.sees("html[lang=ar]").await;
    kiosk.press("#ease-large").await;
    let later = "const real = Date.now; Date.now = () => real() + 31000";
    kiosk.script(later).await;
    kiosk.sees("#still-there").await;
    kiosk.is_accessible("a kiosk that was left in Arabic").await;
    // After a touch it continues unchanged.
    kiosk.press("h1").await;
    kiosk.sees("main:not(:has(#still-there))").await;
    kiosk.sees("html[lang=ar][data-large]").await;
    kiosk.script(later).await;
    kiosk.sees("#still-there").await;
    kiosk.script("const now = Date.now; Date.now = () => now() + 11000").await;
    kiosk.sees("html[lang=en]:not([data-large])").await;
    kiosk.sees("main button[lang=ar]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_moves_at_a_kiosk_that_begins_in_its_branchs_language() {
    let mut world = World::sqlite().await;
    let [code, _] = world.device_codes().await;
    let kiosk = Browser::open(&format!("{}/kiosk#code={code}", world.node.base), KIOSK, "ar").await;
    kiosk.sees("html[lang=en] main button[lang=ar]").await;
    let place = "const done = arguments[arguments.length - 1]; const button = document.querySelector('main button[lang=ar]'); \
        document.fonts.ready.then(() => done(button.getBoundingClientRect().top));";
    let before = kiosk.script_async(place).await;
    world.node.stop().await;
    kiosk.sees("#offline").await;
    kiosk.is_accessible("a kiosk without the network").await;
    let after = kiosk.script_async(place).await;
    assert_eq!(after, before, "the button is where it was when the network goes");
}

#[tokio::test]
async fn a_ticket_of_another_day_is_over_and_an_altered_one_is_none() {
    let world = World::sqlite().await;
    let first = joins(&world, 0).await;
    let link = format!("/api/v1/tickets/{}", first["link"].as_str().unwrap());
    let gives_up = async |n: usize, ticket: &Value| {
        let path = format!("/api/v1/queue/{}", ticket["id"].as_str().unwrap());
        world.patient(n).await.delete(&path).await.ok::<Value>();
    };
    gives_up(0, &first).await;
    assert_eq!(world.node.anyone().get(&link).await.ok::<Value>()["state"], "cancelled");
    world.clock.pass(std::time::Duration::from_hours(25));
    let second = joins(&world, 1).await;
    gives_up(1, &second).await;
    world.node.anyone().get(&link).await.refused(410, "ticket_over");
    let altered = format!("{}x", &link[..link.len() - 1]);
    world.node.anyone().get(&altered).await.refused(404, "not_found");
}
