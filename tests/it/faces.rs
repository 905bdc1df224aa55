//! The four faces in a browser, against a real server: a clinic's day on five screens.

use medlane_shared::audit::{DeviceRead, Read};
use serde_json::Value;
use sqlx::Connection as _;

use crate::{
    browser::{Browser, DESKTOP, KIOSK, PHONE},
    devices::workstation,
    world::{Node, PASSWORD, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_call_shows_on_every_screen() {
    let world = World::sqlite().await;
    let base = &world.node.base;
    let [kiosk_code, board_code] = world.device_codes().await;

    let patient = Browser::open(base, PHONE, "en").await;
    patient.signs_in("patient0@test.example").await;
    // Nobody joins at a branch that they have not chosen.
    patient.sees("#join-where").await;
    assert_eq!(patient.script("return document.querySelector('[data-service]')").await, Value::Null);
    patient.press("[role=tab]:nth-child(1)").await;
    patient.press("[data-service=GP]").await;
    assert_eq!(patient.says("#join-place").await, "North");
    patient.types("#reason", "Cough").await;
    patient.press("#join").await;
    assert_eq!(patient.says("#label").await, "GP-001");
    assert_eq!(patient.says("#position").await, "1");

    let kiosk = Browser::open(&format!("{base}/kiosk#code={kiosk_code}"), KIOSK, "en").await;
    kiosk.press("button[lang=en]").await;
    kiosk.press("[data-service=GP]").await;
    assert_eq!(kiosk.says("#taken #label").await, "GP-002");
    assert_eq!(kiosk.script("return location.hash").await, "", "the code is out of the address");
    let link = kiosk.script("return document.querySelector('[data-qr]').dataset.qr").await;
    let phone = Browser::open(link.as_str().unwrap(), PHONE, "en").await;
    assert_eq!(phone.says("#label").await, "GP-002");
    assert_eq!(phone.says("#position").await, "2");

    let board = Browser::open(&format!("{base}/board#code={board_code}"), DESKTOP, "en").await;
    let console = Browser::open(&format!("{base}/console"), DESKTOP, "en").await;
    console.signs_in("reception@test.example").await;
    console.sees("[data-label=GP-001][data-state=waiting]").await;
    let doctor = Browser::open(&format!("{base}/doctor"), DESKTOP, "en").await;
    doctor.signs_in("doctor0@test.example").await;
    doctor.sees("[data-label=GP-002]").await;

    doctor.types("#main", "n").await;
    doctor.sees("#present[data-label=GP-001][data-state=called]").await;
    patient.sees("article[data-state=called]").await;
    assert!(patient.says("article").await.contains("Room 1"));
    board.sees("[data-label=GP-001]").await;
    console.sees("[data-label=GP-001][data-state=called]").await;
    phone.sees("article[data-state=waiting]").await;

    doctor.types("#main", "s").await;
    doctor.sees("#present[data-state=serving]").await;
    doctor.types("#main", "u").await;
    doctor.sees("#present[data-state=called]").await;
    doctor.types("#main", "s").await;
    doctor.sees("#present[data-state=serving]").await;
    doctor.types("#main", "p").await;
    console.sees("[data-label=GP-001][data-state=parked]").await;
    doctor.types("#main", "n").await;
    phone.sees("article[data-state=called]").await;
    doctor.sees("#present[data-label=GP-002]").await;
    doctor.types("#main", "x").await;
    phone.sees("article[data-state=no_show]").await;
    doctor.types("#main", "n").await;
    doctor.sees("[role=alert][data-code=nobody_waiting]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_saved_while_it_is_written_and_then_signed() {
    let world = World::sqlite().await;
    let patient = world.patient(0).await;
    let _: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
    let doctor = Browser::open(&format!("{}/doctor", world.node.base), DESKTOP, "en").await;
    doctor.signs_in("doctor0@test.example").await;
    doctor.press("#call-next").await;
    doctor.press("#step-serve").await;
    doctor.types("#note", "Lungs clear. النوم جيد").await;
    doctor.sees("[data-standing=note-saved]").await;
    let path = format!("/api/v1/notes?patient_id={}", world.a.patients[0]);
    let notes: Value = world.doctor(0).await.get(&path).await.ok();
    assert_eq!(notes["items"][0]["text"], "Lungs clear. النوم جيد");
    assert_eq!(notes["items"][0]["state"], "draft");
    doctor.press("#note-sign").await;
    doctor.sees("details[data-note]").await;
    let notes: Value = world.doctor(0).await.get(&path).await.ok();
    assert_eq!(
        (notes["items"][0]["state"].as_str(), notes["items"].as_array().unwrap().len()),
        (Some("signed"), 1)
    );
    // New text begins another note, and leaving at once loses nothing of it.
    doctor.types("#note", "And sleep more.").await;
    doctor.press("#step-done").await;
    doctor.press("#end-visit-2").await;
    loop {
        let notes: Value = world.doctor(0).await.get(&path).await.ok();
        if notes["items"].as_array().unwrap().iter().any(|note| note["text"] == "And sleep more.") {
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_is_looked_at_and_verified() {
    let world = World::sqlite().await;
    let console = Browser::open(&format!("{}/console", world.node.base), DESKTOP, "en").await;
    console.signs_in("admin@test.example").await;
    console.press("#tab-activity").await;
    console.sees("tr[data-action='activity.read']").await;
    // Actions elsewhere appear by themselves.
    let _: Value = world.patient(3).await.post("/api/v1/queue/join", &world.join()).await.ok();
    console.sees("tr[data-action='ticket.join']").await;
    console.press("#tab-audit").await;
    console.press("#verify").await;
    console.sees("#verdict[data-ok=true]").await;
    let mut raw = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
    sqlx::query("drop trigger audit_no_update").execute(&mut raw).await.unwrap();
    sqlx::query("update audit set action = 'ticket.done' where action = 'ticket.join'")
        .execute(&mut raw)
        .await
        .unwrap();
    console.press("#verify").await;
    console.sees("#verdict[data-ok=false]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_server_a_screen_says_so_and_goes_on_when_it_is_back() {
    let mut world = World::sqlite().await;
    let base = world.node.base.clone();
    let [kiosk_code, board_code] = world.device_codes().await;
    let board = Browser::open(&format!("{base}/board#code={board_code}"), DESKTOP, "en").await;
    board.sees("header time").await;
    let kiosk = Browser::open(&format!("{base}/kiosk#code={kiosk_code}"), KIOSK, "en").await;
    kiosk.press("button[lang=en]").await;
    kiosk.sees("[data-service=GP]:not([disabled])").await;
    let doctor = Browser::open(&format!("{base}/doctor"), DESKTOP, "en").await;
    doctor.signs_in("doctor0@test.example").await;
    doctor.sees("#present").await;
    world.node.stop().await;
    board.sees("#offline").await;
    kiosk.sees("[data-service=GP][disabled]").await;
    doctor.sees("#offline").await;
    doctor.is_accessible("a doctor's page without the server").await;
    let listen = base.trim_start_matches("http://").to_owned();
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    let _: Value = world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok();
    doctor.sees("[data-label=GP-001]").await;
    doctor.sees("main:not(:has(#offline))").await;
    kiosk.sees("[data-service=GP]:not([disabled])").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_screen_is_accessible_in_both_languages() {
    let world = World::sqlite().await;
    let base = &world.node.base;
    for n in 0..3 {
        let _: Value = world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok();
    }
    for language in ["en", "ar"] {
        let [kiosk_code, board_code] = world.device_codes().await;
        let kit = Browser::open(&format!("{base}/kit"), DESKTOP, language).await;
        kit.sees("[data-component='TicketCard, cancelled']").await;
        kit.sees("[data-component=QueueList] [data-label=GP-004]").await;
        kit.is_accessible("kit").await;
        drop(kit);
        let patient = Browser::open(base, PHONE, language).await;
        patient.sees("#email").await;
        assert_eq!(patient.script("return document.documentElement.lang").await, language);
        patient.is_accessible("sign in").await;
        patient.signs_in("patient0@test.example").await;
        patient.sees("#label").await;
        // The branch where they wait is chosen already.
        patient.sees("[data-service=GP]").await;
        patient.is_accessible("companion").await;
        drop(patient);
        let kiosk = Browser::open(&format!("{base}/kiosk"), KIOSK, language).await;
        kiosk.sees("#enrol").await;
        kiosk.is_accessible("enrol").await;
        kiosk.types("#code", &kiosk_code).await;
        kiosk.press("#enrol").await;
        kiosk.sees(&format!("button[lang={language}]")).await;
        kiosk.is_accessible("kiosk's languages").await;
        kiosk.press(&format!("button[lang={language}]")).await;
        kiosk.sees("[data-service=GP]:not([disabled])").await;
        kiosk.is_accessible("kiosk").await;
        kiosk.press("[data-service=GP]").await;
        kiosk.sees("#taken").await;
        kiosk.is_accessible("kiosk's ticket").await;
        drop(kiosk);
        let board = Browser::open(&format!("{base}/board#code={board_code}"), DESKTOP, language).await;
        board.sees("header time").await;
        board.is_accessible("board").await;
        drop(board);
        let doctor = Browser::open(&format!("{base}/doctor"), DESKTOP, language).await;
        doctor.signs_in("doctor0@test.example").await;
        doctor.sees("#present").await;
        doctor.is_accessible("workstation, nobody there").await;
        doctor.press("#call-next").await;
        doctor.sees("#note").await;
        doctor.is_accessible("workstation").await;
        drop(doctor);
        let console = Browser::open(&format!("{base}/console"), DESKTOP, language).await;
        console.signs_in("admin@test.example").await;
        console.sees("li[data-label]").await;
        console.is_accessible("console").await;
        console.press("#tab-activity").await;
        console.sees("tbody tr").await;
        console.is_accessible("activity").await;
        console.press("#tab-audit").await;
        console.sees("tbody tr").await;
        console.press("#verify").await;
        console.sees("#verdict").await;
        console.is_accessible("audit log").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_registers_and_forgets_the_password() {
    let world = World::sqlite().await;
    let base = &world.node.base;
    let page = Browser::open(base, PHONE, "en").await;
    page.press("#register").await;
    page.types("#name", "Zoë مريم").await;
    page.types("#contact", "zoe@test.example").await;
    page.is_accessible("registering").await;
    page.press("#go-on").await;
    page.types("#code", "000000").await;
    page.is_accessible("the code").await;
    let code = world.code().await;
    if code != "000000" {
        page.press("#go-on").await;
        page.sees("[role=alert][data-code=code_wrong]").await;
    }
    page.script("document.querySelector('#code').value = ''").await;
    page.types("#code", "\u{E003}\u{E003}\u{E003}\u{E003}\u{E003}\u{E003}").await;
    page.types("#code", &code).await;
    page.press("#go-on").await;
    page.types("#password", "password1").await;
    page.press("#go-on").await;
    page.sees("[role=alert][data-code=password_weak]").await;
    page.is_accessible("the password").await;
    page.types("#password", " kettle violin").await;
    page.press("#go-on").await;
    page.sees("#sign-out").await;
    assert!(page.says("main").await.contains("Zoë مريم"));
    page.press("#sign-out").await;

    page.press("#forgot").await;
    page.types("#contact", "zoe@test.example").await;
    page.press("#go-on").await;
    page.sees("#code").await;
    page.types("#code", &world.code().await).await;
    page.press("#go-on").await;
    page.types("#password", "another violin in the kettle").await;
    page.press("#go-on").await;
    page.sees("#reset-done").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_invites_somebody_and_suspends_them() {
    let world = World::sqlite().await;
    let base = &world.node.base;
    let console = Browser::open(&format!("{base}/console"), DESKTOP, "en").await;
    console.signs_in("admin@test.example").await;
    console.press("#tab-people").await;
    console.sees("main li[data-person]").await;
    console.press("#invite").await;
    console.types("#invite-name", "Dr. Zoë مريم").await;
    console.types("#invite-email", "zoe@new.example").await;
    console.is_accessible("inviting").await;
    console.press("#invite-send").await;
    console.confirms(PASSWORD).await;
    console.sees("[data-person='zoe@new.example']").await;

    let page = world.outbox().await;
    let link = page.split("Choose your password here: ").nth(1).unwrap();
    let link = link.split('<').next().unwrap().trim();
    let phone = Browser::open(link, PHONE, "en").await;
    phone.sees("#go-on:not([disabled])").await;
    assert_eq!(phone.script("return location.hash").await, "", "the secret is out of the address");
    phone.is_accessible("an invitation").await;
    phone.types("#password", "kettle-42-violin").await;
    phone.press("#go-on").await;
    assert!(phone.says("#accepted").await.contains("zoe@new.example"));

    console.types("#people-q", "zoe@").await;
    console.sees("main li:only-child[data-person='zoe@new.example']").await;
    console.press("button[id^=suspend-]").await;
    console.is_accessible("asking why").await;
    console.types("#why", "Left on Friday").await;
    console.press("#sure").await;
    console.sees("[data-standing=suspended]").await;
    assert!(console.says("[data-standing=suspended]").await.contains("Left on Friday"));
    console.press("button[id^=reinstate-]").await;
    console.sees("[data-standing=active]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_sets_a_device_up_locks_it_and_wipes_it() {
    let world = World::sqlite().await;
    let console = Browser::open(&format!("{}/console/devices", world.node.base), DESKTOP, "en").await;
    console.signs_in("admin@test.example").await;
    console.sees("#device-add").await;
    console.is_accessible("no devices").await;
    console.press("#device-add").await;
    console.types("#device-name", "Kiosk at the entrance").await;
    console.press("select option[value=kiosk]").await;
    console.press("#device-make").await;
    console.confirms(PASSWORD).await;
    console.sees("#device-code").await;
    console.is_accessible("a device's code").await;
    let link = console.script("return document.querySelector('[data-qr]').dataset.qr").await;
    let kiosk = Browser::open(link.as_str().unwrap(), KIOSK, "en").await;
    kiosk.sees("button[lang=en]").await;
    console.press("#device-done").await;
    console.sees("[data-device=kiosk][data-state=active]").await;
    // Restarted remotely, the kiosk starts with its first screen.
    kiosk.press("button[lang=en]").await;
    kiosk.sees("#have-ticket").await;
    console.press("button[id^=device-restart]").await;
    kiosk.sees("main button[lang=en]").await;
    console.press("button[id^=device-lock]").await;
    console.sees("[data-device=kiosk][data-state=locked]").await;
    kiosk.sees("#failed [data-code=device_locked]").await;
    kiosk.is_accessible("a locked kiosk").await;
    console.press("button[id^=device-unlock]").await;
    // The kiosk tries again by itself.
    kiosk.sees("button[lang=en]").await;
    console.press("button[id^=device-wipe]").await;
    console.is_accessible("asking whether to wipe a device").await;
    console.press("#device-sure").await;
    console.sees("[data-device=kiosk][data-state=wiped]").await;
    kiosk.sees("#enrol").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_hears_of_reads_that_are_missing() {
    let world = World::sqlite().await;
    let key = workstation(&world).await;
    let (branch, at) = (world.a.branches[0], world.node.core.now());
    let second = key.read((2, &DeviceRead::genesis()), world.a.doctors[0], Read::Queue(branch), at);
    world.node.anyone().post("/api/v1/devices/reads", &key.reads(&[second])).await.ok::<Value>();
    for language in ["ar", "en"] {
        let console = Browser::open(&format!("{}/console/devices", world.node.base), DESKTOP, language).await;
        console.signs_in("admin@test.example").await;
        console.sees("[data-alert=gap]").await;
        console.is_accessible(&format!("missing reads {language}")).await;
        if language == "en" {
            console.press("button[id^=device-heed]").await;
            console.sees("li[data-device=workstation]:not(:has([data-alert]))").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_looks_after_their_account() {
    let world = World::sqlite().await;
    let base = &world.node.base;
    let other = world.patient(0).await;
    let page = Browser::open(base, PHONE, "ar").await;
    page.signs_in("patient0@test.example").await;
    page.press("#account").await;
    page.sees("[data-session=true]").await;
    page.is_accessible("the account in Arabic").await;
    page.types("#name", &"x".repeat(200)).await;
    page.press("#save").await;
    page.sees("[role=alert][data-code=invalid]").await;
    assert!(page.says("[role=alert]").await.contains("من 1 إلى 200 حرف"), "what is wrong is said in Arabic");
    page.is_accessible("a name that is too long in Arabic").await;
    page.script("document.querySelector('#name').select()").await;
    page.types("#name", "Name of patient0 Jr.").await;
    page.press("#save").await;
    page.sees("#account-saved").await;
    assert_eq!(other.get("/api/v1/me").await.ok::<Value>()["name"], "Name of patient0 Jr.");
    page.types("#password", "kettle-42-violin").await;
    page.press("#reset-finish").await;
    page.types("#confirm-password", "not it").await;
    page.press("#confirm-go").await;
    page.sees("#confirm [role=alert][data-code=password_wrong]").await;
    page.press("#confirm-leave").await;
    page.sees("body:not(:has(#confirm))").await;
    page.press("#export").await;
    page.sees("#export-file[href^='data:application/json']").await;
    page.press("#end-others").await;
    page.sees("#session-ended").await;
    other.get("/api/v1/me").await.refused(401, "signed_out");
}
