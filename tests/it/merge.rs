//! Patients with two records: find, merge, undo.

use std::time::Duration;

use medlane_shared::ids::{NoteId, PersonId};
use serde_json::{Value, json};

use crate::{
    both,
    world::{Client, PASSWORD, World},
};

both!(
    duplicates_are_found_merged_and_taken_apart,
    a_merge_is_refused_where_something_would_be_lost,
    what_was_told_apart_is_not_asked_about_again,
    what_was_decided_is_listed_with_the_latest_first,
);

const USERS: &str = "/api/v1/admin/users";

/// Registers a person with this data.
pub async fn registers(world: &World, name: &str, email: &str, birth_date: &str) -> (PersonId, Client) {
    let anyone = world.node.anyone();
    let ask = json!({ "name": name, "email": email, "birth_date": birth_date });
    let begun: Value = anyone.post("/api/v1/auth/register", &ask).await.ok();
    let verify = json!({
        "verification_id": begun["verification_id"], "code": world.code().await, "password": "kettle-42-violin",
    });
    let verified: Value = anyone.post("/api/v1/auth/verify-otp", &verify).await.ok();
    let tokens = &verified["tokens"];
    let id = serde_json::from_value(tokens["me"]["person_id"].clone()).unwrap();
    (id, Client { token: tokens["access_token"].as_str().map(str::to_owned), ..anyone })
}

async fn person(admin: &Client, id: PersonId) -> Value {
    let page: Value = admin.get(&format!("{USERS}?limit=200")).await.ok();
    let id = id.to_string();
    page["items"].as_array().unwrap().iter().find(|one| one["id"] == id.as_str()).unwrap().clone()
}

async fn merge(admin: &Client, stays: PersonId, other: PersonId) -> crate::world::Answer {
    merge_by(admin, (stays, other), None).await
}

/// Merges by a document that reception has checked.
pub async fn merge_by(
    admin: &Client,
    (stays, other): (PersonId, PersonId),
    document: Option<&str>,
) -> crate::world::Answer {
    let (stays, other) = (person(admin, stays).await, person(admin, other).await);
    let mut body =
        json!({ "other_id": other["id"], "version": stays["version"], "other_version": other["version"] });
    if let Some(document) = document {
        body["proof"] = json!({ "identity": document });
    }
    admin.post(&format!("{USERS}/{}/merge", stays["id"].as_str().unwrap()), &body).await
}

/// How many messages say that two records are one now.
async fn mails(world: &World) -> usize {
    world.outbox().await.matches("You had two records").count()
}

/// A visit of a patient with a signed note, from joining to leaving.
async fn visit(world: &World, patient: &Client, id: PersonId, text: &str) {
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let doctor = world.doctor(0).await;
    let row: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    let row: Value = doctor.step(&row, "serve").await.ok();
    let note = NoteId::new(world.node.core.now(), rand::random());
    let draft = json!({ "id": note, "patient_id": id, "ticket_id": row["id"], "text": text, "version": 0 });
    doctor.put(&format!("/api/v1/notes/{note}"), &draft).await.ok::<Value>();
    let sign = json!({ "id": note, "version": 1 });
    doctor.post(&format!("/api/v1/notes/{note}/sign"), &sign).await.ok::<Value>();
    doctor.step(&row, "done").await.ok::<Value>();
}

async fn notes(of: PersonId, who: &Client) -> Vec<String> {
    let page: Value = who.get(&format!("/api/v1/notes?patient_id={of}")).await.ok();
    page["items"].as_array().unwrap().iter().map(|note| note["text"].as_str().unwrap().to_owned()).collect()
}

async fn duplicates_are_found_merged_and_taken_apart(world: World) {
    let (first, mother) = registers(&world, "Noor Al Balushi", "noor@one.example", "1990-04-01").await;
    let (second, daughter) = registers(&world, "Al Balushi, Noor", "noor@two.example", "1990-04-01").await;
    registers(&world, "Noor Al Harthy", "other@three.example", "1991-04-01").await;
    visit(&world, &mother, first, "from the first").await;
    visit(&world, &daughter, second, "from the second").await;
    let reception = world.reception().await;
    let admin = world.admin().await;
    let found: Value = reception.get(&format!("{USERS}/duplicates")).await.ok();
    let found: Vec<&Value> =
        found["items"].as_array().unwrap().iter().filter(|pair| pair["score"].as_u64() > Some(50)).collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!((found[0]["score"].as_u64(), &found[0]["alike"]), (Some(90), &json!(["name", "birth_date"])));
    assert_eq!(found[0]["first"]["id"], json!(first));

    merge_by(&admin, (first, second), Some("residence_card")).await.ok::<Value>();
    assert_eq!(notes(first, &mother).await.len(), 2, "one chart, newest first");
    assert_eq!(notes(first, &mother).await[0], "from the second");
    let history: Value = mother.get("/api/v1/queue/my-history").await.ok();
    assert_eq!(history["items"].as_array().unwrap().len(), 2);
    let doctor = world.doctor(0).await;
    assert_eq!(notes(first, &doctor).await.len(), 2);
    // The export has the data of both records.
    let export = mother.get("/api/v1/users/me/export").await;
    assert!(export.headers["content-disposition"].to_str().unwrap().contains("medlane.json"));
    let export: Value = export.ok();
    let count = |part: &str| export[part].as_array().unwrap().len();
    assert_eq!((count("notes"), count("visits"), count("sessions")), (2, 2, 1));
    assert_eq!(
        (&export["person"]["email"], &export["notes"][0]["text"]),
        (&json!("noor@one.example"), &json!("from the second"))
    );
    // The merged account is signed out and told.
    daughter.get("/api/v1/me").await.refused(401, "signed_out");
    let login = json!({ "email": "noor@two.example", "password": "kettle-42-violin" });
    // Whoever knows its password hears why it no longer signs in. Everybody else hears what they always hear.
    let anyone = world.node.anyone();
    anyone.post("/api/v1/auth/login", &login).await.refused(403, "account_merged");
    let wrong = json!({ "email": "noor@two.example", "password": "violin-42-kettle" });
    anyone.post("/api/v1/auth/login", &wrong).await.refused(401, "credentials_wrong");
    assert_eq!(mails(&world).await, 1, "told by mail");
    // A forgotten password brings no code, but the same words again.
    let forgot = json!({ "email": "noor@two.example" });
    anyone.post("/api/v1/auth/forgot-password", &forgot).await.ok::<Value>();
    assert_eq!(mails(&world).await, 2);
    // The desk finds the record that stays by everything that stood on the other one.
    let gone = person(&admin, second).await;
    for q in [gone["record_number"].as_str().unwrap(), "noor@two.example", "al balushi, noor"] {
        let q = q.replace(' ', "%20").replace('@', "%40");
        let found: Value = reception.get(&format!("/api/v1/patients?q={q}")).await.ok();
        let found = found["items"].as_array().unwrap();
        assert_eq!((found.len(), &found[0]["id"]), (1, &json!(first)), "{q}");
        assert_eq!(found[0]["former_numbers"], json!([gone["record_number"]]), "{q}");
    }
    merge(&admin, first, second).await.refused(409, "person_merged");
    let page: Value = reception.get(&format!("{USERS}/duplicates")).await.ok();
    assert!(page["items"].as_array().unwrap().iter().all(|pair| pair["second"]["id"] != json!(second)));

    let other = person(&admin, second).await;
    assert_eq!(other["merged_into"], json!(first));
    let path = format!("{USERS}/{second}/unmerge");
    admin.post(&path, &json!({ "version": 1 })).await.refused(409, "version_stale");
    reception.post(&path, &json!({ "version": other["version"] })).await.ok::<Value>();
    assert_eq!(notes(first, &mother).await, ["from the first"]);
    let tokens: Value = world.node.anyone().post("/api/v1/auth/login", &login).await.ok();
    let daughter = Client { token: tokens["access_token"].as_str().map(str::to_owned), ..daughter };
    assert_eq!(notes(second, &daughter).await, ["from the second"]);
    let other = person(&admin, second).await;
    admin.post(&path, &json!({ "version": other["version"] })).await.refused(409, "person_merged");
    // A merge that was undone says nothing about the two: the pair is offered again until somebody says what it is.
    let page: Value = reception.get(&format!("{USERS}/duplicates")).await.ok();
    assert!(page["items"].as_array().unwrap().iter().any(|pair| pair["second"]["id"] == json!(second)));
}

async fn a_merge_is_refused_where_something_would_be_lost(world: World) {
    let admin = world.admin().await;
    let (a, b, c) = (world.a.patients[0], world.a.patients[1], world.a.patients[2]);
    merge(&admin, a, a).await.refused(422, "invalid");
    world.patient(1).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    merge(&admin, a, b).await.refused(409, "patient_waits");
    merge(&admin, b, c).await.ok::<Value>();
    merge(&admin, a, b).await.refused(409, "person_merged");
    merge(&admin, c, a).await.refused(409, "person_merged");
    merge(&admin, a, c).await.refused(409, "person_merged");
    // Staff are never duplicates, and another clinic's patient does not exist here.
    merge(&admin, a, world.a.doctors[0]).await.refused(404, "not_found");
    let body = json!({ "other_id": world.b.patients[0], "version": 1, "other_version": 1 });
    admin.post(&format!("{USERS}/{a}/merge"), &body).await.refused(404, "not_found");
    // The record that can sign in stays.
    let invited = json!({ "name": "x", "email": "x@new.example", "roles": ["doctor"], "branches": [world.a.branches[0]] });
    admin.post(&format!("{USERS}/invite"), &invited).await.ok::<Value>();
    world.patient(0).await.get("/api/v1/me").await.ok::<Value>();
    let login = json!({ "email": "patient2@test.example", "password": PASSWORD });
    world.node.anyone().post("/api/v1/auth/login", &login).await.refused(403, "account_merged");
}

async fn what_was_told_apart_is_not_asked_about_again(world: World) {
    let (first, _) = registers(&world, "Omar Al Harthy", "omar@one.example", "1985-01-01").await;
    let (second, _) = registers(&world, "Omar Al Harthy", "omar@two.example", "1985-01-01").await;
    let reception = world.reception().await;
    let pairs = async || {
        let page: Value = reception.get(&format!("{USERS}/duplicates")).await.ok();
        page["items"].as_array().unwrap().iter().filter(|pair| pair["score"] == 90).count()
    };
    assert_eq!(pairs().await, 1);
    // In either order.
    let apart = json!({ "other_id": first });
    reception.post(&format!("{USERS}/{second}/distinct"), &apart).await.ok::<Value>();
    assert_eq!(pairs().await, 0);
    reception.post(&format!("{USERS}/{second}/distinct"), &apart).await.ok::<Value>();
    // Somebody pressed the wrong button: it is taken back, in either order too.
    reception.delete(&format!("{USERS}/{second}/distinct/{first}")).await.ok::<Value>();
    assert_eq!(pairs().await, 1);
    reception.delete(&format!("{USERS}/{first}/distinct/{second}")).await.refused(404, "not_found");
}

async fn what_was_decided_is_listed_with_the_latest_first(world: World) {
    let (reception, admin) = (world.reception().await, world.admin().await);
    let [a, b, one, other] = [0, 1, 2, 3].map(|n| world.a.patients[n]);
    let (c, d) = (one.min(other), one.max(other));
    let decided = async |query: &str| -> Value {
        reception.get(&format!("{USERS}/duplicates/decided{query}")).await.ok()
    };
    assert_eq!(decided("").await, json!({ "items": [], "next": null }));
    merge(&admin, a, b).await.ok::<Value>();
    world.clock.pass(Duration::from_secs(1));
    reception.post(&format!("{USERS}/{d}/distinct"), &json!({ "other_id": c })).await.ok::<Value>();
    let (latest, earlier) = (decided("?limit=1").await, decided("?limit=1&cursor=1").await);
    let pair = |page: &Value| {
        let one = &page["items"][0];
        [&one["verdict"], &one["first"]["id"], &one["second"]["id"]].map(Value::clone)
    };
    assert_eq!((pair(&latest), &latest["next"]), ([json!("distinct"), json!(c), json!(d)], &json!("1")));
    assert_eq!((pair(&earlier), &earlier["next"]), ([json!("merged"), json!(a), json!(b)], &Value::Null));
    // Each is taken back with what the list says, and leaves it.
    let version = &earlier["items"][0]["second"]["version"];
    reception.post(&format!("{USERS}/{b}/unmerge"), &json!({ "version": version })).await.ok::<Value>();
    reception.delete(&format!("{USERS}/{c}/distinct/{d}")).await.ok::<Value>();
    assert_eq!(decided("").await["items"], json!([]));
}
