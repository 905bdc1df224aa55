//! The audit log: written with each action, append-only. Changes behind the server's back are found.

mod bound;
mod damage;
mod explorer;
mod forge;
mod outside;
mod page;

use forge::unguard;
use medlane_shared::audit::Tampering;
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::{both, world::World};

both!(
    acts_are_written_down,
    what_a_log_is_full_of_can_be_left_out,
    the_log_is_append_only,
    a_changed_entry_is_named,
    a_removed_entry_is_named,
    a_changed_detail_is_named,
    an_entry_at_another_place_is_named,
    an_entry_with_the_number_of_another_is_named,
    the_last_entries_are_known_by_the_head,
    a_truncated_log_is_noticed,
    an_altered_checkpoint_is_named,
);

async fn what_a_log_is_full_of_can_be_left_out(world: World) {
    let (doctor, admin) = (world.doctor(0).await, world.admin().await);
    doctor.get("/api/v1/queue/doctor-queue").await.ok::<Value>();
    doctor.post("/api/v1/queue/call-next", &json!({})).await.refused(404, "nobody_waiting");
    admin.get("/api/v1/patients?q=patient1").await.ok::<Value>();
    // Refusals are never left out, whatever their action.
    let anyone = world.node.anyone();
    anyone.post("/api/v1/auth/refresh", &json!({ "refresh_token": "bm9uc2Vuc2U" })).await;
    let actions = async |quiet: &str| -> Vec<(String, String)> {
        let log: Value = admin.get(&format!("/api/v1/audit?limit=200{quiet}")).await.ok();
        let text = |of: &Value| of.as_str().unwrap().to_owned();
        let items = log["items"].as_array().unwrap().iter();
        items.map(|entry| (text(&entry["action"]), text(&entry["outcome"]))).collect()
    };
    let (all, quiet) = (actions("").await, actions("&quiet=true").await);
    let has = |of: &[(String, String)], action: &str| of.iter().any(|(one, _)| one == action);
    assert!(has(&all, "queue.read") && !has(&quiet, "queue.read"), "{quiet:?}");
    assert!(has(&quiet, "patients.find") && has(&quiet, "session.sign_in"));
    let noise = |(action, outcome): &(String, String)| {
        medlane_shared::audit::NOISE.contains(&action.as_str()) && outcome == "success"
    };
    let kept: Vec<_> = all.into_iter().filter(|entry| !noise(entry)).collect();
    assert_eq!(
        quiet.iter().filter(|(action, _)| action != "audit.read").collect::<Vec<_>>(),
        kept.iter().filter(|(action, _)| action != "audit.read").collect::<Vec<_>>()
    );
}

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

/// Changes the log like an attacker with the database's files, and returns what the check finds.
async fn altered(world: &World, statements: &[&'static str]) -> (i64, String) {
    for n in 0..2 {
        world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    }
    unguard(world).await;
    for sql in statements {
        assert!(world.raw(sql, &[]).await > 0, "{sql}");
    }
    let verdict: Value = world.admin().await.get("/api/v1/audit/verify").await.ok();
    assert_eq!(verdict["ok"], false, "{verdict}");
    let bad = &verdict["first_bad"];
    (bad["seq"].as_i64().unwrap(), bad["tampering"].as_str().unwrap().to_owned())
}

async fn a_changed_entry_is_named(world: World) {
    let bad = altered(&world, &["update audit set action = 'ticket.call' where seq = 3"]).await;
    assert_eq!(bad, (3, "changed".to_owned()));
}

async fn a_removed_entry_is_named(world: World) {
    let bad = altered(&world, &["delete from audit where seq = 2"]).await;
    assert_eq!(bad, (2, "removed".to_owned()));
}

async fn a_changed_detail_is_named(world: World) {
    let last = "update audit set detail_sealed = detail_hash where (clinic_id, seq) in \
                (select clinic_id, max(seq) from audit where detail_sealed is not null group by clinic_id)";
    let (_, tampering) = altered(&world, &[last]).await;
    assert_eq!(tampering, "changed");
}

async fn an_entry_at_another_place_is_named(world: World) {
    let swap = [
        "update audit set place = place + 1000000, seq = -2 where seq = 2",
        "update audit set place = place - 2, seq = 2 where seq = 4",
        "update audit set place = place - 999998, seq = 4 where seq = -2",
    ];
    assert_eq!(altered(&world, &swap).await, (2, "reordered".to_owned()));
}

async fn an_entry_with_the_number_of_another_is_named(world: World) {
    let swap = ["update audit set seq = case seq when 2 then 4 else 2 end where seq in (2, 4)"];
    assert_eq!(altered(&world, &swap).await, (2, "reordered".to_owned()));
}

async fn the_last_entries_are_known_by_the_head(world: World) {
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    unguard(&world).await;
    let clinic = world.node.core.clinics.get(world.a.id).unwrap();
    let id = world.a.id.to_string();
    for sql in [
        "update audit set place = place + 1000000, seq = -1 where clinic_id = $1 and seq = (select max(seq) from audit where clinic_id = $1)",
        "update audit set place = place + 1, seq = seq + 1 where clinic_id = $1 and seq = (select max(seq) from audit where clinic_id = $1)",
        "update audit set place = place - 1000001, seq = (select max(seq) - 1 from audit where clinic_id = $1) where clinic_id = $1 and seq = -1",
    ] {
        assert_eq!(world.raw(sql, &[&id]).await, 1, "{sql}");
    }
    let verdict = medlane_server::audit::verify(&world.node.core, &clinic).await.unwrap();
    assert_eq!(verdict.first_bad.unwrap().tampering, Tampering::Reordered);
}

async fn a_truncated_log_is_noticed(world: World) {
    unguard(&world).await;
    let clinic = world.node.core.clinics.get(world.a.id).unwrap();
    let cut =
        "delete from audit where clinic_id = $1 and seq = (select max(seq) from audit where clinic_id = $1)";
    assert_eq!(world.raw(cut, &[&world.a.id.to_string()]).await, 1);
    let verdict = medlane_server::audit::verify(&world.node.core, &clinic).await.unwrap();
    assert_eq!(verdict.first_bad.unwrap().tampering, Tampering::Truncated);
}

async fn an_altered_checkpoint_is_named(mut world: World) {
    // A server that stops signs the entries that were written.
    world.restart(|_| {}).await;
    let verdict: Value = world.admin().await.get("/api/v1/audit/verify").await.ok();
    assert!(verdict["ok"] == true && verdict["checkpoints"].as_u64() > Some(0), "{verdict}");
    let resigned = "update audit_checkpoint set note = replace(note, 'medlane.audit', 'medlane.other')";
    let (_, tampering) = altered(&world, &[resigned]).await;
    assert_eq!(tampering, "checkpoint");
}
