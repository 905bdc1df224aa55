//! Checkpoints stored outside the database: what they show, and what is made of files that are not what their name says.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use medlane_server::{config::Config, core_open};
use medlane_shared::audit::Tampering;
use serde_json::Value;

use super::{
    bound::{found, is_broken, ranges},
    forge::{checkpoints, head, put_back, resumed, verdict},
};
use crate::{
    both,
    world::{Node, World},
};

both!(
    a_database_that_was_put_back_is_found_by_what_is_stored_outside,
    a_running_server_notices_that_its_log_was_put_back,
    what_is_stored_outside_is_looked_at,
    a_file_with_the_name_of_a_checkpoint_is_none,
    a_folder_that_is_not_there_is_told_and_not_made,
    a_copy_that_was_put_back_on_purpose_is_recorded,
);

/// A checkpoint's file in the clinic's folder.
fn file(folder: &Path, size: i64) -> PathBuf {
    folder.join(format!("{:09}/{size:012}.checkpoint", size / 1_000))
}

/// The world's settings with a folder outside.
pub fn anchored(world: &World) -> (Config, PathBuf) {
    let folder = world.dir.path().join("anchor");
    std::fs::create_dir_all(&folder).unwrap();
    let mut config = world.config();
    config.audit.anchor = Some(folder.clone());
    (config, folder.join(world.a.id.to_string()))
}

async fn a_database_that_was_put_back_is_found_by_what_is_stored_outside(mut world: World) {
    let (config, _) = anchored(&world);
    let anchor = config.audit.anchor.clone();
    world.restart(|config| config.audit.anchor.clone_from(&anchor)).await;
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    world.restart(|config| config.audit.anchor.clone_from(&anchor)).await;
    world.node.stop().await;
    let before = head(&world).await;
    world.node = Node::start_with("127.0.0.1:0", config.clone(), &world.clock).await;
    world.patient(1).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    world.node.stop().await;
    let verified = verdict(&world, &config).await;
    assert!(verified.ok && verified.anchored > 1, "{verified:?}");
    put_back(&world, &before).await;
    // By itself the database is whole: it was once as it is now.
    assert!(verdict(&world, &world.config()).await.ok);
    assert_eq!(found(&verdict(&world, &config).await), (before.audit_seq + 1, Tampering::RolledBack));
    world.node = Node::start_with("127.0.0.1:0", config.clone(), &world.clock).await;
    assert!(is_broken(&world));
    let sizes = checkpoints(&world).await;
    world.patient(2).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    world.node.stop().await;
    assert_eq!((checkpoints(&world).await, head(&world).await.audit_signature), (sizes, None));
}

async fn a_running_server_notices_that_its_log_was_put_back(world: World) {
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let before = head(&world).await;
    world.patient(1).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    assert!(!is_broken(&world));
    put_back(&world, &before).await;
    let admin = world.admin().await;
    let told: Value = admin.get("/api/v1/audit/verify").await.ok();
    assert_eq!(told["ok"], false, "{told}");
    assert!(is_broken(&world));
}

async fn what_is_stored_outside_is_looked_at(mut world: World) {
    let (config, folder) = anchored(&world);
    let anchor = config.audit.anchor.clone();
    for n in 0..2 {
        world.restart(|config| config.audit.anchor.clone_from(&anchor)).await;
        world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    }
    world.node.stop().await;
    let sizes = checkpoints(&world).await;
    let file = |size: i64| file(&folder, size);
    assert!(sizes.iter().all(|size| file(*size).exists()), "{sizes:?}");
    // The first was signed before there was a folder: it is there too, and not one that was promised.
    let second = sizes[1];
    let first = file(second);
    let kept = std::fs::read(&first).unwrap();
    // Another's, and nonsense.
    let others = std::fs::read(file(sizes[0])).unwrap();
    for forged in [others, b"nonsense".to_vec()] {
        std::fs::write(&first, forged).unwrap();
        assert_eq!(found(&verdict(&world, &config).await), (second, Tampering::Anchor));
    }
    // One that is missing is found once it had the time to be written, and is there again after a start.
    std::fs::remove_file(&first).unwrap();
    world.clock.pass(Duration::from_mins(6));
    assert_eq!(found(&verdict(&world, &config).await), (second, Tampering::AnchorMissing));
    world.node = Node::start_with("127.0.0.1:0", config.clone(), &world.clock).await;
    world.patient(3).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    world.node.stop().await;
    assert_eq!(std::fs::read(&first).unwrap(), kept);
    let verified = verdict(&world, &config).await;
    assert!(verified.ok && verified.anchored == verified.checkpoints, "{verified:?}");
    // An empty one is none: it is missing, and written again.
    std::fs::write(&first, b"").unwrap();
    assert_eq!(found(&verdict(&world, &config).await), (second, Tampering::AnchorMissing));
    world.node = Node::start_with("127.0.0.1:0", config.clone(), &world.clock).await;
    world.node.stop().await;
    assert_eq!(std::fs::read(&first).unwrap(), kept);
    assert!(verdict(&world, &config).await.ok);
}

async fn a_file_with_the_name_of_a_checkpoint_is_none(mut world: World) {
    let (config, folder) = anchored(&world);
    world.node.stop().await;
    world.node = Node::start_with("127.0.0.1:0", config.clone(), &world.clock).await;
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    world.node.stop().await;
    let last = head(&world).await.audit_checkpoint;
    // A longer log than this one, signed by nobody.
    let (forged, kept) = (file(&folder, 9_999), std::fs::read(file(&folder, last)).unwrap());
    std::fs::create_dir_all(forged.parent().unwrap()).unwrap();
    for text in [&b"nonsense"[..], &kept] {
        std::fs::write(&forged, text).unwrap();
        assert_eq!(found(&verdict(&world, &config).await).1, Tampering::Anchor);
        world.node = Node::start_with("127.0.0.1:0", config.clone(), &world.clock).await;
        world.patient(1).await.get("/api/v1/queue/my-status").await.ok::<Value>();
        world.node.stop().await;
        assert!(!is_broken(&world), "nothing that was signed is missing");
        assert!(head(&world).await.audit_signature.is_some());
    }
    assert!(head(&world).await.audit_checkpoint > last);
    std::fs::remove_file(forged).unwrap();
    assert!(verdict(&world, &config).await.ok);
}

async fn a_folder_that_is_not_there_is_told_and_not_made(mut world: World) {
    let (config, _) = anchored(&world);
    let anchor = config.audit.anchor.clone().unwrap();
    world.node.stop().await;
    std::fs::remove_dir(&anchor).unwrap();
    let refused = core_open(&config, world.clock.clock()).await.map(drop).unwrap_err().to_string();
    assert!(refused.contains("audit.anchor") && refused.contains("has to be there"), "{refused}");
    assert!(!anchor.exists());
}

async fn a_copy_that_was_put_back_on_purpose_is_recorded(mut world: World) {
    let (config, folder) = anchored(&world);
    let clock = world.clock.clone();
    let at_work = || Node::start_with("127.0.0.1:0", config.clone(), &clock);
    world.node.stop().await;
    world.node = at_work().await;
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    world.node.stop().await;
    let before = head(&world).await;
    world.node = at_work().await;
    world.patient(1).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    world.node.stop().await;
    let lost = head(&world).await.audit_checkpoint;
    put_back(&world, &before).await;
    let recorded = resumed(&world, &config, "The disk failed").await;
    assert_eq!(ranges(&recorded), [(before.audit_seq + 1, lost, Tampering::RolledBack)]);
    let kept: Vec<i64> = checkpoints(&world).await;
    assert!(!file(&folder, lost).exists() || kept.contains(&lost), "those of the lost log are set aside");
    let told = verdict(&world, &config).await;
    assert!(!told.ok && told.is_recorded() && told.bad[0].recorded == Some(before.audit_seq + 1), "{told:?}");
    assert_eq!(told.holding(), [(1, told.entries)], "what is there holds");
    // The log is signed on, past the numbers that were given before.
    world.node = at_work().await;
    assert!(!is_broken(&world));
    for n in 2..6 {
        world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    }
    world.node.stop().await;
    let told = verdict(&world, &config).await;
    assert!(told.is_recorded() && told.entries > lost, "{told:?}");
    assert!(file(&folder, head(&world).await.audit_checkpoint).exists());
    // The record settles that loss alone: the same copy put back again is found again.
    put_back(&world, &before).await;
    assert_eq!(found(&verdict(&world, &config).await), (before.audit_seq + 1, Tampering::RolledBack));
    world.node = at_work().await;
    assert!(is_broken(&world));
    world.node.stop().await;
}
