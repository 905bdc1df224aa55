//! Notes: whose they are, versions, siblings, signing.

use medlane_shared::{ids::NoteId, time::Timestamp};
use serde_json::{Value, json};

use crate::{both, world::World};

both!(a_note_from_draft_to_signed);

async fn a_note_from_draft_to_signed(world: World) {
    let (doctor, other, patient) = (world.doctor(0).await, world.doctor(2).await, world.patient(0).await);
    let id = NoteId::new(Timestamp::from_ms(1), rand::random());
    let path = format!("/api/v1/notes/{id}");
    let of = world.a.patients[0];
    let save =
        |text: &str, version: i64| json!({ "id": id, "patient_id": of, "text": text, "version": version });
    doctor.put(&path, &save("early", 0)).await.refused(404, "not_found");
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let note: Value = doctor.put(&path, &save("cough, 3 days", 0)).await.ok();
    assert_eq!((note["version"].as_i64(), note["text"].as_str()), (Some(1), Some("cough, 3 days")));
    let note: Value = doctor.put(&path, &save("cough, 4 days", 1)).await.ok();
    assert_eq!(note["version"], 2);
    let sibling: Value = doctor.put(&path, &save("from an old version", 1)).await.ok();
    assert_eq!(
        (sibling["sibling_of"].as_str(), sibling["version"].as_i64()),
        (Some(id.to_string().as_str()), Some(1))
    );
    other.put(&path, &save("not mine", 2)).await.refused(404, "not_found");
    let sign = |version: i64| json!({ "id": id, "version": version });
    doctor.post(&format!("{path}/sign"), &sign(1)).await.refused(409, "version_stale");
    let signed: Value = doctor.post(&format!("{path}/sign"), &sign(2)).await.ok();
    assert_eq!((signed["state"].as_str(), signed["text"].as_str()), (Some("signed"), Some("cough, 4 days")));
    doctor.put(&path, &save("too late", 3)).await.refused(409, "note_signed");
    let list = format!("/api/v1/notes?patient_id={of}");
    let notes: Value = doctor.get(&list).await.ok();
    assert_eq!(notes["items"].as_array().unwrap().len(), 2);
    let theirs: Value = other.get(&list).await.ok();
    assert_eq!(theirs["items"].as_array().unwrap().len(), 0, "another doctor's notes are not there");
    let own: Value = patient.get(&list).await.ok();
    assert_eq!(own["items"].as_array().unwrap().len(), 1, "a patient reads what is signed");
    world.admin().await.get(&list).await.refused(403, "forbidden");
    doctor.put(&path, &save(&"x".repeat(10_001), 3)).await.refused(422, "invalid");
}
