//! What was done elsewhere, or by another way, since this workstation last knew: a note that was written on at another
//! screen, steps that wait while calls get through already.

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::*;

/// A desk whose note is "A" in its vault, while the server has "AB" of another screen. Returns the version of that.
async fn written_on() -> (World, Desk, NoteSave) {
    let (world, secrets, vaults) = clinic().await;
    let desk = enrolled(&world, &secrets, &vaults).await;
    let here = desk.core.note_save(note(&world, "A")).await.unwrap();
    assert_eq!((here.version, here.pending), (1, false));
    let there = NoteSave { version: 1, ..note(&world, "AB") };
    let path = format!("/api/v1/notes/{}", there.id);
    let seen: Value = world.doctor(0).await.put(&path, &json!(there)).await.ok();
    assert_eq!(seen["version"], 2);
    (world, desk, NoteSave { version: 2, ..there })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_that_was_typed_back_is_the_one_that_is_signed() {
    let (world, desk, seen) = written_on().await;
    let saved = desk.core.note_save(NoteSave { text: "A".to_owned(), ..seen }).await.unwrap();
    assert_eq!((saved.version, saved.pending), (3, false), "the server gets it");
    assert!(desk.core.note_sign(NoteSign { id: saved.id, version: saved.version }).await.unwrap());
    let notes = notes(&world).await;
    assert_eq!((notes.len(), &notes[0]["text"], &notes[0]["state"]), (1, &json!("A"), &json!("signed")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_was_written_on_elsewhere_is_signed_as_it_was_seen() {
    let (mut world, desk, seen) = written_on().await;
    let sign = NoteSign { id: seen.id, version: seen.version };
    let older = NoteSign { version: 1, ..sign.clone() };
    assert_eq!(desk.core.note_sign(older).await.unwrap_err().code, Code::VersionStale, "nobody saw that now");
    assert!(desk.core.note_sign(sign.clone()).await.unwrap());
    let notes = notes(&world).await;
    assert_eq!((notes.len(), &notes[0]["text"], &notes[0]["state"]), (1, &json!("AB"), &json!("signed")));
    world.node.stop().await;
    assert_eq!(desk.core.note_sign(sign).await.unwrap_err().code, Code::Offline, "the text is not here");
}

/// What gets through between a desk and its server.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Open,
    /// Calls, and no socket.
    Calls,
    Shut,
}

/// A way to the server. A change of it ends the present connections.
async fn way_to(base: &str) -> (String, watch::Sender<Way>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (way, now) = watch::channel(Way::Open);
    let server = base.trim_start_matches("http://").to_owned();
    tokio::spawn(async move {
        while let Ok((desk, _)) = listener.accept().await {
            let (server, mut now) = (server.clone(), now.clone());
            tokio::spawn(async move {
                let may = *now.borrow_and_update();
                tokio::select! {
                    () = pass(desk, &server, may) => {}
                    _ = now.changed() => {}
                }
            });
        }
    });
    (address, way)
}

async fn pass(mut desk: TcpStream, server: &str, way: Way) {
    let mut first = vec![0; 16_384];
    let Ok(length) = desk.read(&mut first).await else { return };
    let asks_socket = String::from_utf8_lossy(&first[..length]).starts_with("GET /api/v1/sync");
    if way == Way::Shut || (way == Way::Calls && asks_socket) {
        return;
    }
    let mut server = TcpStream::connect(server).await.unwrap();
    server.write_all(&first[..length]).await.unwrap();
    drop(copy_bidirectional(&mut desk, &mut server).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn next_does_not_overtake_steps_that_wait() {
    let (world, secrets, vaults) = clinic().await;
    let mut join = world.join();
    join["doctor_id"] = json!(world.a.doctors[0]);
    for n in 1..4 {
        world.patient(n).await.post("/api/v1/queue/join", &join).await.ok::<Value>();
    }
    let (base, way) = way_to(&world.node.base).await;
    let desk = Desk::start(&base, &secrets, Some(vaults));
    desk.core.sign_in("doctor0@test.example".to_owned(), PASSWORD.to_owned()).await.unwrap();
    desk.core.follow(Topic::Queue(world.a.branches[0])).await.unwrap();
    let next = async || desk.call("CallNext", &[], json!({ "room": "Room 1" })).await.unwrap();
    let serve = async |row: &Value| {
        let step = json!({ "step": "serve", "version": row["version"] });
        desk.call("StepTicket", &[row["id"].as_str().unwrap()], step).await.unwrap()
    };
    serve(&next().await).await;
    let seen =
        |told: &Told| matches!(told, Told::View { body, .. } if body["serving"][0]["label"] == "GP-001");
    desk.hears(seen).await;
    desk.hears(online).await;
    desk.deaf();
    way.send(Way::Shut).unwrap();
    desk.hears(|told| *told == Told::Online { online: false }).await;
    let second = next().await;
    assert_eq!(second["label"], "GP-002");
    serve(&second).await;
    // Calls get through again, and the steps have not: the server still has the first visit.
    way.send(Way::Calls).unwrap();
    desk.call("GetMe", &[], Value::Null).await.unwrap();
    let third = next().await;
    assert_eq!((&third["label"], &third["state"]), (&json!("GP-003"), &json!("called")));
    let [_, called, serving, _] = queue(&world).await;
    assert_eq!((called, serving), (vec![], vec!["GP-001".to_owned()]), "nothing has overtaken the steps");
    desk.deaf();
    way.send(Way::Open).unwrap();
    desk.hears(online).await;
    desk.hears(no_steps).await;
    let [waiting, called, serving, mut ended] = queue(&world).await;
    ended.sort();
    assert_eq!((waiting, called), (vec!["GP-004".to_owned()], vec!["GP-003".to_owned()]));
    assert_eq!((serving, ended), (vec![], vec!["GP-001".to_owned(), "GP-002".to_owned()]));
}
