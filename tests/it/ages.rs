//! What is deleted by age, and a device that comes back after it.

use std::time::Duration;

use medlane_server::prune;
use medlane_shared::{
    identity::Face,
    ids::ClientId,
    sync::{Bucket, Checkpoint, Cursor, Replica, SCHEMA, ServerFrame},
    time::Timestamp,
};
use serde_json::Value;

use crate::{both, denial::enrolled, erased::count, line::Line, world::World};

both!(
    what_is_old_is_deleted_and_what_must_be_kept_is_not,
    a_device_that_was_away_for_longer_than_the_feed_takes_a_snapshot,
);

const DAY: Duration = Duration::from_hours(24);

/// How many rows of a table are older than the world's time less some days.
async fn older(world: &World, table: &str, column: &str, days: i64) -> i64 {
    let before = world.node.core.now().plus_ms(-days * 24 * 3_600_000).ms();
    count(world, &format!("{table} where {column} < {before}")).await
}

async fn joins(world: &World, patient: usize) {
    world.patient(patient).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
}

async fn what_is_old_is_deleted_and_what_must_be_kept_is_not(world: World) {
    let tables = ["change", "session", "quote", "ticket", "audit", "subject_key"];
    let counts = async || {
        let mut all = Vec::new();
        for table in tables {
            all.push(count(&world, table).await);
        }
        all
    };
    joins(&world, 0).await;
    enrolled(&world, "kiosk", 0).await;
    // A wait is quoted once the queue has moved.
    while count(&world, "quote").await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let young = counts().await;
    assert!(young.iter().all(|rows| *rows > 0), "{young:?}");
    prune(&world.node.core).await.unwrap();
    assert_eq!(counts().await, young, "nothing is old yet");

    world.clock.pass(31 * DAY);
    joins(&world, 1).await;
    prune(&world.node.core).await.unwrap();
    assert_eq!(older(&world, "change", "at_ms", 1).await, 1, "the last one of the other clinic");
    assert!(count(&world, "change").await > 0);
    assert!(
        older(&world, "session", "created_at_ms", 30).await > 0
            && older(&world, "quote", "at_ms", 30).await > 0
    );

    world.clock.pass(100 * DAY);
    joins(&world, 2).await;
    prune(&world.node.core).await.unwrap();
    let left = "device_id is null and created_at_ms";
    assert_eq!(older(&world, "session", left, 100).await, 0);
    assert_eq!(
        count(&world, "session where device_id is not null").await,
        1,
        "it tells when the kiosk was there"
    );
    assert!(older(&world, "quote", "at_ms", 100).await > 0);

    world.clock.pass(401 * DAY);
    joins(&world, 3).await;
    prune(&world.node.core).await.unwrap();
    assert_eq!(older(&world, "quote", "at_ms", 1).await, 0);
    assert_eq!(count(&world, "ticket").await, 4);
    let (written, log) = (count(&world, "audit").await, "/api/v1/audit/verify");
    assert!(written > young[4]);
    let verdict: Value = world.admin().await.get(log).await.ok();
    assert_eq!(verdict["ok"], true, "{verdict}");
}

/// What a workstation is sent that has the feed up to a place: the number of snapshots, and the first checkpoint.
async fn greeted(world: &World, cursor: Option<Cursor>, buckets: &[Bucket]) -> (usize, Checkpoint) {
    let client_id = ClientId::new(Timestamp::from_ms(1), rand::random());
    let replica = Replica { client_id, schema: SCHEMA, cursor, buckets: buckets.to_vec() };
    let doctor = world.doctor(0).await;
    let (base, token) = (&world.node.base, doctor.token.as_deref());
    let mut line = Line::hello(base, Face::Doctor, token, Vec::new(), Some(replica)).await;
    let mut snapshots = 0;
    loop {
        match line.next().await.unwrap() {
            ServerFrame::Snapshot(_) => snapshots += 1,
            ServerFrame::Checkpoint(checkpoint) => return (snapshots, checkpoint),
            _ => {}
        }
    }
}

async fn a_device_that_was_away_for_longer_than_the_feed_takes_a_snapshot(world: World) {
    let held = [Bucket::Catalogue, Bucket::Queue(world.a.branches[0])];
    let (snapshots, left) = greeted(&world, None, &[]).await;
    assert_eq!((snapshots, left.since), (2, None));
    joins(&world, 0).await;
    let (snapshots, back) = greeted(&world, Some(left.upto), &held).await;
    assert_eq!((snapshots, back.since), (0, Some(left.upto.seq)), "the feed is there");
    joins(&world, 1).await;
    world.clock.pass(31 * DAY);
    prune(&world.node.core).await.unwrap();
    assert_eq!(older(&world, "change", "at_ms", 1).await, 2, "the last one of each clinic");
    let (snapshots, back) = greeted(&world, Some(left.upto), &held).await;
    assert_eq!((snapshots, back.since), (2, None), "what it missed is gone");
    let at = back.upto;
    joins(&world, 2).await;
    let (snapshots, back) = greeted(&world, Some(at), &held).await;
    assert_eq!((snapshots, back.since), (0, Some(at.seq)), "it is up to date");
}
