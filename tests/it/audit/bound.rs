//! The server's signature protects the log. An attacker with the database but without the key cannot change it
//! unnoticed, and cannot get own changes signed.

use std::time::Duration;

use medlane_server::{
    config::Config,
    core_open,
    keys::key_is_marked,
    writer::{By, Entry, Noted, Writer},
};
use medlane_shared::{
    access::{Action, Actor, Resource, may},
    audit::{AuditVerdict, BadRange, Tampering},
    identity::Face,
};
use serde_json::{Value, json};

use super::{
    forge::{checkpoints, head, last_sealed, rehash, resumed, unguard, verdict},
    outside::anchored,
};
use crate::{
    both,
    world::{Client, Node, World},
};

both!(
    a_log_that_was_rewritten_without_the_key_is_found_and_not_signed,
    a_changed_entry_with_all_its_hashes_is_found,
    a_log_that_was_cut_with_its_head_is_found,
    a_blanked_detail_is_found,
    a_checkpoint_that_was_taken_away_is_found_whatever_is_set,
    a_checkpoint_that_is_overdue_is_told_and_made_up_for,
    a_log_cannot_be_made_to_look_as_if_it_was_never_signed,
    a_patient_taken_out_of_a_list_is_found,
    a_new_clinics_key_never_had_another_form,
);

/// Some acts, a checkpoint over them, and more acts that only the head's signature covers; then nothing runs.
pub async fn busy(world: &mut World) {
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    world.restart(|_| {}).await;
    for n in 1..8 {
        world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    }
    world.node.stop().await;
    assert!(verdict(world, &world.config()).await.ok);
}

#[track_caller]
pub fn found(verdict: &AuditVerdict) -> (i64, Tampering) {
    assert!(!verdict.ok, "{verdict:?}");
    let bad = verdict.first_bad.as_ref().unwrap();
    (bad.seq, bad.tampering)
}

/// What was found, as first, last, and what.
pub fn ranges(found: &[BadRange]) -> Vec<(i64, i64, Tampering)> {
    found.iter().map(|one| (one.from, one.upto, one.tampering)).collect()
}

/// Whether the server at this database signs no more.
pub fn is_broken(world: &World) -> bool {
    world.node.core.clinics.get(world.a.id).unwrap().trust.broken().is_some()
}

/// What opens the figures of the server.
pub const FIGURES: &str = "a token of the figures";

/// Whether its metrics say so.
async fn says_broken(world: &World) -> bool {
    figure(world, "medlane_audit_broken").await == 1
}

/// A figure of the server.
pub async fn figure(world: &World, name: &str) -> i64 {
    let reader = Client { token: Some(FIGURES.to_owned()), ..world.node.anyone() };
    let Value::String(figures) = reader.get("/metrics").await.body else { panic!("no figures") };
    let start = format!("{name} ");
    figures.lines().find_map(|line| line.strip_prefix(&start)).unwrap().parse().unwrap()
}

async fn a_log_that_was_rewritten_without_the_key_is_found_and_not_signed(mut world: World) {
    busy(&mut world).await;
    let sizes = checkpoints(&world).await;
    let id = world.a.id.to_string();
    unguard(&world).await;
    for sql in [
        "delete from audit where clinic_id = $1 and seq > (select max(seq) - 5 from audit where clinic_id = $1)",
        "update audit set detail_sealed = null, detail_hash = null where clinic_id = $1 and seq = (select max(seq) from audit where clinic_id = $1)",
        "update audit set action = 'ticket.call' where clinic_id = $1 and seq = (select max(seq) - 2 from audit where clinic_id = $1)",
        "delete from audit_checkpoint where clinic_id = $1 and size > (select min(size) from audit_checkpoint where clinic_id = $1)",
    ] {
        assert!(world.raw(sql, &[&id]).await > 0, "{sql}");
    }
    rehash(&world).await;
    let first = found(&verdict(&world, &world.config()).await);
    assert_eq!(first, (sizes[0] + 1, Tampering::Unsigned));
    // The next start signs nothing of it, and reports it.
    let left = checkpoints(&world).await;
    let mut config = world.config();
    config.metrics.token = Some(FIGURES.to_owned());
    world.node = Node::start_with("127.0.0.1:0", config, &world.clock).await;
    assert!(is_broken(&world) && says_broken(&world).await);
    world.patient(9).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let told: Value = world.admin().await.get("/api/v1/audit/verify").await.ok();
    assert_eq!((&told["ok"], &told["first_bad"]["tampering"]), (&json!(false), &json!("unsigned")), "{told}");
    world.node.stop().await;
    assert_eq!(checkpoints(&world).await, left);
    assert_eq!(head(&world).await.audit_signature, None);
    assert_eq!(found(&verdict(&world, &world.config()).await), first);
}

async fn a_changed_entry_with_all_its_hashes_is_found(mut world: World) {
    busy(&mut world).await;
    unguard(&world).await;
    let id = world.a.id.to_string();
    // An entry that a checkpoint covers, with the checkpoints unchanged.
    let sql = "update audit set target = 'nobody' where clinic_id = $1 and seq = 3";
    assert_eq!(world.raw(sql, &[&id]).await, 1);
    rehash(&world).await;
    let sizes = checkpoints(&world).await;
    assert_eq!(found(&verdict(&world, &world.config()).await), (sizes[0], Tampering::Checkpoint));
    assert_eq!(
        world.raw("delete from audit_checkpoint where clinic_id = $1", &[&id]).await,
        sizes.len() as u64
    );
    assert_eq!(found(&verdict(&world, &world.config()).await), (1, Tampering::Unsigned));
}

async fn a_log_that_was_cut_with_its_head_is_found(mut world: World) {
    busy(&mut world).await;
    unguard(&world).await;
    let id = world.a.id.to_string();
    let sizes = checkpoints(&world).await;
    for sql in [
        "delete from audit where clinic_id = $1 and seq > (select min(size) + 2 from audit_checkpoint where clinic_id = $1)",
        "delete from audit_checkpoint where clinic_id = $1 and size > (select min(size) from audit_checkpoint where clinic_id = $1)",
    ] {
        assert!(world.raw(sql, &[&id]).await > 0, "{sql}");
    }
    rehash(&world).await;
    assert_eq!(found(&verdict(&world, &world.config()).await), (sizes[0] + 1, Tampering::Unsigned));
    // Whoever has the key signs on, and the log says so for ever.
    let entries = head(&world).await.audit_seq;
    let recorded = resumed(&world, &world.config(), "Put back from Monday's copy").await;
    assert_eq!(ranges(&recorded), [(sizes[0] + 1, entries, Tampering::Unsigned)]);
    let after = head(&world).await.audit_seq;
    assert_eq!(resumed(&world, &world.config(), "Again").await, [], "there is nothing to resume");
    assert_eq!(head(&world).await.audit_seq, after, "and nothing was written");
    let excepted = |verdict: &AuditVerdict| {
        assert!(!verdict.ok && verdict.is_recorded(), "{verdict:?}");
        assert_eq!(verdict.holding(), [(1, sizes[0]), (entries + 1, verdict.entries)], "{verdict:?}");
    };
    excepted(&verdict(&world, &world.config()).await);
    world.node = Node::start(&world.url, world.dir.path(), &world.clock).await;
    assert!(!is_broken(&world));
    let admin = world.admin().await;
    let told: Value = admin.get("/api/v1/audit?action=audit.resume").await.ok();
    let detail = &told["items"][0]["detail"];
    assert_eq!(
        (&detail["why"], &detail["who"]),
        (&json!("Put back from Monday's copy"), &json!("the night nurse"))
    );
    assert_eq!((&detail["tampering"], &detail["upto"]), (&json!("unsigned"), &json!(entries)));
    world.patient(9).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    world.node.stop().await;
    excepted(&verdict(&world, &world.config()).await);
    assert!(checkpoints(&world).await.len() > 2, "checkpoints go on");
}

async fn a_blanked_detail_is_found(mut world: World) {
    busy(&mut world).await;
    unguard(&world).await;
    let id = world.a.id.to_string();
    let blanked = last_sealed(&world).await;
    // No hash of the log covers the sealed text itself.
    let sql = "update audit set detail_sealed = null where clinic_id = $1 and seq = \
               (select max(seq) from audit where clinic_id = $1 and detail_hash is not null)";
    assert_eq!(world.raw(sql, &[&id]).await, 1);
    assert_eq!(found(&verdict(&world, &world.config()).await), (blanked, Tampering::Blanked));
    world.node = Node::start(&world.url, world.dir.path(), &world.clock).await;
    world.node.stop().await;
    // It takes nothing from the others: they are signed on, and it stays named.
    let told = verdict(&world, &world.config()).await;
    assert_eq!(found(&told), (blanked, Tampering::Blanked));
    assert_eq!(told.holding(), [(1, blanked - 1), (blanked + 1, told.entries)]);
    // The damage is recorded, and a checkpoint covers the record; more may have been written since.
    let recorded = told.bad[0].recorded.unwrap();
    assert!(recorded > blanked && head(&world).await.audit_checkpoint >= recorded, "{told:?}");
}

async fn a_checkpoint_that_was_taken_away_is_found_whatever_is_set(mut world: World) {
    busy(&mut world).await;
    let sizes = checkpoints(&world).await;
    assert!(sizes.len() > 1, "{sizes:?}");
    world.restart(|config| config.audit.checkpoint_s = 86_400).await;
    world.patient(9).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    world.clock.pass(Duration::from_hours(6));
    world.patient(10).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let rare = Config {
        audit: medlane_server::config::Audit { checkpoint_s: 86_400, ..world.config().audit },
        ..world.config()
    };
    let verified = verdict(&world, &rare).await;
    assert!(verified.ok, "{verified:?}");
    world.node.stop().await;
    unguard(&world).await;
    let id = world.a.id.to_string();
    let sql = "delete from audit_checkpoint where clinic_id = $1 and size = (select min(size) from audit_checkpoint where clinic_id = $1)";
    assert_eq!(world.raw(sql, &[&id]).await, 1);
    assert_eq!(found(&verdict(&world, &rare).await), (sizes[0], Tampering::CheckpointMissing));
    world.raw("delete from audit_checkpoint where clinic_id = $1", &[&id]).await;
    let last = head(&world).await.audit_checkpoint;
    assert_eq!(found(&verdict(&world, &rare).await), (last, Tampering::CheckpointMissing));
}

async fn a_checkpoint_that_is_overdue_is_told_and_made_up_for(mut world: World) {
    busy(&mut world).await;
    let last = head(&world).await.audit_checkpoint;
    let core = core_open(&world.config(), world.clock.clock()).await.unwrap();
    let (writer, written) = Writer::start(core.clone());
    let grant = may(&Actor::System { clinic: world.a.id }, Action::AuditRead, &Resource::clinic()).unwrap();
    for _ in 0..140 {
        world.clock.pass(Duration::from_millis(500));
        let noted = Noted::read(&grant, Entry::new("demo.day", "nothing"));
        writer.run(By::system(world.a.id), noted).await.unwrap();
    }
    drop(writer);
    written.await.unwrap();
    core.db.close().await;
    assert_eq!(found(&verdict(&world, &world.config()).await), (last + 1, Tampering::CheckpointOverdue));
    world.node = Node::start(&world.url, world.dir.path(), &world.clock).await;
    world.node.stop().await;
    assert!(verdict(&world, &world.config()).await.ok);
    assert!(head(&world).await.audit_checkpoint > last);
}

async fn a_log_cannot_be_made_to_look_as_if_it_was_never_signed(mut world: World) {
    busy(&mut world).await;
    unguard(&world).await;
    let id = world.a.id.to_string();
    for sql in [
        "update audit set target = 'nobody' where clinic_id = $1 and seq = 3",
        "delete from audit_checkpoint where clinic_id = $1",
        "update clinic_head set audit_signature = null, audit_checkpoint = 0 where clinic_id = $1",
    ] {
        assert!(world.raw(sql, &[&id]).await > 0, "{sql}");
    }
    rehash(&world).await;
    world.node = Node::start(&world.url, world.dir.path(), &world.clock).await;
    assert!(is_broken(&world));
    world.node.stop().await;
    assert_eq!((checkpoints(&world).await, head(&world).await.audit_signature), (Vec::new(), None));
    assert_eq!(found(&verdict(&world, &world.config()).await), (1, Tampering::Unsigned));
}

async fn a_patient_taken_out_of_a_list_is_found(mut world: World) {
    let admin = world.admin().await;
    admin.get("/api/v1/patients?q=patient1").await.ok::<Value>();
    let page: Value = admin.get("/api/v1/audit?action=patients.find").await.ok();
    let seq = page["items"][0]["seq"].as_i64().unwrap();
    world.node.stop().await;
    unguard(&world).await;
    let patient = world.a.patients[10].to_string();
    let sql = "delete from audit_shown where patient_id = $1 \
               and place = (select min(place) from audit_shown where patient_id = $1)";
    assert_eq!(world.raw(sql, &[&patient]).await, 1);
    assert_eq!(found(&verdict(&world, &world.config()).await), (seq, Tampering::Changed));
}

async fn a_new_clinics_key_never_had_another_form(world: World) {
    let guard: &[&str] = if world.url.starts_with("sqlite:") {
        &["create trigger key_stays before update on subject_key begin select raise(abort, 'changed'); end"]
    } else {
        &["create trigger key_stays before update on subject_key for each row execute function append_only()"]
    };
    for sql in guard {
        world.raw(sql, &[]).await;
    }
    let core = core_open(&world.config(), world.clock.clock()).await.unwrap();
    let clinic = medlane_server::engine::found(&core, "Clinic C", Some("c.test")).await.unwrap();
    let mut conn = core.db.read().await.unwrap();
    assert!(key_is_marked(&mut conn, &core.root, clinic.id).await.unwrap());
    drop(conn);
    core.db.close().await;
}

#[tokio::test]
async fn several_nodes_sign_one_log() {
    let mut world = World::postgres().await;
    let (config, _) = anchored(&world);
    let anchor = config.audit.anchor.clone();
    world.restart(|config| config.audit.anchor.clone_from(&anchor)).await;
    let mut second = Node::start_with("127.0.0.1:0", config.clone(), &world.clock).await;
    let patients = world.a.patients.len().min(30);
    for n in (0..patients).step_by(2) {
        let email = format!("patient{}@test.example", n + 1);
        let one = world.patient(n).await;
        let other = second.sign_in(&world.a, &email, Face::Companion).await;
        let join = world.join();
        let (here, there) =
            tokio::join!(one.post("/api/v1/queue/join", &join), other.post("/api/v1/queue/join", &join));
        here.ok::<Value>();
        there.ok::<Value>();
        let verified = verdict(&world, &config).await;
        assert!(verified.ok, "{verified:?}");
    }
    assert!(!is_broken(&world));
    second.stop().await;
    world.node.stop().await;
    let verified = verdict(&world, &config).await;
    assert!(verified.ok && verified.anchored > 1, "{verified:?}");
    let head = head(&world).await;
    assert!(head.audit_signature.is_some() && head.audit_checkpoint > 0);
}
