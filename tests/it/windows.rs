//! The three desktop apps in real windows, each computer with its own keyring, against a real server.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::TcpStream,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use medlane_shared::ids::PersonId;
use serde_json::{Value, json};

use crate::{
    browser::{Browser, PHONE},
    devices::{order, view},
    printer::{Mood, VirtualPrinter},
    world::{Node, World, port},
};

/// One computer: its screen, disk and keyring, which outlast the apps.
struct Computer {
    disk: tempfile::TempDir,
    screen: Child,
    display: String,
}

impl Drop for Computer {
    fn drop(&mut self) {
        self.screen.kill().unwrap();
        self.screen.wait().unwrap();
        if std::thread::panicking() {
            let said = fs::read_to_string(self.disk.path().join("said")).unwrap_or_default();
            eprintln!("the desktop session said:\n{said}");
        }
    }
}

impl Computer {
    fn new() -> Self {
        let mut screen = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb is not installed: run `cargo xtask test`");
        let mut number = String::new();
        BufReader::new(screen.stdout.take().unwrap()).read_line(&mut number).unwrap();
        Self { disk: tempfile::tempdir().unwrap(), screen, display: format!(":{}", number.trim()) }
    }

    fn data(&self) -> PathBuf {
        self.disk.path().join("data")
    }

    /// Starts an app in a desktop session with an unlocked keyring.
    async fn start(&self, app: &str, base: &str, arguments: &[&str]) -> Browser {
        self.start_with("printf test | gnome-keyring-daemon --unlock", app, base, arguments).await
    }

    async fn start_with(&self, keyring: &str, app: &str, base: &str, arguments: &[&str]) -> Browser {
        let apps = std::env::var("MEDLANE_TEST_APPS").expect("no apps were built: run `cargo xtask test`");
        let port = port();
        let session = format!(
            "{keyring} --components=secrets >/dev/null; \
             openbox --sm-disable & exec WebKitWebDriver --port={port}"
        );
        let folder = |name: &str| {
            let folder = self.disk.path().join(name);
            fs::create_dir_all(&folder).unwrap();
            folder
        };
        let driver = Command::new("dbus-run-session")
            .args(["--", "sh", "-c", &session])
            .env("DISPLAY", &self.display)
            .env("HOME", folder("home"))
            .env("XDG_DATA_HOME", folder("share"))
            .env("XDG_RUNTIME_DIR", folder("run"))
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
            .env("LANG", "en_US.UTF-8")
            .stdout(Stdio::null())
            .stderr(
                fs::File::options().create(true).append(true).open(self.disk.path().join("said")).unwrap(),
            )
            .process_group(0)
            .spawn()
            .expect("dbus-run-session is not installed: run `cargo xtask test`");
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let data = self.data().display().to_string();
        let arguments = [&["--server", base, "--data", &data], arguments].concat();
        let options = json!({ "binary": format!("{apps}/{app}"), "args": arguments });
        Browser::begin(driver, port, "webkitgtk:browserOptions", options).await
    }

    /// The ids of the app's processes on this computer.
    fn processes(&self, app: &str) -> Vec<String> {
        let data = self.data().display().to_string();
        let is_it = |entry: &fs::DirEntry| {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).into_owned();
            line.split('\0').next().is_some_and(|first| first.ends_with(app)) && line.contains(&data)
        };
        let all = fs::read_dir("/proc").unwrap().flatten().filter(is_it);
        all.map(|entry| entry.file_name().into_string().unwrap()).collect()
    }

    /// Kills the app with `kill -9`.
    fn kill(&self, app: &str) {
        let running = self.processes(app);
        assert!(!running.is_empty(), "{app} was not running");
        for id in running {
            assert!(Command::new("kill").args(["-9", &id]).status().unwrap().success());
        }
    }
}

fn holds(folder: &Path, text: &str) -> bool {
    // The running app may have removed a folder of its cache meanwhile.
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return false,
        entries => entries.unwrap(),
    };
    entries.flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return holds(&path, text);
        }
        let bytes = fs::read(&path).unwrap_or_default();
        bytes.windows(text.len()).any(|window| window == text.as_bytes())
    })
}

async fn notes(world: &World, patient: PersonId) -> Vec<Value> {
    let page: Value = world.doctor(0).await.get(&format!("/api/v1/notes?patient_id={patient}")).await.ok();
    page["items"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_workstation_loses_nothing_that_was_written_without_the_network() {
    let mut world = World::sqlite().await;
    let base = world.node.base.clone();
    let _: Value = world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok();
    let computer = Computer::new();
    let code = world.device_code(&world.admin().await, "workstation").await;
    let window = computer.start("medlane-workstation", &base, &["--code", &code]).await;
    window.signs_in("doctor0@test.example").await;
    window.sees("[data-label=GP-001]").await;
    window.types("body", "n").await;
    window.sees("#present[data-label=GP-001][data-state=called]").await;
    window.press("#step-serve").await;
    // The note's field is there from the call on; the computer keeps the visit once it has begun.
    window.sees("#present[data-label=GP-001][data-state=serving]").await;
    window.sees("#note").await;

    world.node.stop().await;
    window.sees("#offline").await;
    window.types("#note", "Lungs clear, sleeps badly").await;
    window.sees("[data-standing=note-pending]").await;
    computer.kill("medlane-workstation");
    drop(window);
    assert!(!holds(&computer.data(), "Lungs"), "the disk holds it sealed");
    assert!(!holds(&computer.data(), "Name of patient0"), "and the queue as well");

    let window = computer.start("medlane-workstation", &base, &[]).await;
    window.sees("#offline").await;
    window.sees("#present[data-label=GP-001][data-state=serving]").await;
    window.sees("#pending").await;
    let text = window.script("return document.querySelector('#note').value").await;
    assert_eq!(text, "Lungs clear, sleeps badly");
    let listen = base.trim_start_matches("http://").to_owned();
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    window.sees("main:not(:has(#offline))").await;
    window.sees("main:not(:has(#pending))").await;
    let there = notes(&world, world.a.patients[0]).await;
    assert_eq!((there.len(), there[0]["text"].as_str()), (1, Some("Lungs clear, sleeps badly")));
    window.press("#note-sign").await;
    window.sees("details[data-note]").await;
    assert_eq!(notes(&world, world.a.patients[0]).await[0]["state"], "signed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_keyring_is_said_and_signs_nobody_out() {
    let world = World::sqlite().await;
    let computer = Computer::new();
    let window = computer.start("medlane-workstation", &world.node.base, &[]).await;
    // This time the code is typed by hand.
    let code = world.device_code(&world.admin().await, "workstation").await;
    window.types("#code", &code.to_lowercase()).await;
    window.press("#enrol").await;
    window.signs_in("doctor0@test.example").await;
    window.sees("#present").await;
    drop(window);
    let locked = "gnome-keyring-daemon --start";
    let window = computer.start_with(locked, "medlane-workstation", &world.node.base, &[]).await;
    window.sees("#failed [data-code=keyring_locked]").await;
    drop(window);
    let window = computer.start("medlane-workstation", &world.node.base, &[]).await;
    window.sees("#present").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_follows_the_queue_and_stays_signed_in() {
    let world = World::sqlite().await;
    let computer = Computer::new();
    let admin = world.admin().await;
    let wrong = world.device_code(&admin, "workstation").await;
    let window = computer.start("medlane-console", &world.node.base, &["--code", &wrong]).await;
    window.sees("#enrol").await;
    let code = world.device_code(&admin, "console").await;
    window.types("#code", &code).await;
    window.press("#enrol").await;
    window.signs_in("admin@test.example").await;
    // The console's pages share the window and the session. A reload stays at its page.
    window.press("#tab-people").await;
    window.sees("main li[data-person]").await;
    assert_eq!(window.script("return location.pathname").await, json!("/console/people"));
    window.script("location.reload()").await;
    window.sees("main li[data-person]").await;
    window.press("#tab-queue").await;
    window.sees("#door-open").await;
    drop(window);
    let window = computer.start("medlane-console", &world.node.base, &[]).await;
    let _: Value = world.patient(0).await.post("/api/v1/queue/join", &world.join()).await.ok();
    window.sees("[data-label=GP-001][data-state=waiting]").await;
    let refused = invoke(&window, "note_save").await;
    assert!(refused.contains("not allowed"), "{refused}");
    window.press("#sign-out").await;
    window.sees("#email").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_kiosk_gives_a_ticket_and_has_no_way_out() {
    let world = World::sqlite().await;
    let [kiosk_code, board_code] = world.device_codes().await;
    let (kiosk, board) = (Computer::new(), Computer::new());
    let board_window =
        board.start("medlane-kiosk", &world.node.base, &["--board", "--code", &board_code]).await;
    let window = kiosk.start("medlane-kiosk", &world.node.base, &["--code", &kiosk_code]).await;
    window.press("button[lang=en]").await;
    window.press("[data-service=GP]").await;
    assert_eq!(window.says("#taken #label").await, "GP-001");
    let link = window.script("return document.querySelector('[data-qr]').dataset.qr").await;
    let phone = Browser::open(link.as_str().unwrap(), PHONE, "en").await;
    assert_eq!(phone.says("#label").await, "GP-001", "the link is the server's: {link}");
    let size = window.script("return [innerWidth === screen.width, innerHeight === screen.height]").await;
    assert_eq!(size, json!([true, true]), "the whole screen");
    // Alt+F4 asks the window to close in this way.
    let close =
        Command::new("wmctrl").args(["-F", "-c", "Medlane Kiosk"]).env("DISPLAY", &kiosk.display).status();
    assert!(close.unwrap().success());
    for command in ["plugin:window|close", "plugin:window|set_fullscreen", "sign_in", "note_save"] {
        let refused = invoke(&window, command).await;
        assert!(refused.contains("not allowed"), "{command}: {refused}");
    }
    window.sees("#taken").await;
    let doctor = world.doctor(0).await;
    doctor.post("/api/v1/queue/call-next", &json!({ "room": "Room 1" })).await.ok::<Value>();
    board_window.sees("[data-label=GP-001]").await;
    assert!(!holds(&kiosk.data(), "GP-001"), "nothing of a visit is at rest");
    // An administrator restarts the kiosk remotely: a new process starts, and is still enrolled.
    let before = kiosk.processes("medlane-kiosk");
    let admin = world.admin().await;
    let devices: Value = admin.get("/api/v1/devices").await.ok();
    let device =
        devices["items"].as_array().unwrap().iter().find(|one| one["kind"] == "kiosk").unwrap().clone();
    let restart = json!({ "order": "restart", "version": device["version"] });
    admin.patch(&format!("/api/v1/devices/{}", device["id"].as_str().unwrap()), &restart).await.ok::<Value>();
    for _ in 0..400 {
        let now = kiosk.processes("medlane-kiosk");
        if !now.is_empty() && now != before {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_ne!(kiosk.processes("medlane-kiosk"), before);
    kiosk.kill("medlane-kiosk");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_prints_and_goes_on_without_the_network() {
    let mut world = World::sqlite().await;
    let base = world.node.base.clone();
    let (printer, kiosk) = (VirtualPrinter::start().await, Computer::new());
    let code = world.device_code(&world.admin().await, "kiosk").await;
    let address = format!("tcp://{}", printer.address);
    let window = kiosk.start("medlane-kiosk", &base, &["--code", &code, "--printer", &address]).await;
    let doctor = world.doctor(0).await;
    let waiting = async |world: &World| -> Vec<String> {
        let doctor = world.doctor(0).await;
        let view: Value = doctor.get("/api/v1/queue/doctor-queue").await.ok();
        let rows = view["waiting"].as_array().unwrap().clone();
        rows.iter().map(|row| row["label"].as_str().unwrap().to_owned()).collect()
    };
    let takes = async |language: &str| {
        window.press(&format!("main button[lang={language}]")).await;
        window.press("[data-service=GP]").await;
    };
    takes("en").await;
    window.sees("#printed").await;
    let page = printer.page(1).await;
    page.show("paper in English");
    let link = window.script("return document.querySelector('[data-qr]').dataset.qr").await;
    assert_eq!(page.qr().as_deref(), link.as_str(), "the paper has the live ticket");
    assert!(page.black() > 5_000 && page.width == 576, "{} of {}", page.black(), page.width);
    window.press("#taken-done").await;
    // No paper: the ticket does not count until somebody says so.
    printer.becomes(Mood::NoPaper);
    takes("ar").await;
    window.sees("#taken [data-code=paper_out]").await;
    assert_eq!(waiting(&world).await, ["GP-001"]);
    printer.becomes(Mood::Ready);
    window.press("#print-again").await;
    window.sees("#printed").await;
    let arabic = printer.page(2).await;
    arabic.show("paper in Arabic");
    assert!(arabic.qr().is_some() && arabic.black() > 5_000);
    window.press("#taken-done").await;
    // The paper runs out in the middle: the patient takes the ticket on their phone.
    printer.becomes(Mood::RunsOut);
    takes("en").await;
    window.sees("#taken [data-code=paper_out]").await;
    window.press("#print-not").await;
    window.sees("#taken [data-qr]").await;
    window.press("#taken-done").await;
    // The printer does not answer: the patient leaves without a ticket.
    printer.becomes(Mood::Mute);
    takes("en").await;
    window.sees("#taken [data-code=printer_gone]").await;
    window.press("#print-void").await;
    window.sees("main button[lang=en]").await;
    let mut labels = waiting(&world).await;
    for _ in 0..100 {
        if labels.len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        labels = waiting(&world).await;
    }
    assert_eq!(labels, ["GP-001", "GP-002", "GP-003"]);
    drop(doctor);

    // Without the network the kiosk gives its own tickets, also after it was killed.
    printer.becomes(Mood::Ready);
    world.node.stop().await;
    takes("hi").await;
    window.sees("#printed").await;
    assert_eq!(window.says("#taken #label").await, "KA-001");
    printer.page(3).await.show("paper in Hindi without the network");
    kiosk.kill("medlane-kiosk");
    drop(window);
    let window = kiosk.start("medlane-kiosk", &base, &["--printer", &address]).await;
    window.press("main button[lang=en]").await;
    window.sees("#offline").await;
    // A patient with a ticket enters its code: the server matches it later.
    window.press("#have-ticket").await;
    window.types("#check-in-code", "ABCD1234\u{E007}").await;
    window.press("[data-service=GP]").await;
    assert_eq!(window.says("#taken #label").await, "KA-002");
    assert!(!holds(&kiosk.data(), "ABCD1234"), "what somebody said is sealed");
    // A ticket that is not printed yet does not count, even when the network comes back meanwhile.
    window.press("#taken-done").await;
    printer.becomes(Mood::NoPaper);
    window.press("main button[lang=en]").await;
    window.press("[data-service=GP]").await;
    window.sees("#taken [data-code=paper_out]").await;
    let listen = base.trim_start_matches("http://").to_owned();
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    let mut labels = Vec::new();
    for _ in 0..400 {
        labels = waiting(&world).await;
        if labels.len() == 5 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(labels, ["GP-001", "GP-002", "GP-003", "KA-001", "KA-002"]);
    window.press("#print-void").await;
    window.press("main button[lang=en]").await;
    window.sees("main:not(:has(#offline))").await;
    assert_eq!(waiting(&world).await, labels);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workstation_is_locked_and_wiped_from_afar() {
    let world = World::sqlite().await;
    let (computer, admin) = (Computer::new(), world.admin().await);
    let code = world.device_code(&admin, "workstation").await;
    let window = computer.start("medlane-workstation", &world.node.base, &["--code", &code]).await;
    window.signs_in("doctor0@test.example").await;
    window.sees("#present").await;
    let vaults = computer.data().join("vaults");
    assert!(fs::read_dir(&vaults).unwrap().next().is_some());
    order(&admin, "lock").await;
    window.sees("#failed [data-code=device_locked]").await;
    order(&admin, "unlock").await;
    window.press("#failed button").await;
    window.sees("#present").await;
    order(&admin, "wipe").await;
    window.sees("#enrol").await;
    assert!(fs::read_dir(&vaults).unwrap().next().is_none(), "nothing is left of it");
    assert_eq!(view(&admin).await["state"], "wiped");
}

/// The answer to a command that the page may not call.
async fn invoke(window: &Browser, command: &str) -> String {
    let script = format!(
        "const done = arguments[arguments.length - 1]; \
         window.__TAURI_INTERNALS__.invoke('{command}', {{}}).then(() => done('done'), refused => done(String(refused)));"
    );
    window.script_async(&script).await.as_str().unwrap_or_default().to_owned()
}
