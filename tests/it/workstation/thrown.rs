//! Drafts that their doctor throws away at the workstation, with the network and without it.

use medlane_shared::records::NoteDiscard;

use super::*;

async fn unsigned(desk: &Desk) -> Vec<Value> {
    let page = desk.call("ListDrafts", &[], Value::Null).await.unwrap();
    page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
}

async fn chart(world: &World, desk: &Desk) -> Vec<Value> {
    let page = desk.call("ListNotes", &[], json!({ "patient_id": world.a.patients[0] })).await.unwrap();
    page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
}

async fn away(world: &mut World, desk: &Desk) {
    world.node.stop().await;
    desk.hears(|told| *told == Told::Online { online: false }).await;
    desk.deaf();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_thrown_away_and_its_list_shrinks() {
    let (world, secrets, vaults) = clinic().await;
    let desk = enrolled(&world, &secrets, &vaults).await;
    let saved = desk.core.note_save(note(&world, "Lungs")).await.unwrap();
    assert_eq!(unsigned(&desk).await, [json!(saved.id)]);
    // Another screen has written on it: its text stays, and the page hears why.
    let there = NoteSave { version: 1, ..note(&world, "Lungs clear") };
    world.doctor(0).await.put(&format!("/api/v1/notes/{}", saved.id), &json!(there)).await.ok::<Value>();
    let refused = desk.core.note_throw_away(NoteDiscard { id: saved.id, version: 1 }).await.unwrap_err();
    assert_eq!(refused.code, Code::VersionStale);
    assert_eq!(notes(&world).await[0]["text"], "Lungs clear");
    // The author has seen that text now.
    assert!(desk.core.note_throw_away(NoteDiscard { id: saved.id, version: 2 }).await.unwrap());
    assert_eq!(
        (notes(&world).await, unsigned(&desk).await, chart(&world, &desk).await),
        (vec![], vec![], vec![])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_thrown_away_without_the_network_and_a_kill_loses_nothing() {
    let (mut world, secrets, vaults) = clinic().await;
    let base = world.node.base.clone();
    // A note of another screen: this computer has it in the chart alone.
    let there = NoteSave { id: NoteId::new(Timestamp::from_ms(3), [7; 10]), ..note(&world, "elsewhere") };
    world.doctor(0).await.put(&format!("/api/v1/notes/{}", there.id), &json!(there)).await.ok::<Value>();
    let desk = enrolled(&world, &secrets, &vaults).await;
    // Its answer comes after the chart.
    let sent = desk.core.note_save(note(&world, "with the clinic")).await.unwrap();
    assert!(!sent.pending);
    away(&mut world, &desk).await;
    let only_here = NoteSave { id: NoteId::new(Timestamp::from_ms(2), [8; 10]), ..note(&world, "only here") };
    assert!(desk.core.note_save(only_here.clone()).await.unwrap().pending);
    let throw = async |desk: &Desk, id: NoteId, version: i64| {
        desk.core.note_throw_away(NoteDiscard { id, version }).await
    };
    assert!(!throw(&desk, sent.id, sent.version).await.unwrap(), "the server has to know");
    assert!(!throw(&desk, there.id, 1).await.unwrap());
    throw(&desk, only_here.id, 0).await.unwrap();
    assert_eq!((unsigned(&desk).await, chart(&world, &desk).await), (vec![], vec![]));
    // The app is killed.
    drop(desk);
    let desk = Desk::start(&base, &secrets, Some(vaults.clone()));
    desk.core.resume().await.unwrap();
    assert_eq!((unsigned(&desk).await, chart(&world, &desk).await), (vec![], vec![]));
    let listen = base.trim_start_matches("http://");
    world.node = Node::start_at(listen, &world.url, world.dir.path(), &world.clock).await;
    desk.hears(online).await;
    // The answer to this one comes after those that waited.
    let last = NoteSave { id: NoteId::new(Timestamp::from_ms(4), [6; 10]), ..note(&world, "last") };
    assert!(!desk.core.note_save(last.clone()).await.unwrap().pending);
    let left: Vec<Value> = notes(&world).await.iter().map(|note| note["id"].clone()).collect();
    assert_eq!((left, unsigned(&desk).await), (vec![json!(last.id)], vec![json!(last.id)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_was_written_on_elsewhere_stays_although_it_was_thrown_away_here() {
    let (mut world, secrets, vaults) = clinic().await;
    let base = world.node.base.clone();
    let desk = enrolled(&world, &secrets, &vaults).await;
    let sent = desk.core.note_save(note(&world, "Lungs")).await.unwrap();
    away(&mut world, &desk).await;
    assert!(!desk.core.note_throw_away(NoteDiscard { id: sent.id, version: 1 }).await.unwrap());
    drop(desk);
    let listen = base.trim_start_matches("http://");
    world.node = Node::start_at(listen, &world.url, world.dir.path(), &world.clock).await;
    let there = NoteSave { version: 1, ..note(&world, "Lungs clear") };
    world.doctor(0).await.put(&format!("/api/v1/notes/{}", sent.id), &json!(there)).await.ok::<Value>();
    let desk = Desk::start(&base, &secrets, Some(vaults));
    desk.core.resume().await.unwrap();
    desk.hears(online).await;
    let last = NoteSave { id: NoteId::new(Timestamp::from_ms(4), [6; 10]), ..note(&world, "last") };
    assert!(!desk.core.note_save(last.clone()).await.unwrap().pending);
    let mut left = unsigned(&desk).await;
    left.sort_by_key(|id| *id != json!(sent.id));
    assert_eq!(left, [json!(sent.id), json!(last.id)], "it is in the list again");
    assert!(notes(&world).await.iter().any(|note| note["text"] == "Lungs clear"));
}
