//! The commands of the server's program: their output, and how they end.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

use medlane_server::{db::SCHEMA_VERSION, demo::Accounts};
use medlane_shared::{
    fault::Code,
    identity::Face,
    sync::{ServerFrame, Topic},
};
use serde_json::{Value, json};

use crate::{
    both,
    line::Line,
    program::{Program, command},
    world::{Client, Node, TestClock, World, port},
};

/// How long a command may take before the test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

both!(a_log_is_verified_at_the_command_line, a_server_that_is_asked_to_stop_says_goodbye);

/// A command with a database and the key file beside it.
fn over(url: &str, dir: &Path, arguments: &[&str]) -> Command {
    let mut command = command();
    command
        .args(arguments)
        .env("MEDLANE_DATABASE__URL", url)
        .env("MEDLANE_KEYS__FILE", dir.join("root.key"))
        .env("MEDLANE_LOG__FILTER", "error");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout)
}

#[track_caller]
fn failed(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    text(&output.stderr)
}

fn fresh() -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("medlane.db").display());
    (dir, url)
}

/// Adds an administrator. The password comes from the standard input.
fn create_admin(url: &str, dir: &Path, email: &str, password: &str) -> Output {
    let mut command = over(url, dir, &["create-admin", "--email", email, "--name", "Salma Said"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{password}").unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn the_configuration_is_printed_without_secrets() {
    let (dir, _) = fresh();
    let url = "postgres://medlane:hunter2@db.internal/medlane";
    let mut print = over(url, dir.path(), &["config", "print"]);
    print.env("MEDLANE_SMS__TOKEN", "hunter2").env("MEDLANE_SMS__FROM", "+96800000000");
    let printed = succeeded(&print.output().unwrap());
    assert!(!printed.contains("hunter2"), "{printed}");
    let shown: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(shown["database"]["url"], "postgres://medlane:***@db.internal/medlane");
    assert_eq!((&shown["sms"]["token"], &shown["sms"]["from"]), (&"***".into(), &"+96800000000".into()));
    assert_eq!(shown["limits"]["tries"], 300);
    assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 0, "nothing was made");
}

#[tokio::test]
async fn a_setting_that_cannot_be_used_is_named() {
    let (dir, url) = fresh();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let gone = format!("sqlite:{}", dir.path().join("gone/medlane.db").display());
    for (name, value, says) in [
        ("MEDLANE_HTTP__LISTEN", taken.as_str(), "http.listen"),
        ("MEDLANE_DATABASE__URL", "postgres://medlane:hunter2@127.0.0.1:1/medlane", "database.url"),
        ("MEDLANE_DATABASE__URL", "postgres://medlane:hunter2@127.0.0.1:port/medlane", "database.url"),
        ("MEDLANE_DATABASE__URL", gone.as_str(), "database.url"),
        ("MEDLANE_KEYS__FILE", "/dev/null/root.key", "keys.file"),
        ("MEDLANE_KEYS__ROOT", "hunter2", "keys.root"),
        ("MEDLANE_MAIL__URL", "nonsense:hunter2", "mail.url"),
        ("MEDLANE_LIMITS__TRIES", "many", "limits.tries"),
    ] {
        let mut serve = over(&url, dir.path(), &["serve"]);
        serve.env("MEDLANE_HTTP__LISTEN", format!("127.0.0.1:{}", port())).env(name, value);
        let ended = tokio::process::Command::from(serve).kill_on_drop(true).output();
        let ended = tokio::time::timeout(PATIENCE, ended).await.expect("it does not start").unwrap();
        let said = failed(&ended);
        assert!(said.starts_with("medlane-server: ") && said.contains(says), "{name}={value}: {said}");
        assert!(!said.contains("hunter2"), "{said}");
        assert_eq!(text(&ended.stdout), "", "{name}={value} was never ready");
    }
}

#[test]
fn a_schema_is_brought_up_to_date_once() {
    let (dir, url) = fresh();
    let migrate = || succeeded(&over(&url, dir.path(), &["migrate"]).output().unwrap());
    assert_eq!(migrate(), format!("schema {SCHEMA_VERSION}, {SCHEMA_VERSION} migrations ran\n"));
    assert_eq!(migrate(), format!("schema {SCHEMA_VERSION}, 0 migrations ran\n"));
}

#[tokio::test]
async fn an_administrator_is_added_at_the_command_line() {
    let (dir, url) = fresh();
    let add = |email: &str, password: &str| create_admin(&url, dir.path(), email, password);
    let weak = failed(&add("salma@clinic.example", "password1"));
    assert!(weak.contains("easily guessed"), "{weak}");
    let nowhere = failed(&add("salma", "correct horse battery"));
    assert!(nowhere.contains("email"), "{nowhere}");
    let added = succeeded(&add("Salma@Clinic.example", "correct horse battery"));
    assert_eq!(added, "salma@clinic.example can sign in\n");
    let again = failed(&add("salma@clinic.example", "another horse battery"));
    assert!(again.contains("salma@clinic.example is somebody's already"), "{again}");
    let node = Node::start(&url, dir.path(), &TestClock::default()).await;
    let body =
        json!({ "email": "salma@clinic.example", "password": "correct horse battery", "face": "admin" });
    let tokens: Value = node.anyone().post("/api/v1/auth/login", &body).await.ok();
    let admin = Client { token: tokens["access_token"].as_str().map(str::to_owned), ..node.anyone() };
    let me: Value = admin.get("/api/v1/me").await.ok();
    assert_eq!((&me["name"], &me["roles"]), (&"Salma Said".into(), &json!(["admin"])), "{me}");
}

#[test]
fn the_demo_clinic_is_made_once() {
    let (dir, url) = fresh();
    let accounts = dir.path().join("accounts.json");
    let accounts = accounts.to_str().unwrap();
    let make = || over(&url, dir.path(), &["demo-data", "--accounts", accounts]).output().unwrap();
    assert_eq!(succeeded(&make()), format!("the demo clinic is made; sign-ins in {accounts}\n"));
    let people: Accounts = serde_json::from_slice(&std::fs::read(accounts).unwrap()).unwrap();
    assert_eq!((people.patients.len(), people.devices.len()), (300, 8));
    let again = failed(&make());
    assert!(again.contains("already holds a clinic"), "{again}");
}

async fn a_log_is_verified_at_the_command_line(mut world: World) {
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    world.node.stop().await;
    let verify = || over(&world.url, world.dir.path(), &["audit", "verify"]).output().unwrap();
    let said = succeeded(&verify());
    for clinic in ["Clinic A", "Clinic B"] {
        let line = said.lines().find(|line| line.starts_with(clinic)).unwrap();
        assert!(line.contains(" entries and ") && line.ends_with(" stored outside the database"), "{line}");
    }
    let keys = succeeded(&over(&world.url, world.dir.path(), &["audit", "keys"]).output().unwrap());
    assert!(keys.contains(&format!("Clinic A: medlane.audit/{}+", world.a.id)), "{keys}");
    let unguard = if world.url.starts_with("sqlite:") {
        "drop trigger audit_no_update"
    } else {
        "alter table audit disable trigger user"
    };
    world.raw(unguard, &[]).await;
    let clinic = world.a.id.to_string();
    let alter = "update audit set target = 'nobody' where clinic_id = $1 and seq = 3";
    assert_eq!(world.raw(alter, &[&clinic]).await, 1);
    let found = verify();
    assert_eq!(found.status.code(), Some(1), "{found:?}");
    let said = text(&found.stdout);
    let line = said.lines().find(|line| line.starts_with("Clinic A")).unwrap();
    assert!(
        line.starts_with("Clinic A: entry 3 (")
            && line.ends_with("[changed]: it was changed after it was written; not proven: 1–3"),
        "{line}"
    );
    assert!(
        said.lines().any(|line| line.starts_with("Clinic B") && line.ends_with("outside the database")),
        "{said}"
    );
    let holds = said.lines().filter(|line| line.starts_with("Clinic A")).nth(1).unwrap();
    assert!(holds.contains(" entries hold: 4–"), "{holds}");
    let mut arabic = over(&world.url, world.dir.path(), &["audit", "verify"]);
    let said = text(&arabic.env("LC_ALL", "ar_OM.UTF-8").output().unwrap().stdout);
    assert!(said.contains("[changed]: عُدّل بعد كتابته"), "{said}");
}

async fn a_server_that_is_asked_to_stop_says_goodbye(mut world: World) {
    world.node.stop().await;
    let listen = format!("127.0.0.1:{}", port());
    let key = world.dir.path().join("root.key").display().to_string();
    let program = Program::start(listen.clone(), world.url.clone(), key);
    world.node.base = format!("http://{listen}");
    let patient = world.patient(0).await;
    let board = vec![Topic::Board(world.a.branches[0])];
    let mut line = Line::hello(&world.node.base, Face::Kiosk, None, board, None).await;
    line.view(Value::is_object).await;
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let ended = tokio::task::spawn_blocking(move || program.terminate());
    let mut told = None;
    while let Some(frame) = line.next().await {
        if let ServerFrame::Bye { fault } = frame {
            told = Some(fault.code);
        }
    }
    assert_eq!(told, Some(Code::Overloaded), "it is told to come back");
    assert!(ended.await.unwrap().success());
    // The answered requests are stored, and the log is signed to its end.
    world.node = Node::start(&world.url, world.dir.path(), &world.clock).await;
    let patient = world.patient(0).await;
    let page: Value = patient.get("/api/v1/queue/my-status").await.ok();
    assert_eq!(page["tickets"][0]["label"], "GP-001");
    let verdict: Value = world.admin().await.get("/api/v1/audit/verify").await.ok();
    assert!(verdict["ok"] == true && verdict["checkpoints"].as_u64() > Some(0), "{verdict}");
}
