//! An id that a client has made never touches a row of another clinic or person.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use medlane_shared::{
    identity::Face,
    ids::{NoteId, TicketId},
    queue::kiosk_place,
    seal::seal,
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::{
    both,
    kiosk::kiosk,
    world::{Client, World},
};

both!(
    a_note_of_another_clinic_is_not_there,
    a_ticket_of_another_clinic_is_not_taken_over,
    settings_of_another_clinic_stay
);

/// A patient who waits in clinic B, and the doctor who sees them.
async fn elsewhere(world: &World) -> (Value, Client) {
    let patient = world.node.sign_in(&world.b, "patient0@test.example", Face::Companion).await;
    let join = json!({ "branch_id": world.b.branches[0], "service_id": world.b.services[0] });
    let ticket = patient.post("/api/v1/queue/join", &join).await.ok();
    (ticket, world.node.sign_in(&world.b, "doctor0@test.example", Face::Doctor).await)
}

async fn a_note_of_another_clinic_is_not_there(world: World) {
    let visit: Value = world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok();
    let (theirs, there) = elsewhere(&world).await;
    let (doctor, colleague) = (world.doctor(0).await, world.doctor(1).await);
    let id = NoteId::new(Timestamp::from_ms(1), rand::random());
    let note = |patient, ticket: &Value, text: &str| json!({ "id": id, "patient_id": patient, "ticket_id": ticket["id"], "text": text, "version": 0 });
    let path = format!("/api/v1/notes/{id}");
    doctor.put(&path, &note(world.a.patients[0], &visit, "cough, 3 days")).await.ok::<Value>();
    there.put(&path, &note(world.b.patients[0], &theirs, "theirs")).await.refused(404, "not_found");
    there.post(&format!("{path}/sign"), &json!({ "id": id, "version": 1 })).await.refused(404, "not_found");
    colleague.put(&path, &note(world.a.patients[0], &visit, "mine now")).await.refused(404, "not_found");
    let notes: Value = doctor.get(&format!("/api/v1/notes?patient_id={}", world.a.patients[0])).await.ok();
    assert_eq!(
        (&notes["items"][0]["text"], &notes["items"][0]["version"]),
        (&json!("cough, 3 days"), &json!(1))
    );
    let fresh = NoteId::new(Timestamp::from_ms(2), rand::random());
    let mut own = note(world.b.patients[0], &theirs, "theirs");
    own["id"] = json!(fresh);
    there.put(&format!("/api/v1/notes/{fresh}"), &own).await.ok::<Value>();
}

async fn a_ticket_of_another_clinic_is_not_taken_over(world: World) {
    let (theirs, doctor) = elsewhere(&world).await;
    let kiosk = kiosk(&world).await;
    let setup: Value = kiosk.get("/api/v1/kiosk").await.ok();
    let key = BASE64_URL_SAFE_NO_PAD.decode(setup["seal_key"].as_str().unwrap()).unwrap();
    let device = setup["device_id"].as_str().unwrap().parse().unwrap();
    let now = world.node.core.now();
    let sealed = |id: TicketId, number: u32| {
        let text = json!({ "number": number, "service_id": world.a.services[0], "at": now }).to_string();
        let sealed = seal(&key, &kiosk_place(device, id), text.as_bytes(), &mut rand::rng()).unwrap();
        json!({ "id": id, "sealed": BASE64_URL_SAFE_NO_PAD.encode(sealed) })
    };
    let foreign: TicketId = theirs["id"].as_str().unwrap().parse().unwrap();
    let own = TicketId::new(now, rand::random());
    let handing = json!({ "now": now, "tickets": [sealed(foreign, 1), sealed(own, 2)] });
    let done: Value = kiosk.post("/api/v1/kiosk/tickets", &handing).await.ok();
    // Neither its label nor its existence is revealed, and the other ticket joins.
    assert_eq!(done["items"][0], json!({ "id": foreign, "code": "seal_broken" }));
    assert_eq!(done["items"][1]["label"], "KA-002");
    let view: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
    assert_eq!((&view["waiting"][0]["id"], &view["waiting"][0]["version"]), (&theirs["id"], &json!(1)));
    let here: Value = world.doctor(0).await.get("/api/v1/queue/doctor-queue").await.ok();
    assert_eq!(here["waiting"].as_array().unwrap().len(), 1);
}

async fn settings_of_another_clinic_stay(world: World) {
    let admin = world.admin().await;
    let theirs = world.node.sign_in(&world.b, "admin@test.example", Face::Admin).await;
    let before: Value = theirs.get("/api/v1/admin/settings").await.ok();
    let own: Value = admin.get("/api/v1/admin/settings").await.ok();
    for (part, id) in
        [("branches", world.b.branches[0].to_string()), ("services", world.b.services[0].to_string())]
    {
        let mut settings = own[part][0]["settings"].clone();
        settings["name"] = json!("Taken over");
        settings["prefix"] = if part == "services" { json!("ZZ") } else { Value::Null };
        settings.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        admin.put(&format!("/api/v1/admin/{part}/{id}"), &settings).await.refused(404, "not_found");
    }
    assert_eq!(theirs.get("/api/v1/admin/settings").await.ok::<Value>(), before);
}
