//! The calls about branches, services and settings.

use serde_json::{Value, json};

use super::{
    Ask, Row, Things,
    hears::{admin, anybody, public},
    run,
};

pub const ROWS: &[Row] = &[
    Row { call: "ListBranches", hears: anybody(200), fault: None, leaves: None, ask: |_| Ask::default() },
    Row {
        call: "ListServices",
        hears: public(200),
        fault: None,
        leaves: None,
        ask: |t| Ask::of([&t.branch]),
    },
    Row { call: "GetSettings", hears: admin(200), fault: None, leaves: None, ask: |_| Ask::default() },
    Row {
        call: "AddBranch",
        hears: admin(422),
        fault: Some("invalid"),
        leaves: Some("branch.save"),
        ask: |_| Ask::default().body(branch()),
    },
    Row {
        call: "ChangeBranch",
        hears: admin(422),
        fault: Some("invalid"),
        leaves: Some("branch.save"),
        ask: |t| Ask::of([&t.branch]).body(branch()),
    },
    Row {
        call: "AddService",
        hears: admin(422),
        fault: Some("invalid"),
        leaves: Some("service.save"),
        ask: |t| Ask::default().body(service(t)),
    },
    Row {
        call: "ChangeService",
        hears: admin(422),
        fault: Some("invalid"),
        leaves: Some("service.save"),
        ask: |t| Ask::of([&t.service]).body(service(t)),
    },
];

/// A well-formed branch that a rule refuses, also from callers who may set one: it is never open.
fn branch() -> Value {
    let never = json!([{ "weekday": 1, "from_min": 600, "to_min": 600 }]);
    json!({
        "name": "B", "address": "", "time_zone": "UTC", "languages": ["en"], "rooms": [],
        "policy": { "opening": never }
    })
}

/// A well-formed service that a rule refuses: the person who gives it does not work at the branch.
fn service(t: &Things) -> Value {
    json!({
        "name": "S", "prefix": "X", "duration_min": 5, "price_minor": 0, "currency": "OMR", "walk_in": true,
        "given": [{ "branch_id": t.branch, "person_id": t.note }]
    })
}

#[tokio::test]
async fn nobody_does_what_they_may_not() {
    run(ROWS).await;
}
