//! What people state and request: pictures, notices, and deletion.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use image::{ImageFormat, RgbImage};
use medlane_shared::identity::Face;
use serde_json::{Value, json};

use crate::{
    browser::{Browser, DESKTOP, PHONE},
    world::{Client, PASSWORD, World},
};

const ME: &str = "/api/v1/users/me";

/// A picture, as it is sent.
pub fn picture() -> Value {
    let mut bytes = std::io::Cursor::new(Vec::new());
    RgbImage::from_pixel(640, 480, image::Rgb([10, 120, 90])).write_to(&mut bytes, ImageFormat::Png).unwrap();
    json!({ "content_type": "image/png", "data": BASE64_STANDARD.encode(bytes.into_inner()) })
}

async fn a_picture_is_kept_small_and_shown_to_who_may_see_it(world: World) {
    let (patient, admin) = (world.patient(0).await, world.admin().await);
    let avatar = format!("{ME}/avatar");
    assert_eq!(patient.get(&avatar).await.ok::<Value>(), json!({}));
    let kept: Value = patient.put(&avatar, &picture()).await.ok();
    let bytes = BASE64_STANDARD.decode(kept["picture"]["data"].as_str().unwrap()).unwrap();
    let shown = image::load_from_memory(&bytes).unwrap();
    assert_eq!(
        (shown.width(), shown.height(), kept["picture"]["content_type"].as_str()),
        (256, 256, Some("image/jpeg"))
    );
    let seen: Value = admin.get(&format!("/api/v1/admin/users/{}/avatar", world.a.patients[0])).await.ok();
    assert_eq!(seen, kept);
    let people: Value = admin.get("/api/v1/admin/users?q=patient0@").await.ok();
    assert_eq!(people["items"][0]["has_avatar"], true);
    // Another patient has no picture, and sees none.
    assert_eq!(world.patient(1).await.get(&avatar).await.ok::<Value>(), json!({}));
    let other = world.b.patients[0];
    admin.get(&format!("/api/v1/admin/users/{other}/avatar")).await.refused(404, "not_found");
    for data in ["AAAA", "not base64", ""] {
        let wrong = json!({ "content_type": "image/png", "data": data });
        patient.put(&avatar, &wrong).await.refused(422, "picture_unread");
    }
    let large = json!({ "content_type": "image/png", "data": "A".repeat(14 * 1024 * 1024) });
    patient.put(&avatar, &large).await.refused(413, "too_large");
    assert_eq!(patient.get(&avatar).await.ok::<Value>(), kept, "what was refused changed nothing");
    patient.delete(&avatar).await.ok::<Value>();
    assert_eq!(patient.get(&avatar).await.ok::<Value>(), json!({}));
}

async fn everyone_chooses_how_they_are_told(world: World) {
    let patient = world.patient(0).await;
    let notices = format!("{ME}/notices");
    let first: Value = patient.get(&notices).await.ok();
    assert_eq!(first["choice"], json!({ "channels": ["email"] }));
    assert_eq!(first["reached"], json!([{ "channel": "email", "address": "p…@test.example" }]));
    let quiet = json!({ "from": "22:00", "until": "07:00", "time_zone": "Asia/Muscat" });
    let chosen: Value = patient.put(&notices, &json!({ "channels": [], "quiet": quiet })).await.ok();
    assert_eq!(chosen["choice"], json!({ "channels": [], "quiet": quiet }));
    assert_eq!(patient.get(&notices).await.ok::<Value>(), chosen);
    for wrong in [
        json!({ "channels": ["sms"] }),
        json!({ "channels": ["email", "email"] }),
        json!({ "channels": [], "quiet": { "from": "7", "until": "07:00", "time_zone": "Asia/Muscat" } }),
        json!({ "channels": [], "quiet": { "from": "22:00", "until": "22:00", "time_zone": "Asia/Muscat" } }),
        json!({ "channels": [], "quiet": { "from": "22:00", "until": "07:00", "time_zone": "Mars/Olympus" } }),
    ] {
        patient.put(&notices, &wrong).await.refused(422, "invalid");
    }
    assert_eq!(patient.get(&notices).await.ok::<Value>(), chosen);
}

async fn leavers(admin: &Client) -> Vec<Value> {
    let page: Value = admin.get("/api/v1/admin/users?leaving=true").await.ok();
    page["items"].as_array().unwrap().clone()
}

async fn an_account_is_deleted_when_its_owner_asks_and_the_clinic_agrees(world: World) {
    let (patient, admin) = (world.patient(0).await, world.admin().await);
    let deletion = format!("{ME}/deletion");
    let ask = Value::Null;
    patient.post(&deletion, &ask).await.refused(403, "confirm_needed");
    assert_eq!(patient.get(&deletion).await.ok::<Value>(), json!({}));
    let patient = patient.confirmed().await;
    let asked: Value = patient.post(&deletion, &ask).await.ok();
    assert!(asked["asked_at"].is_string());
    assert!(world.outbox().await.contains("asked Clinic A to delete your account"));
    let found = leavers(&admin).await;
    assert_eq!((found.len(), found[0]["email"].as_str()), (1, Some("patient0@test.example")));
    assert_eq!(patient.delete(&deletion).await.ok::<Value>(), json!({}));
    assert!(leavers(&admin).await.is_empty());
    // The clinic first refuses with a reason, and then deletes the account.
    patient.post(&deletion, &ask).await.ok::<Value>();
    let found = leavers(&admin).await.remove(0);
    let path = format!("/api/v1/admin/users/{}", found["id"].as_str().unwrap());
    let keep = |why: &str, version: &Value| json!({ "why": why, "version": version });
    admin.post(&format!("{path}/keep"), &keep(" ", &found["version"])).await.refused(422, "invalid");
    admin.post(&format!("{path}/keep"), &keep("x", &json!(1))).await.refused(409, "version_stale");
    let kept: Value =
        admin.post(&format!("{path}/keep"), &keep("A bill is open", &found["version"])).await.ok();
    assert!(world.outbox().await.contains("A bill is open"));
    admin.post(&format!("{path}/keep"), &keep("x", &kept["version"])).await.refused(422, "invalid");
    patient.put(&format!("{ME}/avatar"), &picture()).await.ok::<Value>();
    patient.post(&deletion, &ask).await.ok::<Value>();
    let found = leavers(&admin).await.remove(0);
    let body = json!({ "standing": "deleted", "why": "asked", "version": found["version"] });
    let gone: Value = admin.patch(&format!("{path}/standing"), &body).await.ok();
    assert_eq!((gone["standing"].as_str(), gone["has_avatar"].as_bool()), (Some("deleted"), Some(false)));
    assert!(leavers(&admin).await.is_empty());
    assert!(world.outbox().await.contains("has deleted your account"));
    patient.get(&deletion).await.refused(401, "signed_out");
    let body = json!({ "email": "patient0@test.example", "password": PASSWORD, "face": Face::Companion });
    world.node.anyone().post("/api/v1/auth/login", &body).await.refused(401, "credentials_wrong");
    // Staff cannot ask for deletion: the clinic removes them.
    world.doctor(0).await.post(&deletion, &ask).await.refused(403, "forbidden");
}

crate::both!(
    a_picture_is_kept_small_and_shown_to_who_may_see_it,
    everyone_chooses_how_they_are_told,
    an_account_is_deleted_when_its_owner_asks_and_the_clinic_agrees,
    a_birth_date_is_entered_once_by_the_person,
);

#[tokio::test(flavor = "multi_thread")]
async fn somebody_looks_after_their_account_in_a_browser() {
    let world = World::sqlite().await;
    let file = world.dir.path().join("me.png");
    let bytes = picture()["data"].as_str().map(|data| BASE64_STANDARD.decode(data).unwrap());
    std::fs::write(&file, bytes.unwrap()).unwrap();
    let page = Browser::open(&format!("{}/account", world.node.base), PHONE, "en").await;
    page.signs_in("patient0@test.example").await;
    page.sees("#quiet").await;
    page.is_accessible("an account").await;
    page.types("#portrait", &file.display().to_string()).await;
    page.sees("[data-portrait]").await;
    page.press("#quiet").await;
    page.press("#channel-email").await;
    page.is_accessible("choosing quiet hours").await;
    page.press("#notices-save").await;
    page.sees("#notices-saved").await;
    let kept: Value = world.patient(0).await.get(&format!("{ME}/notices")).await.ok();
    assert_eq!(
        (&kept["choice"]["channels"], &kept["choice"]["quiet"]["from"]),
        (&json!([]), &json!("22:00"))
    );
    page.press("#leaving-open").await;
    page.is_accessible("asking to be deleted").await;
    page.press("#leaving-ask").await;
    page.types("#confirm-password", "wrong").await;
    page.press("#confirm-go").await;
    page.sees("#confirm [data-code=password_wrong]").await;
    page.is_accessible("confirming to be who one is").await;
    page.confirms(PASSWORD).await;
    page.sees("#leaving-back").await;
    page.is_accessible("having asked to be deleted").await;
    let desk = Browser::open(&format!("{}/console/people", world.node.base), DESKTOP, "ar").await;
    desk.signs_in("admin@test.example").await;
    desk.press("#people-leaving").await;
    desk.sees("main li:only-child [data-leaving]").await;
    desk.sees("main li [data-portrait]").await;
    desk.press("button[id^=people-keep]").await;
    desk.types("#why", "فاتورة مفتوحة").await;
    desk.is_accessible("keeping an account in Arabic").await;
    desk.press("#sure").await;
    desk.sees("main:not(:has([data-leaving]))").await;
    assert!(world.outbox().await.contains("فاتورة مفتوحة"));
}

async fn a_birth_date_is_entered_once_by_the_person(world: World) {
    let patient = world.patient(0).await;
    let me: Value = patient.get("/api/v1/me").await.ok();
    assert!(me.get("birth_date").is_none(), "{me}");
    for (wrong, code) in [("1980-02-31", "no_such_day"), ("2999-01-01", "birth_date"), ("soon", "birth_date")]
    {
        let refused = patient.patch(ME, &json!({ "birth_date": wrong })).await;
        refused.refused(422, "invalid");
        assert_eq!(refused.body["fields"]["birth_date"]["code"], code);
    }
    let me: Value = patient.patch(ME, &json!({ "birth_date": "1980-01-31" })).await.ok();
    assert_eq!(me["birth_date"], "1980-01-31");
    // Only reception corrects a known day of birth; the other fields of the refused request do not change either.
    let again = json!({ "name": "Another", "birth_date": "1981-01-31" });
    patient.patch(ME, &again).await.refused(409, "birth_date_known");
    let me: Value = patient.get("/api/v1/me").await.ok();
    assert_eq!((&me["birth_date"], &me["name"]), (&json!("1980-01-31"), &json!("Name of patient0")));
    // Staff see it beside the name at once. The log names the changed field, not its value.
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let queue: Value = world.doctor(0).await.get("/api/v1/queue/doctor-queue").await.ok();
    assert_eq!(queue["waiting"][0]["birth_date"], "1980-01-31");
    let log: Value = world.admin().await.get("/api/v1/audit?action=person.profile&limit=1").await.ok();
    assert_eq!(log["items"][0]["detail"]["changed"], json!(["birth_date"]));
    // Staff have no patient record here.
    let doctor = world.doctor(0).await;
    doctor.patch(ME, &json!({ "birth_date": "1980-01-31" })).await.refused(403, "forbidden");
}
