//! What an act of the desk says and where it leaves the focus; the door, and walk-ins that were not finished.

use serde_json::{Value, json};

use crate::{
    screens::{focus, joins, reception, until},
    who::{puts_in_line, registers},
    world::World,
    writing::row,
};

#[tokio::test(flavor = "multi_thread")]
async fn an_act_says_what_it_did_and_a_further_enter_does_nothing() {
    let world = World::sqlite().await;
    for n in 0..4 {
        joins(&world, n).await;
    }
    let page = reception(&world).await;
    page.sees("[data-label=GP-004]").await;
    // Two presses of one button are one act, and nothing is refused.
    page.script(
        "const cancel = document.getElementById('step-cancel-GP-001'); cancel.click(); cancel.click()",
    )
    .await;
    page.sees("li[data-label=GP-001][data-state=cancelled]").await;
    assert_eq!(page.says("#said").await, "Ticket cancelled: GP-001 Name of patient0");
    page.sees("main:not(:has([data-code]))").await;
    page.is_accessible("a ticket was cancelled").await;
    page.press("#said-undo").await;
    page.sees("li[data-label=GP-001][data-state=waiting]").await;
    assert_eq!(page.says("#said").await, "Undone: GP-001 Name of patient0");
    // The focus is on the menu of a row that is still there, otherwise on what was said: never on "Call next".
    page.is_still().await;
    page.press("#step-park-GP-002").await;
    page.sees("li[data-label=GP-002][data-state=parked]").await;
    assert!(page.says("#said").await.contains("Put on hold: GP-002"));
    until(&page, "document.activeElement.id === 'more-GP-002'").await;
    page.is_still().await;
    page.press("#step-cancel-GP-003").await;
    page.sees("li[data-label=GP-003][data-state=cancelled]").await;
    until(&page, "document.activeElement.id === 'desk-said'").await;
    page.types("#desk-said:focus", "\u{E007}\u{E007}").await;
    assert_eq!(row(&world, "GP-004").await["state"], "waiting");
    assert_eq!(row(&world, "GP-003").await["state"], "cancelled");
    // The sentence goes once it is no longer true, and with the next act.
    let gone = row(&world, "GP-003").await;
    world.reception().await.step(&gone, "undo").await.ok::<Value>();
    page.sees("main:not(:has(#said))").await;
    page.sees("li[data-label=GP-003][data-state=waiting]").await;
    page.is_still().await;
    page.press("#more-GP-004").await;
    page.press("#arrive").await;
    assert_eq!(page.says("#said").await, "Marked as here: GP-004 Name of patient3");
    until(&page, "document.activeElement.id === 'more-GP-004'").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_of_a_similar_name_asks_who_it_is() {
    let world = World::sqlite().await;
    for born in ["1980-01-31", "1999-05-01", "1990-02-03"] {
        let one = registers(&world, "Juan Novak", json!({ "birth_date": born })).await;
        puts_in_line(&world, &one).await;
    }
    let page = reception(&world).await;
    page.press("#step-cancel-GP-001").await;
    let asked = page.says("#ask-who").await;
    assert!(asked.contains("Cancel the ticket GP-001") && asked.contains("31 Jan 1980"), "{asked}");
    assert_eq!(focus(&page).await, "ask-who-stay");
    page.is_accessible("a ticket of a similar name is to be cancelled").await;
    assert_eq!(row(&world, "GP-001").await["state"], "waiting");
    page.press("#ask-who-1").await;
    page.sees("li[data-label=GP-001][data-state=cancelled]").await;
    assert_eq!(row(&world, "GP-002").await["state"], "waiting");
    // Whoever is told not to be here loses their place too.
    let call = json!({ "step": "call", "version": 1, "room": "Room 1" });
    let id = row(&world, "GP-002").await["id"].as_str().unwrap().to_owned();
    world.reception().await.patch(&format!("/api/v1/queue/{id}/status"), &call).await.ok::<Value>();
    page.sees("li[data-label=GP-002][data-state=called]").await;
    page.is_still().await;
    page.press("#step-no-show-GP-002").await;
    let asked = page.says("#ask-who").await;
    assert!(asked.contains("not here, GP-002") && asked.contains("1 May 1999"), "{asked}");
    page.press("#ask-who-1").await;
    page.sees("li[data-label=GP-002][data-state=no_show]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_that_was_not_finished_stays_that_persons() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let page = reception(&world).await;
    page.press("#walk-in").await;
    page.types("#walk-in-q", "Kwame Al Lawati").await;
    page.press("#walk-in-new").await;
    page.types("#new-phone", "+968 9212 3456").await;
    // The screens are left by the key, and another patient comes.
    page.types("#new-phone", "\u{e00c}").await;
    until(&page, "document.activeElement.id === 'main'").await;
    page.types("#main", "w").await;
    page.sees("main:not(:has(#new-phone))").await;
    page.press("#walk-in").await;
    assert!(page.says("#walk-in-begun").await.contains("Kwame Al Lawati was not registered to the end."));
    page.is_accessible("a registration that was not finished").await;
    page.types("#walk-in-q", "Juan Novak").await;
    page.press("#walk-in-new").await;
    let field = "return ['#new-name', '#new-phone'].map(css => document.querySelector(css).value)";
    page.sees("#new-phone").await;
    assert_eq!(page.script(field).await, json!(["Juan Novak", ""]));
    // The same person finds what was typed for them; "Close" and "Start over" drop it.
    page.types("#new-phone", "+968 9333 4444").await;
    page.types("#new-phone", "\u{e00c}").await;
    page.types("#main", "w").await;
    page.press("#walk-in").await;
    page.press("#walk-in-go-on").await;
    page.sees("#new-phone").await;
    assert_eq!(page.script(field).await, json!(["Juan Novak", "+968 9333 4444"]));
    page.press("#walk-in-close").await;
    page.press("#walk-in").await;
    page.sees("#walk-in-q").await;
    page.sees("main:not(:has(#walk-in-begun))").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_queue_says_so_at_every_desk() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let (one, other) = tokio::join!(reception(&world), reception(&world));
    one.press("#door-paused").await;
    for page in [&one, &other] {
        let said = page.says("#door-said").await;
        assert!(said.contains("The queue is paused: nobody is called."), "{said}");
        assert!(said.contains("Paused by Name of reception at "), "{said}");
    }
    other.is_accessible("a paused queue").await;
    other.press("#walk-in").await;
    other.press("#walk-in-nameless").await;
    other.press("#walk-in-join:not(:disabled)").await;
    assert!(other.says("#walk-in-paused").await.contains("nobody is called"));
    other.press("#door-again").await;
    one.sees("main:not(:has(#door-said))").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_urgent_patient_is_seen_in_a_list_that_is_scrolled() {
    let world = World::sqlite().await;
    for n in 0..12 {
        joins(&world, n).await;
    }
    let page = reception(&world).await;
    page.sees("[data-label=GP-012]").await;
    // The pointer stands where "Sign in" was, over the list.
    page.press("header").await;
    let list = "document.querySelector('section ul')";
    let down = format!("{list}.scrollTop = 400; {list}.dispatchEvent(new Event('scroll'))");
    page.script(&down).await;
    let presses = async |label: &str| {
        let row = row(&world, label).await;
        let path = format!("/api/v1/queue/{}/status", row["id"].as_str().unwrap());
        let sets = json!({ "step": "prioritise", "priority": "emergency", "reason": "Chest pain", "version": row["version"] });
        world.reception().await.patch(&path, &sets).await.ok::<Value>();
    };
    presses("GP-012").await;
    page.sees("section ul li:first-child[data-label=GP-012]").await;
    until(&page, &format!("{list}.scrollTop === 0")).await;
    // Under a hand nothing scrolls; the list says who is above.
    page.script(&down).await;
    page.script(&format!("{list}.dispatchEvent(new PointerEvent('pointerenter'))")).await;
    presses("GP-011").await;
    let said = page.says("[data-ahead]").await;
    assert!(said.starts_with("Now first: GP-01") && said.contains("Emergency"), "{said}");
    assert_ne!(page.script(&format!("return {list}.scrollTop")).await, json!(0));
    page.press("[data-ahead]").await;
    until(&page, &format!("{list}.scrollTop === 0")).await;
}
