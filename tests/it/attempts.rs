//! An attacker who tries passwords elsewhere keeps nobody out, and all tries are counted.

use std::time::Duration;

use medlane_shared::{
    identity::{DeviceProof, Face, ProofFor},
    ids::{DeviceId, VerificationId},
};
use serde_json::{Value, json};

use crate::{
    both,
    devices::{DeviceKey, workstation},
    world::{Answer, Client, PASSWORD, World},
};

both!(
    nobody_elsewhere_keeps_a_known_browser_out,
    strangers_at_ones_own_address_keep_nobody_out,
    a_browser_is_known_for_eight_accounts,
    a_new_password_is_a_new_beginning,
    a_known_device_has_a_count_of_its_own,
    a_device_that_does_not_prove_itself_is_counted_and_costs_no_hash,
    a_board_is_no_place_to_sign_in_at,
    what_strangers_use_up_is_not_what_others_need,
    proofs_that_do_not_hold_are_counted,
    codes_for_one_purpose_leave_those_for_another,
    links_lead_where_the_settings_say,
);

const LOGIN: &str = "/api/v1/auth/login";

/// Signs in like a browser, with these cookies.
async fn browser(world: &World, email: &str, password: &str, cookies: &str) -> Answer {
    let anyone = world.node.anyone();
    let request = anyone.request(reqwest::Method::POST, LOGIN).header("sec-fetch-site", "same-origin");
    let request = request.header("cookie", cookies);
    anyone.send(request.json(&json!({ "email": email, "password": password }))).await
}

/// The cookies of a response, in the form that a browser sends back.
fn cookies(answer: &Answer) -> String {
    let set = answer.headers.get_all("set-cookie").iter();
    let pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    pairs.collect::<Vec<_>>().join("; ")
}

/// Puts the server behind a proxy, so that the attacker has another address than the owner.
async fn behind_a_proxy(world: &mut World) {
    world.restart(|config| config.http.proxies = vec!["127.0.0.1".parse().unwrap()]).await;
}

/// Tries passwords from another address until the account has to wait from anywhere.
async fn attack(world: &World, email: &str) {
    attack_from(world, "203.0.113.9", email).await;
}

async fn attack_from(world: &World, address: &str, email: &str) {
    let wrong = json!({ "email": email, "password": "wrong" });
    let anyone = world.node.anyone();
    let tries = async || {
        let request = anyone.request(reqwest::Method::POST, LOGIN).header("x-forwarded-for", address);
        anyone.send(request.json(&wrong)).await
    };
    for _ in 0..5 {
        tries().await.refused(401, "credentials_wrong");
    }
    tries().await.refused(429, "rate_limited");
}

async fn nobody_elsewhere_keeps_a_known_browser_out(mut world: World) {
    behind_a_proxy(&mut world).await;
    let (owner, other) = ("patient0@test.example", "patient1@test.example");
    let first = browser(&world, owner, PASSWORD, "").await;
    let known = cookies(&first);
    let cookie = first.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let cookie = cookie.filter(|cookie| cookie.starts_with("__Host-medlane-known-")).collect::<Vec<_>>();
    assert_eq!(cookie.len(), 1);
    for part in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(cookie[0].contains(part), "{}", cookie[0]);
    }
    let account = world.a.patients[0].to_string();
    assert!(!cookie[0].contains(&account), "it does not say whose it is");
    attack(&world, owner).await;
    attack(&world, other).await;
    browser(&world, owner, PASSWORD, "").await.refused(429, "rate_limited");
    let again = browser(&world, owner, PASSWORD, &known).await;
    let again_known = cookies(&again);
    again.ok::<Value>();
    // The cookie works only for that account, and a forged one does not work.
    browser(&world, other, PASSWORD, &known).await.refused(429, "rate_limited");
    let mut forged = known.clone();
    let place = forged.len() - 20;
    forged.replace_range(place..=place, if forged[place..].starts_with('A') { "B" } else { "A" });
    browser(&world, owner, PASSWORD, &forged).await.refused(429, "rate_limited");
    // It has a count of its own, also under another copy of the cookie.
    for n in 0..5 {
        let with = if n % 2 == 0 { &known } else { &again_known };
        browser(&world, owner, "wrong", with).await.refused(401, "credentials_wrong");
    }
    browser(&world, owner, PASSWORD, &known).await.refused(429, "rate_limited");
    world.clock.pass(Duration::from_mins(16));
    browser(&world, owner, PASSWORD, &known).await.ok::<Value>();
    // The cookie gives no right, and ends with the password.
    world.node.anyone().get("/api/v1/me").await.refused(401, "signed_out");
    let here = world.patient(0).await.confirmed().await;
    let change = json!({ "password": "kettle-42-violin" });
    here.post("/api/v1/users/me/password", &change).await.ok::<Value>();
    attack(&world, owner).await;
    browser(&world, owner, "kettle-42-violin", &known).await.refused(429, "rate_limited");
}

async fn strangers_at_ones_own_address_keep_nobody_out(mut world: World) {
    let (owner, doctor, key) = ("patient0@test.example", "doctor0@test.example", workstation(&world).await);
    let known = cookies(&browser(&world, owner, PASSWORD, "").await);
    at(&world, &key, doctor, Face::Doctor, PASSWORD).await.ok::<Value>();
    world.clock.pass(Duration::from_mins(16));
    world.restart(|config| config.limits.tries = 3).await;
    let here = world.patient(0).await;
    // Everybody in the waiting room has the same address.
    let wrong = json!({ "email": "nobody@test.example", "password": "wrong" });
    let stranger = world.node.anyone();
    for _ in 0..2 {
        stranger.post(LOGIN, &wrong).await.refused(401, "credentials_wrong");
    }
    stranger.post(LOGIN, &wrong).await.refused(429, "rate_limited");
    browser(&world, owner, PASSWORD, "").await.refused(429, "rate_limited");
    // People who confirm their identity are known at their browser or device, and have this many tries there.
    here.confirmed().await;
    for _ in 0..3 {
        browser(&world, owner, PASSWORD, &known).await.ok::<Value>();
        at(&world, &key, doctor, Face::Doctor, PASSWORD).await.ok::<Value>();
    }
    browser(&world, owner, PASSWORD, &known).await.refused(429, "rate_limited");
    at(&world, &key, doctor, Face::Doctor, PASSWORD).await.refused(429, "rate_limited");
}

async fn a_browser_is_known_for_eight_accounts(world: World) {
    const KNOWN: &str = "__Host-medlane-known-";
    let mut kept: Vec<String> = Vec::new();
    for n in 0..10 {
        world.clock.pass(Duration::from_secs(1));
        let with = format!("{KNOWN}x=; {}", kept.join("; "));
        let answer = browser(&world, &format!("patient{n}@test.example"), PASSWORD, &with).await;
        let set = answer.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
        let set: Vec<&str> = set.filter(|cookie| cookie.starts_with(KNOWN)).collect();
        let name = |cookie: &str| cookie.split('=').next().unwrap().to_owned();
        let ended: Vec<String> =
            set.iter().filter(|cookie| cookie.contains("; Max-Age=0;")).map(|cookie| name(cookie)).collect();
        // A cookie that cannot be read goes first, then the oldest.
        let expected: Vec<String> = match n {
            0..7 => Vec::new(),
            7 => vec![format!("{KNOWN}x")],
            _ => vec![format!("{KNOWN}x"), name(&kept[0])],
        };
        assert_eq!(ended, expected, "{n}");
        kept.retain(|cookie| !ended.contains(&name(cookie)));
        let own = set.iter().find(|cookie| !cookie.contains("; Max-Age=0;")).unwrap();
        kept.push(own.split(';').next().unwrap().to_owned());
        assert!(kept.len() <= 8);
    }
}

async fn a_new_password_is_a_new_beginning(mut world: World) {
    behind_a_proxy(&mut world).await;
    let owner = "patient0@test.example";
    attack(&world, owner).await;
    let anyone = world.node.anyone();
    let begun: Value = anyone.post("/api/v1/auth/forgot-password", &json!({ "email": owner })).await.ok();
    let body = json!({
        "verification_id": begun["verification_id"], "code": world.code().await, "password": "kettle-42-violin",
    });
    let request = anyone.request(reqwest::Method::POST, "/api/v1/auth/reset-password");
    let reset = anyone.send(request.header("sec-fetch-site", "same-origin").json(&body)).await;
    let known = cookies(&reset);
    assert!(reset.status.is_success(), "{}", reset.body);
    // The counts are reset, and the browser that did it is known, so further attacks do not keep it out.
    let fresh = json!({ "email": owner, "password": "kettle-42-violin" });
    anyone.post(LOGIN, &fresh).await.ok::<Value>();
    attack_from(&world, "198.51.100.7", owner).await;
    browser(&world, owner, "kettle-42-violin", &known).await.ok::<Value>();
}

/// A person signs in at a device, with its proof.
async fn at(world: &World, key: &DeviceKey, email: &str, face: Face, password: &str) -> Answer {
    let proof = key.proof(ProofFor::SignIn, world.node.core.now(), email);
    let body = json!({ "email": email, "password": password, "face": face, "device": proof });
    world.node.anyone().post(LOGIN, &body).await
}

async fn a_known_device_has_a_count_of_its_own(mut world: World) {
    behind_a_proxy(&mut world).await;
    let (key, email) = (workstation(&world).await, "doctor0@test.example");
    at(&world, &key, email, Face::Doctor, PASSWORD).await.ok::<Value>();
    attack(&world, email).await;
    at(&world, &key, email, Face::Doctor, PASSWORD).await.ok::<Value>();
    // A device at which they have never signed in is like any other place.
    let other = workstation(&world).await;
    at(&world, &other, email, Face::Doctor, PASSWORD).await.refused(429, "rate_limited");
}

async fn a_device_that_does_not_prove_itself_is_counted_and_costs_no_hash(mut world: World) {
    let (key, email) = (workstation(&world).await, "doctor0@test.example");
    world.clock.pass(Duration::from_mins(16));
    world.restart(|config| config.limits.tries = 3).await;
    let now = world.node.core.now();
    for over in ["another address", "x", ""] {
        let proof = key.proof(ProofFor::SignIn, now, over);
        let body = json!({ "email": email, "password": PASSWORD, "face": "doctor", "device": proof });
        world.node.anyone().post(LOGIN, &body).await.refused(401, "device_unproven");
    }
    at(&world, &key, email, Face::Doctor, PASSWORD).await.refused(429, "rate_limited");
    let hashed = world.node.core.metrics.hashes.get();
    assert_eq!(hashed, 0, "what costs little is looked at first");
}

async fn a_board_is_no_place_to_sign_in_at(mut world: World) {
    let admin = world.admin().await;
    let enrol = async |kind: &str| {
        let mut key = DeviceKey::new();
        let body = json!({ "code": world.device_code(&admin, kind).await, "public_key": key.public() });
        key.enrolled(&world.node.anyone().post("/api/v1/devices/enrol", &body).await.ok());
        key
    };
    let (board, kiosk) = (enrol("board").await, enrol("kiosk").await);
    let (console, workstation) = (enrol("console").await, enrol("workstation").await);
    for staff_devices in [true, false] {
        world.restart(|config| config.identity.staff_devices = staff_devices).await;
        let (admin, doctor) = ("admin@test.example", "doctor0@test.example");
        for (key, email, face) in [
            (&board, admin, Face::Admin),
            (&kiosk, admin, Face::Admin),
            (&workstation, admin, Face::Admin),
            (&board, doctor, Face::Doctor),
            (&console, doctor, Face::Doctor),
        ] {
            at(&world, key, email, face, PASSWORD).await.refused(403, "device_needed");
        }
        // Only doctors can sign in at a workstation.
        at(&world, &workstation, admin, Face::Doctor, PASSWORD).await.refused(401, "credentials_wrong");
        at(&world, &console, admin, Face::Admin, PASSWORD).await.ok::<Value>();
        at(&world, &console, "reception@test.example", Face::Admin, PASSWORD).await.ok::<Value>();
        at(&world, &workstation, doctor, Face::Doctor, PASSWORD).await.ok::<Value>();
    }
}

/// Everybody here has the same address, the clinic's.
async fn what_strangers_use_up_is_not_what_others_need(mut world: World) {
    let (reception, patient) = (world.reception().await, world.a.patients[3]);
    let known = browser(&world, "patient1@test.example", PASSWORD, "").await;
    let cookie = cookies(&known);
    world.restart(|config| (config.limits.tries, config.limits.anonymous) = (5, 3)).await;
    let reception = Client { base: world.node.base.clone(), ..reception };
    let stranger = world.node.anyone();
    let id = uuid_of(&world);
    for (path, body) in [
        ("/api/v1/devices/enrol", json!({ "code": "AAAA1111" })),
        ("/api/v1/auth/verify-otp", json!({ "verification_id": id, "code": "123456" })),
        (
            "/api/v1/auth/accept-invitation",
            json!({ "invitation_id": id, "secret": "x", "password": PASSWORD }),
        ),
        ("/api/v1/auth/refresh", json!({ "refresh_token": "x" })),
        ("/api/v1/auth/logout", json!({ "refresh_token": "x" })),
        ("/api/v1/auth/mfa/verify", json!({ "mfa_token": "x", "code": "123456" })),
        ("/api/v1/auth/register", json!({ "name": "N" })),
    ] {
        let tries = async || stranger.post(path, &body).await;
        for _ in 0..3 {
            assert_ne!(tries().await.status, 429, "{path}");
        }
        tries().await.refused(429, "rate_limited");
    }
    // A session is renewed, a patient signs in, and reception sends a code.
    let request = stranger.request(reqwest::Method::POST, "/api/v1/auth/refresh");
    let request = request.header("sec-fetch-site", "same-origin").header("cookie", cookie);
    let renewed = stranger.send(request.json(&json!({}))).await;
    assert!(renewed.status.is_success(), "{}", renewed.body);
    for _ in 0..3 {
        browser(&world, "patient2@test.example", PASSWORD, "").await.ok::<Value>();
    }
    browser(&world, "patient2@test.example", PASSWORD, "").await.refused(429, "rate_limited");
    let path = format!("/api/v1/patients/{patient}/contact-code");
    let sent = reception.post(&path, &json!({ "channel": "email" })).await;
    assert_ne!(sent.status, 429, "{}", sent.body);
}

fn uuid_of(world: &World) -> String {
    VerificationId::new(world.node.core.now(), [7; 10]).to_string()
}

async fn proofs_that_do_not_hold_are_counted(mut world: World) {
    let key = workstation(&world).await;
    world.restart(|config| config.limits.tries = 3).await;
    let now = world.node.core.now();
    let anyone = world.node.anyone();
    let version = "1.0";
    let check_in = |proof: DeviceProof| json!({ "proof": proof, "app_version": version });
    // The device has proven itself once.
    anyone
        .post("/api/v1/devices/check-in", &check_in(key.proof(ProofFor::CheckIn, now, version)))
        .await
        .ok::<Value>();
    let strange = |n: u8| DeviceProof {
        device_id: DeviceId::new(now, [n; 10]),
        ..key.proof(ProofFor::CheckIn, now, version)
    };
    let nonce = "x".repeat(22);
    for (path, body) in [
        ("check-in", check_in(strange(1))),
        ("orders", json!({ "proof": strange(2), "nonce": nonce })),
        ("wiped", check_in(strange(3))),
    ] {
        anyone.post(&format!("/api/v1/devices/{path}"), &body).await.refused(401, "device_unproven");
    }
    let body = check_in(strange(4));
    anyone.post("/api/v1/devices/check-in", &body).await.refused(429, "rate_limited");
    // The clinic's device goes on, and has its own count.
    let right = || check_in(key.proof(ProofFor::CheckIn, world.node.core.now(), version));
    anyone.post("/api/v1/devices/check-in", &right()).await.ok::<Value>();
    let wrong = |over: &str| check_in(key.proof(ProofFor::CheckIn, now, over));
    for over in ["2", "3", "4"] {
        anyone.post("/api/v1/devices/check-in", &wrong(over)).await.refused(401, "device_unproven");
    }
    anyone.post("/api/v1/devices/check-in", &right()).await.refused(429, "rate_limited");
    world.clock.pass(Duration::from_mins(16));
    anyone.post("/api/v1/devices/check-in", &right()).await.ok::<Value>();
    // Wrong proofs at a renewal are counted too.
    let signed_in: Value = at(&world, &key, "doctor0@test.example", Face::Doctor, PASSWORD).await.ok();
    let token = signed_in["refresh_token"].as_str().unwrap();
    let refresh = |proof| json!({ "refresh_token": token, "face": "doctor", "device": proof });
    for _ in 0..3 {
        let proof = key.proof(ProofFor::Refresh, world.node.core.now(), "another token");
        anyone.post("/api/v1/auth/refresh", &refresh(proof)).await.refused(401, "device_unproven");
    }
    let right = key.proof(ProofFor::Refresh, world.node.core.now(), token);
    anyone.post("/api/v1/auth/refresh", &refresh(right)).await.refused(429, "rate_limited");
}

/// A stranger who registers with an address does not use up its owner's codes for a new password.
async fn codes_for_one_purpose_leave_those_for_another(world: World) {
    let owner = "patient5@test.example";
    let anyone = world.node.anyone();
    let register = json!({ "name": "N", "email": owner });
    for _ in 0..3 {
        anyone.post("/api/v1/auth/register", &register).await.ok::<Value>();
    }
    anyone.post("/api/v1/auth/register", &register).await.refused(429, "rate_limited");
    anyone.post("/api/v1/auth/forgot-password", &json!({ "email": owner })).await.ok::<Value>();
}

async fn links_lead_where_the_settings_say(mut world: World) {
    let body = |email: &str| json!({ "name": "N", "email": email, "roles": ["reception"], "branches": [world.a.branches[0]] });
    let (one, other) = (body("one@new.example"), body("other@new.example"));
    let invite = async |world: &World, body: &Value| {
        let admin = Client { host: Some("evil.example".to_owned()), ..world.admin().await };
        admin.post("/api/v1/admin/users/invite", body).await
    };
    invite(&world, &one).await.ok::<Value>();
    let page = world.outbox().await;
    assert!(
        page.contains(&format!("{}/invited#", world.node.base)) && !page.contains("evil.example"),
        "{page}"
    );
    world.restart(|config| "https://clinic.example/".clone_into(&mut config.http.public_url)).await;
    invite(&world, &other).await.ok::<Value>();
    assert!(world.outbox().await.contains("https://clinic.example/invited#"));
    // A clinic's own domain comes first.
    let there = world.node.sign_in(&world.b, "admin@test.example", Face::Admin).await.confirmed().await;
    let body = json!({ "name": "N", "email": "b@new.example", "roles": ["admin"], "branches": [] });
    there.post("/api/v1/admin/users/invite", &body).await.ok::<Value>();
    let page = Client { token: None, proof: None, ..there }.get("/outbox").await.body;
    assert!(page.as_str().unwrap().contains("http://b.test/invited#"), "{page}");
    // If mail is sent but no public address is configured, no link is made up.
    let set = |config: &mut medlane_server::config::Config| {
        config.outbox.show = false;
        "smtp://127.0.0.1:1".clone_into(&mut config.mail.url);
    };
    world.restart(set).await;
    invite(&world, &body).await.refused(503, "switched_off");
}
