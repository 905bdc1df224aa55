//! Secrets appear in no log, even at the most detailed level, in no file, and in no answer that need not carry them.

use std::{fs, process::Stdio};

use medlane_shared::identity::Face;
use serde_json::{Value, json};

use crate::{
    factor::app,
    line::Line,
    program::Program,
    world::{Client, PASSWORD, World, port},
};

/// The secrets that a day of signing in produces, each with its name.
async fn day(world: &World, base: &str) -> Vec<(&'static str, String)> {
    let anyone = Client { base: base.to_owned(), ..world.node.anyone() };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let login = json!({ "email": "patient0@test.example", "password": PASSWORD });
    let tokens: Value = anyone.post("/api/v1/auth/login", &login).await.ok();
    let patient = Client { token: Some(text(&tokens["access_token"])), ..anyone.clone() }.confirmed().await;
    let setup: Value = patient.post("/api/v1/auth/mfa/setup", &json!({})).await.ok();
    let code = app(&setup).generate(world.seconds()).to_string();
    let on: Value = patient.post("/api/v1/auth/mfa/enable", &json!({ "code": code })).await.ok();
    let step = anyone.post("/api/v1/auth/login", &login).await.body["present"]["mfa_token"].clone();
    let verify = json!({ "mfa_token": step, "code": on["codes"][0] });
    let second: Value = anyone.post("/api/v1/auth/mfa/verify", &verify).await.ok();
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    let renewed: Value = anyone.post("/api/v1/auth/refresh", &refresh).await.ok();
    let wrong = json!({ "email": "patient1@test.example", "password": "hunter2 and more" });
    anyone.post("/api/v1/auth/login", &wrong).await.refused(401, "credentials_wrong");
    // Secrets in a body that cannot be parsed, and in a token that is not valid.
    let request = anyone.request(reqwest::Method::POST, "/api/v1/auth/login");
    anyone.send(request.body(r#"{"email":"a","password":"s3cret-in-rubbish","x":1}"#)).await;
    let forged = Client { token: Some("f0rged.t0ken.value".to_owned()), ..anyone.clone() };
    forged.get("/api/v1/me").await.refused(401, "token_invalid");
    let token = text(&renewed["access_token"]);
    let mut line = Line::hello(base, Face::Companion, Some(&token), Vec::new(), None).await;
    line.next().await.unwrap();
    let change = json!({ "password": "kettle-42-violin" });
    patient.post("/api/v1/users/me/password", &change).await.ok::<Value>();
    let admin = json!({ "email": "admin@test.example", "password": PASSWORD, "face": "admin" });
    let admin: Value = anyone.post("/api/v1/auth/login", &admin).await.ok();
    let admin = Client { token: Some(text(&admin["access_token"])), ..anyone.clone() }.confirmed().await;
    let device = world.device_code(&admin, "kiosk").await;
    let forgot = json!({ "email": "patient2@test.example" });
    anyone.post("/api/v1/auth/forgot-password", &forgot).await.ok::<Value>();
    let Value::String(page) = anyone.get("/outbox").await.body else { panic!("no outbox") };
    let sent = page.split(|c: char| !c.is_ascii_digit()).find(|word| word.len() == 6).unwrap();
    vec![
        ("the password", PASSWORD.to_owned()),
        ("the new password", "kettle-42-violin".to_owned()),
        ("a wrong password", "hunter2 and more".to_owned()),
        ("a password in a malformed body", "s3cret-in-rubbish".to_owned()),
        ("a forged token", "f0rged.t0ken".to_owned()),
        ("an access token", text(&tokens["access_token"])),
        ("another access token", token),
        ("a proof of who somebody is", patient.proof.clone().unwrap()),
        ("a refresh token", text(&tokens["refresh_token"])),
        ("its successor", text(&renewed["refresh_token"])),
        ("another session's", text(&second["refresh_token"])),
        ("a step token", text(&step)),
        ("the app's secret", text(&setup["secret"])),
        ("a backup code", text(&on["codes"][1])),
        ("a device's code", device),
        ("a code that was sent", sent.to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_logged_or_stored() {
    let mut world = World::sqlite().await;
    world.node.stop().await;
    let listen = format!("127.0.0.1:{}", port());
    let key = world.dir.path().join("root.key").display().to_string();
    let log = world.dir.path().join("log");
    let program = Program::start_logging(
        listen.clone(),
        world.url.clone(),
        key,
        "trace",
        Stdio::from(fs::File::create(&log).unwrap()),
    );
    let secrets = day(&world, &format!("http://{listen}")).await;
    drop(program);
    let logged = fs::read(&log).unwrap();
    assert!(logged.len() > 10_000, "the log says something");
    let mut found = Vec::new();
    for entry in fs::read_dir(world.dir.path()).unwrap().flatten() {
        let bytes = fs::read(entry.path()).unwrap_or_default();
        for (what, secret) in &secrets {
            if bytes.windows(secret.len()).any(|window| window == secret.as_bytes()) {
                found.push(format!("{what} in {}", entry.file_name().display()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}
