//! Limits of sending: how many messages anyone can make the server send.

use std::time::Duration;

use medlane_server::config::Config;
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::{
    both,
    world::{Client, World},
};

both!(
    joining_in_a_loop_sends_one_text,
    texts_to_one_number_are_limited,
    texts_go_where_the_clinic_says,
    codes_cost_the_clinic_no_more_than_it_says,
    one_person_has_no_list_of_numbers_texted,
);

const NUMBER: &str = "+96892123456";

/// Counts rows by a statement of the test.
async fn count(world: &World, sql: &'static str) -> i64 {
    if world.url.starts_with("postgres") {
        let mut raw = sqlx::PgConnection::connect(&world.url).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut raw).await.unwrap()
    } else {
        let mut raw = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
        sqlx::query_scalar(sql).fetch_one(&mut raw).await.unwrap()
    }
}

/// Waits until the count reaches `wanted`.
async fn reaches(world: &World, sql: &'static str, wanted: i64) {
    for _ in 0..400 {
        if count(world, sql).await >= wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("{sql}: {} of {wanted}", count(world, sql).await);
}

const SOON: &str = "select count(*) from turn_notice where kind = 'soon'";
const TEXTS: &str =
    "select count(*) from message where channel = 'sms' and template = 'turn_soon' and state <> 'failed'";
const HELD: &str = "select count(*) from message where channel = 'sms' and state = 'failed'";
const CALLS: &str = "select count(*) from turn_notice where kind = 'now'";

/// A patient with a proven phone number of their own, who chose texts.
async fn texter(world: &World, n: usize) -> Client {
    let patient = world.patient(n).await.confirmed().await;
    let ask = json!({ "phone": NUMBER });
    let begun: Value = patient.post("/api/v1/users/me/contacts/code", &ask).await.ok();
    let read = json!({ "verification_id": begun["verification_id"], "code": world.code().await });
    patient.post("/api/v1/users/me/contacts/confirm", &read).await.ok::<Value>();
    patient.put("/api/v1/users/me/notices", &json!({ "channels": ["sms"] })).await.ok::<Value>();
    patient
}

async fn leaves(who: &Client, ticket: &Value) {
    who.delete(&format!("/api/v1/queue/{}", ticket["id"].as_str().unwrap())).await.ok::<Value>();
}

async fn joining_in_a_loop_sends_one_text(mut world: World) {
    let patient = texter(&world, 0).await;
    for n in 1..=4 {
        let ticket: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
        reaches(&world, SOON, n).await;
        leaves(&patient, &ticket).await;
    }
    assert_eq!((count(&world, TEXTS).await, count(&world, HELD).await), (1, 1));
    // Administrators see that the text was held back, and why; the patient's page still shows their place.
    let page: Value = world.admin().await.get("/api/v1/messages").await.ok();
    let held = page["items"].as_array().unwrap().iter().find(|one| one["state"] == "failed").unwrap();
    assert_eq!(
        (&held["template"], &held["fault"], &held["recipient"]),
        (&json!("turn_soon"), &json!("limit: told of this queue within the hour"), &json!("+968…56"))
    );
    // The limit survives a restart, and ends after an hour.
    world.restart(|_| {}).await;
    let patient = world.patient(0).await;
    let ticket: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
    reaches(&world, SOON, 5).await;
    leaves(&patient, &ticket).await;
    assert_eq!((count(&world, TEXTS).await, count(&world, HELD).await), (1, 1));
    world.clock.pass(Duration::from_secs(3_601));
    let patient = world.patient(0).await;
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    reaches(&world, SOON, 6).await;
    assert_eq!(count(&world, TEXTS).await, 2);
}

async fn texts_to_one_number_are_limited(mut world: World) {
    world.restart(|config: &mut Config| config.messages.text_hour = 2).await;
    let patient = texter(&world, 0).await;
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    reaches(&world, SOON, 1).await;
    let doctor = world.doctor(0).await;
    let mut row: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    reaches(&world, CALLS, 1).await;
    assert_eq!(count(&world, HELD).await, 0);
    world.clock.pass(Duration::from_secs(61));
    row = doctor.step(&row, "recall").await.ok();
    reaches(&world, CALLS, 2).await;
    world.clock.pass(Duration::from_secs(61));
    doctor.step(&row, "recall").await.ok::<Value>();
    reaches(&world, CALLS, 3).await;
    // Two texts went out, one is recorded as held back, and the next is not recorded again.
    let sent =
        "select count(*) from message where channel = 'sms' and template like 'turn%' and state <> 'failed'";
    assert_eq!((count(&world, sent).await, count(&world, HELD).await), (2, 1));
    let why = "select count(*) from message where fault = 'limit: texts to this number in an hour' and sealed is null";
    assert_eq!(count(&world, why).await, 1);
    // Security notices are counted separately.
    let change = json!({ "email": "new@test.example" });
    let patient = world.patient(0).await.confirmed().await;
    let begun: Value = patient.post("/api/v1/users/me/contacts/code", &change).await.ok();
    let read = json!({ "verification_id": begun["verification_id"], "code": world.code().await });
    patient.post("/api/v1/users/me/contacts/confirm", &read).await.ok::<Value>();
    assert!(world.outbox().await.contains("now uses the address"));
}

async fn texts_go_where_the_clinic_says(mut world: World) {
    texter(&world, 0).await;
    world.restart(|config: &mut Config| config.sms.countries = vec!["+971".to_owned()]).await;
    let anyone = world.node.anyone();
    let told = json!({ "name": "A", "phone": "+968 9212 3457" });
    anyone.post("/api/v1/auth/register", &told).await.refused(422, "country_unserved");
    anyone
        .post("/api/v1/auth/forgot-password", &json!({ "phone": NUMBER }))
        .await
        .refused(422, "country_unserved");
    let there = json!({ "name": "A", "phone": "+971 50 123 4567" });
    anyone.post("/api/v1/auth/register", &there).await.ok::<Value>();
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    reaches(&world, SOON, 1).await;
    let why = "select count(*) from message where fault = 'limit: texts do not go to this country'";
    assert_eq!((count(&world, TEXTS).await, count(&world, why).await), (0, 1));
}

async fn codes_cost_the_clinic_no_more_than_it_says(mut world: World) {
    world.restart(|config: &mut Config| config.messages.codes_clinic_hour = 3).await;
    let anyone = world.node.anyone();
    let told = |n: u32| json!({ "name": "A", "phone": format!("+968 9212 34{n}") });
    for n in 50..53 {
        anyone.post("/api/v1/auth/register", &told(n)).await.ok::<Value>();
    }
    let refused = anyone.post("/api/v1/auth/register", &told(53)).await;
    refused.refused(429, "rate_limited");
    // The answer is the same whether or not the number has an account.
    anyone
        .post("/api/v1/auth/forgot-password", &json!({ "phone": "+968 9212 3499" }))
        .await
        .refused(429, "rate_limited");
    // Email is not limited by it.
    anyone.post("/api/v1/auth/register", &json!({ "name": "A", "email": "a@x.example" })).await.ok::<Value>();
    world.clock.pass(Duration::from_secs(3_601));
    anyone.post("/api/v1/auth/register", &told(53)).await.ok::<Value>();
}

async fn one_person_has_no_list_of_numbers_texted(world: World) {
    let patient = world.patient(0).await.confirmed().await;
    let ask = async |n: u32| {
        let phone = json!({ "phone": format!("+968921234{n:02}") });
        patient.post("/api/v1/users/me/contacts/code", &phone).await
    };
    for n in 0..10 {
        ask(n).await.ok::<Value>();
    }
    ask(10).await.refused(429, "rate_limited");
    // Another account is not held up.
    texter(&world, 1).await;
}
