//! Sessions: signing in, renewal, reuse, signing out.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    both,
    world::{PASSWORD, World},
};

both!(
    refresh_and_reuse,
    sign_out_ends_the_token,
    browsers_get_a_cookie,
    patients_have_three_sessions,
    devices_enrol_once,
    a_removed_device_is_out_at_once
);

fn login(n: usize) -> Value {
    json!({ "email": format!("patient{n}@test.example"), "password": PASSWORD })
}

async fn refresh_and_reuse(world: World) {
    let anyone = world.node.anyone();
    let wrong = json!({ "email": "patient0@test.example", "password": "wrong" });
    anyone.post("/api/v1/auth/login", &wrong).await.refused(401, "credentials_wrong");
    let unknown = json!({ "email": "nobody@test.example", "password": "wrong" });
    anyone.post("/api/v1/auth/login", &unknown).await.refused(401, "credentials_wrong");
    let tokens: Value = anyone.post("/api/v1/auth/login", &login(0)).await.ok();
    let first = json!({ "refresh_token": tokens["refresh_token"] });
    let second: Value = anyone.post("/api/v1/auth/refresh", &first).await.ok();
    let twin: Value = anyone.post("/api/v1/auth/refresh", &first).await.ok();
    assert_eq!(second["refresh_token"], twin["refresh_token"], "within the grace time the same successor");
    world.clock.pass(Duration::from_secs(21));
    anyone.post("/api/v1/auth/refresh", &first).await.refused(401, "token_reused");
    let second = json!({ "refresh_token": second["refresh_token"] });
    anyone.post("/api/v1/auth/refresh", &second).await.refused(401, "signed_out");
    let mut forged = tokens["refresh_token"].as_str().unwrap().to_owned();
    forged.replace_range(0..1, if forged.starts_with('A') { "B" } else { "A" });
    anyone
        .post("/api/v1/auth/refresh", &json!({ "refresh_token": forged }))
        .await
        .refused(401, "token_invalid");
}

async fn sign_out_ends_the_token(world: World) {
    let patient = world.patient(0).await;
    patient.get("/api/v1/me").await.ok::<Value>();
    assert!(patient.post("/api/v1/auth/logout", &json!({})).await.status.is_success());
    patient.get("/api/v1/me").await.refused(401, "signed_out");
    let late = world.patient(1).await;
    world.clock.pass(Duration::from_secs(901));
    late.get("/api/v1/me").await.refused(401, "token_expired");
}

async fn browsers_get_a_cookie(world: World) {
    let anyone = world.node.anyone();
    let request = |path: &str, body: &Value| {
        anyone.request(reqwest::Method::POST, path).header("sec-fetch-site", "same-origin").json(body)
    };
    let answer = anyone.send(request("/api/v1/auth/login", &login(0))).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(answer.body.get("refresh_token").is_none(), "no script may read it");
    for part in ["__Host-medlane-companion=", "HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let pair = cookie.split(';').next().unwrap();
    let renewed = anyone.send(request("/api/v1/auth/refresh", &json!({})).header("cookie", pair)).await;
    assert!(renewed.body["access_token"].is_string(), "{}", renewed.body);
    let foreign = request("/api/v1/auth/refresh", &json!({}))
        .header("cookie", pair)
        .header("origin", "https://evil.example");
    anyone.send(foreign).await.refused(403, "origin_refused");
}

async fn patients_have_three_sessions(world: World) {
    let first = world.patient(0).await;
    for _ in 0..2 {
        world.patient(0).await;
    }
    first.get("/api/v1/me").await.ok::<Value>();
    world.patient(0).await;
    first.get("/api/v1/me").await.refused(401, "signed_out");
}

async fn devices_enrol_once(world: World) {
    let admin = world.admin().await;
    let ask = json!({ "branch_id": world.a.branches[0], "role": "kiosk", "name": "Entrance" });
    let code: Value = admin.post("/api/v1/devices/codes", &ask).await.ok();
    let mut kiosk = world.node.anyone();
    let enrol = json!({ "code": code["code"] });
    let tokens: Value = kiosk.post("/api/v1/devices/enrol", &enrol).await.ok();
    assert_eq!(tokens["me"]["role"], "kiosk");
    kiosk.post("/api/v1/devices/enrol", &enrol).await.refused(410, "code_expired");
    kiosk.token = Some(tokens["access_token"].as_str().unwrap().to_owned());
    let ticket: Value = kiosk.post("/api/v1/queue/join", &world.join()).await.ok();
    assert_eq!(ticket["label"], "GP-001");
    let mut elsewhere = world.join();
    elsewhere["branch_id"] = json!(world.a.branches[1]);
    elsewhere["service_id"] = json!(world.a.services[1]);
    kiosk.post("/api/v1/queue/join", &elsewhere).await.refused(404, "not_found");
    let code: Value = admin.post("/api/v1/devices/codes", &ask).await.ok();
    world.clock.pass(Duration::from_secs(601));
    let late = json!({ "code": code["code"] });
    world.node.anyone().post("/api/v1/devices/enrol", &late).await.refused(410, "code_expired");
}

async fn a_removed_device_is_out_at_once(world: World) {
    let admin = world.admin().await;
    let [code, _] = world.device_codes().await;
    let mut kiosk = world.node.anyone();
    let tokens: Value = kiosk.post("/api/v1/devices/enrol", &json!({ "code": code })).await.ok();
    kiosk.token = tokens["access_token"].as_str().map(str::to_owned);
    let page: Value = admin.get("/api/v1/devices").await.ok();
    let device = page["items"][0].clone();
    assert_eq!((device["role"].as_str(), device["removed"].as_bool()), (Some("kiosk"), Some(false)));
    assert!(device["seen_at"].is_string());
    let path = format!("/api/v1/devices/{}", device["id"].as_str().unwrap());
    let named: Value = admin.patch(&path, &json!({ "name": "By the lift", "version": 1 })).await.ok();
    assert_eq!((named["name"].as_str(), named["version"].as_i64()), (Some("By the lift"), Some(2)));
    admin.patch(&path, &json!({ "name": " ", "version": 2 })).await.refused(422, "invalid");
    admin.patch(&path, &json!({ "remove": true, "version": 1 })).await.refused(409, "version_stale");
    kiosk.get("/api/v1/me").await.ok::<Value>();
    let removed: Value = admin.patch(&path, &json!({ "remove": true, "version": 2 })).await.ok();
    assert_eq!(removed["removed"], true);
    kiosk.get("/api/v1/me").await.refused(401, "signed_out");
    let refresh = json!({ "refresh_token": tokens["refresh_token"], "face": "kiosk" });
    kiosk.post("/api/v1/auth/refresh", &refresh).await.refused(401, "signed_out");
}
