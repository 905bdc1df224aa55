//! What the HTML shows before a face runs, and in a browser that cannot run it.

use serde_json::json;

use crate::{
    browser::{Browser, KIOSK, PHONE},
    world::World,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_cannot_be_loaded_says_so_in_the_readers_language() {
    let world = World::sqlite().await;
    for (language, direction, part, said) in [
        ("en", "ltr", "*.wasm", "This page could not be loaded."),
        ("ar", "rtl", "*/assets/*/companion.js", "تعذّر تحميل هذه الصفحة."),
        ("hi", "ltr", "*/assets/hi-*.json", "यह पेज लोड नहीं हो सका।"),
    ] {
        let phone = Browser::blank(PHONE, language).await;
        phone.loads_all_but(&[part]).await;
        phone.goes_to(&world.node.base).await;
        assert_eq!(phone.says("main [role=alert]").await, said);
        let html = "return [document.documentElement.lang, document.documentElement.dir, \
            document.querySelector('main').hasAttribute('aria-busy')]";
        assert_eq!(phone.script(html).await, json!([language, direction, false]));
        phone.is_accessible(&format!("a page that was not loaded {language}")).await;
        phone.loads_all_but(&[]).await;
        phone.press("#load-again").await;
        phone.sees("#email").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_that_could_not_be_loaded_comes_back_by_itself() {
    let world = World::sqlite().await;
    let kiosk = Browser::blank(KIOSK, "en").await;
    kiosk.hurries(200).await;
    kiosk.loads_all_but(&["*.wasm"]).await;
    kiosk.goes_to(&format!("{}/kiosk", world.node.base)).await;
    kiosk.sees("#load-again").await;
    kiosk.loads_all_but(&[]).await;
    kiosk.sees("#enrol").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_shows_something_before_its_code_has_come() {
    let world = World::sqlite().await;
    for (path, size) in [("", PHONE), ("/kiosk", KIOSK)] {
        let page = Browser::blank(size, "en").await;
        page.loads_all_but(&["*.js", "*.wasm"]).await;
        page.goes_to(&format!("{}{path}", world.node.base)).await;
        assert!(page.says("header").await.contains("Medlane"));
        let painted = "const done = arguments[arguments.length - 1]; \
            new PerformanceObserver(list => list.getEntriesByName('first-contentful-paint').length && done(true))\
            .observe({ type: 'paint', buffered: true });";
        assert_eq!(page.script_async(painted).await, true);
        let shown = "return [...document.querySelectorAll('main[aria-busy=true] .skeleton')].\
            map(row => row.getBoundingClientRect()).filter(row => row.height > 40 && row.width > 200).length";
        assert_eq!(page.script(shown).await, 3, "{path}");
        page.is_accessible(&format!("before the code has come {}", path.trim_start_matches('/'))).await;
    }
}
