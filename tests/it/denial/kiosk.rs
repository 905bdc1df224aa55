//! The calls about a kiosk, and about what it leaves to the desk.

use medlane_shared::time::Timestamp;
use serde_json::json;

use super::{
    Ask, Row,
    hears::{Hears, desk_at_branch, kiosk, no_kiosk_here},
    run,
};

pub const ROWS: &[Row] = &[
    Row {
        call: "CheckIn",
        hears: Hears {
            nobody: 401,
            patient: 404,
            other_patient: 404,
            doctor: 404,
            other_doctor: 404,
            reception: 200,
            other_reception: 404,
            manager: 200,
            admin: 403,
            kiosk: 404,
            board: 403,
            foreign: 404,
        },
        fault: None,
        leaves: Some("ticket.check_in"),
        ask: |t| Ask::of([&t.branch]).body(json!({ "code": t.visit["code"] })),
    },
    Row {
        call: "SettleHeld",
        hears: no_kiosk_here(),
        fault: None,
        leaves: Some("ticket.take"),
        ask: |t| Ask::of([&t.ticket()]).body(json!({ "taken": true })),
    },
    Row {
        call: "GetKiosk",
        hears: kiosk(200),
        fault: None,
        leaves: Some("kiosk.letter"),
        ask: |_| Ask::default(),
    },
    Row {
        call: "HandOverTickets",
        hears: kiosk(200),
        fault: None,
        leaves: Some("kiosk.hand_over"),
        ask: |_| Ask::default().body(json!({ "now": Timestamp::from_ms(1), "tickets": [] })),
    },
    Row {
        call: "SettleTask",
        hears: Hears {
            nobody: 401,
            patient: 403,
            other_patient: 403,
            doctor: 403,
            other_doctor: 403,
            reception: 404,
            other_reception: 404,
            manager: 404,
            admin: 404,
            kiosk: 403,
            board: 403,
            foreign: 403,
        },
        fault: None,
        leaves: Some("task.settle"),
        ask: |t| Ask::of([&t.branch, &t.note]),
    },
    Row {
        call: "AskHelp",
        hears: no_kiosk_here(),
        fault: None,
        leaves: Some("help.ask"),
        ask: |t| Ask::of([&t.branch]),
    },
    Row {
        call: "WithdrawHelp",
        hears: no_kiosk_here(),
        fault: None,
        leaves: Some("help.withdraw"),
        ask: |t| Ask::of([&t.branch]),
    },
    Row {
        call: "AnswerHelp",
        hears: desk_at_branch(200),
        fault: None,
        leaves: Some("help.answer"),
        ask: |t| Ask::of([&t.branch, &t.note]),
    },
];

#[tokio::test]
async fn nobody_does_what_they_may_not() {
    run(ROWS).await;
}
