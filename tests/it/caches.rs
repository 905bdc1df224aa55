//! The feed drops what each node has cached: tests with two nodes for each cache. The tests for tickets, sessions,
//! devices and dependants are beside their features.

use std::{sync::Arc, time::Duration};

use medlane_server::{
    clinic::Catalogue,
    core_open,
    engine::{Clinic, RoomState},
    identity::{Signing, key_destroy, subject},
    notify::inbox::Inboxes,
    queue::LiveQueue,
    records::NoteMoves,
    writer::{By, Done, Entry, Failure, Op, Unit, Writer},
};
use medlane_shared::{
    fault::Code,
    ids::{NoteId, PersonId},
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::world::{Node, World};

/// The world's clinic in a node's memory.
fn clinic(world: &World, node: &Node) -> Arc<Clinic> {
    node.core.clinics.get(world.a.id).unwrap()
}

/// Waits up to a second until a node's published state is as expected.
async fn within_a_second<S: RoomState>(clinic: &Clinic, is_so: impl Fn(&S) -> bool) {
    let mut moved = clinic.moved();
    let waits = async {
        while !clinic.with(|state: &S| is_so(state)) {
            moved.changed().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(1), waits).await.expect("the node drops it within a second");
}

/// Destroys a person's key.
struct Destroy(PersonId);

impl Op for Destroy {
    type Out = ();

    async fn run(&self, unit: &mut Unit<'_>) -> Result<Done<()>, Failure> {
        key_destroy(unit, self.0).await?;
        Ok(unit.commit(Entry::new("person.delete", format!("person:{}", self.0)), ()))
    }
}

#[tokio::test]
async fn a_destroyed_key_is_gone_from_every_node() {
    let world = World::postgres().await;
    let second = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let person = world.a.patients[0];
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let nodes = [&world.node, &second];
    for node in nodes {
        let clinic = clinic(&world, node);
        let comes_for = |live: &LiveQueue| live.of_patient(person).any(|live| live.reason.is_some());
        within_a_second(&clinic, comes_for).await;
        subject(&node.core, clinic.id, person).await.unwrap();
    }
    // By the command line, which is a node too.
    let beside = core_open(&world.config(), world.clock.clock()).await.unwrap();
    let (writer, written) = Writer::start(beside);
    writer.run(By::system(world.a.id), Destroy(person)).await.unwrap();
    for node in nodes {
        let clinic = clinic(&world, node);
        let is_shut = |live: &LiveQueue| live.of_patient(person).all(|live| live.reason.is_none());
        within_a_second(&clinic, is_shut).await;
        let gone = subject(&node.core, clinic.id, person).await;
        assert_eq!(gone.unwrap_err().code, Code::NotFound);
    }
    drop(writer);
    written.await.unwrap();
}

#[tokio::test]
async fn names_and_the_catalogue_follow_the_feed() {
    let world = World::postgres().await;
    let second = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let there = clinic(&world, &second);
    let person = world.a.patients[0];
    let known = subject(&second.core, there.id, person).await.unwrap();
    assert_eq!(known.demographics.name, "Name of patient0");
    let (patient, doctor) = (world.patient(0).await, world.doctor(0).await);
    patient.patch("/api/v1/users/me", &json!({ "name": "Noor Al Balushi" })).await.ok::<Value>();
    // The patient has no ticket, so wait for the head of the feed.
    let mut moved = there.moved();
    let corrected = async {
        while subject(&second.core, there.id, person).await.unwrap().demographics.name != "Noor Al Balushi" {
            moved.changed().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(1), corrected).await.expect("the name is the new one");
    let doctor = doctor.confirmed().await;
    doctor.patch("/api/v1/users/me", &json!({ "name": "Dr. Layla Haddad" })).await.ok::<Value>();
    let doctor = world.a.doctors[0];
    let is_renamed = |catalogue: &Catalogue| catalogue.doctor_name(doctor) == Some("Dr. Layla Haddad");
    within_a_second(&there, is_renamed).await;
}

#[tokio::test]
async fn signing_keys_and_inboxes_follow_the_feed() {
    let world = World::postgres().await;
    let second = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let there = clinic(&world, &second);
    let before = there.state::<Signing>().generation;
    let admin = world.admin().await;
    admin.post("/api/v1/keys/rotate", &Value::Null).await.ok::<Value>();
    within_a_second(&there, |signing: &Signing| signing.generation == before + 1).await;
    let person = world.a.patients[0];
    let before = there.state::<Inboxes>().moves(person);
    world.patient(0).await.post("/api/v1/users/me/inbox/read", &json!({})).await.ok::<Value>();
    within_a_second(&there, |inboxes: &Inboxes| inboxes.moves(person) > before).await;
    let author = world.a.doctors[0];
    let ticket: Value = world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok();
    let id = NoteId::new(Timestamp::from_ms(1), rand::random());
    let note =
        json!({ "id": id, "patient_id": person, "ticket_id": ticket["id"], "text": "x", "version": 0 });
    world.doctor(0).await.put(&format!("/api/v1/notes/{id}"), &note).await.ok::<Value>();
    within_a_second(&there, |notes: &NoteMoves| notes.of(author) > 0).await;
}

#[tokio::test]
async fn what_visits_have_taken_follows_the_feed() {
    let world = World::postgres().await;
    let second = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let (here, there) = (clinic(&world, &world.node), clinic(&world, &second));
    let (branch, service) = (world.a.branches[0], world.a.services[0]);
    let learned = move |live: &LiveQueue| live.branch(branch).and_then(|branch| branch.learned(service));
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let doctor = world.doctor(0).await;
    let mut ticket: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    for step in ["serve", "done"] {
        world.clock.pass(Duration::from_mins(7));
        ticket = doctor.step(&ticket, step).await.ok();
    }
    let told = here.with(learned);
    assert!(told.is_some(), "a visit teaches");
    within_a_second(&there, |live: &LiveQueue| learned(live) == told).await;
}
