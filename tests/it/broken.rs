//! A sealed value that cannot be decrypted although its key exists is an error: it is never shown as empty or
//! missing.

use medlane_shared::{ids::NoteId, time::Timestamp};
use serde_json::{Value, json};

use crate::{both, world::World};

both!(a_note_that_does_not_open_is_an_error, a_reason_that_does_not_open_is_seen_to_be_one);

async fn a_note_that_does_not_open_is_an_error(world: World) {
    let (doctor, patient, of) = (world.doctor(0).await, world.patient(0).await, world.a.patients[0]);
    let id = NoteId::new(Timestamp::from_ms(1), rand::random());
    let ticket: Value = patient.post("/api/v1/queue/join", &world.join()).await.ok();
    let path = format!("/api/v1/notes/{id}");
    let save = |version: i64| json!({ "id": id, "patient_id": of, "ticket_id": ticket["id"], "text": "cough", "version": version });
    doctor.put(&path, &save(0)).await.ok::<Value>();
    let list = format!("/api/v1/notes?patient_id={of}");
    doctor.get(&list).await.ok::<Value>();
    assert_eq!(world.raw("update note set text_sealed = substr(text_sealed, 1, 40)", &[]).await, 1);
    doctor.get(&list).await.refused(500, "internal");
    // It cannot be signed as an empty note either.
    let sign = json!({ "id": id, "version": 1 });
    doctor.post(&format!("{path}/sign"), &sign).await.refused(500, "internal");
    // A new text that replaces it can be decrypted again.
    let note: Value = doctor.put(&path, &save(1)).await.ok();
    assert_eq!((&note["text"], &note["version"]), (&json!("cough"), &json!(2)));
}

async fn a_reason_that_does_not_open_is_seen_to_be_one(mut world: World) {
    let patient = world.patient(0).await;
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    assert_eq!(world.raw("update ticket set reason_sealed = substr(reason_sealed, 1, 40)", &[]).await, 1);
    // A node decrypts reasons at its start: one broken row does not block the clinic's queue.
    world.restart(|_| {}).await;
    let doctor = world.doctor(0).await;
    let path = format!("/api/v1/queue/doctor-queue?branch_id={}", world.a.branches[0]);
    let view: Value = doctor.get(&path).await.ok();
    assert_eq!(view["waiting"][0]["reason"], "\u{fffd}");
}
