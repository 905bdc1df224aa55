//! Two server nodes on one PostgreSQL; and the command line beside a server on SQLite.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use medlane_server::{
    core_open,
    identity::{PeopleAdd, Person},
    writer::{By, Writer},
};
use medlane_shared::{access::Role, identity::Face, ids::PersonId, sync::Topic};
use serde_json::{Value, json};
use sqlx::{Connection as _, postgres::PgListener};

use crate::{
    kiosk::kiosk,
    line::Line,
    world::{Client, Node, World, quick_hash},
};

#[tokio::test]
async fn nodes_show_each_others_changes() {
    let world = World::postgres().await;
    let second = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let branch = world.a.branches[0];
    let mut board = Line::hello(&second.base, Face::Kiosk, None, vec![Topic::Board(branch)], None).await;
    let patient = world.patient(0).await;
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    board.view(|view| view["next"][0]["labels"][0] == "GP-001").await;
    // The doctor uses the other node.
    let doctor = second.sign_in(&world.a, "doctor0@test.example", Face::Doctor).await;
    let row: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    assert_eq!((row["label"].as_str(), row["reason"].as_str()), (Some("GP-001"), Some("cough")));
    // Signing out at one node ends the session at the other.
    let mut elsewhere = patient.clone();
    elsewhere.base.clone_from(&second.base);
    let mut mine =
        Line::hello(&second.base, Face::Companion, patient.token.as_deref(), vec![Topic::Mine], None).await;
    mine.view(|view| view["tickets"][0]["state"] == "called").await;
    patient.post("/api/v1/auth/logout", &json!({})).await;
    while mine.next().await.is_some() {}
    elsewhere.get("/api/v1/me").await.refused(401, "signed_out");
}

#[tokio::test]
async fn whoever_is_suspended_is_out_on_every_node() {
    let world = World::postgres().await;
    let second = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let doctor = second.sign_in(&world.a, "doctor0@test.example", Face::Doctor).await;
    let topics = vec![Topic::Queue(world.a.branches[0])];
    let mut line = Line::hello(&second.base, Face::Doctor, doctor.token.as_deref(), topics, None).await;
    line.view(|_| true).await;
    let admin = world.admin().await;
    let path = format!("/api/v1/admin/users/{}/standing", world.a.doctors[0]);
    let body = json!({ "standing": "suspended", "why": "left", "version": 1 });
    let asked = Instant::now();
    admin.patch(&path, &body).await.ok::<Value>();
    while line.next().await.is_some() {}
    doctor.get("/api/v1/me").await.refused(401, "signed_out");
    assert!(asked.elapsed() < Duration::from_secs(2), "sessions and sockets end within 2 s");
}

#[tokio::test]
async fn nodes_never_give_a_label_twice() {
    let world = World::postgres().await;
    let second = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let mut patients: Vec<Client> = Vec::new();
    for n in 0..30 {
        let mut patient = world.patient(n).await;
        if n % 2 == 1 {
            patient.base.clone_from(&second.base);
        }
        patients.push(patient);
    }
    let join = world.join();
    let joined = patients.iter().map(|patient| patient.post("/api/v1/queue/join", &join));
    let labels: HashSet<String> = futures_util::future::join_all(joined)
        .await
        .into_iter()
        .map(|answer| answer.ok::<Value>()["label"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(labels.len(), 30);
    let one = world.doctor(0).await;
    let other = second.sign_in(&world.a, "doctor1@test.example", Face::Doctor).await;
    let nothing = json!({});
    let calls = (0..30)
        .map(|n| if n % 2 == 0 { &one } else { &other })
        .map(|d| d.post("/api/v1/queue/call-next", &nothing));
    let called: HashSet<String> = futures_util::future::join_all(calls)
        .await
        .into_iter()
        .map(|answer| answer.ok::<Value>()["label"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(called, labels);
}

/// The connections that listen for other nodes' notifications.
const LISTENING: &str =
    "select pid from pg_stat_activity where datname = current_database() and query ilike 'listen%'";

#[tokio::test]
async fn a_node_whose_ear_is_cut_off_listens_again() {
    let world = World::postgres().await;
    let second = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let mut raw = sqlx::PgConnection::connect(&world.url).await.unwrap();
    let mut others = async |but: &[i32]| loop {
        let pids: Vec<i32> = sqlx::query_scalar(LISTENING).fetch_all(&mut raw).await.unwrap();
        if pids.len() == 2 && pids.iter().all(|pid| !but.contains(pid)) {
            return pids;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let listening = others(&[]).await;
    let branch = world.a.branches[0];
    let mut board = Line::hello(&second.base, Face::Kiosk, None, vec![Topic::Board(branch)], None).await;
    for pid in &listening {
        let sql = "select pg_terminate_backend($1::int)";
        assert_eq!(world.raw(sql, &[&pid.to_string()]).await, 1);
    }
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    board.view(|view| view["next"][0]["labels"][0] == "GP-001").await;
    others(&listening).await;
}

#[tokio::test]
async fn a_node_sees_what_nobody_told_it() {
    let mut world = World::postgres().await;
    // From here on notifications are lost: the server's call finds a function that does nothing.
    for sql in [
        "create function public.pg_notify(text, text) returns void language plpgsql as $$ begin end $$",
        "do $$ begin execute format('alter database %I set search_path = public, pg_catalog', current_database()); \
         end $$",
    ] {
        world.raw(sql, &[]).await;
    }
    world.restart(|_| {}).await;
    let second = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let mut ear = PgListener::connect(&world.url).await.unwrap();
    ear.listen("medlane").await.unwrap();
    let branch = world.a.branches[0];
    let mut board = Line::hello(&second.base, Face::Kiosk, None, vec![Topic::Board(branch)], None).await;
    let patient = world.patient(0).await;
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    board.view(|view| view["next"][0]["labels"][0] == "GP-001").await;
    // A session ended at one node is over at the other.
    let mut mine =
        Line::hello(&second.base, Face::Companion, patient.token.as_deref(), vec![Topic::Mine], None).await;
    mine.view(|view| view["tickets"][0]["label"] == "GP-001").await;
    patient.post("/api/v1/auth/logout", &json!({})).await;
    while mine.next().await.is_some() {}
    // A notification would have arrived before the answer to this query.
    sqlx::query("select 1").execute(&mut ear).await.unwrap();
    assert!(ear.next_buffered().is_none(), "nobody was told anything");
}

#[tokio::test]
async fn the_command_line_writes_beside_a_server_on_sqlite() {
    let world = World::sqlite().await;
    let kiosk = kiosk(&world).await;
    let join = json!({ "branch_id": world.a.branches[0], "service_id": world.a.services[0] });
    // Like `create-admin`, in a process of its own.
    let beside = core_open(&world.config(), world.clock.clock()).await.unwrap();
    let (writer, written) = Writer::start(beside.clone());
    for n in 0..5 {
        let admin = Person {
            id: PersonId::new(beside.now(), rand::random()),
            name: format!("Admin {n}"),
            email: Some(format!("beside{n}@test.example")),
            phone: None,
            birth_date: None,
            language: None,
            gender: None,
            password: Some(quick_hash()),
            roles: vec![Role::Admin],
            branches: Vec::new(),
        };
        let add = writer.run(By::system(world.a.id), PeopleAdd(vec![admin]));
        let joins = (0..6).map(|_| kiosk.post("/api/v1/queue/join", &join));
        let (added, joined) = tokio::join!(add, futures_util::future::join_all(joins));
        added.unwrap();
        for answer in joined {
            answer.ok::<Value>();
        }
    }
    drop(writer);
    written.await.unwrap();
    let board: Value = kiosk.get(&format!("/api/v1/branches/{}/board", world.a.branches[0])).await.ok();
    assert_eq!(board["next"][0]["waiting"], 30);
    let admin = world.node.sign_in(&world.a, "beside4@test.example", Face::Admin).await;
    let verdict: Value = admin.get("/api/v1/audit/verify").await.ok();
    assert_eq!(verdict["ok"], true, "{verdict}");
}
