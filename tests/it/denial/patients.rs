//! The calls about patients at the desk.

use serde_json::json;

use super::{
    Ask, Row,
    hears::{Hears, desk},
    run,
};

pub const ROWS: &[Row] = &[
    Row {
        call: "FindPatients",
        hears: desk(200),
        fault: None,
        leaves: Some("patients.find"),
        ask: |_| Ask::default().query("q=nobody"),
    },
    Row {
        call: "RegisterPatient",
        hears: desk(409),
        fault: Some("account_exists"),
        leaves: Some("patient.register"),
        ask: |_| Ask::default().body(json!({ "name": "P", "email": "patient0@test.example" })),
    },
    Row {
        call: "ChangePatient",
        hears: desk(409),
        fault: Some("version_stale"),
        leaves: Some("patient.correct"),
        ask: |t| Ask::of([&t.patient]).body(json!({ "name": "P", "version": 999 })),
    },
    Row {
        call: "SendContactCode",
        hears: desk(422),
        fault: Some("invalid"),
        leaves: Some("contact.code"),
        ask: |t| Ask::of([&t.patient]).body(json!({ "channel": "sms" })),
    },
    Row {
        call: "ConfirmContact",
        hears: desk(410),
        fault: Some("code_expired"),
        leaves: Some("contact.confirm"),
        ask: |t| Ask::of([&t.patient]).body(t.by_code()),
    },
    Row {
        call: "CheckIdentity",
        hears: desk(422),
        fault: Some("invalid"),
        leaves: Some("contact.identity"),
        ask: |t| Ask::of([&t.patient]).body(json!({ "document": "passport", "contact": "sms" })),
    },
    Row {
        call: "ListDuplicates",
        hears: desk(200),
        fault: None,
        leaves: Some("people.duplicates"),
        ask: |_| Ask::default(),
    },
    Row {
        call: "MergePeople",
        hears: desk(409),
        fault: Some("version_stale"),
        leaves: Some("person.merge"),
        ask: |t| {
            Ask::of([&t.patient]).body(json!({ "other_id": t.other, "version": 999, "other_version": 999 }))
        },
    },
    Row {
        call: "UnmergePerson",
        hears: desk(409),
        fault: Some("version_stale"),
        leaves: Some("person.unmerge"),
        ask: |t| Ask::of([&t.patient]).body(json!({ "version": 999 })),
    },
    Row {
        call: "TellApart",
        hears: desk(200),
        fault: None,
        leaves: Some("person.distinct"),
        ask: |t| Ask::of([&t.patient]).body(json!({ "other_id": t.other })),
    },
    Row {
        call: "ListDecided",
        hears: desk(200),
        fault: None,
        leaves: Some("people.duplicates"),
        ask: |_| Ask::default(),
    },
    Row {
        call: "UntellApart",
        hears: Hears {
            nobody: 401,
            patient: 403,
            other_patient: 403,
            doctor: 403,
            other_doctor: 403,
            reception: 200,
            other_reception: 404,
            manager: 404,
            admin: 404,
            kiosk: 403,
            board: 403,
            foreign: 403,
        },
        fault: None,
        leaves: Some("person.distinct_end"),
        ask: |t| Ask::of([&t.patient, &t.other]),
    },
];

#[tokio::test]
async fn nobody_does_what_they_may_not() {
    run(ROWS).await;
}
