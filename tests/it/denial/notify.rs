//! The calls about messages and notices.

use serde_json::json;

use super::{
    Ask, Row,
    hears::{admin, own},
    run,
};

pub const ROWS: &[Row] = &[
    Row { call: "ListMessages", hears: admin(200), fault: None, leaves: None, ask: |_| Ask::default() },
    Row { call: "GetNotices", hears: own(200), fault: None, leaves: None, ask: |_| Ask::default() },
    Row {
        call: "ChooseNotices",
        hears: own(200),
        fault: None,
        leaves: Some("person.notices"),
        ask: |_| Ask::default().body(json!({ "channels": [] })),
    },
    Row { call: "GetInbox", hears: own(200), fault: None, leaves: None, ask: |_| Ask::default() },
    Row {
        call: "ReadInbox",
        hears: own(200),
        fault: None,
        leaves: Some("inbox.read"),
        ask: |_| Ask::default(),
    },
    Row { call: "GetPushKey", hears: own(200), fault: None, leaves: None, ask: |_| Ask::default() },
    Row {
        call: "SubscribePush",
        hears: own(422),
        fault: Some("invalid"),
        leaves: Some("push.subscribe"),
        ask: |_| {
            Ask::default().body(json!({ "endpoint": "https://nowhere.example/x", "p256dh": "B".repeat(87), "auth": "A".repeat(22) }))
        },
    },
    Row {
        call: "UnsubscribePush",
        hears: own(200),
        fault: None,
        leaves: Some("push.unsubscribe"),
        ask: |_| Ask::default(),
    },
];

#[tokio::test]
async fn nobody_does_what_they_may_not() {
    run(ROWS).await;
}
