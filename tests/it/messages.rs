//! Sending messages: by a real SMTP conversation, Twilio's interface or a gateway; again after a failure, and never
//! twice.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Json, Router, http::StatusCode, routing::post};
use medlane_server::config::{Config, SmsKind};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use crate::world::{Client, Node, World};

const PATIENCE: Duration = Duration::from_secs(20);

/// A mail that the server received: the recipient and the text.
type Mail = (String, String);

/// A mail server that always refuses the address `refused@…`, and accepts all others.
fn mail_server(listener: TcpListener) -> mpsc::UnboundedReceiver<Mail> {
    let (taken, mails) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(conversation(stream, taken.clone()));
        }
    });
    mails
}

async fn conversation(stream: TcpStream, taken: mpsc::UnboundedSender<Mail>) -> Option<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink.test ESMTP\r\n").await.ok()?;
    let mut to = String::new();
    while let Some(line) = lines.next_line().await.ok()? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-sink.test\r\n250 8BITMIME",
            "RCPT" if line.contains("refused@") => "550 no such mailbox",
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                "250 ok"
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await.ok()?;
                let mut mail = String::new();
                loop {
                    let line = lines.next_line().await.ok()??;
                    if line == "." {
                        break;
                    }
                    mail.push_str(&line);
                    mail.push('\n');
                }
                taken.send((to.clone(), mail)).ok()?;
                "250 taken"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await.ok()?;
    }
    Some(())
}

/// The clinic's server with another configuration.
async fn node(world: &mut World, set: impl FnOnce(&mut Config)) -> Client {
    world.node.stop().await;
    let mut config = world.config();
    set(&mut config);
    world.node = Node::start_with("127.0.0.1:0", config, &world.clock).await;
    world.admin().await
}

async fn register(world: &World, contact: Value) {
    let mut told = json!({ "name": "New" });
    told.as_object_mut().unwrap().extend(contact.as_object().unwrap().clone());
    world.node.anyone().post("/api/v1/auth/register", &told).await.ok::<Value>();
}

/// Waits until the newest message is in one of these states.
async fn settled(admin: &Client, states: &[&str]) -> Value {
    let waited = tokio::time::timeout(PATIENCE, async {
        loop {
            let page: Value = admin.get("/api/v1/messages?limit=1").await.ok();
            let newest = page["items"][0].clone();
            if states.contains(&newest["state"].as_str().unwrap()) && newest["tries"] != 0 {
                return newest;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.expect("the message is where it was")
}

#[tokio::test]
async fn mail_leaves_once_and_again_where_it_did_not() {
    let mut world = World::sqlite().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("smtp://{address}");
    let admin = node(&mut world, |config| {
        config.mail.url = url;
        config.mail.from = "Clinic A <no-reply@clinic.example>".to_owned();
    })
    .await;
    // No mail server is running yet.
    register(&world, json!({ "email": "new@test.example" })).await;
    let message = settled(&admin, &["waiting"]).await;
    assert_eq!(
        (message["recipient"].as_str(), message["tries"].as_u64()),
        (Some("n…@test.example"), Some(1))
    );
    assert!(message["fault"].as_str().unwrap().len() > 5, "{message}");

    let mut mails = mail_server(TcpListener::bind(address).await.unwrap());
    world.clock.pass(Duration::from_secs(11));
    register(&world, json!({ "email": "other@test.example" })).await;
    let mut taken = Vec::new();
    for _ in 0..2 {
        taken.push(tokio::time::timeout(PATIENCE, mails.recv()).await.unwrap().unwrap());
    }
    taken.sort();
    assert_eq!(taken[0].0, "new@test.example");
    assert_eq!(taken[1].0, "other@test.example");
    for part in ["From: \"Clinic A\" <no-reply@clinic.example>", "Message-ID: <", "is your code for Clinic A"]
    {
        assert!(taken[0].1.contains(part), "{part} is not in {}", taken[0].1);
    }
    assert_eq!(settled(&admin, &["sent"]).await["state"], "sent");
    register(&world, json!({ "email": "refused@test.example" })).await;
    let message = settled(&admin, &["failed", "waiting"]).await;
    assert_eq!(
        (message["state"].as_str(), message["tries"].as_u64()),
        (Some("failed"), Some(1)),
        "{message}"
    );
    assert!(message["fault"].as_str().unwrap().contains("no such mailbox"), "{message}");
    assert!(mails.try_recv().is_err(), "nothing was sent twice");
    assert!(!world.outbox().await.contains("your code"), "what was said is gone once it was sent");
}

/// The requests that a gateway received. It answers 500 as often as the test asks.
#[derive(Clone, Default)]
struct Gateway {
    taken: Arc<Mutex<Vec<(String, String)>>>,
    failures: Arc<Mutex<u32>>,
}

impl Gateway {
    async fn start(&self, path: &str) -> String {
        let gateway = self.clone();
        let take = move |headers: axum::http::HeaderMap, body: String| {
            let gateway = gateway.clone();
            async move {
                let mut failures = gateway.failures.lock().unwrap();
                if *failures > 0 {
                    *failures -= 1;
                    return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({})));
                }
                let by = headers["authorization"].to_str().unwrap().to_owned();
                gateway.taken.lock().unwrap().push((by, body));
                (StatusCode::CREATED, Json(json!({ "sid": "SM1" })))
            }
        };
        let router = Router::new().route(path, post(take));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        base
    }
}

#[tokio::test]
async fn text_messages_leave_by_twilio_or_a_gateway() {
    let mut world = World::sqlite().await;
    let gateway = Gateway::default();
    let base = gateway.start("/2010-04-01/Accounts/AC1/Messages.json").await;
    let admin = node(&mut world, |config| {
        config.sms.url = base;
        config.sms.account = "AC1".to_owned();
        config.sms.token = "secret".to_owned();
        config.sms.from = "+15005550006".to_owned();
    })
    .await;
    *gateway.failures.lock().unwrap() = 1;
    register(&world, json!({ "phone": "+968 9212 3456" })).await;
    let message = settled(&admin, &["waiting"]).await;
    assert_eq!(message["fault"], "the gateway answered 500");
    world.clock.pass(Duration::from_secs(11));
    // This wakes the sender, whose own check would come later.
    register(&world, json!({ "phone": "+968 9212 3457" })).await;
    settled(&admin, &["sent"]).await;
    let taken = gateway.taken.lock().unwrap().clone();
    assert_eq!(taken.len(), 2, "{taken:?}");
    assert_eq!(taken[0].0, "Basic QUMxOnNlY3JldA==");
    assert!(taken[0].1.contains("To=%2B96892123456&From=%2B15005550006&Body=Your+code"), "{}", taken[0].1);

    let gateway = Gateway::default();
    let base = format!("{}/send", gateway.start("/send").await);
    let admin = node(&mut world, |config| {
        config.sms.kind = SmsKind::Http;
        config.sms.url = base;
        config.sms.token = "secret".to_owned();
    })
    .await;
    register(&world, json!({ "phone": "+968 9212 3458" })).await;
    settled(&admin, &["sent"]).await;
    let (by, body) = gateway.taken.lock().unwrap()[0].clone();
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((by.as_str(), body["to"].as_str()), ("Bearer secret", Some("+96892123458")));
}

#[tokio::test]
async fn two_nodes_send_a_message_once() {
    let mut world = World::postgres().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", listener.local_addr().unwrap());
    let mut mails = mail_server(listener);
    let set = |config: &mut Config| config.mail.url.clone_from(&url);
    let admin = node(&mut world, set).await;
    let mut config = world.config();
    set(&mut config);
    let mut second = Node::start_with("127.0.0.1:0", config, &world.clock).await;
    for n in 0..10 {
        let node = if n % 2 == 0 { &world.node } else { &second };
        let told = json!({ "name": "New", "email": format!("new{n}@test.example") });
        node.anyone().post("/api/v1/auth/register", &told).await.ok::<Value>();
    }
    let mut taken: Vec<String> = Vec::new();
    while taken.len() < 10 {
        taken.push(tokio::time::timeout(PATIENCE, mails.recv()).await.unwrap().unwrap().0);
    }
    settled(&admin, &["sent"]).await;
    second.stop().await;
    world.node.stop().await;
    assert!(mails.try_recv().is_err());
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), 10);
}
