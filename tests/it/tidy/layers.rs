//! The layers of the server, read from the imports of its sources.

use std::collections::BTreeSet;

use super::imports::{Imports, Source, circles};

/// The layers from the lowest up, each with its modules. A source uses its own layer and those below it.
const LAYERS: &[&[&str]] = &[
    &["lock", "metrics", "network", "forms", "said", "config"],
    &["db", "keys"],
    &["engine"],
    &["gate", "app"],
    ROOMS,
    ADAPTERS,
    &["rooms", "router", "nodes", "prune", "restore", "serve", "demo", "lib", "main"],
];
const ROOMS: &[&str] = &["attempts", "notify", "clinic", "identity", "audit", "queue", "records"];
/// HTTP and sockets. The routes of the rooms belong to them.
const ADAPTERS: &[&str] = &["http", "sync"];

const SERVER: &str = "server/src";

fn layer(of: &Source) -> usize {
    let is_route = ROOMS.contains(&of.room()) && of.file.split(['/', '.']).any(|part| part == "routes");
    let module = if is_route { ADAPTERS[0] } else { of.room() };
    let layer = LAYERS.iter().position(|modules| modules.contains(&module));
    layer.unwrap_or_else(|| panic!("{} has no layer", of.file))
}

fn adapters() -> usize {
    LAYERS.iter().position(|layer| *layer == ADAPTERS).unwrap()
}

#[test]
fn each_source_uses_its_layer_and_those_below() {
    let imports = Imports::read(SERVER);
    let above = imports.uses().into_iter().filter(|one| !one.is_handed_on && layer(one.of) > layer(one.by));
    let above: BTreeSet<String> = above.map(|one| format!("{} uses {}", one.by.file, one.of.file)).collect();
    assert!(above.is_empty(), "{above:#?}");
    let modules: BTreeSet<&str> = imports.all().map(Source::room).collect();
    for module in LAYERS.iter().flat_map(|layer| layer.iter()) {
        assert!(modules.contains(module), "{module} is no module any more");
    }
}

#[test]
fn no_source_and_no_module_is_in_a_circle() {
    let imports = Imports::read(SERVER);
    let uses = imports.uses();
    assert!(uses.len() > 1_000, "only {} uses were found", uses.len());
    let files = circles(uses.iter().map(|one| (one.by.file.as_str(), one.of.file.as_str())));
    assert!(files.is_empty(), "sources in circles: {files:#?}");
    let modules = circles(uses.iter().map(|one| (one.by.room(), one.of.room())));
    assert!(modules.is_empty(), "modules in circles: {modules:#?}");
}

/// Below HTTP and sockets nothing knows their crate: an operation, a rule or a view can be called from anywhere.
#[test]
fn only_adapters_know_axum() {
    let imports = Imports::read(SERVER);
    for source in imports.all().filter(|source| layer(source) < adapters()) {
        let named = imports.outside(source).find(|path| path[0] == "axum");
        assert!(named.is_none(), "{} names {named:?}", source.file);
    }
}

#[test]
fn only_the_database_room_and_stores_know_sql() {
    let imports = Imports::read(SERVER);
    let may = |source: &Source| source.room() == "db" || source.file.ends_with("store.rs");
    let is_sql = |path: &[String]| {
        path[0] == "sqlx" && path[1..].iter().any(|part| part == "FromRow" || part.starts_with("query"))
    };
    let (knowing, others): (Vec<&Source>, Vec<&Source>) = imports.all().partition(|source| may(source));
    for source in others {
        let named = imports.outside(source).find(|path| is_sql(path));
        assert!(named.is_none(), "{} names {named:?}", source.file);
    }
    let known = knowing.iter().filter(|source| imports.outside(source).any(|path| is_sql(&path))).count();
    assert!(known > 20, "only {known} sources with SQL were found");
}

/// Axum's own extractors refuse in a format that is not ours, and name their internals.
#[test]
fn paths_and_queries_are_read_by_our_own_extractors() {
    let imports = Imports::read(SERVER);
    for source in imports.all().filter(|source| source.room() != "http") {
        for path in
            imports.outside(source).filter(|path| path.starts_with(&["axum", "extract"].map(str::to_owned)))
        {
            assert!(
                !path.iter().any(|part| part == "Path" || part == "Query"),
                "{} names {path:?}",
                source.file
            );
        }
    }
}

/// A room asks another for what its `mod.rs` hands on, also if it is a room inside a room.
#[test]
fn rooms_reach_each_other_through_what_they_say() {
    let imports = Imports::read(SERVER);
    let mut seen = 0;
    for source in imports.all() {
        for path in imports.inside(source) {
            let is_other = path.first().is_some_and(|room| room != source.room());
            let Some(asked) = imports.asked(&path).filter(|_| is_other) else { continue };
            let is_file = asked.file.contains('/') && !asked.file.ends_with("/mod.rs");
            assert!(!is_file, "{} opens {}: {path:?}", source.file, asked.file);
            seen += usize::from(asked.file.matches('/').count() > 1);
        }
    }
    assert!(seen > 8, "only {seen} uses of rooms inside rooms were found");
}

#[test]
fn the_shared_rules_are_pure() {
    let imports = Imports::read("shared/src");
    for source in imports.all() {
        for path in imports.outside(source) {
            let ends = |last: [&str; 2]| path.ends_with(&last.map(str::to_owned));
            let is_impure = ["tokio", "sqlx", "rand"].contains(&path[0].as_str())
                || path.starts_with(&["std", "fs"].map(str::to_owned))
                || path.iter().any(|part| part == "SystemTime")
                || ends(["Instant", "now"])
                || ends(["Timestamp", "now"]);
            assert!(!is_impure, "{} names {path:?}", source.file);
        }
    }
}

/// The reader itself: what it takes for a use, and for a circle.
#[test]
fn imports_are_read_as_the_compiler_reads_them() {
    let files = [
        ("lib.rs", "pub mod a; pub mod b; mod c; pub use c::d as e;"),
        (
            "a/mod.rs",
            "mod routes; mod inner; pub use routes::routes; pub(crate) use inner::{self, Kind as Sort};",
        ),
        ("a/routes.rs", "use super::inner; /// See [`crate::b::gone`].\npub fn routes() { inner::run() }"),
        ("a/inner.rs", "pub enum Kind {} pub fn run() { let _ = \"crate::b::no\"; }"),
        (
            "b.rs",
            "use crate::{a::{Sort, routes}, e::f}; fn g() { std::fs::read(crate::a::routes()) }\n\
                  #[cfg(test)] mod tests { use crate::c::d; }",
        ),
        ("c.rs", "pub mod d { } #[cfg(test)] use crate::b; fn x() { on!(sqlx::query(y)) }"),
    ];
    let imports = Imports::of(files.into_iter());
    let uses: BTreeSet<(&str, &str, bool)> =
        imports.uses().iter().map(|one| (&*one.by.file, &*one.of.file, one.is_handed_on)).collect();
    let expected = [
        ("a/mod.rs", "a/inner.rs", true),
        ("a/mod.rs", "a/routes.rs", true),
        ("a/routes.rs", "a/inner.rs", false),
        ("b.rs", "a/inner.rs", false),
        ("b.rs", "a/routes.rs", false),
        ("b.rs", "c.rs", false),
        ("lib.rs", "c.rs", true),
    ];
    assert_eq!(uses, expected.into());
    let outside = |file: &str| {
        let source = imports.all().find(|source| source.file == file).unwrap();
        imports.outside(source).map(|path| path.join("::")).collect::<Vec<_>>()
    };
    assert_eq!(outside("b.rs"), ["std::fs::read"]);
    assert_eq!(outside("c.rs"), ["sqlx::query"]);
    assert!(circles([("a", "b"), ("b", "c"), ("x", "a"), ("c", "y")].into_iter()).is_empty());
    let found = circles([("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")].into_iter());
    assert_eq!(found, [("b", "c"), ("c", "b")].into());
}
