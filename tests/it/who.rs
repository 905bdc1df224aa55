//! Who a patient is: record numbers, gender, similar names, and corrections that reach every open view.

use std::time::Instant;

use medlane_shared::{
    identity::{Face, RecordNumber},
    ids::{ClientId, PersonId},
    sync::{Replica, SCHEMA, ServerFrame, Topic},
    time::Timestamp,
};
use serde_json::{Value, json};

use crate::{
    both,
    browser::{Browser, DESKTOP, PHONE},
    correct::corrected,
    kiosk::kiosk,
    line::Line,
    world::{Client, Node, World},
};

both!(
    every_patient_has_a_record_number,
    two_of_one_name_are_told_apart,
    a_corrected_name_reaches_the_live_queue,
    who_was_merged_is_shown_as_the_one_who_stays,
    a_correction_reaches_a_merged_patients_rows_on_a_workstation,
);

pub async fn registers(world: &World, name: &str, more: Value) -> Value {
    let mut body = json!({ "name": name, "is_new": true });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.reception().await.post("/api/v1/patients", &body).await.ok()
}

pub async fn puts_in_line(world: &World, patient: &Value) -> Value {
    let mut join = world.join();
    join["patient_id"] = patient["id"].clone();
    world.reception().await.post("/api/v1/queue/join", &join).await.ok()
}

async fn queue(world: &World, who: &Client) -> Value {
    who.get(&format!("/api/v1/queue/doctor-queue?branch_id={}", world.a.branches[0])).await.ok()
}

async fn every_patient_has_a_record_number(world: World) {
    let number = |text: &Value| text.as_str().unwrap().parse::<RecordNumber>().unwrap().number();
    // 64 patients existed before; staff have no record number.
    let first = registers(&world, "Noor Al Balushi", json!({ "gender": "female" })).await;
    let second = registers(&world, "Omar Khan", json!({})).await;
    assert_eq!((number(&first["record_number"]), number(&second["record_number"])), (65, 66));
    assert_eq!((&first["gender"], second.get("gender")), (&json!("female"), None));
    let reception = world.reception().await;
    let text = first["record_number"].as_str().unwrap();
    for typed in [text.to_owned(), format!("MRN%20{text}"), text.replace('-', "")] {
        let page: Value = reception.get(&format!("/api/v1/patients?q={typed}")).await.ok();
        assert_eq!(page["items"], json!([first]), "{typed}");
    }
    let me: Value = world.patient(0).await.get("/api/v1/me").await.ok();
    assert_eq!(number(&me["record_number"]), 1);
    assert!(reception.get("/api/v1/me").await.ok::<Value>().get("record_number").is_none());
    // Each clinic counts its own numbers.
    let other = world.node.sign_in(&world.b, "reception@test.example", Face::Admin).await;
    let there: Value = other.post("/api/v1/patients", &json!({ "name": "Lina Rossi" })).await.ok();
    assert_eq!(number(&there["record_number"]), 65);
    // A child gets a number too, and a gender if one is given; patients set their own gender.
    let guardian = world.patient(0).await;
    let child = json!({ "name": "Omar", "birth_date": "2020-02-29", "gender": "male" });
    let child: Value = guardian.post("/api/v1/users/me/dependants", &child).await.ok();
    assert_eq!((&child["gender"], number(&child["record_number"])), (&json!("male"), 67));
    let me: Value = guardian.patch("/api/v1/users/me", &json!({ "gender": "other" })).await.ok();
    assert_eq!(me["gender"], "other");
    guardian.patch("/api/v1/users/me", &json!({ "gender": "x" })).await.refused(400, "malformed");
}

async fn two_of_one_name_are_told_apart(world: World) {
    let one = json!({ "birth_date": "1980-01-31", "gender": "male" });
    let one = registers(&world, "Ahmed Said Al Harthy", one).await;
    let two = registers(&world, "Ahmed Al Harthy", json!({ "birth_date": "1999-05-01" })).await;
    let three = registers(&world, "Noor Al Harthy", json!({})).await;
    let rows = [puts_in_line(&world, &one).await, puts_in_line(&world, &three).await];
    let (doctor, reception) = (world.doctor(0).await, world.reception().await);
    let similar = async |who: &Client| -> Vec<bool> {
        let view = queue(&world, who).await;
        view["waiting"].as_array().unwrap().iter().map(|row| row["similar_name"] == true).collect()
    };
    assert_eq!(similar(&reception).await, [false, false]);
    let last = puts_in_line(&world, &two).await;
    for who in [&doctor, &reception] {
        assert_eq!(similar(who).await, [true, false, true]);
    }
    let view = queue(&world, &doctor).await;
    let row = &view["waiting"][0];
    assert_eq!(
        (&row["birth_date"], &row["gender"], &row["record_number"]),
        (&json!("1980-01-31"), &json!("male"), &one["record_number"])
    );
    // Views without names do not show this warning either.
    let board: Value =
        world.node.anyone().get(&format!("/api/v1/branches/{}/board", world.a.branches[0])).await.ok();
    let kiosk = kiosk(&world).await;
    let link: Value =
        world.node.anyone().get(&format!("/api/v1/tickets/{}", rows[0]["link"].as_str().unwrap())).await.ok();
    let taken: Value = kiosk.post("/api/v1/queue/join", &world.join()).await.ok();
    for shown in [board, link, taken] {
        for secret in ["Ahmed", "1980", "record_number", "similar", "gender"] {
            assert!(!shown.to_string().contains(secret), "{secret}: {shown}");
        }
    }
    // Once one of the two has left, the other's name is no longer similar to another.
    reception.delete(&format!("/api/v1/queue/{}", last["id"].as_str().unwrap())).await.ok::<Value>();
    assert_eq!(similar(&reception).await[..2], [false, false]);
}

async fn a_corrected_name_reaches_the_live_queue(world: World) {
    let (patient, doctor, reception) =
        (world.patient(0).await, world.doctor(0).await, world.reception().await);
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let nodes = if world.url.starts_with("postgres") {
        vec![Node::start(&world.url, world.dir.path(), &world.clock).await]
    } else {
        Vec::new()
    };
    let topic = || vec![Topic::Queue(world.a.branches[0])];
    let mut open = Vec::new();
    for base in [&world.node.base].into_iter().chain(nodes.iter().map(|node| &node.base)) {
        for (who, face) in [(&doctor, Face::Doctor), (&reception, Face::Admin)] {
            let mut line = Line::hello(base, face, who.token.as_deref(), topic(), None).await;
            line.view(|view| view["waiting"][0]["patient_name"] == "Name of patient0").await;
            open.push(line);
        }
    }
    let since = Instant::now();
    let change = json!({ "name": "Noor Al Balushi", "gender": "female" });
    corrected(&world, "patient0@", &change).await;
    for line in &mut open {
        let view = line.view(|view| view["waiting"][0]["patient_name"] == "Noor Al Balushi").await;
        assert_eq!(
            (&view["waiting"][0]["gender"], &view["waiting"][0]["version"]),
            (&json!("female"), &json!(1))
        );
    }
    println!("a corrected name was in every view after {} ms", since.elapsed().as_millis());
    // The next step, at every node, uses the corrected name.
    for base in [&world.node.base].into_iter().chain(nodes.iter().map(|node| &node.base)) {
        let there = Client { base: base.clone(), ..doctor.clone() };
        let view = queue(&world, &there).await;
        assert_eq!(view["waiting"][0]["patient_name"], "Noor Al Balushi");
    }
    let called: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    assert_eq!((&called["patient_name"], &called["gender"]), (&json!("Noor Al Balushi"), &json!("female")));
    doctor.step(&called, "serve").await.ok::<Value>();
    let mine = json!({ "name": "Noor Al Said" });
    patient.patch("/api/v1/users/me", &mine).await.refused(409, "name_known");
    corrected(&world, "patient0@", &json!({ "name": "Noor Said Al Balushi" })).await;
    for line in &mut open {
        line.view(|view| view["serving"][0]["patient_name"] == "Noor Said Al Balushi").await;
    }
    // A doctor's name is what patients choose by, and what the log names them by.
    let name = json!({ "name": "Dr. Layla Haddad" });
    doctor.patch("/api/v1/users/me", &name).await.refused(403, "confirm_needed");
    let doctor = doctor.confirmed().await;
    doctor.patch("/api/v1/users/me", &name).await.ok::<Value>();
    let log: Value = world.admin().await.get("/api/v1/audit?action=person.profile").await.ok();
    let named = &log["items"][0]["detail"]["name"];
    assert_eq!((&named["was"], &named["is"]), (&json!("Name of doctor0"), &json!("Dr. Layla Haddad")));
    let offered: Value =
        patient.get(&format!("/api/v1/branches/{}/services", world.a.branches[0])).await.ok();
    assert!(offered.to_string().contains("Dr. Layla Haddad"), "{offered}");
    // The name is corrected too when the doctor changes it in the patients' app.
    let sql = "insert into person_role (person_id, role) values ($1, 'patient')";
    world.raw(sql, &[&world.a.doctors[0].to_string()]).await;
    let as_patient =
        world.node.sign_in(&world.a, "doctor0@test.example", Face::Companion).await.confirmed().await;
    as_patient.patch("/api/v1/users/me", &json!({ "name": "Dr. Layla Al Haddad" })).await.ok::<Value>();
    let offered: Value =
        patient.get(&format!("/api/v1/branches/{}/services", world.a.branches[0])).await.ok();
    assert!(offered.to_string().contains("Dr. Layla Al Haddad"), "{offered}");
}

#[tokio::test(flavor = "multi_thread")]
async fn calling_one_of_two_alike_asks_first() {
    let world = World::sqlite().await;
    let one = json!({ "birth_date": "1980-01-31", "gender": "male" });
    let one = registers(&world, "Ahmed Said Al Harthy of a rather long name", one).await;
    let two = json!({ "birth_date": "2025-05-01", "gender": "female" });
    let two = registers(&world, "Ahmed Al Harthy of a rather long name", two).await;
    puts_in_line(&world, &one).await;
    puts_in_line(&world, &two).await;
    for (size, language) in [(PHONE, "ar"), (DESKTOP, "en")] {
        let desk = Browser::open(&format!("{}/console", world.node.base), size, language).await;
        desk.signs_in("reception@test.example").await;
        desk.sees("[data-label=GP-001] [data-similar]").await;
        desk.is_accessible(&format!("two of one name {language}")).await;
        desk.press("#desk-room option[value='Room 2']").await;
        desk.press("#step-call-GP-001").await;
        let said = desk.says("#ask-who").await;
        assert!(said.contains("1980") && !said.contains("1980-01") && said.contains("000065-"), "{said}");
        desk.is_accessible(&format!("asking who is called {language}")).await;
        // Keyboard shortcuts do nothing while the question is open.
        desk.types("#ask-who-stay", "c").await;
        desk.press("#ask-who-stay").await;
        desk.sees("[data-label=GP-001][data-state=waiting]").await;
    }
    let doctor = Browser::open(&format!("{}/doctor", world.node.base), DESKTOP, "en").await;
    doctor.signs_in("doctor0@test.example").await;
    doctor.press("#step-call-GP-001").await;
    doctor.press("#ask-who-1").await;
    doctor.sees("#present[data-label=GP-001]").await;
    // "Next" names no patient, so the start of the visit asks again.
    doctor.press("#step-serve").await;
    assert!(doctor.says("#ask-who").await.contains("Start the visit"));
    doctor.is_accessible("asking whose visit begins").await;
    doctor.press("#ask-who-stay").await;
    doctor.sees("#present[data-label=GP-001][data-state=called]").await;
    doctor.press("#step-serve").await;
    doctor.press("#ask-who-1").await;
    doctor.sees("#present[data-label=GP-001][data-state=serving]").await;
    assert!(doctor.says("#present-who").await.contains("male"));
    doctor.is_accessible("one of two alike with the doctor").await;
}

async fn who_was_merged_is_shown_as_the_one_who_stays(world: World) {
    let stays = registers(&world, "Noor Al Balushi", json!({ "birth_date": "1990-04-01" })).await;
    let other = registers(&world, "N. Balushi", json!({})).await;
    let ticket = puts_in_line(&world, &other).await;
    let (reception, admin) = (world.reception().await, world.admin().await);
    reception.delete(&format!("/api/v1/queue/{}", ticket["id"].as_str().unwrap())).await.ok::<Value>();
    let mut line = Line::hello(
        &world.node.base,
        Face::Admin,
        reception.token.as_deref(),
        vec![Topic::Queue(world.a.branches[0])],
        None,
    )
    .await;
    line.view(|view| view["ended"][0]["patient_name"] == "N. Balushi").await;
    let version = async |of: &Value| -> Value {
        let page: Value = admin.get("/api/v1/admin/users?limit=10").await.ok();
        let all = page["items"].as_array().unwrap();
        all.iter().find(|person| person["id"] == of["id"]).unwrap()["version"].clone()
    };
    let body = json!({
        "other_id": other["id"], "version": version(&stays).await, "other_version": version(&other).await
    });
    let path = format!("/api/v1/admin/users/{}/merge", stays["id"].as_str().unwrap());
    let merged = admin.post(&path, &body).await;
    assert!(merged.status.is_success(), "{}", merged.body);
    let view = line.view(|view| view["ended"][0]["patient_name"] == "Noor Al Balushi").await;
    assert_eq!(view["ended"][0]["record_number"], stays["record_number"]);
}

async fn a_correction_reaches_a_merged_patients_rows_on_a_workstation(world: World) {
    let (doctor, admin) = (world.doctor(0).await, world.admin().await);
    let stays = world.a.patients[0];
    let other = registers(&world, "N. Balushi", json!({})).await;
    let ticket = puts_in_line(&world, &other).await;
    let other: PersonId = other["id"].as_str().unwrap().parse().unwrap();
    let row: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    let row: Value = doctor.step(&row, "no_show").await.ok();
    let page: Value = admin.get("/api/v1/admin/users?limit=100").await.ok();
    let all = page["items"].as_array().unwrap();
    let version = |of: PersonId| {
        all.iter().find(|one| one["id"] == of.to_string()).map(|one| one["version"].clone()).unwrap()
    };
    let body = json!({
        "other_id": other, "version": version(stays), "other_version": version(other),
        "proof": { "identity": "passport" }
    });
    let merged = admin.post(&format!("/api/v1/admin/users/{stays}/merge"), &body).await;
    assert!(merged.status.is_success(), "{}", merged.body);
    // The patient who missed the call comes after all: their ticket still has the id of the merged record.
    doctor.step(&row, "return").await.ok::<Value>();
    let client_id = ClientId::new(Timestamp::from_ms(1), rand::random());
    let replica = Replica { client_id, schema: SCHEMA, cursor: None, buckets: Vec::new() };
    let mut line =
        Line::hello(&world.node.base, Face::Doctor, doctor.token.as_deref(), Vec::new(), Some(replica)).await;
    let change = json!({ "name": "Noor Al Balushi" });
    let mut changed = false;
    loop {
        let ServerFrame::Checkpoint(checkpoint) = line.next().await.unwrap() else { continue };
        // The first checkpoint is the starting state.
        if !std::mem::replace(&mut changed, true) {
            corrected(&world, "patient0@", &change).await;
            continue;
        }
        let mut rows = checkpoint.changes.iter().filter_map(|change| change.row.as_ref());
        let found = rows.rfind(|row| row["id"] == ticket["id"]);
        if let Some(row) = found {
            assert_eq!(row["patient_name"], "Noor Al Balushi", "{row}");
            break;
        }
    }
}
