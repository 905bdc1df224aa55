//! The demo clinic, as a person who tries Medlane finds it.

use std::collections::{BTreeMap, HashSet};

use medlane_server::{core_open, demo};
use serde_json::{Value, json};

use crate::world::{Client, Node, TestClock, config, fresh_postgres};

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_clinic_is_alive_on_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("demo.db").display());
    is_alive(&url, &dir).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_clinic_is_alive_on_postgres() {
    is_alive(&fresh_postgres().await, &tempfile::tempdir().unwrap()).await;
}

async fn is_alive(url: &str, dir: &tempfile::TempDir) {
    let clock = TestClock::default();
    let core = core_open(&config(url, dir.path()), clock.clock()).await.unwrap();
    let accounts = demo::fill(&core, 1).await.unwrap();
    core.db.close().await;
    let node = Node::start(url, dir.path(), &clock).await;
    is_written_as_told(&serde_json::to_value(&accounts).unwrap());
    let [patients, doctors, reception, admins] =
        [&accounts.patients, &accounts.doctors, &accounts.reception, &accounts.admins];
    assert_eq!([patients.len(), doctors.len(), reception.len(), admins.len()], [300, 6, 2, 1]);
    let signs_in = async |account: &demo::DemoAccount, face: &str| {
        let body = json!({ "email": account.email, "password": account.password, "face": face });
        let tokens: Value = node.anyone().post("/api/v1/auth/login", &body).await.ok();
        Client { token: tokens["access_token"].as_str().map(str::to_owned), ..node.anyone() }
    };
    // The first patients of the list are in no queue.
    for patient in &patients[..60] {
        let page: Value = signs_in(patient, "companion").await.get("/api/v1/queue/my-status").await.ok();
        assert_eq!(page["tickets"], json!([]), "{}", patient.email);
    }
    // A patient waits for every doctor, and each is called only once.
    let mut labels = HashSet::new();
    for doctor in doctors {
        let doctor = signs_in(doctor, "doctor").await;
        let called: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
        assert!(labels.insert(called["id"].clone()));
    }
    let admin = signs_in(&admins[0], "admin").await;
    let branches: Value = admin.get("/api/v1/branches").await.ok();
    for branch in branches["items"].as_array().unwrap() {
        let path = format!("/api/v1/queue/estimates?branch_id={}", branch["id"].as_str().unwrap());
        let page: Value = admin.get(&path).await.ok();
        let services = page["items"].as_array().unwrap();
        assert_eq!(services.len(), 5);
        for service in services {
            let of = |name: &str| service[name].as_f64().unwrap();
            assert!(of("waits") > 100.0, "{service}");
            assert!((0.7..0.9).contains(&of("coverage")), "{service}");
            assert!(of("mean_error_min") < 20.0 && of("bias_min").abs() < 10.0, "{service}");
        }
    }
    assert!(admin.get("/api/v1/audit/verify").await.ok::<Value>()["ok"].as_bool().unwrap());
    drop(core);
    // A second clinic is not created over it.
    let core = core_open(&config(url, dir.path()), clock.clock()).await.unwrap();
    assert!(demo::fill(&core, 1).await.is_err());
}

/// The form of `demo-accounts.json`, because programs that try Medlane read it.
fn is_written_as_told(accounts: &Value) {
    for group in ["patients", "doctors", "reception", "admins"] {
        let all = accounts[group].as_array().unwrap_or_else(|| panic!("{group} are no list"));
        for account in all {
            let fields: BTreeMap<&str, bool> = account
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str().is_some_and(|text| !text.is_empty())))
                .collect();
            assert_eq!(
                fields,
                BTreeMap::from([("email", true), ("name", true), ("password", true)]),
                "{account}"
            );
        }
        let emails: HashSet<_> = all.iter().map(|account| account["email"].as_str()).collect();
        assert_eq!(emails.len(), all.len(), "{group} share addresses");
    }
}
