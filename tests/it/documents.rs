//! The documentation names only tests and files that exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use crate::tidy::{root, sources};

/// The pages of the documentation.
fn pages() -> Vec<(String, String)> {
    let mut files: Vec<PathBuf> = ["README.md", "shared/README.md", "installers/README.md"]
        .into_iter()
        .map(|page| root().join(page))
        .collect();
    for folder in ["docs", "docs/decisions"] {
        let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        files.extend(entries.filter(|path| path.extension().is_some_and(|kind| kind == "md")));
    }
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        (name, fs::read_to_string(&path).unwrap())
    };
    files.into_iter().map(read).collect()
}

/// The texts between backticks, outside of code blocks.
fn quoted(page: &str) -> Vec<&str> {
    let prose = page.split("```").step_by(2);
    prose.flat_map(|part| part.split('`').skip(1).step_by(2)).collect()
}

/// The names of all functions, with the files that define them.
fn functions() -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for folder in ["tests/it", "shared/src", "server/src", "src-tauri/src", "ui/src"] {
        for (file, text) in sources(folder) {
            for rest in text.split("fn ").skip(1) {
                let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
                found.entry(name.to_owned()).or_default().insert(file.clone());
            }
        }
    }
    found
}

/// Whether a word is the name of a test: at least four words joined by underscores, as `room::name` or alone after
/// others of its room.
fn is_a_test(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == ':';
    let name = word.rsplit("::").next().unwrap_or_default();
    let is_a_figure = word.starts_with("medlane_");
    !is_a_figure && word.chars().all(plain) && name.matches('_').count() >= 3
}

#[test]
fn tests_that_are_named_exist_in_the_room_that_is_named() {
    let (functions, mut seen, mut wrong) = (functions(), 0, Vec::new());
    for (page, text) in pages() {
        for word in quoted(&text).into_iter().filter(|word| is_a_test(word)) {
            let mut parts: Vec<&str> = word.split("::").collect();
            let name = parts.pop().unwrap();
            let in_room = |file: &String| {
                let steps: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
                parts.iter().all(|part| *part == "tests" || steps.contains(part))
            };
            if !functions.get(name).is_some_and(|files| files.iter().any(in_room)) {
                wrong.push(format!("{page}: {word}"));
            }
            seen += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen > 100, "only {seen} were found");
}

#[test]
fn files_that_are_named_exist() {
    let (mut seen, mut wrong) = (0, Vec::new());
    let tops =
        ["shared/", "server/", "ui/", "src-tauri/", "tests/", "xtask/", "benches/", "migrations/", "docs/"];
    for (page, text) in pages() {
        let folder = root().join(&page).parent().unwrap().to_owned();
        let named = quoted(&text).into_iter().filter(|word| tops.iter().any(|top| word.starts_with(top)));
        let links = text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
        let links = links.filter(|link| !link.is_empty() && !link.contains("://"));
        let all = named.map(|word| root().join(word)).chain(links.map(|link| folder.join(link)));
        for path in all {
            if !path.exists() {
                wrong.push(format!("{page}: {}", path.display()));
            }
            seen += 1;
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen > 60, "only {seen} were found");
}
