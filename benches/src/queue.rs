//! Joining and calling over HTTP, compared with the same request path and a writer that does nothing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{
    Failed,
    line::Line,
    say,
    under_test::{People, UnderTest},
};

/// How many clients run at once.
pub const CLIENTS: usize = 64;
/// The length of one measurement. The server and the floor are measured in turn, and their medians compared.
pub const MEASURE: Duration = Duration::from_secs(5);
pub const ROUNDS: usize = 3;

/// The goal: at least this share of the floor.
const GOAL: f64 = 0.5;

/// Prints operations per second, and their share of the floor.
pub async fn run() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let server = UnderTest::start(folder.path())?;
    let people = Arc::new(server.people().await?);
    let (mut real, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floor.push(storm(&server.floor, ["/join", "/call-next"], &people).await?);
        real.push(storm(&server.real, PATHS, &people).await?);
    }
    let (real, floor) = (median(real), median(floor));
    println!(
        "     join+call, {CLIENTS} clients, SQLite: {real:.0}/s; a writer that does nothing: {floor:.0}/s"
    );
    say("join+call over the floor", real / floor, "≥ 0.50", real / floor >= GOAL);
    Ok(())
}

/// Prints operations per second with an operation in each batch that reads before it writes, and without one.
pub async fn run_mixed() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let server = UnderTest::start(folder.path())?;
    let people = Arc::new(server.people().await?);
    let help = format!("/api/v1/branches/{}/help", people.branch);
    let (mut mixed, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plain.push(storm(&server.real, PATHS, &people).await?);
        mixed.push(storm_beside(&server.real, PATHS, Some(&help), &people).await?);
    }
    let (mixed, plain) = (median(mixed), median(plain));
    println!("     join+call and help, {CLIENTS} clients, SQLite: {mixed:.0}/s; without help: {plain:.0}/s");
    say("mixed over join+call", mixed / plain, "≥ 0.50", mixed / plain >= GOAL);
    Ok(())
}

/// The median of an odd number of figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The server's paths for joining and calling.
pub const PATHS: [&str; 2] = ["/api/v1/queue/join", "/api/v1/queue/call-next"];

/// Operations per second.
pub async fn storm(host: &str, paths: [&'static str; 2], people: &Arc<People>) -> Result<f64, Failed> {
    storm_beside(host, paths, None, people).await
}

/// How many rounds of joining and calling there are for each call for help.
const ROUNDS_A_HELP: u32 = 8;

/// Operations per second while a kiosk also calls for help at times.
pub async fn storm_beside(
    host: &str,
    [join, call]: [&'static str; 2],
    help: Option<&str>,
    people: &Arc<People>,
) -> Result<f64, Failed> {
    let stop = Arc::new(AtomicBool::new(false));
    let mut clients = tokio::task::JoinSet::new();
    let begun = Instant::now();
    for _ in 0..CLIENTS {
        let (host, people, stop) = (host.to_owned(), Arc::clone(people), Arc::clone(&stop));
        let help = help.map(str::to_owned);
        clients.spawn(async move {
            let mut line = Line::open(&host).await?;
            let mut done = 0_u32;
            while !stop.load(Ordering::Relaxed) {
                let queue = [(join, &people.kiosk, people.join.as_str()), (call, &people.doctor, "{}")];
                let help = help.as_deref().filter(|_| done % (2 * ROUNDS_A_HELP) < 2);
                let help = help.map(|path| (path, &people.kiosk, ""));
                for (path, token, body) in queue.into_iter().chain(help) {
                    let (status, text) = line.ask("POST", path, token, body).await?;
                    if status != 200 {
                        return Err(Failed::from(format!("{path}: {status} {text}")));
                    }
                    done += 1;
                }
            }
            Ok(done)
        });
    }
    tokio::time::sleep(MEASURE).await;
    stop.store(true, Ordering::Relaxed);
    let mut done = 0;
    while let Some(client) = clients.join_next().await {
        done += client??;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}
