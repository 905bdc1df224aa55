//! Devices: identified by their keys, locked, wiped; and what a stolen token can do without them.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer as _, SigningKey};
use medlane_shared::{
    audit::{DeviceRead, Read, hex},
    fault::Code,
    identity::{DeviceProof, Face, ProofFor, proof_text},
    ids::{DeviceId, PersonId},
    sync::{ClientFrame, Hello, PROTOCOL, PROTOCOL_MIN, ServerFrame},
    time::Timestamp,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    both,
    erased::count,
    line::Line,
    world::{Client, Node, PASSWORD, World},
};

both!(
    a_session_is_bound_to_its_device,
    a_hello_is_signed_and_counts_once,
    a_locked_device_waits_and_goes_on,
    a_wiped_device_is_cut_off_and_says_when_it_forgot,
    a_browser_without_a_key_is_wiped_at_once,
    a_kiosk_that_did_not_listen_begins_anew_when_it_is_back,
    what_was_read_without_the_network_is_taken_over_once,
    staff_may_be_kept_to_their_devices,
    what_can_be_guessed_is_hashed_with_a_key,
);

const VERSION: &str = "0.1.0 test";

/// A device, played by a test.
pub struct DeviceKey {
    key: SigningKey,
    id: Option<DeviceId>,
}

impl DeviceKey {
    pub fn new() -> Self {
        Self { key: SigningKey::from_bytes(&rand::random()), id: None }
    }

    pub fn public(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.key.verifying_key().as_bytes())
    }

    pub fn enrolled(&mut self, answer: &Value) {
        self.id = serde_json::from_value(answer["device_id"].clone()).unwrap();
    }

    pub fn proof(&self, what: ProofFor, at: Timestamp, over: &str) -> DeviceProof {
        let device_id = self.id.unwrap();
        let signature = self.key.sign(&proof_text(what, device_id, at, over)).to_bytes();
        DeviceProof { device_id, at, signature: BASE64_URL_SAFE_NO_PAD.encode(signature) }
    }

    /// A read that follows the one with hash `prev`.
    pub fn read(&self, (n, prev): (i64, &str), person: PersonId, what: Read, at: Timestamp) -> DeviceRead {
        let read =
            DeviceRead { n, at, person_id: person, what, prev: prev.to_owned(), signature: String::new() };
        let signature = self.key.sign(&read.hash(self.id.unwrap())).to_bytes();
        DeviceRead { signature: BASE64_URL_SAFE_NO_PAD.encode(signature), ..read }
    }

    pub fn reads(&self, reads: &[DeviceRead]) -> Value {
        json!({ "device_id": self.id, "reads": reads })
    }

    pub fn orders(&self, nonce: &str, at: Timestamp) -> Value {
        json!({ "proof": self.proof(ProofFor::Orders, at, nonce), "nonce": nonce })
    }

    pub fn check_in(&self, what: ProofFor, at: Timestamp) -> Value {
        json!({ "proof": self.proof(what, at, VERSION), "app_version": VERSION })
    }
}

/// An enrolled workstation of the first branch.
pub async fn workstation(world: &World) -> DeviceKey {
    let mut key = DeviceKey::new();
    let code = world.device_code(&world.admin().await, "workstation").await;
    let body = json!({ "code": code, "public_key": key.public(), "app_version": VERSION });
    let enrolled: Value = world.node.anyone().post("/api/v1/devices/enrol", &body).await.ok();
    assert_eq!((&enrolled["kind"], enrolled.get("tokens")), (&json!("workstation"), None));
    key.enrolled(&enrolled);
    key
}

/// The tokens of a doctor who signs in at the workstation.
async fn signed_in(world: &World, key: &DeviceKey) -> Value {
    let email = "doctor0@test.example";
    let proof = key.proof(ProofFor::SignIn, world.node.core.now(), email);
    let body = json!({ "email": email, "password": PASSWORD, "face": "doctor", "device": proof });
    world.node.anyone().post("/api/v1/auth/login", &body).await.ok()
}

fn with(world: &World, tokens: &Value) -> Client {
    Client { token: tokens["access_token"].as_str().map(str::to_owned), ..world.node.anyone() }
}

fn renewal(tokens: &Value, proof: Option<&DeviceProof>) -> Value {
    json!({ "refresh_token": tokens["refresh_token"], "face": "doctor", "device": proof })
}

/// The server's answer to the hello of a program that has just started.
async fn hello(world: &World, token: &str, device: Option<DeviceProof>) -> (Line, ServerFrame) {
    hello_of(world, Face::Doctor, token, device, 0).await
}

async fn hello_of(
    world: &World,
    face: Face,
    token: &str,
    device: Option<DeviceProof>,
    running_ms: u64,
) -> (Line, ServerFrame) {
    let mut line = Line::open(&world.node.base).await;
    let hello = Hello {
        protocol_min: PROTOCOL_MIN,
        protocol_max: PROTOCOL,
        face,
        token: Some(token.to_owned()),
        device,
        replica: None,
        running_ms,
        topics: Vec::new(),
    };
    line.send(&ClientFrame::Hello(hello)).await;
    let answer = line.next().await.unwrap();
    (line, answer)
}

fn refused(frame: &ServerFrame) -> Option<Code> {
    match frame {
        ServerFrame::Bye { fault } => Some(fault.code),
        _ => None,
    }
}

/// The device that was enrolled last, as administrators see it.
pub async fn view(admin: &Client) -> Value {
    let page: Value = admin.get("/api/v1/devices").await.ok();
    page["items"][0].clone()
}

pub async fn order(admin: &Client, order: &str) -> Value {
    let device = view(admin).await;
    let path = format!("/api/v1/devices/{}", device["id"].as_str().unwrap());
    admin.patch(&path, &json!({ "order": order, "version": device["version"] })).await.ok()
}

async fn a_session_is_bound_to_its_device(world: World) {
    let key = workstation(&world).await;
    let (anyone, now) = (world.node.anyone(), || world.node.core.now());
    let tokens = signed_in(&world, &key).await;
    with(&world, &tokens).get("/api/v1/me").await.ok::<Value>();
    let over = tokens["refresh_token"].as_str().unwrap();
    let refresh = async |proof: Option<DeviceProof>| {
        anyone.post("/api/v1/auth/refresh", &renewal(&tokens, proof.as_ref())).await
    };
    refresh(None).await.refused(401, "device_unproven");
    let mut thief = workstation(&world).await;
    refresh(Some(thief.proof(ProofFor::Refresh, now(), over))).await.refused(401, "device_unproven");
    thief.id = key.id;
    refresh(Some(thief.proof(ProofFor::Refresh, now(), over))).await.refused(401, "device_unproven");
    for (what, over) in [(ProofFor::Hello, over), (ProofFor::Refresh, "another token")] {
        refresh(Some(key.proof(what, now(), over))).await.refused(401, "device_unproven");
    }
    for skew_ms in [-121_000, 121_000] {
        let answer = refresh(Some(key.proof(ProofFor::Refresh, now().plus_ms(skew_ms), over))).await;
        answer.refused(401, "clock_wrong");
        assert!(answer.body["present"]["now"].is_string(), "the time to go by");
    }
    // None of these tries spent the token.
    refresh(Some(key.proof(ProofFor::Refresh, now().plus_ms(-119_000), over))).await.ok::<Value>();
    // A proof for another address does not work for a sign-in.
    let proof = key.proof(ProofFor::SignIn, now(), "somebody@else.example");
    let body =
        json!({ "email": "doctor0@test.example", "password": PASSWORD, "face": "doctor", "device": proof });
    anyone.post("/api/v1/auth/login", &body).await.refused(401, "device_unproven");
    let body = json!({ "code": "NOSUCHCO", "public_key": key.public() });
    anyone.post("/api/v1/devices/enrol", &body).await.refused(410, "code_expired");
    for weak in ["", "short", &BASE64_URL_SAFE_NO_PAD.encode([0; 32])] {
        let body = json!({ "code": "NOSUCHCO", "public_key": weak });
        anyone.post("/api/v1/devices/enrol", &body).await.refused(422, "invalid");
    }
}

async fn a_hello_is_signed_and_counts_once(world: World) {
    let key = workstation(&world).await;
    let tokens = signed_in(&world, &key).await;
    let token = tokens["access_token"].as_str().unwrap();
    let now = || world.node.core.now();
    assert_eq!(refused(&hello(&world, token, None).await.1), Some(Code::DeviceUnproven));
    let other = key.proof(ProofFor::Hello, now(), "another token");
    assert_eq!(refused(&hello(&world, token, Some(other)).await.1), Some(Code::DeviceUnproven));
    let right = key.proof(ProofFor::Hello, now(), token);
    let (_line, answer) = hello(&world, token, Some(right.clone())).await;
    assert!(matches!(answer, ServerFrame::Welcome(_)), "{answer:?}");
    // A recorded proof cannot be used again.
    assert_eq!(refused(&hello(&world, token, Some(right)).await.1), Some(Code::ClockWrong));
    let late = key.proof(ProofFor::Hello, now().plus_ms(-121_000), token);
    assert_eq!(refused(&hello(&world, token, Some(late)).await.1), Some(Code::ClockWrong));
}

async fn a_locked_device_waits_and_goes_on(world: World) {
    let (key, admin) = (workstation(&world).await, world.admin().await);
    let tokens = signed_in(&world, &key).await;
    let doctor = with(&world, &tokens);
    let token = tokens["access_token"].as_str().unwrap();
    let now = || world.node.core.now();
    let (mut line, _) = hello(&world, token, Some(key.proof(ProofFor::Hello, now(), token))).await;
    assert_eq!(order(&admin, "lock").await["state"], "locked");
    assert_eq!(refused(&line.next().await.unwrap()), Some(Code::DeviceLocked), "its socket ends at once");
    doctor.get("/api/v1/me").await.refused(423, "device_locked");
    let over = tokens["refresh_token"].as_str().unwrap();
    let refresh = async || {
        let proof = key.proof(ProofFor::Refresh, now(), over);
        world.node.anyone().post("/api/v1/auth/refresh", &renewal(&tokens, Some(&proof))).await
    };
    refresh().await.refused(423, "device_locked");
    let check_in = key.check_in(ProofFor::CheckIn, now());
    world.node.anyone().post("/api/v1/devices/check-in", &check_in).await.refused(423, "device_locked");
    // The doctor works on at another computer.
    world.doctor(0).await.get("/api/v1/me").await.ok::<Value>();
    assert_eq!(order(&admin, "unlock").await["state"], "active");
    doctor.get("/api/v1/me").await.ok::<Value>();
    refresh().await.ok::<Value>();
    let check_in = json!({ "proof": key.proof(ProofFor::CheckIn, now(), "9.9"), "app_version": "9.9" });
    world.node.anyone().post("/api/v1/devices/check-in", &check_in).await.ok::<Value>();
    let device = view(&admin).await;
    assert_eq!((device["app_version"].as_str(), device["has_key"].as_bool()), (Some("9.9"), Some(true)));
}

async fn a_wiped_device_is_cut_off_and_says_when_it_forgot(world: World) {
    let (key, admin) = (workstation(&world).await, world.admin().await);
    let tokens = signed_in(&world, &key).await;
    let token = tokens["access_token"].as_str().unwrap();
    let (anyone, now) = (world.node.anyone(), || world.node.core.now());
    let (mut line, _) = hello(&world, token, Some(key.proof(ProofFor::Hello, now(), token))).await;
    let device = view(&admin).await;
    let path = format!("/api/v1/devices/{}", device["id"].as_str().unwrap());
    let named: Value = admin.patch(&path, &json!({ "name": "By the lift", "version": 1 })).await.ok();
    assert_eq!((named["name"].as_str(), named["version"].as_i64()), (Some("By the lift"), Some(2)));
    admin.patch(&path, &json!({ "name": " ", "version": 2 })).await.refused(422, "invalid");
    admin.patch(&path, &json!({ "order": "wipe", "version": 1 })).await.refused(409, "version_stale");
    let early = key.check_in(ProofFor::Wiped, now());
    anyone.post("/api/v1/devices/wiped", &early).await.refused(401, "device_unproven");
    assert_eq!(order(&admin, "wipe").await["state"], "wiping");
    assert_eq!(refused(&line.next().await.unwrap()), Some(Code::DeviceRevoked));
    with(&world, &tokens).get("/api/v1/me").await.refused(401, "device_revoked");
    let over = tokens["refresh_token"].as_str().unwrap();
    let proof = key.proof(ProofFor::Refresh, now(), over);
    anyone.post("/api/v1/auth/refresh", &renewal(&tokens, Some(&proof))).await.refused(401, "device_revoked");
    let check_in = key.check_in(ProofFor::CheckIn, now());
    anyone.post("/api/v1/devices/check-in", &check_in).await.refused(401, "device_revoked");
    // A removed device cannot come back.
    let device = view(&admin).await;
    let unlock = json!({ "order": "unlock", "version": device["version"] });
    admin.patch(&path, &unlock).await.refused(401, "device_revoked");
    anyone.post("/api/v1/devices/wiped", &key.check_in(ProofFor::Wiped, now())).await.ok::<Value>();
    assert_eq!(view(&admin).await["state"], "wiped");
}

async fn a_browser_without_a_key_is_wiped_at_once(world: World) {
    let admin = world.admin().await;
    let code = world.device_code(&admin, "kiosk").await;
    let enrolled: Value =
        world.node.anyone().post("/api/v1/devices/enrol", &json!({ "code": code })).await.ok();
    let kiosk = with(&world, &enrolled["tokens"]);
    kiosk.get("/api/v1/me").await.ok::<Value>();
    order(&admin, "lock").await;
    kiosk.get("/api/v1/me").await.refused(423, "device_locked");
    order(&admin, "unlock").await;
    kiosk.get("/api/v1/me").await.ok::<Value>();
    assert_eq!(order(&admin, "wipe").await["state"], "wiped");
    kiosk.get("/api/v1/me").await.refused(401, "device_revoked");
    let refresh = json!({ "refresh_token": enrolled["tokens"]["refresh_token"], "face": "kiosk" });
    kiosk.post("/api/v1/auth/refresh", &refresh).await.refused(401, "device_revoked");
}

async fn a_kiosk_that_did_not_listen_begins_anew_when_it_is_back(mut world: World) {
    let admin = world.admin().await;
    let code = world.device_code(&admin, "kiosk").await;
    let enrolled: Value =
        world.node.anyone().post("/api/v1/devices/enrol", &json!({ "code": code })).await.ok();
    let token = enrolled["tokens"]["access_token"].as_str().unwrap();
    order(&admin, "restart").await;
    world.clock.pass(Duration::from_mins(1));
    world.node.stop().await;
    world.node = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let answer = async |running_ms| hello_of(&world, Face::Kiosk, token, None, running_ms).await.1;
    assert_eq!(refused(&answer(120_000).await), Some(Code::DeviceRestart));
    // A program that started after the order has done the restart.
    assert_eq!(refused(&answer(30_000).await), None);
}

async fn what_was_read_without_the_network_is_taken_over_once(world: World) {
    let (admin, key) = (world.admin().await, workstation(&world).await);
    let (doctor, patient) = (world.a.doctors[0], world.a.patients[0]);
    let at = world.node.core.now();
    let after = |before: Option<&DeviceRead>| {
        before.map_or_else(DeviceRead::genesis, |read| hex(&read.hash(key.id.unwrap())))
    };
    let first = key.read((1, &after(None)), doctor, Read::Queue(world.a.branches[0]), at);
    let second = key.read((2, &after(Some(&first))), doctor, Read::Chart(patient), at);
    let anyone = world.node.anyone();
    let hand_over =
        async |reads: &[DeviceRead]| anyone.post("/api/v1/devices/reads", &key.reads(reads)).await;
    let reads = async || {
        let page: Value = admin.get("/api/v1/audit?action=note.read").await.ok();
        page["items"].as_array().unwrap().clone()
    };
    let alert = async || view(&admin).await["reads_alert"].clone();
    hand_over(&[first.clone(), second.clone()]).await.ok::<Value>();
    hand_over(std::slice::from_ref(&second)).await.ok::<Value>();
    let there = reads().await;
    assert_eq!(there.len(), 1, "{there:?}");
    assert_eq!((&there[0]["person_id"], &there[0]["patient_id"]), (&json!(doctor), &json!(patient)));
    assert_eq!(there[0]["device_id"], json!(key.id));
    assert_eq!((&there[0]["detail"]["offline"], &there[0]["detail"]["n"]), (&json!(true), &json!(2)));
    assert_eq!(alert().await, Value::Null);

    // Altered reads do not verify, and none of the request is taken over.
    let third = key.read((3, &after(Some(&second))), doctor, Read::Chart(patient), at);
    let other = DeviceRead { person_id: world.a.doctors[1], ..third.clone() };
    hand_over(&[other]).await.refused(401, "device_unproven");
    let many: Vec<DeviceRead> = (0..101).map(|_| third.clone()).collect();
    hand_over(&many).await.refused(422, "invalid");
    assert_eq!(reads().await.len(), 1);

    // A missing read is noticed, and the reads after it are recorded all the same.
    let fourth = key.read((4, &after(Some(&third))), doctor, Read::Chart(patient), at);
    hand_over(std::slice::from_ref(&fourth)).await.ok::<Value>();
    assert_eq!((reads().await.len(), alert().await), (2, json!("gap")));
    assert_eq!(order(&admin, "heed").await.get("reads_alert"), None);
    hand_over(&[fourth]).await.ok::<Value>();
    assert_eq!(alert().await, Value::Null, "what is there already raises nothing");

    // A restored log continues twice from one place. A locked device also hands over its reads.
    order(&admin, "lock").await;
    let again = key.read((2, &after(Some(&first))), world.a.doctors[1], Read::Chart(patient), at);
    hand_over(&[again]).await.ok::<Value>();
    assert_eq!((reads().await.len(), alert().await), (3, json!("fork")));
    let page: Value = admin.get("/api/v1/audit?action=device.reads").await.ok();
    let said = page["items"].as_array().unwrap();
    let said: Vec<_> = said.iter().map(|one| (&one["outcome"], &one["detail"]["alert"])).collect();
    assert_eq!(said, [(&json!("refused"), &json!("fork")), (&json!("refused"), &json!("gap"))]);
}

async fn staff_may_be_kept_to_their_devices(mut world: World) {
    let key = workstation(&world).await;
    world.node.stop().await;
    let mut config = world.config();
    config.identity.staff_devices = true;
    world.node = Node::start_with("127.0.0.1:0", config, &world.clock).await;
    signed_in(&world, &key).await;
    let mut body = json!({ "email": "doctor0@test.example", "password": PASSWORD, "face": "doctor" });
    world.node.anyone().post("/api/v1/auth/login", &body).await.refused(403, "device_needed");
    body["password"] = json!("wrong");
    world.node.anyone().post("/api/v1/auth/login", &body).await.refused(401, "credentials_wrong");
    world.patient(0).await.get("/api/v1/me").await.ok::<Value>();
}

#[tokio::test]
async fn a_device_is_cut_off_on_every_node() {
    let world = World::postgres().await;
    let key = workstation(&world).await;
    let tokens = signed_in(&world, &key).await;
    let token = tokens["access_token"].as_str().unwrap();
    let second = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let proof = key.proof(ProofFor::Hello, world.node.core.now(), token);
    let (mut line, _) = hello(&world, token, Some(proof)).await;
    let admin = second.sign_in(&world.a, "admin@test.example", Face::Admin).await.confirmed().await;
    order(&admin, "wipe").await;
    let told = tokio::time::timeout(Duration::from_secs(20), line.next()).await.expect("it is told");
    assert_eq!(refused(&told.unwrap()), Some(Code::DeviceRevoked));
    with(&world, &tokens).get("/api/v1/me").await.refused(401, "device_revoked");
}

/// What a plain hash of a request's parts was.
fn plain(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap().to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

/// Somebody who has a copy of the database tries guesses against it.
async fn what_can_be_guessed_is_hashed_with_a_key(world: World) {
    let admin = world.admin().await;
    let code = world.device_code(&admin, "kiosk").await;
    let letters: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let guess = hex(&Sha256::digest(letters.as_bytes()));
    assert_eq!(count(&world, "device_code").await, 1);
    assert_eq!(count(&world, &format!("device_code where code_hash = '{guess}'")).await, 0);
    // A code that an earlier release stored counts until it ends.
    let before = "update device_code set code_hash = $1";
    assert_eq!(world.raw(before, &[&guess]).await, 1);
    world.node.anyone().post("/api/v1/devices/enrol", &json!({ "code": code })).await.ok::<Value>();
    let code = world.device_code(&admin, "kiosk").await;
    world.node.anyone().post("/api/v1/devices/enrol", &json!({ "code": code })).await.ok::<Value>();
    // A short text in a request that is remembered.
    let patient = world.patient(0).await;
    let (path, body) = ("/api/v1/queue/join", world.join());
    let joins = async || {
        let request = patient.request(reqwest::Method::POST, path).header("idempotency-key", "once");
        patient.send(request.json(&body)).await.ok::<Value>()
    };
    let joined = joins().await;
    let guess = plain(&[b"POST", path.as_bytes(), &serde_json::to_vec(&body).unwrap()]);
    assert_eq!(count(&world, "idempotency").await, 1);
    assert_eq!(count(&world, &format!("idempotency where body_hash = '{guess}'")).await, 0);
    assert_eq!(joins().await["id"], joined["id"]);
    // What an earlier release remembered is known again.
    assert_eq!(world.raw("update idempotency set body_hash = $1", &[&guess]).await, 1);
    assert_eq!(joins().await["id"], joined["id"]);
}
