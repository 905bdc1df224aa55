//! The titles of the pages, their addresses, and what Back, Forward and a reload show.

use serde_json::{Value, json};

use crate::{
    browser::{Browser, DESKTOP, PHONE},
    screens::until,
    world::World,
};

/// Waits for a title, and sees that the address is still this one.
async fn is_at(page: &Browser, path: &str, title: &str) {
    let said = json!([path, title]);
    until(page, &format!("JSON.stringify([location.pathname, document.title]) === JSON.stringify({said})"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_says_where_one_is() {
    let world = World::sqlite().await;
    let pages = [Browser::blank(PHONE, "en").await, Browser::blank(PHONE, "ar").await];
    for (path, en, ar) in [
        ("/", "Sign in", "تسجيل الدخول"),
        ("/account", "Sign in", "تسجيل الدخول"),
        ("/register", "Create an account", "إنشاء حساب"),
        ("/forgot", "Forgot your password?", "نسيت كلمة المرور؟"),
        ("/invited", "Choose a password", "اختر كلمة مرور"),
        ("/t/secret", "Your ticket", "تذكرتك"),
        ("/nothing", "There is no page at this address", "لا توجد صفحة بهذا العنوان"),
        ("/doctor", "Sign in", "تسجيل الدخول"),
        ("/console/people", "Sign in", "تسجيل الدخول"),
        ("/kiosk", "Set up this device", "إعداد هذا الجهاز"),
        ("/board", "Set up this device", "إعداد هذا الجهاز"),
    ] {
        for (page, title) in pages.iter().zip([en, ar]) {
            page.goes_to(&format!("{}{path}", world.node.base)).await;
            is_at(page, path, &format!("{title} · Medlane")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn back_forward_and_a_reload_keep_the_place() {
    let world = World::sqlite().await;
    // A link to the account leads there through signing in.
    let page = Browser::open(&format!("{}/account", world.node.base), PHONE, "en").await;
    page.signs_in("patient0@test.example").await;
    is_at(&page, "/account", "Your account · Medlane").await;
    page.sees("[data-session=true]").await;
    page.press("p:first-child > a[href='/']").await;
    page.sees("#join-where").await;
    is_at(&page, "/", "Your visit · Medlane").await;
    page.script("history.back()").await;
    page.sees("[data-session=true]").await;
    is_at(&page, "/account", "Your account · Medlane").await;
    page.script("location.reload()").await;
    page.sees("[data-session=true]").await;
    is_at(&page, "/account", "Your account · Medlane").await;
    page.script("history.forward()").await;
    page.sees("#join-where").await;
    is_at(&page, "/", "Your visit · Medlane").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_titles_of_staffs_pages_name_nobody() {
    let world = World::sqlite().await;
    let doctor = Browser::open(&format!("{}/doctor", world.node.base), DESKTOP, "en").await;
    doctor.signs_in("doctor0@test.example").await;
    doctor.sees("#call-next").await;
    is_at(&doctor, "/doctor", "Doctor workstation · Medlane").await;
    let desk = Browser::open(&format!("{}/console/patients", world.node.base), DESKTOP, "en").await;
    desk.signs_in("reception@test.example").await;
    until(&desk, "document.title.startsWith('Patients · ')").await;
    let me: Value = world.reception().await.get("/api/v1/me").await.ok();
    let title = desk.script("return document.title").await;
    assert_eq!(title, json!(format!("Patients · {}", me["clinic_name"].as_str().unwrap())));
}
