//! The charts that a doctor's workstation keeps.

use medlane_shared::{
    identity::Face,
    ids::{ClientId, NoteId},
    sync::{Bucket, BucketSum, Replica, SCHEMA, ServerFrame},
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::{
    both,
    line::Line,
    world::{Client, World},
};

both!(a_chart_that_does_not_open_is_not_kept_and_all_else_is, a_chart_is_kept_no_longer_than_the_right,);

/// A workstation's line, with the buckets that it may hold, after the first snapshots.
async fn replicates(doctor: &Client) -> (Line, Vec<Bucket>) {
    let client_id = ClientId::new(Timestamp::from_ms(1), rand::random());
    let replica = Replica { client_id, schema: SCHEMA, cursor: None, buckets: Vec::new() };
    let token = doctor.token.as_deref();
    let mut line = Line::hello(&doctor.base, Face::Doctor, token, Vec::new(), Some(replica)).await;
    let mut held = None;
    loop {
        match line.next().await.expect("an open socket") {
            ServerFrame::Welcome(welcome) => held = Some(names(&welcome.buckets)),
            ServerFrame::Checkpoint(_) => return (line, held.unwrap()),
            _ => {}
        }
    }
}

fn names(buckets: &[BucketSum]) -> Vec<Bucket> {
    buckets.iter().map(|sum| sum.bucket).collect()
}

/// The next list of buckets that the line names.
async fn lists(line: &mut Line) -> Vec<Bucket> {
    loop {
        if let ServerFrame::Checkpoint(checkpoint) = line.next().await.expect("an open socket")
            && let Some(buckets) = checkpoint.buckets
        {
            return names(&buckets);
        }
    }
}

/// A signed note of the author about a patient who has just joined.
async fn signs(world: &World, author: &Client, n: usize, id: NoteId) {
    let of = world.a.patients[n];
    let ticket: Value = world.patient(n).await.post("/api/v1/queue/join", &world.join()).await.ok();
    let path = format!("/api/v1/notes/{id}");
    let save =
        json!({ "id": id, "patient_id": of, "ticket_id": ticket["id"], "text": "cough", "version": 0 });
    author.put(&path, &save).await.ok::<Value>();
    author.post(&format!("{path}/sign"), &json!({ "id": id, "version": 1 })).await.ok::<Value>();
}

async fn a_chart_that_does_not_open_is_not_kept_and_all_else_is(world: World) {
    let doctor = world.doctor(0).await;
    let [first, second, third] = [1_u8, 2, 3].map(|n| NoteId::new(Timestamp::from_ms(1), [n; 10]));
    signs(&world, &doctor, 0, first).await;
    signs(&world, &doctor, 1, second).await;
    let (mut line, held) = replicates(&doctor).await;
    let [broken, whole] = [0, 1].map(|n| Bucket::Chart(world.a.patients[n]));
    assert!(held.contains(&broken) && held.contains(&whole), "{held:?}");
    // The text of another note stands in the row.
    let change = "update note set text_sealed = (select other.text_sealed from note other where other.id = $2) where id = $1";
    assert_eq!(world.raw(change, &[&first.to_string(), &second.to_string()]).await, 1);
    let chart = format!("/api/v1/notes?patient_id={}", world.a.patients[0]);
    doctor.get(&chart).await.refused(500, "internal");
    // A workstation that comes now keeps the rest.
    let (_, held) = replicates(&doctor).await;
    assert!(!held.contains(&broken) && held.contains(&whole), "{held:?}");
    assert!(held.contains(&Bucket::Queue(world.a.branches[0])) && held.contains(&Bucket::Catalogue));
    // One that is there goes on, and loses that chart with the next note that it lists.
    signs(&world, &doctor, 2, third).await;
    let held = lists(&mut line).await;
    assert!(!held.contains(&broken) && held.contains(&whole), "{held:?}");
}

async fn a_chart_is_kept_no_longer_than_the_right(world: World) {
    let (doctor, of) = (world.doctor(0).await, Bucket::Chart(world.a.patients[0]));
    let mut join = world.join();
    join["doctor_id"] = json!(world.a.doctors[0]);
    let ticket: Value = world.patient(0).await.post("/api/v1/queue/join", &join).await.ok();
    let (mut line, held) = replicates(&doctor).await;
    assert!(held.contains(&of), "{held:?}");
    let on = json!({ "step": "transfer", "version": ticket["version"], "doctor_id": world.a.doctors[1] });
    let status = format!("/api/v1/queue/{}/status", ticket["id"].as_str().unwrap());
    world.reception().await.patch(&status, &on).await.ok::<Value>();
    let held = lists(&mut line).await;
    assert!(!held.contains(&of), "{held:?}");
}
