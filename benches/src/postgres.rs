//! Joining and calling on PostgreSQL, compared with pgbench running the server's own statements.

use std::{path::Path, process::Command, sync::Arc};

use sqlx::{Connection as _, PgConnection};

use crate::{
    Failed,
    queue::{CLIENTS, MEASURE, PATHS, ROUNDS, median, storm},
    say,
    under_test::UnderTest,
};

/// How many operations one run of the script does.
const IN_SCRIPT: f64 = 2.0;
/// The goal: at least this share of pgbench's rate.
const GOAL: f64 = 0.6;

/// Prints operations per second, and their share of pgbench's rate.
pub async fn run() -> Result<(), Failed> {
    let by_xtask =
        |name: &str| std::env::var(name).map_err(|_| format!("{name} is set by cargo xtask bench"));
    let host = by_xtask("MEDLANE_BENCH_POSTGRES")?;
    let pgbench = by_xtask("MEDLANE_BENCH_PGBENCH")?;
    sqlx::query("create database bench")
        .execute(&mut PgConnection::connect(&format!("{host}/postgres")).await?)
        .await?;
    let url = format!("{host}/bench");
    let folder = tempfile::tempdir()?;
    let server = UnderTest::start_on(folder.path(), &url)?;
    let people = Arc::new(server.people().await?);
    let places = places(&url).await?;
    let (mut real, mut floor) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        floor.push(storm_by_script(&pgbench, &url, folder.path(), &places)?);
        real.push(storm(&server.real, PATHS, &people).await?);
    }
    let (real, floor) = (median(real), median(floor));
    println!("     join+call, {CLIENTS} clients, PostgreSQL: {real:.0}/s; pgbench: {floor:.0}/s");
    say("join+call over pgbench", real / floor, "≥ 0.60", real / floor >= GOAL);
    Ok(())
}

/// The script's variables, as `name=value`: a clinic for pgbench alone, whose audit log nobody verifies, a branch and
/// a service.
async fn places(url: &str) -> Result<Vec<String>, Failed> {
    let mut db = PgConnection::connect(url).await?;
    let clinic = uuid_of(
        &mut db,
        "insert into clinic (id, name, domain, created_at_ms) \
        values (gen_random_uuid()::text, 'pgbench', 'pgbench', 0) returning id",
    )
    .await?;
    let head =
        "insert into clinic_head (clinic_id, epoch, seq, audit_seq, audit_hash) values ($1, 1, 0, 0, '')";
    sqlx::query(head).bind(&clinic).execute(&mut db).await?;
    let branch = uuid_of(&mut db, "select id from branch order by id limit 1").await?;
    let service = uuid_of(&mut db, "select id from service order by id limit 1").await?;
    Ok(vec![format!("clinic={clinic}"), format!("branch={branch}"), format!("service={service}")])
}

async fn uuid_of(db: &mut PgConnection, sql: &'static str) -> Result<String, Failed> {
    Ok(sqlx::query_scalar(sql).fetch_one(db).await?)
}

/// The operations per second of the script.
fn storm_by_script(pgbench: &str, url: &str, folder: &Path, places: &[String]) -> Result<f64, Failed> {
    let script = folder.join("join-and-call.sql");
    std::fs::write(&script, include_str!("postgres.sql"))?;
    let mut command = Command::new(pgbench);
    command.args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--time"]);
    command.arg(MEASURE.as_secs().to_string()).arg(format!("--client={CLIENTS}"));
    for place in places {
        command.arg("--define").arg(place);
    }
    let done = command.arg("--file").arg(script).arg(url).output();
    let done = done.map_err(|error| format!("{pgbench}: {error}"))?;
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let tps =
        text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse::<f64>().ok());
    let errors = String::from_utf8_lossy(&done.stderr).into_owned();
    Ok(tps.filter(|_| done.status.success()).ok_or(errors)? * IN_SCRIPT)
}
