//! Reception corrects a patient's details and contacts; and who is notified.

use medlane_shared::{identity::Face, sync::Topic};
use serde_json::{Value, json};

use crate::{both, line::Line, world::World};

both!(
    a_correction_reaches_open_screens_and_names_its_version,
    a_changed_contact_is_unproven_and_the_one_before_is_told,
    a_correction_that_makes_two_alike_asks,
    nobody_else_and_nothing_wrong_is_corrected,
);

async fn found(world: &World, q: &str) -> Value {
    let page: Value = world.reception().await.get(&format!("/api/v1/patients?q={q}")).await.ok();
    page["items"][0].clone()
}

/// A request that changes nothing.
fn same(patient: &Value) -> Value {
    let mut request = patient.clone();
    for not_said in ["id", "record_number", "former_numbers", "proven"] {
        request.as_object_mut().unwrap().remove(not_said);
    }
    request
}

fn with(patient: &Value, more: &Value) -> Value {
    let mut request = same(patient);
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

fn path(patient: &Value) -> String {
    format!("/api/v1/patients/{}", patient["id"].as_str().unwrap())
}

/// Corrects a patient's details at the desk.
pub async fn corrected(world: &World, who: &str, more: &Value) {
    let before = found(world, who).await;
    world.reception().await.put(&path(&before), &with(&before, more)).await.ok::<Value>();
}

async fn a_correction_reaches_open_screens_and_names_its_version(world: World) {
    let (doctor, reception) = (world.doctor(0).await, world.reception().await);
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let topic = vec![Topic::Queue(world.a.branches[0])];
    let mut open = Line::hello(&world.node.base, Face::Doctor, doctor.token.as_deref(), topic, None).await;
    open.view(|view| view["waiting"][0]["patient_name"] == "Name of patient0").await;
    let before = found(&world, "patient0@").await;
    let changed = with(
        &before,
        &json!({ "name": "Noor Al Balushi", "birth_date": "1990-04-01", "gender": "female", "language": "ar" }),
    );
    let now: Value = reception.put(&path(&before), &changed).await.ok();
    assert_eq!(
        (&now["name"], &now["birth_date"], &now["gender"], &now["language"]),
        (&json!("Noor Al Balushi"), &json!("1990-04-01"), &json!("female"), &json!("ar"))
    );
    assert_eq!(now["version"], before["version"].as_i64().unwrap() + 1);
    assert_eq!((&now["proven"], &now["record_number"]), (&before["proven"], &before["record_number"]));
    let seen = open.view(|view| view["waiting"][0]["patient_name"] == "Noor Al Balushi").await;
    assert_eq!(seen["waiting"][0]["gender"], "female");
    // A caller who saw an older version gets the present one, and overwrites nothing.
    let stale = reception.put(&path(&before), &with(&before, &json!({ "name": "Somebody" }))).await;
    stale.refused(409, "version_stale");
    assert_eq!(stale.body["present"]["name"], "Noor Al Balushi");
    // A field that is left out is deleted.
    let less: Value = reception
        .put(
            &path(&now),
            &json!({ "name": "Noor Al Balushi", "email": now["email"], "version": now["version"] }),
        )
        .await
        .ok();
    assert_eq!((less.get("birth_date"), less.get("gender"), less.get("language")), (None, None, None));
    let log: Value = world.admin().await.get("/api/v1/audit?action=patient.correct").await.ok();
    let entries = log["items"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[1]["detail"]["changed"], json!(["name", "birth_date", "gender", "language"]));
    assert_eq!(entries[1]["patient_id"], before["id"]);
    let (was, is) = (&entries[1]["detail"]["before"], &entries[1]["detail"]["after"]);
    assert_eq!((&was["name"], &is["name"]), (&before["name"], &json!("Noor Al Balushi")));
    assert!(was.get("email").is_none() && is.get("email").is_none(), "what stays is not repeated: {was}");
}

async fn a_changed_contact_is_unproven_and_the_one_before_is_told(world: World) {
    let reception = world.reception().await;
    let before = found(&world, "patient1@").await;
    assert_eq!(before["proven"], json!(["email"]));
    // A code that was sent to the old address is not valid after the correction.
    let anyone = world.node.anyone();
    let forgot: Value =
        anyone.post("/api/v1/auth/forgot-password", &json!({ "email": "patient1@test.example" })).await.ok();
    let code = world.code().await;
    let now: Value = reception
        .put(
            &path(&before),
            &with(&before, &json!({ "email": "Right.Address@test.example", "phone": "+968 9212 3456" })),
        )
        .await
        .ok();
    assert_eq!(
        (&now["email"], &now["phone"]),
        (&json!("right.address@test.example"), &json!("+96892123456"))
    );
    assert_eq!(now.get("proven"), None, "what is typed at the desk is not proven");
    let told = world.outbox().await;
    assert!(told.contains("has changed how it reaches you"), "{told}");
    let reset =
        json!({ "verification_id": forgot["verification_id"], "code": code, "password": "kettle-42-violin" });
    anyone.post("/api/v1/auth/reset-password", &reset).await.refused(410, "code_expired");
    for email in ["patient1@test.example", "right.address@test.example"] {
        let login = json!({ "email": email, "password": crate::world::PASSWORD });
        anyone.post("/api/v1/auth/login", &login).await.refused(401, "credentials_wrong");
    }
    // After the desk has confirmed the address, the patient can sign in with it.
    let check = json!({ "document": "passport", "contact": "email" });
    let proven: Value = reception.post(&format!("{}/identity-check", path(&now)), &check).await.ok();
    assert_eq!(proven["proven"], json!(["email"]));
    let login = json!({ "email": "right.address@test.example", "password": crate::world::PASSWORD });
    anyone.post("/api/v1/auth/login", &login).await.ok::<Value>();
    // A family may share a number that nobody has proven. An address that another person has proven is refused.
    let taken = with(&proven, &json!({ "email": "patient2@test.example" }));
    reception.put(&path(&proven), &taken).await.refused(409, "account_exists");
    let nothing: Value = reception.put(&path(&proven), &with(&proven, &json!({ "phone": "" }))).await.ok();
    assert_eq!((nothing.get("phone"), &nothing["proven"]), (None, &json!(["email"])));
}

async fn a_correction_that_makes_two_alike_asks(world: World) {
    let reception = world.reception().await;
    let register = json!({ "name": "Fatma Al Saadi", "birth_date": "1980-02-03" });
    let one: Value = reception.post("/api/v1/patients", &register).await.ok();
    let two: Value = reception.post("/api/v1/patients", &json!({ "name": "Fatima Alsadi" })).await.ok();
    let alike = with(&two, &json!({ "name": "Fatma Al Saadi", "birth_date": "1980-02-03" }));
    let asked = reception.put(&path(&two), &alike).await;
    asked.refused(409, "patient_alike");
    assert_eq!(asked.body["present"][0]["id"], one["id"]);
    let mut sure = alike.clone();
    sure["is_new"] = json!(true);
    let now: Value = reception.put(&path(&two), &sure).await.ok();
    // Reception has said once that these are two people: a later change of another field does not ask again.
    let now: Value = reception.put(&path(&now), &with(&now, &json!({ "gender": "female" }))).await.ok();
    assert_eq!(now["gender"], "female");
}

async fn nobody_else_and_nothing_wrong_is_corrected(world: World) {
    let reception = world.reception().await;
    let before = found(&world, "patient3@").await;
    let path = path(&before);
    for (more, field) in [
        (json!({ "name": " " }), "name"),
        (json!({ "birth_date": "2999-01-01" }), "birth_date"),
        (json!({ "phone": "12" }), "phone"),
        (json!({ "email": "no address" }), "email"),
    ] {
        let refused = reception.put(&path, &with(&before, &more)).await;
        refused.refused(422, "invalid");
        assert!(refused.body["fields"][field]["code"].is_string(), "{field}: {}", refused.body);
    }
    let mut unseen = same(&before);
    unseen.as_object_mut().unwrap().remove("version");
    reception.put(&path, &unseen).await.refused(422, "invalid");
    // Staff, other clinics' patients and removed patients are not found.
    for id in [world.a.doctors[0], world.b.patients[0]] {
        reception.put(&format!("/api/v1/patients/{id}"), &same(&before)).await.refused(404, "not_found");
    }
    assert_eq!(found(&world, "patient3@").await, before);
}
