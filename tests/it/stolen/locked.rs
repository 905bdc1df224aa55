//! A locked device stays locked, whatever a server in its server's place says, and a wipe loses nothing of the clinic's.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{
    Json,
    http::{StatusCode, Uri},
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use medlane_desktop::{secrets::Secrets, session::Standing};
use medlane_shared::{
    audit::DeviceReads,
    fault::{Code, Fault},
    identity::{DeviceWord, Enrolled},
    ids::DeviceId,
    time::Timestamp,
};
use serde_json::{Value, json};

use super::{Impostor, kept_of, signs};
use crate::{
    workstation::{Desk, clinic, enrolled, note, notes, online},
    world::{Node, PASSWORD},
};

/// The public half of the key that [`signs`] signs with.
fn false_key() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(SigningKey::from_bytes(&[7; 32]).verifying_key().as_bytes())
}

/// Changes one field of the device in the keyring.
async fn keeps(secrets: &Secrets, field: &str, value: Value) {
    let mut kept = kept_of(secrets).await;
    kept[field] = value;
    secrets.set("device", kept.to_string().as_bytes()).await.unwrap();
}

type Heard = Arc<Mutex<Vec<String>>>;

/// A server that knows no device, and signs that work may go on. It takes every code, or none.
fn forgetful(takes: bool, heard: &Heard) -> axum::Router {
    let heard = Arc::clone(heard);
    let answers = move |uri: Uri| {
        heard.lock().unwrap().push(uri.path().to_owned());
        let refuses = |code: Code| (StatusCode::UNAUTHORIZED, Json(json!(Fault::new(code))));
        let answer = match uri.path() {
            "/api/v1/devices/enrol" if takes => {
                let enrolled = json!({
                    "device_id": DeviceId::new(Timestamp::from_ms(5), [5; 10]), "kind": "workstation",
                    "name": "Room 1", "order_key": false_key(),
                });
                serde_json::from_value::<Enrolled>(enrolled.clone()).unwrap();
                (StatusCode::OK, Json(enrolled))
            }
            "/api/v1/devices/enrol" => refuses(Code::CodeWrong),
            _ => refuses(Code::DeviceUnproven),
        };
        async move { answer }
    };
    axum::Router::new()
        .route("/api/v1/devices/orders", signs(DeviceWord::Work, Arc::default()))
        .fallback(answers)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_know_a_locked_device_does_not_end_the_lock() {
    let (mut world, secrets, vaults) = clinic().await;
    let (base, patient) = (world.node.base.clone(), world.a.patients[0]);
    let listen = base.trim_start_matches("http://").to_owned();
    let desk = enrolled(&world, &secrets, &vaults).await;
    desk.core.note_save(note(&world, "Lungs clear")).await.unwrap();
    drop(desk);
    world.node.stop().await;
    keeps(&secrets, "locked", true.into()).await;
    let kept = kept_of(&secrets).await;
    let heard = Heard::default();
    let impostor = Impostor::serve(&listen, forgetful(true, &heard), Arc::default()).await;
    // With the clinic's key, and as a device of an earlier release, without it.
    for key in [kept["order_key"].clone(), Value::Null] {
        keeps(&secrets, "order_key", key).await;
        let before = kept_of(&secrets).await;
        let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
        let locked = |done: Result<Standing, Fault>| assert_eq!(done.unwrap_err().code, Code::DeviceLocked);
        locked(desk.core.resume().await);
        locked(desk.core.enrol("any".to_owned()).await);
        locked(desk.core.sign_in("doctor0@test.example".to_owned(), PASSWORD.to_owned()).await);
        locked(desk.core.pass_factor("123456".to_owned()).await);
        let chart = desk.call("ListNotes", &[], json!({ "patient_id": patient })).await;
        assert_eq!(chart.unwrap_err().code, Code::DeviceLocked);
        assert_eq!(
            kept_of(&secrets).await,
            before,
            "the device, its lock and its clinic's key are as they were"
        );
    }
    let asked = heard.lock().unwrap().clone();
    assert!(!asked.is_empty() && asked.iter().all(|path| path == "/api/v1/devices/check-in"), "{asked:?}");
    impostor.stop().await;
    keeps(&secrets, "order_key", kept["order_key"].clone()).await;
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::SignedIn { .. }), "by the clinic's order");
    desk.hears(online).await;
    assert_eq!(notes(&world).await[0]["text"], "Lungs clear");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_refused_leaves_the_device_as_it_was() {
    let (mut world, secrets, vaults) = clinic().await;
    let base = world.node.base.clone();
    let listen = base.trim_start_matches("http://").to_owned();
    drop(enrolled(&world, &secrets, &vaults).await);
    let kept = kept_of(&secrets).await;
    world.node.stop().await;
    let heard = Heard::default();
    let forgetful = Impostor::serve(&listen, forgetful(false, &heard), Arc::default()).await;
    let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
    assert_eq!(desk.core.resume().await.unwrap(), Standing::Unenrolled);
    assert_eq!(desk.core.enrol("mistyped".to_owned()).await.unwrap_err().code, Code::CodeWrong);
    assert!(heard.lock().unwrap().iter().any(|path| path == "/api/v1/devices/enrol"));
    assert_eq!(kept_of(&secrets).await, kept);
    drop(desk);
    forgetful.stop().await;
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::SignedIn { .. }));
    desk.hears(online).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_locked_while_it_is_used_closes_the_vault() {
    let (mut world, secrets, vaults) = clinic().await;
    let (base, patient) = (world.node.base.clone(), world.a.patients[0]);
    let listen = base.trim_start_matches("http://").to_owned();
    let desk = enrolled(&world, &secrets, &vaults).await;
    world.node.stop().await;
    let impostor = Impostor::start(&listen).await;
    // The page is opened anew, and the core still has the vault open.
    assert_eq!(desk.core.resume().await.unwrap_err().code, Code::DeviceLocked);
    let chart = desk.call("ListNotes", &[], json!({ "patient_id": patient })).await;
    assert_eq!(chart.unwrap_err().code, Code::DeviceLocked);
    let saved = desk.core.note_save(note(&world, "Lungs clear")).await;
    assert_eq!(saved.unwrap_err().code, Code::KeyringLocked, "the vault is closed");
    impostor.stop().await;
}

/// The clinic's server, as far as it wipes devices, with an answer to the log of reads.
async fn wiping(listen: &str, reads: axum::routing::MethodRouter) -> Impostor {
    let wiped = axum::routing::post(|| async { Json(Value::Null) });
    let router = axum::Router::new()
        .route("/api/v1/devices/orders", signs(DeviceWord::Wipe, Arc::default()))
        .route("/api/v1/devices/wiped", wiped)
        .route("/api/v1/devices/reads", reads)
        .fallback(|| async { (StatusCode::UNAUTHORIZED, Json(Fault::new(Code::DeviceRevoked))) });
    Impostor::serve(listen, router, Arc::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wipe_keeps_the_log_of_reads_until_the_server_has_it() {
    let (mut world, secrets, vaults) = clinic().await;
    let (base, doctor) = (world.node.base.clone(), world.a.doctors[0]);
    let listen = base.trim_start_matches("http://").to_owned();
    let desk = enrolled(&world, &secrets, &vaults).await;
    world.node.stop().await;
    desk.call("ListNotes", &[], json!({ "patient_id": world.a.patients[0] })).await.unwrap();
    drop(desk);
    keeps(&secrets, "order_key", false_key().into()).await;
    let files = |folder: &Path| {
        let files = std::fs::read_dir(folder).unwrap();
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    let resumed = async || Desk::start(&base, &secrets, Some(vaults.clone())).core.resume().await;
    let are_kept = async |names: [&str; 4]| {
        let mut kept = Vec::new();
        for name in names {
            kept.push(secrets.get(name).await.unwrap().is_some());
        }
        kept
    };
    let vault = format!("vault {doctor}");
    let names = ["session", &vault, "device", "vault reads"];
    assert_eq!(are_kept(names).await, [true; 4]);
    // The server is too busy to take the log: what was kept of patients goes at once, the log stays.
    let busy = || async { (StatusCode::SERVICE_UNAVAILABLE, Json(Fault::new(Code::Overloaded))) };
    let server = wiping(&listen, axum::routing::post(busy)).await;
    assert_eq!(resumed().await.unwrap_err().code, Code::Overloaded);
    assert_eq!(files(&vaults), ["reads.sealed"]);
    assert_eq!(are_kept(names).await, [false, false, true, true]);
    server.stop().await;
    assert_eq!(
        resumed().await.unwrap_err().code,
        Code::DeviceLocked,
        "it does not forget that it was locked"
    );
    // The next contact brings the server the log, and ends the wipe.
    let took: Arc<Mutex<Vec<DeviceReads>>> = Arc::default();
    let taking = Arc::clone(&took);
    let takes = move |Json(reads): Json<DeviceReads>| {
        taking.lock().unwrap().push(reads);
        async { Json(Value::Null) }
    };
    let server = wiping(&listen, axum::routing::post(takes)).await;
    assert_eq!(resumed().await.unwrap(), Standing::Unenrolled);
    let took: Vec<_> = took.lock().unwrap().iter().map(|said| said.reads.len()).collect();
    assert_eq!(took, [1]);
    assert_eq!((files(&vaults), are_kept(names).await), (Vec::new(), vec![false; 4]));
    server.stop().await;
}
