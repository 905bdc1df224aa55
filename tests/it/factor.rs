//! The second factor: setup, sign-in, loss, removal; and the keys that sign tokens.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use medlane_shared::access::Role;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

use crate::{
    both,
    world::{Client, Node, PASSWORD, World},
};

both!(
    a_code_is_asked_for_and_counts_once,
    backup_codes_stand_in_for_the_app,
    a_clinic_may_want_it_of_a_role,
    wrong_codes_are_counted_and_an_administrator_helps,
    no_kind_of_token_passes_for_another,
    no_name_of_a_key_breaks_anything,
    a_stolen_session_changes_nothing_that_lets_people_in,
    replacing_the_keys_twice_ends_every_session,
    keys_are_replaced_under_way,
);

const MFA: &str = "/api/v1/auth/mfa";
const CONFIRM: &str = "/api/v1/users/me/confirm";

/// The app with the secret of a setup.
pub fn app(setup: &Value) -> Totp {
    let secret = Secret::try_from_base32(setup["secret"].as_str().unwrap()).unwrap();
    Builder::new().with_secret(secret).with_account_name("a").build().unwrap()
}

fn login(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD })
}

/// Switches a person's second factor on. Returns the app and the backup codes.
pub async fn switch_on(world: &World, who: &Client) -> (Totp, Value) {
    let who = who.clone().confirmed().await;
    let setup: Value = who.post(&format!("{MFA}/setup"), &json!({})).await.ok();
    let app = app(&setup);
    let code = app.generate(world.seconds()).to_string();
    let on: Value = who.post(&format!("{MFA}/enable"), &json!({ "code": code })).await.ok();
    (app, on["codes"].clone())
}

/// The step token of a sign-in.
async fn halfway(world: &World, email: &str) -> Value {
    let answer = world.node.anyone().post("/api/v1/auth/login", &login(email)).await;
    answer.refused(401, "mfa_required");
    assert_eq!(answer.body["present"]["enrolled"], true);
    answer.body["present"]["mfa_token"].clone()
}

async fn a_code_is_asked_for_and_counts_once(world: World) {
    let (patient, anyone) = (world.patient(0).await, world.node.anyone());
    patient.post(&format!("{MFA}/setup"), &json!({})).await.refused(403, "confirm_needed");
    let patient = patient.confirmed().await;
    patient.post(&format!("{MFA}/enable"), &json!({ "code": "123456" })).await.refused(409, "mfa_off");
    let setup: Value = patient.post(&format!("{MFA}/setup"), &json!({})).await.ok();
    assert!(setup["uri"].as_str().unwrap().starts_with("otpauth://totp/Clinic%20A:patient0%40test.example?"));
    // It is set up but not switched on, so no code is asked for yet.
    anyone.post("/api/v1/auth/login", &login("patient0@test.example")).await.ok::<Value>();
    let app = app(&setup);
    let code = app.generate(world.seconds()).to_string();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    patient.post(&format!("{MFA}/enable"), &json!({ "code": wrong })).await.refused(422, "code_wrong");
    let on: Value = patient.post(&format!("{MFA}/enable"), &json!({ "code": code })).await.ok();
    assert_eq!(on["codes"].as_array().unwrap().len(), 10);
    patient.post(&format!("{MFA}/setup"), &json!({})).await.refused(409, "mfa_on");
    let view: Value = patient.get(MFA).await.ok();
    assert_eq!((view["codes_left"].as_u64(), view["required"].as_bool()), (Some(10), Some(false)));

    let token = halfway(&world, "patient0@test.example").await;
    let verify = async |code: &str| {
        anyone.post(&format!("{MFA}/verify"), &json!({ "mfa_token": token, "code": code })).await
    };
    verify(&code).await.refused(422, "code_wrong");
    world.clock.pass(Duration::from_secs(30));
    let next = app.generate(world.seconds()).to_string();
    let tokens: Value = verify(&next).await.ok();
    assert_eq!(tokens["me"]["role"], "patient");
    verify(&next).await.refused(422, "code_wrong");
    world.clock.pass(Duration::from_mins(5));
    verify(&app.generate(world.seconds()).to_string()).await.refused(401, "token_expired");
    assert!(world.outbox().await.contains("now asks for a second code"), "its owner is told");
}

async fn backup_codes_stand_in_for_the_app(world: World) {
    let patient = world.patient(0).await;
    let (app, codes) = switch_on(&world, &patient).await;
    let anyone = world.node.anyone();
    let token = halfway(&world, "patient0@test.example").await;
    let verify = async |code: &str| {
        anyone.post(&format!("{MFA}/verify"), &json!({ "mfa_token": token, "code": code })).await
    };
    // Typed from paper: in small letters, without the dash.
    let typed = codes[0].as_str().unwrap().to_lowercase().replace('-', " ");
    verify(&typed).await.ok::<Value>();
    verify(&typed).await.refused(422, "code_wrong");
    let view: Value = patient.get(MFA).await.ok();
    assert_eq!(view["codes_left"], 9);
    let by = async |code: &Value| patient.clone().confirmed_by(code.as_str()).await;
    let renewed: Value = by(&codes[1]).await.post(&format!("{MFA}/backup-codes"), &Value::Null).await.ok();
    verify(codes[2].as_str().unwrap()).await.refused(422, "code_wrong");
    verify(renewed["codes"][2].as_str().unwrap()).await.ok::<Value>();
    // A code of another person does not work.
    let second = world.patient(1).await;
    switch_on(&world, &second).await;
    let confirm = json!({ "password": PASSWORD, "code": renewed["codes"][3] });
    second.post(CONFIRM, &confirm).await.refused(422, "code_wrong");
    world.clock.pass(Duration::from_secs(30));
    let proven = by(&json!(app.generate(world.seconds()).to_string())).await;
    proven.post(&format!("{MFA}/disable"), &Value::Null).await.ok::<Value>();
    proven.post(&format!("{MFA}/disable"), &Value::Null).await.refused(409, "mfa_off");
    anyone.post("/api/v1/auth/login", &login("patient0@test.example")).await.ok::<Value>();
}

async fn a_clinic_may_want_it_of_a_role(mut world: World) {
    world.node.stop().await;
    let mut config = world.config();
    config.identity.mfa_roles = vec![Role::Doctor];
    world.node = Node::start_with("127.0.0.1:0", config, &world.clock).await;
    let anyone = world.node.anyone();
    anyone.post("/api/v1/auth/login", &login("patient0@test.example")).await.ok::<Value>();
    let mut ask = login("doctor0@test.example");
    ask["face"] = json!("doctor");
    let answer = anyone.post("/api/v1/auth/login", &ask).await;
    answer.refused(401, "mfa_required");
    assert_eq!(answer.body["present"]["enrolled"], false);
    let token = &answer.body["present"]["mfa_token"];
    let verify = json!({ "mfa_token": token, "code": "123456", "face": "doctor" });
    anyone.post(&format!("{MFA}/verify"), &verify).await.refused(409, "mfa_off");
    let setup: Value = anyone.post(&format!("{MFA}/setup"), &json!({ "mfa_token": token })).await.ok();
    let code = app(&setup).generate(world.seconds()).to_string();
    let enable = json!({ "mfa_token": token, "code": code, "face": "doctor" });
    let on: Value = anyone.post(&format!("{MFA}/enable"), &enable).await.ok();
    assert_eq!(on["tokens"]["me"]["role"], "doctor", "the sign-in goes on");
    let doctor = Client { token: on["tokens"]["access_token"].as_str().map(str::to_owned), ..anyone.clone() };
    doctor.post(&format!("{MFA}/disable"), &Value::Null).await.refused(422, "mfa_needed");
    // A step token works only in its own program.
    let answer = anyone.post("/api/v1/auth/login", &ask).await;
    let elsewhere = json!({ "mfa_token": answer.body["present"]["mfa_token"], "code": on["codes"][0] });
    anyone.post(&format!("{MFA}/verify"), &elsewhere).await.refused(401, "token_invalid");
}

async fn wrong_codes_are_counted_and_an_administrator_helps(world: World) {
    let patient = world.patient(0).await;
    let (app, _) = switch_on(&world, &patient).await;
    let (anyone, admin) = (world.node.anyone(), world.admin().await);
    let token = halfway(&world, "patient0@test.example").await;
    world.clock.pass(Duration::from_secs(30));
    let right = app.generate(world.seconds()).to_string();
    let verify = async |code: &str| {
        anyone.post(&format!("{MFA}/verify"), &json!({ "mfa_token": token, "code": code })).await
    };
    for _ in 0..5 {
        verify("AAAAA-AAAAA").await.refused(422, "code_wrong");
    }
    let answer = verify(&right).await;
    answer.refused(429, "rate_limited");
    world.clock.pass(Duration::from_secs(answer.body["retry_after_s"].as_u64().unwrap()));
    verify(&right).await.ok::<Value>();
    // The phone is lost, and the backup codes too.
    let user = format!("/api/v1/admin/users/{}/mfa", world.a.patients[0]);
    admin.delete(&user).await.ok::<Value>();
    admin.delete(&user).await.refused(409, "mfa_off");
    patient.get("/api/v1/me").await.refused(401, "signed_out");
    anyone.post("/api/v1/auth/login", &login("patient0@test.example")).await.ok::<Value>();
    assert!(world.outbox().await.contains("no longer asks for a second code"));
}

async fn no_kind_of_token_passes_for_another(world: World) {
    let patient = world.patient(0).await;
    switch_on(&world, &patient).await;
    let step = halfway(&world, "patient0@test.example").await;
    let access = patient.token.clone().unwrap();
    let with = |token: &str| Client { token: Some(token.to_owned()), ..world.node.anyone() };
    with(step.as_str().unwrap()).get("/api/v1/me").await.refused(401, "token_invalid");
    let verify = json!({ "mfa_token": access, "code": "123456" });
    world.node.anyone().post(&format!("{MFA}/verify"), &verify).await.refused(401, "token_invalid");
    // Another clinic's host, and tokens without a key or with a key that never existed.
    let verify = json!({ "mfa_token": step, "code": "123456" });
    let foreign = Client { host: world.b.host.clone(), ..world.node.anyone() };
    foreign.post(&format!("{MFA}/verify"), &verify).await.refused(401, "token_invalid");
    let parts: Vec<&str> = access.split('.').collect();
    for header in [
        "eyJhbGciOiJub25lIn0",                  // {"alg":"none"}
        "eyJhbGciOiJIUzI1NiJ9",                 // no kid
        "eyJhbGciOiJIUzI1NiIsImtpZCI6ImEuYiJ9", // {"alg":"HS256","kid":"a.b"}
        "e30",                                  // {}
    ] {
        let forged = format!("{header}.{}.{}", parts[1], parts[2]);
        with(&forged).get("/api/v1/me").await.refused(401, "token_invalid");
    }
}

/// Key ids that the server never made: extreme numbers, no number, an unknown clinic.
async fn no_name_of_a_key_breaks_anything(world: World) {
    let token = world.patient(0).await.token.unwrap();
    let parts: Vec<&str> = token.split('.').collect();
    let (clinic, other) = (world.a.id.to_string(), "00000000-0000-0000-0000-000000000000");
    let numbers = [
        "9223372036854775807",
        "9223372036854775806",
        "-9223372036854775808",
        "-1",
        "1",
        "+0",
        "00",
        "99999999999999999999",
        "1e3",
        "",
        "٠",
        "0.0",
    ];
    let named = numbers.iter().flat_map(|number| [format!("{clinic}.{number}"), format!("{other}.{number}")]);
    let odd = ["", ".", "..", "x", &"9".repeat(4_000)].map(str::to_owned);
    for kid in named.chain(odd) {
        let header = json!({ "alg": "HS256", "typ": "JWT", "kid": kid }).to_string();
        let forged = format!("{}.{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), parts[1], parts[2]);
        let client = Client { token: Some(forged.clone()), ..world.node.anyone() };
        client.get("/api/v1/me").await.refused(401, "token_invalid");
        let verify = json!({ "mfa_token": forged, "code": "123456" });
        world.node.anyone().post(&format!("{MFA}/verify"), &verify).await.refused(401, "token_invalid");
    }
    world.patient(0).await.get("/api/v1/me").await.ok::<Value>();
}

async fn keys_are_replaced_under_way(world: World) {
    let (patient, admin) = (world.patient(0).await, world.admin().await);
    admin.post("/api/v1/keys/rotate", &Value::Null).await.ok::<Value>();
    let fresh = world.patient(1).await;
    assert_ne!(header(&patient), header(&fresh), "signed with another key");
    patient.get("/api/v1/me").await.ok::<Value>();
    fresh.get("/api/v1/me").await.ok::<Value>();
    // Another clinic's tokens stay valid.
    world.node.sign_in(&world.b, "doctor0@test.example", medlane_shared::identity::Face::Doctor).await;
    // After two rotations, tokens of the first key are no longer accepted.
    let admin = admin.confirmed().await;
    admin.post("/api/v1/keys/rotate", &Value::Null).await.ok::<Value>();
    patient.get("/api/v1/me").await.refused(401, "token_invalid");
    fresh.get("/api/v1/me").await.ok::<Value>();
}

/// A leaked key becomes useless: no earlier session survives two rotations.
async fn replacing_the_keys_twice_ends_every_session(world: World) {
    let anyone = world.node.anyone();
    let tokens: Value = anyone.post("/api/v1/auth/login", &login("patient0@test.example")).await.ok();
    let rotate = async || {
        world.admin().await.post("/api/v1/keys/rotate", &Value::Null).await.ok::<Value>();
    };
    let refresh =
        async |token: &Value| anyone.post("/api/v1/auth/refresh", &json!({ "refresh_token": token })).await;
    rotate().await;
    // After one rotation people stay signed in, with a token of the new key.
    let renewed: Value = refresh(&tokens["refresh_token"]).await.ok();
    assert_eq!(
        renewed["refresh_token"],
        refresh(&tokens["refresh_token"]).await.ok::<Value>()["refresh_token"],
        "the same successor"
    );
    rotate().await;
    refresh(&tokens["refresh_token"]).await.refused(401, "token_invalid");
    let again: Value = refresh(&renewed["refresh_token"]).await.ok();
    rotate().await;
    rotate().await;
    refresh(&again["refresh_token"]).await.refused(401, "token_invalid");
}

/// The calls that a session alone, left open or stolen, must not be able to make.
async fn a_stolen_session_changes_nothing_that_lets_people_in(world: World) {
    let (admin, patient) = (world.admin().await, world.patient(0).await);
    let stolen = Client { proof: None, ..admin.clone() };
    let (app, codes) = switch_on(&world, &stolen).await;
    for _ in 0..2 {
        let device = world.device_code(&admin, "kiosk").await;
        world.node.anyone().post("/api/v1/devices/enrol", &json!({ "code": device })).await.ok::<Value>();
    }
    let devices: Value = stolen.get("/api/v1/devices").await.ok();
    let device = |n: usize| format!("/api/v1/devices/{}", devices["items"][n]["id"].as_str().unwrap());
    switch_on(&world, &patient).await;
    let patient_id = world.a.patients[0];
    let branch = world.a.branches[0];
    let staff = json!({ "name": "N", "email": "n@test.example", "roles": ["admin"], "branches": [] });
    let roles = json!({ "roles": ["admin"], "branches": [], "version": 1 });
    let code = json!({ "branch_id": branch, "kind": "console", "name": "C" });
    let (post, patch, delete) = (reqwest::Method::POST, reqwest::Method::PATCH, reqwest::Method::DELETE);
    // A suspended person and an invited one.
    let gone = format!("/api/v1/admin/users/{}", world.a.patients[5]);
    let found: Value = admin.get("/api/v1/admin/users?q=patient5@").await.ok();
    let suspended = json!({ "standing": "suspended", "why": "x", "version": found["items"][0]["version"] });
    let suspended: Value = admin.patch(&format!("{gone}/standing"), &suspended).await.ok();
    let reinstated = json!({ "standing": "active", "version": suspended["version"] });
    let found: Value = admin.get("/api/v1/admin/users?q=patient6@").await.ok();
    let removed = json!({ "standing": "deleted", "why": "x", "version": found["items"][0]["version"] });
    let remove = format!("/api/v1/admin/users/{}/standing", world.a.patients[6]);
    let invited =
        json!({ "name": "N", "email": "i@test.example", "roles": ["reception"], "branches": [branch] });
    let invited: Value = admin.post("/api/v1/admin/users/invite", &invited).await.ok();
    let invited = invited["id"].as_str().unwrap();
    let calls = [
        (&post, format!("{MFA}/disable"), Value::Null),
        (&post, format!("{MFA}/backup-codes"), Value::Null),
        (&post, "/api/v1/users/me/password".to_owned(), json!({ "password": "kettle-42-violin" })),
        (&delete, format!("/api/v1/admin/users/{patient_id}/mfa"), Value::Null),
        (&patch, format!("/api/v1/admin/users/{patient_id}/roles"), roles),
        (&post, "/api/v1/admin/users/invite".to_owned(), staff),
        (&post, "/api/v1/devices/codes".to_owned(), code),
        (&patch, device(0), json!({ "order": "wipe", "version": 1 })),
        (&post, "/api/v1/keys/rotate".to_owned(), Value::Null),
        (&patch, device(1), json!({ "order": "unlock", "version": 1 })),
        (&patch, format!("{gone}/standing"), reinstated),
        (&patch, remove, removed),
        (&post, format!("/api/v1/admin/users/{invited}/invite"), Value::Null),
    ];
    let make = async |who: &Client, (method, path, body): &(&reqwest::Method, String, Value)| {
        who.send(who.request((*method).clone(), path).json(body)).await
    };
    for call in &calls {
        let answer = make(&stolen, call).await;
        answer.refused(403, "confirm_needed");
        assert_eq!(answer.body["present"], json!({ "code": true }), "{}", call.1);
    }
    // Neither the password alone, nor a proof that is old, of another session, of another kind, or of another person.
    let half: Value = stolen.post(CONFIRM, &json!({ "password": PASSWORD })).await.ok();
    assert_eq!((&half["needs"], half.get("proof")), (&json!("code"), None));
    stolen
        .post(CONFIRM, &json!({ "password": "wrong", "code": codes[0] }))
        .await
        .refused(422, "password_wrong");
    stolen
        .post(CONFIRM, &json!({ "password": PASSWORD, "code": "AAAAA-AAAAA" }))
        .await
        .refused(422, "code_wrong");
    let reception = world.reception().await.confirmed().await;
    world.clock.pass(Duration::from_secs(30));
    let proven = stolen.clone().confirmed_by(Some(&app.generate(world.seconds()).to_string())).await;
    let body = json!({ "email": "admin@test.example", "password": PASSWORD, "face": "admin" });
    let step =
        world.node.anyone().post("/api/v1/auth/login", &body).await.body["present"]["mfa_token"].clone();
    let verify = json!({ "mfa_token": step, "code": codes[1], "face": "admin" });
    let other: Value = world.node.anyone().post(&format!("{MFA}/verify"), &verify).await.ok();
    let other = Client { token: other["access_token"].as_str().map(str::to_owned), ..proven.clone() };
    for proof in [reception.proof.clone(), stolen.token.clone(), Some("x.y.z".to_owned())] {
        let with = Client { proof, ..stolen.clone() };
        make(&with, &calls[8]).await.refused(403, "confirm_needed");
    }
    make(&other, &calls[8]).await.refused(403, "confirm_needed");
    world.clock.pass(Duration::from_secs(301));
    make(&proven, &calls[8]).await.refused(403, "confirm_needed");
    let proven = stolen.confirmed_by(codes[2].as_str()).await;
    for call in calls.iter().rev() {
        make(&proven, call).await.ok::<Value>();
    }
}

fn header(client: &Client) -> &str {
    client.token.as_deref().unwrap().split('.').next().unwrap()
}
