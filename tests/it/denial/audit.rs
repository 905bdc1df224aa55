//! The calls about the audit log.

use super::{Ask, Row, hears::admin, run};

pub const ROWS: &[Row] = &[
    Row {
        call: "ListAudit",
        hears: admin(200),
        fault: None,
        leaves: Some("audit.read"),
        ask: |_| Ask::default(),
    },
    Row {
        call: "ListAuditPatients",
        hears: admin(200),
        fault: None,
        leaves: Some("audit.read"),
        ask: |_| Ask::default().query("seq=1"),
    },
    Row {
        call: "ExportAudit",
        hears: admin(200),
        fault: None,
        leaves: Some("audit.export"),
        ask: |_| Ask::default(),
    },
    Row {
        call: "VerifyAudit",
        hears: admin(200),
        fault: None,
        leaves: Some("audit.verify"),
        ask: |_| Ask::default(),
    },
    Row { call: "GetAuditState", hears: admin(200), fault: None, leaves: None, ask: |_| Ask::default() },
];

#[tokio::test]
async fn nobody_does_what_they_may_not() {
    run(ROWS).await;
}
