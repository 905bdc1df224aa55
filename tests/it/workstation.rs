//! The workstation's core without a window, against a real server that stops and starts again.

mod elsewhere;
mod screens;
mod thrown;
mod undo;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use medlane_desktop::{
    Pending, Told,
    clock::Clock,
    secrets::Secrets,
    session::{Request, Standing},
    workstation::Workstation,
};
use medlane_shared::{
    fault::{Code, Fault},
    identity::Face,
    ids::NoteId,
    records::{NoteDiscard, NoteSave, NoteSign},
    sync::Topic,
    time::Timestamp,
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tokio::sync::Notify;

use crate::{
    devices::{order, view},
    world::{Node, PASSWORD, World},
};

/// How long a test waits for an event. Long on purpose: only a failing test waits the whole time.
const PATIENCE: Duration = Duration::from_secs(30);

/// A workstation, and everything that its page was told.
pub struct Desk {
    pub core: Workstation,
    pub told: Arc<(Mutex<Vec<Told>>, Notify)>,
}

impl Desk {
    pub fn start(base: &str, secrets: &Secrets, vaults: Option<PathBuf>) -> Self {
        Self::start_by(Clock::system(), base, secrets, vaults)
    }

    pub fn start_by(clock: Clock, base: &str, secrets: &Secrets, vaults: Option<PathBuf>) -> Self {
        let told: Arc<(Mutex<Vec<Told>>, Notify)> = Arc::default();
        let heard = Arc::clone(&told);
        let tell = Arc::new(move |what| {
            heard.0.lock().unwrap().push(what);
            heard.1.notify_waiters();
        });
        let core = Workstation::start_by(clock, Face::Doctor, base, secrets.clone(), vaults, tell).unwrap();
        Self { core, told }
    }

    /// Waits until the page was told a matching thing, before now or later.
    pub async fn hears(&self, what: impl Fn(&Told) -> bool) {
        let heard = async {
            loop {
                let more = self.told.1.notified();
                if self.told.0.lock().unwrap().iter().any(&what) {
                    return;
                }
                more.await;
            }
        };
        let heard = tokio::time::timeout(PATIENCE, heard).await;
        assert!(heard.is_ok(), "only told {:#?}", self.told.0.lock().unwrap());
    }

    /// Forgets what the page was told so far.
    pub fn deaf(&self) {
        self.told.0.lock().unwrap().clear();
    }

    /// Waits until the computer keeps a bucket.
    pub async fn keeps(&self, vaults: &std::path::Path, bucket: &str) {
        let kept = format!("update bucket set name = name where name = '{bucket}'");
        for _ in 0..600 {
            if in_vault(vaults, &kept).await == 1 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{bucket} is not kept");
    }

    pub async fn call(&self, name: &str, parameters: &[&str], request: Value) -> Result<Value, Fault> {
        let parameters = parameters.iter().map(|&text| text.to_owned()).collect();
        let request = Request { name: name.to_owned(), parameters, request, language: "en".to_owned() };
        self.core.call(request).await.map(|text| serde_json::from_str(&text).unwrap())
    }
}

/// Runs a statement in the file of the only vault; returns how many rows it changed.
async fn in_vault(vaults: &std::path::Path, sql: &str) -> u64 {
    let files = std::fs::read_dir(vaults).unwrap().map(|file| file.unwrap().path());
    let file = files.into_iter().find(|path| path.extension().is_some_and(|kind| kind == "db")).unwrap();
    let mut raw = SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.unwrap();
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut raw).await.unwrap().rows_affected()
}

pub fn online(told: &Told) -> bool {
    *told == Told::Online { online: true }
}

fn nothing_pending(told: &Told) -> bool {
    matches!(told, Told::Pending(Pending { notes, .. }) if notes.is_empty())
}

/// A world whose first doctor has one patient waiting, and the keyring and vaults of that doctor's computer.
pub async fn clinic() -> (World, Secrets, PathBuf) {
    let world = World::sqlite().await;
    world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let vaults = world.dir.path().join("vaults");
    (world, Secrets::memory(), vaults)
}

pub fn note(world: &World, text: &str) -> NoteSave {
    let (id, patient_id) = (NoteId::new(Timestamp::from_ms(1), [9; 10]), world.a.patients[0]);
    let clinic = world.node.core.clinics.get(world.a.id).unwrap();
    let ticket_id = clinic.with(|live: &medlane_server::queue::LiveQueue| {
        live.of_patient(patient_id).next().map(|live| live.ticket.id)
    });
    NoteSave { id, patient_id, ticket_id, text: text.to_owned(), version: 0 }
}

pub async fn notes(world: &World) -> Vec<Value> {
    let path = format!("/api/v1/notes?patient_id={}", world.a.patients[0]);
    let page: Value = world.doctor(0).await.get(&path).await.ok();
    page["items"].as_array().unwrap().clone()
}

/// The audit entries of the first doctor's reads without the network, newest first, once there are `count`.
async fn read_away(world: &World, count: usize) -> Vec<String> {
    let admin = world.admin().await;
    let path = format!("/api/v1/audit?person_id={}", world.a.doctors[0]);
    let mut away = Vec::new();
    for _ in 0..600 {
        let page: Value = admin.get(&path).await.ok();
        let rows = page["items"].as_array().unwrap().iter();
        let rows = rows.filter(|row| row["detail"]["offline"] == true);
        away = rows.map(|row| row["action"].as_str().unwrap().to_owned()).collect();
        if away.len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    away
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_down_is_not_shown() {
    let (mut world, secrets, vaults) = clinic().await;
    let (base, branch) = (world.node.base.clone(), world.a.branches[0]);
    let desk = enrolled(&world, &secrets, &vaults).await;
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    let shown = |told: &Told| matches!(told, Told::View { .. });
    desk.hears(shown).await;
    drop(desk);
    world.node.stop().await;
    // A folder stands in the file's place: the app cannot write there.
    std::fs::create_dir(vaults.join("reads.new")).unwrap();
    let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
    desk.core.resume().await.unwrap();
    desk.deaf();
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    desk.hears(|told| matches!(told, Told::Online { .. })).await;
    assert!(!desk.told.0.lock().unwrap().iter().any(shown));
    let chart = desk.call("ListNotes", &[], json!({ "patient_id": world.a.patients[0] })).await;
    assert_eq!(chart.unwrap_err().code, Code::Internal);
    std::fs::remove_dir(vaults.join("reads.new")).unwrap();
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    desk.hears(shown).await;
    let kept = std::fs::read(vaults.join("reads.sealed")).unwrap();
    let doctor = world.a.doctors[0].to_string();
    assert!(!kept.windows(doctor.len()).any(|part| part == doctor.as_bytes()), "it is sealed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_goes_on_without_the_network_and_a_kill_loses_nothing() {
    let (mut world, secrets, vaults) = clinic().await;
    let (base, branch) = (world.node.base.clone(), world.a.branches[0]);
    let reception = world.reception().await;
    let view: Value = reception.get(&format!("/api/v1/queue/doctor-queue?branch_id={branch}")).await.ok();
    let path = format!("/api/v1/queue/{}/status", view["waiting"][0]["id"].as_str().unwrap());
    let urgent = json!({ "step": "prioritise", "priority": "urgent", "reason": "Chest pain", "version": view["waiting"][0]["version"] });
    reception.patch(&path, &urgent).await.ok::<Value>();
    let desk = enrolled(&world, &secrets, &vaults).await;
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    // Also without the network the doctor reads why somebody is urgent.
    let seen = |told: &Told| {
        matches!(told, Told::View { body, .. }
            if body["waiting"][0]["label"] == "GP-001" && body["waiting"][0]["priority_why"] == "Chest pain")
    };
    desk.hears(seen).await;
    let branches = desk.call("ListBranches", &[], Value::Null).await.unwrap();

    world.node.stop().await;
    desk.hears(|told| *told == Told::Online { online: false }).await;
    let saved = desk.core.note_save(note(&world, "Lungs")).await.unwrap();
    assert!(saved.pending);
    desk.core.note_save(note(&world, "Lungs clear")).await.unwrap();
    // "Next" names no patient: another doctor may have called the same one meanwhile.
    let refused = desk.call("CallNext", &[], json!({ "room": null })).await.unwrap_err();
    assert_eq!(refused.code, Code::OfflineOnlyOwn);
    // The app is killed: it can tell nobody.
    drop(desk);

    let desk = Desk::start(&base, &secrets, Some(vaults));
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::SignedIn { .. }), "as last known");
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    desk.hears(seen).await;
    assert_eq!(desk.call("ListBranches", &[], Value::Null).await.unwrap(), branches);
    let chart = desk.call("ListNotes", &[], json!({ "patient_id": world.a.patients[0] })).await.unwrap();
    assert_eq!(chart["items"][0]["text"], "Lungs clear");
    desk.deaf();

    let listen = base.trim_start_matches("http://");
    world.node = Node::start_at(listen, &world.url, world.dir.path(), &world.clock).await;
    desk.hears(online).await;
    desk.hears(nothing_pending).await;
    assert_eq!(
        read_away(&world, 2).await,
        ["note.read", "queue.read"],
        "who looked at what meanwhile is known"
    );
    let there = notes(&world).await;
    assert_eq!(there.len(), 1, "once: {there:?}");
    assert_eq!((there[0]["text"].as_str(), there[0]["state"].as_str()), (Some("Lungs clear"), Some("draft")));
    assert!(desk.core.note_sign(NoteSign { id: note(&world, "").id, version: 0 }).await.unwrap());
    assert_eq!(notes(&world).await[0]["state"], "signed");
    // Text that is typed into a signed note becomes a draft beside it.
    let late = desk.core.note_save(NoteSave { version: 3, ..note(&world, "More") }).await.unwrap();
    assert!(!late.pending);
    let there = notes(&world).await;
    let of = |state: &str| there.iter().find(|note| note["state"] == state).map(|note| note["text"].clone());
    assert_eq!((of("signed"), of("draft")), (Some("Lungs clear".into()), Some("More".into())));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_leaves_nothing_to_look_at_and_keeps_what_waits() {
    let (mut world, secrets, vaults) = clinic().await;
    let base = world.node.base.clone();
    let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
    desk.core.sign_in("doctor0@test.example".to_owned(), PASSWORD.to_owned()).await.unwrap();
    desk.core.follow(Topic::Queue(world.a.branches[0])).await.unwrap();
    desk.hears(|told| matches!(told, Told::View { .. })).await;
    world.node.stop().await;
    desk.hears(|told| *told == Told::Online { online: false }).await;
    desk.core.note_save(note(&world, "waits")).await.unwrap();
    assert_eq!(desk.core.sign_out().await.unwrap(), Standing::SignedOut);
    assert_eq!(desk.core.resume().await.unwrap(), Standing::SignedOut);
    desk.deaf();
    desk.core.follow(Topic::Queue(world.a.branches[0])).await.unwrap();
    desk.hears(|told| matches!(told, Told::Online { .. })).await;
    assert!(!desk.told.0.lock().unwrap().iter().any(|told| matches!(told, Told::View { .. })));

    let listen = base.trim_start_matches("http://");
    world.node = Node::start_at(listen, &world.url, world.dir.path(), &world.clock).await;
    // Another doctor at this computer neither sees nor sends the note.
    desk.core.sign_in("doctor1@test.example".to_owned(), PASSWORD.to_owned()).await.unwrap();
    desk.hears(online).await;
    assert_eq!(notes(&world).await.len(), 0);
    desk.core.sign_out().await.unwrap();
    desk.deaf();
    desk.core.sign_in("doctor0@test.example".to_owned(), PASSWORD.to_owned()).await.unwrap();
    desk.hears(|told| matches!(told, Told::Pending(Pending { notes, .. }) if notes.len() == 1)).await;
    desk.deaf();
    desk.hears(nothing_pending).await;
    assert_eq!(notes(&world).await[0]["text"], "waits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_note_stays_until_its_writer_says_what_becomes_of_it() {
    let (world, secrets, vaults) = clinic().await;
    let desk = Desk::start(&world.node.base, &secrets, Some(vaults.clone()));
    desk.core.sign_in("doctor0@test.example".to_owned(), PASSWORD.to_owned()).await.unwrap();
    desk.core.follow(Topic::Queue(world.a.branches[0])).await.unwrap();
    desk.hears(online).await;
    // The doctor has no visit of this patient.
    let other = NoteSave { patient_id: world.a.patients[1], ..note(&world, "only here") };
    let fault = desk.core.note_save(other.clone()).await.unwrap_err();
    let is_refused = |told: &Told| matches!(told, Told::Pending(Pending { refused, .. }) if refused.len() == 1 && refused[0].text == "only here" && refused[0].fault == fault);
    desk.hears(is_refused).await;
    drop(desk);

    let desk = Desk::start(&world.node.base, &secrets, Some(vaults));
    desk.core.resume().await.unwrap();
    desk.hears(is_refused).await;
    desk.hears(online).await;
    desk.deaf();
    desk.core.note_retry(other.id).await.unwrap();
    let in_flight = |told: &Told| matches!(told, Told::Pending(Pending { notes, refused, .. }) if notes.len() == 1 && refused.is_empty());
    desk.hears(in_flight).await;
    desk.hears(is_refused).await;
    desk.deaf();
    desk.core.note_discard(other.id).await.unwrap();
    desk.hears(nothing_pending).await;
    assert_eq!(desk.core.note_discard(other.id).await.unwrap_err().code, Code::NotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_key_is_never_replaced() {
    let (world, secrets, vaults) = clinic().await;
    let desk = Desk::start(&world.node.base, &secrets, Some(vaults.clone()));
    let sign_in = || desk.core.sign_in("doctor0@test.example".to_owned(), PASSWORD.to_owned());
    sign_in().await.unwrap();
    let name = format!("vault {}", world.a.doctors[0]);
    let key = secrets.get(&name).await.unwrap().expect("the key is in the keyring");
    secrets.delete(&name).await.unwrap();
    assert_eq!(sign_in().await.unwrap_err().code, Code::KeyLost);
    assert!(secrets.get(&name).await.unwrap().is_none(), "none was made");
    secrets.set(&name, &[7; 32]).await.unwrap();
    assert_eq!(sign_in().await.unwrap_err().code, Code::KeyLost, "another key opens nothing");
    secrets.set(&name, &key).await.unwrap();
    sign_in().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_never_sees_a_token_and_may_call_what_its_face_may() {
    let (world, secrets, _) = clinic().await;
    let desk = Desk::start(&world.node.base, &secrets, None);
    let standing = desk.core.sign_in("doctor0@test.example".to_owned(), PASSWORD.to_owned()).await.unwrap();
    assert!(!serde_json::to_string(&standing).unwrap().contains("token"));
    for name in ["Refresh", "Login", "EnrolDevice", "ListAudit", "JoinQueue", "Nothing"] {
        assert_eq!(desk.call(name, &[], Value::Null).await.unwrap_err().code, Code::Forbidden, "{name}");
    }
    let me = desk.call("GetMe", &[], Value::Null).await.unwrap();
    assert_eq!(me["email"], "doctor0@test.example");
    // Without a keyring nothing is stored: notes go to the server at once, or not at all.
    let saved = desk.core.note_save(note(&world, "x")).await.unwrap();
    assert_eq!((saved.version, saved.pending), (1, false));
    assert!(desk.core.note_sign(NoteSign { id: saved.id, version: 1 }).await.unwrap());
    assert_eq!(notes(&world).await[0]["state"], "signed");
}

/// Enrols the doctor's computer as a device of the clinic, and signs the doctor in.
pub async fn enrolled(world: &World, secrets: &Secrets, vaults: &std::path::Path) -> Desk {
    let desk = Desk::start(&world.node.base, secrets, Some(vaults.to_owned()));
    let code = world.device_code(&world.admin().await, "workstation").await;
    assert_eq!(desk.core.enrol(code).await.unwrap(), Standing::SignedOut);
    desk.core.sign_in("doctor0@test.example".to_owned(), PASSWORD.to_owned()).await.unwrap();
    desk.hears(online).await;
    desk
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_workstation_stays_locked_without_the_network_and_loses_nothing() {
    let (mut world, secrets, vaults) = clinic().await;
    let (base, admin) = (world.node.base.clone(), world.admin().await);
    let desk = enrolled(&world, &secrets, &vaults).await;
    desk.core.note_save(note(&world, "Lungs clear")).await.unwrap();
    order(&admin, "lock").await;
    desk.hears(|told| matches!(told, Told::Barred { fault } if fault.code == Code::DeviceLocked)).await;
    assert_eq!(desk.core.resume().await.unwrap_err().code, Code::DeviceLocked);
    drop(desk);
    world.node.stop().await;
    let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
    assert_eq!(desk.core.resume().await.unwrap_err().code, Code::DeviceLocked, "as last heard");
    let listen = base.trim_start_matches("http://").to_owned();
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    order(&world.admin().await, "unlock").await;
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::SignedIn { .. }));
    desk.hears(online).await;
    assert_eq!(notes(&world).await[0]["text"], "Lungs clear");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wiped_workstation_forgets_everything_and_says_so() {
    let (mut world, secrets, vaults) = clinic().await;
    let (base, doctor) = (world.node.base.clone(), world.a.doctors[0]);
    let desk = enrolled(&world, &secrets, &vaults).await;
    let listen = base.trim_start_matches("http://").to_owned();
    // The computer is off when the order is given: it gets the order at its next contact.
    drop(desk);
    order(&world.admin().await, "wipe").await;
    world.node.stop().await;
    let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::SignedIn { .. }), "it cannot know");
    assert!(secrets.get(&format!("vault {doctor}")).await.unwrap().is_some());
    desk.call("ListNotes", &[], json!({ "patient_id": world.a.patients[0] })).await.unwrap();
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    desk.hears(|told| matches!(told, Told::Barred { fault } if fault.code == Code::DeviceRevoked)).await;
    assert_eq!(read_away(&world, 1).await, ["note.read"], "who read what is the clinic's to know");
    for name in ["session", "device", "vault reads", &format!("vault {doctor}")] {
        assert!(secrets.get(name).await.unwrap().is_none(), "{name}");
    }
    assert!(std::fs::read_dir(&vaults).unwrap().next().is_none());
    assert_eq!(view(&world.admin().await).await["state"], "wiped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_wrong_is_put_right() {
    let (world, secrets, vaults) = clinic().await;
    // The server's clock is one hour ahead of this computer's.
    world.clock.pass(Duration::from_hours(1));
    let desk = enrolled(&world, &secrets, &vaults).await;
    desk.core.follow(Topic::Queue(world.a.branches[0])).await.unwrap();
    desk.hears(|told| matches!(told, Told::View { .. })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_screen_opens_by_the_password_also_without_the_network() {
    let (mut world, secrets, vaults) = clinic().await;
    let base = world.node.base.clone();
    let desk = enrolled(&world, &secrets, &vaults).await;
    world.node.stop().await;
    desk.core.note_save(note(&world, "Lungs clear")).await.unwrap();
    assert!(matches!(desk.core.lock().await.unwrap(), Standing::Locked { .. }));
    let refused = desk.call("ListBranches", &[], Value::Null).await.unwrap_err();
    assert_eq!(refused.code, Code::ScreenLocked);
    drop(desk);
    let desk = Desk::start(&base, &secrets, Some(vaults));
    assert!(matches!(desk.core.resume().await.unwrap(), Standing::Locked { .. }), "a restart is no way in");
    assert_eq!(desk.core.unlock("wrong".to_owned()).await.unwrap_err().code, Code::PasswordWrong);
    assert!(matches!(desk.core.unlock(PASSWORD.to_owned()).await.unwrap(), Standing::SignedIn { .. }));
    assert!(
        desk.call("ListNotes", &[], json!({ "patient_id": world.a.patients[0] })).await.unwrap()["items"]
            .as_array()
            .is_some_and(|notes| !notes.is_empty())
    );
    desk.core.lock().await.unwrap();
    for _ in 0..4 {
        assert_eq!(desk.core.unlock("wrong".to_owned()).await.unwrap_err().code, Code::PasswordWrong);
    }
    assert_eq!(desk.core.unlock("wrong".to_owned()).await.unwrap_err().code, Code::SignedOut);
    assert_eq!(desk.core.unlock(PASSWORD.to_owned()).await.unwrap_err().code, Code::SignedOut);
    assert_eq!(desk.core.resume().await.unwrap(), Standing::SignedOut);
}

fn no_steps(told: &Told) -> bool {
    matches!(told, Told::Pending(Pending { steps: 0, .. }))
}

/// The doctor's queue at the server: labels by state.
async fn queue(world: &World) -> [Vec<String>; 4] {
    let view: Value = world.doctor(0).await.get("/api/v1/queue/doctor-queue").await.ok();
    ["waiting", "called", "serving", "ended"].map(|state| {
        let rows = view[state].as_array().unwrap().iter();
        rows.map(|row| row["label"].as_str().unwrap().to_owned()).collect()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_calls_their_own_patients_without_the_network() {
    let (mut world, secrets, vaults) = clinic().await;
    let (base, branch) = (world.node.base.clone(), world.a.branches[0]);
    let mut join = world.join();
    join["doctor_id"] = json!(world.a.doctors[0]);
    for n in 1..4 {
        world.patient(n).await.post("/api/v1/queue/join", &join).await.ok::<Value>();
    }
    let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
    desk.core.sign_in("doctor0@test.example".to_owned(), PASSWORD.to_owned()).await.unwrap();
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    desk.hears(
        |told| matches!(told, Told::View { body, .. } if body["waiting"].as_array().unwrap().len() == 4),
    )
    .await;
    world.node.stop().await;
    desk.hears(|told| *told == Told::Online { online: false }).await;
    desk.deaf();
    let first = desk.call("CallNext", &[], json!({ "room": "Room 1" })).await.unwrap();
    assert_eq!((&first["label"], &first["state"]), (&json!("GP-002"), &json!("called")));
    desk.hears(|told| matches!(told, Told::View { body, .. } if body["called"][0]["label"] == "GP-002"))
        .await;
    let serve = json!({ "step": "serve", "version": first["version"] });
    let id = first["id"].as_str().unwrap();
    desk.call("StepTicket", &[id], serve).await.unwrap();
    let second = desk.call("CallNext", &[], json!({})).await.unwrap();
    assert_eq!(
        (&second["label"], &second["room"]),
        (&json!("GP-003"), &json!("Room 1")),
        "and the first is done"
    );
    // A step that hands the ticket to others needs the server.
    let on = json!({ "step": "transfer", "version": second["version"], "service_id": world.a.services[1] });
    let refused = desk.call("StepTicket", &[second["id"].as_str().unwrap()], on).await.unwrap_err();
    assert_eq!(refused.code, Code::OfflineOnlyOwn);
    desk.hears(|told| matches!(told, Told::Pending(Pending { steps: 4, .. }))).await;
    drop(desk);
    // The app is killed and started again: nothing is lost. The third patient left meanwhile, which only the server
    // knows.
    let listen = base.trim_start_matches("http://").to_owned();
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    let gone: Value = world.patient(2).await.get("/api/v1/queue/my-status").await.ok();
    let gone = gone["tickets"][0]["id"].as_str().unwrap().to_owned();
    world.patient(2).await.delete(&format!("/api/v1/queue/{gone}")).await.ok::<Value>();
    let desk = Desk::start(&base, &secrets, Some(vaults));
    desk.core.resume().await.unwrap();
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    desk.hears(online).await;
    desk.hears(no_steps).await;
    let [waiting, called, serving, mut ended] = queue(&world).await;
    ended.sort();
    assert_eq!((waiting, called, serving), (vec!["GP-001".to_owned(), "GP-004".to_owned()], vec![], vec![]));
    assert_eq!(ended, ["GP-002", "GP-003"], "called, seen and done, once; the other was given up");
    // Reception gets a task: the doctor called a patient who had left.
    let path = format!("/api/v1/queue/doctor-queue?branch_id={branch}");
    let view: Value = world.reception().await.get(&path).await.ok();
    assert_eq!(
        (&view["tasks"][0]["kind"], &view["tasks"][0]["label"]),
        (&json!("call_refused"), &json!("GP-003")),
        "{view}"
    );
    let waits: Value = world.admin().await.get(&format!("/api/v1/queue/stats?branch_id={branch}")).await.ok();
    assert_eq!(waits["done"], 1);
}

/// A doctor's session ends after 12 hours, also when its outbox is not empty: the entries wait, and go out after the
/// next sign-in.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_outlives_the_session() {
    let (mut world, secrets, vaults) = clinic().await;
    let base = world.node.base.clone();
    let desk = enrolled(&world, &secrets, &vaults).await;
    desk.core.note_save(note(&world, "Lungs")).await.unwrap();
    desk.hears(nothing_pending).await;
    world.node.stop().await;
    let saved = desk.core.note_save(NoteSave { version: 1, ..note(&world, "Lungs clear") }).await.unwrap();
    assert!(saved.pending);
    drop(desk);
    world.clock.pass(Duration::from_hours(12));
    let listen = base.trim_start_matches("http://").to_owned();
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
    assert_eq!(desk.core.resume().await.unwrap(), Standing::SignedOut, "it has ended for good");
    desk.core.sign_in("doctor0@test.example".to_owned(), PASSWORD.to_owned()).await.unwrap();
    desk.hears(online).await;
    desk.deaf();
    desk.hears(nothing_pending).await;
    assert_eq!(notes(&world).await[0]["text"], "Lungs clear");
}

/// The page of a desktop app confirms a person's identity, and never holds the proof.
#[tokio::test(flavor = "multi_thread")]
async fn the_core_keeps_the_proof_of_who_somebody_is() {
    let (world, secrets, vaults) = clinic().await;
    let desk = enrolled(&world, &secrets, &vaults).await;
    let change = || desk.call("ChangePassword", &[], json!({ "password": "kettle-42-violin" }));
    assert_eq!(change().await.unwrap_err().code, Code::ConfirmNeeded);
    let request = json!({ "password": PASSWORD });
    let by_call = desk.call("ConfirmIdentity", &[], request).await;
    assert_eq!(by_call.unwrap_err().code, Code::Forbidden, "a page gets no proof");
    let session = desk.core.session();
    assert_eq!(session.confirm("wrong".to_owned(), None).await.unwrap_err().code, Code::PasswordWrong);
    assert_eq!(session.confirm(PASSWORD.to_owned(), None).await.unwrap(), None);
    change().await.unwrap();
}
