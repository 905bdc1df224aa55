//! Branches, services and the doctors who give them, as an administrator edits them.

use medlane_shared::ids::{PersonId, ServiceId};
use serde_json::{Value, json};

use crate::{
    both,
    browser::{Browser, DESKTOP, PHONE},
    world::{Client, World},
};

both!(
    a_clinic_is_set_up_and_used,
    whoever_left_or_moved_gives_nothing_there,
    two_services_of_one_name_keep_their_doctors,
);

const SETTINGS: &str = "/api/v1/admin/settings";

/// A service of the settings.
async fn service_of(admin: &Client, id: ServiceId) -> Value {
    let all: Value = admin.get(SETTINGS).await.ok();
    all["services"].as_array().unwrap().iter().find(|one| one["id"] == json!(id)).unwrap().clone()
}

/// Saves a service as it was loaded.
async fn saved_as_it_is(admin: &Client, id: ServiceId) {
    let loaded = service_of(admin, id).await;
    let put = admin.put(&format!("/api/v1/admin/services/{id}"), &loaded["settings"]).await;
    put.ok::<Value>();
}

async fn user(admin: &Client, id: PersonId) -> Value {
    let page: Value = admin.get("/api/v1/admin/users?role=doctor").await.ok();
    page["items"].as_array().unwrap().iter().find(|one| one["id"] == json!(id)).unwrap().clone()
}

async fn whoever_left_or_moved_gives_nothing_there(world: World) {
    let admin = world.admin().await;
    let (gp, [north, south]) = (world.a.services[0], [world.a.branches[0], world.a.branches[1]]);
    let (first, second) = (world.a.doctors[0], world.a.doctors[1]);
    let before = service_of(&admin, gp).await["settings"].clone();
    // The first doctor moves to the other branch.
    let roles =
        json!({ "roles": ["doctor"], "branches": [south], "version": user(&admin, first).await["version"] });
    admin.patch(&format!("/api/v1/admin/users/{first}/roles"), &roles).await.ok::<Value>();
    let given = json!([{ "branch_id": north, "person_id": second }]);
    let after = service_of(&admin, gp).await["settings"].clone();
    assert_eq!(after["given"], given);
    // Settings that were open meanwhile are not saved over the change.
    admin.put(&format!("/api/v1/admin/services/{gp}"), &before).await.refused(409, "version_stale");
    saved_as_it_is(&admin, gp).await;
    let offered = async || {
        let shown: Value = world.node.anyone().get(&format!("/api/v1/branches/{north}/services")).await.ok();
        shown["items"].as_array().unwrap().iter().map(|one| one["doctors"].clone()).collect::<Vec<Value>>()
    };
    assert_eq!(offered().await, [json!([{ "id": second, "name": "Name of doctor1" }])]);
    let mut join = world.join();
    join["doctor_id"] = json!(first);
    world.patient(0).await.post("/api/v1/queue/join", &join).await.refused(422, "doctor_unavailable");
    // A pair that an earlier release left behind is neither shown nor offered, and keeps no service from being saved.
    let left = "insert into service_given (branch_id, service_id, person_id) values ($1, $2, $3)";
    world.raw(left, &[&north.to_string(), &gp.to_string(), &first.to_string()]).await;
    assert_eq!(service_of(&admin, gp).await["settings"]["given"], given);
    saved_as_it_is(&admin, gp).await;
    assert_eq!(offered().await.len(), 1);
    world.raw(left, &[&north.to_string(), &gp.to_string(), &first.to_string()]).await;
    let branch: Value = admin.get(SETTINGS).await.ok();
    let branch =
        branch["branches"].as_array().unwrap().iter().find(|one| one["id"] == json!(north)).unwrap().clone();
    admin.put(&format!("/api/v1/admin/branches/{north}"), &branch["settings"]).await.ok::<Value>();
    assert_eq!(offered().await, [json!([{ "id": second, "name": "Name of doctor1" }])]);
    // The second doctor leaves: nobody gives the service, and it can be given to others again.
    let gone = json!({
        "standing": "deleted", "why": "left", "version": user(&admin, second).await["version"],
    });
    admin.patch(&format!("/api/v1/admin/users/{second}/standing"), &gone).await.ok::<Value>();
    assert_eq!(service_of(&admin, gp).await["settings"]["given"], json!([]));
    saved_as_it_is(&admin, gp).await;
    world
        .patient(0)
        .await
        .post("/api/v1/queue/join", &world.join())
        .await
        .refused(422, "service_unavailable");
}

async fn two_services_of_one_name_keep_their_doctors(world: World) {
    let admin = world.admin().await;
    let loaded = service_of(&admin, world.a.services[0]).await["settings"].clone();
    let mut twin = loaded.clone();
    twin["prefix"] = json!("GQ");
    twin.as_object_mut().unwrap().remove("version");
    admin.post("/api/v1/admin/services", &twin).await.ok::<Value>();
    let path = format!("/api/v1/branches/{}/services", world.a.branches[0]);
    let shown: Value = world.node.anyone().get(&path).await.ok();
    let shown: Vec<(&Value, usize)> = shown["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["prefix"], one["doctors"].as_array().unwrap().len()))
        .collect();
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(shown.iter().all(|(_, doctors)| *doctors == 2), "{shown:?}");
    for (n, doctor) in world.a.doctors[..2].iter().enumerate() {
        let mut join = world.join();
        join["doctor_id"] = json!(doctor);
        world.patient(n).await.post("/api/v1/queue/join", &join).await.ok::<Value>();
    }
}

async fn a_clinic_is_set_up_and_used(world: World) {
    let admin = world.admin().await;
    let set = "/api/v1/admin";
    let before: Value = admin.get(&format!("{set}/settings")).await.ok();
    assert_eq!(
        (before["branches"].as_array().unwrap().len(), before["services"].as_array().unwrap().len()),
        (2, 2)
    );
    // A branch with its rooms.
    let mut branch = json!({
        "name": "West", "address": "3 Test Street", "time_zone": "Asia/Muscat", "languages": ["ar", "en"],
        "rooms": ["Room 1", "Counter"],
    });
    let branches = format!("{set}/branches");
    for (field, wrong) in [
        ("name", json!("")),
        ("time_zone", json!("Mars/Olympus")),
        ("languages", json!([])),
        ("languages", json!(["tlh"])),
        ("rooms", json!(["A", "A"])),
        ("rooms", json!([""])),
        ("version", json!(1)),
    ] {
        let mut asked = branch.clone();
        asked[field] = wrong;
        admin.post(&branches, &asked).await.refused(422, "invalid");
    }
    let made: Value = admin.post(&branches, &branch).await.ok();
    let west = made["branches"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["settings"]["name"] == "West")
        .unwrap()
        .clone();
    assert_eq!(west["settings"]["rooms"], json!(["Counter", "Room 1"]));
    let path = format!("{branches}/{}", west["id"].as_str().unwrap());
    branch["rooms"] = json!(["Room 1"]);
    branch["version"] = json!(7);
    admin.put(&path, &branch).await.refused(409, "version_stale");
    branch["version"] = json!(1);
    admin.put(&path, &branch).await.ok::<Value>();
    let shown: Value = world.node.anyone().get("/api/v1/branches").await.ok();
    let shown = shown["items"].as_array().unwrap().iter().find(|one| one["name"] == "West").unwrap().clone();
    assert_eq!((shown["rooms"].as_array().unwrap().len(), &shown["languages"]), (1, &json!(["ar", "en"])));
    // A service that its doctor gives at the first branch: patients can join it at once.
    let mut service = json!({
        "name": "Skin care", "prefix": "SK", "duration_min": 20, "price_minor": 15_000, "currency": "OMR", "walk_in": true,
        "given": [{ "branch_id": world.a.branches[0], "person_id": world.a.doctors[0] }],
    });
    let services = format!("{set}/services");
    for (field, wrong) in [
        ("name", json!(" ")),
        ("prefix", json!("skin")),
        ("duration_min", json!(0)),
        ("price_minor", json!(-1)),
        ("currency", json!("rials")),
        ("given", json!([{ "branch_id": world.a.branches[1], "person_id": world.a.doctors[0] }])),
        ("given", json!([{ "branch_id": world.a.branches[0], "person_id": world.b.doctors[0] }])),
    ] {
        let mut asked = service.clone();
        asked[field] = wrong;
        admin.post(&services, &asked).await.refused(422, "invalid");
    }
    let mut taken = service.clone();
    taken["prefix"] = json!("GP");
    admin.post(&services, &taken).await.refused(409, "prefix_taken");
    let made: Value = admin.post(&services, &service).await.ok();
    let skin = made["services"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["settings"]["prefix"] == "SK")
        .unwrap()
        .clone();
    let join = json!({ "branch_id": world.a.branches[0], "service_id": skin["id"], "reason_for_visit": "" });
    let ticket: Value = world.patient(0).await.post("/api/v1/queue/join", &join).await.ok();
    assert_eq!(ticket["label"], "SK-001");
    let called: Value = world.doctor(0).await.post("/api/v1/queue/call-next", &json!({})).await.ok();
    assert_eq!(called["label"], "SK-001");
    // Nobody gives the service any more: only administrators still see it.
    service["given"] = json!([]);
    service["version"] = json!(1);
    let path = format!("{services}/{}", skin["id"].as_str().unwrap());
    admin.put(&path, &service).await.ok::<Value>();
    world.patient(1).await.post("/api/v1/queue/join", &join).await.refused(422, "service_unavailable");
    let after: Value = admin.get(&format!("{set}/settings")).await.ok();
    assert_eq!(after["services"].as_array().unwrap().len(), 3);
    // Another clinic's service is not found.
    let foreign = format!("{services}/{}", world.b.services[0]);
    admin.put(&foreign, &service).await.refused(404, "not_found");
    let log: Value = admin.get("/api/v1/audit?action=service.save").await.ok();
    let by_hand = log["items"].as_array().unwrap().iter().filter(|entry| !entry["person_id"].is_null());
    assert_eq!(by_hand.count(), 2, "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sets_a_clinic_up_in_a_browser() {
    let world = World::sqlite().await;
    let page = Browser::open(&format!("{}/console/settings", world.node.base), DESKTOP, "en").await;
    page.signs_in("admin@test.example").await;
    page.press("#service-add").await;
    page.is_accessible("a new service").await;
    page.types("#service-name", "Skin care").await;
    page.types("#service-prefix", "GP").await;
    page.press("#given input").await;
    page.press("#service-save").await;
    // A price that was not typed is not a free visit.
    page.sees("#service-price:focus[aria-invalid=true]").await;
    page.types("#service-price", "5.500").await;
    page.sees("#service-price:not([aria-invalid])").await;
    page.press("#service-save").await;
    page.sees("[data-code=prefix_taken]").await;
    page.sees("#service-prefix:focus[aria-invalid=true]").await;
    page.types("#service-prefix", "\u{E009}a\u{E000}SK").await;
    page.press("#service-save").await;
    page.sees("[data-service=SK]").await;
    page.press("#branch-add").await;
    page.types("#branch-name", "West").await;
    page.types("#branch-rooms", "Room 1\nRoom 2").await;
    page.is_accessible("a new branch").await;
    page.press("#branch-save").await;
    page.sees("[data-branch=West]").await;
    let page = Browser::open(&format!("{}/console/settings", world.node.base), PHONE, "ar").await;
    page.signs_in("admin@test.example").await;
    page.press("[data-service=SK] button").await;
    page.sees("#service-name").await;
    page.is_accessible("changing a service on a phone in Arabic").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_cannot_be_read_is_marked_and_not_sent() {
    let world = World::sqlite().await;
    let admin = world.admin().await;
    let all = async || -> Value { admin.get("/api/v1/admin/settings").await.ok() };
    let page = Browser::open(&format!("{}/console/settings", world.node.base), DESKTOP, "en").await;
    page.signs_in("admin@test.example").await;
    let before = all().await;
    // Takes the place of what the field holds.
    let typed = |text: &str| format!("\u{E009}a\u{E000}{text}");
    page.press("[data-branch=North] button").await;
    page.types("#policy-calls", &typed("abc")).await;
    page.types("#policy-undo", &typed("601")).await;
    page.press("#branch-save").await;
    page.sees("#policy-calls:focus[aria-invalid=true]").await;
    page.sees("#not-sent").await;
    assert_eq!(page.says("#policy-calls-wrong").await, "Enter a whole number in digits, such as 15.");
    let bounds = page.says("#policy-undo-wrong").await;
    assert!(bounds.contains('0') && bounds.contains("600"), "{bounds}");
    assert_eq!(page.script("return document.querySelector('#policy-calls').value").await, "abc");
    page.is_accessible("wrong numbers of a branch").await;
    assert_eq!(all().await, before, "nothing was saved");
    // Digits of another script are digits. What the server refuses stands at its field too.
    page.types("#policy-calls", &typed("٥")).await;
    page.types("#policy-undo", &typed("90")).await;
    page.sees("form:not(:has([aria-invalid]))").await;
    page.types("#branch-zone", &typed("Nowhere")).await;
    page.press("#branch-save").await;
    page.sees("#branch-zone:focus[aria-invalid=true]").await;
    page.sees("#branch-zone-wrong").await;
    page.types("#branch-zone", &typed("Asia/Muscat")).await;
    page.press("#branch-save").await;
    page.sees("body:not(:has(#branch-save))").await;
    let now = all().await;
    let branch =
        now["branches"].as_array().unwrap().iter().find(|one| one["settings"]["name"] == "North").unwrap();
    let policy = &branch["settings"]["policy"];
    assert_eq!((&policy["calls_max"], &policy["undo_s"]), (&json!(5), &json!(90)));
    // A price is typed in the unit of its currency.
    page.press("[data-service=GP] button").await;
    for wrong in ["abc", "5,500", "5.5000", "-1"] {
        page.types("#service-price", &typed(wrong)).await;
        page.press("#service-save").await;
        page.sees("#service-price:focus[aria-invalid=true]").await;
    }
    // Two readings are asked about, and what was read is shown as money.
    page.types("#service-price", &typed("12,000")).await;
    page.press("#service-save").await;
    let asked = page.says("#service-price-wrong").await.replace(['\u{a0}', '\u{202f}'], " ");
    page.is_accessible("a price with two readings").await;
    assert!(asked.contains("12.000 OMR") && asked.contains("12 000.000 OMR"), "{asked}");
    page.types("#service-price", &typed("12.000")).await;
    assert_eq!(page.says("#service-money").await.replace('\u{a0}', " "), "12.000 OMR");
    page.types("#service-price", &typed("٥٫٥")).await;
    page.press("#service-save").await;
    page.sees("body:not(:has(#service-save))").await;
    let now = all().await;
    let service =
        now["services"].as_array().unwrap().iter().find(|one| one["settings"]["prefix"] == "GP").unwrap();
    assert_eq!(service["settings"]["price_minor"], 5_500);
    assert!(page.says("[data-service=GP]").await.contains("5.500 OMR"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_was_late_keeps_what_was_typed_and_saves_once() {
    let world = World::sqlite().await;
    let page = Browser::open(&format!("{}/console/settings", world.node.base), DESKTOP, "en").await;
    page.signs_in("admin@test.example").await;
    page.press("[data-branch=North] button").await;
    page.types("#branch-name", " gate").await;
    // Meanwhile another administrator changes the address.
    let (admin, here) = (world.admin().await, world.a.branches[0].to_string());
    let settings = async || -> Value {
        let all: Value = admin.get("/api/v1/admin/settings").await.ok();
        let mut branches = all["branches"].as_array().unwrap().iter();
        branches.find(|branch| branch["id"] == here).unwrap()["settings"].clone()
    };
    let mut other = settings().await;
    other["address"] = json!("1 New street");
    admin.put(&format!("/api/v1/admin/branches/{here}"), &other).await.ok::<Value>();
    page.press("#branch-save").await;
    page.sees("[data-code=version_stale]").await;
    let typed = "return ['name', 'address'].map(name => document.querySelector(`#branch-${name}`).value)";
    assert_eq!(page.script(typed).await, json!(["North gate", "1 New street"]));
    // The next answer comes late. The form cannot be sent twice, and its answer closes no other form.
    let hold = "const real = window.fetch; let go; const gate = new Promise(done => go = done); \
        window.release = () => { window.fetch = real; go(); }; \
        window.fetch = async (...asked) => { const answer = await real(...asked); await gate; return answer; }";
    page.script(hold).await;
    page.press("#branch-save").await;
    page.sees("#branch-save:disabled").await;
    page.press("#service-add").await;
    page.types("#service-name", "Skin care").await;
    page.script("release()").await;
    page.sees("[data-branch='North gate']").await;
    let typed = page.script("return document.querySelector('#service-name').value").await;
    assert_eq!(typed, "Skin care");
    assert_eq!(settings().await["address"], "1 New street");
}
