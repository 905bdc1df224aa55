//! A doctor who writes: the field stays, the letters are text, and nobody is called into a room without a question.

use serde_json::{Value, json};

use crate::{
    browser::Browser,
    screens::{doctor, focus, joins, until},
    world::World,
};

/// Presses a letter where nothing has the focus: wherever the focus is, unless it is in a field.
pub fn letter(key: &str) -> String {
    let upper = key.to_uppercase();
    format!(
        "(document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', \
         {{ code: 'Key{upper}', key: '{key}', bubbles: true, cancelable: true }}))"
    )
}

/// The caller's present ticket, as the desk sees it.
pub async fn row(world: &World, label: &str) -> Value {
    let queue: Value = world.reception().await.get("/api/v1/queue/doctor-queue").await.ok();
    let lists =
        ["waiting", "called", "serving", "parked", "ended"].map(|list| queue[list].as_array().unwrap());
    lists.into_iter().flatten().find(|row| row["label"] == label).cloned().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_is_written_in_stays_when_the_desk_ends_the_visit() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    joins(&world, 1).await;
    let page = doctor(&world).await;
    page.press("#call-next").await;
    page.press("#step-serve").await;
    until(&page, "document.activeElement.id === 'note'").await;
    page.types("#note", "Chest pain since ").await;
    let serving = row(&world, "GP-001").await;
    world.reception().await.step(&serving, "done").await.ok::<Value>();
    // The field is the same one, and says what has happened.
    let said = page.says("#note-happened").await;
    assert!(said.contains("The visit with Name of patient0 was ended."), "{said}");
    assert!(said.contains("Reception did this."), "{said}");
    assert_eq!(focus(&page).await, "note-held");
    page.is_accessible("a visit was ended while its note was written").await;
    // Every letter that follows is text: "n" calls nobody, "s" and "t" open nothing.
    page.types("#note-held", "noon, still there").await;
    page.sees("[data-standing=note-saved]").await;
    assert_eq!(row(&world, "GP-002").await["state"], "waiting");
    page.sees("#present:not([data-label])").await;
    // The next visit has a field of its own, and this one stays beside it until it is closed.
    page.press("#call-next").await;
    page.sees("#present[data-label=GP-002]").await;
    page.sees("#note").await;
    page.press("#note-close").await;
    page.sees("main:not(:has(#note-held))").await;
    assert!(page.says("#unsigned").await.contains("Name of patient0"));
    let path = format!("/api/v1/notes?patient_id={}", world.a.patients[0]);
    let notes: Value = world.doctor(0).await.get(&path).await.ok();
    let note = &notes["items"][0];
    assert_eq!(
        (&note["text"], &note["state"], &note["ticket_id"]),
        (&json!("Chest pain since noon, still there"), &json!("draft"), &serving["id"])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_that_begins_puts_the_focus_into_its_note_whichever_way() {
    let world = World::sqlite().await;
    for n in 0..3 {
        joins(&world, n).await;
    }
    let page = doctor(&world).await;
    page.press("#call-next").await;
    page.press("#step-serve").await;
    until(&page, "document.activeElement.id === 'note'").await;
    // The doctor leaves the field with Escape and goes on by keys.
    page.types("#note", "\u{e00c}").await;
    until(&page, "document.activeElement.id === 'main'").await;
    page.script(&letter("d")).await;
    page.sees("#present:not([data-label])").await;
    page.script(&letter("n")).await;
    page.sees("#present[data-label=GP-002][data-state=called]").await;
    page.script("document.getElementById('main').focus()").await;
    // The letters right after "s" are meant for the note: none of them is a command.
    for key in ["s", "d", "n", "t", "p"] {
        page.script(&letter(key)).await;
    }
    page.sees("#present[data-label=GP-002][data-state=serving]").await;
    until(&page, "document.activeElement.id === 'note'").await;
    page.sees("main:not(:has(#more)):not(:has(dialog))").await;
    page.types("#note:focus", "dry cough").await;
    page.sees("[data-standing=note-saved]").await;
    assert_eq!(page.script("return document.querySelector('#note').value").await, "dry cough");
    assert_eq!(row(&world, "GP-003").await["state"], "waiting");
    // Somebody else begins the next visit: the field has the focus then too.
    page.press("#call-next").await;
    page.press("#end-visit-2").await;
    page.sees("#present[data-label=GP-003][data-state=called]").await;
    page.script("document.getElementById('main').focus()").await;
    let called = row(&world, "GP-003").await;
    world.doctor(0).await.step(&called, "serve").await.ok::<Value>();
    until(&page, "document.activeElement.id === 'note'").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_to_another_doctor_is_undone_on_the_screen() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let page = doctor(&world).await;
    page.press("#call-next").await;
    page.sees("#present[data-label=GP-001]").await;
    page.press("#send-on").await;
    page.sees("#transfer").await;
    let choose = format!(
        "const list = [...document.querySelectorAll('#more select')].find(one => [...one.options].some(o => o.value === '{0}')); \
         list.value = '{0}'; list.dispatchEvent(new Event('change', {{ bubbles: true }}))",
        world.a.doctors[1]
    );
    page.script(&choose).await;
    page.press("#transfer:not(:disabled)").await;
    page.sees("#present:not([data-label])").await;
    assert_eq!(row(&world, "GP-001").await["doctor_id"], json!(world.a.doctors[1]));
    page.press("#undo").await;
    page.sees("#present[data-label=GP-001][data-state=called]").await;
    // What has been undone promises no undo any more.
    page.sees("main:not(:has(#undo))").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_patient_is_called_only_after_a_question_that_names_the_first() {
    let world = World::sqlite().await;
    for n in 0..4 {
        joins(&world, n).await;
    }
    let page = doctor(&world).await;
    page.press("#call-next").await;
    page.sees("#present[data-label=GP-001][data-state=called]").await;
    page.script(&letter("n")).await;
    let asked = page.says("#beside").await;
    assert!(asked.contains("You have already called GP-001 Name of patient0"), "{asked}");
    page.is_accessible("a second patient is to be called").await;
    page.press("#beside-stay").await;
    assert_eq!(row(&world, "GP-002").await["state"], "waiting");
    // A chosen row asks as well, and another window that has not heard of the call yet.
    page.is_still().await;
    page.press("#step-call-GP-003").await;
    assert!(page.says("#beside").await.contains("GP-001 Name of patient0"));
    page.press("#beside-1").await;
    page.sees("#present[data-label=GP-003][data-state=called]").await;
    // The one who was called before can be called again, and their visit can begin.
    page.sees("li[data-label=GP-001] #step-recall-GP-001").await;
    page.sees("li[data-label=GP-001] #step-serve-GP-001").await;
    let before = row(&world, "GP-001").await;
    world.doctor(0).await.step(&before, "serve").await.ok::<Value>();
    page.sees("#present[data-label=GP-001][data-state=serving]").await;
    page.sees("main:not(:has(#step-serve-GP-003))").await;
    page.is_still().await;
    page.press("#step-call-GP-002").await;
    let asked = page.says("#beside").await;
    assert!(asked.contains("The visit with GP-001 Name of patient0 is going on."), "{asked}");
    page.press("#beside-stay").await;
    // Marking one as not here brings another to the front: the same key then asks who is meant. The visit ends without
    // a question once its notes have loaded.
    page.sees("#note").await;
    page.press("#step-done").await;
    page.sees("#present[data-label=GP-003][data-state=called]").await;
    page.script(&letter("x")).await;
    assert!(page.says("#which").await.contains("Is GP-003 Name of patient2 not here?"));
    page.press("#which-stay").await;
    assert_eq!(row(&world, "GP-003").await["state"], "called");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_in_two_windows_says_so_and_loses_nothing() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let (one, other) = tokio::join!(doctor(&world), doctor(&world));
    one.press("#call-next").await;
    one.press("#step-serve").await;
    until(&one, "document.activeElement.id === 'note'").await;
    one.types("#note", "Sore throat.").await;
    one.sees("[data-standing=note-saved]").await;
    // The other window, which has no text of its own, shows it at once.
    until(&other, "document.querySelector('#note')?.value === 'Sore throat.'").await;
    // Both write: the second one to save is told, and shows what differs.
    one.types("#note", " Fever.").await;
    other.types("#note", " No fever.").await;
    until(&one, "document.querySelector('#note-standing')?.dataset.standing === 'note-saved'").await;
    until(&other, "document.querySelector('#note-standing')?.dataset.standing === 'note-saved'").await;
    let told_first = !said(&one).await.is_null();
    let (told, writes) = if told_first { (&one, &other) } else { (&other, &one) };
    let sentence = said(told).await;
    assert!(sentence.as_str().unwrap().contains("another window too"), "{sentence}");
    told.sees("[data-apart] mark").await;
    told.is_accessible("two drafts of one visit").await;
    // So does the other window, and the question before the next patient names it.
    writes.sees("[data-apart] mark").await;
    told.press("#call-next").await;
    let asked = told.says("#end-visit").await;
    assert!(asked.contains("There is another unsigned draft of this visit, from "), "{asked}");
    told.press("#end-visit-stay").await;
    // This window signs both. What the other one types after that becomes a draft beside the signed notes.
    told.press("#note-sign").await;
    told.sees("details[data-note]").await;
    told.script("location.reload()").await;
    until(told, "(document.querySelector('#note')?.value ?? '').startsWith('Sore throat.')").await;
    told.press("#note-sign").await;
    until(told, "document.querySelectorAll('details[data-note]').length === 2").await;
    writes.types("#note", " Cough.").await;
    writes.sees("#note-apart").await;
    until(writes, "document.querySelector('#note-standing')?.dataset.standing === 'note-saved'").await;
    assert!(said(writes).await.as_str().unwrap().contains("signed in another window"));
    let path = format!("/api/v1/notes?patient_id={}", world.a.patients[0]);
    let notes: Value = world.doctor(0).await.get(&path).await.ok();
    let text: Vec<&str> =
        notes["items"].as_array().unwrap().iter().map(|note| note["text"].as_str().unwrap()).collect();
    for part in ["Sore throat. Fever.", "Sore throat. No fever.", "Cough."] {
        assert!(text.iter().any(|text| text.contains(part)), "{part} is lost: {text:?}");
    }
}

/// What a window says about another one, if anything.
async fn said(page: &Browser) -> Value {
    page.script("return document.querySelector('#note-apart')?.textContent ?? null").await
}
