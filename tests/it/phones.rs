//! Phone numbers as people type them: as they are dialled at home, in the digits of any script.

use serde_json::{Value, json};

use crate::{both, world::World};

both!(
    the_desk_types_numbers_as_they_are_dialled_there,
    a_patient_registers_and_signs_in_with_a_number_as_it_is_dialled,
    a_number_that_cannot_be_read_is_refused_with_an_example,
);

const CHOSEN: &str = "violin-77-kettle";

/// The branch is in Muscat.
async fn the_desk_types_numbers_as_they_are_dialled_there(world: World) {
    for who in [world.reception().await, world.admin().await] {
        for typed in [
            "91234567",
            "9123 4567",
            "(9123)-4567",
            "٩١٢٣٤٥٦٧",
            "۹۱۲۳ ۴۵۶۷",
            "0096891234567",
            "+968 9123 4567",
        ] {
            let told = json!({ "name": "Sara Khan", "phone": typed, "is_new": true });
            let made: Value = who.post("/api/v1/patients", &told).await.ok();
            assert_eq!(made["phone"], "+96891234567", "{typed}");
        }
        let told = json!({ "name": "Sara Khan", "phone": "+44 7911 123456", "is_new": true });
        let made: Value = who.post("/api/v1/patients", &told).await.ok();
        assert_eq!(made["phone"], "+447911123456");
        let path = format!("/api/v1/patients/{}", made["id"].as_str().unwrap());
        let told =
            json!({ "name": "Sara Khan", "phone": "9123 4568", "version": made["version"], "is_new": true });
        let changed: Value = who.put(&path, &told).await.ok();
        assert_eq!(changed["phone"], "+96891234568");
    }
}

async fn a_patient_registers_and_signs_in_with_a_number_as_it_is_dialled(world: World) {
    let anyone = world.node.anyone();
    let begun: Value =
        anyone.post("/api/v1/auth/register", &json!({ "name": "Ali", "phone": "٩١٢٣ ٤٥٦٧" })).await.ok();
    assert!(world.outbox().await.contains("sms · +96891234567 · "));
    let code = json!({ "verification_id": begun["verification_id"], "code": world.code().await, "password": CHOSEN });
    anyone.post("/api/v1/auth/verify-otp", &code).await.ok::<Value>();
    for typed in ["91234567", "9123-4567", "٩١٢٣٤٥٦٧", "+968 9123 4567", "0096891234567"] {
        let login = json!({ "email": typed, "password": CHOSEN });
        let me: Value = anyone.post("/api/v1/auth/login", &login).await.ok();
        assert_eq!(me["me"]["name"], "Ali", "{typed}");
    }
    anyone.post("/api/v1/auth/forgot-password", &json!({ "phone": "91234567" })).await.ok::<Value>();
    let patient = world.patient(0).await.confirmed().await;
    patient.post("/api/v1/users/me/contacts/code", &json!({ "phone": "9123 4569" })).await.ok::<Value>();
    assert!(world.outbox().await.contains("sms · +96891234569 · "));
}

async fn a_number_that_cannot_be_read_is_refused_with_an_example(world: World) {
    let reception = world.reception().await;
    for typed in ["9123456", "912345678", "12", "+968 1", "phone"] {
        let told = json!({ "name": "Sara Khan", "phone": typed, "is_new": true });
        let refused = reception.post("/api/v1/patients", &told).await;
        refused.refused(422, "invalid");
        let why = &refused.body["fields"]["phone"];
        assert_eq!(why["code"], "phone", "{typed}");
        let message = why["message"].as_str().unwrap();
        assert!(message.contains("9212 3456") || typed == "phone", "{typed}: {message}");
    }
}
