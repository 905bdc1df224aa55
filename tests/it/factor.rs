//! The second factor: set up, asked for, lost, taken off; and the keys that tokens are signed with.

use std::time::Duration;

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
    keys_are_replaced_under_way,
);

const MFA: &str = "/api/v1/auth/mfa";

/// The app that was set up.
pub fn app(setup: &Value) -> Totp {
    let secret = Secret::try_from_base32(setup["secret"].as_str().unwrap()).unwrap();
    Builder::new().with_secret(secret).with_account_name("a").build().unwrap()
}

fn login(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD })
}

/// Switches the factor of somebody on; the app and the backup codes.
pub async fn switch_on(world: &World, who: &Client) -> (Totp, Value) {
    let setup: Value = who.post(&format!("{MFA}/setup"), &json!({ "password": PASSWORD })).await.ok();
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
    patient
        .post(&format!("{MFA}/setup"), &json!({ "password": "wrong" }))
        .await
        .refused(422, "password_wrong");
    patient.post(&format!("{MFA}/enable"), &json!({ "code": "123456" })).await.refused(409, "mfa_off");
    let setup: Value = patient.post(&format!("{MFA}/setup"), &json!({ "password": PASSWORD })).await.ok();
    assert!(setup["uri"].as_str().unwrap().starts_with("otpauth://totp/Clinic%20A:patient0%40test.example?"));
    // Set up, not on: nothing is asked for yet.
    anyone.post("/api/v1/auth/login", &login("patient0@test.example")).await.ok::<Value>();
    let app = app(&setup);
    let code = app.generate(world.seconds()).to_string();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    patient.post(&format!("{MFA}/enable"), &json!({ "code": wrong })).await.refused(422, "code_wrong");
    let on: Value = patient.post(&format!("{MFA}/enable"), &json!({ "code": code })).await.ok();
    assert_eq!(on["codes"].as_array().unwrap().len(), 10);
    patient.post(&format!("{MFA}/setup"), &json!({ "password": PASSWORD })).await.refused(409, "mfa_on");
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
    // As it was written down: in small letters, without the dash.
    let typed = codes[0].as_str().unwrap().to_lowercase().replace('-', " ");
    verify(&typed).await.ok::<Value>();
    verify(&typed).await.refused(422, "code_wrong");
    let view: Value = patient.get(MFA).await.ok();
    assert_eq!(view["codes_left"], 9);
    let proof = |code: &Value| json!({ "password": PASSWORD, "code": code });
    let renewed: Value = patient.post(&format!("{MFA}/backup-codes"), &proof(&codes[1])).await.ok();
    verify(codes[2].as_str().unwrap()).await.refused(422, "code_wrong");
    verify(renewed["codes"][2].as_str().unwrap()).await.ok::<Value>();
    // Of another person, they are no codes.
    let second = world.patient(1).await;
    switch_on(&world, &second).await;
    second.post(&format!("{MFA}/disable"), &proof(&renewed["codes"][3])).await.refused(422, "code_wrong");
    let wrong = json!({ "password": "wrong", "code": renewed["codes"][3] });
    patient.post(&format!("{MFA}/disable"), &wrong).await.refused(422, "password_wrong");
    world.clock.pass(Duration::from_secs(30));
    let code = json!(app.generate(world.seconds()).to_string());
    patient.post(&format!("{MFA}/disable"), &proof(&code)).await.ok::<Value>();
    patient.post(&format!("{MFA}/disable"), &proof(&code)).await.refused(409, "mfa_off");
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
    let off = json!({ "password": PASSWORD, "code": on["codes"][0] });
    doctor.post(&format!("{MFA}/disable"), &off).await.refused(422, "mfa_needed");
    // The step of one program is none of another.
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
    // The phone is lost, and the codes with it.
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
    // Another clinic's, and one without a key or with a key that never was.
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

async fn keys_are_replaced_under_way(world: World) {
    let (patient, admin) = (world.patient(0).await, world.admin().await);
    admin.post("/api/v1/keys/rotate", &Value::Null).await.ok::<Value>();
    let fresh = world.patient(1).await;
    assert_ne!(header(&patient), header(&fresh), "signed with another key");
    patient.get("/api/v1/me").await.ok::<Value>();
    fresh.get("/api/v1/me").await.ok::<Value>();
    // Another clinic goes on with its own.
    world.node.sign_in(&world.b, "doctor0@test.example", medlane_shared::identity::Face::Doctor).await;
    // Twice: what was signed with the key before the last is not believed any more.
    admin.post("/api/v1/keys/rotate", &Value::Null).await.ok::<Value>();
    patient.get("/api/v1/me").await.refused(401, "token_invalid");
    fresh.get("/api/v1/me").await.ok::<Value>();
}

fn header(client: &Client) -> &str {
    client.token.as_deref().unwrap().split('.').next().unwrap()
}
