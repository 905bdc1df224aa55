//! The staff's screens in use: typed text stays, a search leaves one audit entry, and details can be corrected.

use serde_json::{Value, json};

use crate::{
    browser::{Browser, DESKTOP},
    world::World,
};

const LONG: &str =
    "Abdulrahman bin Mohammed bin Abdullah Al Wahaibi Al Ghafri of a name that is longer than most";
const WHY: &str = "Headache since Tuesday, worse in the morning, with some nausea; the tablets from the pharmacy did not help";

async fn until(page: &Browser, what: &str) {
    let look = format!(
        "const done = arguments[arguments.length - 1]; const look = () => ({what}) ? done(1) : setTimeout(look, 20); look();"
    );
    page.script_async(&look).await;
}

/// Whether the digits of the first text that fits a pattern stand from left to right on the screen.
async fn reads_left_to_right(page: &Browser, within: &str, pattern: &str) -> bool {
    let look = format!(
        "const pattern = /{pattern}/; const walk = [...document.querySelectorAll('{within}')].flatMap(one => \
         {{ const found = []; const texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT); \
         while (texts.nextNode()) found.push(texts.currentNode); return found; }}); \
         const text = walk.find(one => pattern.test(one.data)); if (!text) return null; \
         const from = text.data.match(pattern); \
         const at = n => {{ const range = document.createRange(); range.setStart(text, n); range.setEnd(text, n + 1); \
         return range.getBoundingClientRect().left; }}; \
         return at(from.index) < at(from.index + from[0].length - 1);"
    );
    page.script(&look).await == json!(true)
}

async fn searches(world: &World) -> usize {
    let log: Value = world.admin().await.get("/api/v1/audit?action=patients.find").await.ok();
    log["items"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_is_found_by_one_search_and_corrected() {
    let world = World::sqlite().await;
    let register = json!({ "name": LONG, "birth_date": "1980-02-03", "phone": "+968 9212 3456" });
    world.reception().await.post("/api/v1/patients", &register).await.ok::<Value>();
    let page = Browser::open(&format!("{}/console/patients", world.node.base), DESKTOP, "en").await;
    page.signs_in("reception@test.example").await;
    page.types("#patients-q", "Abdulrahman bin").await;
    page.sees("[data-patient]").await;
    assert_eq!(searches(&world).await, 1, "not one for each letter");
    assert!(page.says("[data-patient]").await.contains("3 Feb 1980"));
    page.press("[data-patient] button[id^=change-]").await;
    until(&page, "document.activeElement.id === 'change-name'").await;
    page.is_accessible("a patients details are changed").await;
    // The form says what is wrong, and keeps what was typed.
    page.types("#change-phone", "123").await;
    page.press("#change-save").await;
    page.sees("#change-form [role=alert][data-code=invalid]").await;
    page.types("#change-phone", "\u{E009}a\u{E000}+968 9212 3457").await;
    page.press("#change-save").await;
    page.sees("main:not(:has(#change-form))").await;
    assert!(page.says("[data-contact=sms][data-proven=false]").await.contains("+968 9212 3457"));
    until(&page, "document.activeElement.id.startsWith('change-')").await;
    // The record has a visit: a code to the changed number alone does not do, and the screen asks for what is missing.
    let found: Value = world.reception().await.get("/api/v1/patients?q=Abdulrahman").await.ok();
    let mut join = world.join();
    join["patient_id"] = found["items"][0]["id"].clone();
    world.reception().await.post("/api/v1/queue/join", &join).await.ok::<Value>();
    page.press("#contact-send-sms").await;
    page.sees("#read-code").await;
    page.types("#read-code", &world.code().await).await;
    page.press("#read-code-go").await;
    page.sees("[role=alert][data-code=contact_unchecked]").await;
    page.is_accessible("a changed number needs a check of identity").await;
    page.press("#identity-go").await;
    page.sees("[data-contact=sms][data-proven=true]").await;
    let page = Browser::open(&format!("{}/console/patients", world.node.base), DESKTOP, "ar").await;
    page.signs_in("reception@test.example").await;
    page.types("#patients-q", "Abdulrahman").await;
    page.sees("[data-patient]").await;
    assert!(reads_left_to_right(&page, "[data-patient] p bdi", r"\d{6}-\d").await, "the record number");
    assert!(reads_left_to_right(&page, "#patients-q-hint", r"\d\d.\d\d.\d{4}").await, "the hint");
    page.press("[data-patient] button[id^=change-]").await;
    page.types("#change-name", "\u{E009}a\u{E000}Name of patient0").await;
    page.press("#change-save").await;
    page.sees("#change-form").await;
    page.is_accessible("a patients details are changed in Arabic").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_page_of_the_console_opens_what_its_address_and_role_allow() {
    let world = World::sqlite().await;
    let base = &world.node.base;
    // A bookmark from before: signing in stays at its page.
    let page = Browser::open(&format!("{base}/manage/#tab-duplicates"), DESKTOP, "en").await;
    until(&page, "location.pathname === '/console/duplicates' && location.hash === ''").await;
    page.signs_in("reception@test.example").await;
    page.sees("#tab-duplicates[aria-current=page]").await;
    until(&page, "document.title.startsWith('Duplicates · ')").await;
    page.script("globalThis.loaded = true").await;
    page.press("#tab-patients").await;
    page.sees("#patients-q").await;
    page.sees("nav:not(:has(#tab-duplicates[aria-current], #tab-people))").await;
    until(&page, "document.title.startsWith('Patients · ') && location.pathname === '/console/patients'")
        .await;
    // With the keyboard: the link of the present page keeps the focus, and the next one is a Tab away.
    page.types("#tab-patients", "\u{E004}\u{E007}").await;
    until(&page, "location.pathname === '/console/duplicates'").await;
    assert_eq!(page.script("return document.activeElement.id").await, json!("tab-duplicates"));
    page.script("history.go(-2)").await;
    page.sees("#tab-duplicates[aria-current=page]").await;
    page.script("history.forward()").await;
    page.sees("#patients-q").await;
    assert_eq!(page.script("return globalThis.loaded").await, json!(true), "nothing was loaded anew");
    page.script("location.reload()").await;
    page.sees("#patients-q").await;
    // Skipping to the content leaves the address alone.
    page.script("document.querySelector('a[href=\"#main\"]').click()").await;
    until(&page, "document.activeElement.id === 'main' && location.hash === ''").await;
    // What the role may not see says so, and leads on.
    page.goes_to(&format!("{base}/console/audit")).await;
    page.sees("#missing[data-why=page-not-yours]").await;
    until(&page, "document.title.startsWith('Your role does not have this page')").await;
    page.is_accessible("a page of another role").await;
    page.press("#missing a").await;
    page.sees("#walk-in").await;
    until(&page, "location.pathname === '/console' && document.title.startsWith('Today · ')").await;
    // An unknown address has no page.
    page.goes_to(&format!("{base}/console/nothing")).await;
    page.sees("#missing[data-why=page-not-found]").await;
    page.is_accessible("an unknown address").await;
    page.press("#missing a").await;
    page.sees("#walk-in").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_session_is_said_and_takes_nothing_typed() {
    let mut world = World::sqlite().await;
    world.restart(|config| config.identity.staff_s = 900).await;
    let mut join = world.join();
    join["reason_for_visit"] = json!(WHY);
    for n in 0..2 {
        world.patient(n).await.post("/api/v1/queue/join", &join).await.ok::<Value>();
    }
    let page = Browser::open(&format!("{}/doctor", world.node.base), DESKTOP, "en").await;
    page.signs_in("doctor0@test.example").await;
    assert!(page.says("#session-ends").await.contains("You will be signed out at"));
    assert!(page.says("li[data-label=GP-002]").await.contains(WHY), "reasons are whole");
    page.press("#call-next").await;
    page.press("#step-serve").await;
    page.sees("[data-standing=note-empty]").await;
    page.is_accessible("a session that ends soon").await;
    page.types("#note", "typed last").await;
    page.press("#session-again").await;
    page.signs_in("doctor0@test.example").await;
    until(&page, "document.querySelector('#note')?.value === 'typed last'").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_focus_goes_into_what_is_asked_and_back() {
    let world = World::sqlite().await;
    let page = Browser::open(&format!("{}/console/people", world.node.base), DESKTOP, "en").await;
    page.signs_in("admin@test.example").await;
    page.press("#invite").await;
    until(&page, "document.activeElement.id === 'invite-name'").await;
    page.press("[data-person] button[id^=suspend-]").await;
    until(&page, "document.activeElement.id === 'why'").await;
    page.press("#asked button:last-child").await;
    until(
        &page,
        "document.activeElement.id.startsWith('suspend-') || document.activeElement.id === 'invite'",
    )
    .await;
    let log = Browser::open(&format!("{}/console/audit", world.node.base), DESKTOP, "ar").await;
    log.signs_in("admin@test.example").await;
    log.sees("tr[data-action='session.sign_in']").await;
    log.sees("table:not(:has(tr[data-action='queue.read']))").await;
    log.is_accessible("the audit log in Arabic").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_follows_one_person_and_says_whom_an_act_was_about() {
    let world = World::sqlite().await;
    let doctor = world.a.doctors[0];
    let roles = json!({ "roles": ["doctor", "reception"], "branches": [world.a.branches[0]], "version": 1 });
    let admin = world.admin().await.confirmed().await;
    admin.patch(&format!("/api/v1/admin/users/{doctor}/roles"), &roles).await.ok::<Value>();
    world.reception().await.get("/api/v1/patients?q=patient1").await.ok::<Value>();
    let page = Browser::open(&format!("{}/console/audit", world.node.base), DESKTOP, "en").await;
    page.signs_in("admin@test.example").await;
    // The row of a change of roles names whose roles they are; the row of a search leads to what concerns who was found.
    let about = "tr[data-action='person.roles'] td:nth-child(5)";
    assert_eq!(page.says(about).await, "Name of doctor0");
    page.press("tr[data-action='patients.find'] td:nth-child(5) button").await;
    assert!(page.says("#audit-patient-chosen").await.contains("What concerns Name of patient1"));
    page.sees("table:not(:has(tr[data-action='person.roles']))").await;
    page.press("#audit-patient-clear").await;
    // A person's own acts.
    page.press("tr[data-action='patients.find'] td:nth-child(3) button").await;
    assert!(page.says("#audit-person-chosen").await.contains("What Name of reception did"));
    page.sees("table:not(:has(tr[data-action='person.roles']))").await;
    page.is_accessible("what one person did").await;
    page.press("#audit-person-clear").await;
    page.sees("tr[data-action='person.roles']").await;
}
