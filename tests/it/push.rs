//! Notices in the page, and pushes to a browser whose page is closed, against a push service that the tests run.

use std::{
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use medlane_shared::{identity::Face, sync::Topic};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey, signature::Verifier as _};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use web_push_native::{Auth, decrypt, p256::SecretKey};

use crate::{
    both,
    browser::{Browser, PHONE},
    erased::count,
    line::Line,
    world::{Client, Node, World},
};

both!(
    whoever_waits_finds_it_in_the_inbox,
    a_call_that_was_taken_back_is_taken_back_everywhere,
    a_further_call_after_a_visit_began_is_told,
    a_subscription_ends_with_its_session_and_with_the_password,
    another_browser_in_a_session_is_told_to_its_owner,
);

/// A browser that subscribes to pushes.
pub struct Phone {
    endpoint: String,
    key: SecretKey,
    auth: [u8; 16],
}

impl Phone {
    pub fn new(endpoint: &str) -> Self {
        let key = SecretKey::from_slice(&rand::random::<[u8; 32]>()).unwrap();
        Self { endpoint: endpoint.to_owned(), key, auth: rand::random() }
    }

    pub fn subscription(&self) -> Value {
        let point = VerifyingKey::from(SigningKey::from(self.key.clone())).to_encoded_point(false);
        json!({
            "endpoint": self.endpoint,
            "p256dh": BASE64_URL_SAFE_NO_PAD.encode(point.as_bytes()),
            "auth": BASE64_URL_SAFE_NO_PAD.encode(self.auth),
        })
    }

    /// The address of another browser of the same service.
    pub fn beside(&self, name: &str) -> String {
        format!("{}/{name}", self.endpoint.rsplit_once('/').unwrap().0)
    }

    /// Reads the title of message `count`, counted from 1, and waits for that message.
    async fn title(&self, service: &Service, count: usize) -> Value {
        let came = service.came(count).await;
        self.reads(&came[count - 1].2)["title"].clone()
    }

    pub fn reads(&self, body: &[u8]) -> Value {
        let text = decrypt(body.to_vec(), &self.key, &Auth::from(self.auth)).unwrap();
        serde_json::from_slice(&text).unwrap()
    }
}

/// A received push: the browser's path, the headers and the sealed body.
pub type Came = (String, HeaderMap, Bytes);

/// A push service. It answers with each status of `answers` in turn, and repeats the last one for ever.
#[derive(Clone, Default)]
pub struct Service {
    came: Arc<Mutex<Vec<Came>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Service {
    async fn start() -> (Self, String) {
        let service = Self::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let own = service.clone();
        let take =
            async move |Path(to): Path<String>, headers: HeaderMap, body: Bytes| own.take(to, headers, body);
        let router = Router::new().route("/{to}", post(take));
        tokio::spawn(async move { axum::serve(listener, router).await });
        (service, origin)
    }

    fn take(&self, to: String, headers: HeaderMap, body: Bytes) -> StatusCode {
        self.came.lock().unwrap().push((to, headers, body));
        let mut answers = self.answers.lock().unwrap();
        let answer =
            if answers.len() > 1 { answers.remove(0) } else { answers.first().copied().unwrap_or(201) };
        StatusCode::from_u16(answer).unwrap()
    }

    /// The received pushes, once there are at least `count`.
    pub async fn came(&self, count: usize) -> Vec<Came> {
        for _ in 0..400 {
            let came = self.came.lock().unwrap().clone();
            if came.len() >= count {
                return came;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("never {count} messages");
    }
}

/// Restarts the world's clinic with a push service of the test.
pub async fn with_service(world: &mut World) -> (Service, String) {
    let (service, origin) = Service::start().await;
    world.node.stop().await;
    let mut config = world.config();
    config.push.services = vec![origin.clone()];
    "mailto:it@clinic.example".clone_into(&mut config.push.contact);
    world.node = Node::start_with("127.0.0.1:0", config, &world.clock).await;
    (service, origin)
}

/// Checks the signature of a `vapid` header, and returns its claims.
fn claims(headers: &HeaderMap, key: &str) -> Value {
    let header = headers["authorization"].to_str().unwrap();
    let (token, k) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
    assert_eq!(k, key, "the key that the browser subscribed with");
    let (text, signature) = token.rsplit_once('.').unwrap();
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
    let public = VerifyingKey::from_sec1_bytes(&decode(key)).unwrap();
    public.verify(text.as_bytes(), &Signature::from_slice(&decode(signature)).unwrap()).unwrap();
    serde_json::from_slice(&decode(text.split('.').nth(1).unwrap())).unwrap()
}

const PUSH: &str = "/api/v1/users/me/push";
const INBOX: &str = "/api/v1/users/me/inbox";

async fn inbox(who: &Client, count: usize) -> Value {
    for _ in 0..400 {
        let inbox: Value = who.get(INBOX).await.ok();
        if inbox["notices"].as_array().unwrap().len() >= count {
            return inbox;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never {count} notices");
}

#[tokio::test]
async fn a_closed_page_is_told_by_push() {
    let mut world = World::sqlite().await;
    let (service, origin) = with_service(&mut world).await;
    let patient = world.patient(0).await;
    let phone = Phone::new(&format!("{origin}/phone"));
    let key: Value = patient.get(PUSH).await.ok();
    let key = key["public_key"].as_str().unwrap().to_owned();
    for wrong in ["http://10.0.0.1/phone", "https://evil.example/x", "nonsense"] {
        let strange = Phone::new(wrong);
        patient.put(PUSH, &strange.subscription()).await.refused(422, "invalid");
    }
    patient.put(PUSH, &phone.subscription()).await.ok::<Value>();
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let (to, headers, body) = service.came(1).await.remove(0);
    assert_eq!((to.as_str(), headers["content-encoding"].to_str().unwrap()), ("phone", "aes128gcm"));
    assert!(headers["ttl"].to_str().unwrap().parse::<u32>().unwrap() <= 600, "it is soon of no use");
    let said = claims(&headers, &key);
    assert_eq!((&said["aud"], &said["sub"]), (&json!(origin), &json!("mailto:it@clinic.example")));
    assert!(!String::from_utf8_lossy(&body).contains("GP-001"), "the push service reads nothing");
    let words = phone.reads(&body);
    assert_eq!(words["title"], "GP-001: nearly your turn at Clinic A");
    // The service answers "busy" once: the server sends that push again, and only once.
    service.answers.lock().unwrap().extend([503, 201]);
    let doctor = world.doctor(0).await;
    let called: Value = doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 2" })).await.ok();
    service.came(2).await;
    world.clock.pass(Duration::from_secs(11));
    // Any change wakes the sender.
    world.patient(1).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let came = service.came(3).await;
    assert_eq!(phone.reads(&came[2].2)["title"], "GP-001: it is your turn");
    // The browser is gone (410): the server sends it nothing more.
    *service.answers.lock().unwrap() = vec![410];
    world.clock.pass(Duration::from_secs(61));
    let again: Value = doctor.step(&called, "recall").await.ok();
    service.came(4).await;
    let admin = world.admin().await;
    for _ in 0..200 {
        let messages: Value = admin.get("/api/v1/messages?limit=1").await.ok();
        if messages["items"][0]["state"] == "failed" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    world.clock.pass(Duration::from_secs(61));
    doctor.step(&again, "recall").await.ok::<Value>();
    inbox(&patient, 4).await;
    assert_eq!(service.came(4).await.len(), 4);
    // The server pushes nothing to a session that has ended.
    *service.answers.lock().unwrap() = vec![201];
    let second = world.patient(1).await;
    second.put(PUSH, &Phone::new(&format!("{origin}/second")).subscription()).await.ok::<Value>();
    second.post("/api/v1/auth/logout", &json!({})).await.ok::<Value>();
    let third = world.patient(2).await;
    third.put(PUSH, &Phone::new(&format!("{origin}/third")).subscription()).await.ok::<Value>();
    third.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    world.doctor(1).await.post("/api/v1/queue/call-next", &json!({})).await.ok::<Value>();
    let came = service.came(5).await;
    assert!(came.iter().all(|(to, ..)| to != "second"), "who signed out");
}

async fn whoever_waits_finds_it_in_the_inbox(world: World) {
    let (patient, other) = (world.patient(0).await, world.patient(1).await);
    let token = patient.token.as_deref();
    let mut line = Line::hello(&world.node.base, Face::Companion, token, vec![Topic::Inbox], None).await;
    line.view(|view| view["notices"] == json!([])).await;
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    line.view(|view| view["unread"] == 1).await;
    let seen = inbox(&patient, 1).await;
    assert_eq!(seen["notices"][0]["subject"], "GP-001: nearly your turn at Clinic A");
    assert_eq!(inbox(&other, 0).await["notices"], json!([]), "nobody else is told");
    let read: Value = patient.post(&format!("{INBOX}/read"), &Value::Null).await.ok();
    assert_eq!((&read["unread"], &read["notices"][0]["read"]), (&json!(0), &json!(true)));
    line.view(|view| view["unread"] == 0).await;
    // Notices about the account are in the view too.
    let change = json!({ "password": "kettle-42-violin" });
    patient.clone().confirmed().await.post("/api/v1/users/me/password", &change).await.ok::<Value>();
    line.view(|view| view["notices"][0]["subject"] == "Your password at Clinic A was changed").await;
}

/// A patient whose phone is told by push, and who has joined.
async fn with_phone(world: &World, origin: &str) -> (Client, Phone) {
    let patient = world.patient(0).await;
    let phone = Phone::new(&format!("{origin}/phone"));
    patient.put(PUSH, &phone.subscription()).await.ok::<Value>();
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    (patient, phone)
}

async fn a_call_that_was_taken_back_is_taken_back_everywhere(mut world: World) {
    let (service, origin) = with_service(&mut world).await;
    let (patient, phone) = with_phone(&world, &origin).await;
    let doctor = world.doctor(0).await;
    let title = async |count: usize| phone.title(&service, count).await;
    assert_eq!(title(1).await, "GP-001: nearly your turn at Clinic A");
    let call = json!({ "room": "Room 2" });
    let called: Value = doctor.post("/api/v1/queue/call-next", &call).await.ok();
    assert_eq!(title(2).await, "GP-001: it is your turn");
    doctor.step(&called, "undo").await.ok::<Value>();
    assert_eq!(title(3).await, "GP-001: please don't go in yet");
    assert_eq!(inbox(&patient, 3).await["notices"][0]["subject"], "GP-001: please don't go in yet");
    // The server announces the next call as it did the first, and tells the patient when they miss it.
    let called: Value = doctor.post("/api/v1/queue/call-next", &call).await.ok();
    assert_eq!(title(4).await, "GP-001: it is your turn");
    // After a restart the server still knows who was told of the call.
    world.node.stop().await;
    let mut config = world.config();
    config.push.services = vec![origin.clone()];
    world.node = Node::start_with("127.0.0.1:0", config, &world.clock).await;
    let doctor = world.doctor(0).await;
    doctor.step(&called, "no_show").await.ok::<Value>();
    assert_eq!(title(5).await, "GP-001: you missed your call");
}

async fn a_further_call_after_a_visit_began_is_told(mut world: World) {
    let (service, origin) = with_service(&mut world).await;
    let (_, phone) = with_phone(&world, &origin).await;
    let doctor = world.doctor(0).await;
    let title = async |count: usize| phone.title(&service, count).await;
    assert_eq!(title(1).await, "GP-001: nearly your turn at Clinic A");
    let call = json!({ "room": "Room 2" });
    let mut ticket: Value = doctor.post("/api/v1/queue/call-next", &call).await.ok();
    assert_eq!(title(2).await, "GP-001: it is your turn");
    // A patient who followed their call is not told that it was taken back.
    for step in ["serve", "park", "resume"] {
        world.clock.pass(Duration::from_secs(1));
        ticket = doctor.step(&ticket, step).await.ok();
    }
    // The message on the phone was replaced silently.
    assert_eq!(title(3).await, "GP-001: your visit has begun");
    doctor.post("/api/v1/queue/call-next", &call).await.ok::<Value>();
    assert_eq!(title(4).await, "GP-001: it is your turn");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_asks_to_be_told_and_opens_without_the_network() {
    let mut world = World::sqlite().await;
    let (service, origin) = with_service(&mut world).await;
    let patient = world.patient(0).await;
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let base = world.node.base.clone();
    let phone = Browser::open(&base, PHONE, "en").await;
    phone.signs_in("patient0@test.example").await;
    // The test asks no real push service: the page gets this subscription, as a browser would give it.
    let own = Phone::new(&format!("{origin}/browser"));
    let script = format!(
        "PushManager.prototype.subscribe = async () => ({{ toJSON: () => ({{ endpoint: '{}', keys: {{ p256dh: '{}', auth: '{}' }} }}) }}); \
         Notification.requestPermission = async () => 'granted';",
        own.endpoint,
        own.subscription()["p256dh"].as_str().unwrap(),
        own.subscription()["auth"].as_str().unwrap(),
    );
    phone.script(&script).await;
    phone.press("#push-on").await;
    phone.sees("#push-is-on").await;
    phone.sees("#inbox-unread").await;
    phone.press("#inbox summary").await;
    phone.sees("#inbox [data-notice]").await;
    phone.is_accessible("the inbox").await;
    world.doctor(0).await.post("/api/v1/queue/call-next", &json!({ "room": "Room 2" })).await.ok::<Value>();
    let came = service.came(1).await;
    assert_eq!(own.reads(&came[0].2)["title"], "GP-001: it is your turn");
    // The page loads without the network, and says that it is offline.
    phone
        .script_async(
            "const done = arguments[arguments.length - 1]; navigator.serviceWorker.ready.then(() => done(1))",
        )
        .await;
    world.node.stop().await;
    phone.script("location.reload()").await;
    phone.sees("[data-code=offline]").await;
    phone.is_accessible("a phone without the network").await;
}

/// How many browsers of a patient of the world the server knows.
async fn browsers(world: &World, n: usize) -> i64 {
    count(world, &format!("push_subscription where person_id = '{}'", world.a.patients[n])).await
}

async fn a_subscription_ends_with_its_session_and_with_the_password(world: World) {
    let (here, there) = (world.patient(0).await, world.patient(0).await);
    let subscribed = async |who: &Client| who.get(PUSH).await.ok::<Value>()["subscribed"].clone();
    let phone = |name: &str| Phone::new(&format!("https://push.apple.com/{name}")).subscription();
    assert_eq!(subscribed(&here).await, json!(false));
    here.put(PUSH, &phone("here")).await.ok::<Value>();
    there.put(PUSH, &phone("there")).await.ok::<Value>();
    assert_eq!((subscribed(&here).await, browsers(&world, 0).await), (json!(true), 2));
    // Signing out, and a session that is ended from elsewhere.
    there.post("/api/v1/auth/logout", &json!({})).await.ok::<Value>();
    assert_eq!(browsers(&world, 0).await, 1, "it ends with its session");
    let there = world.patient(0).await;
    there.put(PUSH, &phone("there")).await.ok::<Value>();
    here.delete("/api/v1/users/me/sessions").await.ok::<Value>();
    assert_eq!(browsers(&world, 0).await, 1, "it ends with a session that another one ended");
    // A new password: a thief may have put a browser of theirs into the session that stays.
    let here = here.confirmed().await;
    here.post("/api/v1/users/me/password", &json!({ "password": "kettle-42-violin" })).await.ok::<Value>();
    assert_eq!((subscribed(&here).await, browsers(&world, 0).await), (json!(false), 0));
    here.put(PUSH, &phone("here")).await.ok::<Value>();
    assert_eq!(subscribed(&here).await, json!(true), "the page subscribes its browser again");
    // A password that is replaced by a code.
    let asked = json!({ "email": "patient0@test.example" });
    let begun: Value = world.node.anyone().post("/api/v1/auth/forgot-password", &asked).await.ok();
    let reset = json!({
        "verification_id": begun["verification_id"], "code": world.code().await, "password": "violin-77-kettle",
    });
    world.node.anyone().post("/api/v1/auth/reset-password", &reset).await.ok::<Value>();
    assert_eq!(browsers(&world, 0).await, 0);
}

async fn another_browser_in_a_session_is_told_to_its_owner(world: World) {
    let patient = world.patient(0).await;
    let told = async || world.outbox().await.contains("Another browser now shows your notices");
    let phone = Phone::new("https://push.apple.com/phone");
    patient.put(PUSH, &phone.subscription()).await.ok::<Value>();
    patient.put(PUSH, &phone.subscription()).await.ok::<Value>();
    assert!(!told().await, "the same browser is no news");
    patient.put(PUSH, &Phone::new("https://push.apple.com/thief").subscription()).await.ok::<Value>();
    assert!(told().await);
    let seen = inbox(&patient, 1).await;
    assert_eq!(seen["notices"][0]["subject"], "Another browser now shows your notices from Clinic A");
}

/// Runs the service worker in Node, with stand-ins for what a browser provides.
#[test]
fn a_push_is_shown_and_opens_the_page() {
    let worker = concat!(env!("CARGO_MANIFEST_DIR"), "/../dist/web/companion/sw.js");
    let script = "
        const heard = {}, shown = [], opened = [];
        globalThis.self = {
            addEventListener: (name, hear) => heard[name] = hear,
            registration: { showNotification: async (title, options) => shown.push([title, options.body, options.tag, options.requireInteraction, options.silent]) },
            clients: { matchAll: async () => [], openWindow: async (url) => opened.push(url) },
            location: { origin: 'https://clinic.example' },
            skipWaiting: () => {},
        };
        require('vm').runInThisContext(require('fs').readFileSync(process.argv[1], 'utf8'));
        const waits = [];
        const event = (more) => ({ waitUntil: (promise) => waits.push(promise), ...more });
        const push = (told) => heard.push(event({ data: { json: () => told } }));
        push({ title: 'GP-001: it is your turn', body: 'Room 2', tag: 'GP-001', quiet: false });
        push({ title: 'GP-001: your visit has begun', body: 'North', tag: 'GP-001', quiet: true });
        push({ title: 'of an earlier server', body: 'North' });
        heard.notificationclick(event({ notification: { close: () => {}, data: {} } }));
        Promise.all(waits).then(() => console.log(JSON.stringify([shown, opened])));
    ";
    let run = Command::new("node").args(["-e", script, worker]).output().unwrap();
    let said: Value = serde_json::from_slice(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    let shown = json!([
        ["GP-001: it is your turn", "Room 2", "GP-001", true, false],
        // It replaces the message of the call, and does not stay.
        ["GP-001: your visit has begun", "North", "GP-001", false, true],
        ["of an earlier server", "North", "of an earlier server", true, false],
    ]);
    assert_eq!(said, json!([shown, ["/"]]));
}
