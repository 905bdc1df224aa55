//! A clinic whose database was put back from a copy: the screens, the workstation's outbox and the log go on.

use std::path::PathBuf;

use medlane_server::{core_open, restored};
use medlane_shared::{records::NoteSave, sync::Topic};
use serde_json::{Value, json};

use crate::{
    both,
    workstation::{clinic, enrolled, note, notes, online},
    world::{Node, World},
};

both!(the_log_says_that_a_copy_was_put_back,);

/// What the command does, in a process of its own.
async fn told(world: &World) -> i64 {
    let core = core_open(&world.config(), world.clock.clock()).await.unwrap();
    let clinic = core.clinics.get(world.a.id).unwrap();
    let epoch = restored(&core, &clinic, "The disk was lost", "the night nurse").await.unwrap();
    core.db.close().await;
    epoch
}

async fn the_log_says_that_a_copy_was_put_back(mut world: World) {
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    world.node.stop().await;
    assert_eq!(told(&world).await, 2);
    assert_eq!(told(&world).await, 3, "after each restore");
    world.restart(|_| {}).await;
    let admin = world.admin().await;
    let page: Value = admin.get("/api/v1/audit?action=clinic.restore").await.ok();
    let last = &page["items"][0];
    let detail = json!({ "epoch": 3, "why": "The disk was lost", "who": "the night nurse" });
    assert_eq!(last["detail"], detail, "{last}");
    let verdict: Value = admin.get("/api/v1/audit/verify").await.ok();
    assert_eq!(verdict["ok"], true, "{verdict}");
    world.patient(1).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workstation_sends_again_what_a_restored_server_has_lost() {
    let (mut world, secrets, vaults) = clinic().await;
    let listen = world.node.base.trim_start_matches("http://").to_owned();
    let desk = enrolled(&world, &secrets, &vaults).await;
    let queue = Topic::Queue(world.a.branches[0]);
    desk.core.follow(queue).await.unwrap();
    let first = desk.core.note_save(note(&world, "Lungs")).await.unwrap();
    assert_eq!((first.version, first.pending), (1, false));
    world.node.stop().await;
    let database: PathBuf = world.url.trim_start_matches("sqlite:").into();
    let copy = database.with_extension("copy");
    std::fs::copy(&database, &copy).unwrap();

    // What comes after the copy: another patient, and more of the note. Both are lost with the disk.
    let again =
        async |world: &World| Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    world.node = again(&world).await;
    desk.hears(online).await;
    world.patient(1).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let label = |label: &'static str| move |told: &medlane_desktop::Told| matches!(told, medlane_desktop::Told::View { body, .. } if body.to_string().contains(label));
    desk.hears(label("GP-002")).await;
    let more = NoteSave { version: 1, ..note(&world, "Lungs clear") };
    let second = desk.core.note_save(more).await.unwrap();
    assert_eq!((second.version, second.pending), (2, false));
    world.node.stop().await;
    desk.hears(|told| *told == medlane_desktop::Told::Online { online: false }).await;
    std::fs::copy(&copy, &database).unwrap();
    assert_eq!(told(&world).await, 2);

    desk.deaf();
    world.node = again(&world).await;
    desk.hears(online).await;
    assert_eq!(
        world.patient(2).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>()["label"],
        "GP-002"
    );
    desk.hears(label("GP-002")).await;
    let mut text = Value::Null;
    for _ in 0..200 {
        text = notes(&world).await[0]["text"].clone();
        if text == "Lungs clear" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(text, "Lungs clear", "the outbox had it");
    assert_eq!(notes(&world).await.len(), 1);
    // It goes on as before.
    let third = NoteSave { version: 2, ..note(&world, "Lungs clear, heart too") };
    let third = desk.core.note_save(third).await.unwrap();
    assert_eq!((third.version, third.pending), (3, false));
}
