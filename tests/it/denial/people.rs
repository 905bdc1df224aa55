//! The calls about people, as administrators manage them.

use serde_json::json;

use super::{
    Ask, Row,
    hears::{admin_of_all, anybody, managers},
    run,
};

pub const ROWS: &[Row] = &[
    Row {
        call: "GetPersonAvatar",
        hears: admin_of_all(200),
        fault: None,
        leaves: Some("avatar.read"),
        ask: |t| Ask::of([&t.patient]),
    },
    Row {
        call: "KeepPerson",
        hears: admin_of_all(409),
        fault: Some("version_stale"),
        leaves: Some("person.keep"),
        ask: |t| Ask::of([&t.patient]).body(json!({ "why": "x", "version": 999 })),
    },
    Row {
        call: "ListPeople",
        hears: managers(200),
        fault: None,
        leaves: Some("people.read"),
        ask: |_| Ask::default(),
    },
    Row {
        call: "InvitePerson",
        hears: admin_of_all(200),
        fault: None,
        leaves: Some("person.invite"),
        ask: |t| {
            Ask::default().body(json!({ "name": "N", "email": "staff@test.example", "roles": ["doctor"], "branches": [t.branch] }))
        },
    },
    Row {
        call: "ReinvitePerson",
        hears: admin_of_all(422),
        fault: Some("invalid"),
        leaves: Some("person.invite"),
        ask: |t| Ask::of([&t.patient]),
    },
    Row {
        call: "SetStanding",
        hears: admin_of_all(409),
        fault: Some("version_stale"),
        leaves: Some("person.suspend"),
        ask: |t| Ask::of([&t.patient]).body(json!({ "standing": "suspended", "why": "x", "version": 999 })),
    },
    Row {
        call: "SetRoles",
        hears: admin_of_all(409),
        fault: Some("version_stale"),
        leaves: Some("person.roles"),
        ask: |t| Ask::of([&t.patient]).body(json!({ "roles": ["patient"], "version": 999 })),
    },
    Row {
        call: "AcceptInvitation",
        hears: anybody(410),
        fault: Some("code_expired"),
        leaves: Some("person.accept"),
        ask: |t| {
            Ask::default()
                .body(json!({ "invitation_id": t.note, "secret": "x", "password": "kettle-42-violin" }))
        },
    },
    Row {
        call: "ResetMfa",
        hears: admin_of_all(409),
        fault: Some("mfa_off"),
        leaves: Some("factor.reset"),
        ask: |t| Ask::of([&t.patient]),
    },
];

#[tokio::test]
async fn nobody_does_what_they_may_not() {
    run(ROWS).await;
}
