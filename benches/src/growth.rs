//! The cost of joining, calling and reading a position with a thousand tickets in the tables, and with a million.

use std::{path::Path, time::Instant};

use serde_json::Value;
use sqlx::Connection as _;

use crate::{Failed, line::Line, queue::median, say, under_test::UnderTest};

const SMALL: i64 = 1_000;
const LARGE: i64 = 1_000_000;
/// How often each is tried. The median counts.
const TRIES: usize = 501;
/// The goal: the cost with a million tickets is at most this many times the cost with a thousand.
const GOAL: f64 = 4.0;

/// Prints the cost of each, and how it grows.
pub async fn run() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    drop(UnderTest::start(folder.path())?);
    fill(folder.path(), 1, SMALL).await?;
    let small = measure(folder.path()).await?;
    fill(folder.path(), SMALL + 1, LARGE).await?;
    let large = measure(folder.path()).await?;
    for ((name, small), (_, large)) in small.into_iter().zip(large) {
        println!("     {name}: {small:.0} µs with {SMALL} tickets, {large:.0} µs with {LARGE}");
        say(&format!("{name}, large over small"), large / small, "≤ 4.00", large / small <= GOAL);
    }
    Ok(())
}

/// Adds tickets of long ago.
async fn fill(folder: &Path, from: i64, to: i64) -> Result<(), Failed> {
    let mut db =
        sqlx::SqliteConnection::connect(&format!("sqlite:{}", folder.join("bench.db").display())).await?;
    let sql = "with recursive n(n) as (select $1 union all select n + 1 from n where n < $2) \
               insert into ticket (id, clinic_id, branch_id, day, prefix, number, service_id, priority, state, active, \
                   version, joined_at_ms, waiting_since_ms, calls, ended_at_ms) \
               select printf('00000000-0000-7000-8000-%012x', n.n), t.clinic_id, t.branch_id, '2020-01-01', t.prefix, n.n, \
                   t.service_id, 'normal', 'done', 0, 4, 1577836800000 + n.n, 1577836800000 + n.n, 1, 1577836900000 + n.n \
               from n, (select * from ticket limit 1) t";
    sqlx::query(sql).bind(from).bind(to).execute(&mut db).await?;
    db.close().await?;
    Ok(())
}

/// The median of each, in µs.
async fn measure(folder: &Path) -> Result<Vec<(&'static str, f64)>, Failed> {
    let server = UnderTest::start(folder)?;
    let people = server.people().await?;
    let mut line = Line::open(&server.real).await?;
    let (mut joins, mut calls, mut positions) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TRIES {
        let text =
            timed(&mut line, &mut joins, "POST", "/api/v1/queue/join", &people.kiosk, &people.join).await?;
        let ticket: Value = serde_json::from_str(&text)?;
        let path = format!("/api/v1/tickets/{}", ticket["link"].as_str().unwrap_or_default());
        timed(&mut line, &mut positions, "GET", &path, "", "").await?;
        timed(&mut line, &mut calls, "POST", "/api/v1/queue/call-next", &people.doctor, "{}").await?;
    }
    Ok(vec![("join", median(joins)), ("call", median(calls)), ("position", median(positions))])
}

async fn timed(
    line: &mut Line,
    figures: &mut Vec<f64>,
    method: &str,
    path: &str,
    token: &str,
    body: &str,
) -> Result<String, Failed> {
    let begun = Instant::now();
    let (status, text) = line.ask(method, path, token, body).await?;
    figures.push(begun.elapsed().as_secs_f64() * 1e6);
    if status == 200 { Ok(text) } else { Err(format!("{path}: {status} {text}").into()) }
}
