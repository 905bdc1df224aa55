//! Somebody on the telephone says that they are a patient with another address: a code to it makes them nobody's owner.

use super::*;

both!(
    a_code_to_a_corrected_contact_alone_opens_no_chart,
    a_contact_that_stood_before_vouches_for_the_corrected_one,
    a_code_to_a_corrected_contact_alone_opens_no_account,
);

const OTHER: &str = "caller@test.example";

/// Reception writes down another contact of a patient.
async fn correct(world: &World, patient: PersonId, q: &str, more: &Value) {
    let reception = world.reception().await;
    let found: Value = reception.get(&format!("/api/v1/patients?q={q}")).await.ok();
    let all = found["items"].as_array().unwrap();
    let mut told = all.iter().find(|one| one["id"] == json!(patient)).unwrap().clone();
    for not_said in ["id", "record_number", "proven"] {
        told.as_object_mut().unwrap().remove(not_said);
    }
    told.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    reception.put(&format!("/api/v1/patients/{patient}"), &told).await.ok::<Value>();
}

/// The code that a contact was sent, ready to be read back.
async fn sent(world: &World, patient: PersonId, channel: &str) -> Value {
    let reception = world.reception().await;
    let begun: Value =
        reception.post(&path(patient, "contact-code"), &json!({ "channel": channel })).await.ok();
    json!({ "verification_id": begun["verification_id"], "code": world.code().await })
}

/// Nobody gets a password, a session or a merge by this address.
async fn is_no_way_in(world: &World, patient: PersonId, email: &str) {
    let (anyone, before) = (world.node.anyone(), messages(world).await);
    anyone.post("/api/v1/auth/forgot-password", &json!({ "email": email })).await.ok::<Value>();
    assert_eq!(messages(world).await, before, "no code for a password");
    let login = json!({ "email": email, "password": PASSWORD });
    anyone.post("/api/v1/auth/login", &login).await.refused(401, "credentials_wrong");
    let ask = json!({ "channel": "email", "merge_into": world.a.patients[3] });
    world.reception().await.post(&path(patient, "contact-code"), &ask).await.refused(422, "invalid");
}

async fn a_code_to_a_corrected_contact_alone_opens_no_chart(world: World) {
    let hers = record(&world, &json!({})).await;
    correct(&world, hers, "Fatma", &json!({ "email": OTHER })).await;
    let (reception, check) = (world.reception().await, path(hers, "contact-confirm"));
    let read = sent(&world, hers, "email").await;
    reception.post(&check, &read).await.refused(422, "contact_unchecked");
    is_no_way_in(&world, hers, OTHER).await;
    // Another correction, of something else, changes nothing of that.
    correct(&world, hers, "Fatma", &json!({ "gender": "female" })).await;
    reception.post(&check, &read).await.refused(422, "contact_unchecked");
    // A check of who stands there for the other contact says nothing of this one.
    let document = |contact: &str| json!({ "document": "passport", "contact": contact });
    reception.post(&path(hers, "identity-check"), &document("sms")).await.ok::<Value>();
    reception.post(&check, &read).await.refused(422, "contact_unchecked");
    // Nor does a code to a contact that only such a check stands for.
    let number = sent(&world, hers, "sms").await;
    reception.post(&check, &number).await.ok::<Value>();
    reception.post(&check, &read).await.refused(422, "contact_unchecked");
    // With the check for this contact the same code goes on.
    reception.post(&path(hers, "identity-check"), &document("email")).await.ok::<Value>();
    let now: Value = reception.post(&check, &read).await.ok();
    assert_eq!(now["proven"], json!(["email", "sms"]));
    let anyone = world.node.anyone();
    let begun: Value = anyone.post("/api/v1/auth/forgot-password", &json!({ "email": OTHER })).await.ok();
    let body = json!({ "verification_id": begun["verification_id"], "code": world.code().await, "password": CHOSEN });
    anyone.post("/api/v1/auth/reset-password", &body).await.ok::<Value>();
    assert_eq!(notes_of(&again(&world, OTHER, anyone).await).await, 1);
}

async fn a_contact_that_stood_before_vouches_for_the_corrected_one(world: World) {
    let hers = record(&world, &json!({})).await;
    confirm(&world, hers, "sms").await;
    correct(&world, hers, "Fatma", &json!({ "email": OTHER })).await;
    let (reception, check) = (world.reception().await, path(hers, "contact-confirm"));
    let read = sent(&world, hers, "email").await;
    reception.post(&check, &read).await.refused(422, "contact_unchecked");
    let number = sent(&world, hers, "sms").await;
    reception.post(&check, &number).await.ok::<Value>();
    let now: Value = reception.post(&check, &read).await.ok();
    assert_eq!(now["proven"], json!(["email", "sms"]));
    // The next correction needs it again, and a corrected number vouches for nothing.
    correct(&world, hers, "Fatma", &json!({ "email": "next@test.example", "phone": "+96892123499" })).await;
    let number = sent(&world, hers, "sms").await;
    reception.post(&check, &number).await.refused(422, "contact_unchecked");
    let read = sent(&world, hers, "email").await;
    reception.post(&check, &read).await.refused(422, "contact_unchecked");
    is_no_way_in(&world, hers, "next@test.example").await;
}

async fn a_code_to_a_corrected_contact_alone_opens_no_account(world: World) {
    let patient = world.a.patients[1];
    correct(&world, patient, "patient1@", &json!({ "email": OTHER })).await;
    let read = sent(&world, patient, "email").await;
    let check = path(patient, "contact-confirm");
    world.reception().await.post(&check, &read).await.refused(422, "contact_unchecked");
    is_no_way_in(&world, patient, OTHER).await;
    // Where there is nothing to open, the code is enough.
    let told = json!({ "name": "Nobody Yet" });
    let fresh: Value = world.reception().await.post("/api/v1/patients", &told).await.ok();
    let fresh: PersonId = serde_json::from_value(fresh["id"].clone()).unwrap();
    correct(&world, fresh, "Nobody", &json!({ "email": "fresh@test.example" })).await;
    assert_eq!(confirm(&world, fresh, "email").await["proven"], json!(["email"]));
}
