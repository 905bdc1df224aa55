//! The log in the console: filtered by people who are not in the list and by days, opened, saved as a file.

use serde_json::{Value, json};

use crate::{
    browser::{Browser, DESKTOP, PHONE},
    world::World,
};

/// A window of a small laptop, higher than it is so that a picture shows more.
const LAPTOP: (u32, u32) = (1024, 1_500);

const LONG: &str = "Abdulrahman bin Mohammed bin Abdullah Al Wahaibi Al Ghafri";

async fn log_of(world: &World, size: (u32, u32), language: &str) -> Browser {
    let page = Browser::open(&format!("{}/console/audit", world.node.base), size, language).await;
    page.signs_in("admin@test.example").await;
    page.sees("tr[data-action]").await;
    page
}

/// Acts with values before and after, a search that finds many, and a long name.
async fn acts(world: &World) {
    let admin = world.admin().await.confirmed().await;
    let roles = json!({ "roles": ["doctor", "reception"], "branches": world.a.branches, "version": 1 });
    let path = format!("/api/v1/admin/users/{}/roles", world.a.doctors[0]);
    admin.patch(&path, &roles).await.ok::<Value>();
    let settings: Value = admin.get("/api/v1/admin/settings").await.ok();
    let branch = &settings["branches"][0];
    let mut changed = branch["settings"].clone();
    changed["name"] = json!("Garden Clinic");
    changed["rooms"] = json!(["Room 1", "Room 9"]);
    changed["policy"]["near"] = json!(5);
    changed["policy"]["opening"] = json!([{ "weekday": 1, "from_min": 480, "to_min": 1_020 }]);
    let path = format!("/api/v1/admin/branches/{}", branch["id"].as_str().unwrap());
    admin.put(&path, &changed).await.ok::<Value>();
    let reception = world.reception().await;
    reception.post("/api/v1/patients", &json!({ "name": LONG, "is_new": true })).await.ok::<Value>();
    reception.get("/api/v1/patients?q=patient1").await.ok::<Value>();
}

/// How often an element is on the page.
async fn count(page: &Browser, css: &str) -> u64 {
    page.script(&format!("return document.querySelectorAll(\"{css}\").length")).await.as_u64().unwrap()
}

async fn address(page: &Browser) -> String {
    page.script("return location.hash").await.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_filtered_by_people_who_are_not_in_it_and_the_address_keeps_it() {
    let world = World::sqlite().await;
    acts(&world).await;
    // What this doctor did, whose name is on no page of the list.
    world.doctor(1).await.get("/api/v1/queue/doctor-queue").await.ok::<Value>();
    let page = log_of(&world, DESKTOP, "en").await;
    page.types("#audit-person", "doctor1").await;
    page.press("#audit-person-found button").await;
    assert!(page.says("#audit-person-chosen").await.contains("What Name of doctor1 did"));
    page.sees("tr[data-action='session.sign_in']").await;
    assert_eq!(count(&page, "tr[data-action='person.roles']").await, 0);
    let id = world.a.doctors[1].to_string();
    assert!(address(&page).await.ends_with(&format!("person={id}")), "{}", address(&page).await);
    // A reload has the same filter, and the name from the entries.
    page.script("location.reload()").await;
    page.sees("tr[data-action='session.sign_in']").await;
    assert!(page.says("#audit-person-chosen").await.contains("Name of doctor1"));
    // With the keyboard: the focus is on the way back, and then on the field.
    page.press("#audit-person-clear").await;
    page.sees("#audit-person:focus").await;
    page.sees("tr[data-action='person.roles']").await;
    // A patient whom no entry of the list names: their own search does.
    page.types("#audit-patient", "patient7").await;
    page.press("#audit-patient-found button").await;
    page.sees("#audit-patient-clear:focus").await;
    page.sees("tr[data-action='patients.find']").await;
    page.sees("table:not(:has(tr[data-action='person.roles']))").await;
    // Nothing fits: the page says so, and how to go on.
    page.types("#audit-person", "doctor2").await;
    page.press("#audit-person-found button").await;
    page.sees("#audit-clear").await;
    page.is_accessible("an audit log without entries").await;
    page.press("#audit-clear").await;
    page.sees("tr[data-action='person.roles']").await;
    assert_eq!(address(&page).await, "");
    // Looks at the log itself are routine.
    assert_eq!(count(&page, "tr[data-action='audit.read']").await, 0);
    page.press("#audit-all").await;
    page.sees("tr[data-action='audit.read']").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_filtered_by_days_of_the_clinic() {
    let world = World::sqlite().await;
    acts(&world).await;
    let page = log_of(&world, DESKTOP, "en").await;
    let settings: Value = world.admin().await.get("/api/v1/admin/settings").await.ok();
    let zones: Vec<&Value> =
        settings["branches"].as_array().unwrap().iter().map(|one| &one["settings"]["time_zone"]).collect();
    page.sees("[data-zone]").await;
    assert!(zones.iter().any(|zone| **zone == "Asia/Muscat"), "{zones:?}");
    page.sees("[data-zone='Asia/Muscat']").await;
    let shown = page.script("return document.querySelector('tbody').dataset.day").await;
    page.press("#audit-today").await;
    page.sees("#audit-any-day").await;
    page.sees("tr[data-action='person.roles']").await;
    let today =
        page.script("return new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Muscat' })").await;
    assert_eq!(today, shown, "the heading is the clinic's day");
    assert_eq!(address(&page).await, format!("#first={0}&last={0}", today.as_str().unwrap()));
    // An end before the beginning is a fault of that field, and typed with the keyboard alone.
    page.types("#audit-last-year", "\u{E009}a\u{E000}2001\u{E007}").await;
    page.sees("#audit-last-year[aria-invalid=true]").await;
    assert!(page.says("#audit-last-wrong").await.contains("after the start"));
    page.is_accessible("an audit log whose days are reversed").await;
    page.types("#audit-first-year", "\u{E009}a\u{E000}2001\u{E007}").await;
    page.sees("#audit-clear").await;
    page.press("#audit-any-day").await;
    page.sees("tr[data-action='person.roles']").await;
    // A link to a filter opens it.
    page.script("location.hash = '#action=person.roles'").await;
    page.sees("table:not(:has(tr[data-action='patients.find']))").await;
    page.sees("tr[data-action='person.roles'] [data-change=roles]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_say_what_changed_and_open_whole_lists() {
    let world = World::sqlite().await;
    acts(&world).await;
    let page = log_of(&world, LAPTOP, "en").await;
    let roles = page.says("tr[data-action='person.roles'] [data-change=roles]").await;
    assert_eq!(roles, "Roles: Doctor → Doctor, Reception");
    // More than three changes are folded.
    page.press("tr[data-action='branch.save'] summary").await;
    let opening = page.says("[data-change='policy.opening']").await;
    assert_eq!(opening, "Opening hours: – → Monday 08:00–17:00");
    page.is_accessible("an audit log with changes").await;
    page.press("tr[data-action='patients.find'] [data-more]").await;
    page.sees("#audit-whole li:nth-child(11)").await;
    assert_eq!(count(&page, "#audit-whole li").await, 11);
    page.is_accessible("the patients of an audit entry").await;
    page.press("#audit-whole li:nth-child(9) button").await;
    assert!(page.says("#audit-patient-chosen").await.contains("Name of patient1"));
    page.sees("body:not(:has(#audit-whole))").await;
    // Right to left, the arrow leads from what was to what became.
    let page = log_of(&world, LAPTOP, "ar").await;
    let roles = page.says("tr[data-action='person.roles'] [data-change=roles]").await;
    assert!(roles.contains('←') && !roles.contains('→'), "{roles}");
    page.is_accessible("an audit log in Arabic").await;
    let page = log_of(&world, PHONE, "en").await;
    let overflow = page.script("return document.documentElement.scrollWidth - innerWidth").await;
    assert!(overflow.as_i64().unwrap() <= 0, "{overflow}");
    page.script("document.querySelector('tr[data-action]').scrollIntoView()").await;
    page.is_accessible("an audit log on a phone").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_saved_as_a_file_and_tried_again_after_a_failure() {
    let world = World::sqlite().await;
    acts(&world).await;
    let page = log_of(&world, DESKTOP, "en").await;
    let keep = "const make = URL.createObjectURL; URL.createObjectURL = file => { window.made = file; return make.call(URL, file); };";
    page.script(keep).await;
    page.press("#audit-export-csv").await;
    page.sees("#audit-exported a[download$='.csv']").await;
    let read = "window.made.text().then(arguments[arguments.length - 1]);";
    let text = page.script_async(read).await;
    let text = text.as_str().unwrap();
    assert!(text.contains("\"person.roles\"") && text.contains("\"audit.read\""), "{text}");
    page.is_accessible("an exported audit log").await;
    // Another filter is another file.
    page.press("#audit-today").await;
    page.sees("body:not(:has(#audit-exported))").await;
    // The network fails: the page says so, and the same filter is tried again.
    page.sees("tr[data-action]").await;
    page.loads_all_but(&["*/api/v1/audit?*"]).await;
    page.press("#audit-week").await;
    page.sees("[role=alert][data-code=offline]").await;
    page.is_accessible("an audit log that could not be loaded").await;
    page.loads_all_but(&[]).await;
    page.press("#audit-again").await;
    page.sees("tr[data-action='person.roles']").await;
}
