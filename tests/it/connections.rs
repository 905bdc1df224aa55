//! Connections that send nothing, send slowly, or accept nothing. The server ends them, and goes on for all others.

use std::time::Duration;

use medlane_server::config::Config;
use medlane_shared::{
    fault::Code,
    identity::Face,
    sync::{ACCESS_HEADER, ServerFrame, Topic},
};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{interval, timeout},
};

use crate::{
    line::Line,
    world::{PASSWORD, World},
};

/// How long to wait for something. It is generous, because only a failure waits this long.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pause between the bytes of a slow client.
const DRIP: Duration = Duration::from_millis(100);

/// A world with a server of this configuration.
async fn set(how: impl FnOnce(&mut Config)) -> World {
    let mut world = World::sqlite().await;
    world.restart(how).await;
    world
}

async fn connect(world: &World) -> TcpStream {
    TcpStream::connect(world.node.base.trim_start_matches("http://")).await.unwrap()
}

/// Everything that a connection sends until it ends.
async fn said(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    let ended = timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("it is ended");
    // A reset ends it too.
    drop(ended);
    String::from_utf8_lossy(&said).into_owned()
}

/// Writes a byte now and then until the connection ends. Returns what it sent meanwhile.
async fn drips(mut stream: TcpStream, byte: u8) -> String {
    let (mut read, mut write) = stream.split();
    let mut said = Vec::new();
    let mut tick = interval(DRIP);
    let ended = timeout(PATIENCE, async {
        let mut buffer = [0; 4_096];
        loop {
            tokio::select! {
                read = read.read(&mut buffer) => match read {
                    Ok(0) | Err(_) => return,
                    Ok(n) => said.extend_from_slice(&buffer[..n]),
                },
                _ = tick.tick() => drop(write.write_all(&[byte]).await),
            }
        }
    });
    ended.await.expect("it is ended, however it goes on dripping");
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn silent_connections_of_one_address_find_an_end_and_others_find_room() {
    let world = set(|config| {
        (config.http.connections, config.http.connections_per_address) = (40, 10);
        config.http.head_s = 3;
        config.http.proxies = vec!["127.0.0.2".parse().unwrap()];
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..10 {
        silent.push(connect(&world).await);
    }
    let mut turned_away = connect(&world).await;
    turned_away.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let answer = said(&mut turned_away).await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.contains("retry-after: 5"), "{answer}");
    assert!(answer.contains("\"overloaded\""), "a stable code: {answer}");
    // Another address is served meanwhile: here a trusted proxy, which has no share of its own.
    let from = tokio::net::TcpSocket::new_v4().unwrap();
    from.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let to = world.node.base.trim_start_matches("http://").parse().unwrap();
    let mut proxy = from.connect(to).await.unwrap();
    proxy.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    assert!(said(&mut proxy).await.starts_with("HTTP/1.1 200 "));
    for stream in &mut silent {
        assert_eq!(said(stream).await, "", "it is closed without a word");
    }
    world.node.anyone().get("/health").await.ok::<Value>();
}

#[tokio::test]
async fn headers_that_drip_are_not_waited_for() {
    let world = set(|config| config.http.head_s = 1).await;
    let mut stream = connect(&world).await;
    stream.write_all(b"GET /health HTTP/1.1\r\nx-slow: ").await.unwrap();
    assert!(!drips(stream, b'a').await.contains("200"));
    // The same after an answered request. Between requests there is more time than within one.
    let mut stream = connect(&world).await;
    stream
        .write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\nGET /health HTTP/1.1\r\nx-slow: ")
        .await
        .unwrap();
    let answer = drips(stream, b'a').await;
    assert_eq!(answer.matches("HTTP/1.1 200 ").count(), 1, "{answer}");
}

#[tokio::test]
async fn a_connection_that_rests_is_ended_after_a_while() {
    let world = set(|config| (config.http.head_s, config.http.idle_s) = (600, 1)).await;
    let mut stream = connect(&world).await;
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    assert!(said(&mut stream).await.starts_with("HTTP/1.1 200 "), "it is answered, and then ended");
}

#[tokio::test]
async fn half_a_body_is_refused_in_time() {
    let world = set(|config| config.http.body_s = 1).await;
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    for half in [
        format!("{head}content-length: 1000\r\n\r\n{{\"email\":"),
        format!("{head}transfer-encoding: chunked\r\n\r\n3e8\r\n{{\"email\":"),
    ] {
        let mut stream = connect(&world).await;
        stream.write_all(half.as_bytes()).await.unwrap();
        let answer = drips(stream, b' ').await;
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("\"request_slow\""), "{answer}");
    }
    // A body that is longer than its declared length ends the connection, and the rest is not run.
    let mut stream = connect(&world).await;
    let longer = format!("{head}content-length: 2\r\n\r\n{{}}xxxx\r\n\r\n");
    stream.write_all(longer.as_bytes()).await.unwrap();
    let answer = said(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.matches("HTTP/1.1").count() == 2, "{answer}");
    // A request with two different lengths is invalid.
    let mut stream = connect(&world).await;
    let both = format!("{head}content-length: 2\r\ncontent-length: 3\r\n\r\n{{}}");
    stream.write_all(both.as_bytes()).await.unwrap();
    assert!(said(&mut stream).await.starts_with("HTTP/1.1 400 "));
    // Endless headers are not collected.
    let mut stream = connect(&world).await;
    let much = [b"GET /health HTTP/1.1\r\nx-much: ".to_vec(), vec![b'a'; 64 * 1024]].concat();
    drop(stream.write_all(&much).await);
    assert!(!said(&mut stream).await.contains("200"));
}

#[tokio::test]
async fn a_packed_body_is_not_unpacked() {
    let world = World::sqlite().await;
    let anyone = world.node.anyone();
    // A few bytes that gzip would expand to gigabytes.
    let packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    let request = anyone.request(reqwest::Method::POST, "/api/v1/auth/login");
    let request = request.header("content-type", "application/json").header("content-encoding", "gzip");
    anyone.send(request.body(packed)).await.refused(400, "malformed");
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_its_answers_is_ended() {
    let world = set(|config| (config.http.send_s, config.http.docs) = (1, true)).await;
    let mut stream = connect(&world).await;
    let ask = b"GET /api-docs/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(400);
    stream.write_all(&ask).await.unwrap();
    // The client reads nothing. At some point the server stops accepting data too.
    let mut tick = interval(DRIP);
    let ended = timeout(PATIENCE, async {
        loop {
            tick.tick().await;
            if stream.write_all(b"x").await.is_err() {
                return;
            }
        }
    });
    ended.await.expect("it is ended");
    world.node.anyone().get("/health").await.ok::<Value>();
}

/// The headers of a socket that a proxy opens for an address.
fn from(ip: &str) -> Vec<(&'static str, String)> {
    vec![("x-forwarded-for", ip.to_owned())]
}

/// Opens a socket. Returns the status if it is refused.
async fn opens(world: &World, headers: &[(&'static str, String)]) -> Result<Line, u16> {
    Line::open_with(&world.node.base, headers).await
}

/// The same, with an access token in the request.
async fn opens_with(world: &World, ip: &str, token: Option<&str>) -> Result<Line, u16> {
    let token = token.map(|token| (ACCESS_HEADER, token.to_owned()));
    opens(world, &[from(ip), token.into_iter().collect()].concat()).await
}

/// Whether a silent socket was closed because others came.
async fn left(line: &mut Line) -> bool {
    let told = line.next().await;
    matches!(told, Some(ServerFrame::Bye { fault }) if fault.code == Code::RateLimited)
        && line.next().await.is_none()
}

/// A world behind a proxy, where two sockets of an address may be silent.
async fn few_silent() -> World {
    set(|config| {
        config.http.anonymous_per_address = 2;
        config.http.proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await
}

#[tokio::test]
async fn silent_sockets_of_an_address_make_room_for_those_that_come() {
    let world = few_silent().await;
    for [first, second, third] in [
        ["203.0.113.9", "203.0.113.9", "::ffff:203.0.113.9"],
        // An IPv6 network; a socket of another network stays open.
        ["2001:db8::1", "2001:db8::2", "2001:db8::3"],
    ] {
        let mut silent = opens(&world, &from(first)).await.unwrap();
        let mut patient = opens(&world, &from(second)).await.unwrap();
        let _other = opens(&world, &from("2001:db8:0:1::3")).await.unwrap();
        let mut newest = opens(&world, &from(third)).await.unwrap();
        assert!(left(&mut silent).await, "the one that was silent longest");
        // The others say hello in time. They are not silent any more, and stay.
        let topics = vec![Topic::Board(world.a.branches[0])];
        for line in [&mut patient, &mut newest] {
            line.says_hello(Face::Kiosk, None, topics.clone(), None).await;
            assert!(matches!(line.next().await, Some(ServerFrame::Welcome(_))));
        }
    }
}

#[tokio::test]
async fn a_browser_comes_in_however_many_sockets_stay_silent_and_are_opened_again() {
    let mut world = few_silent().await;
    // Refused sockets do not count for other requests of the address.
    world
        .restart(|config| {
            config.http.anonymous_per_address = 2;
            config.http.sockets_per_address = 8;
            config.http.proxies = vec!["127.0.0.1".parse().unwrap()];
            config.limits.anonymous = 4;
        })
        .await;
    let ip = "203.0.113.9";
    let anyone = world.node.anyone();
    let body = serde_json::json!({ "email": "doctor0@test.example", "password": PASSWORD, "face": "doctor" });
    let request = anyone.request(reqwest::Method::POST, "/api/v1/auth/login").json(&body);
    let signed_in = request.header("sec-fetch-site", "same-origin").header("x-forwarded-for", ip);
    let signed_in = anyone.send(signed_in).await;
    let cookies = signed_in.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let pairs = cookies.map(|cookie| cookie.split(';').next().unwrap()).collect::<Vec<_>>().join("; ");
    let token = signed_in.body["access_token"].as_str().unwrap().to_owned();
    let mut silent = Vec::new();
    for _ in 0..6 {
        silent.push(opens(&world, &from(ip)).await.unwrap());
    }
    // The cookie proves a session, so this socket is not silent, and later ones do not push it out.
    let mut browser = opens(&world, &[from(ip), vec![("cookie", pairs)]].concat()).await.unwrap();
    for _ in 0..4 {
        silent.push(opens(&world, &from(ip)).await.unwrap());
    }
    browser.says_hello(Face::Doctor, Some(&token), Vec::new(), None).await;
    assert!(matches!(browser.next().await, Some(ServerFrame::Welcome(_))));
    for line in &mut silent[..8] {
        assert!(left(line).await);
    }
    // The address has all its sockets. The refusals count for nothing else.
    let ask = async || {
        let request = anyone.request(reqwest::Method::GET, "/api/v1/branches").header("x-forwarded-for", ip);
        anyone.send(request).await
    };
    let mut known = Vec::new();
    while let Ok(line) = opens_with(&world, ip, Some(&token)).await {
        known.push(line);
    }
    for _ in 0..10 {
        assert_eq!(opens(&world, &from(ip)).await.err(), Some(429));
    }
    ask().await.ok::<Value>();
    let renew = anyone.request(reqwest::Method::POST, "/api/v1/auth/login").json(&body);
    anyone.send(renew.header("x-forwarded-for", ip)).await.ok::<Value>();
}

#[tokio::test]
async fn whoever_shows_a_token_comes_in_beside_sockets_that_stay_silent() {
    let world = few_silent().await;
    let doctor = world.doctor(0).await;
    let ip = "203.0.113.9";
    let mut made_up = opens_with(&world, ip, Some("made up")).await.unwrap();
    let _silent = [opens(&world, &from(ip)).await.unwrap(), opens(&world, &from(ip)).await.unwrap()];
    assert!(left(&mut made_up).await, "it counts as none");
    let mut open = Vec::new();
    for _ in 0..20 {
        open.push(opens_with(&world, ip, doctor.token.as_deref()).await.unwrap());
    }
    let more = opens_with(&world, "198.51.100.7", doctor.token.as_deref()).await;
    assert_eq!(more.err(), Some(429), "of one person there are so many, from wherever");
}

#[tokio::test]
async fn figures_are_told_where_all_places_are_taken() {
    let alone = format!("127.0.0.1:{}", crate::world::port());
    let world = set(|config| {
        (config.http.connections, config.http.connections_per_address) = (2, 2);
        config.http.idle_s = 600;
        config.metrics.listen = Some(alone.clone());
    })
    .await;
    // Every served connection counts, including the pooled ones of the world's client.
    let mut silent = Vec::new();
    let refused = timeout(PATIENCE, async {
        loop {
            let mut stream = connect(&world).await;
            stream.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
            let mut first = [0; 12];
            stream.read_exact(&mut first).await.unwrap();
            if &first == b"HTTP/1.1 503" {
                return;
            }
            silent.push(stream);
        }
    });
    refused.await.expect("all places are taken");
    let mut figures = TcpStream::connect(&alone).await.unwrap();
    figures.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let figures = said(&mut figures).await;
    assert!(figures.starts_with("HTTP/1.1 200 "), "{figures}");
    assert!(figures.contains("medlane_turned_away_total 1\n"), "{figures}");
}

/// The server's answer to a hello without a token.
async fn nobody(world: &World) -> (Line, ServerFrame) {
    let topics = vec![Topic::Board(world.a.branches[0])];
    let mut line = Line::hello(&world.node.base, Face::Kiosk, None, topics, None).await;
    let answer = line.next().await.unwrap();
    (line, answer)
}

#[tokio::test]
async fn sockets_of_nobody_are_few_and_keep_nobody_out() {
    let world = set(|config| config.http.anonymous_per_address = 2).await;
    let (first, answer) = nobody(&world).await;
    assert!(matches!(answer, ServerFrame::Welcome(_)), "{answer:?}");
    let (_second, answer) = nobody(&world).await;
    assert!(matches!(answer, ServerFrame::Welcome(_)), "{answer:?}");
    let (_, answer) = nobody(&world).await;
    let ServerFrame::Bye { fault } = answer else { panic!("{answer:?}") };
    assert_eq!((fault.code, fault.retry_after_s), (Code::RateLimited, Some(10)));
    // A known caller gets in from the same address.
    let doctor = world.doctor(0).await;
    let token = doctor.token.as_deref();
    let mut known = Line::hello(&world.node.base, Face::Doctor, token, Vec::new(), None).await;
    assert!(matches!(known.next().await, Some(ServerFrame::Welcome(_))));
    // The place of a closed socket is free again.
    drop(first);
    let again = timeout(PATIENCE, async {
        while !matches!(nobody(&world).await.1, ServerFrame::Welcome(_)) {
            tokio::task::yield_now().await;
        }
    });
    again.await.expect("its place is free");
}

#[tokio::test]
async fn a_socket_that_says_no_hello_is_ended() {
    let world = World::sqlite().await;
    let mut line = Line::open(&world.node.base).await;
    let answer = line.next().await;
    assert!(matches!(answer, Some(ServerFrame::Bye { fault }) if fault.code == Code::HelloExpected));
    // Before the hello the same frame limit applies.
    let mut line = Line::open(&world.node.base).await;
    line.text("x".repeat(65 * 1024)).await;
    let answer = line.next().await;
    assert!(matches!(answer, Some(ServerFrame::Bye { fault }) if fault.code == Code::TooLarge));
}
