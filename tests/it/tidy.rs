//! Invariants of the tree.

mod commands;
mod fields;
mod imports;
mod layers;
mod names;
mod rights;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use medlane_server::{db::SCHEMA_VERSION, notify::Template};
use medlane_shared::{
    access::EvidenceKind,
    audit::{ACTIONS, NOISE, hex, words_key},
};
use sha2::{Digest as _, Sha256};
use sqlx::{Connection as _, Row as _};

/// The most lines of a file: a longer one is hard to follow.
const LINES_MAX: usize = 560;

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The Rust files below a folder: their names and texts.
pub fn sources(folder: &str) -> Vec<(String, String)> {
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
fn released_migrations_are_as_they_were() {
    let folder = root().join("migrations");
    let released = fs::read_to_string(folder.join("released.sha256")).unwrap();
    let mut names = BTreeSet::new();
    for line in released.lines() {
        let (hash, name) = line.split_once("  ").unwrap();
        let text = fs::read(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(hex(&Sha256::digest(&text)), hash, "{name} was edited after its release: write a new one");
        names.insert(name.to_owned());
    }
    let files = |database: &str| {
        let files = fs::read_dir(folder.join(database)).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.collect::<BTreeSet<_>>()
    };
    for database in ["device", "sqlite", "postgres"] {
        for file in files(database) {
            assert!(names.contains(&format!("{database}/{file}")), "{file} is not in released.sha256");
        }
    }
    let (sqlite, postgres) = (files("sqlite"), files("postgres"));
    assert_eq!(sqlite, postgres, "each is of both databases");
    let numbers: Vec<i64> = sqlite.iter().map(|file| file[..4].parse().unwrap()).collect();
    assert_eq!(numbers, (1..=SCHEMA_VERSION).collect::<Vec<_>>(), "without gaps, and all of them are run");
}

#[test]
fn numbers_in_arabic_texts_keep_their_order() {
    const MARKS: &[char] = &['-', '/', ':', '+', '@', '.'];
    for room in ["ui", "server", "shared"] {
        let text = fs::read_to_string(root().join(room).join("i18n/ar.ftl")).unwrap();
        for line in text.lines() {
            // Between the marks of an isolate the order is that of the text.
            let outside: String = line
                .split('\u{2066}')
                .enumerate()
                .map(
                    |(n, part)| if n == 0 { part } else { part.split_once('\u{2069}').unwrap_or_default().1 },
                )
                .collect();
            let said = outside.split_once('=').map_or(&*outside, |(_, said)| said);
            let letters: Vec<char> = said.chars().collect();
            let is_turned = letters.windows(3).any(|three| {
                MARKS.contains(&three[1]) && three[0].is_ascii_digit() && three[2].is_ascii_digit()
            }) || letters.windows(2).any(|two| two[0] == '+' && two[1].is_ascii_digit());
            assert!(!is_turned, "{room}: put U+2066 and U+2069 around the number: {line}");
        }
    }
}

/// Upserts that need not name their clinic: file and key, and why the key cannot reach another clinic's row.
const UPSERTS_BY_OUR_KEYS: &[(&str, &str)] = &[
    // The key is a hash that includes the clinic.
    ("attempts/store.rs", "id"),
    // The server has found this person in the clinic before: the one who asks, or their dependant.
    ("identity/profile/store.rs", "person_id"),
    ("identity/factor/store.rs", "person_id"),
    ("notify/store.rs", "person_id"),
    ("identity/dependants/store.rs", "guardian_id, dependant_id"),
    // The device that asks, identified by its token.
    ("queue/desk/store.rs", "device_id"),
    // Tickets, branches and services come from the clinic's own queue in memory.
    ("queue/quotes/store.rs", "ticket_id"),
    ("queue/turns/store.rs", "ticket_id, kind, call"),
    ("queue/store.rs", "branch_id, service_id"),
];

/// A client may have made the id: an upsert by it must never reach another clinic's row.
#[test]
fn upserts_by_an_id_name_their_clinic() {
    let (mut named, mut exempt) = (0, BTreeSet::new());
    for (name, text) in sources("server/src") {
        for tail in text.split("on conflict (").skip(1) {
            let (key, tail) = tail.split_once(')').unwrap();
            let Some(tail) = tail.trim_start().strip_prefix("do update") else { continue };
            let tail = tail.split("\";").next().unwrap();
            let own = |(file, by): &&(&str, &str)| name == format!("server/src/{file}") && key == *by;
            if let Some(found) = UPSERTS_BY_OUR_KEYS.iter().find(own) {
                exempt.insert(*found);
            } else {
                let is_by_clinic = key.split(", ").any(|column| column == "clinic_id");
                assert!(
                    is_by_clinic || tail.contains("clinic_id = excluded.clinic_id"),
                    "{name}, by {key}: {tail}"
                );
                named += 1;
            }
        }
    }
    assert!(named > 8, "only {named} upserts were found");
    assert_eq!(exempt.len(), UPSERTS_BY_OUR_KEYS.len(), "one is not there any more: {exempt:?}");
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

/// Both databases have the same tables, columns, nullability, indexes and unique constraints.
#[tokio::test]
async fn schema_parity() {
    let world = crate::world::World::sqlite().await;
    let mut lite = sqlx::SqliteConnection::connect(&world.url).await.unwrap();
    let sql = "select m.name || '.' || c.name as of, c.\"notnull\" as required, c.type as kind \
               from sqlite_master m join pragma_table_info(m.name) c \
               where m.type = 'table' and m.name <> '_sqlx_migrations'";
    let columns: BTreeSet<(String, bool, String)> = sqlx::query(sql)
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
    let sql = "select m.name as table_name, i.name as of, i.\"unique\" as only from sqlite_master m \
               join pragma_index_list(m.name) i where m.type = 'table' and i.origin = 'c'";
    let lite_indexes: BTreeSet<(String, String, bool)> = sqlx::query(sql)
        .fetch_all(&mut lite)
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get("table_name"), row.get("of"), row.get::<i64, _>("only") != 0))
        .collect();
    let world = crate::world::World::postgres().await;
    let mut pg = sqlx::PgConnection::connect(&world.url).await.unwrap();
    let sql = "select t.relname::text as table_name, n.relname::text as of, i.indisunique as only from pg_index i \
               join pg_class n on n.oid = i.indexrelid join pg_class t on t.oid = i.indrelid \
               where t.relnamespace = 'public'::regnamespace \
               and not exists (select from pg_constraint c where c.conindid = i.indexrelid)";
    let pg_indexes: BTreeSet<(String, String, bool)> = sqlx::query(sql)
        .fetch_all(&mut pg)
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get("table_name"), row.get("of"), row.get("only")))
        .collect();
    let differ: Vec<_> = lite_indexes.symmetric_difference(&pg_indexes).collect();
    assert!(differ.is_empty() && pg_indexes.len() > 20, "{differ:#?}");
    let sql = "select table_name || '.' || column_name as of, is_nullable = 'NO' as required, data_type as kind \
               from information_schema.columns where table_schema = 'public' and table_name <> '_sqlx_migrations'";
    let pg_columns: BTreeSet<(String, bool, String)> = sqlx::query(sql)
        .fetch_all(&mut pg)
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get("of"), row.get("required"), row.get("kind")))
        .collect();
    let differ: Vec<_> = columns.symmetric_difference(&pg_columns).collect();
    assert!(differ.is_empty(), "{differ:#?}");
}

/// The words of a language, by their keys.
fn spoken(tag: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(format!("ui/i18n/{tag}.ftl"))).unwrap();
    let said = text.lines().filter_map(|line| line.split_once(" ="));
    said.map(|(key, _)| key.to_owned()).collect()
}

#[test]
fn what_the_log_and_the_list_of_messages_name_has_words() {
    let mut written = BTreeSet::new();
    for (_, text) in sources("server/src") {
        // Everything that looks like an action: a room, a dot, and a verb.
        for said in text.split("Entry::new(").skip(1) {
            let said = said.trim_start();
            written.extend(said.strip_prefix('"').and_then(|said| said.split('"').next()).map(str::to_owned));
        }
    }
    assert!(written.len() > 70, "only {written:?} were found");
    for action in &written {
        assert!(ACTIONS.contains(&action.as_str()), "{action} is none of the actions that have words");
    }
    assert!(NOISE.iter().all(|noise| ACTIONS.contains(noise)));
    let actions = ACTIONS.iter().map(|action| words_key("action", action));
    let templates = Template::ALL.iter().map(|template| words_key("template", template.text()));
    let rights = EvidenceKind::ALL.iter().map(|kind| words_key("right", kind.text()));
    let keys: Vec<String> = actions.chain(templates).chain(rights).collect();
    for tag in ["en", "ar"] {
        let words = spoken(tag);
        let missing: Vec<&String> = keys.iter().filter(|key| !words.contains(*key)).collect();
        assert!(missing.is_empty(), "{tag}.ftl says nothing of {missing:?}");
    }
    // And no action has words without being used.
    let is_one =
        |key: &&String| ["action-", "template-", "right-"].iter().any(|start| key.starts_with(start));
    for key in spoken("en").iter().filter(is_one) {
        assert!(keys.contains(key), "{key} is of nothing");
    }
}
