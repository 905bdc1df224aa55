//! The audit log: written with the act, append-only, and what was altered behind the server's back is named.

use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::{both, world::World};

both!(acts_are_written_down, the_log_is_append_only);

async fn acts_are_written_down(world: World) {
    let (patient, doctor, admin) = (world.patient(0).await, world.doctor(0).await, world.admin().await);
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    doctor.post("/api/v1/queue/call-next", &json!({})).await.ok::<Value>();
    let log: Value = admin.get("/api/v1/audit?action=ticket.").await.ok();
    let entries = log["items"].as_array().unwrap();
    let actions: Vec<_> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["ticket.call", "ticket.join"]);
    assert_eq!(entries[0]["person_name"], "Name of doctor0");
    assert_eq!(entries[0]["patient_name"], "Name of patient0");
    assert_eq!(entries[1]["detail"]["label"], "GP-001");
    assert!(!log.to_string().contains("cough"), "no chart contents in the log");
    let verdict: Value = admin.get("/api/v1/audit/verify").await.ok();
    assert_eq!(verdict["ok"], true, "{verdict}");
}

async fn the_log_is_append_only(world: World) {
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let tries = ["update audit set action = 'x'", "delete from audit"];
    for sql in tries {
        let refused = if world.url.starts_with("sqlite:") {
            let mut raw = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
            sqlx::query(sql).execute(&mut raw).await.map(drop)
        } else {
            let mut raw = sqlx::PgConnection::connect(&world.url).await.unwrap();
            sqlx::query(sql).execute(&mut raw).await.map(drop)
        };
        assert!(refused.unwrap_err().to_string().contains("append-only"), "{sql}");
    }
}

/// Alters the log as somebody with the database's file could, and asks who notices.
async fn altered(sql: &[&'static str]) -> Value {
    let world = World::sqlite().await;
    let (patient, admin) = (world.patient(0).await, world.admin().await);
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    world.patient(1).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let mut raw = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
    for trigger in ["audit_no_update", "audit_no_delete"] {
        sqlx::query(sqlx::AssertSqlSafe(format!("drop trigger {trigger}"))).execute(&mut raw).await.unwrap();
    }
    for sql in sql {
        assert!(sqlx::query(*sql).execute(&mut raw).await.unwrap().rows_affected() > 0, "{sql}");
    }
    let verdict: Value = admin.get("/api/v1/audit/verify").await.ok();
    assert_eq!(verdict["ok"], false, "{verdict}");
    verdict["first_bad"].clone()
}

#[tokio::test]
async fn a_changed_entry_is_named() {
    let bad = altered(&["update audit set action = 'ticket.call' where seq = 3"]).await;
    assert_eq!((bad["seq"].as_i64(), bad["tampering"].as_str()), (Some(3), Some("changed")));
}

#[tokio::test]
async fn a_removed_entry_is_named() {
    let bad = altered(&["delete from audit where seq = 2"]).await;
    assert_eq!((bad["seq"].as_i64(), bad["tampering"].as_str()), (Some(2), Some("removed")));
}

#[tokio::test]
async fn a_changed_detail_is_named() {
    let bad = altered(&["update audit set detail_sealed = x'00' where seq = (select max(seq) from audit where detail_sealed is not null)"]).await;
    assert_eq!(bad["tampering"].as_str(), Some("changed"));
}

#[tokio::test]
async fn a_truncated_log_is_noticed() {
    let world = World::sqlite().await;
    let clinic = world.node.core.clinics.get(world.a.id).unwrap();
    let mut raw = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
    sqlx::query("drop trigger audit_no_delete").execute(&mut raw).await.unwrap();
    let cut =
        "delete from audit where clinic_id = $1 and seq = (select max(seq) from audit where clinic_id = $1)";
    sqlx::query(cut).bind(world.a.id.to_string()).execute(&mut raw).await.unwrap();
    let verdict = medlane_server::audit::verify(&world.node.core, &clinic).await.unwrap();
    assert_eq!(verdict.first_bad.unwrap().tampering, medlane_shared::audit::Tampering::Truncated);
}
