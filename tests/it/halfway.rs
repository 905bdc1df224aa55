//! What a right password began, and what ends it before the second factor: a new password, a suspension, other roles.

use medlane_shared::{access::Role, identity::Face, ids::PersonId};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _};

use crate::{
    both,
    factor::{app, switch_on},
    world::{Answer, Client, PASSWORD, World, quick_hash},
};

both!(
    a_half_finished_sign_in_ends_with_its_password,
    nobody_who_may_not_sign_in_sets_up_a_factor,
    a_password_that_was_replaced_while_it_was_compared_counts_no_more,
);

const MFA: &str = "/api/v1/auth/mfa";
const LOGIN: &str = "/api/v1/auth/login";
const CHOSEN: &str = "kettle-42-violin";

fn login(email: &str, password: &str, face: Face) -> Value {
    json!({ "email": email, "password": password, "face": face })
}

/// The step token of a sign-in.
async fn halfway(anyone: &Client, body: &Value) -> Value {
    let answer = anyone.post(LOGIN, body).await;
    answer.refused(401, "mfa_required");
    answer.body["present"]["mfa_token"].clone()
}

/// Replaces a forgotten password by [`CHOSEN`].
async fn forgotten(world: &World, email: &str) {
    let anyone = world.node.anyone();
    let begun: Value = anyone.post("/api/v1/auth/forgot-password", &json!({ "email": email })).await.ok();
    let chosen = json!({
        "verification_id": begun["verification_id"], "code": world.code().await, "password": CHOSEN,
    });
    anyone.post("/api/v1/auth/reset-password", &chosen).await.ok::<Value>();
}

async fn a_half_finished_sign_in_ends_with_its_password(mut world: World) {
    world.restart(|config| config.identity.mfa_roles = vec![Role::Doctor]).await;
    let anyone = world.node.anyone();
    // With a factor: the right code finishes nothing.
    let patient = world.patient(0).await;
    let (_, codes) = switch_on(&world, &patient).await;
    let before = halfway(&anyone, &login("patient0@test.example", PASSWORD, Face::Companion)).await;
    forgotten(&world, "patient0@test.example").await;
    let verify = |token: &Value| json!({ "mfa_token": token, "code": codes[0] });
    anyone.post(&format!("{MFA}/verify"), &verify(&before)).await.refused(401, "signed_out");
    let after = halfway(&anyone, &login("patient0@test.example", CHOSEN, Face::Companion)).await;
    anyone.post(&format!("{MFA}/verify"), &verify(&after)).await.ok::<Value>();
    // Without one: none is set up, the one that was set up is not switched on, and no session begins.
    let email = "doctor0@test.example";
    let before = halfway(&anyone, &login(email, PASSWORD, Face::Doctor)).await;
    let asked = json!({ "mfa_token": before });
    let setup: Value = anyone.post(&format!("{MFA}/setup"), &asked).await.ok();
    let code = app(&setup).generate(world.seconds()).to_string();
    forgotten(&world, email).await;
    let enable = |token: &Value| json!({ "mfa_token": token, "code": code, "face": "doctor" });
    anyone.post(&format!("{MFA}/enable"), &enable(&before)).await.refused(401, "signed_out");
    anyone.post(&format!("{MFA}/setup"), &asked).await.refused(401, "signed_out");
    let after = halfway(&anyone, &login(email, CHOSEN, Face::Doctor)).await;
    let on: Value = anyone.post(&format!("{MFA}/enable"), &enable(&after)).await.ok();
    let owner = Client { token: on["tokens"]["access_token"].as_str().map(str::to_owned), ..anyone };
    let sessions: Value = owner.get("/api/v1/users/me/sessions").await.ok();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1, "{sessions}");
}

async fn nobody_who_may_not_sign_in_sets_up_a_factor(mut world: World) {
    world.restart(|config| config.identity.mfa_roles = vec![Role::Doctor]).await;
    let (anyone, admin) = (world.node.anyone(), world.admin().await);
    let version = async |person: PersonId| {
        let page: Value = admin.get("/api/v1/admin/users?role=doctor").await.ok();
        let all = page["items"].as_array().unwrap();
        all.iter().find(|one| one["id"] == json!(person)).unwrap()["version"].clone()
    };
    for n in [0, 1] {
        let person = world.a.doctors[n];
        let before =
            halfway(&anyone, &login(&format!("doctor{n}@test.example"), PASSWORD, Face::Doctor)).await;
        let asked = json!({ "mfa_token": before });
        let setup: Value = anyone.post(&format!("{MFA}/setup"), &asked).await.ok();
        let code = app(&setup).generate(world.seconds()).to_string();
        let user = format!("/api/v1/admin/users/{person}");
        if n == 0 {
            let suspended =
                json!({ "standing": "suspended", "why": "left", "version": version(person).await });
            admin.patch(&format!("{user}/standing"), &suspended).await.ok::<Value>();
        } else {
            let roles = json!({
                "roles": ["reception"], "branches": [world.a.branches[0]], "version": version(person).await,
            });
            admin.patch(&format!("{user}/roles"), &roles).await.ok::<Value>();
        }
        anyone.post(&format!("{MFA}/setup"), &asked).await.refused(401, "signed_out");
        let enable = json!({ "mfa_token": before, "code": code, "face": "doctor" });
        anyone.post(&format!("{MFA}/enable"), &enable).await.refused(401, "signed_out");
        let log: Value = admin.get("/api/v1/audit?action=factor.enable").await.ok();
        assert_eq!(log["items"], json!([]));
    }
}

/// Replaces a person's password after a request has begun to compare the old one, and before its operation runs: the
/// writer is held back meanwhile.
async fn replaced_under(world: &World, person: PersonId, asked: impl Future<Output = Answer>) -> Answer {
    let hashes = &world.node.core.metrics.hashes;
    let before = hashes.get();
    let compared = async {
        while hashes.get() == before {
            tokio::task::yield_now().await;
        }
    };
    let put = AssertSqlSafe(format!("update person set password = '{}' where id = '{person}'", quick_hash()));
    if world.url.starts_with("postgres") {
        let mut raw = sqlx::PgConnection::connect(&world.url).await.unwrap();
        raw.execute("begin").await.unwrap();
        raw.execute("select 1 from clinic_head for update").await.unwrap();
        let replace = async {
            compared.await;
            raw.execute(sqlx::query(put)).await.unwrap();
            raw.execute("commit").await.unwrap();
        };
        tokio::join!(asked, replace).0
    } else {
        let mut raw = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
        raw.execute("begin immediate").await.unwrap();
        let replace = async {
            compared.await;
            raw.execute(sqlx::query(put)).await.unwrap();
            raw.execute("commit").await.unwrap();
        };
        tokio::join!(asked, replace).0
    }
}

async fn a_password_that_was_replaced_while_it_was_compared_counts_no_more(world: World) {
    let (anyone, patient) = (world.node.anyone(), world.patient(0).await);
    let person = world.a.patients[0];
    // A new salt alone makes another password of it here, so the comparison itself succeeds each time.
    let body = login("patient0@test.example", PASSWORD, Face::Companion);
    let refused = replaced_under(&world, person, anyone.post(LOGIN, &body)).await;
    refused.refused(401, "credentials_wrong");
    anyone.post(LOGIN, &body).await.ok::<Value>();
    let confirm = json!({ "password": PASSWORD });
    let refused = replaced_under(&world, person, patient.post("/api/v1/users/me/confirm", &confirm)).await;
    refused.refused(422, "password_wrong");
    patient.post("/api/v1/users/me/confirm", &confirm).await.ok::<Value>();
}
