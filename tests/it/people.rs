//! People: invited, suspended, promoted, removed; and what they can do themselves.

use std::time::{Duration, Instant};

use medlane_server::identity::contact::verification_prune;
use medlane_shared::{
    fault::Code,
    identity::Face,
    sync::{ServerFrame, Topic},
};
use serde_json::{Value, json};

use crate::{
    both,
    line::Line,
    world::{Client, PASSWORD, World},
};

both!(
    staff_are_invited_by_a_link_that_counts_once,
    whoever_is_suspended_is_out_at_once,
    the_clinic_keeps_an_administrator,
    a_manager_reaches_the_reception_of_their_branch,
    everyone_sees_and_ends_their_own_sessions,
);

const USERS: &str = "/api/v1/admin/users";
const CHOSEN: &str = "kettle-42-violin";

async fn person(admin: &Client, q: &str) -> Value {
    let page: Value = admin.get(&format!("{USERS}?q={q}")).await.ok();
    page["items"][0].clone()
}

fn path(person: &Value, what: &str) -> String {
    format!("{USERS}/{}/{what}", person["id"].as_str().unwrap())
}

async fn stand(admin: &Client, person: &Value, standing: &str) -> Value {
    let body = json!({ "standing": standing, "why": "a reason", "version": person["version"] });
    admin.patch(&path(person, "standing"), &body).await.ok()
}

async fn invite(world: &World, role: &str) -> Client {
    let email = format!("{role}@new.example");
    let body = json!({ "name": "New", "email": email, "roles": [role], "branches": [world.a.branches[0]] });
    world.admin().await.post(&format!("{USERS}/invite"), &body).await.ok::<Value>();
    let taken = world.invitation(CHOSEN).await;
    world.node.anyone().post("/api/v1/auth/accept-invitation", &taken).await.ok::<Value>();
    let login = json!({ "email": email, "password": CHOSEN, "role": role });
    let tokens: Value = world.node.anyone().post("/api/v1/auth/login", &login).await.ok();
    Client { token: tokens["access_token"].as_str().map(str::to_owned), ..world.node.anyone() }
}

async fn staff_are_invited_by_a_link_that_counts_once(world: World) {
    let (admin, anyone) = (world.admin().await, world.node.anyone());
    let ask = json!({
        "name": "Dr. Zoë", "email": "Zoe@New.example", "roles": ["doctor"], "branches": [world.a.branches[0]],
    });
    let invited: Value = admin.post(&format!("{USERS}/invite"), &ask).await.ok();
    assert_eq!((invited["invited"].as_bool(), invited["standing"].as_str()), (Some(true), Some("active")));
    admin.post(&format!("{USERS}/invite"), &ask).await.refused(409, "account_exists");
    for (field, value) in [
        ("roles", json!(["patient"])),
        ("roles", json!([])),
        ("roles", json!(["doctor", "doctor"])),
        ("branches", json!([])),
        ("branches", json!([world.b.branches[0]])),
        ("email", json!("nobody")),
    ] {
        let mut wrong = ask.clone();
        wrong["email"] = json!("other@new.example");
        wrong[field] = value;
        let answer = admin.post(&format!("{USERS}/invite"), &wrong).await;
        answer.refused(422, "invalid");
        assert!(answer.body["fields"][field]["code"].is_string(), "{}", answer.body);
    }
    let first = world.invitation(CHOSEN).await;
    // An invitation is not a code that can be sent again, and old verifications are deleted.
    let resend = json!({ "verification_id": first["invitation_id"] });
    anyone.post("/api/v1/auth/resend-otp", &resend).await.refused(410, "code_expired");
    let (core, soon) = (&world.node.core, Duration::from_hours(48));
    world.clock.pass(soon);
    verification_prune(&mut core.db.write().await.unwrap(), core.now()).await.unwrap();
    let admin = world.admin().await;
    admin.post(&path(&invited, "invite"), &Value::Null).await.ok::<Value>();
    let mut second = world.invitation("password").await;
    let accept = "/api/v1/auth/accept-invitation";
    anyone.post(accept, &first).await.refused(410, "code_expired");
    anyone.post(accept, &second).await.refused(422, "password_weak");
    second["password"] = json!(CHOSEN);
    let accepted: Value = anyone.post(accept, &second).await.ok();
    assert_eq!(accepted, json!({ "email": "zoe@new.example", "roles": ["doctor"] }));
    anyone.post(accept, &second).await.refused(410, "code_expired");
    admin.post(&path(&invited, "invite"), &Value::Null).await.refused(422, "invalid");
    let login = json!({ "email": "zoe@new.example", "password": CHOSEN, "face": Face::Doctor });
    let tokens: Value = anyone.post("/api/v1/auth/login", &login).await.ok();
    assert_eq!(tokens["me"]["branches"], json!([world.a.branches[0]]));
}

async fn whoever_is_suspended_is_out_at_once(world: World) {
    let (admin, doctor) = (world.admin().await, world.doctor(0).await);
    let topics = vec![Topic::Queue(world.a.branches[0])];
    let token = doctor.token.as_deref();
    let mut line = Line::hello(&world.node.base, Face::Doctor, token, topics, None).await;
    while !matches!(line.next().await, Some(ServerFrame::View { .. })) {}
    let before = person(&admin, "doctor0").await;
    let stale = json!({ "standing": "suspended", "why": "x", "version": 99 });
    let answer = admin.patch(&path(&before, "standing"), &stale).await;
    answer.refused(409, "version_stale");
    assert_eq!(answer.body["present"]["version"], before["version"]);
    let bare = json!({ "standing": "suspended", "version": before["version"] });
    admin.patch(&path(&before, "standing"), &bare).await.refused(422, "invalid");
    let asked = Instant::now();
    let after = stand(&admin, &before, "suspended").await;
    assert_eq!((after["standing"].as_str(), after["why"].as_str()), (Some("suspended"), Some("a reason")));
    doctor.get("/api/v1/me").await.refused(401, "signed_out");
    let bye = loop {
        if let ServerFrame::Bye { fault } = line.next().await.expect("a goodbye") {
            break fault;
        }
    };
    assert_eq!(bye.code, Code::SignedOut);
    assert!(asked.elapsed() < Duration::from_secs(2), "sessions and sockets end within 2 s");
    let login = json!({ "email": "doctor0@test.example", "password": PASSWORD });
    let refused = world.node.anyone().post("/api/v1/auth/login", &login).await;
    refused.refused(401, "credentials_wrong");
    // Neither a second account nor a new password is a way around it.
    for path in ["register", "forgot-password"] {
        let mut body = json!({ "email": "doctor0@test.example" });
        if path == "register" {
            body["name"] = json!("Another");
        }
        world.node.anyone().post(&format!("/api/v1/auth/{path}"), &body).await.ok::<Value>();
    }
    let page = world.outbox().await;
    assert!(page.contains("already have an account") && !page.contains("is your code"), "{page}");
    assert!(!page.contains("lets you choose a new password"), "{page}");
    let after = stand(&admin, &after, "active").await;
    assert!(after.get("why").is_none());
    world.doctor(0).await;
    stand(&admin, &after, "deleted").await;
    world.node.anyone().post("/api/v1/auth/login", &login).await.refused(401, "credentials_wrong");
    assert_eq!(person(&admin, "doctor0").await["standing"], "deleted");
}

async fn the_clinic_keeps_an_administrator(world: World) {
    let admin = world.admin().await;
    let own = person(&admin, "admin@").await;
    let leave = json!({ "standing": "suspended", "why": "x", "version": own["version"] });
    admin.patch(&path(&own, "standing"), &leave).await.refused(422, "last_admin");
    let roles =
        json!({ "roles": ["reception"], "branches": [world.a.branches[0]], "version": own["version"] });
    admin.patch(&path(&own, "roles"), &roles).await.refused(422, "last_admin");
    // Even with another administrator, nobody can take away their own rights.
    let reception = person(&admin, "reception@").await;
    let session = world.reception().await;
    let up = json!({ "roles": ["admin", "reception"], "branches": [world.a.branches[0]], "version": reception["version"] });
    let promoted: Value = admin.patch(&path(&reception, "roles"), &up).await.ok();
    assert_eq!(promoted["roles"], json!(["admin", "reception"]));
    session.get("/api/v1/me").await.refused(401, "signed_out");
    admin.patch(&path(&own, "standing"), &leave).await.refused(422, "invalid");
    let second = world.reception().await;
    assert_eq!(second.get("/api/v1/me").await.ok::<Value>()["role"], "admin");
    stand(&second, &person(&second, "admin@").await, "suspended").await;
    admin.get("/api/v1/me").await.refused(401, "signed_out");
}

async fn a_manager_reaches_the_reception_of_their_branch(world: World) {
    let manager = invite(&world, "manager").await;
    let page: Value = manager.get(USERS).await.ok();
    let names: Vec<&str> =
        page["items"].as_array().unwrap().iter().filter_map(|person| person["email"].as_str()).collect();
    assert_eq!(names, ["reception@test.example"]);
    let reception = page["items"][0].clone();
    stand(&manager, &reception, "suspended").await;
    let admin = world.admin().await;
    let doctor = person(&admin, "doctor0").await;
    let body = json!({ "standing": "suspended", "why": "x", "version": doctor["version"] });
    manager.patch(&path(&doctor, "standing"), &body).await.refused(404, "not_found");
    let reception = person(&manager, "reception").await;
    let up = json!({ "roles": ["admin"], "version": reception["version"] });
    manager.patch(&path(&reception, "roles"), &up).await.refused(404, "not_found");
    let there = json!({ "name": "N", "email": "n@new.example", "roles": ["reception"], "branches": [world.a.branches[1]] });
    manager.post(&format!("{USERS}/invite"), &there).await.refused(404, "not_found");
}

async fn everyone_sees_and_ends_their_own_sessions(world: World) {
    let (here, there) = (world.patient(0).await, world.patient(0).await);
    let page: Value = here.get("/api/v1/users/me/sessions").await.ok();
    let sessions = page["items"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let (present, other): (Vec<&Value>, Vec<&Value>) =
        sessions.iter().partition(|one| one["is_present"] == true);
    assert_eq!((present.len(), other[0]["face"].as_str()), (1, Some("companion")));
    let end = format!("/api/v1/users/me/sessions/{}", other[0]["id"].as_str().unwrap());
    world.patient(1).await.delete(&end).await.refused(404, "not_found");
    here.delete(&end).await.ok::<Value>();
    there.get("/api/v1/me").await.refused(401, "signed_out");
    here.delete(&end).await.refused(404, "not_found");
    let third = world.patient(0).await;
    here.delete("/api/v1/users/me/sessions").await.ok::<Value>();
    third.get("/api/v1/me").await.refused(401, "signed_out");

    let me: Value =
        here.patch("/api/v1/users/me", &json!({ "name": "  آنا  ", "language": "ar-OM" })).await.ok();
    assert_eq!((me["name"].as_str(), me["language"].as_str()), (Some("آنا"), Some("ar")));
    here.patch("/api/v1/users/me", &json!({ "name": "" })).await.refused(422, "invalid");
    here.patch("/api/v1/users/me", &json!({ "language": "tlh" })).await.refused(422, "invalid");
    let fourth = world.patient(0).await;
    let (path, confirm) = ("/api/v1/users/me/password", "/api/v1/users/me/confirm");
    let change = |password: &str| json!({ "password": password });
    here.post(path, &change(CHOSEN)).await.refused(403, "confirm_needed");
    here.clone().confirmed().await.post(path, &change("short")).await.refused(422, "invalid");
    for _ in 0..5 {
        here.post(confirm, &change("wrong")).await.refused(422, "password_wrong");
    }
    here.post(confirm, &change(PASSWORD)).await.refused(429, "rate_limited");
    // It neither blocks other people nor signing in.
    let elsewhere = world.patient(0).await;
    elsewhere.post(confirm, &change(PASSWORD)).await.ok::<Value>();
    world.clock.pass(Duration::from_secs(901));
    let here = world.patient(0).await.confirmed().await;
    here.post(path, &change(CHOSEN)).await.ok::<Value>();
    fourth.get("/api/v1/me").await.refused(401, "token_expired");
    let login = json!({ "email": "patient0@test.example", "password": CHOSEN });
    world.node.anyone().post("/api/v1/auth/login", &login).await.ok::<Value>();
}
