//! The server is killed in the middle of a full room. Answered requests stay, and nothing is done twice.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::Connection as _;

use crate::{
    program::Program,
    world::{Answer, Client, World, port},
};

/// The number of operations.
const OPERATIONS: usize = 10_000;
/// How many clients join for others, like kiosks.
const JOINING: usize = 12;
/// How many clients call, two for each doctor.
const CALLING: usize = 4;
/// How often the server is killed, evenly spread over the operations.
const KILLS: usize = 3;

/// Repeats a request with the same idempotency key until there is an answer.
async fn surely(client: &Client, method: Method, path: &str, body: &Value) -> Answer {
    let key = format!("{:032x}", rand::random::<u128>());
    loop {
        let request = client.request(method.clone(), path).header("idempotency-key", &key).json(body);
        if let Ok(response) = request.send().await {
            let (status, headers) = (response.status(), response.headers().clone());
            if let Ok(body) = response.json().await {
                return Answer { status, body, headers };
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The answers that a client got.
#[derive(Default)]
struct Seen {
    joined: Vec<(String, String)>,
    called: Vec<String>,
    missed: usize,
}

async fn join(client: Client, body: Value, done: Arc<AtomicUsize>) -> Seen {
    let mut seen = Seen::default();
    while done.fetch_add(1, Ordering::Relaxed) < OPERATIONS {
        let answer = surely(&client, Method::POST, "/api/v1/queue/join", &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        let text = |name: &str| answer.body[name].as_str().unwrap().to_owned();
        seen.joined.push((text("id"), text("label")));
    }
    seen
}

async fn call(client: Client, done: Arc<AtomicUsize>) -> Seen {
    let mut seen = Seen::default();
    while done.fetch_add(1, Ordering::Relaxed) < OPERATIONS {
        let answer = surely(&client, Method::POST, "/api/v1/queue/call-next", &json!({})).await;
        if answer.status == StatusCode::NOT_FOUND {
            continue;
        }
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        let id = answer.body["id"].as_str().unwrap().to_owned();
        if seen.called.len() % 3 == 0 && done.fetch_add(1, Ordering::Relaxed) < OPERATIONS {
            let body = json!({ "step": "no_show", "version": answer.body["version"] });
            let step = surely(&client, Method::PATCH, &format!("/api/v1/queue/{id}/status"), &body).await;
            // The doctor's other window may have called the next patient meanwhile.
            assert!([StatusCode::OK, StatusCode::CONFLICT].contains(&step.status), "{:?}", step.body);
            seen.missed += usize::from(step.status == StatusCode::OK);
        }
        seen.called.push(id);
    }
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_operations_and_three_kills() {
    let mut world = World::sqlite().await;
    let [enrolment, _] = world.device_codes().await;
    let anyone = world.node.anyone();
    let enrolled: Value = anyone.post("/api/v1/devices/enrol", &json!({ "code": enrolment })).await.ok();
    let kiosk = Client { token: enrolled["tokens"]["access_token"].as_str().map(str::to_owned), ..anyone };
    let doctors = [world.doctor(0).await, world.doctor(1).await];
    world.node.stop().await;

    let listen = format!("127.0.0.1:{}", port());
    let key = world.dir.path().join("root.key").display().to_string();
    let mut program = Program::start(listen.clone(), world.url.clone(), key);
    let here = |client: &Client| Client { base: format!("http://{listen}"), ..client.clone() };
    let done = Arc::<AtomicUsize>::default();
    let join_body = world.join();
    let mut clients: Vec<_> = (0..JOINING)
        .map(|_| tokio::spawn(join(here(&kiosk), join_body.clone(), Arc::clone(&done))))
        .collect();
    clients.extend((0..CALLING).map(|n| tokio::spawn(call(here(&doctors[n % 2]), Arc::clone(&done)))));
    for n in 1..=KILLS {
        while done.load(Ordering::Relaxed) < n * OPERATIONS / (KILLS + 1) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        program = program.kill();
    }
    let (mut joined, mut called, mut missed) = (Vec::new(), Vec::new(), 0);
    for client in clients {
        let seen = client.await.unwrap();
        joined.extend(seen.joined);
        called.extend(seen.called);
        missed += seen.missed;
    }
    drop(program);

    assert!(joined.len() + called.len() > OPERATIONS / 2, "{} joined, {} called", joined.len(), called.len());
    let ids: HashSet<&String> = joined.iter().map(|(id, _)| id).collect();
    let labels: HashSet<&String> = joined.iter().map(|(_, label)| label).collect();
    assert_eq!((ids.len(), labels.len()), (joined.len(), joined.len()), "no ticket and no label twice");
    let once: HashSet<&String> = called.iter().collect();
    assert_eq!(once.len(), called.len(), "no ticket called twice");
    assert!(once.is_subset(&ids), "and none that nobody has");
    let mut raw = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
    let states: Vec<(String, i64)> = sqlx::query_as("select state, count(*) from ticket group by state")
        .fetch_all(&mut raw)
        .await
        .unwrap();
    let states: BTreeMap<String, i64> = states.into_iter().collect();
    let of = |state: &str| usize::try_from(states.get(state).copied().unwrap_or(0)).unwrap();
    assert_eq!(
        states.values().sum::<i64>(),
        i64::try_from(joined.len()).unwrap(),
        "none lost, none too many"
    );
    assert_eq!(of("waiting"), joined.len() - called.len(), "{states:?}");
    assert_eq!(of("no_show"), missed, "{states:?}");
    // The calls of both doctors are stored as they were answered.
    let first: i64 =
        sqlx::query_scalar("select count(*) from ticket where calls = 1").fetch_one(&mut raw).await.unwrap();
    assert_eq!(usize::try_from(first).unwrap(), called.len());
    let core =
        medlane_server::core_open(&world.config(), medlane_server::engine::wall_clock()).await.unwrap();
    let clinic = core.clinics.get(world.a.id).unwrap();
    let verdict = medlane_server::audit::verify(&core, &clinic).await.unwrap();
    assert!(verdict.first_bad.is_none(), "the audit log holds: {verdict:?}");
}
