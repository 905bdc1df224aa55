//! The calls about devices.

use serde_json::json;

use super::{
    Ask, Row,
    hears::{Hears, anybody, managers, unproven},
    run,
};

pub const ROWS: &[Row] = &[
    Row {
        call: "CreateDeviceCode",
        hears: managers(200),
        fault: None,
        leaves: Some("device.code"),
        ask: |t| Ask::default().body(json!({ "branch_id": t.branch, "kind": "kiosk", "name": "K" })),
    },
    Row {
        call: "EnrolDevice",
        hears: anybody(410),
        fault: Some("code_expired"),
        leaves: Some("device.enrol"),
        ask: |_| Ask::default().body(json!({ "code": "NOSUCHCODE" })),
    },
    Row {
        call: "CheckInDevice",
        hears: unproven(),
        fault: None,
        leaves: None,
        ask: |t| Ask::default().body(json!({ "proof": t.proof(), "app_version": "1" })),
    },
    Row {
        call: "AskOrders",
        hears: unproven(),
        fault: None,
        leaves: None,
        ask: |t| Ask::default().body(json!({ "proof": t.proof(), "nonce": "0123456789012345678901" })),
    },
    Row {
        call: "DeviceWiped",
        hears: unproven(),
        fault: None,
        leaves: Some("device.wiped"),
        ask: |t| Ask::default().body(json!({ "proof": t.proof(), "app_version": "1" })),
    },
    Row {
        call: "HandOverReads",
        hears: unproven(),
        fault: None,
        leaves: Some("queue.read"),
        ask: |t| Ask::default().body(json!({ "device_id": t.note, "reads": [] })),
    },
    Row { call: "ListDevices", hears: managers(200), fault: None, leaves: None, ask: |_| Ask::default() },
    Row {
        call: "ChangeDevice",
        hears: Hears {
            nobody: 401,
            patient: 403,
            other_patient: 403,
            doctor: 403,
            other_doctor: 403,
            reception: 403,
            other_reception: 403,
            manager: 404,
            admin: 404,
            kiosk: 403,
            board: 403,
            foreign: 403,
        },
        fault: None,
        leaves: Some("device.wipe"),
        ask: |t| Ask::of([&t.note]).body(json!({ "order": "wipe", "version": 1 })),
    },
];

#[tokio::test]
async fn nobody_does_what_they_may_not() {
    run(ROWS).await;
}
