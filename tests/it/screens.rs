//! Screen behaviour that could harm a patient: the wrong note, a silent step, an outdated name, a call that nobody
//! hears, a row that moves away under the hand.

mod session;

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    browser::{Browser, DESKTOP, KIOSK, PHONE},
    world::World,
};

pub async fn joins(world: &World, n: usize) -> Value {
    world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok()
}

pub async fn doctor(world: &World) -> Browser {
    let page = Browser::open(&format!("{}/doctor", world.node.base), DESKTOP, "en").await;
    page.signs_in("doctor0@test.example").await;
    page.sees("#waiting-count").await;
    page
}

pub async fn reception(world: &World) -> Browser {
    let page = Browser::open(&format!("{}/console", world.node.base), DESKTOP, "en").await;
    page.signs_in("reception@test.example").await;
    page.sees("#walk-in").await;
    page
}

/// The id of the element that has the focus.
pub async fn focus(page: &Browser) -> Value {
    page.script("return document.activeElement.id").await
}

/// Waits until a JavaScript condition is true.
pub async fn until(page: &Browser, what: &str) {
    let look = format!(
        "const done = arguments[arguments.length - 1]; const look = () => ({what}) ? done(1) : setTimeout(look, 20); look();"
    );
    page.script_async(&look).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_of_an_earlier_visit_is_never_shown_as_this_ones() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let page = doctor(&world).await;
    page.press("#call-next").await;
    page.press("#step-serve").await;
    page.types("#note", "Chest pain, first visit").await;
    page.sees("[data-standing=note-saved]").await;
    page.press("#step-done").await;
    // The doctor ends the visit without signing: the note stays in the list of unsigned notes, with the patient's
    // name.
    assert!(page.says("#end-visit").await.contains("GP-001 Name of patient0"));
    page.is_accessible("a visit ends with an unsigned note").await;
    page.press("#end-visit-2").await;
    page.sees("#present:not([data-label])").await;
    assert!(page.says("#unsigned").await.contains("Name of patient0"));
    joins(&world, 0).await;
    page.press("#call-next").await;
    page.sees("#present[data-label=GP-002]").await;
    page.sees("[data-standing=note-empty]").await;
    assert_eq!(page.script("return document.querySelector('#note').value").await, "");
    assert!(page.says("[data-unsigned]").await.contains("Unsigned note from"));
    page.press("#step-serve").await;
    page.types("#note", "A cough, second visit").await;
    page.sees("[data-standing=note-saved]").await;
    // The older note opens beside the current one, is completed and signed.
    page.press("[data-unsigned] button[id^=open-]").await;
    page.types("#note-older", ". ECG normal").await;
    page.is_accessible("an older unsigned note is open").await;
    page.press("#note-older-sign").await;
    page.sees("details[data-note]").await;
    let path = format!("/api/v1/notes?patient_id={}", world.a.patients[0]);
    let notes: Value = world.doctor(0).await.get(&path).await.ok();
    let told: Vec<_> =
        notes["items"].as_array().unwrap().iter().map(|note| (&note["text"], &note["state"])).collect();
    let (draft, signed) = (json!("draft"), json!("signed"));
    let texts = [json!("A cough, second visit"), json!("Chest pain, first visit. ECG normal")];
    assert_eq!(told, [(&texts[0], &draft), (&texts[1], &signed)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn next_asks_before_a_visit_ends_and_one_undo_takes_both_back() {
    let world = World::sqlite().await;
    for n in 0..3 {
        joins(&world, n).await;
    }
    let page = doctor(&world).await;
    page.types("body", "n").await;
    page.sees("#present[data-label=GP-001][data-state=called]").await;
    until(&page, "document.activeElement.id === 'step-serve'").await;
    page.types("#main", "s").await;
    page.sees("#present[data-state=serving]").await;
    until(&page, "document.activeElement.id === 'note'").await;
    page.types("#note", "Lungs clear").await;
    page.types("#main", "n").await;
    assert!(page.says("#end-visit").await.contains("End the visit with GP-001 Name of patient0 first?"));
    assert_eq!(focus(&page).await, "end-visit-stay", "the focus is on what changes nothing");
    page.press("#end-visit-stay").await;
    page.sees("#present[data-label=GP-001][data-state=serving]").await;
    page.press("#call-next").await;
    page.press("#end-visit-2").await;
    page.sees("#present[data-label=GP-002][data-state=called]").await;
    page.sees("#unsigned [data-draft]").await;
    // A hint beside "Call next" leads to it with one press.
    assert_eq!(page.says("#unsigned-count").await, "1 unsigned note");
    page.press("#unsigned-count").await;
    assert_eq!(focus(&page).await, "unsigned");
    page.types("#main", "u").await;
    page.sees("#present[data-label=GP-001][data-state=serving]").await;
    page.sees("li[data-label=GP-002][data-state=waiting]").await;
    until(&page, "document.querySelector('#note')?.value === 'Lungs clear'").await;
    page.press("#call-next").await;
    assert!(page.says("#end-visit").await.contains("A signature cannot be undone."));
    page.press("#end-visit-1").await;
    page.sees("#present[data-label=GP-002]").await;
    assert!(page.says("#note-said").await.starts_with("Signed: Name of patient0, GP-001, "));
    page.sees("main:not(:has(#unsigned))").await;
    let path = format!("/api/v1/notes?patient_id={}", world.a.patients[0]);
    let notes: Value = world.doctor(0).await.get(&path).await.ok();
    assert_eq!(
        (&notes["items"][0]["state"], &notes["items"][0]["text"]),
        (&json!("signed"), &json!("Lungs clear"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn typing_a_name_fires_no_shortcut_and_letters_can_be_switched_off() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let page = reception(&world).await;
    page.sees("[data-label=GP-001]").await;
    page.types("body", "w").await;
    page.sees("#walk-in-q").await;
    until(&page, "document.activeElement.id === 'walk-in-q'").await;
    page.types("#walk-in-q:focus", "nour").await;
    assert_eq!(page.script("return document.querySelector('#walk-in-q').value").await, "nour");
    page.sees("[data-label=GP-001][data-state=waiting]").await;
    page.press("#walk-in-close").await;
    until(&page, "document.activeElement !== document.body").await;
    // Shortcuts go by the physical key, whatever the layout types: this layout is Arabic.
    let press = |code: &str, key: &str| {
        format!(
            "window.dispatchEvent(new KeyboardEvent('keydown', {{ code: '{code}', key: '{key}', bubbles: true }}))"
        )
    };
    page.script(&press("ArrowDown", "ArrowDown")).await;
    page.sees("[data-label=GP-001][data-chosen=true]").await;
    page.script(&press("KeyP", "ح")).await;
    page.sees("[data-label=GP-001][data-state=parked]").await;
    page.script(&press("KeyU", "ع")).await;
    page.sees("[data-label=GP-001][data-state=waiting]").await;
    page.script(&press("Slash", "?")).await;
    page.sees("#keys-list[open]").await;
    page.is_accessible("the keys").await;
    page.script(&press("KeyP", "p")).await;
    page.press("#keys-on").await;
    page.press("#keys-list-stay").await;
    page.sees("main:not(:has(#keys-list))").await;
    page.script(&press("KeyP", "p")).await;
    page.script(&press("Slash", "?")).await;
    page.script("location.reload()").await;
    page.sees("[data-label=GP-001][data-state=waiting]").await;
    page.script(&press("KeyP", "p")).await;
    // This key comes after the letter: if the letter had an effect, it would show by now.
    page.script(&press("ArrowDown", "ArrowDown")).await;
    page.sees("[data-label=GP-001][data-chosen=true][data-state=waiting]").await;
    page.press("#keys").await;
    page.sees("#keys-list[open]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_was_signed_out_elsewhere_clears_and_comes_back() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let other = world.patient(0).await;
    let page = Browser::open(&world.node.base, PHONE, "en").await;
    page.signs_in("patient0@test.example").await;
    assert_eq!(page.says("#label").await, "GP-001");
    // The session is ended from another device: the socket tells the page at once.
    other.delete("/api/v1/users/me/sessions").await.ok::<Value>();
    page.sees("#email").await;
    page.sees("[data-code=signed_out]").await;
    let seen = page.says("body").await;
    assert!(!seen.contains("GP-001") && !seen.contains("Name of patient0"), "{seen}");
    page.is_accessible("signed out elsewhere").await;
    page.signs_in("patient0@test.example").await;
    page.sees("#label").await;
    // Signing out in one tab signs the other out at once.
    let first = page.tab().await;
    page.opens_tab(&world.node.base).await;
    page.press("#sign-out").await;
    page.sees("#email").await;
    page.goes_to_tab(first).await;
    page.sees("#email").await;
    // A page that is left and reopened from the browser's cache shows nothing that may be outdated.
    page.signs_in("patient0@test.example").await;
    page.sees("#label").await;
    page.script("window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))").await;
    assert_eq!(page.script("return document.body.offsetHeight").await, 0, "hidden when it is left");
    page.script("window.marked = true; window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))").await;
    page.sees("#label").await;
    assert_eq!(page.script("return window.marked ?? null").await, Value::Null, "loaded anew");
    // A page without a socket finds out when it next becomes visible.
    page.goes_to(&format!("{}/account", world.node.base)).await;
    page.sees("[data-session=true]").await;
    world.patient(0).await.delete("/api/v1/users/me/sessions").await.ok::<Value>();
    page.script("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))").await;
    page.sees("#email").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_fills_the_phone_and_every_end_leaves_a_card() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let doctor = world.doctor(0).await;
    let call = json!({ "room": "Room 2" });
    let page = Browser::open(&world.node.base, PHONE, "en").await;
    page.signs_in("patient0@test.example").await;
    page.sees("#label").await;
    page.script("window.shaken = 0; window.heard = 0; navigator.vibrate = () => { window.shaken += 1; return true; }; \
        const make = AudioContext.prototype.createOscillator; \
        AudioContext.prototype.createOscillator = function () { window.heard += 1; return make.call(this); };").await;
    let called: Value = doctor.post("/api/v1/queue/call-next", &call).await.ok();
    assert_eq!(page.says("#calling-says").await, "It's your turn: Room 2");
    assert_eq!(page.script("return document.title").await, "It's your turn: Room 2");
    until(&page, "window.shaken > 0 && window.heard > 0").await;
    page.is_accessible("called on a phone").await;
    // The call screen keeps the focus, and only its answer closes it.
    until(
        &page,
        "document.activeElement.id === 'call-seen' && document.querySelector('dialog#calling:modal')",
    )
    .await;
    page.types("#call-seen", "\u{e00c}").await;
    page.sees("dialog#calling[open]").await;
    page.press("#call-seen").await;
    page.sees("main:not(:has(#calling))").await;
    page.sees("article[data-state=called]").await;
    // A change of the room fills the screen again, and says that the room changed.
    let path = format!("/api/v1/queue/{}/status", called["id"].as_str().unwrap());
    let request = json!({ "step": "move", "room": "Room 1", "version": called["version"] });
    let called: Value = world.reception().await.patch(&path, &request).await.ok();
    assert_eq!(page.says("#call-moved").await, "The room has changed");
    assert_eq!(page.says("#calling-says").await, "It's your turn: Room 1");
    page.press("#call-seen").await;
    page.sees("main:not(:has(#calling))").await;
    // The call is taken back: the phone says so in words, over the whole screen and on the card.
    doctor.step(&called, "put_back").await.ok::<Value>();
    assert_eq!(page.says("[data-over]").await, "Please don't go in yet. You're back in the queue.");
    assert_eq!(page.script("return document.title").await, "Your visit · Medlane");
    page.is_accessible("a call that was taken back on a phone").await;
    page.press("#call-seen").await;
    page.sees("main:not(:has(#calling))").await;
    assert_eq!(page.says("#call-taken-back").await, "Please don't go in yet. You're back in the queue.");
    let called: Value = doctor.post("/api/v1/queue/call-next", &call).await.ok();
    page.sees("#calling").await;
    doctor.step(&called, "no_show").await.ok::<Value>();
    assert!(page.says("[data-over]").await.contains("You missed your call."));
    page.press("#call-seen").await;
    page.sees("article[data-state=no_show]").await;
    assert!(page.says("article").await.contains("You missed your call."));
    page.is_accessible("a missed call on a phone").await;
    page.press("#here-now").await;
    page.sees("article[data-state=waiting]").await;
    let called: Value = doctor.post("/api/v1/queue/call-next", &call).await.ok();
    page.press("#call-seen").await;
    let serving: Value = doctor.step(&called, "serve").await.ok();
    // Whoever is being seen has no place to give up.
    page.sees("article[data-state=serving]").await;
    page.sees("main:not(:has(#give-up))").await;
    doctor.step(&serving, "done").await.ok::<Value>();
    assert!(page.says("article[data-state=done]").await.contains("Visit finished"));
    page.press("#ended-ok").await;
    page.sees("main:not(:has(article))").await;
    page.script("location.reload()").await;
    page.press("[role=tab]:nth-child(1)").await;
    page.sees("[data-service=GP]").await;
    page.sees("main:not(:has(article))").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_fills_the_account_too_and_loses_nothing_that_was_typed() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let page = Browser::open(&format!("{}/account", world.node.base), PHONE, "en").await;
    page.signs_in("patient0@test.example").await;
    page.types("#name", " the Second").await;
    let doctor = world.doctor(0).await;
    let called: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 2" })).await.ok();
    assert_eq!(page.says("#calling-says").await, "It's your turn: Room 2");
    page.press("#call-seen").await;
    page.sees("body:not(:has(#calling))").await;
    until(&page, "document.activeElement.id === 'name'").await;
    assert_eq!(
        page.script("return document.querySelector('#name').value").await,
        "Name of patient0 the Second"
    );
    // A call that is taken away says so here too, and again nothing typed is lost.
    let desk = world.reception().await;
    let held: Value = desk.step(&called, "park").await.ok();
    assert_eq!(
        page.says("[data-over]").await,
        "Please don't go in yet. You're on hold: please ask at reception."
    );
    page.press("#call-seen").await;
    page.sees("body:not(:has(#calling))").await;
    until(&page, "document.activeElement.id === 'name'").await;
    assert_eq!(
        page.script("return document.querySelector('#name').value").await,
        "Name of patient0 the Second"
    );
    let request = json!({ "step": "call", "room": "Room 2", "version": held["version"] });
    let path = format!("/api/v1/queue/{}/status", held["id"].as_str().unwrap());
    let called: Value = doctor.patch(&path, &request).await.ok();
    assert_eq!(page.says("#calling-says").await, "It's your turn: Room 2");
    // A ticket that staff cancel says who did, and leaves a card that tells the patient.
    desk.step(&called, "cancel").await.ok::<Value>();
    assert!(page.says("[data-over]").await.contains("The clinic cancelled this ticket"));
    page.press("#call-seen").await;
    page.goes_to(&world.node.base).await;
    assert!(page.says("article[data-state=cancelled]").await.contains("The clinic cancelled this ticket"));
    assert!(page.says("article[data-state=cancelled]").await.contains("Cancelled by the clinic"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_called_together_sees_both_calls() {
    let mut world = World::sqlite().await;
    let mother = world.patient(0).await;
    let mut children = Vec::new();
    for name in ["Sara Al Harthy", "Salem bin Said Al Harthy of a long name"] {
        let child = json!({ "name": name, "birth_date": "2018-05-01" });
        let child: Value = mother.post("/api/v1/users/me/dependants", &child).await.ok();
        let mut join = world.join();
        join["patient_id"] = child["id"].clone();
        children.push(mother.post("/api/v1/queue/join", &join).await.ok::<Value>());
    }
    let page = Browser::open(&world.node.base, PHONE, "en").await;
    page.signs_in("patient0@test.example").await;
    page.sees("[data-row]").await;
    let calls = async |n: usize, room: &str| {
        let path = format!("/api/v1/queue/{}/status", children[n]["id"].as_str().unwrap());
        let request = json!({ "step": "call", "room": room, "version": 1 });
        world.doctor(n).await.patch(&path, &request).await.ok::<Value>();
    };
    // The person reads further down when the calls come.
    page.script("document.querySelector('#visits').scrollIntoView()").await;
    calls(0, "Room 1").await;
    assert_eq!(page.says("#calling-says").await, "It's your turn: Room 1");
    calls(1, "Room 2").await;
    assert_eq!(page.says("#calling-says-2").await, "It's your turn: Room 2");
    assert_eq!(
        page.says("#calling-says").await,
        "It's your turn: Room 1",
        "the first call stays where it was"
    );
    assert_eq!(page.says("[data-call=GP-001] [data-whose]").await, "Sara Al Harthy");
    assert_eq!(
        page.script("return document.title").await,
        "GP-001: Room 1 · GP-002: Room 2",
        "others may read the title, so it names nobody"
    );
    page.is_accessible("two of a family called on a phone").await;
    // Each has its own answer.
    page.press("#call-seen-2").await;
    page.sees("[data-call=GP-002]:not(:has(button))").await;
    page.sees("dialog#calling[open] [data-call=GP-001] #call-seen").await;
    page.press("#call-seen").await;
    page.sees("main:not(:has(#calling))").await;
    let seen = "const box = document.querySelector('article[data-state=called]').getBoundingClientRect(); \
        return box.top >= -1 && box.top < innerHeight";
    assert_eq!(page.script(seen).await, true, "the tickets are in sight");
    // After a reload without the network the tickets are still there, with the time of the last news.
    let address = world.node.base.clone();
    page.script("return navigator.serviceWorker.ready.then(() => true)").await;
    world.node.stop().await;
    page.sees("#offline").await;
    assert!(page.says("#offline").await.starts_with("Offline. Last updated "));
    page.goes_to(&address).await;
    assert!(page.says("#kept-at").await.starts_with("Offline. Your ticket as of "));
    let kept = page.says("#kept").await;
    assert!(kept.contains("GP-001") && kept.contains("GP-002") && kept.contains("Room 1"), "{kept}");
    page.is_accessible("tickets without the network").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_for_help_is_heard_over_a_locked_screen() {
    let world = World::sqlite().await;
    joins(&world, 0).await;
    let [code, _] = world.device_codes().await;
    let desk = reception(&world).await;
    desk.sees("[data-label=GP-001]").await;
    let kiosk = Browser::open(&format!("{}/kiosk#code={code}", world.node.base), KIOSK, "en").await;
    kiosk.sees("#help:not([disabled])").await;
    let listen = "window.heard = 0; const make = AudioContext.prototype.createOscillator; \
        AudioContext.prototype.createOscillator = function () { window.heard += 1; return make.call(this); }; \
        const real = Date.now; Date.now = () => real() + 121000;";
    desk.script(listen).await;
    desk.sees("#locked").await;
    kiosk.press("#help").await;
    // Nobody has chosen a language yet, so every language of the branch says it, as its words come.
    let told = kiosk.says("#help-told").await;
    assert!(told.contains("We've told reception. Please wait here."), "{told}");
    let said = desk.says("[data-help='At the door']").await;
    assert!(said.contains("North · At the door") && said.contains("Unlock to answer"), "{said}");
    assert!(!desk.says("body").await.contains("GP-001"), "nothing of a patient");
    desk.is_accessible("help over a locked screen").await;
    // The chime repeats until somebody answers: two tones each time.
    until(&desk, "window.heard >= 4").await;
    until(&desk, "document.activeElement.id === 'unlock-password'").await;
    desk.types("#unlock-password", crate::world::PASSWORD).await;
    desk.press("#unlock").await;
    desk.press("[id^=help-go-]").await;
    kiosk.sees("#help-comes").await;
    desk.sees("main:not(:has([data-help]))").await;
    // The request for help ends by itself, and the kiosk can ask again.
    world.clock.pass(Duration::from_mins(4));
    joins(&world, 1).await;
    kiosk.sees("#help:not([disabled])").await;
    // The other pages of the desk show the calls too: a call that is there when the page opens, and one that comes.
    kiosk.press("#help").await;
    let other = Browser::open(&format!("{}/console/patients", world.node.base), DESKTOP, "en").await;
    other.signs_in("reception@test.example").await;
    other.sees("#patients-q").await;
    other.sees("[data-help='At the door']").await;
    other.press("[id^=help-go-]").await;
    kiosk.sees("#help-comes").await;
    other.sees("main:not(:has([data-help]))").await;
    other.press("#tab-duplicates").await;
    world.clock.pass(Duration::from_mins(4));
    joins(&world, 2).await;
    kiosk.sees("#help:not([disabled])").await;
    kiosk.press("#help").await;
    other.sees("[data-help='At the door']").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_does_not_move_away_under_the_hand() {
    let world = World::sqlite().await;
    for n in 0..3 {
        joins(&world, n).await;
    }
    let page = reception(&world).await;
    page.sees("[data-label=GP-003]").await;
    let labels = "[...document.querySelectorAll('section ul')[0].querySelectorAll('li')].map(row => row.dataset.label).join(' ')";
    let hover = |name: &str| {
        format!("document.querySelector('section ul').dispatchEvent(new PointerEvent('{name}'))")
    };
    page.script(&hover("pointerenter")).await;
    let doctor = world.doctor(0).await;
    doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok::<Value>();
    joins(&world, 3).await;
    page.sees("[data-label=GP-004]").await;
    assert_eq!(page.script(&format!("return {labels}")).await, "GP-001 GP-002 GP-003 GP-004", "held");
    page.sees("li[data-label=GP-001][inert]").await;
    page.sees("[data-behind]").await;
    page.is_accessible("a list that is held").await;
    page.script(&hover("pointerleave")).await;
    until(&page, &format!("{labels} === 'GP-002 GP-003 GP-004'")).await;
    // A press right after its row moved asks first. The page's clock is stopped, so "right after" lasts as long as
    // the test needs.
    page.script("const now = Date.now(); Date.now = () => now;").await;
    let second: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
    let behind = json!({ "step": "step_back", "places": 1, "version": second["waiting"][0]["version"] });
    let path = format!("/api/v1/queue/{}/status", second["waiting"][0]["id"].as_str().unwrap());
    doctor.patch(&path, &behind).await.ok::<Value>();
    until(&page, &format!("{labels} === 'GP-003 GP-002 GP-004'")).await;
    page.press("#step-park-GP-003").await;
    assert!(page.says("#moved").await.contains("Did you mean GP-003 Name of patient2?"));
    page.is_accessible("a press on a row that moved").await;
    page.press("#moved-stay").await;
    page.sees("main:not(:has(#moved))").await;
    let waits: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
    assert_eq!(waits["waiting"][0]["label"], "GP-003", "nothing was done yet");
    page.press("#step-park-GP-003").await;
    page.press("#moved-1").await;
    page.sees("li[data-label=GP-003][data-state=parked]").await;
}
