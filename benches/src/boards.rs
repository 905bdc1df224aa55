//! The time that a change needs to reach a thousand boards, beside a bare broadcaster.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::task::JoinSet;
use tokio_tungstenite::{connect_async, tungstenite::Message};

use crate::{
    Failed,
    line::Line,
    say,
    under_test::{People, UnderTest},
};

/// How many boards are connected.
const BOARDS: usize = 1_000;
/// The memory of a connection is measured over the boards after the first hundred.
const FIRST: usize = 100;
/// How many changes are made, and the time between two.
const CHANGES: usize = 100;
const APART: Duration = Duration::from_millis(250);

/// Goals: the 99th percentile of the latency, the CPU time beside the floor, the memory of a connection.
const P99_MS: f64 = 250.0;
const CPU: f64 = 1.3;
const MEMORY_KIB: f64 = 8.0;
const BURST: f64 = 0.1;
/// How many clients make the burst.
const CLIENTS: usize = 16;

/// What the boards received.
#[derive(Default)]
struct Heard {
    messages: AtomicU64,
    bytes: AtomicU64,
    /// For each change, when the boards received it.
    arrivals: Mutex<Vec<Instant>>,
}

/// Prints latency, CPU time and memory.
pub async fn run() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    // Another process creates the clinic and signs the people in. Otherwise connections would reuse memory that this
    // work has freed, and the measurement would miss it.
    let people = UnderTest::start(folder.path())?.people().await?;
    let server = UnderTest::start(folder.path())?;
    let hello = json!({
        "type": "hello", "protocol_min": 1, "protocol_max": 1, "face": "kiosk", "topics": [format!("board:{}", people.branch)],
    });
    let heard = Arc::new(Heard::default());
    let mut boards = JoinSet::new();
    let url = format!("ws://{}/api/v1/sync", server.real);
    connect(&mut boards, &url, Some(&hello.to_string()), FIRST, &heard).await?;
    let first = server.memory_kib()?;
    connect(&mut boards, &url, Some(&hello.to_string()), BOARDS - FIRST, &heard).await?;
    #[expect(clippy::cast_precision_loss, reason = "KiB and a thousand boards")]
    let each = (server.memory_kib()? - first) as f64 / (BOARDS - FIRST) as f64;
    let real = broadcast(&server, &heard, &people, None).await?;
    let size = usize::try_from(real.bytes / real.messages.max(1))?;
    let burst = burst(&server, &heard, &people, size).await?;
    boards.shutdown().await;
    let heard = Arc::new(Heard::default());
    let mut boards = JoinSet::new();
    connect(&mut boards, &format!("ws://{}/ws", server.floor), None, BOARDS, &heard).await?;
    let floor = broadcast(&server, &heard, &people, Some(&"x".repeat(size))).await?;
    boards.shutdown().await;

    println!(
        "     {BOARDS} boards, {CHANGES} changes of {size} bytes: p99 {:.0} ms, {:.1} µs CPU a message; a bare broadcaster {:.0} ms, {:.1} µs",
        real.p99_ms, real.cpu_us, floor.p99_ms, floor.cpu_us
    );
    say("a change at the slowest of 100 boards, ms", real.p99_ms, "≤ 250", real.p99_ms <= P99_MS);
    say(
        "CPU a message over a bare broadcaster",
        real.cpu_us / floor.cpu_us,
        "≤ 1.30",
        real.cpu_us / floor.cpu_us <= CPU,
    );
    say("bytes to a board in a burst, over a whole board for each change", burst, "≤ 0.10", burst <= BURST);
    say("KiB a connection", each, "≤ 8", each <= MEMORY_KIB);
    Ok(())
}

/// Opens boards. If they say hello, it waits until each has received its first board.
async fn connect(
    boards: &mut JoinSet<()>,
    url: &str,
    hello: Option<&str>,
    count: usize,
    heard: &Arc<Heard>,
) -> Result<(), Failed> {
    let before = heard.messages.load(Ordering::Relaxed);
    for _ in 0..count {
        let (mut socket, _) = connect_async(url).await?;
        if let Some(hello) = hello {
            socket.send(Message::text(hello)).await?;
        }
        let heard = Arc::clone(heard);
        boards.spawn(async move {
            while let Some(Ok(message)) = socket.next().await {
                let text = match &message {
                    Message::Text(text) if !text.starts_with("{\"type\":\"welcome\"") => text,
                    _ => continue,
                };
                let at = Instant::now();
                heard.messages.fetch_add(1, Ordering::Relaxed);
                heard.bytes.fetch_add(text.len() as u64, Ordering::Relaxed);
                heard.arrivals.lock().unwrap_or_else(PoisonError::into_inner).push(at);
            }
        });
    }
    let all = before + if hello.is_some() { count as u64 } else { 0 };
    while heard.messages.load(Ordering::Relaxed) < all {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// A hundred changes as fast as possible. Compares the bytes that each board receives with a whole board of `size`
/// for each change.
async fn burst(server: &UnderTest, heard: &Heard, people: &People, size: usize) -> Result<f64, Failed> {
    let before = heard.bytes.load(Ordering::Relaxed);
    let clients = (0..CLIENTS).map(async |client| {
        let mut line = Line::open(&server.real).await?;
        for _ in (client..CHANGES).step_by(CLIENTS) {
            line.ask("POST", "/api/v1/queue/join", &people.kiosk, &people.join).await?;
        }
        Ok::<_, Failed>(())
    });
    for done in futures_util::future::join_all(clients).await {
        done?;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    #[expect(clippy::cast_precision_loss, reason = "bytes, far below 2^52")]
    let ratio =
        (heard.bytes.load(Ordering::Relaxed) - before) as f64 / BOARDS as f64 / (CHANGES * size) as f64;
    Ok(ratio)
}

struct Figures {
    messages: u64,
    bytes: u64,
    p99_ms: f64,
    cpu_us: f64,
}

/// Makes changes and measures their cost.
async fn broadcast(
    server: &UnderTest,
    heard: &Heard,
    people: &People,
    text: Option<&str>,
) -> Result<Figures, Failed> {
    let host = if text.is_some() { &server.floor } else { &server.real };
    let mut line = Line::open(host).await?;
    let count = || (heard.messages.load(Ordering::Relaxed), heard.bytes.load(Ordering::Relaxed));
    let (before, cpu) = (count(), server.cpu_ticks()?);
    let mut late = Vec::with_capacity(CHANGES * BOARDS);
    let mut tick = tokio::time::interval(APART);
    for _ in 0..CHANGES {
        tick.tick().await;
        heard.arrivals.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let begun = Instant::now();
        let (status, answer) = match text {
            Some(text) => line.ask("POST", "/send", "", text).await?,
            None => line.ask("POST", "/api/v1/queue/join", &people.kiosk, &people.join).await?,
        };
        if status != 200 {
            return Err(answer.into());
        }
        tokio::time::sleep(APART * 9 / 10).await;
        let arrivals = heard.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        late.extend(arrivals.iter().map(|at| at.duration_since(begun).as_secs_f64() * 1e3));
        // A board that received nothing in time counts as infinitely late.
        late.extend((arrivals.len()..BOARDS).map(|_| f64::INFINITY));
    }
    let (after, cpu) = (count(), server.cpu_ticks()? - cpu);
    let messages = after.0 - before.0;
    late.sort_by(f64::total_cmp);
    let p99_ms = late.get(late.len() * 99 / 100).copied().unwrap_or(f64::INFINITY);
    #[expect(clippy::cast_precision_loss, reason = "ticks and messages, far below 2^52")]
    let cpu_us = cpu as f64 * 10_000.0 / messages.max(1) as f64;
    Ok(Figures { messages, bytes: after.1 - before.1, p99_ms, cpu_us })
}
