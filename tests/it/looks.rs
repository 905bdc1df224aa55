//! Every component and every face, light and dark, checked by the accessibility checker, mainly for contrast.

use serde_json::{Value, json};

use crate::{
    browser::{Browser, DESKTOP, KIOSK, PHONE},
    world::World,
};

#[tokio::test(flavor = "multi_thread")]
async fn every_component_is_accessible_light_and_dark() {
    let world = World::sqlite().await;
    let kit = format!("{}/kit", world.node.base);
    for (width, size) in [("phone", PHONE), ("desktop", DESKTOP)] {
        let page = Browser::open(&kit, size, "en").await;
        for scheme in ["light", "dark"] {
            let checked = |what: &str| format!("kit {what} {width} {scheme}");
            page.prefers(scheme).await;
            page.goes_to(&kit).await;
            page.sees("[data-component='TicketCard, cancelled']").await;
            page.sees("[data-component=Portrait] [data-portrait=true]").await;
            // The notice appears only after a while.
            page.sees("#offline").await;
            page.is_accessible(&checked("all")).await;
            let wide = "const root = document.documentElement; return [innerWidth, root.scrollWidth > root.clientWidth]";
            assert_eq!(page.script(wide).await, json!([size.0, false]), "nothing is wider than the page");
            page.goes_to(&format!("{kit}?failed")).await;
            page.sees("#failed button").await;
            page.is_accessible(&checked("failed")).await;
            page.goes_to(&format!("{kit}?signed-in")).await;
            if scheme == "light" {
                page.is_accessible(&checked("signed out")).await;
                page.signs_in("patient0@test.example").await;
            }
            page.sees("#sign-out").await;
            page.is_accessible(&checked("signed in")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_face_is_accessible_in_the_dark() {
    let world = World::sqlite().await;
    let base = &world.node.base;
    let [kiosk_code, board_code] = world.device_codes().await;
    for n in [2, 3] {
        world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    }
    let dark = async |address: &str, size| {
        let page = Browser::blank(size, "en").await;
        page.prefers("dark").await;
        page.goes_to(address).await;
        page
    };

    let patient = dark(base, PHONE).await;
    patient.sees("#email").await;
    patient.is_accessible("sign in, dark").await;
    patient.signs_in("patient2@test.example").await;
    patient.sees("#label").await;
    patient.is_accessible("companion, dark").await;
    // The checker skips disabled elements, though people read them.
    patient.press("[role=tab]:nth-child(1)").await;
    let joined = [(".card", "backgroundColor"), ("[data-service=GP]:disabled", "backgroundColor")];
    let name = ("[data-service=GP]:disabled .font-medium", "color");
    let read = contrast(&patient, &[joined[0], joined[1], name], &joined).await;
    assert!(read >= 4.5, "a service that is joined already: {read}");
    let kiosk = dark(&format!("{base}/kiosk#code={kiosk_code}"), KIOSK).await;
    kiosk.press("button[lang=en]").await;
    kiosk.sees("[data-service=GP]:not([disabled])").await;
    kiosk.is_accessible("kiosk, dark").await;
    let board = dark(&format!("{base}/board#code={board_code}"), DESKTOP).await;
    board.sees("header time").await;
    let doctor = dark(&format!("{base}/doctor"), DESKTOP).await;
    doctor.signs_in("doctor0@test.example").await;
    doctor.press("#call-next").await;
    doctor.sees("#note").await;
    doctor.is_accessible("workstation, dark").await;
    board.sees("[data-label=GP-001]").await;
    board.is_accessible("board, dark").await;
    patient.sees("article[data-state=called]").await;
    patient.is_accessible("companion, called, dark").await;
    let console = dark(&format!("{base}/console"), DESKTOP).await;
    console.signs_in("admin@test.example").await;
    console.sees("li[data-label]").await;
    console.is_accessible("console, dark").await;
    let [page, pressed, other] =
        [".bg-base-200", "#door-open[aria-pressed=true]", "#door-paused"].map(|css| (css, "backgroundColor"));
    let seen = contrast(&console, &[page, pressed], &[page, other]).await;
    assert!(seen >= 3.0, "how the door is: {seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_and_times_are_told_as_the_reader_writes_them() {
    let world = World::sqlite().await;
    let kit = format!("{}/kit", world.node.base);
    let told = "const all = {}; document.querySelectorAll('[data-when]').forEach(one => \
        all[one.dataset.when] = one.textContent.replaceAll('\\u00a0', ' ')); return all";
    for (language, expected) in [
        ("en", ["10:26", "29 May 2026, 10:26", "31 Jan 1980", "1 h 20 min", "50 min – 1 h 20 min"]),
        ("ar", ["10:26", "29 مايو 2026، 10:26", "31 يناير 1980", "1 س 20 د", "50 دقيقة – 1 س 20 د"]),
        ("hi", ["10:26", "29 मई 2026, 10:26", "31 जन॰ 1980", "1 घं. 20 मि.", "50 मिनट – 1 घं. 20 मि."]),
    ] {
        let page = Browser::open(&kit, DESKTOP, language).await;
        page.sees("[data-when=long-wait]").await;
        let told = page.script(told).await;
        let read = ["clock", "day", "date", "both", "long-wait"].map(|name| {
            told[name].as_str().unwrap().replace(['\u{200f}', '\u{200e}', '\u{2068}', '\u{2069}'], "")
        });
        assert_eq!(read, expected, "{language}");
        // The day for rules is the branch's. An unknown zone does not break the page.
        assert_eq!((&told["local-day"], &told["no-date"]), (&json!("2026-05-29"), &json!("soon")));
        assert!(told["unknown-zone"].as_str().unwrap().contains("2026"), "{told}");
    }
}

/// The contrast of two places by WCAG. Each place is a stack of colours.
async fn contrast(page: &Browser, one: &[(&str, &str)], other: &[(&str, &str)]) -> f64 {
    let script = "const paint = document.createElement('canvas').getContext('2d'); \
        const linear = part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; \
        const light = layers => { \
            for (const [css, name] of layers) { \
                paint.fillStyle = getComputedStyle(document.querySelector(css))[name]; \
                paint.fillRect(0, 0, 1, 1); \
            } \
            const [red, green, blue] = [...paint.getImageData(0, 0, 1, 1).data].map(part => linear(part / 255)); \
            return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05; \
        };";
    let (one, other) = (json!(one), json!(other));
    let ratio = format!(
        "{script} const [a, b] = [light({one}), light({other})]; return Math.max(a, b) / Math.min(a, b);"
    );
    page.script(&ratio).await.as_f64().unwrap()
}
