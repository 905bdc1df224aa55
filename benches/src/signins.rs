//! Two hundred people sign in at once while a queue is in use.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    Failed,
    line::Line,
    queue::{PATHS, median},
    say,
    under_test::{People, UnderTest},
};

/// How many people sign in at once.
const SIGN_INS: usize = 200;
/// How many desks and kiosks work meanwhile, and their pause between two operations.
const DESKS: usize = 4;
const BREATH: Duration = Duration::from_millis(5);
/// The length of the quiet measurement.
const QUIET: Duration = Duration::from_secs(4);
const ROUNDS: usize = 3;
/// The goal: the queue's p99 is at most this many times its quiet figure.
const GOAL: f64 = 2.0;

/// Prints the queue's p99 during the sign-ins, divided by the quiet p99.
pub async fn run() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let server = UnderTest::start(folder.path())?;
    let people = Arc::new(server.people().await?);
    let patients = server.patients()?;
    let (mut quiet, mut busy, mut took) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let stop = Arc::new(AtomicBool::new(false));
        let desks = desks(&server.real, &people, &stop);
        tokio::time::sleep(QUIET).await;
        stop.store(true, Ordering::Relaxed);
        quiet.push(p99(desks).await?);

        let stop = Arc::new(AtomicBool::new(false));
        let desks = self::desks(&server.real, &people, &stop);
        let begun = Instant::now();
        let mut all = tokio::task::JoinSet::new();
        for n in 0..SIGN_INS {
            let (host, (email, password)) = (server.real.clone(), patients[n % patients.len()].clone());
            all.spawn(async move {
                let body = json!({ "email": email, "password": password }).to_string();
                let (status, text) =
                    Line::open(&host).await?.ask("POST", "/api/v1/auth/login", "", &body).await?;
                if status == 200 { Ok(()) } else { Err(Failed::from(format!("{status} {text}"))) }
            });
        }
        while let Some(done) = all.join_next().await {
            done??;
        }
        took.push(begun.elapsed().as_secs_f64());
        stop.store(true, Ordering::Relaxed);
        busy.push(p99(desks).await?);
    }
    let (quiet, busy, took) = (median(quiet), median(busy), median(took));
    println!(
        "     queue p99: {quiet:.1} ms quiet, {busy:.1} ms beside {SIGN_INS} sign-ins, done in {took:.1} s"
    );
    say("queue p99 beside sign-ins over quiet", busy / quiet, "≤ 2.00", busy / quiet <= GOAL);
    Ok(())
}

type Desks = tokio::task::JoinSet<Result<Vec<f64>, Failed>>;

fn desks(host: &str, people: &Arc<People>, stop: &Arc<AtomicBool>) -> Desks {
    let mut desks = Desks::new();
    for _ in 0..DESKS {
        let (host, people, stop) = (host.to_owned(), Arc::clone(people), Arc::clone(stop));
        desks.spawn(async move {
            let mut line = Line::open(&host).await?;
            let mut took = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let [join, call] = PATHS;
                for (path, token, body) in
                    [(join, &people.kiosk, people.join.as_str()), (call, &people.doctor, "{}")]
                {
                    let begun = Instant::now();
                    let (status, text) = line.ask("POST", path, token, body).await?;
                    took.push(begun.elapsed().as_secs_f64() * 1_000.0);
                    if status != 200 {
                        return Err(format!("{path}: {status} {text}").into());
                    }
                    tokio::time::sleep(BREATH).await;
                }
            }
            Ok(took)
        });
    }
    desks
}

/// The 99th percentile, in milliseconds.
async fn p99(mut desks: Desks) -> Result<f64, Failed> {
    let mut all = Vec::new();
    while let Some(took) = desks.join_next().await {
        all.extend(took??);
    }
    all.sort_by(f64::total_cmp);
    Ok(all.get(all.len() * 99 / 100).copied().unwrap_or(f64::NAN))
}
