//! Many requests at once: each ticket has a label of its own, and nobody is called twice.

use std::{collections::BTreeSet, time::Duration};

use futures_util::future::join_all;
use medlane_server::{
    clinic::ServiceSave,
    identity::{PeopleAdd, Person},
    writer::{By, Writer},
};
use medlane_shared::{
    access::Role,
    identity::Face,
    ids::{PersonId, ServiceId},
};
use serde_json::{Value, json};

use crate::{
    both,
    kiosk::kiosk,
    world::{Client, World, quick_hash, service},
};

both!(four_hundred_join_and_sixteen_desks_call);
both!(who_joins_while_the_desk_works_keeps_their_place);

/// The people who join, the clients that they join through, and the doctors who call.
const PEOPLE: usize = 400;
const CLIENTS: usize = 16;

/// Creates a service that many doctors give, and signs those doctors in.
async fn busy_service(world: &World) -> (ServiceId, Vec<Client>) {
    let core = &world.node.core;
    let (now, branch) = (core.now(), world.a.branches[0]);
    let email = |n: usize| format!("desk{n}@test.example");
    let doctor = |n: usize| Person {
        id: PersonId::new(now, rand::random()),
        name: format!("Desk {n}"),
        email: Some(email(n)),
        phone: None,
        birth_date: None,
        language: None,
        gender: None,
        password: Some(quick_hash()),
        roles: vec![Role::Doctor],
        branches: vec![branch],
    };
    let doctors: Vec<Person> = (0..CLIENTS).map(doctor).collect();
    let given: Vec<_> = doctors.iter().map(|doctor| (branch, doctor.id)).collect();
    let id = ServiceId::new(now, rand::random());
    let (writer, written) = Writer::start(core.clone());
    writer.run(By::system(world.a.id), PeopleAdd(doctors)).await.unwrap();
    let settings = service("Vaccination", "VAC", 4, &given);
    writer.run(By::system(world.a.id), ServiceSave { id, settings }).await.unwrap();
    drop(writer);
    written.await.unwrap();
    let mut desks = Vec::new();
    for n in 0..CLIENTS {
        desks.push(world.node.sign_in(&world.a, &email(n), Face::Doctor).await);
    }
    (id, desks)
}

fn number(ticket: &Value) -> usize {
    ticket["label"].as_str().unwrap().strip_prefix("VAC-").unwrap().parse().unwrap()
}

async fn four_hundred_join_and_sixteen_desks_call(world: World) {
    let (service, desks) = busy_service(&world).await;
    let kiosk = kiosk(&world).await;
    let join = json!({ "branch_id": world.a.branches[0], "service_id": service });
    let clients = (0..CLIENTS).map(async |_| {
        let mut numbers = Vec::new();
        for _ in 0..PEOPLE / CLIENTS {
            numbers.push(number(&kiosk.post("/api/v1/queue/join", &join).await.ok()));
        }
        numbers
    });
    let joined = join_all(clients).await;
    assert!(joined.iter().all(|numbers| numbers.is_sorted()), "each came after the one before");
    let all: BTreeSet<usize> = joined.into_iter().flatten().collect();
    assert_eq!(all, (1..=PEOPLE).collect(), "every number once, and none left out");
    let rooms: Vec<Value> = (1..=CLIENTS).map(|n| json!({ "room": format!("Room {n}") })).collect();
    let calls = desks
        .iter()
        .zip(&rooms)
        .map(async |(desk, room)| number(&desk.post("/api/v1/queue/call-next", room).await.ok()));
    let called: BTreeSet<usize> = join_all(calls).await.into_iter().collect();
    assert_eq!(called, (1..=CLIENTS).collect(), "the first sixteen, each once");
}

/// A join is decided in memory and opening a queue writes to the database: both end up in one batch.
async fn who_joins_while_the_desk_works_keeps_their_place(world: World) {
    let (kiosk, reception) = (kiosk(&world).await, world.reception().await);
    let join = json!({ "branch_id": world.a.branches[0], "service_id": world.a.services[0] });
    let door = format!("/api/v1/branches/{}/queue", world.a.branches[0]);
    let joins = (0..8).map(async |_| {
        let mut labels = Vec::new();
        for _ in 0..20 {
            let ticket: Value = kiosk.post("/api/v1/queue/join", &join).await.ok();
            labels.push(ticket["label"].as_str().unwrap().to_owned());
        }
        labels
    });
    let doors = (0..8).map(async |_| {
        for _ in 0..20 {
            reception.put(&door, &json!({ "door": "open" })).await.ok::<Value>();
        }
    });
    let (joined, _) = tokio::join!(join_all(joins), join_all(doors));
    let labels: BTreeSet<String> = joined.into_iter().flatten().collect();
    assert_eq!(labels, (1..=160).map(|n| format!("GP-{n:03}")).collect(), "each has joined once");
    let board: Value = kiosk.get(&format!("/api/v1/branches/{}/board", world.a.branches[0])).await.ok();
    assert_eq!(board["next"][0]["waiting"], 160);
    let verified: Value = world.admin().await.get("/api/v1/audit/verify").await.ok();
    assert_eq!(verified["ok"], true, "{verified}");
}

/// SQLite allows one writer at a time: a request waits while another connection writes, and is not refused.
#[tokio::test]
async fn what_else_writes_is_waited_for() {
    let world = World::sqlite().await;
    let kiosk = kiosk(&world).await;
    let join = world.join();
    let mut other = world.node.core.db.write().await.unwrap();
    other.begin().await.unwrap();
    let joining = kiosk.post("/api/v1/queue/join", &join);
    let writing = async {
        // Time for the writer to reach the lock. The assertions below hold without it, too.
        tokio::time::sleep(Duration::from_millis(200)).await;
        other.rollback().await.unwrap();
    };
    let (joined, ()) = tokio::join!(joining, writing);
    assert_eq!(joined.ok::<Value>()["label"], "GP-001");
    assert_eq!(kiosk.post("/api/v1/queue/join", &join).await.ok::<Value>()["label"], "GP-002");
}
