//! A page and its session: when the page asks for it, and what its tabs tell each other.

use serde_json::Value;

use super::until;
use crate::{
    browser::{Browser, DESKTOP, PHONE},
    world::World,
};

/// How often a page has made a call.
async fn made(page: &Browser, path: &str) -> i64 {
    let script = format!(
        "return performance.getEntriesByType('resource').filter(one => new URL(one.name).pathname === '/api/v1/{path}').length"
    );
    page.script(&script).await.as_i64().unwrap()
}

/// Waits until a page has made a call so often.
async fn makes(page: &Browser, path: &str, count: i64) {
    until(page, &format!("performance.getEntriesByType('resource').filter(one => new URL(one.name).pathname === '/api/v1/{path}').length >= {count}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_without_a_socket_clears_when_its_session_has_ended_elsewhere() {
    let world = World::sqlite().await;
    let page = Browser::blank(DESKTOP, "en").await;
    let hurry = "const every = setInterval; globalThis.setInterval = (what, ms) => every(what, Math.min(ms ?? 0, 200));";
    page.begins_with(hurry).await;
    page.goes_to(&format!("{}/console/people", world.node.base)).await;
    page.signs_in("admin@test.example").await;
    page.sees("main li[data-person]").await;
    world.admin().await.delete("/api/v1/users/me/sessions").await.ok::<Value>();
    // Nobody touches the page, and it stays in sight.
    page.sees("#email").await;
    page.sees("body:not(:has(li[data-person]))").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_nobody_uses_does_not_renew_its_session() {
    let world = World::sqlite().await;
    let page = Browser::blank(PHONE, "en").await;
    // A minute takes 200 ms, and the page's clock can be set forward.
    let hurry = "const every = setInterval; globalThis.setInterval = (what, ms) => every(what, Math.min(ms ?? 0, 200)); \
                 const now = Date.now; globalThis.later = 0; Date.now = () => now() + globalThis.later;";
    page.begins_with(hurry).await;
    page.goes_to(&format!("{}/account", world.node.base)).await;
    page.signs_in("patient0@test.example").await;
    page.sees("[data-session=true]").await;
    let (asked, renewed) = (made(&page, "me").await, made(&page, "auth/refresh").await);
    // The token is about to end. The page goes on asking, and renews nothing.
    page.script("globalThis.later = 880_000").await;
    makes(&page, "me", asked + 4).await;
    assert_eq!(made(&page, "auth/refresh").await, renewed);
    // Somebody touches the page.
    page.script("window.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))").await;
    makes(&page, "auth/refresh", renewed + 1).await;
    // Somebody comes back to the window, after the new token is nearly over too.
    page.script("globalThis.later = 1_760_000; window.dispatchEvent(new FocusEvent('focus'))").await;
    makes(&page, "auth/refresh", renewed + 2).await;
    // A console locks itself. A touch of the locked page renews nothing.
    page.goes_to(&format!("{}/console/people", world.node.base)).await;
    page.signs_in("admin@test.example").await;
    page.sees("main li[data-person]").await;
    page.script("globalThis.later = 880_000").await;
    page.sees("#locked").await;
    let (asked, renewed) = (made(&page, "me").await, made(&page, "auth/refresh").await);
    page.script("globalThis.later = 890_000; window.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))").await;
    makes(&page, "me", asked + 4).await;
    assert_eq!(made(&page, "auth/refresh").await, renewed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_finds_its_session_over_tells_the_others() {
    let world = World::sqlite().await;
    let page = Browser::blank(PHONE, "en").await;
    // The first tab does not notice when it is looked at.
    let blind = "for (const name of ['visibilitychange', 'focus', 'pointerdown']) \
                 window.addEventListener(name, event => event.stopImmediatePropagation(), true);";
    page.begins_with(blind).await;
    let address = format!("{}/account", world.node.base);
    page.goes_to(&address).await;
    page.signs_in("patient0@test.example").await;
    page.sees("[data-session=true]").await;
    let first = page.tab().await;
    page.opens_tab(&address).await;
    page.sees("[data-session=true]").await;
    world.patient(0).await.delete("/api/v1/users/me/sessions").await.ok::<Value>();
    page.script("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))").await;
    page.sees("#email").await;
    let second = page.tab().await;
    page.goes_to_tab(first.clone()).await;
    page.sees("#email").await;
    // Whoever signs in again in one tab stays signed in there, whatever the other one finds out about the old session.
    page.signs_in("patient0@test.example").await;
    page.sees("[data-session=true]").await;
    let asked = made(&page, "me").await;
    page.goes_to_tab(second).await;
    page.script("localStorage.removeItem('medlane.session'); localStorage.setItem('medlane.session', 'Companion over')").await;
    page.goes_to_tab(first).await;
    makes(&page, "me", asked + 1).await;
    page.sees("[data-session=true]").await;
    assert_eq!(page.script("return document.querySelector('#email')").await, Value::Null);
}
