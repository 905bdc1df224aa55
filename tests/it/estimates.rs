//! Every forecast waiting time is stored and compared with the actual wait.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::{
    both,
    world::{Client, Node, World},
};

both!(waits_are_held_against_what_was_told);

/// Waits until this many quotes are stored.
pub async fn told(world: &World, count: i64) {
    for _ in 0..200 {
        if written(world).await >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(written(world).await, count);
}

/// How many quotes are stored.
async fn written(world: &World) -> i64 {
    let sql = "select count(*) from quote";
    if world.url.starts_with("postgres") {
        let mut raw = sqlx::PgConnection::connect(&world.url).await.unwrap();
        return sqlx::query_scalar(sql).fetch_one(&mut raw).await.unwrap();
    }
    let mut raw = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
    sqlx::query_scalar(sql).fetch_one(&mut raw).await.unwrap()
}

/// Waits until this many quotes have an outcome.
pub async fn judged(world: &World, admin: &Client, waits: i64) -> Value {
    let path = format!("/api/v1/queue/estimates?branch_id={}", world.a.branches[0]);
    for _ in 0..200 {
        let page: Value = admin.get(&path).await.ok();
        if page["items"][0]["waits"] == waits {
            return page["items"][0].clone();
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never {waits} waits");
}

async fn waits_are_held_against_what_was_told(mut world: World) {
    for n in 0..4 {
        world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    }
    told(&world, 4).await;
    world.clock.pass(Duration::from_mins(10));
    let doctor = world.doctor(0).await;
    doctor.post("/api/v1/queue/call-next", &json!({})).await.ok::<Value>();
    let admin = world.admin().await;
    // Nobody was before them, so the ten minutes that they waited are the error.
    let first = judged(&world, &admin, 1).await;
    assert_eq!(first["service_name"], "General practice");
    assert!((9.0..=10.5).contains(&first["mean_error_min"].as_f64().unwrap()), "{first}");
    assert!((9.0..=10.5).contains(&first["bias_min"].as_f64().unwrap()), "{first}");
    assert_eq!(first["coverage"], 0.0);
    // A restart keeps the quotes. A patient who gives up does not count.
    world.node.stop().await;
    world.node = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let (doctor, admin) = (world.doctor(0).await, world.admin().await);
    let gives_up = world.patient(2).await;
    let mine: Value = gives_up.get("/api/v1/queue/my-status").await.ok();
    gives_up
        .delete(&format!("/api/v1/queue/{}", mine["tickets"][0]["id"].as_str().unwrap()))
        .await
        .ok::<Value>();
    doctor.post("/api/v1/queue/call-next", &json!({})).await.ok::<Value>();
    let second = judged(&world, &admin, 2).await;
    // The forecast was ten minutes after one visit, and the call came after ten.
    assert_eq!(second["coverage"], 0.5, "{second}");
    doctor.post("/api/v1/queue/call-next", &json!({})).await.ok::<Value>();
    judged(&world, &admin, 3).await;
    told(&world, 4).await;
}
