//! Invariants of the tree.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use sqlx::{Connection as _, Row as _};

/// No file holds so much that a reader loses the thread.
const LINES_MAX: usize = 560;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has no sources");
    found
}

#[test]
fn only_the_database_room_and_stores_know_sqlx() {
    for (name, text) in sources("server/src") {
        let knows = text.contains("sqlx::query") || text.contains("FromRow");
        let may = name.contains("/db/") || name.ends_with("store.rs");
        assert!(may || !knows, "{name} holds SQL");
        let is_ops = name.ends_with("ops.rs") || name.contains("/writer/");
        assert!(!is_ops || !text.contains("axum"), "{name} knows axum");
    }
}

#[test]
fn the_shared_rules_are_pure() {
    for (name, text) in sources("shared/src") {
        for impure in ["SystemTime", "Instant::now", "Timestamp::now", "rand::", "tokio", "sqlx", "std::fs"] {
            assert!(!text.contains(impure), "{name} has {impure}");
        }
    }
}

#[test]
fn files_are_short_and_finished() {
    for folder in
        ["benches/src", "server/src", "shared/src", "src-tauri/src", "tests/it", "ui/src", "xtask/src"]
    {
        for (name, text) in sources(folder) {
            assert!(text.lines().count() <= LINES_MAX, "{name} is too long");
            for unfinished in [
                concat!("TO", "DO"),
                concat!("FIX", "ME"),
                concat!("todo", "!("),
                concat!("unimplemented", "!("),
            ] {
                assert!(!text.contains(unfinished), "{name} has {unfinished}");
            }
        }
    }
}

#[test]
fn migrations_come_in_pairs() {
    let names = |folder: &str| -> BTreeSet<String> {
        let entries = fs::read_dir(root().join("migrations").join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

/// Both databases have the same tables and columns, and the same of them may be null.
#[tokio::test]
async fn schema_parity() {
    let world = crate::world::World::sqlite().await;
    let mut lite = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
    let sql = "select m.name || '.' || c.name as of, c.\"notnull\" as required, c.type as kind \
               from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table'";
    let lite: BTreeSet<(String, bool, String)> = sqlx::query(sql)
        .fetch_all(&mut lite)
        .await
        .unwrap()
        .iter()
        .map(|row| {
            let kind = match row.get::<String, _>("kind").to_lowercase().as_str() {
                "integer" | "bigint" => "bigint",
                "blob" => "bytea",
                "real" => "double precision",
                _ => "text",
            };
            (row.get("of"), row.get::<i64, _>("required") != 0, kind.to_owned())
        })
        .collect();
    let world = crate::world::World::postgres().await;
    let mut pg = sqlx::PgConnection::connect(&world.url).await.unwrap();
    let sql = "select table_name || '.' || column_name as of, is_nullable = 'NO' as required, data_type as kind \
               from information_schema.columns where table_schema = 'public'";
    let pg: BTreeSet<(String, bool, String)> = sqlx::query(sql)
        .fetch_all(&mut pg)
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get("of"), row.get("required"), row.get("kind")))
        .collect();
    let differ: Vec<_> = lite.symmetric_difference(&pg).collect();
    assert!(differ.is_empty(), "{differ:#?}");
}
