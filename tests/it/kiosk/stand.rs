//! A kiosk's core without a window, against a real server.

use std::sync::Arc;

use medlane_desktop::{Told, kiosk::Kiosk, secrets::Secrets, session::Request, workstation::Workstation};
use medlane_shared::{fault::Fault, identity::Face};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{labels, queue};
use crate::world::{Node, World};

/// A kiosk on its computer.
struct Stand {
    kiosk: Arc<Kiosk>,
    _core: Workstation,
    online: watch::Receiver<bool>,
    folder: tempfile::TempDir,
}

impl Stand {
    async fn enrolled(world: &World) -> Self {
        let (line, online) = watch::channel(false);
        let tell = Arc::new(move |told: Told| {
            if let Told::Online { online } = told {
                line.send_replace(online);
            }
        });
        let core = Workstation::start(Face::Kiosk, &world.node.base, Secrets::memory(), None, tell).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let kiosk = Kiosk::start(core.session(), folder.path(), None, online.clone()).unwrap();
        let enrolment = world.device_code(&world.admin().await, "kiosk").await;
        core.enrol(enrolment).await.unwrap();
        let mut stand = Self { kiosk, _core: core, online, folder };
        stand.is_online(true).await;
        stand
    }

    async fn is_online(&mut self, online: bool) {
        let there =
            tokio::time::timeout(crate::browser::PATIENCE, self.online.wait_for(|now| *now == online));
        there.await.expect("the line comes and goes with the server").unwrap();
    }

    /// Waits until it could give tickets without the network.
    async fn knows_its_series(&self) {
        let file = self.folder.path().join("kiosk.json");
        for _ in 0..600 {
            if std::fs::read_to_string(&file).is_ok_and(|kept| kept.contains("seal_key")) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("it never learned its series");
    }

    async fn call(&self, name: &str, parameters: &[&str], request: Value) -> Result<Value, Fault> {
        let parameters = parameters.iter().map(|&text| text.to_owned()).collect();
        let request = Request { name: name.to_owned(), parameters, request, language: "en".to_owned() };
        self.kiosk.call(&request).await.map(|text| serde_json::from_str(&text).unwrap())
    }

    /// Nothing can be written to its folder any more: no file can be made where a folder is.
    fn fills_up(&self) {
        std::fs::create_dir(self.folder.path().join("kiosk.new")).unwrap();
    }
}

/// The labels that wait, once there are this many.
async fn waiting(world: &World, count: usize) -> Vec<String> {
    let doctor = world.doctor(0).await;
    for _ in 0..600 {
        let view = queue(world, &doctor).await;
        let there = labels(&view["waiting"]);
        if there.len() >= count {
            return there.into_iter().map(str::to_owned).collect();
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("there are never {count} tickets");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_whose_disk_is_full_works_as_long_as_the_network_does() {
    let world = World::sqlite().await;
    let stand = Stand::enrolled(&world).await;
    let mut join = world.join();
    join["held"] = json!(true);
    stand.fills_up();
    let branch = world.a.branches[0].to_string();
    let services = stand.call("ListServices", &[&branch], Value::Null).await.unwrap();
    assert!(!services["items"].as_array().unwrap().is_empty());
    // The paper is out: the ticket counts, also if nothing can be stored here.
    for label in ["GP-001", "GP-002"] {
        let held = stand.call("JoinQueue", &[], join.clone()).await.unwrap();
        assert_eq!(held["label"], label);
        stand.kiosk.settle(held["id"].as_str().unwrap().parse().unwrap(), true).await.unwrap();
    }
    assert_eq!(waiting(&world, 2).await, ["GP-001", "GP-002"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kiosk_whose_disk_is_full_says_what_the_server_does_not_know() {
    let mut world = World::sqlite().await;
    let mut stand = Stand::enrolled(&world).await;
    let mut join = world.join();
    join["held"] = json!(true);
    let held = stand.call("JoinQueue", &[], join).await.unwrap();
    stand.fills_up();
    world.node.stop().await;
    stand.is_online(false).await;
    let id = held["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(stand.kiosk.settle(id, true).await.unwrap_err().code.text(), "offline");
    // It tells the server as soon as it can.
    let listen = world.node.base.trim_start_matches("http://").to_owned();
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    assert_eq!(waiting(&world, 1).await, ["GP-001"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_is_given_back_is_not_handed_over() {
    let mut world = World::sqlite().await;
    let mut stand = Stand::enrolled(&world).await;
    let service = world.a.services[0];
    stand.knows_its_series().await;
    world.node.stop().await;
    stand.is_online(false).await;
    let first = stand.kiosk.give(service, None).unwrap();
    stand.kiosk.give(service, None).unwrap();
    stand.kiosk.settle(first.id, false).await.unwrap();
    let listen = world.node.base.trim_start_matches("http://").to_owned();
    world.node = Node::start_at(&listen, &world.url, world.dir.path(), &world.clock).await;
    assert_eq!(waiting(&world, 1).await, ["KA-002"]);
}
