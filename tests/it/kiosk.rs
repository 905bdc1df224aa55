//! The calls of a kiosk: checking in, holding a ticket until it is printed, tickets given without the network.

mod claims;
mod late;
mod stand;

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use medlane_shared::{
    ids::{ServiceId, TicketId},
    queue::kiosk_place,
    seal::seal,
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::{
    both,
    browser::{Browser, DESKTOP, KIOSK, PHONE},
    world::{Client, World},
};

both!(
    somebody_checks_in,
    a_family_on_one_phone_is_asked_by_label,
    nobody_is_found_by_a_part_of_a_number,
    a_held_ticket_counts_once_it_is_printed,
    tickets_given_without_the_network_join_in_order,
    what_is_handed_over_is_checked,
);

/// A ticket that a kiosk gave without the network.
pub struct Given {
    pub number: u32,
    pub service: ServiceId,
    pub at: Timestamp,
    pub claim: Value,
}

/// Tickets sealed by a kiosk, in a hand-over sent at `now` by its clock.
pub fn handed(setup: &Value, now: Timestamp, tickets: &[Given]) -> Value {
    let key = BASE64_URL_SAFE_NO_PAD.decode(setup["seal_key"].as_str().unwrap()).unwrap();
    let device = setup["device_id"].as_str().unwrap().parse().unwrap();
    let sealed = tickets.iter().map(|given| {
        let id = TicketId::new(given.at, rand::random());
        let mut text = json!({ "number": given.number, "service_id": given.service, "at": given.at });
        if !given.claim.is_null() {
            text["check_in"] = given.claim.clone();
        }
        let text = text.to_string();
        let sealed = seal(&key, &kiosk_place(device, id), text.as_bytes(), &mut rand::rng()).unwrap();
        json!({ "id": id, "sealed": BASE64_URL_SAFE_NO_PAD.encode(sealed) })
    });
    json!({ "now": now, "tickets": sealed.collect::<Vec<_>>() })
}

/// A kiosk of the first branch.
pub async fn kiosk(world: &World) -> Client {
    let code = world.device_code(&world.admin().await, "kiosk").await;
    let anyone = world.node.anyone();
    let enrolled: Value = anyone.post("/api/v1/devices/enrol", &json!({ "code": code })).await.ok();
    Client { token: enrolled["tokens"]["access_token"].as_str().map(str::to_owned), ..anyone }
}

async fn joins(world: &World, n: usize) -> Value {
    world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok()
}

fn labels(rows: &Value) -> Vec<&str> {
    rows.as_array().unwrap().iter().map(|row| row["label"].as_str().unwrap()).collect()
}

async fn queue(world: &World, who: &Client) -> Value {
    who.get(&format!("/api/v1/queue/doctor-queue?branch_id={}", world.a.branches[0])).await.ok()
}

async fn somebody_checks_in(world: World) {
    let (kiosk, reception) = (kiosk(&world).await, world.reception().await);
    let path = format!("/api/v1/branches/{}/check-in", world.a.branches[0]);
    let checks_in = async |what: Value| kiosk.post(&path, &what).await;
    let by_code = joins(&world, 0).await;
    let (by_link, by_birth, by_self) =
        (joins(&world, 1).await, joins(&world, 2).await, joins(&world, 3).await);
    let view = queue(&world, &reception).await;
    assert!(view["waiting"].as_array().unwrap().iter().all(|row| row.get("arrived_at").is_none()), "{view}");

    // As people type it: in small letters, with a blank.
    let code = by_code["code"].as_str().unwrap().to_lowercase();
    let typed = format!("{} {}", &code[..4], &code[4..]);
    let done: Value = checks_in(json!({ "code": typed })).await.ok();
    assert_eq!(done["tickets"][0]["label"], by_code["label"]);
    assert!(done["tickets"][0]["arrived_at"].is_string());
    assert!(!done.to_string().contains("Name of"), "no name is shown at a kiosk");
    // A repeated check-in changes nothing.
    let again: Value = checks_in(json!({ "code": code })).await.ok();
    assert_eq!(again["tickets"][0]["version"], done["tickets"][0]["version"]);

    let link = by_link["link"].as_str().unwrap();
    let scanned = json!({ "code": format!("https://clinic.example/t/{link}") });
    assert_eq!(checks_in(scanned).await.ok::<Value>()["tickets"][0]["label"], by_link["label"]);
    let altered = json!({ "code": format!("https://clinic.example/t/{}x", &link[..link.len() - 1]) });
    checks_in(altered).await.refused(404, "check_in_unknown");

    world.born(world.a.patients[2], "+96892123456", "1984-02-29").await;
    for (phone, birth, found) in [
        ("9212 3456", "1984-02-29", true),
        ("0096892123456", "1984-02-29", true),
        ("92123456", "1984-02-28", false),
        ("92123457", "1984-02-29", false),
    ] {
        let answer = checks_in(json!({ "phone": phone, "birth_date": birth })).await;
        if found {
            assert_eq!(answer.ok::<Value>()["tickets"][0]["label"], by_birth["label"]);
        } else {
            answer.refused(404, "check_in_unknown");
        }
    }
    checks_in(json!({ "phone": "12", "birth_date": "1984-02-29" })).await.refused(422, "invalid");
    checks_in(json!({ "phone": "92123456" })).await.refused(422, "invalid");
    checks_in(json!({})).await.refused(422, "invalid");

    // Patients can check themselves in, but nobody else.
    let path = format!("/api/v1/queue/{}/check-in", by_self["id"].as_str().unwrap());
    world.patient(4).await.post(&path, &Value::Null).await.refused(404, "not_found");
    world.patient(3).await.post(&path, &Value::Null).await.ok::<Value>();
    let view = queue(&world, &reception).await;
    assert!(view["waiting"].as_array().unwrap().iter().all(|row| row["arrived_at"].is_string()), "{view}");

    // At another branch.
    let elsewhere = json!({ "branch_id": world.a.branches[1], "service_id": world.a.services[1] });
    let elsewhere: Value = world.patient(5).await.post("/api/v1/queue/join", &elsewhere).await.ok();
    checks_in(json!({ "code": elsewhere["link"] })).await.refused(422, "ticket_elsewhere");
    // The day after, the ticket is over.
    let gone = format!("/api/v1/queue/{}", by_code["id"].as_str().unwrap());
    world.patient(0).await.delete(&gone).await.ok::<Value>();
    checks_in(json!({ "code": by_code["link"] })).await.refused(410, "ticket_over");
}

/// Registers a member of a household with its shared number.
async fn registers(world: &World, name: &str, birth_date: &str) -> Value {
    let body = json!({ "name": name, "phone": "+96892123456", "birth_date": birth_date, "is_new": true });
    world.reception().await.post("/api/v1/patients", &body).await.ok()
}

/// Joins from home for a patient, as their guardian would.
async fn remote(world: &World, n: usize, patient: &Value) -> Value {
    let sql = "insert into guardian (guardian_id, dependant_id, created_at_ms) values ($1, $2, 1)";
    let guardian = world.a.patients[n].to_string();
    world.raw(sql, &[&guardian, patient["id"].as_str().unwrap()]).await;
    let who = world.patient(n).await;
    // The node notices the new guardian with any change of their dependants.
    let child = json!({ "name": "Somebody", "birth_date": "2020-01-01" });
    who.post("/api/v1/users/me/dependants", &child).await.ok::<Value>();
    let mut join = world.join();
    join["patient_id"] = patient["id"].clone();
    who.post("/api/v1/queue/join", &join).await.ok()
}

async fn a_family_on_one_phone_is_asked_by_label(world: World) {
    let (kiosk, reception) = (kiosk(&world).await, world.reception().await);
    let path = format!("/api/v1/branches/{}/check-in", world.a.branches[0]);
    // Twins, registered at the desk with their mother's number. She brings one of them.
    let twins =
        [registers(&world, "Sara", "2019-03-01").await, registers(&world, "Sami", "2019-03-01").await];
    let first = remote(&world, 10, &twins[0]).await;
    let second = remote(&world, 11, &twins[1]).await;
    let claim = |labels: Value| json!({ "phone": "92123456", "birth_date": "2019-03-01", "labels": labels });
    let asked = kiosk.post(&path, &claim(json!([]))).await;
    asked.refused(409, "check_in_which");
    assert_eq!(asked.body["present"]["labels"], json!([first["label"], second["label"]]));
    assert!(!asked.body.to_string().contains("Sa"), "no name is shown at a kiosk: {}", asked.body);
    let away = async || -> usize {
        let view = queue(&world, &reception).await;
        view["waiting"].as_array().unwrap().iter().filter(|row| row.get("arrived_at").is_none()).count()
    };
    assert_eq!(away().await, 2, "nobody is checked in before somebody has said who is here");
    kiosk.post(&path, &claim(json!(["GP-099"]))).await.refused(404, "check_in_unknown");
    let stranger = joins(&world, 0).await;
    kiosk.post(&path, &claim(json!([stranger["label"]]))).await.refused(404, "check_in_unknown");
    assert_eq!(away().await, 3);
    let done: Value = kiosk.post(&path, &claim(json!([second["label"]]))).await.ok();
    assert_eq!(labels(&done["tickets"]), [second["label"].as_str().unwrap()]);
    assert_eq!(away().await, 2);
    // The twin who is here checks in again. The other one, at home, is not checked in by it.
    let asked = kiosk.post(&path, &claim(json!([]))).await;
    asked.refused(409, "check_in_which");
    assert_eq!(asked.body["present"]["labels"], json!([first["label"]]));
    assert_eq!(away().await, 2);
    // The other twin comes later and checks in.
    let done: Value = kiosk.post(&path, &claim(json!([first["label"]]))).await.ok();
    assert_eq!(labels(&done["tickets"]), [first["label"].as_str().unwrap()]);
    // Both are here already, so the same answer comes without a question.
    let again: Value = kiosk.post(&path, &claim(json!([]))).await.ok();
    assert_eq!(again["tickets"].as_array().unwrap().len(), 2);
    // A mother enters her own data: her own ticket and her child's are checked in together.
    world.born(world.a.patients[12], "+96895555555", "1990-01-01").await;
    let mother = world.patient(12).await;
    let child = json!({ "name": "Lina", "birth_date": "2021-06-01" });
    let child: Value = mother.post("/api/v1/users/me/dependants", &child).await.ok();
    mother.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let mut join = world.join();
    join["patient_id"] = child["id"].clone();
    let childs: Value = mother.post("/api/v1/queue/join", &join).await.ok();
    let hers = json!({ "phone": "95555555", "birth_date": "1990-01-01" });
    let asked = kiosk.post(&path, &hers).await;
    asked.refused(409, "check_in_which");
    // Or she enters the data of the child, who has no number of its own.
    let by_child: Value =
        kiosk.post(&path, &json!({ "phone": "95555555", "birth_date": "2021-06-01" })).await.ok();
    assert_eq!(labels(&by_child["tickets"]), [childs["label"].as_str().unwrap()]);
}

async fn nobody_is_found_by_a_part_of_a_number(world: World) {
    let kiosk = kiosk(&world).await;
    let path = format!("/api/v1/branches/{}/check-in", world.a.branches[0]);
    world.born(world.a.patients[0], "+96890000000", "1984-02-29").await;
    world.born(world.a.patients[1], "+441632960001", "1984-02-29").await;
    let (first, second) = (joins(&world, 0).await, joins(&world, 1).await);
    let says =
        async |phone: &str| kiosk.post(&path, &json!({ "phone": phone, "birth_date": "1984-02-29" })).await;
    says("000000").await.refused(422, "invalid");
    says("0000000").await.refused(404, "check_in_unknown");
    for part in ["00000001", "632960001", "2960001", "1632960", "896890000000"] {
        says(part).await.refused(404, "check_in_unknown");
    }
    assert_eq!(labels(&says("90000000").await.ok::<Value>()["tickets"]), [first["label"].as_str().unwrap()]);
    assert_eq!(
        labels(&says("01632 960001").await.ok::<Value>()["tickets"]),
        [second["label"].as_str().unwrap()]
    );
}

async fn a_held_ticket_counts_once_it_is_printed(world: World) {
    let (kiosk, doctor) = (kiosk(&world).await, world.doctor(0).await);
    let mut join = world.join();
    join["held"] = json!(true);
    world.patient(0).await.post("/api/v1/queue/join", &join).await.refused(403, "forbidden");
    let held: Value = kiosk.post("/api/v1/queue/join", &join).await.ok();
    assert_eq!((&held["state"], &held["label"]), (&json!("held"), &json!("GP-001")));
    // The ticket is not shown and not called.
    assert_eq!(queue(&world, &doctor).await["waiting"], json!([]));
    doctor.post("/api/v1/queue/call-next", &json!({})).await.refused(404, "nobody_waiting");
    let settle = async |ticket: &Value, taken: bool| {
        let path = format!("/api/v1/queue/{}/held", ticket["id"].as_str().unwrap());
        kiosk.put(&path, &json!({ "taken": taken })).await
    };
    // Another patient joins while the ticket is printed. The place is kept.
    world.clock.pass(Duration::from_secs(5));
    joins(&world, 1).await;
    let taken: Value = settle(&held, true).await.ok();
    assert_eq!((&taken["state"], &taken["position"]), (&json!("waiting"), &json!(1)));
    settle(&held, false).await.refused(409, "ticket_step_refused");
    // A ticket that is not printed and not wanted: its number is not given again.
    let void: Value = kiosk.post("/api/v1/queue/join", &join).await.ok();
    assert_eq!(settle(&void, false).await.ok::<Value>()["state"], "cancelled");
    let next: Value = kiosk.post("/api/v1/queue/join", &world.join()).await.ok();
    assert_eq!((&next["label"], &next["state"]), (&json!("GP-004"), &json!("waiting")));
    assert_eq!(labels(&queue(&world, &doctor).await["waiting"]), ["GP-001", "GP-002", "GP-004"]);
    // A ticket whose kiosk is silent does not block a place for ever.
    let silent: Value = kiosk.post("/api/v1/queue/join", &join).await.ok();
    world.clock.pass(Duration::from_mins(6));
    joins(&world, 2).await;
    let link = format!("/api/v1/tickets/{}", silent["link"].as_str().unwrap());
    let mut state = Value::Null;
    for _ in 0..200 {
        state = world.node.anyone().get(&link).await.ok::<Value>()["state"].clone();
        if state == "cancelled" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(state, "cancelled");
    settle(&silent, true).await.refused(409, "ticket_step_refused");
}

async fn tickets_given_without_the_network_join_in_order(world: World) {
    let (kiosk, reception) = (kiosk(&world).await, world.reception().await);
    let setup: Value = kiosk.get("/api/v1/kiosk").await.ok();
    assert_eq!((&setup["letter"], &setup["last_number"]), (&json!("A"), &json!(0)));
    let remote = joins(&world, 0).await;
    world.clock.pass(Duration::from_mins(10));
    joins(&world, 1).await;
    // The kiosk's clock is an hour ahead. The first of its tickets was given between the two joins.
    let clock = world.node.core.now().plus_ms(3_600_000);
    let service = world.a.services[0];
    let given = |number, ago_min: i64, claim: Value| Given {
        number,
        service,
        at: clock.plus_ms(-ago_min * 60_000),
        claim,
    };
    let claim = json!({ "code": remote["code"] });
    let handing = handed(&setup, clock, &[given(2, 1, claim), given(1, 5, Value::Null)]);
    let done: Value = kiosk.post("/api/v1/kiosk/tickets", &handing).await.ok();
    assert_eq!(labels(&done["items"]), ["KA-001", "KA-002"]);
    let view = queue(&world, &reception).await;
    assert_eq!(labels(&view["waiting"]), ["GP-001", "KA-001", "KA-002", "GP-002"]);
    // Reception sees that a patient who took a ticket waits already.
    assert_eq!(
        (&view["tasks"][0]["kind"], &view["tasks"][0]["label"], &view["tasks"][0]["other"]),
        (&json!("twin"), &json!("KA-002"), &json!("GP-001"))
    );
    assert_eq!(view["tasks"].as_array().unwrap().len(), 1);
    // A repeated hand-over has no effect, and the series continues.
    let again: Value = kiosk.post("/api/v1/kiosk/tickets", &handing).await.ok();
    assert_eq!(again, done);
    assert_eq!(kiosk.get("/api/v1/kiosk").await.ok::<Value>()["last_number"], 2);
    assert_eq!(queue(&world, &reception).await["waiting"].as_array().unwrap().len(), 4);
    let task = view["tasks"][0]["id"].as_str().unwrap();
    let path = format!("/api/v1/branches/{}/tasks/{task}", world.a.branches[0]);
    reception.delete(&path).await.ok::<Value>();
    reception.delete(&path).await.refused(404, "not_found");
    assert!(queue(&world, &reception).await.get("tasks").is_none());
}

async fn what_is_handed_over_is_checked(world: World) {
    let (first, second) = (kiosk(&world).await, kiosk(&world).await);
    let setup: Value = first.get("/api/v1/kiosk").await.ok();
    let other: Value = second.get("/api/v1/kiosk").await.ok();
    assert_eq!((&setup["letter"], &other["letter"]), (&json!("A"), &json!("B")), "no two have one letter");
    let (now, service) = (world.node.core.now(), world.a.services[0]);
    let give = |number, at| Given { number, service, at, claim: Value::Null };
    let hands = async |who: &Client, body: &Value| -> Value {
        who.post("/api/v1/kiosk/tickets", body).await.ok::<Value>()["items"].clone()
    };
    // Tickets sealed by another kiosk, for another clinic's service, and of yesterday.
    let foreign = handed(&setup, now, &[give(1, now)]);
    assert_eq!(hands(&second, &foreign).await[0]["code"], "seal_broken");
    let elsewhere = Given { service: world.b.services[0], ..give(2, now) };
    let refused =
        hands(&first, &handed(&setup, now, &[elsewhere, give(3, now.plus_ms(-26 * 3_600_000))])).await;
    let codes: Vec<&Value> = refused.as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["ticket_over", "service_unavailable"]);
    // The people with these papers are in no line. Reception is told once, but not about yesterday's.
    hands(&second, &foreign).await;
    let view = queue(&world, &world.reception().await).await;
    let tasks = view["tasks"].as_array().unwrap().iter();
    let tasks: Vec<_> = tasks.map(|task| (&task["kind"], &task["label"], task.get("ticket_id"))).collect();
    assert_eq!(
        tasks,
        [(&json!("not_taken"), &Value::Null, None), (&json!("not_taken"), &json!("KA-002"), None)]
    );
    // A copy of the kiosk's disk gives the same label twice. The second ticket gets a new label, and reception is
    // told.
    hands(&first, &handed(&setup, now, &[give(4, now)])).await;
    let twice = hands(&first, &handed(&setup, now, &[give(4, now)])).await;
    assert_eq!(labels(&twice), ["GP-001"]);
    let view = queue(&world, &world.reception().await).await;
    let last = view["tasks"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["kind"], &last["label"], &last["other"]),
        (&json!("label_twice"), &json!("GP-001"), &json!("KA-004"))
    );
    // A number that no series reaches, or far ahead of the last one, would end the series.
    for number in [u32::MAX, 10_000, 1_005] {
        let refused = hands(&first, &handed(&setup, now, &[give(number, now)])).await;
        assert_eq!((&refused[0]["code"], refused[0].get("label")), (&json!("seal_broken"), None), "{number}");
    }
    assert_eq!(first.get("/api/v1/kiosk").await.ok::<Value>()["last_number"], 4);
    assert_eq!(labels(&hands(&first, &handed(&setup, now, &[give(9, now)])).await), ["KA-009"]);
    // Nothing is told of a ticket that the kiosk did not seal: another patient's, under its id.
    let theirs = joins(&world, 3).await;
    let garbage = json!({ "now": now, "tickets": [{ "id": theirs["id"], "sealed": "AAAA" }] });
    let refused = hands(&first, &garbage).await;
    assert_eq!(refused[0], json!({ "id": theirs["id"], "code": "seal_broken" }));
    let many: Vec<Given> = (10..61).map(|n| give(n, now)).collect();
    first.post("/api/v1/kiosk/tickets", &handed(&setup, now, &many)).await.refused(422, "invalid");
    // There are 26 letters. One more kiosk takes the letter of the one last seen the longest ago.
    let mut taken = vec!['A', 'B'];
    for _ in 2..27 {
        let setup: Value = kiosk(&world).await.get("/api/v1/kiosk").await.ok();
        taken.push(setup["letter"].as_str().unwrap().chars().next().unwrap());
    }
    assert_eq!(taken[..26], ('A'..='Z').collect::<Vec<_>>());
    assert!(taken[26].is_ascii_uppercase(), "{taken:?}");
    // No service may have a kiosk's letters.
    let service = json!({ "name": "X", "prefix": "KA", "duration_min": 5, "price_minor": 0, "currency": "OMR",
        "walk_in": true, "given": [] });
    world.admin().await.post("/api/v1/admin/services", &service).await.refused(422, "invalid");
}

/// Presses keys on the page's own keyboard.
async fn keys(page: &Browser, text: &str) {
    for key in text.chars() {
        page.press(&format!("#pad [data-key='{key}']")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_checks_in_at_a_kiosk() {
    let world = World::sqlite().await;
    let base = &world.node.base;
    let (first, second) = (joins(&world, 0).await, joins(&world, 1).await);
    world.born(world.a.patients[2], "+96892123456", "1984-12-31").await;
    joins(&world, 2).await;
    let [code, board_code] = world.device_codes().await;
    let kiosk = Browser::open(&format!("{base}/kiosk#code={code}"), KIOSK, "en").await;
    let desk = Browser::open(&format!("{base}/console"), DESKTOP, "en").await;
    desk.signs_in("reception@test.example").await;
    desk.sees("[data-label=GP-001] [data-away]").await;
    // By code, on the kiosk's own keys.
    kiosk.press("button[lang=en]").await;
    kiosk.press("#have-ticket").await;
    kiosk.is_accessible("checking in").await;
    keys(&kiosk, "NQNE").await;
    kiosk.press("#check-in").await;
    kiosk.sees("[data-code=check_in_unknown]").await;
    for _ in 0..4 {
        kiosk.press("#pad-back").await;
    }
    keys(&kiosk, first["code"].as_str().unwrap()).await;
    kiosk.press("#check-in").await;
    kiosk.sees("#arrived [data-label=GP-001]").await;
    kiosk.is_accessible("checked in").await;
    desk.sees("[data-label=GP-001]:not(:has([data-away]))").await;
    kiosk.press("#arrived-done").await;
    // A scanner types the link and presses Enter.
    kiosk.press("button[lang=ar]").await;
    kiosk.press("#have-ticket").await;
    kiosk.is_accessible("checking in in Arabic").await;
    kiosk.types("#check-in-code", &format!("{base}/t/{}\u{E007}", second["link"].as_str().unwrap())).await;
    kiosk.sees("#arrived [data-label=GP-002]").await;
    kiosk.press("#arrived-done").await;
    // By phone number and date of birth.
    kiosk.press("button[lang=en]").await;
    kiosk.press("#again").await;
    kiosk.is_accessible("the languages of a kiosk").await;
    kiosk.press("button[lang=hi]").await;
    kiosk.press("#have-ticket").await;
    kiosk.is_accessible("checking in in Hindi").await;
    kiosk.press("#again").await;
    kiosk.press("button[lang=en]").await;
    kiosk.press("#ease-large").await;
    kiosk.press("#ease-contrast").await;
    kiosk.is_accessible("kiosk with large text and high contrast").await;
    kiosk.press("#have-ticket").await;
    kiosk.press("#check-in-other").await;
    keys(&kiosk, "92123456").await;
    kiosk.press("#check-in-birth").await;
    keys(&kiosk, "31121984").await;
    kiosk.is_accessible("checking in by phone").await;
    kiosk.press("#check-in").await;
    kiosk.sees("#arrived [data-label=GP-003]").await;
    desk.sees("main:not(:has([data-away]))").await;
    drop(kiosk);
    drop(desk);
    // From the patient's own phone.
    let fourth = joins(&world, 3).await;
    let phone = Browser::open(base, PHONE, "en").await;
    phone.signs_in("patient3@test.example").await;
    assert_eq!(phone.says("#check-in-code").await, fourth["code"].as_str().unwrap());
    phone.is_accessible("a ticket from home").await;
    phone.press("#arrive").await;
    phone.sees("main:not(:has(#arrive))").await;
    // The board shows the clinic's messages.
    let mut settings: Value = world.admin().await.get("/api/v1/admin/settings").await.ok();
    let here = world.a.branches[0].to_string();
    let branches = settings["branches"].as_array_mut().unwrap();
    let north = branches.iter_mut().find(|branch| branch["id"] == here).unwrap();
    north["settings"]["policy"]["messages"] = json!(["Drink enough water."]);
    let path = format!("/api/v1/admin/branches/{here}");
    world.admin().await.put(&path, &north["settings"]).await.ok::<Value>();
    let board = Browser::open(&format!("{base}/board#code={board_code}"), DESKTOP, "en").await;
    assert_eq!(board.says("#message").await, "Drink enough water.");
    board.is_accessible("a board with a message").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_asks_which_of_a_family_is_here() {
    let world = World::sqlite().await;
    let twins =
        [registers(&world, "Sara", "2019-03-01").await, registers(&world, "Sami", "2019-03-01").await];
    remote(&world, 10, &twins[0]).await;
    remote(&world, 11, &twins[1]).await;
    for (language, number) in [("ar", "GP-001"), ("en", "GP-002")] {
        let code = world.device_code(&world.admin().await, "kiosk").await;
        let page = format!("{}/kiosk#code={code}", world.node.base);
        let kiosk = Browser::open(&page, KIOSK, language).await;
        kiosk.press(&format!("button[lang={language}]")).await;
        kiosk.press("#have-ticket").await;
        kiosk.press("#check-in-other").await;
        keys(&kiosk, "92123456").await;
        kiosk.press("#check-in-birth").await;
        keys(&kiosk, "01032019").await;
        kiosk.press("#check-in").await;
        // When the second one comes later, the kiosk asks again, though only one is not here yet.
        kiosk.sees("#which").await;
        kiosk.is_accessible(&format!("which of a family is here {language}")).await;
        kiosk.press(&format!("[data-ticket={number}]")).await;
        kiosk.sees(&format!("[data-ticket={number}][aria-pressed=true]")).await;
        kiosk.press("#which-done").await;
        kiosk.sees(&format!("#arrived [data-label={number}]")).await;
        kiosk.press("#arrived-done").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reception_settles_what_a_kiosk_left_to_it() {
    let world = World::sqlite().await;
    let (first, second) = (kiosk(&world).await, kiosk(&world).await);
    let setup: Value = first.get("/api/v1/kiosk").await.ok();
    let now = world.node.core.now();
    let give = |number, service| Given { number, service, at: now, claim: Value::Null };
    // A ticket for a service that is not given here, and one that another kiosk has sealed.
    let elsewhere = handed(&setup, now, &[give(7, world.b.services[0])]);
    first.post("/api/v1/kiosk/tickets", &elsewhere).await.ok::<Value>();
    let unreadable = handed(&setup, now, &[give(8, world.a.services[0])]);
    second.post("/api/v1/kiosk/tickets", &unreadable).await.ok::<Value>();
    for (size, language) in [(PHONE, "ar"), (DESKTOP, "en")] {
        let console = Browser::open(&format!("{}/console", world.node.base), size, language).await;
        console.signs_in("reception@test.example").await;
        assert!(console.says("[data-task=KA-007]").await.contains("KA-007"));
        console.sees("[data-task='']").await;
        console.is_accessible(&format!("what waits at the desk {language}")).await;
        if language == "en" {
            console.press("[data-task=KA-007] #task-done").await;
            console.sees("main:not(:has([data-task=KA-007]))").await;
            console.sees("[data-task='']").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_whose_answer_was_lost_is_nobodys() {
    let world = World::sqlite().await;
    let [code, _] = world.device_codes().await;
    let kiosk = Browser::open(&format!("{}/kiosk#code={code}", world.node.base), KIOSK, "en").await;
    kiosk.press("main button[lang=en]").await;
    kiosk.sees("[data-service=GP]").await;
    let lose = "const real = window.fetch; window.fetch = async (...asked) => { \
        const answer = await real(...asked); \
        if (answer.url.endsWith('/queue/join')) { window.fetch = real; throw new TypeError('lost'); } \
        return answer; }";
    kiosk.script(lose).await;
    kiosk.press("[data-service=GP]").await;
    kiosk.sees("[data-code=offline]").await;
    kiosk.press("[data-service=GP]").await;
    kiosk.sees("#taken[data-label=GP-002]").await;
    let doctor = world.doctor(0).await;
    let labels = loop {
        let view: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
        let waiting = view["waiting"].as_array().unwrap();
        if !waiting.is_empty() {
            break waiting.iter().map(|row| row["label"].clone()).collect::<Vec<_>>();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(labels, ["GP-002"], "who never saw their number is not waited for");
}
