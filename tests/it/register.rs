//! Registering, resetting a forgotten password, and the limits of both.

use std::time::Duration;

use medlane_shared::identity::Face;
use serde_json::{Value, json};

use crate::{
    both,
    world::{Node, PASSWORD, World},
};

both!(
    somebody_registers,
    codes_and_passwords_are_read_as_they_are_meant,
    an_account_is_not_told_of,
    codes_end_and_run_out,
    a_forgotten_password_is_replaced,
    a_new_password_ends_every_older_code,
    a_code_from_before_a_suspension_replaces_nothing,
    guessing_is_slowed_down_across_restarts,
    whoever_asks_too_much_waits,
    a_number_beside_an_address_takes_nobodys_place,
    nothing_is_promised_that_cannot_be_sent,
);

const CHOSEN: &str = "kettle-42-violin";

async fn begin(world: &World, path: &str, body: &Value) -> Value {
    world.node.anyone().post(&format!("/api/v1/auth/{path}"), body).await.ok()
}

fn with(begun: &Value, code: &str, password: Option<&str>) -> Value {
    let mut body = json!({ "verification_id": begun["verification_id"], "code": code });
    if let Some(password) = password {
        body["password"] = password.into();
    }
    body
}

/// Another code than the one given.
fn other(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

async fn somebody_registers(world: World) {
    let anyone = world.node.anyone();
    let name = "Zoë مريم O\u{2019}Brien-Ñandú";
    let told = json!({ "name": name, "email": " Zoe+Clinic@Test.Example ", "birth_date": "1990-02-28", "language": "ar" });
    let begun = begin(&world, "register", &told).await;
    assert_eq!((begun["channel"].as_str(), begun["expires_in_s"].as_u64()), (Some("email"), Some(300)));
    let page = world.outbox().await;
    assert!(page.contains("zoe+clinic@test.example") && page.contains("رمزك في Clinic A"), "{page}");
    let code = world.code().await;
    let wrong = anyone.post("/api/v1/auth/verify-otp", &with(&begun, &other(&code), Some(CHOSEN))).await;
    wrong.refused(422, "code_wrong");
    assert_eq!(wrong.body["fields"]["code"]["left"], 4);
    let looked: Value = anyone.post("/api/v1/auth/verify-otp", &with(&begun, &code, None)).await.ok();
    assert!(looked.get("tokens").is_none());
    // The code was right: it stays valid until a password is chosen.
    world.clock.pass(Duration::from_secs(400));
    anyone.post("/api/v1/auth/verify-otp", &with(&begun, &code, Some("short"))).await.refused(422, "invalid");
    for weak in ["password1", "11111111", "zoe+clinic@test.example", "Medlane1!"] {
        anyone
            .post("/api/v1/auth/verify-otp", &with(&begun, &code, Some(weak)))
            .await
            .refused(422, "password_weak");
    }
    let made: Value = anyone.post("/api/v1/auth/verify-otp", &with(&begun, &code, Some(CHOSEN))).await.ok();
    let me = &made["tokens"]["me"];
    assert_eq!(
        (me["name"].as_str(), me["role"].as_str(), me["language"].as_str()),
        (Some(name), Some("patient"), Some("ar"))
    );
    let mut zoe = world.node.anyone();
    zoe.token = made["tokens"]["access_token"].as_str().map(str::to_owned);
    assert_eq!(zoe.post("/api/v1/queue/join", &world.join()).await.ok::<Value>()["label"], "GP-001");
    anyone
        .post("/api/v1/auth/verify-otp", &with(&begun, &code, Some(CHOSEN)))
        .await
        .refused(410, "code_expired");
    let again = json!({ "email": "ZOE+clinic@test.example", "password": CHOSEN });
    anyone.post("/api/v1/auth/login", &again).await.ok::<Value>();
    // Registering with a phone number only.
    let begun = begin(&world, "register", &json!({ "name": "Ali", "phone": "+968 9212 3456" })).await;
    assert_eq!(begun["channel"], "sms");
    let code = world.code().await;
    let made = anyone.post("/api/v1/auth/verify-otp", &with(&begun, &code, Some(CHOSEN))).await;
    made.ok::<Value>();
    let by_phone = json!({ "email": "+968 92 12 34 56", "password": CHOSEN });
    assert_eq!(anyone.post("/api/v1/auth/login", &by_phone).await.ok::<Value>()["me"]["name"], "Ali");
    for (field, bad) in [
        ("email", json!({ "name": "A", "email": "not one" })),
        ("phone", json!({ "name": "A", "phone": "12" })),
        ("name", json!({ "name": " ", "email": "a@test.example" })),
        ("birth_date", json!({ "name": "A", "email": "a@test.example", "birth_date": "2999-01-01" })),
        ("email", json!({ "name": "A" })),
    ] {
        let answer = anyone.post("/api/v1/auth/register", &bad).await;
        answer.refused(422, "invalid");
        assert!(answer.body["fields"][field]["code"].is_string(), "{}", answer.body);
    }
}

/// The digits of a code in another script: its zero is given.
fn in_script(code: &str, zero: char) -> String {
    code.chars().map(|c| char::from_u32(u32::from(zero) + c.to_digit(10).unwrap()).unwrap()).collect()
}

async fn codes_and_passwords_are_read_as_they_are_meant(world: World) {
    let anyone = world.node.anyone();
    for (n, zero) in ['٠', '۰', '०'].into_iter().enumerate() {
        let email = format!("noor{n}@test.example");
        let begun = begin(&world, "register", &json!({ "name": "Noor", "email": email })).await;
        let code = in_script(&world.code().await, zero);
        let (half, rest) = code.split_at(code.len() / 2);
        // What is no code is refused before it counts as a try.
        for none in ["", "12345", "1234567", "12345a", "١٢٣٤٥"] {
            anyone.post("/api/v1/auth/verify-otp", &with(&begun, none, None)).await.refused(422, "invalid");
        }
        // This keyboard writes the accent as a character of its own.
        let typed = format!("\u{200f}{half}-{rest} ");
        let made = anyone
            .post("/api/v1/auth/verify-otp", &with(&begun, &typed, Some("kettle-man\u{303}ana-42")))
            .await;
        made.ok::<Value>();
        for password in ["kettle-mañana-42", "kettle-man\u{303}ana-42"] {
            let body = json!({ "email": email, "password": password });
            anyone.post("/api/v1/auth/login", &body).await.ok::<Value>();
        }
        let other = json!({ "email": email, "password": "kettle-manana-42" });
        anyone.post("/api/v1/auth/login", &other).await.refused(401, "credentials_wrong");
    }
    let begun =
        begin(&world, "register", &json!({ "name": "Ali", "phone": "\u{200f}٠٠٩٦٨ ٩٢١٢ ٣٤٥٦" })).await;
    assert_eq!(begun["channel"], "sms");
    let code = world.code().await;
    anyone.post("/api/v1/auth/verify-otp", &with(&begun, &code, Some(CHOSEN))).await.ok::<Value>();
    let by_phone = json!({ "email": "+٩٦٨ ٩٢١٢ ٣٤٥٦", "password": CHOSEN });
    assert_eq!(anyone.post("/api/v1/auth/login", &by_phone).await.ok::<Value>()["me"]["name"], "Ali");
}

async fn an_account_is_not_told_of(world: World) {
    let anyone = world.node.anyone();
    let shape = |body: &Value| {
        let mut keys: Vec<String> = body.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        (keys, body["channel"].clone(), body["expires_in_s"].clone())
    };
    let known = begin(&world, "register", &json!({ "name": "X", "email": "patient0@test.example" })).await;
    let page = world.outbox().await;
    assert!(page.contains("already have an account"), "{page}");
    let unknown = begin(&world, "register", &json!({ "name": "X", "email": "nobody@test.example" })).await;
    assert_eq!(shape(&known), shape(&unknown));
    let code = world.code().await;
    let refused = anyone.post("/api/v1/auth/verify-otp", &with(&known, &code, Some(CHOSEN))).await;
    refused.refused(422, "code_wrong");
    let known = begin(&world, "forgot-password", &json!({ "email": "patient1@test.example" })).await;
    let before = world.outbox().await.matches("<article>").count();
    let unknown = begin(&world, "forgot-password", &json!({ "email": "nobody2@test.example" })).await;
    assert_eq!(shape(&known), shape(&unknown));
    assert_eq!(world.outbox().await.matches("<article>").count(), before, "nobody is written to");
    anyone
        .post("/api/v1/auth/reset-password", &with(&unknown, "123456", Some(CHOSEN)))
        .await
        .refused(422, "code_wrong");
    // A code sent for one purpose is not valid for another.
    let code = world.code().await;
    anyone
        .post("/api/v1/auth/verify-otp", &with(&known, &code, Some(CHOSEN)))
        .await
        .refused(410, "code_expired");
}

async fn codes_end_and_run_out(world: World) {
    let anyone = world.node.anyone();
    let told = json!({ "name": "New", "email": "new@test.example" });
    let begun = begin(&world, "register", &told).await;
    let code = world.code().await;
    for left in (0..5).rev() {
        let answer = anyone.post("/api/v1/auth/verify-otp", &with(&begun, &other(&code), None)).await;
        if left == 0 {
            answer.refused(410, "code_expired");
        } else {
            assert_eq!(answer.body["fields"]["code"]["left"], left);
        }
    }
    anyone.post("/api/v1/auth/verify-otp", &with(&begun, &code, None)).await.refused(410, "code_expired");
    // A resend starts over: the code before it is no longer valid.
    let again = json!({ "verification_id": begun["verification_id"] });
    anyone.post("/api/v1/auth/resend-otp", &again).await.ok::<Value>();
    let second = world.code().await;
    anyone.post("/api/v1/auth/resend-otp", &again).await.ok::<Value>();
    let third = world.code().await;
    if second != third {
        anyone.post("/api/v1/auth/verify-otp", &with(&begun, &second, None)).await.refused(422, "code_wrong");
    }
    for (path, body) in [("resend-otp", &again), ("register", &told)] {
        let answer = anyone.post(&format!("/api/v1/auth/{path}"), body).await;
        answer.refused(429, "rate_limited");
        let wait: u64 = answer.headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((800..=900).contains(&wait), "{wait}");
    }
    world.clock.pass(Duration::from_secs(301));
    anyone.post("/api/v1/auth/verify-otp", &with(&begun, &third, None)).await.refused(410, "code_expired");
    world.clock.pass(Duration::from_mins(10));
    for n in 0..7 {
        world.clock.pass(Duration::from_secs(if n % 3 == 0 { 901 } else { 1 }));
        begin(&world, "register", &told).await;
    }
    world.clock.pass(Duration::from_secs(901));
    anyone.post("/api/v1/auth/register", &told).await.refused(429, "rate_limited");
    world.clock.pass(Duration::from_hours(24));
    begin(&world, "register", &told).await;
}

async fn a_forgotten_password_is_replaced(world: World) {
    let anyone = world.node.anyone();
    let (here, there) = (world.patient(2).await, world.patient(2).await);
    let begun = begin(&world, "forgot-password", &json!({ "email": "Patient2@Test.example" })).await;
    assert_eq!(begun["expires_in_s"], 600);
    let code = world.code().await;
    anyone.post("/api/v1/auth/reset-password", &with(&begun, &code, None)).await.ok::<Value>();
    here.get("/api/v1/me").await.ok::<Value>();
    anyone
        .post("/api/v1/auth/reset-password", &with(&begun, &code, Some("12345678")))
        .await
        .refused(422, "password_weak");
    anyone.post("/api/v1/auth/reset-password", &with(&begun, &code, Some(CHOSEN))).await.ok::<Value>();
    for session in [here, there] {
        session.get("/api/v1/me").await.refused(401, "signed_out");
    }
    let old = json!({ "email": "patient2@test.example", "password": PASSWORD });
    anyone.post("/api/v1/auth/login", &old).await.refused(401, "credentials_wrong");
    let new = json!({ "email": "patient2@test.example", "password": CHOSEN });
    anyone.post("/api/v1/auth/login", &new).await.ok::<Value>();
    anyone
        .post("/api/v1/auth/reset-password", &with(&begun, &code, Some(CHOSEN)))
        .await
        .refused(410, "code_expired");
    assert!(world.outbox().await.contains("was changed"), "and is told so");
}

/// Asks for a code for a new password: the request that replaces the password by it.
async fn forgotten(world: &World, email: &str, password: &str) -> Value {
    let begun = begin(world, "forgot-password", &json!({ "email": email })).await;
    with(&begun, &world.code().await, Some(password))
}

async fn a_new_password_ends_every_older_code(world: World) {
    let reset = async |body: &Value| world.node.anyone().post("/api/v1/auth/reset-password", body).await;
    // A thief who reads the mailbox keeps the older code. Its owner replaces the password by a newer one.
    let older = forgotten(&world, "patient2@test.example", "thief-kettle-77").await;
    let looked = json!({ "verification_id": older["verification_id"], "code": older["code"] });
    reset(&looked).await.ok::<Value>();
    let newer = forgotten(&world, "patient2@test.example", CHOSEN).await;
    reset(&newer).await.ok::<Value>();
    reset(&older).await.refused(410, "code_expired");
    let again = json!({ "verification_id": older["verification_id"] });
    world.node.anyone().post("/api/v1/auth/resend-otp", &again).await.refused(410, "code_expired");
    // Inside the account.
    let patient = world.patient(3).await.confirmed().await;
    let older = forgotten(&world, "patient3@test.example", "thief-kettle-77").await;
    let other = forgotten(&world, "patient4@test.example", CHOSEN).await;
    patient.post("/api/v1/users/me/password", &json!({ "password": CHOSEN })).await.ok::<Value>();
    reset(&older).await.refused(410, "code_expired");
    for n in [2, 3] {
        let login = json!({ "email": format!("patient{n}@test.example"), "password": CHOSEN });
        world.node.anyone().post("/api/v1/auth/login", &login).await.ok::<Value>();
    }
    // Another person's code is none of these.
    reset(&other).await.ok::<Value>();
    // An invitation: a doctor whose password was taken out of the database by hand is invited again.
    let older = forgotten(&world, "doctor1@test.example", "thief-kettle-77").await;
    let id = world.a.doctors[1].to_string();
    world.raw("update person set password = null where id = $1", &[&id]).await;
    let admin = world.admin().await;
    admin.post(&format!("/api/v1/admin/users/{id}/invite"), &Value::Null).await.ok::<Value>();
    let accept = world.invitation(CHOSEN).await;
    world.node.anyone().post("/api/v1/auth/accept-invitation", &accept).await.ok::<Value>();
    reset(&older).await.refused(410, "code_expired");
}

async fn a_code_from_before_a_suspension_replaces_nothing(world: World) {
    let admin = world.admin().await;
    let code = forgotten(&world, "doctor0@test.example", CHOSEN).await;
    let path = format!("/api/v1/admin/users/{}/standing", world.a.doctors[0]);
    let suspended = json!({ "standing": "suspended", "why": "left", "version": 1 });
    admin.patch(&path, &suspended).await.ok::<Value>();
    let reset = world.node.anyone().post("/api/v1/auth/reset-password", &code).await;
    reset.refused(410, "code_expired");
    let back = json!({ "standing": "active", "version": 2 });
    admin.patch(&path, &back).await.ok::<Value>();
    world.doctor(0).await;
}

async fn guessing_is_slowed_down_across_restarts(mut world: World) {
    let wrong = json!({ "email": "patient3@test.example", "password": "wrong" });
    let right = json!({ "email": "patient3@test.example", "password": PASSWORD });
    let unknown = json!({ "email": "nobody@test.example", "password": "wrong" });
    for body in [&wrong, &unknown] {
        for _ in 0..5 {
            world.node.anyone().post("/api/v1/auth/login", body).await.refused(401, "credentials_wrong");
        }
        world.node.anyone().post("/api/v1/auth/login", body).await.refused(429, "rate_limited");
    }
    world.node.stop().await;
    world.node = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let answer = world.node.anyone().post("/api/v1/auth/login", &right).await;
    answer.refused(429, "rate_limited");
    assert!(answer.body["retry_after_s"].as_u64().unwrap() > 800, "{}", answer.body);
    // The lock holds up no other account.
    world.node.sign_in(&world.a, "patient4@test.example", Face::Companion).await;
    world.clock.pass(Duration::from_secs(901));
    world.node.anyone().post("/api/v1/auth/login", &right).await.ok::<Value>();
    // A successful sign-in resets the count of failures.
    for _ in 0..2 {
        for _ in 0..4 {
            world.node.anyone().post("/api/v1/auth/login", &wrong).await.refused(401, "credentials_wrong");
        }
        world.node.anyone().post("/api/v1/auth/login", &right).await.ok::<Value>();
    }
}

async fn whoever_asks_too_much_waits(mut world: World) {
    world.node.stop().await;
    let mut config = world.config();
    (config.limits.anonymous, config.limits.signed_in_a_minute) = (5, 3);
    config.http.proxies = vec!["127.0.0.1".parse().unwrap()];
    world.node = Node::start_with("127.0.0.1:0", config, &world.clock).await;
    let ask = async |from: &str| {
        let anyone = world.node.anyone();
        let request = anyone.request(reqwest::Method::GET, "/api/v1/branches");
        anyone.send(request.header("x-forwarded-for", from)).await
    };
    for _ in 0..5 {
        ask("203.0.113.1").await.ok::<Value>();
    }
    let refused = ask("203.0.113.1").await;
    refused.refused(429, "rate_limited");
    assert!(refused.headers.contains_key("retry-after"));
    ask("203.0.113.2").await.ok::<Value>();
    let patient = world.patient(0).await;
    for _ in 0..3 {
        patient.get("/api/v1/me").await.ok::<Value>();
    }
    patient.get("/api/v1/me").await.refused(429, "rate_limited");
    world.patient(1).await.get("/api/v1/me").await.ok::<Value>();
    world.clock.pass(Duration::from_mins(1));
    patient.get("/api/v1/me").await.ok::<Value>();
    world.clock.pass(Duration::from_mins(15));
    ask("203.0.113.1").await.ok::<Value>();
}

/// A code sent to an email address does not prove a phone number.
async fn a_number_beside_an_address_takes_nobodys_place(world: World) {
    let anyone = world.node.anyone();
    let number = "+968 9212 3456";
    let begun = begin(&world, "register", &json!({ "name": "Ali", "phone": number })).await;
    let own = with(&begun, &world.code().await, Some(CHOSEN));
    anyone.post("/api/v1/auth/verify-otp", &own).await.ok::<Value>();
    let told = json!({ "name": "Eve", "email": "eve@test.example", "phone": number });
    let begun = begin(&world, "register", &told).await;
    let other = with(&begun, &world.code().await, Some("another-violin-7"));
    anyone.post("/api/v1/auth/verify-otp", &other).await.ok::<Value>();
    let login = |password: &str| json!({ "email": number, "password": password });
    let me: Value = anyone.post("/api/v1/auth/login", &login(CHOSEN)).await.ok();
    assert_eq!(me["me"]["name"], "Ali");
    anyone.post("/api/v1/auth/login", &login("another-violin-7")).await.refused(401, "credentials_wrong");
    // The owner of the number also gets the notice that their password was changed, on that number.
    let begun = begin(&world, "forgot-password", &json!({ "phone": number })).await;
    let new = with(&begun, &world.code().await, Some("a third violin"));
    anyone.post("/api/v1/auth/reset-password", &new).await.ok::<Value>();
    assert!(world.outbox().await.contains("sms · +96892123456 · "), "{}", world.outbox().await);
    anyone.post("/api/v1/auth/login", &login("a third violin")).await.ok::<Value>();
}

async fn nothing_is_promised_that_cannot_be_sent(mut world: World) {
    world.node.stop().await;
    let mut config = world.config();
    config.outbox.show = false;
    world.node = Node::start_with("127.0.0.1:0", config, &world.clock).await;
    let anyone = world.node.anyone();
    for body in
        [json!({ "name": "A", "email": "a@test.example" }), json!({ "name": "A", "phone": "+968 9212 3456" })]
    {
        anyone.post("/api/v1/auth/register", &body).await.refused(503, "switched_off");
    }
    let invite = json!({ "name": "N", "email": "n@x.example", "roles": ["doctor"], "branches": [world.a.branches[0]] });
    world.admin().await.post("/api/v1/admin/users/invite", &invite).await.refused(503, "switched_off");
    anyone.get("/outbox").await.refused(404, "not_found");
}
