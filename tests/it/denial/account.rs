//! The calls about one's own account.

use serde_json::json;

use super::{
    Ask, Row,
    hears::{nothing_there, own, patients},
    run,
};

pub const ROWS: &[Row] = &[
    Row { call: "ListSessions", hears: own(200), fault: None, leaves: None, ask: |_| Ask::default() },
    Row {
        call: "EndSession",
        hears: nothing_there(),
        fault: None,
        leaves: Some("session.end"),
        ask: |t| Ask::of([&t.note]),
    },
    Row {
        call: "EndSessions",
        hears: own(200),
        fault: None,
        leaves: Some("session.end"),
        ask: |_| Ask::default(),
    },
    Row {
        call: "ChangeProfile",
        hears: own(200),
        fault: None,
        leaves: Some("person.profile"),
        ask: |_| Ask::default(),
    },
    Row {
        call: "ConfirmIdentity",
        hears: own(422),
        fault: Some("password_wrong"),
        leaves: Some("session.confirm"),
        ask: |_| Ask::default().body(json!({ "password": "wrong" })),
    },
    Row { call: "GetContacts", hears: own(200), fault: None, leaves: None, ask: |_| Ask::default() },
    Row {
        call: "ProveContact",
        hears: own(200),
        fault: None,
        leaves: Some("contact.code"),
        ask: |t| Ask::default().body(json!({ "email": format!("own{}@test.example", t.caller) })),
    },
    Row {
        call: "ConfirmOwnContact",
        hears: own(410),
        fault: Some("code_expired"),
        leaves: Some("contact.confirm"),
        ask: |t| Ask::default().body(t.by_code()),
    },
    Row { call: "GetAvatar", hears: own(200), fault: None, leaves: None, ask: |_| Ask::default() },
    Row {
        call: "SetAvatar",
        hears: own(422),
        fault: Some("picture_unread"),
        leaves: Some("person.avatar"),
        ask: |_| Ask::default().body(json!({ "content_type": "image/png", "data": "AAAA" })),
    },
    Row {
        call: "RemoveAvatar",
        hears: own(200),
        fault: None,
        leaves: Some("person.avatar"),
        ask: |_| Ask::default(),
    },
    Row { call: "GetDeletion", hears: own(200), fault: None, leaves: None, ask: |_| Ask::default() },
    Row {
        call: "AskDeletion",
        hears: patients(200),
        fault: None,
        leaves: Some("account.leave"),
        ask: |_| Ask::default(),
    },
    Row {
        call: "WithdrawDeletion",
        hears: patients(200),
        fault: None,
        leaves: Some("account.stay"),
        ask: |_| Ask::default(),
    },
    Row { call: "ListDependants", hears: own(200), fault: None, leaves: None, ask: |_| Ask::default() },
    Row {
        call: "AddDependant",
        hears: patients(200),
        fault: None,
        leaves: Some("dependant.add"),
        ask: |_| Ask::default().body(json!({ "name": "Child", "birth_date": "2015-05-01" })),
    },
    Row {
        call: "EndDependant",
        hears: nothing_there(),
        fault: None,
        leaves: Some("dependant.end"),
        ask: |t| Ask::of([&t.note]),
    },
    Row {
        call: "ChangePassword",
        hears: own(422),
        fault: Some("password_weak"),
        leaves: Some("password.change"),
        ask: |_| Ask::default().body(json!({ "password": "password1" })),
    },
];

#[tokio::test]
async fn nobody_does_what_they_may_not() {
    run(ROWS).await;
}
