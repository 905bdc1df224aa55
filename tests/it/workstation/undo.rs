//! One undo reverses everything that one press did, also without the network.

use super::*;

/// A desk whose doctor sees one patient and has two waiting, while the server is away.
async fn away() -> (World, Desk, String, Value) {
    let (mut world, secrets, vaults) = clinic().await;
    let mut join = world.join();
    join["doctor_id"] = json!(world.a.doctors[0]);
    for n in 1..3 {
        world.patient(n).await.post("/api/v1/queue/join", &join).await.ok::<Value>();
    }
    let base = world.node.base.clone();
    let desk = Desk::start(&base, &secrets, Some(vaults));
    desk.core.sign_in("doctor0@test.example".to_owned(), PASSWORD.to_owned()).await.unwrap();
    desk.core.follow(Topic::Queue(world.a.branches[0])).await.unwrap();
    desk.hears(
        |told| matches!(told, Told::View { body, .. } if body["waiting"].as_array().unwrap().len() == 3),
    )
    .await;
    world.node.stop().await;
    desk.hears(|told| *told == Told::Online { online: false }).await;
    let first = desk.call("CallNext", &[], json!({ "room": "Room 1" })).await.unwrap();
    let serve = json!({ "step": "serve", "version": first["version"] });
    let first = desk.call("StepTicket", &[first["id"].as_str().unwrap()], serve).await.unwrap();
    (world, desk, base, first)
}

async fn back(world: &mut World, desk: &Desk, base: &str) {
    desk.deaf();
    let listen = base.trim_start_matches("http://");
    world.node = Node::start_at(listen, &world.url, world.dir.path(), &world.clock).await;
    desk.hears(online).await;
    desk.hears(no_steps).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn next_is_undone_as_one_without_the_network() {
    let (mut world, desk, base, first) = away().await;
    let second = desk.call("CallNext", &[], json!({})).await.unwrap();
    assert_eq!((&second["label"], &second["state"]), (&json!("GP-003"), &json!("called")));
    assert!(second["undo_until"].is_string() || second["undo_until"].is_number(), "the screen offers it");
    desk.deaf();
    let undo = json!({ "step": "undo", "version": second["version"] });
    let row = desk.call("StepTicket", &[second["id"].as_str().unwrap()], undo.clone()).await.unwrap();
    assert_eq!((&row["id"], &row["state"]), (&second["id"], &json!("waiting")));
    desk.hears(|told| {
        matches!(told, Told::View { body, .. }
            if body["serving"][0]["label"] == "GP-002" && body["called"].as_array().unwrap().is_empty())
    })
    .await;
    let again = desk.call("StepTicket", &[second["id"].as_str().unwrap()], undo).await.unwrap_err();
    assert_eq!(again.code, Code::OfflineNoUndo, "there is nothing more to take back here");
    back(&mut world, &desk, &base).await;
    let [waiting, called, serving, ended] = queue(&world).await;
    assert_eq!(
        (waiting, serving),
        (vec!["GP-001".to_owned(), "GP-003".to_owned()], vec!["GP-002".to_owned()])
    );
    assert!(called.is_empty() && ended.is_empty(), "{called:?} {ended:?}");
    // The visit then ends as any other.
    let view: Value = world.doctor(0).await.get("/api/v1/queue/doctor-queue").await.ok();
    assert_eq!(view["serving"][0]["id"], first["id"]);
    world.doctor(0).await.step(&view["serving"][0], "done").await.ok::<Value>();
}

/// The server gets the undo after it has got the press.
#[tokio::test(flavor = "multi_thread")]
async fn next_without_the_network_is_undone_as_one_with_it() {
    let (mut world, desk, base, _) = away().await;
    let second = desk.call("CallNext", &[], json!({})).await.unwrap();
    back(&mut world, &desk, &base).await;
    let undo = json!({ "step": "undo", "version": second["version"] });
    desk.call("StepTicket", &[second["id"].as_str().unwrap()], undo).await.unwrap();
    let [waiting, called, serving, ended] = queue(&world).await;
    assert_eq!((waiting.len(), serving), (2, vec!["GP-002".to_owned()]));
    assert!(called.is_empty() && ended.is_empty(), "{called:?} {ended:?}");
}
