//! What the page may show: unsigned notes without the network, nothing after the session, and help over a lock.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn unsigned_notes_are_listed_without_the_network() {
    let (mut world, secrets, vaults) = clinic().await;
    let (base, branch) = (world.node.base.clone(), world.a.branches[0]);
    let desk = enrolled(&world, &secrets, &vaults).await;
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    desk.hears(|told| matches!(told, Told::View { .. })).await;
    let first = note(&world, "with the clinic");
    desk.core.note_save(first.clone()).await.unwrap();
    let labels = async |desk: &Desk| -> Vec<(Value, Value)> {
        let page = desk.call("ListDrafts", &[], Value::Null).await.unwrap();
        let items = page["items"].as_array().unwrap().clone();
        items.iter().map(|item| (item["id"].clone(), item["patient_name"].clone())).collect()
    };
    let name = json!("Name of patient0");
    assert_eq!(labels(&desk).await, [(json!(first.id), name.clone())]);
    world.node.stop().await;
    desk.hears(|told| *told == Told::Online { online: false }).await;
    let second = NoteSave { id: NoteId::new(Timestamp::from_ms(2), [8; 10]), ..first.clone() };
    desk.core.note_save(second.clone()).await.unwrap();
    // The text of another visit never replaces this one's.
    let other = NoteSave { ticket_id: None, ..second.clone() };
    assert_eq!(desk.core.note_save(other).await.unwrap_err().code, Code::Invalid);
    drop(desk);
    let desk = Desk::start(&base, &secrets, Some(vaults));
    desk.core.resume().await.unwrap();
    let mut told = labels(&desk).await;
    told.sort_by_key(|(id, _)| id != &json!(first.id));
    assert_eq!(told, [(json!(first.id), name.clone()), (json!(second.id), name)]);
    // A note that is signed here leaves the list of unsigned notes.
    assert!(!desk.core.note_sign(NoteSign { id: second.id, version: 0 }).await.unwrap());
    assert_eq!(labels(&desk).await.len(), 1);
    let listen = base.trim_start_matches("http://").to_owned();
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    desk.hears(online).await;
    desk.hears(nothing_pending).await;
    assert_eq!(labels(&desk).await.len(), 1);
    let away = read_away(&world, 2).await;
    assert!(away.iter().any(|action| action == "note.list"), "{away:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_ended_elsewhere_clears_the_page() {
    let (world, secrets, vaults) = clinic().await;
    let desk = enrolled(&world, &secrets, &vaults).await;
    desk.core.follow(Topic::Queue(world.a.branches[0])).await.unwrap();
    desk.hears(|told| matches!(told, Told::View { .. })).await;
    world.doctor(0).await.delete("/api/v1/users/me/sessions").await.ok::<Value>();
    desk.hears(|told| *told == Told::Ended).await;
    assert_eq!(desk.core.resume().await.unwrap(), Standing::SignedOut);
    desk.deaf();
    desk.core.follow(Topic::Queue(world.a.branches[0])).await.unwrap();
    desk.hears(|told| matches!(told, Told::Online { .. })).await;
    assert!(
        !desk.told.0.lock().unwrap().iter().any(|told| matches!(told, Told::View { .. })),
        "nothing is kept"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_console_hears_calls_for_help_and_nothing_else() {
    let (world, secrets, _) = clinic().await;
    let branch = world.a.branches[0];
    let told: Arc<(Mutex<Vec<Told>>, Notify)> = Arc::default();
    let heard = Arc::clone(&told);
    let tell = Arc::new(move |what| {
        heard.0.lock().unwrap().push(what);
        heard.1.notify_waiters();
    });
    let core = Workstation::start(Face::Admin, &world.node.base, secrets, None, tell).unwrap();
    let desk = Desk { core, told };
    desk.core.sign_in("reception@test.example".to_owned(), PASSWORD.to_owned()).await.unwrap();
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    desk.hears(|told| matches!(told, Told::View { .. })).await;
    desk.core.lock().await.unwrap();
    desk.deaf();
    desk.core.follow(Topic::Help(branch)).await.unwrap();
    desk.core.follow(Topic::Queue(branch)).await.unwrap();
    desk.hears(online).await;
    let kiosk = crate::kiosk::kiosk(&world).await;
    kiosk.post(&format!("/api/v1/branches/{branch}/help"), &Value::Null).await.ok::<Value>();
    desk.hears(|told| matches!(told, Told::View { topic: Topic::Help(_), body } if body["calls"][0]["device_name"] == "At the door")).await;
    assert!(
        !desk
            .told
            .0
            .lock()
            .unwrap()
            .iter()
            .any(|told| matches!(told, Told::View { topic: Topic::Queue(_), .. }))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chart_of_an_own_patient_is_kept_with_what_others_have_signed() {
    let (mut world, secrets, vaults) = clinic().await;
    let [first, second] = [0, 1].map(|n| world.a.patients[n]);
    // The first patient saw another doctor before, and asks for this one by name now; the second one for nobody.
    let other = world.doctor(1).await;
    let called: Value = other.post("/api/v1/queue/call-next", &json!({ "room": "Room 2" })).await.ok();
    let id = NoteId::new(Timestamp::from_ms(1), [7; 10]);
    let save =
        json!({ "id": id, "patient_id": first, "ticket_id": called["id"], "text": "Murmur", "version": 0 });
    other.put(&format!("/api/v1/notes/{id}"), &save).await.ok::<Value>();
    other.post(&format!("/api/v1/notes/{id}/sign"), &json!({ "id": id, "version": 1 })).await.ok::<Value>();
    world.patient(1).await.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let desk = enrolled(&world, &secrets, &vaults).await;
    desk.core.follow(Topic::Queue(world.a.branches[0])).await.unwrap();
    desk.hears(|told| matches!(told, Told::View { .. })).await;
    desk.deaf();
    let on = json!({ "step": "transfer", "version": called["version"], "doctor_id": world.a.doctors[0] });
    other.patch(&format!("/api/v1/queue/{}/status", called["id"].as_str().unwrap()), &on).await.ok::<Value>();
    let own = json!(world.a.doctors[0]);
    desk.hears(|told| matches!(told, Told::View { body, .. } if body["waiting"].as_array().unwrap().iter().any(|row| row["doctor_id"] == own))).await;
    let chart = async |patient| desk.call("ListNotes", &[], json!({ "patient_id": patient })).await.unwrap();
    assert_eq!(chart(first).await["items"][0]["text"], "Murmur");
    desk.keeps(&vaults, &format!("chart:{first}")).await;
    world.node.stop().await;
    desk.hears(|told| *told == Told::Online { online: false }).await;
    let read = chart(first).await;
    assert_eq!(
        (&read["items"][0]["text"], &read["items"][0]["author_name"]),
        (&json!("Murmur"), &json!("Name of doctor1"))
    );
    assert_eq!(read.get("partial"), None);
    // A chart that is not kept is not shown as an empty one.
    let read = chart(second).await;
    assert_eq!((&read["items"], &read["partial"]), (&json!([]), &json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_of_a_vault_that_does_not_open_is_an_error_and_no_empty_chart() {
    let (mut world, secrets, vaults) = clinic().await;
    let base = world.node.base.clone();
    let desk = enrolled(&world, &secrets, &vaults).await;
    desk.core.follow(Topic::Queue(world.a.branches[0])).await.unwrap();
    desk.hears(|told| matches!(told, Told::View { .. })).await;
    world.node.stop().await;
    desk.hears(|told| *told == Told::Online { online: false }).await;
    let draft = note(&world, "Lungs clear");
    desk.core.note_save(draft.clone()).await.unwrap();
    // Somebody changes one byte of the file.
    let changed = "update draft set sealed = cast(substr(sealed, 1, length(sealed) - 1) || x'00' as blob)";
    assert_eq!(in_vault(&vaults, changed).await, 1);
    let broken = [
        desk.call("ListNotes", &[], json!({ "patient_id": draft.patient_id })).await.unwrap_err(),
        desk.call("ListDrafts", &[], Value::Null).await.unwrap_err(),
        desk.core.note_save(NoteSave { text: "Lungs".to_owned(), ..draft.clone() }).await.unwrap_err(),
        desk.core.note_sign(NoteSign { id: draft.id, version: 0 }).await.unwrap_err(),
        desk.core.note_throw_away(NoteDiscard { id: draft.id, version: 0 }).await.unwrap_err(),
        desk.core.note_retry(draft.id).await.unwrap_err(),
        desk.core.note_discard(draft.id).await.unwrap_err(),
    ];
    assert!(broken.iter().all(|fault| fault.code == Code::Internal), "{broken:?}");
    drop(desk);
    let desk = Desk::start(&base, &secrets, Some(vaults));
    assert_eq!(
        desk.core.resume().await.unwrap_err().code,
        Code::Internal,
        "nor does it start as if nothing were kept"
    );
}
