//! Accounts in a browser: the second factor, from setting it up to signing in with it.

use medlane_shared::{access::Role, identity::Face};
use serde_json::json;

use crate::{
    browser::{Browser, DESKTOP, PHONE},
    factor::{app, switch_on},
    merge::registers,
    world::{Node, PASSWORD, World},
};

/// The code that the app for this page's secret shows now.
async fn code(world: &World, page: &Browser) -> String {
    page.sees("[data-qr]").await;
    let secret = page.script("return document.querySelector('#factor-secret').textContent").await;
    let secret = secret.as_str().unwrap().replace(' ', "");
    app(&json!({ "secret": secret })).generate(world.seconds()).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_is_set_up_and_asked_for() {
    let world = World::sqlite().await;
    let page = Browser::open(&format!("{}/account", world.node.base), PHONE, "en").await;
    page.signs_in("patient0@test.example").await;
    page.press("#factor-set-up").await;
    page.types("#confirm-password", "wrong").await;
    page.press("#confirm-go").await;
    page.sees("[data-code=password_wrong]").await;
    page.confirms(PASSWORD).await;
    page.sees("[data-qr]").await;
    page.is_accessible("setting up an authenticator app").await;
    let first = code(&world, &page).await;
    page.types("#factor-first-code", &first).await;
    page.press("#factor-enable").await;
    page.sees("#factor-codes").await;
    page.is_accessible("backup codes").await;
    let backup = page.says("#factor-codes li:nth-child(3)").await;
    page.press("#factor-kept").await;
    page.sees("#factor-is-on").await;
    page.is_accessible("an account with a second factor").await;
    // A reloaded page has no proof. Now a code is needed too, and leaving the dialog changes nothing.
    page.script("location.reload()").await;
    page.press("#factor-off").await;
    page.sees("#confirm-code").await;
    page.is_accessible("confirming with a code").await;
    page.press("#confirm-leave").await;
    page.sees("[data-code=confirm_needed]").await;
    page.sees("#factor-is-on").await;
    let kept =
        "return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])";
    let kept = page.script(kept).await;
    assert!(
        !kept.as_str().unwrap().contains("eyJ"),
        "no token is where a script or a neighbour finds it: {kept}"
    );
    page.press("#sign-out").await;
    page.signs_in("patient0@test.example").await;
    page.types("#factor", "000000").await;
    page.press("#sign-in").await;
    page.sees("[data-code=code_wrong]").await;
    page.is_accessible("a wrong code of the second factor").await;
    page.types("#factor", &format!("\u{E009}a\u{E000}{backup}")).await;
    page.press("#sign-in").await;
    page.sees("#factor-is-on").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_set_up_what_their_clinic_wants() {
    let mut world = World::sqlite().await;
    world.node.stop().await;
    let mut config = world.config();
    config.identity.mfa_roles = vec![Role::Doctor];
    world.node = Node::start_with("127.0.0.1:0", config, &world.clock).await;
    let page = Browser::open(&format!("{}/doctor", world.node.base), DESKTOP, "ar").await;
    page.signs_in("doctor0@test.example").await;
    page.sees("#factor-first").await;
    page.is_accessible("a second factor is wanted in Arabic").await;
    page.press("#factor-first + a").await;
    page.signs_in("doctor0@test.example").await;
    let first = code(&world, &page).await;
    page.is_accessible("setting up an app while signing in in Arabic").await;
    page.types("#factor-first-code", &first).await;
    page.press("#factor-enable").await;
    let backup = page.says("#factor-codes li").await;
    page.press("#factor-kept").await;
    page.sees("#factor-is-on").await;
    let page = Browser::open(&format!("{}/doctor", world.node.base), DESKTOP, "en").await;
    page.signs_in("doctor0@test.example").await;
    page.types("#factor", &backup).await;
    page.press("#sign-in").await;
    page.sees("#call-next").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn reception_merges_two_records_and_takes_it_back() {
    let world = World::sqlite().await;
    registers(&world, "Noor Al Balushi", "noor@one.example", "1990-04-01").await;
    registers(&world, "نور البلوشي and a very long name that goes on", "noor@two.example", "1990-04-01")
        .await;
    registers(&world, "Al Balushi, Noor", "noor@three.example", "1990-04-01").await;
    let page = Browser::open(&format!("{}/console/duplicates", world.node.base), DESKTOP, "en").await;
    page.signs_in("reception@test.example").await;
    page.sees("[data-pair='90']").await;
    page.is_accessible("two records of one patient").await;
    page.press("[data-pair='90'] button[id^=keep]").await;
    page.sees("#merged").await;
    page.is_accessible("nobody is there twice").await;
    page.press("#merge-back").await;
    page.sees("main:not(:has(#merged))").await;
    // The pair is offered again. This time it is told apart, and the way back is there after the page was left.
    page.sees("[data-pair='90']").await;
    page.press("[data-pair='90'] button[id^=apart]").await;
    assert!(page.says("#merged").await.contains("are not duplicates"));
    page.sees("#decided li").await;
    page.script("location.reload()").await;
    page.sees("#decided li").await;
    page.sees("main:not(:has([data-pair='90']))").await;
    page.is_accessible("what was decided about pairs").await;
    page.press("#decided button").await;
    page.sees("[data-pair='90']").await;
    page.sees("main:not(:has(#decided))").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_changes_roles_and_helps_whoever_lost_their_phone() {
    let world = World::sqlite().await;
    switch_on(&world, &world.patient(5).await).await;
    let page = Browser::open(&format!("{}/console/people", world.node.base), DESKTOP, "ar").await;
    page.signs_in("admin@test.example").await;
    page.types("#people-q", "patient5@").await;
    page.sees("main li:only-child[data-person='patient5@test.example']").await;
    page.press("button[id^=factor-reset]").await;
    page.is_accessible("removing somebody's second factor in Arabic").await;
    page.press("#sure").await;
    page.sees("#confirm").await;
    page.is_accessible("confirming to be who one is in Arabic").await;
    page.confirms(PASSWORD).await;
    page.sees("main li:not(:has(button[id^=factor-reset]))").await;
    page.press("button[id^=roles]").await;
    page.press("input[name=reception]").await;
    page.sees("input[name=reception]:checked").await;
    page.is_accessible("changing roles in Arabic").await;
    page.press("#roles-save").await;
    page.sees("main li:not(:has(fieldset))").await;
    let there = world.node.sign_in(&world.a, "patient5@test.example", Face::Admin).await;
    there.get("/api/v1/me").await.ok::<serde_json::Value>();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mother_joins_for_her_child() {
    let mut world = World::sqlite().await;
    let page = Browser::open(&format!("{}/account", world.node.base), PHONE, "en").await;
    page.signs_in("patient0@test.example").await;
    page.press("#dependant-add").await;
    page.types("#dependant-name", "Omar bin Salim Al Harthy of a long name").await;
    page.types("#dependant-born-day", "1").await;
    page.types("#dependant-born-month", "5").await;
    page.types("#dependant-born-year", "2018").await;
    page.is_accessible("taking on a dependant").await;
    page.press("#dependant-save").await;
    page.sees("[data-dependant^=Omar]").await;
    let page = Browser::open(&world.node.base, PHONE, "ar").await;
    page.signs_in("patient0@test.example").await;
    page.press("#for-whom option:nth-child(2)").await;
    page.is_accessible("joining for somebody in Arabic").await;
    page.press("[role=tab]:nth-child(1)").await;
    page.press("[data-service=GP]").await;
    page.press("#join").await;
    assert!(page.says("#whose").await.starts_with("Omar"));
    page.is_accessible("a child's ticket in Arabic").await;
    page.press("#visits").await;
    page.sees("details[open] #visits").await;
    page.press("#give-up").await;
    page.press("#give-up-yes").await;
    assert!(
        page.says("[data-visit=GP-001]").await.contains("Omar"),
        "a visit that ends is among the past ones"
    );
    page.is_accessible("past visits in Arabic").await;
    let page = Browser::open(&format!("{}/account", world.node.base), PHONE, "hi").await;
    page.signs_in("patient0@test.example").await;
    page.sees("html[lang=hi] [data-dependant^=Omar]").await;
    page.is_accessible("an account in Hindi").await;
    let page = Browser::open(&world.node.base, PHONE, "hi").await;
    page.signs_in("patient1@test.example").await;
    page.sees("#visits").await;
    world.node.stop().await;
    page.sees("#offline").await;
    page.press("#visits").await;
    page.sees("details[open] [data-code=offline]").await;
    page.is_accessible("past visits without the network in Hindi").await;
    // When the server is back, the visits load by themselves.
    let listen = world.node.base.trim_start_matches("http://").to_owned();
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    page.sees("details[open]:not(:has([data-code])) > div > p").await;
    page.is_accessible("no past visits in Hindi").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_nobody_works_at_locks_itself() {
    let world = World::sqlite().await;
    let page = Browser::open(&format!("{}/doctor", world.node.base), DESKTOP, "en").await;
    page.signs_in("doctor0@test.example").await;
    page.sees("#present").await;
    // Nobody has touched the page for six minutes.
    page.script("const real = Date.now; Date.now = () => real() + 360000").await;
    page.sees("#locked").await;
    page.is_accessible("a locked screen").await;
    // A reload does not unlock it.
    page.script("location.reload()").await;
    page.sees("#locked").await;
    page.types("#unlock-password", "wrong").await;
    page.press("#unlock").await;
    page.sees("[data-code=password_wrong]").await;
    page.types("#unlock-password", PASSWORD).await;
    page.press("#unlock").await;
    page.sees("#present").await;
    page.script("const real = Date.now; Date.now = () => real() + 360000").await;
    page.press("#switch").await;
    page.signs_in("doctor1@test.example").await;
    page.sees("#present").await;
}

/// From now on calls to addresses that end so fail, or all go through if `end` is empty.
async fn breaks(page: &Browser, method: &str, end: &str) {
    let script = format!(
        "window.real ??= window.fetch; window.fetch = async (...asked) => {{ \
         if (asked[0].method === '{method}' && asked[0].url.endsWith('{end}') && '{end}') throw new TypeError('away'); \
         return window.real(...asked); }}"
    );
    page.script(&script).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_done_is_shown_as_done_although_its_list_cannot_be_loaded() {
    let world = World::sqlite().await;
    let page = Browser::open(&format!("{}/account", world.node.base), PHONE, "en").await;
    page.signs_in("patient0@test.example").await;
    page.press("#dependant-add").await;
    page.types("#dependant-name", "Omar").await;
    page.types("#dependant-born-day", "1").await;
    page.types("#dependant-born-month", "5").await;
    page.types("#dependant-born-year", "2018").await;
    breaks(&page, "GET", "/dependants").await;
    page.press("#dependant-save").await;
    page.sees("[data-dependant=Omar]").await;
    page.sees("body:not(:has(#dependant-save))").await;
    // The name is saved; that the sessions cannot be loaded is said at their list.
    breaks(&page, "GET", "/sessions").await;
    page.press("#save").await;
    page.sees("#account-saved").await;
    page.sees("#sessions-load").await;
    breaks(&page, "GET", "").await;
    page.press("#sessions-load").await;
    page.sees("[data-session=true]").await;
    // The second factor is off: the page does not say that it is on.
    page.press("#factor-set-up").await;
    page.confirms(PASSWORD).await;
    page.sees("[data-qr]").await;
    let first = code(&world, &page).await;
    page.types("#factor-first-code", &first).await;
    page.press("#factor-enable").await;
    page.press("#factor-kept").await;
    page.sees("#factor-is-on").await;
    breaks(&page, "GET", "/mfa").await;
    page.press("#factor-off").await;
    page.sees("#factor-load").await;
    page.sees("body:not(:has(#factor-is-on))").await;
    breaks(&page, "GET", "").await;
    page.press("#factor-load").await;
    page.sees("#factor-set-up").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_list_of_another_branch_is_not_shown() {
    let world = World::sqlite().await;
    let page = Browser::open(&world.node.base, PHONE, "en").await;
    page.signs_in("patient0@test.example").await;
    page.press("[role=tab]:nth-child(1)").await;
    page.sees("[data-service=GP]").await;
    // South gives another service. Its list comes after that of North, to which the reader has gone back.
    let hold = "const real = window.fetch; let go; const gate = new Promise(done => go = done); \
        window.release = () => { window.fetch = real; go(); }; let first = true; \
        window.fetch = async (...asked) => { const answer = await real(...asked); \
            if (answer.url.endsWith('/services') && first) { first = false; window.held = true; await gate; } \
            return answer; }";
    page.script(hold).await;
    page.press("[role=tab]:nth-child(2)").await;
    page.sees("body:not(:has([data-service=GP]))").await;
    page.press("[role=tab]:nth-child(1)").await;
    page.sees("[data-service=GP]").await;
    page.script("release()").await;
    page.is_still().await;
    page.sees("[role=tab]:nth-child(1)[aria-selected=true]").await;
    let shown = "return [...document.querySelectorAll('[data-service]')].map(one => one.dataset.service)";
    assert_eq!(page.script(shown).await, json!(["GP"]));
}
