//! What stays of a removed account: the identity, as long as the record is kept; and how a person comes back.

use medlane_shared::identity::Face;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _};

use crate::{
    both,
    contacts::record,
    factor::switch_on,
    profile::picture,
    push::Phone,
    world::{Client, PASSWORD, World},
};

both!(
    a_removed_account_keeps_who_it_was_and_nothing_else,
    staff_who_were_removed_come_back_by_an_invitation,
    nobody_is_brought_back_by_a_suspension,
    nobody_is_removed_without_a_proof,
);

const USERS: &str = "/api/v1/admin/users";

/// How many rows there are.
pub async fn count(world: &World, from: &str) -> i64 {
    let sql = AssertSqlSafe(format!("select count(*) from {from}"));
    if world.url.starts_with("postgres") {
        let mut raw = sqlx::PgConnection::connect(&world.url).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut raw).await.unwrap()
    } else {
        let mut raw = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut raw).await.unwrap()
    }
}

async fn person(admin: &Client, id: &str) -> Value {
    let page: Value = admin.get(&format!("{USERS}?limit=200")).await.ok();
    page["items"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone()
}

async fn stand(admin: &Client, id: &str, standing: &str, email: Option<&str>) -> crate::world::Answer {
    let seen = person(admin, id).await;
    let mut body = json!({ "standing": standing, "why": "asked", "version": seen["version"] });
    if let Some(email) = email {
        body["email"] = email.into();
    }
    admin.patch(&format!("{USERS}/{id}/standing"), &body).await
}

/// The tables with the data that a person signs in with and is reached by.
const HELD: [&str; 7] =
    ["factor", "backup_code", "push_subscription", "verification", "avatar", "notice_choice", "notice"];

async fn a_removed_account_keeps_who_it_was_and_nothing_else(world: World) {
    let (patient, admin) = (world.patient(0).await, world.admin().await);
    let id = world.a.patients[0].to_string();
    switch_on(&world, &patient).await;
    patient.put("/api/v1/users/me/avatar", &picture()).await.ok::<Value>();
    let browser = Phone::new("https://push.apple.com/device");
    patient.put("/api/v1/users/me/push", &browser.subscription()).await.ok::<Value>();
    patient.put("/api/v1/users/me/notices", &json!({ "channels": [] })).await.ok::<Value>();
    world
        .node
        .anyone()
        .post("/api/v1/auth/forgot-password", &json!({ "email": "patient0@test.example" }))
        .await
        .ok::<Value>();
    for table in HELD {
        let rows = count(&world, &format!("{table} where person_id = '{id}'")).await;
        assert!(rows > 0, "{table} held something");
    }
    let gone: Value = stand(&admin, &id, "deleted", None).await.ok();
    assert_eq!(
        (&gone["name"], gone.get("email"), &gone["invited"]),
        (&json!("Name of patient0"), None, &json!(false))
    );
    for table in HELD {
        let rows = count(&world, &format!("{table} where person_id = '{id}'")).await;
        assert_eq!(rows, 0, "{table}");
    }
    let left = "password is null and email is null and phone is null and email_proven_at_ms is null \
        and phone_proven_at_ms is null and name = 'Name of patient0'";
    assert_eq!(count(&world, &format!("person where id = '{id}' and {left}")).await, 1);
    let known = format!(
        "session where person_id = '{id}' and (token_hash <> '' or agent is not null or ended_at_ms is null)"
    );
    assert_eq!(count(&world, &known).await, 0, "sessions have ended, and nothing of them is known");
    let log: Value = admin.get("/api/v1/audit?limit=20").await.ok();
    let entry = log["items"].as_array().unwrap().iter().find(|one| one["action"] == "person.delete").unwrap();
    assert!(entry["detail"]["erased"].as_array().unwrap().contains(&json!("contacts")), "{entry}");
    patient.get("/api/v1/me").await.refused(401, "signed_out");
    // The address is free again, and its new owner is a different person.
    let told = json!({ "name": "Another", "email": "patient0@test.example" });
    let begun: Value = world.node.anyone().post("/api/v1/auth/register", &told).await.ok();
    let verify = json!({
        "verification_id": begun["verification_id"], "code": world.code().await, "password": "kettle-42-violin",
    });
    let verified: Value = world.node.anyone().post("/api/v1/auth/verify-otp", &verify).await.ok();
    assert_ne!(verified["tokens"]["me"]["person_id"], json!(id));
    // A person removed by mistake becomes a record again. Nothing brings their password back.
    stand(&admin, &id, "active", Some("patient0@test.example")).await.refused(409, "account_exists");
    let back: Value = stand(&admin, &id, "active", Some("back@test.example")).await.ok();
    assert_eq!(
        (&back["standing"], &back["email"], back.get("proven")),
        (&json!("active"), &json!("back@test.example"), None)
    );
    let login = json!({ "email": "back@test.example", "password": PASSWORD });
    world.node.anyone().post("/api/v1/auth/login", &login).await.refused(401, "credentials_wrong");
    // A record without an account is removed and restored the same way.
    let hers = record(&world, &json!({})).await.to_string();
    stand(&admin, &hers, "deleted", None).await.ok::<Value>();
    let back: Value = stand(&admin, &hers, "active", None).await.ok();
    assert_eq!((&back["standing"], back.get("phone")), (&json!("active"), None));
}

async fn staff_who_were_removed_come_back_by_an_invitation(world: World) {
    let admin = world.admin().await;
    let id = world.a.doctors[1].to_string();
    world.doctor(1).await;
    stand(&admin, &id, "deleted", None).await.ok::<Value>();
    let refused = stand(&admin, &id, "active", None).await;
    refused.refused(422, "invalid");
    assert_eq!(refused.body["fields"]["email"]["code"], "missing");
    let back: Value = stand(&admin, &id, "active", Some("doctor1@test.example")).await.ok();
    assert_eq!((&back["invited"], back.get("proven")), (&json!(true), None));
    let body = json!({ "email": "doctor1@test.example", "password": PASSWORD });
    world.node.anyone().post("/api/v1/auth/login", &body).await.refused(401, "credentials_wrong");
    let accept = world.invitation(PASSWORD).await;
    world.node.anyone().post("/api/v1/auth/accept-invitation", &accept).await.ok::<Value>();
    let doctor = world.node.sign_in(&world.a, "doctor1@test.example", Face::Doctor).await;
    let me: Value = doctor.get("/api/v1/me").await.ok();
    assert_eq!(me["person_id"], json!(id));
    assert_eq!(person(&admin, &id).await["proven"], json!(["email"]));
}

/// A removal erases what nothing brings back, so it takes a proof; a suspension stays quick.
async fn nobody_is_removed_without_a_proof(world: World) {
    let admin = world.admin().await;
    let stolen = Client { proof: None, ..admin.clone() };
    let id = world.a.doctors[1].to_string();
    for who in [&id, &world.a.patients[0].to_string()] {
        let refused = stand(&stolen, who, "deleted", None).await;
        refused.refused(403, "confirm_needed");
        let kept = person(&admin, who).await;
        assert_eq!((&kept["standing"], kept["email"].is_string()), (&json!("active"), true));
    }
    stand(&stolen, &id, "suspended", None).await.ok::<Value>();
    stand(&stolen, &id, "deleted", None).await.refused(403, "confirm_needed");
    let gone: Value = stand(&admin, &id, "deleted", None).await.ok();
    assert_eq!(gone["standing"], "deleted");
}

/// A removed person comes back in one way: it asks for a proof, and staff get an invitation to a contact that is named.
async fn nobody_is_brought_back_by_a_suspension(world: World) {
    let admin = world.admin().await;
    let id = world.a.doctors[1].to_string();
    stand(&admin, &id, "active", None).await.refused(409, "standing_refused");
    stand(&admin, &id, "deleted", None).await.ok::<Value>();
    for standing in ["suspended", "deleted"] {
        let refused = stand(&admin, &id, standing, None).await;
        refused.refused(409, "standing_refused");
        assert_eq!(refused.body["present"]["standing"], "deleted");
    }
    let body = json!({ "standing": "active", "version": person(&admin, &id).await["version"] });
    let unproven = Client { proof: None, ..admin.clone() };
    let path = format!("{USERS}/{id}/standing");
    unproven.patch(&path, &body).await.refused(403, "confirm_needed");
    admin.patch(&path, &body).await.refused(422, "invalid");
    // Nor is a suspension said twice, with another reason.
    let other = world.a.doctors[0].to_string();
    stand(&admin, &other, "suspended", None).await.ok::<Value>();
    stand(&admin, &other, "suspended", None).await.refused(409, "standing_refused");
    for (action, acts) in [("person.reinstate", 0), ("person.suspend", 1), ("person.delete", 1)] {
        let log: Value = admin.get(&format!("/api/v1/audit?action={action}")).await.ok();
        let made = log["items"].as_array().unwrap().iter().filter(|entry| entry["outcome"] != "refused");
        assert_eq!(made.count(), acts, "{log}");
    }
}
