//! The search of the desk with a million patients. Its floor is the read of one patient by a key, on the same database.

use std::{path::Path, time::Instant};

use medlane_shared::identity::entries;
use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};

use crate::{Failed, line::Line, queue::median, say, under_test::UnderTest};

const PATIENTS: u32 = 1_000_000;
/// How often each search is tried. The median counts.
const TRIES: usize = 21;
/// The goal of one search, in milliseconds.
const GOAL_MS: f64 = 20.0;
const GIVEN: [&str; 20] = [
    "Mohammed", "Ahmed", "Salim", "Said", "Ali", "Khalid", "Fatima", "Maryam", "Aisha", "Noor", "Sara",
    "Zainab", "Omar", "Hamad", "Nasser", "Sultan", "Hamed", "Laila", "Amal", "Huda",
];
/// How many people share a family name: the first the most.
const FAMILIES: u32 = 997;

/// Measures the searches that a receptionist types.
pub async fn run() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    drop(UnderTest::start(folder.path())?);
    fill(folder.path()).await?;
    let server = UnderTest::start(folder.path())?;
    let token = server.reception().await?;
    let mut line = Line::open(&server.real).await?;
    let floor = timed(&mut line, &token, "/api/v1/me").await?;
    println!("     floor (one person by their id): {:.2} ms", floor / 1e3);
    for (what, q) in [
        ("a common name", "mohammed"),
        ("two letters", "al"),
        ("a rare name", "family996"),
        ("name and family", "khalid%20family500"),
        ("two common words", "sara%20ahmed"),
        ("two words that nobody has together", "mohammed%20fatima"),
        ("a phone number", "90123456"),
        ("its end", "3456"),
        ("a day", "1980-01-31"),
        ("a part of a record number", "4567"),
    ] {
        let took = timed(&mut line, &token, &format!("/api/v1/patients?q={q}&limit=8")).await?;
        println!("     {what}: {:.2} ms, {:.1} times the floor", took / 1e3, took / floor);
        say(&format!("{what}, ms"), took / 1e3, "≤ 20", took / 1e3 <= GOAL_MS);
    }
    Ok(())
}

/// Adds patients with their entries in the index of the search.
async fn fill(folder: &Path) -> Result<(), Failed> {
    let mut db = SqliteConnection::connect(&format!("sqlite:{}", folder.join("bench.db").display())).await?;
    sqlx::raw_sql("pragma cache_size = -1000000; pragma synchronous = off; begin").execute(&mut db).await?;
    let clinic: String = sqlx::query_scalar("select id from clinic limit 1").fetch_one(&mut db).await?;
    let last: i64 = sqlx::query_scalar("select max(record_number) from person").fetch_one(&mut db).await?;
    let sql = "insert into person (id, clinic_id, name, phone, birth_date, created_at_ms, version, record_number) \
               values ($1, $2, $3, $4, $5, 0, 1, $6)";
    for n in 0..PATIENTS {
        let id = format!("00000000-0000-7000-9000-{n:012x}");
        let given = GIVEN[(n % 20) as usize];
        let middle = GIVEN[((n / 20) % 19) as usize];
        // Few families are large.
        let family = (n.wrapping_mul(2_654_435_761) % FAMILIES).min(n.wrapping_mul(40_503) % FAMILIES);
        // Nobody is called Mohammed and Fatima.
        let middle =
            if given == "Mohammed" && middle == "Fatima" || given == "Fatima" { "Said" } else { middle };
        let name = format!("{given} {middle} Al Family{family}");
        let phone = format!("+968{}", 90_000_000 + n);
        let born = format!("{}-{:02}-{:02}", 1940 + n % 80, 1 + n % 12, 1 + n % 28);
        sqlx::query(sql)
            .bind(&id)
            .bind(&clinic)
            .bind(&name)
            .bind(&phone)
            .bind(&born)
            .bind(last + 1 + i64::from(n))
            .execute(&mut db)
            .await?;
        sqlx::query("insert into person_role (person_id, role) values ($1, 'patient')")
            .bind(&id)
            .execute(&mut db)
            .await?;
        let all = entries(&name, None, Some(&phone));
        let marks: Vec<String> = (0..all.len()).map(|at| format!("($1, ${}, $2)", at + 3)).collect();
        let sql = format!("insert into found_by (clinic_id, entry, person_id) values {}", marks.join(", "));
        let mut query = sqlx::query(AssertSqlSafe(sql)).bind(&clinic).bind(&id);
        for entry in all {
            query = query.bind(entry);
        }
        query.execute(&mut db).await?;
    }
    sqlx::raw_sql("commit").execute(&mut db).await?;
    db.close().await?;
    Ok(())
}

/// The median, in µs.
async fn timed(line: &mut Line, token: &str, path: &str) -> Result<f64, Failed> {
    let mut figures = Vec::new();
    for _ in 0..TRIES {
        let begun = Instant::now();
        let (status, text) = line.ask("GET", path, token, "").await?;
        figures.push(begun.elapsed().as_secs_f64() * 1e6);
        if status != 200 {
            return Err(format!("{path}: {status} {text}").into());
        }
    }
    Ok(median(figures))
}
