//! The pages of a kiosk whose answers come late, or whose network comes and goes.

use serde_json::{Value, json};

use super::{keys, kiosk, labels, queue};
use crate::{
    browser::{Browser, KIOSK},
    world::World,
};

/// Holds back the next answer of an address that ends so, until the page's `release()`.
async fn holds_back(page: &Browser, end: &str) {
    let script = format!(
        "const real = window.fetch; let go; const gate = new Promise(done => go = done); window.held = null; \
         window.release = () => {{ window.fetch = real; go(); }}; \
         window.fetch = async (...asked) => {{ \
             const answer = await real(...asked); \
             if (answer.url.endsWith('{end}')) {{ window.held = await answer.clone().json(); await gate; }} \
             return answer; }};"
    );
    page.script(&script).await;
}

/// What the held answer says, once it has come.
async fn held(page: &Browser) -> Value {
    let script = "const done = arguments[arguments.length - 1]; \
        const look = () => window.held ? done(window.held) : setTimeout(look, 20); look();";
    page.script_async(script).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_shows_nothing_to_the_next_patient() {
    let world = World::sqlite().await;
    let [code, _] = world.device_codes().await;
    let page = Browser::open(&format!("{}/kiosk#code={code}", world.node.base), KIOSK, "en").await;
    // A patient asks for a ticket, does not wait for the answer, and leaves.
    page.press("main button[lang=en]").await;
    page.sees("[data-service=GP]").await;
    holds_back(&page, "/queue/join").await;
    page.press("[data-service=GP]").await;
    let first = held(&page).await;
    page.press("#again").await;
    // The next one can use the kiosk at once.
    page.press("main button[lang=en]").await;
    page.sees("[data-service=GP]:not(:disabled)").await;
    page.script("release()").await;
    let link = format!("/api/v1/tickets/{}", first["link"].as_str().unwrap());
    for _ in 0..400 {
        if world.node.anyone().get(&link).await.ok::<Value>()["state"] == "cancelled" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    let state = world.node.anyone().get(&link).await.ok::<Value>()["state"].clone();
    assert_eq!(state, "cancelled", "a ticket that nobody has is given back");
    page.press("[data-service=GP]").await;
    page.sees("#taken[data-label=GP-002]").await;
    page.press("#taken-done").await;

    // A patient checks in and leaves. The next one sees neither their label nor their room.
    let remote: Value = world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok();
    page.press("main button[lang=en]").await;
    page.press("#have-ticket").await;
    keys(&page, remote["code"].as_str().unwrap()).await;
    holds_back(&page, "/check-in").await;
    page.press("#check-in").await;
    held(&page).await;
    page.press("#again").await;
    page.script("release()").await;
    page.is_still().await;
    page.press("main button[lang=en]").await;
    page.press("#have-ticket").await;
    page.sees("body:not(:has(#arrived))").await;
    page.sees("#check-in:not([aria-busy])").await;
    let view = queue(&world, &world.doctor(0).await).await;
    assert_eq!(labels(&view["waiting"]), ["GP-002", "GP-003"]);
}

/// A kiosk's page in a desktop app: see `app.js`. `stands` says how the app stands.
async fn in_app(world: &World, stands: &str) -> Browser {
    let device = kiosk(world).await;
    let me: Value = device.get("/api/v1/me").await.ok();
    let app = include_str!("app.js").replace("__TOKEN__", device.token.as_deref().unwrap());
    let page = Browser::blank(KIOSK, "en").await;
    page.begins_with(&(app.replace("__ME__", &me.to_string()) + stands)).await;
    page.goes_to(&format!("{}/kiosk", world.node.base)).await;
    page
}

/// What the page asked the app for by a command.
async fn asked(page: &Browser, command: &str) -> Vec<Value> {
    let script = format!("return app.asked.filter(([name]) => name === '{command}').map(([, args]) => args)");
    page.script(&script).await.as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_in_that_is_matched_later_is_not_lost_when_the_network_is_back() {
    let world = World::sqlite().await;
    let remote: Value = world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok();
    let page = in_app(&world, "").await;
    page.press("main button[lang=en]").await;
    page.press("#have-ticket").await;
    page.script("app.away = true").await;
    keys(&page, remote["code"].as_str().unwrap()).await;
    page.press("#check-in").await;
    page.sees("[data-service=GP]").await;
    page.script("app.away = false").await;
    page.press("[data-service=GP]").await;
    page.sees("#taken[data-label=KA-001]").await;
    let given = asked(&page, "kiosk_give").await;
    assert_eq!(given.len(), 1);
    assert_eq!(given[0]["check_in"], json!({ "code": remote["code"] }), "{given:?}");
    // The next patient's ticket is the server's, and brings no check-in.
    page.press("#taken-done").await;
    page.press("main button[lang=en]").await;
    page.press("[data-service=GP]").await;
    page.sees("#taken[data-label=GP-002]").await;
    assert_eq!(asked(&page, "kiosk_give").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_says_what_the_server_does_not_know_and_what_is_not_the_printers_fault() {
    let world = World::sqlite().await;
    let page = in_app(&world, "app.printer = ''; app.disk = 'offline';").await;
    // A page that cannot draw the ticket does not blame the printer.
    page.press("main button[lang=en]").await;
    page.script("app.draws = HTMLCanvasElement.prototype.getContext; HTMLCanvasElement.prototype.getContext = () => null").await;
    page.press("[data-service=GP]").await;
    page.sees("#taken [data-code=internal]").await;
    page.script("HTMLCanvasElement.prototype.getContext = app.draws").await;
    // The paper is out, but neither the disk nor the server knows it.
    page.press("#print-again").await;
    page.sees("#printed").await;
    page.sees("#taken #untold").await;
    page.is_accessible("a ticket that the server does not know of").await;
    page.press("#taken-done").await;
    // Elsewhere nothing is said.
    page.script("app.disk = null").await;
    page.press("main button[lang=ar]").await;
    page.press("[data-service=GP]").await;
    page.sees("#printed").await;
    page.sees("#taken:not(:has(#untold))").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_that_starts_before_its_keyring_comes_up_by_itself() {
    let world = World::sqlite().await;
    let page = in_app(&world, "app.locked = 3;").await;
    page.sees("#failed [data-code=keyring_locked]").await;
    page.press("main button[lang=en]").await;
    page.sees("[data-service=GP]").await;
    assert_eq!(asked(&page, "resume").await.len(), 4);
}
