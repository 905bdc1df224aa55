//! Damage under a head that the server signed is recorded and stays listed; the log after it goes on being signed. Only the
//! command line goes on where the head itself is not to be trusted.

use medlane_shared::audit::{AuditVerdict, Tampering};
use serde_json::{Value, json};

use super::{
    bound::{FIGURES, busy, figure, found, is_broken, ranges},
    forge::{checkpoints, head, put_back, rehash, resumed, unguard, verdict},
};
use crate::{
    both,
    browser::{Browser, DESKTOP},
    world::{Node, World},
};

both!(
    a_log_with_a_changed_entry_is_signed_on_and_says_so_for_ever,
    a_removed_entry_takes_nothing_from_those_after_the_next_checkpoint,
    another_change_beside_a_recorded_one_is_found,
    an_entry_that_names_another_clinic_is_found,
    a_running_server_finds_damage_and_tells_administrators,
    a_start_goes_on_from_the_last_checkpoint,
    a_forged_record_settles_nothing,
    entries_cut_off_under_a_signed_head_are_recorded,
    checkpoints_of_a_log_that_was_cut_off_do_not_count,
    a_forged_log_is_resumed_and_stays_bad,
    a_log_that_holds_is_not_resumed,
);

/// Somebody works with the server.
async fn works(world: &mut World, patient: usize) {
    let mut config = world.config();
    config.metrics.token = Some(FIGURES.to_owned());
    world.node = Node::start_with("127.0.0.1:0", config, &world.clock).await;
    world.patient(patient).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
}

/// What the server recorded by itself.
async fn recorded_in(world: &World) -> Vec<String> {
    let listed: Value = world.admin().await.get("/api/v1/audit?action=audit.damage").await.ok();
    let target = |item: &Value| item["target"].as_str().unwrap().to_owned();
    listed["items"].as_array().unwrap().iter().map(target).collect()
}

async fn now(world: &World) -> AuditVerdict {
    verdict(world, &world.config()).await
}

/// Changes entry 3 of a log whose triggers are off.
async fn changes_entry_three(world: &World) {
    let sql = "update audit set target = 'nobody' where clinic_id = $1 and seq = 3";
    assert_eq!(world.raw(sql, &[&world.a.id.to_string()]).await, 1);
}

async fn an_entry_that_names_another_clinic_is_found(mut world: World) {
    busy(&mut world).await;
    unguard(&world).await;
    let (id, other) = (world.a.id.to_string(), world.b.id.to_string());
    let sql = "update audit set clinic_id = $2 where clinic_id = $1 and seq = 3";
    assert_eq!(world.raw(sql, &[&id, &other]).await, 1);
    assert_eq!(ranges(&now(&world).await.bad), [(1, 3, Tampering::Changed)]);
}

async fn a_running_server_finds_damage_and_tells_administrators(mut world: World) {
    busy(&mut world).await;
    unguard(&world).await;
    world.restart(|config| config.audit.check_s = 1).await;
    let admin = world.admin().await;
    let state = async || -> Value { admin.get("/api/v1/audit/state").await.ok() };
    while state().await["checked_at"].is_null() {}
    assert_eq!((&state().await["first_bad"], &state().await["is_signed"]), (&Value::Null, &json!(true)));
    changes_entry_three(&world).await;
    while state().await["first_bad"].is_null() {}
    let told = state().await;
    assert_eq!((&told["first_bad"]["seq"], &told["first_bad"]["tampering"]), (&json!(3), &json!("changed")));
    assert_eq!(told["is_signed"], true, "what comes after it is proven by the head");
    while recorded_in(&world).await.is_empty() {}
    assert_eq!(recorded_in(&world).await, ["audit:1-3:3:changed"]);
    world.reception().await.get("/api/v1/audit/state").await.refused(403, "forbidden");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_says_that_the_log_is_damaged_until_somebody_has_seen_it() {
    let mut world = World::sqlite().await;
    busy(&mut world).await;
    unguard(&world).await;
    changes_entry_three(&world).await;
    world.restart(|_| {}).await;
    while world.admin().await.get("/api/v1/audit/state").await.body["first_bad"].is_null() {}
    for (place, language) in [("console", "en"), ("console/people", "ar")] {
        let page = Browser::open(&format!("{}/{place}", world.node.base), DESKTOP, language).await;
        page.signs_in("admin@test.example").await;
        assert!(page.says("#log-state").await.contains('3'));
        page.is_accessible(&format!("a damaged log {language}")).await;
        page.press("#log-seen").await;
        page.sees("main:not(:has(#log-state))").await;
        page.script("location.reload()").await;
        page.sees("#tab-queue").await;
        page.sees("main:not(:has(#log-state))").await;
    }
}

async fn a_start_goes_on_from_the_last_checkpoint(mut world: World) {
    busy(&mut world).await;
    unguard(&world).await;
    let before = checkpoints(&world).await;
    changes_entry_three(&world).await;
    // Without a check beside it, only what comes after the last checkpoint is read: the damage before it is not seen.
    world.restart(|config| config.audit.check_s = 0).await;
    world.patient(9).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    world.node.stop().await;
    let signed = checkpoints(&world).await;
    assert!(signed.len() > before.len() && signed.starts_with(&before), "{before:?} {signed:?}");
    let told = now(&world).await;
    assert_eq!(ranges(&told.bad), [(1, 3, Tampering::Changed)], "nothing was recorded, and the rest holds");
}

async fn a_log_with_a_changed_entry_is_signed_on_and_says_so_for_ever(mut world: World) {
    busy(&mut world).await;
    unguard(&world).await;
    let (id, before) = (world.a.id.to_string(), checkpoints(&world).await);
    let sql = "update audit set target = 'nobody' where clinic_id = $1 and seq = 3";
    assert_eq!(world.raw(sql, &[&id]).await, 1);
    let told = now(&world).await;
    assert_eq!(ranges(&told.bad), [(1, 3, Tampering::Changed)]);
    assert!(!told.is_recorded() && told.holding() == [(4, told.entries)], "{told:?}");
    let damaged = told.entries;
    for patient in [9, 10] {
        works(&mut world, patient).await;
        // The look at the start runs beside the work.
        while figure(&world, "medlane_audit_bad_entry").await == 0 {}
        assert_eq!(figure(&world, "medlane_audit_bad_entry").await, 3);
        assert_eq!(figure(&world, "medlane_audit_broken").await, 0);
        while recorded_in(&world).await.is_empty() {}
        assert_eq!(recorded_in(&world).await, ["audit:1-3:3:changed"], "recorded once");
        let told: Value = world.admin().await.get("/api/v1/audit/verify").await.ok();
        assert_eq!((&told["ok"], &told["first_bad"]["seq"]), (&json!(false), &json!(3)), "{told}");
        world.node.stop().await;
        assert!(!is_broken(&world));
        let told = now(&world).await;
        assert_eq!((found(&told), told.bad[0].recorded.is_some()), ((3, Tampering::Changed), true));
        assert!(told.bad[0].recorded > Some(damaged) && told.is_recorded(), "{told:?}");
        assert_eq!((told.bad.len(), told.holding()), (1, vec![(4, told.entries)]));
        // Every checkpoint but the one over the changed entry fits.
        let sizes = checkpoints(&world).await;
        assert!(sizes.len() > before.len() && head(&world).await.audit_signature.is_some());
        assert_eq!(told.checkpoints, i64::try_from(sizes.len()).unwrap() - 1);
        assert_eq!(sizes.last(), Some(&told.entries));
    }
    // There is nothing for anybody to do: it is recorded.
    assert_eq!(resumed(&world, &world.config(), "Looked into").await, []);
}

async fn a_removed_entry_takes_nothing_from_those_after_the_next_checkpoint(mut world: World) {
    busy(&mut world).await;
    unguard(&world).await;
    let (id, sizes) = (world.a.id.to_string(), checkpoints(&world).await);
    let removed = head(&world).await.audit_seq - 2;
    let sql = "delete from audit where clinic_id = $1 \
               and seq = (select max(seq) - 2 from audit where clinic_id = $1)";
    assert_eq!(world.raw(sql, &[&id]).await, 1);
    let before = sizes.iter().rev().find(|size| **size < removed).copied().unwrap();
    // The next one has lost its link, unless a checkpoint lies between them.
    let upto = if sizes.contains(&removed) { removed } else { removed + 1 };
    let told = now(&world).await;
    assert_eq!(found(&told), (removed, Tampering::Removed));
    assert_eq!(ranges(&told.bad), [(before + 1, upto, Tampering::Removed)]);
    works(&mut world, 9).await;
    world.node.stop().await;
    let told = now(&world).await;
    assert!(told.is_recorded(), "{told:?}");
    assert_eq!(told.holding(), [(1, before), (upto + 1, told.entries)]);
    assert_eq!(checkpoints(&world).await.last(), Some(&told.entries));
}

async fn another_change_beside_a_recorded_one_is_found(mut world: World) {
    busy(&mut world).await;
    unguard(&world).await;
    let (id, sizes) = (world.a.id.to_string(), checkpoints(&world).await);
    let sql = "update audit set target = 'nobody' where clinic_id = $1 and seq = 3";
    assert_eq!(world.raw(sql, &[&id]).await, 1);
    works(&mut world, 9).await;
    world.node.stop().await;
    assert!(now(&world).await.is_recorded());
    let sql = "update audit set target = 'nobody either' where clinic_id = $1 \
               and seq = (select min(size) + 3 from audit_checkpoint where clinic_id = $1)";
    assert_eq!(world.raw(sql, &[&id]).await, 1);
    let told = now(&world).await;
    let changed = sizes[0] + 3;
    assert_eq!(found(&told), (changed, Tampering::Changed), "the new one is told first");
    assert!(!told.is_recorded() && told.bad[0].recorded.is_some(), "{told:?}");
    let before = sizes.iter().rev().find(|size| **size < changed).copied().unwrap();
    assert_eq!(told.holding(), [(4, before), (changed + 1, told.entries)]);
}

async fn a_forged_record_settles_nothing(mut world: World) {
    busy(&mut world).await;
    unguard(&world).await;
    let id = world.a.id.to_string();
    let sql = "delete from audit_checkpoint where clinic_id = $1 \
               and size > (select min(size) from audit_checkpoint where clinic_id = $1)";
    assert!(world.raw(sql, &[&id]).await > 0);
    let left = checkpoints(&world).await;
    // Whatever they do is settled, says the last entry, which nobody but they wrote.
    let sql = "update audit set action = 'audit.resume', target = 'audit:1-999999:1:unsigned' \
               where clinic_id = $1 and seq = (select max(seq) from audit where clinic_id = $1)";
    assert_eq!(world.raw(sql, &[&id]).await, 1);
    rehash(&world).await;
    let told = now(&world).await;
    assert_eq!(found(&told).1, Tampering::Unsigned);
    assert!(!told.is_recorded(), "{told:?}");
    works(&mut world, 9).await;
    world.node.stop().await;
    assert!(is_broken(&world));
    assert_eq!((checkpoints(&world).await, head(&world).await.audit_signature), (left, None));
}

async fn entries_cut_off_under_a_signed_head_are_recorded(mut world: World) {
    busy(&mut world).await;
    unguard(&world).await;
    let (id, last) = (world.a.id.to_string(), head(&world).await.audit_seq);
    let sql = "delete from audit where clinic_id = $1 \
               and seq > (select max(seq) - 5 from audit where clinic_id = $1)";
    assert_eq!(world.raw(sql, &[&id]).await, 5);
    assert_eq!(found(&now(&world).await), (last - 4, Tampering::Truncated));
    for patient in [9, 10] {
        works(&mut world, patient).await;
        world.node.stop().await;
        assert!(!is_broken(&world));
        let told = now(&world).await;
        assert!(!told.ok && told.is_recorded(), "{told:?}");
        // The first entry after them has lost its link, if it was there before the look at the start.
        let (from, upto) = (told.bad[0].from, told.bad[0].upto);
        assert!(from <= last - 4 && (last..=last + 1).contains(&upto), "{told:?}");
        assert_eq!(told.holding(), [(1, from - 1), (upto + 1, told.entries)]);
        assert_eq!(checkpoints(&world).await.last(), Some(&told.entries));
    }
}

async fn checkpoints_of_a_log_that_was_cut_off_do_not_count(mut world: World) {
    busy(&mut world).await;
    let old = head(&world).await;
    works(&mut world, 9).await;
    world.node.stop().await;
    let stale = head(&world).await.audit_checkpoint;
    // An old head is put back with its signature, and the entries after it are gone; the checkpoint over them stays.
    unguard(&world).await;
    let keep = "create table kept_checkpoint as select * from audit_checkpoint";
    world.raw(keep, &[]).await;
    put_back(&world, &old).await;
    let again = "insert into audit_checkpoint select * from kept_checkpoint k where not exists \
                 (select 1 from audit_checkpoint c where c.clinic_id = k.clinic_id and c.size = k.size)";
    assert!(world.raw(again, &[]).await > 0);
    let told = now(&world).await;
    assert_eq!(ranges(&told.bad), [(old.audit_seq + 1, stale, Tampering::Truncated)]);
    let recorded = resumed(&world, &world.config(), "Looked into").await;
    assert_eq!(ranges(&recorded), ranges(&told.bad));
    for patient in 10..16 {
        works(&mut world, patient).await;
        world.node.stop().await;
        assert!(!is_broken(&world));
        let told = now(&world).await;
        assert!(told.is_recorded() && told.bad.len() == 1, "{told:?}");
    }
    assert!(head(&world).await.audit_checkpoint > stale);
}

async fn a_forged_log_is_resumed_and_stays_bad(mut world: World) {
    busy(&mut world).await;
    unguard(&world).await;
    let (id, sizes) = (world.a.id.to_string(), checkpoints(&world).await);
    for sql in [
        "update audit set target = 'nobody' where clinic_id = $1 and seq = 3",
        "delete from audit_checkpoint where clinic_id = $1",
    ] {
        assert!(world.raw(sql, &[&id]).await > 0, "{sql}");
    }
    rehash(&world).await;
    let forged = head(&world).await.audit_seq;
    works(&mut world, 9).await;
    world.node.stop().await;
    assert!(is_broken(&world) && !sizes.is_empty());
    let unsigned = head(&world).await.audit_seq;
    let recorded = resumed(&world, &world.config(), "Looked into").await;
    assert_eq!(ranges(&recorded), [(1, unsigned, Tampering::Unsigned)]);
    works(&mut world, 10).await;
    world.node.stop().await;
    assert!(!is_broken(&world) && unsigned > forged);
    let told = now(&world).await;
    assert!(!told.ok && told.is_recorded(), "{told:?}");
    assert_eq!(told.holding(), [(unsigned + 1, told.entries)]);
    assert_eq!(checkpoints(&world).await.last(), Some(&told.entries));
    // What was accepted once is held to what it was then.
    let sql = "update audit set target = 'somebody' where clinic_id = $1 and seq = 4";
    assert_eq!(world.raw(sql, &[&id]).await, 1);
    let told = now(&world).await;
    assert!(!told.is_recorded() && found(&told) == (4, Tampering::Changed), "{told:?}");
}

async fn a_log_that_holds_is_not_resumed(mut world: World) {
    busy(&mut world).await;
    let before = head(&world).await;
    assert_eq!(resumed(&world, &world.config(), "To be sure").await, []);
    let after = head(&world).await;
    assert_eq!(
        (before.audit_seq, before.audit_hash, before.audit_signature),
        (after.audit_seq, after.audit_hash, after.audit_signature)
    );
}
