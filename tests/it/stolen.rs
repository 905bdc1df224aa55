//! A workstation accepts no false word from somebody who stands between it and its server, or who holds it in their
//! hands.

mod locked;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::Json;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use medlane_desktop::{Pending, Told, clock::Clock, secrets::Secrets, session::Standing};
use medlane_shared::{
    fault::{Code, Fault},
    identity::{DeviceWord, OrdersRequest, SignedOrder, order_text},
    sync::Topic,
};
use serde_json::{Value, json};

use crate::{
    devices::order,
    workstation::{Desk, clinic, enrolled, note, notes, online},
    world::{Node, PASSWORD, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn only_the_clinics_signed_order_wipes_a_workstation() {
    let (mut world, secrets, vaults) = clinic().await;
    let (base, doctor) = (world.node.base.clone(), world.a.doctors[0]);
    let listen = base.trim_start_matches("http://").to_owned();
    let desk = enrolled(&world, &secrets, &vaults).await;
    desk.core.follow(Topic::Queue(world.a.branches[0])).await.unwrap();
    desk.hears(|told| matches!(told, Told::View { .. })).await;
    drop(desk);
    world.node.stop().await;
    // An impostor at the server's address: it refuses every request, and signs an order to wipe with a key of its
    // own.
    let impostor = Impostor::start(&listen).await;
    let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
    assert_eq!(desk.core.resume().await.unwrap_err().code, Code::DeviceLocked, "it locks, and loses nothing");
    assert!(impostor.was_asked(), "for an order");
    for name in ["session", "device", &format!("vault {doctor}")] {
        assert!(secrets.get(name).await.unwrap().is_some(), "{name}");
    }
    assert!(vaults.join(format!("{doctor}.db")).exists());
    // A device of an earlier release knows no key yet: it does not learn one from a server that orders a wipe.
    let kept = kept_of(&secrets).await;
    assert!(kept["order_key"].is_string(), "learnt when it was enrolled");
    knows_no_clinic(&secrets, true).await;
    drop(desk);
    let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
    assert_eq!(desk.core.resume().await.unwrap_err().code, Code::DeviceLocked);
    assert!(vaults.join(format!("{doctor}.db")).exists());
    drop(desk);
    impostor.stop().await;
    // The device's own clinic says "in use": the device goes on, and learns the clinic's key.
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    knows_no_clinic(&secrets, false).await;
    let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::SignedIn { .. }));
    desk.hears(online).await;
    assert!(kept_of(&secrets).await["order_key"].is_string());
    order(&world.admin().await, "wipe").await;
    desk.hears(|told| matches!(told, Told::Barred { fault } if fault.code == Code::DeviceRevoked)).await;
    assert!(secrets.get(&format!("vault {doctor}")).await.unwrap().is_none());
    assert!(!vaults.join(format!("{doctor}.db")).exists());
}

/// What the keyring holds of the device.
async fn kept_of(secrets: &Secrets) -> Value {
    serde_json::from_slice(&secrets.get("device").await.unwrap().unwrap()).unwrap()
}

/// Turns a device into one of an earlier release, which knows no clinic's key.
async fn knows_no_clinic(secrets: &Secrets, locked: bool) {
    let mut kept = kept_of(secrets).await;
    kept.as_object_mut().unwrap().remove("order_key");
    kept["locked"] = locked.into();
    secrets.set("device", kept.to_string().as_bytes()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_device_is_unlocked_by_its_clinics_signed_word_alone() {
    let (mut world, secrets, vaults) = clinic().await;
    let base = world.node.base.clone();
    let listen = base.trim_start_matches("http://").to_owned();
    drop(enrolled(&world, &secrets, &vaults).await);
    world.node.stop().await;
    let resumed = async || {
        let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
        desk.core.resume().await
    };
    let orders = |said: Option<DeviceWord>| {
        let checked_in = axum::routing::post(|| async { Json(Value::Null) });
        let router = axum::Router::new().route("/api/v1/devices/check-in", checked_in);
        match said {
            Some(said) => router.route("/api/v1/devices/orders", signs(said, Arc::default())),
            None => router,
        }
        .fallback(|| async { (axum::http::StatusCode::NOT_FOUND, Json(Fault::new(Code::NotFound))) })
    };
    let kept = kept_of(&secrets).await;
    for said in [None, Some(DeviceWord::Work)] {
        let impostor = Impostor::serve(&listen, orders(said), Arc::default()).await;
        // The device knows its clinic's key: neither silence nor another key's order ends the lock.
        let mut locked = kept.clone();
        locked["locked"] = true.into();
        secrets.set("device", locked.to_string().as_bytes()).await.unwrap();
        assert_eq!(resumed().await.unwrap_err().code, Code::DeviceLocked, "{said:?}");
        // A device that knows no key stays locked as well.
        knows_no_clinic(&secrets, true).await;
        assert_eq!(resumed().await.unwrap_err().code, Code::DeviceLocked, "{said:?}");
        assert_eq!(
            (&kept_of(&secrets).await["locked"], kept_of(&secrets).await["order_key"].is_null()),
            (&true.into(), true)
        );
        impostor.stop().await;
    }
    // A device that is in use works with a server of a release without orders.
    knows_no_clinic(&secrets, false).await;
    let old = Impostor::serve(&listen, orders(None), Arc::default()).await;
    assert!(!matches!(resumed().await, Err(fault) if fault.code == Code::DeviceLocked));
    assert_eq!(kept_of(&secrets).await["locked"], false);
    old.stop().await;
    // The own clinic's signed order ends a lock.
    let mut locked = kept.clone();
    locked["locked"] = true.into();
    secrets.set("device", locked.to_string().as_bytes()).await.unwrap();
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    resumed().await.unwrap();
    assert_eq!(kept_of(&secrets).await["locked"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_device_learns_its_clinics_key_by_the_code_that_somebody_types() {
    let (mut world, secrets, vaults) = clinic().await;
    let base = world.node.base.clone();
    let listen = base.trim_start_matches("http://").to_owned();
    let desk = enrolled(&world, &secrets, &vaults).await;
    desk.core.note_save(note(&world, "Lungs clear")).await.unwrap();
    drop(desk);
    let admin = world.admin().await;
    let devices: Value = admin.get("/api/v1/devices").await.ok();
    let code = devices["items"][0]["clinic_code"].as_str().unwrap().to_owned();
    // A false server has locked it. It knows no clinic's key, or one of another root key.
    let other = BASE64_URL_SAFE_NO_PAD.encode(SigningKey::from_bytes(&[8; 32]).verifying_key().as_bytes());
    for known in [None, Some(other)] {
        knows_no_clinic(&secrets, true).await;
        let mut kept = kept_of(&secrets).await;
        kept["order_key"] = known.clone().into();
        secrets.set("device", kept.to_string().as_bytes()).await.unwrap();
        let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
        assert_eq!(desk.core.resume().await.unwrap_err().code, Code::DeviceLocked);
        for wrong in ["", "0000-0000-0000-0000", &code[..14]] {
            assert_eq!(desk.core.trust_clinic(wrong).await.unwrap_err().code, Code::CodeWrong, "{wrong}");
        }
        assert_eq!(
            kept_of(&secrets).await["order_key"].as_str(),
            known.as_deref(),
            "a wrong code teaches no key"
        );
        drop(desk);
        // The right code does not help a false server: its key has another.
        world.node.stop().await;
        let checked_in = axum::routing::post(|| async { Json(Value::Null) });
        let router = axum::Router::new()
            .route("/api/v1/devices/check-in", checked_in)
            .route("/api/v1/devices/orders", signs(DeviceWord::Work, Arc::default()));
        let impostor = Impostor::serve(&listen, router, Arc::default()).await;
        let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
        assert_eq!(desk.core.trust_clinic(&code).await.unwrap_err().code, Code::CodeWrong);
        assert!(kept_of(&secrets).await["locked"].as_bool().unwrap());
        drop(desk);
        impostor.stop().await;
        world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
        // From then on the clinic's orders count: the device stays locked until the console unlocks it.
        let admin = world.admin().await;
        order(&admin, "lock").await;
        let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
        let typed = code.to_lowercase().replace('-', " ");
        assert_eq!(desk.core.trust_clinic(&typed).await.unwrap_err().code, Code::DeviceLocked);
        order(&admin, "unlock").await;
        assert!(matches!(desk.core.resume().await.unwrap(), Standing::SignedIn { .. }));
        desk.hears(online).await;
    }
    assert_eq!(notes(&world).await[0]["text"], "Lungs clear", "nothing was lost");
}

/// Answers devices that ask for orders, signed with the impostor's own key.
fn signs(word: DeviceWord, heard: Arc<AtomicBool>) -> axum::routing::MethodRouter {
    let key = SigningKey::from_bytes(&[7; 32]);
    axum::routing::post(move |Json(request): Json<OrdersRequest>| async move {
        heard.store(true, Ordering::SeqCst);
        let (device_id, at) = (request.proof.device_id, request.proof.at);
        let text = order_text(word, device_id, &request.nonce, at);
        Json(SignedOrder {
            word,
            device_id,
            nonce: request.nonce,
            at,
            key: BASE64_URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes()),
            signature: BASE64_URL_SAFE_NO_PAD.encode(key.sign(&text).to_bytes()),
        })
    })
}

/// A server that tells every device that it was removed.
struct Impostor {
    asked: Arc<AtomicBool>,
    serving: tokio::task::JoinHandle<()>,
}

impl Impostor {
    async fn start(listen: &str) -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        let orders = signs(DeviceWord::Wipe, Arc::clone(&asked));
        let router = axum::Router::new().route("/api/v1/devices/orders", orders).fallback(|| async {
            (axum::http::StatusCode::UNAUTHORIZED, Json(Fault::new(Code::DeviceRevoked)))
        });
        Self::serve(listen, router, asked).await
    }

    async fn serve(listen: &str, router: axum::Router, asked: Arc<AtomicBool>) -> Self {
        let listener = tokio::net::TcpListener::bind(listen).await.unwrap();
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { asked, serving }
    }

    fn was_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    async fn stop(self) {
        self.serving.abort();
        assert!(self.serving.await.unwrap_err().is_cancelled());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_encrypted_or_leads_elsewhere_is_told_nothing() {
    let world = World::sqlite().await;
    for address in ["http://clinic.example", "http://10.0.0.5:8080", "clinic.example"] {
        let desk = Desk::start(address, &Secrets::memory(), None);
        assert_eq!(desk.core.resume().await.unwrap_err().code, Code::ServerInsecure, "{address}");
        let sign_in = desk.core.sign_in("doctor0@test.example".to_owned(), PASSWORD.to_owned()).await;
        assert_eq!(sign_in.unwrap_err().code, Code::ServerInsecure, "{address}");
        let call = desk.call("ListBranches", &[], Value::Null).await;
        assert_eq!(call.unwrap_err().code, Code::ServerInsecure, "{address}");
    }
    // A server that redirects to another one: the computer does not repeat its request there.
    let to = world.node.base.clone();
    let router = axum::Router::new().fallback(move |uri: axum::http::Uri| {
        let to = format!("{to}{}", uri.path());
        async move { axum::response::Redirect::temporary(&to) }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let desk = Desk::start(&address, &Secrets::memory(), None);
    let sign_in = desk.core.sign_in("doctor0@test.example".to_owned(), PASSWORD.to_owned()).await;
    assert_eq!(sign_in.unwrap_err().code, Code::ServerElsewhere);
    serving.abort();
}

/// A computer's clock, which the test sets, and its monotonic clock, which nobody can set.
#[derive(Clone, Default)]
struct Hands {
    ahead_ms: Arc<AtomicI64>,
    ran_ms: Arc<AtomicI64>,
}

impl Hands {
    fn clock(&self) -> Clock {
        let (hands, ran) = (self.clone(), self.clone());
        Clock::of(
            move || medlane_desktop::clock::now().plus_ms(hands.ahead_ms.load(Ordering::SeqCst)),
            move || Duration::from_millis(u64::try_from(ran.ran_ms.load(Ordering::SeqCst)).unwrap()),
        )
    }

    fn set(&self, hours: i64) {
        self.ahead_ms.store(hours * 3_600_000, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_shows_nothing_and_the_lease_goes_on() {
    let (mut world, secrets, vaults) = clinic().await;
    let (base, branch) = (world.node.base.clone(), world.a.branches[0]);
    let listen = base.trim_start_matches("http://").to_owned();
    let desk = enrolled(&world, &secrets, &vaults).await;
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    let shown = |told: &Told| matches!(told, Told::View { .. });
    let refused = |told: &Told| matches!(told, Told::Refused { fault, .. } if fault.code == Code::ClockWrong);
    desk.hears(shown).await;
    drop(desk);
    world.node.stop().await;
    let hands = Hands::default();
    let starts = || Desk::start_by(hands.clock(), &base, &secrets, Some(vaults.clone()));
    // Seven hours pass without the server.
    hands.set(7);
    let desk = starts();
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::SignedIn { .. }));
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    desk.hears(shown).await;
    drop(desk);
    // A thief sets the clock back, to start the seven hours again. Nothing is shown without the password.
    hands.set(0);
    let desk = starts();
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::Locked { .. }));
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    desk.hears(|told| matches!(told, Told::Online { .. })).await;
    assert!(!desk.told.0.lock().unwrap().iter().any(shown));
    let drafts = desk.call("ListDrafts", &[], Value::Null).await;
    assert_eq!(drafts.unwrap_err().code, Code::ScreenLocked);
    drop(desk);
    // The clock is set right: the computer goes on, and has lost nothing.
    hands.set(7);
    let desk = starts();
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::Locked { .. }));
    desk.core.unlock(PASSWORD.to_owned()).await.unwrap();
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    desk.hears(shown).await;
    // A clock that is set back while the app runs is noticed as well.
    desk.deaf();
    hands.set(1);
    desk.hears(|told| matches!(told, Told::Barred { fault } if fault.code == Code::ClockWrong)).await;
    // The password was given, but still nothing that is kept is shown.
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::SignedIn { .. }));
    desk.deaf();
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    desk.hears(refused).await;
    assert!(!desk.told.0.lock().unwrap().iter().any(shown));
    drop(desk);
    // The server tells the right time: the doctor can work here, whatever the clock was set to.
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    let desk = starts();
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::SignedIn { .. }));
    desk.hears(online).await;
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    desk.hears(shown).await;
    drop(desk);
    world.node.stop().await;
    // Eight hours pass by the monotonic clock while the computer's clock stands still.
    let desk = starts();
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::SignedIn { .. }));
    hands.ran_ms.store(8 * 3_600_000 + 1_000, Ordering::SeqCst);
    desk.hears(|told| matches!(told, Told::Barred { fault } if fault.code == Code::ClockWrong)).await;
    hands.set(9);
    assert_eq!(desk.core.resume().await.unwrap(), Standing::Offline);
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_are_written_while_the_clock_is_in_doubt_and_nothing_else_is_shown() {
    let (mut world, secrets, vaults) = clinic().await;
    let (base, branch, patient) = (world.node.base.clone(), world.a.branches[0], world.a.patients[0]);
    let listen = base.trim_start_matches("http://").to_owned();
    let doctor = world.doctor(0).await;
    doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok::<Value>();
    let desk = enrolled(&world, &secrets, &vaults).await;
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    let shown = |told: &Told| matches!(told, Told::View { .. });
    desk.hears(shown).await;
    desk.call("ListBranches", &[], Value::Null).await.unwrap();
    desk.core.note_save(note(&world, "Lungs")).await.unwrap();
    drop(desk);
    world.node.stop().await;
    // The computer's clock was five hours ahead, and is set right.
    let hands = Hands::default();
    let starts = || Desk::start_by(hands.clock(), &base, &secrets, Some(vaults.clone()));
    hands.set(5);
    let desk = starts();
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::SignedIn { .. }));
    drop(desk);
    hands.set(0);
    let desk = starts();
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::Locked { .. }), "the password comes first");
    assert_eq!(desk.core.unlock("wrong".to_owned()).await.unwrap_err().code, Code::PasswordWrong);
    assert!(matches!(desk.core.unlock(PASSWORD.to_owned()).await.unwrap(), Standing::SignedIn { .. }));
    desk.deaf();
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    desk.hears(|told| matches!(told, Told::Refused { fault, .. } if fault.code == Code::ClockWrong)).await;
    assert!(!desk.told.0.lock().unwrap().iter().any(shown), "nothing of the queue");
    let branches = desk.call("ListBranches", &[], Value::Null).await;
    assert_eq!(branches.unwrap_err().code, Code::ClockWrong);
    // The doctor's own unsigned note is there, can be changed, and survives a kill.
    let drafts = desk.call("ListDrafts", &[], Value::Null).await.unwrap();
    assert_eq!(drafts["items"].as_array().unwrap().len(), 1, "{drafts}");
    let chart = || desk.call("ListNotes", &[], json!({ "patient_id": patient }));
    assert_eq!(chart().await.unwrap()["items"][0]["text"], "Lungs");
    assert!(desk.core.note_save(note(&world, "Lungs clear")).await.unwrap().pending);
    drop(desk);
    let desk = starts();
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::Locked { .. }));
    desk.core.unlock(PASSWORD.to_owned()).await.unwrap();
    let chart = desk.call("ListNotes", &[], json!({ "patient_id": patient })).await.unwrap();
    let texts: Vec<_> = chart["items"].as_array().unwrap().iter().map(|note| note["text"].clone()).collect();
    assert_eq!(texts, ["Lungs clear"], "and no row of the chart");
    // The server tells the time: everything is shown again, and the note is sent.
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    desk.hears(shown).await;
    desk.hears(|told| matches!(told, Told::Pending(Pending { notes, .. }) if notes.is_empty())).await;
    assert_eq!(notes(&world).await[0]["text"], "Lungs clear");
}
