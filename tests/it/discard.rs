//! Drafts that their doctor throws away, in the browser.

use serde_json::{Value, json};

use crate::{
    browser::Browser,
    screens::{doctor, focus, joins, until},
    world::{Client, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_thrown_away_after_a_question_and_an_empty_one_without() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let author = world.doctor(0).await;
    let page = doctor(&world).await;
    page.press("#call-next").await;
    page.press("#step-serve").await;
    until(&page, "document.activeElement.id === 'note'").await;
    page.sees("main:not(:has(#note-discard))").await;
    page.types("#note", "Wrong patient's findings").await;
    page.sees("[data-standing=note-saved]").await;
    page.press("#note-discard").await;
    assert!(
        page.says("#note-discarding")
            .await
            .contains("Discard this draft of your notes for Name of patient0?")
    );
    assert_eq!(focus(&page).await, "note-discarding-stay", "the focus is on what changes nothing");
    page.is_accessible("a draft is to be thrown away").await;
    page.press("#note-discarding-stay").await;
    assert_eq!(page.script("return document.querySelector('#note').value").await, "Wrong patient's findings");
    page.press("#note-discard").await;
    page.press("#note-discarding-1").await;
    // It says so, and the next word begins another note.
    page.sees("[data-standing=draft-discarded]").await;
    until(&page, "document.activeElement.id === 'note' && document.activeElement.value === ''").await;
    assert_eq!(drafts(&author).await, Vec::<String>::new());
    page.types("#note", "Sore throat").await;
    page.sees("[data-standing=note-saved]").await;
    // What is typed, but not saved yet, is gone as well.
    page.types("#note", ".").await;
    page.press("#note-discard").await;
    page.press("#note-discarding-1").await;
    page.sees("[data-standing=draft-discarded]").await;
    assert_eq!(drafts(&author).await, Vec::<String>::new());
    // A draft that was emptied goes without a question when its visit ends.
    page.types("#note", "x").await;
    page.sees("[data-standing=note-saved]").await;
    assert_eq!(drafts(&author).await.len(), 1);
    page.types("#note", "\u{e003}").await;
    page.press("#step-done").await;
    page.sees("#present:not([data-label])").await;
    until_none(&page, &author).await;
    page.sees("main:not(:has(#unsigned))").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_unsigned_notes_shrinks_when_one_is_thrown_away() {
    let world = World::sqlite().await;
    for n in 0..2 {
        joins(&world, n).await;
    }
    let author = world.doctor(0).await;
    let page = doctor(&world).await;
    for (label, text) in [("GP-001", "Cough"), ("GP-002", "Fever")] {
        page.press("#call-next").await;
        page.sees(&format!("#present[data-label={label}][data-state=called]")).await;
        page.press("#step-serve").await;
        page.types("#note", text).await;
        page.sees("[data-standing=note-saved]").await;
        page.press("#step-done").await;
        page.press("#end-visit-2").await;
        page.sees("#present:not([data-label])").await;
    }
    until(&page, "document.querySelector('#unsigned-count')?.textContent === '2 unsigned notes'").await;
    // The list has just moved.
    page.is_still().await;
    page.press("#unsigned li:first-child button[id^=open-]").await;
    page.press("#note-older-discard").await;
    page.press("#note-older-discarding-1").await;
    until(&page, "document.querySelector('#unsigned-count')?.textContent === '1 unsigned note'").await;
    assert_eq!(page.says("#unsigned-said").await, "Draft discarded");
    until(&page, "document.activeElement.id === 'unsigned'").await;
    assert_eq!(drafts(&author).await.len(), 1);
    // Another window wrote on the other one: the author sees that text before it can be thrown away.
    page.is_still().await;
    page.press("#unsigned button[id^=open-]").await;
    page.sees("#note-older").await;
    let left: Value = author.get("/api/v1/notes/drafts").await.ok();
    let id = left["items"][0]["id"].as_str().unwrap().to_owned();
    let of = &left["items"][0];
    let more = json!({ "id": id, "patient_id": of["patient_id"], "ticket_id": of["ticket_id"], "text": "Cough, dry", "version": 1 });
    author.put(&format!("/api/v1/notes/{id}"), &more).await.ok::<Value>();
    page.press("#note-older-discard").await;
    page.press("#note-older-discarding-1").await;
    page.sees("[data-code=version_stale]").await;
    until(&page, "document.querySelector('#note-older')?.value === 'Cough, dry'").await;
    assert_eq!(drafts(&author).await.len(), 1);
    page.press("#note-older-discard").await;
    page.press("#note-older-discarding-1").await;
    page.sees("main:not(:has(#unsigned))").await;
    until_none(&page, &author).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_another_window_throws_away_leaves_this_one() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let author = world.doctor(0).await;
    let (one, other) = tokio::join!(doctor(&world), doctor(&world));
    one.press("#call-next").await;
    one.press("#step-serve").await;
    until(&one, "document.activeElement.id === 'note'").await;
    one.types("#note", "Sore throat").await;
    until(&other, "document.querySelector('#note')?.value === 'Sore throat'").await;
    // This window has text of its own, which is not saved yet: it stays, and is a draft of its own.
    other.types("#note", ", fever").await;
    one.press("#note-discard").await;
    one.press("#note-discarding-1").await;
    one.sees("[data-standing=draft-discarded]").await;
    until(&other, "document.querySelector('#note-standing')?.dataset.standing === 'note-saved'").await;
    until(&other, "document.querySelector('#note')?.value === 'Sore throat, fever'").await;
    let left = drafts(&author).await;
    assert_eq!(left.len(), 1, "{left:?}");
    // It is thrown away in the first window, where it is listed now: nothing is left in the second.
    one.press("[data-unsigned] button[id^=open-]").await;
    one.press("#note-older-discard").await;
    one.press("#note-older-discarding-1").await;
    until(&other, "document.querySelector('#note')?.value === ''").await;
    assert!(other.says("#note-apart").await.contains("This note was discarded in another window."));
    assert_eq!(drafts(&author).await, Vec::<String>::new());
}

/// The ids of the doctor's unsigned notes at the server.
async fn drafts(author: &Client) -> Vec<String> {
    let page: Value = author.get("/api/v1/notes/drafts").await.ok();
    page["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

/// Waits until the doctor has no unsigned note: an empty one goes after its field has closed.
async fn until_none(page: &Browser, author: &Client) {
    for _ in 0..50 {
        if drafts(author).await.is_empty() {
            return;
        }
        page.is_still().await;
    }
    panic!("a draft is left");
}
