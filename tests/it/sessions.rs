//! Sessions: signing in, renewal, reuse, signing out.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    both,
    world::{Client, PASSWORD, World},
};

both!(
    refresh_and_reuse,
    sign_out_ends_the_token,
    browsers_get_a_cookie,
    patients_have_three_sessions,
    devices_enrol_once,
    ten_thousand_honest_renewals_sign_nobody_out,
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
    let ask = json!({ "branch_id": world.a.branches[0], "kind": "kiosk", "name": "Entrance" });
    let code: Value = admin.post("/api/v1/devices/codes", &ask).await.ok();
    let mut kiosk = world.node.anyone();
    let enrol = json!({ "code": code["code"] });
    let enrolled: Value = kiosk.post("/api/v1/devices/enrol", &enrol).await.ok();
    let tokens = &enrolled["tokens"];
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

/// One browser with two tabs, and answers that are lost: each renewal twice at once, and the one before now and then.
async fn two_tabs(anyone: Client, patient: usize) -> (Value, Vec<Value>) {
    let tokens: Value = anyone.post("/api/v1/auth/login", &login(patient)).await.ok();
    let mut spent = vec![tokens["refresh_token"].clone()];
    for round in 0..ROUNDS {
        let request = |token: &Value| json!({ "refresh_token": token });
        let present = request(&spent[spent.len() - 1]);
        let (one, other) = tokio::join!(
            anyone.post("/api/v1/auth/refresh", &present),
            anyone.post("/api/v1/auth/refresh", &present)
        );
        let (one, other): (Value, Value) = (one.ok(), other.ok());
        assert_eq!(one["refresh_token"], other["refresh_token"], "both have the same successor");
        if round % 8 == 0 {
            let again: Value = anyone.post("/api/v1/auth/refresh", &present).await.ok();
            assert_eq!(one["refresh_token"], again["refresh_token"], "its answer was lost");
        }
        spent.push(one["refresh_token"].clone());
    }
    let last = spent.pop().unwrap();
    (last, spent)
}

const ROUNDS: usize = 76;
const _: () = assert!(64 * (ROUNDS * 2 + ROUNDS / 8) >= 10_000);

async fn ten_thousand_honest_renewals_sign_nobody_out(world: World) {
    let mut browsers = tokio::task::JoinSet::new();
    for patient in 0..64 {
        browsers.spawn(two_tabs(world.node.anyone(), patient));
    }
    let sessions = browsers.join_all().await;
    // And then one that is stolen: every reuse is found.
    let anyone = world.node.anyone();
    for (last, spent) in sessions {
        let stolen = json!({ "refresh_token": spent[spent.len() - 2] });
        anyone.post("/api/v1/auth/refresh", &stolen).await.refused(401, "token_reused");
        let last = json!({ "refresh_token": last });
        anyone.post("/api/v1/auth/refresh", &last).await.refused(401, "signed_out");
    }
}
