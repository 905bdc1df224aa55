//! The calls about signing in.

use serde_json::json;

use super::{
    Ask, Row,
    hears::{admin, anybody, own, signed_in, unproven},
    run,
};
use crate::world::PASSWORD;

pub const ROWS: &[Row] = &[
    Row {
        call: "Login",
        hears: anybody(200),
        fault: None,
        leaves: Some("session.sign_in"),
        ask: |_| Ask::default().body(json!({ "email": "patient3@test.example", "password": PASSWORD })),
    },
    Row {
        call: "Refresh",
        hears: unproven(),
        fault: None,
        leaves: Some("session.refresh"),
        ask: |_| Ask::default().body(json!({ "refresh_token": "bm9uc2Vuc2U" })),
    },
    Row { call: "GetMe", hears: signed_in(200), fault: None, leaves: None, ask: |_| Ask::default() },
    Row {
        call: "VerifyMfa",
        hears: unproven(),
        fault: None,
        leaves: Some("session.factor"),
        ask: |_| Ask::default().body(json!({ "mfa_token": "x.y.z", "code": "123456" })),
    },
    Row {
        call: "SetUpMfa",
        hears: own(200),
        fault: None,
        leaves: Some("factor.set_up"),
        ask: |_| Ask::default(),
    },
    Row {
        call: "EnableMfa",
        hears: own(422),
        fault: Some("code_wrong"),
        leaves: Some("factor.enable"),
        ask: |_| Ask::default().body(json!({ "code": "123456" })),
    },
    Row { call: "GetMfa", hears: own(200), fault: None, leaves: None, ask: |_| Ask::default() },
    Row {
        call: "DisableMfa",
        hears: own(409),
        fault: Some("mfa_off"),
        leaves: Some("factor.disable"),
        ask: |_| Ask::default(),
    },
    Row {
        call: "RenewBackupCodes",
        hears: own(409),
        fault: Some("mfa_off"),
        leaves: Some("factor.codes"),
        ask: |_| Ask::default(),
    },
    Row {
        call: "RotateKeys",
        hears: admin(200),
        fault: None,
        leaves: Some("keys.rotate"),
        ask: |_| Ask::default(),
    },
    Row {
        call: "Register",
        hears: anybody(200),
        fault: None,
        leaves: Some("account.register"),
        ask: |t| {
            Ask::default().body(json!({ "name": "New", "email": format!("new{}@test.example", t.caller) }))
        },
    },
    Row {
        call: "ResendCode",
        hears: anybody(410),
        fault: Some("code_expired"),
        leaves: Some("account.resend"),
        ask: |t| Ask::default().body(json!({ "verification_id": t.note })),
    },
    Row {
        call: "VerifyCode",
        hears: anybody(410),
        fault: Some("code_expired"),
        leaves: Some("account.open"),
        ask: |t| Ask::default().body(t.by_code()),
    },
    Row {
        call: "ForgotPassword",
        hears: anybody(200),
        fault: None,
        leaves: Some("password.forgot"),
        ask: |t| Ask::default().body(json!({ "email": format!("new{}@test.example", t.caller) })),
    },
    Row {
        call: "ResetPassword",
        hears: anybody(410),
        fault: Some("code_expired"),
        leaves: Some("password.reset"),
        ask: |t| Ask::default().body(t.by_code()),
    },
    Row {
        call: "Logout",
        hears: signed_in(200),
        fault: None,
        leaves: Some("session.sign_out"),
        ask: |_| Ask::default(),
    },
];

#[tokio::test]
async fn nobody_does_what_they_may_not() {
    run(ROWS).await;
}
