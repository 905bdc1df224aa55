//! Whose note it is: every note says its patient and visit, and the cursor is in the note that was opened.

use serde_json::{Value, json};

use crate::{
    both,
    browser::Browser,
    screens::{doctor, focus, joins, until},
    world::World,
    writing::{letter, row},
};

both!(a_list_of_unsigned_notes_tells_patients_and_visits_apart,);

async fn a_list_of_unsigned_notes_tells_patients_and_visits_apart(world: World) {
    joins(&world, 0).await;
    let author = world.doctor(0).await;
    let called: Value = author.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok();
    let serving: Value = author.step(&called, "serve").await.ok();
    let id = "0198f3a0-0000-7000-8000-0000000000aa";
    let note = json!({ "id": id, "patient_id": serving["patient_id"], "ticket_id": serving["id"], "text": "Cough", "version": 0 });
    author.put(&format!("/api/v1/notes/{id}"), &note).await.ok::<Value>();
    let drafts: Value = author.get("/api/v1/notes/drafts").await.ok();
    let draft = &drafts["items"][0];
    assert_eq!(
        (&draft["label"], &draft["record_number"], &draft["visit_at"], draft.get("birth_date")),
        (&serving["label"], &serving["record_number"], &serving["serving_at"], serving.get("birth_date"))
    );
    // The next doctor sees the patient later: that is not when this note was written.
    let sent = json!({ "step": "transfer", "version": serving["version"], "doctor_id": world.a.doctors[1] });
    let status = format!("/api/v1/queue/{}/status", serving["id"].as_str().unwrap());
    author.patch(&status, &sent).await.ok::<Value>();
    world.clock.pass(std::time::Duration::from_mins(9));
    let next = world.doctor(1).await;
    let called: Value = next.post("/api/v1/queue/call-next", &json!({ "room": "Room 2" })).await.ok();
    next.step(&called, "serve").await.ok::<Value>();
    let drafts: Value = world.doctor(0).await.get("/api/v1/notes/drafts").await.ok();
    assert_eq!(drafts["items"][0].get("visit_at"), None, "{drafts}");
}

/// A visit that ends with an unsigned note.
async fn leaves_a_draft(page: &Browser, label: &str) {
    page.press("#call-next").await;
    page.sees(&format!("#present[data-label={label}][data-state=called]")).await;
    page.press("#step-serve").await;
    until(page, "document.activeElement.id === 'note'").await;
    page.types("#note", "Fever").await;
    page.sees("[data-standing=note-saved]").await;
    page.press("#step-done").await;
    assert!(page.says("#end-visit").await.contains("MRN "), "the question says who it is");
    page.press("#end-visit-2").await;
    page.sees("#present:not([data-label])").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_after_open_is_text_of_the_note_that_was_opened() {
    let world = World::sqlite().await;
    for n in 0..3 {
        joins(&world, n).await;
    }
    let page = doctor(&world).await;
    leaves_a_draft(&page, "GP-001").await;
    // Neither on the body nor on "Call next".
    until(&page, "['present', 'unsigned'].includes(document.activeElement.id)").await;
    page.is_still().await;
    let said = page.says("#unsigned").await;
    assert!(said.contains("Name of patient0, GP-001, ") && said.contains("MRN "), "{said}");
    page.press("#unsigned button[id^=open-]").await;
    until(&page, "document.activeElement.id === 'note-older'").await;
    page.is_accessible("an unsigned note with its patient").await;
    page.types("#note-older:focus", " npt").await;
    page.sees("#note-older-standing[data-standing=note-saved]").await;
    assert_eq!(row(&world, "GP-002").await["state"], "waiting", "n called nobody");
    // The question says which note it is, and what changes nothing is the coloured answer with the focus.
    page.press("#note-older-discard").await;
    let asked = page.says("#note-older-discarding").await;
    assert!(asked.contains("Name of patient0, GP-001, ") && asked.contains("MRN "), "{asked}");
    page.sees("#note-older-discarding-stay.btn-primary:focus").await;
    page.sees("#note-older-discarding-1:not(.btn-primary)").await;
    page.press("#note-older-discarding-stay").await;
    page.press("#unsigned button[id^=open-]").await;
    until(&page, "document.activeElement.id.startsWith('open-')").await;
    // Beside a note's field no letter is a command while nothing has the focus.
    page.press("#call-next").await;
    page.sees("#present[data-label=GP-002][data-state=called]").await;
    page.sees("#note").await;
    page.script("document.activeElement.blur()").await;
    for key in ["p", "n", "x", "t"] {
        page.script(&letter(key)).await;
    }
    page.sees("main:not(:has(#more)):not(:has(dialog))").await;
    assert_eq!(row(&world, "GP-002").await["state"], "called");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_patients_note_stands_apart_below_the_present_ones() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    joins(&world, 1).await;
    let page = doctor(&world).await;
    page.press("#call-next").await;
    page.press("#step-serve").await;
    until(&page, "document.activeElement.id === 'note'").await;
    assert!(page.says("[id^=sheet-] h2").await.starts_with("Note: Name of patient0, GP-001, "));
    page.types("#note", "Chest pain").await;
    // Another window of the doctor ends the visit and calls the next patient.
    let other = world.doctor(0).await;
    let serving = row(&world, "GP-001").await;
    other.step(&serving, "done").await.ok::<Value>();
    other.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok::<Value>();
    page.sees("#present[data-label=GP-002]").await;
    page.sees("#note").await;
    page.sees("#note-held:focus").await;
    page.types("#note-held:focus", " since noon").await;
    page.sees("#note-held-standing[data-standing=note-saved]").await;
    let below = "document.querySelector('#note').getBoundingClientRect().top \
        < document.querySelector('#note-held').getBoundingClientRect().top";
    assert_eq!(page.script(&format!("return {below}")).await, true);
    let heads = "return [...document.querySelectorAll('[id^=sheet-] h2')].map(head => head.textContent)";
    let heads = page.script(heads).await;
    assert!(heads[0].as_str().unwrap().starts_with("Note: Name of patient1, GP-002, "), "{heads}");
    assert!(heads[1].as_str().unwrap().starts_with("Unsigned note: Name of patient0, GP-001, "), "{heads}");
    page.is_accessible("a note of another patient than the present one").await;
    assert_eq!(page.script("return document.querySelector('#note').value").await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_note_of_an_ended_visit_is_read_and_added_to() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let page = doctor(&world).await;
    page.press("#call-next").await;
    page.press("#step-serve").await;
    until(&page, "document.activeElement.id === 'note'").await;
    page.types("#note", "Sore throat").await;
    page.press("#note-sign").await;
    assert!(page.says("#note-said").await.starts_with("Signed: Name of patient0, GP-001, "));
    page.is_accessible("a note was signed").await;
    page.sees("details[data-note]").await;
    page.press("#step-done").await;
    page.sees("#present:not([data-label])").await;
    page.sees("main:not(:has(#note-said))").await;
    page.press("#notes-GP-001").await;
    until(&page, "document.activeElement.id === 'note-held'").await;
    page.sees("details[data-note]").await;
    assert!(page.says("#note-happened").await.contains("another note of this visit"));
    page.is_accessible("the notes of a visit that has ended").await;
    page.types("#note-held:focus", "Addendum: no fever").await;
    page.press("#note-held-sign").await;
    until(&page, "document.querySelectorAll('details[data-note]').length === 2").await;
    assert!(page.says("#note-said").await.starts_with("Signed: Name of patient0, GP-001, "));
    page.press("#note-close").await;
    page.sees("main:not(:has(#note-held))").await;
    assert_ne!(focus(&page).await, "call-next");
    let path = format!("/api/v1/notes?patient_id={}", world.a.patients[0]);
    let notes: Value = world.doctor(0).await.get(&path).await.ok();
    let states: Vec<&Value> = notes["items"].as_array().unwrap().iter().map(|note| &note["state"]).collect();
    assert_eq!(states, [&json!("signed"), &json!("signed")]);
}
