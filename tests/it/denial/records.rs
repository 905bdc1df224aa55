//! The calls about notes and the own data.

use medlane_shared::{ids::NoteId, time::Timestamp};
use serde_json::json;

use super::{
    Ask, Row,
    hears::{author, chart, doctors, own},
    run,
};

pub const ROWS: &[Row] = &[
    Row {
        call: "ListNotes",
        hears: chart(),
        fault: None,
        leaves: Some("note.read"),
        ask: |t| Ask::default().query(format!("patient_id={}", t.patient)),
    },
    Row {
        call: "ListDrafts",
        hears: doctors(200),
        fault: None,
        leaves: Some("note.list"),
        ask: |_| Ask::default(),
    },
    Row {
        call: "SaveNote",
        hears: author(200),
        fault: None,
        leaves: Some("note.save"),
        ask: |t| {
            let id = NoteId::new(Timestamp::from_ms(1), rand::random());
            let visit = t.ticket();
            Ask::of([&id]).body(
                json!({ "id": id, "patient_id": t.patient, "ticket_id": visit, "text": "x", "version": 0 }),
            )
        },
    },
    Row {
        call: "SignNote",
        hears: author(409),
        fault: Some("version_stale"),
        leaves: Some("note.sign"),
        ask: |t| Ask::of([&t.note]).body(json!({ "id": t.note, "version": 999 })),
    },
    Row {
        call: "DiscardNote",
        hears: author(409),
        fault: Some("version_stale"),
        leaves: Some("note.discard"),
        ask: |t| Ask::of([&t.note]).body(json!({ "id": t.note, "version": 999 })),
    },
    Row {
        call: "ExportAccount",
        hears: own(200),
        fault: None,
        leaves: Some("account.export"),
        ask: |_| Ask::default(),
    },
];

#[tokio::test]
async fn nobody_does_what_they_may_not() {
    run(ROWS).await;
}
