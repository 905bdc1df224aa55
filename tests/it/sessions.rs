//! Sessions: signing in, renewal, reuse, signing out.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use medlane_server::keys::mac;
use medlane_shared::{
    audit::hex,
    fault::Code,
    identity::Face,
    ids::SessionId,
    sync::{ServerFrame, Topic},
    time::Timestamp,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    both,
    line::Line,
    world::{Client, PASSWORD, World},
};

both!(
    refresh_and_reuse,
    sign_out_ends_the_token,
    browsers_get_a_cookie,
    patients_have_three_sessions,
    devices_enrol_once,
    a_token_that_was_spent_a_moment_ago_yields_the_same_again,
    sessions_end_for_good,
    a_socket_ends_with_its_session,
    a_session_of_an_earlier_release_goes_on,
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
    let late: Value = anyone.post("/api/v1/auth/refresh", &first).await.ok();
    assert_eq!(second["refresh_token"], late["refresh_token"], "and after it, until that was used");
    let used = json!({ "refresh_token": second["refresh_token"] });
    let third: Value = anyone.post("/api/v1/auth/refresh", &used).await.ok();
    world.clock.pass(Duration::from_secs(19));
    let soon: Value = anyone.post("/api/v1/auth/refresh", &used).await.ok();
    assert_eq!(third["refresh_token"], soon["refresh_token"]);
    world.clock.pass(Duration::from_secs(2));
    anyone.post("/api/v1/auth/refresh", &first).await.refused(401, "token_reused");
    assert!(world.outbox().await.contains("used from two places at once"), "its owner is told");
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

/// One browser with two tabs and lost answers: each renewal is sent twice at once, and every eighth one again.
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
    // One token of each session is stolen: once the time of grace is over, the server detects every reuse.
    world.clock.pass(Duration::from_secs(21));
    let anyone = world.node.anyone();
    for (last, spent) in sessions {
        let stolen = json!({ "refresh_token": spent[spent.len() - 2] });
        anyone.post("/api/v1/auth/refresh", &stolen).await.refused(401, "token_reused");
        let last = json!({ "refresh_token": last });
        anyone.post("/api/v1/auth/refresh", &last).await.refused(401, "signed_out");
    }
}

async fn renew(world: &World, token: &Value, face: &str) -> crate::world::Answer {
    let body = json!({ "refresh_token": token, "face": face });
    world.node.anyone().post("/api/v1/auth/refresh", &body).await
}

/// Two tabs that reload repeatedly: a token that one tab spent a moment ago gives the other tab the same successor,
/// however many renewals came between, and that successor is valid.
async fn a_token_that_was_spent_a_moment_ago_yields_the_same_again(world: World) {
    let tokens: Value = world.node.anyone().post("/api/v1/auth/login", &login(0)).await.ok();
    let mut all = vec![tokens["refresh_token"].clone()];
    for _ in 0..4 {
        world.clock.pass(Duration::from_secs(4));
        let next: Value = renew(&world, &all[all.len() - 1], "companion").await.ok();
        all.push(next["refresh_token"].clone());
    }
    for n in 0..4 {
        let again: Value = renew(&world, &all[n], "companion").await.ok();
        assert_eq!(again["refresh_token"], all[n + 1], "the successor of {n}");
    }
    // The first token was spent 21 s ago, the second 17 s ago.
    world.clock.pass(Duration::from_secs(9));
    let second: Value = renew(&world, &all[1], "companion").await.ok();
    assert_eq!(second["refresh_token"], all[2]);
    renew(&world, &all[0], "companion").await.refused(401, "token_reused");
}

async fn sessions_end_for_good(world: World) {
    let (anyone, day) = (world.node.anyone(), Duration::from_hours(24));
    let body = json!({ "email": "reception@test.example", "password": PASSWORD, "face": "admin" });
    let staff: Value = anyone.post("/api/v1/auth/login", &body).await.ok();
    let patient: Value = anyone.post("/api/v1/auth/login", &login(0)).await.ok();
    let idle: Value = anyone.post("/api/v1/auth/login", &login(1)).await.ok();
    let code = world.device_code(&world.admin().await, "kiosk").await;
    let kiosk: Value = anyone.post("/api/v1/devices/enrol", &json!({ "code": code })).await.ok();
    // A screen can tell when its session ends; no renewal extends it.
    let ends = |tokens: &Value| serde_json::from_value::<Timestamp>(tokens["me"]["ends_at"].clone()).ok();
    let (began, end) = (world.node.core.now(), ends(&staff).unwrap());
    assert!((0..60_000).contains(&(12 * 3_600_000 - end.since_ms(began))), "{end}");
    assert_eq!(ends(&kiosk["tokens"]), None, "a device's never does");
    world.clock.pass(Duration::from_mins(12 * 60 - 5));
    let last: Value = renew(&world, &staff["refresh_token"], "admin").await.ok();
    assert_eq!(ends(&last), Some(end));
    let lives_s = last["expires_in_s"].as_u64().unwrap();
    assert!((290..=300).contains(&lives_s), "an access token does not outlive its session: {lives_s}");
    world.clock.pass(Duration::from_mins(5));
    renew(&world, &last["refresh_token"], "admin").await.refused(401, "signed_out");
    let client = Client { token: last["access_token"].as_str().map(str::to_owned), ..world.node.anyone() };
    client.get("/api/v1/me").await.refused(401, "token_expired");
    let (mut patient, mut kiosk) =
        (patient["refresh_token"].clone(), kiosk["tokens"]["refresh_token"].clone());
    for _ in 0..4 {
        world.clock.pass(day * 6);
        patient = renew(&world, &patient, "companion").await.ok::<Value>()["refresh_token"].clone();
        kiosk = renew(&world, &kiosk, "kiosk").await.ok::<Value>()["refresh_token"].clone();
    }
    renew(&world, &idle["refresh_token"], "companion").await.refused(401, "signed_out");
    world.clock.pass(day * 6);
    renew(&world, &patient, "companion").await.refused(401, "signed_out");
    kiosk = renew(&world, &kiosk, "kiosk").await.ok::<Value>()["refresh_token"].clone();
    world.clock.pass(day * 6);
    renew(&world, &kiosk, "kiosk").await.ok::<Value>();
}

/// A socket is opened with an access token of 15 minutes, and closes at the latest when the session ends.
async fn a_socket_ends_with_its_session(world: World) {
    let reception = world.reception().await;
    let topics = vec![Topic::Queue(world.a.branches[0])];
    let mut line = Line::hello(&world.node.base, Face::Admin, reception.token.as_deref(), topics, None).await;
    line.view(|_| true).await;
    world.clock.pass(Duration::from_hours(12));
    // Any change in the clinic wakes the socket; without one it checks the clock by itself.
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let bye = loop {
        if let ServerFrame::Bye { fault } = line.next().await.expect("a goodbye") {
            break fault;
        }
    };
    assert_eq!(bye.code, Code::SignedOut);
}

/// An earlier release's token names no generation: it is valid until it is renewed, and a change of the keys applies
/// to it as to others.
async fn a_session_of_an_earlier_release_goes_on(world: World) {
    let before = async |n: usize| {
        let tokens: Value = world.node.anyone().post("/api/v1/auth/login", &login(n)).await.ok();
        let session: SessionId = serde_json::from_value(tokens["me"]["session_id"].clone()).unwrap();
        let place = [&session.0.as_bytes()[..], &0_i64.to_be_bytes()].concat();
        let proof = mac(&world.node.core.root.derive("refresh token", &[]), &place);
        let token = BASE64_URL_SAFE_NO_PAD.encode([&place[..], &proof].concat());
        let hash = hex(&Sha256::digest(token.as_bytes()));
        world.raw("update session set token_hash = $2 where id = $1", &[&session.to_string(), &hash]).await;
        json!(token)
    };
    let (one, other) = (before(0).await, before(1).await);
    let renewed: Value = renew(&world, &one, "companion").await.ok();
    let twin: Value = renew(&world, &one, "companion").await.ok();
    assert_eq!(renewed["refresh_token"], twin["refresh_token"]);
    renew(&world, &renewed["refresh_token"], "companion").await.ok::<Value>();
    for _ in 0..2 {
        world.admin().await.post("/api/v1/keys/rotate", &Value::Null).await.ok::<Value>();
    }
    renew(&world, &other, "companion").await.refused(401, "token_invalid");
}
