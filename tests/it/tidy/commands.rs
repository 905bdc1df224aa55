//! The commands that the windows of the desktop apps may call: `src-tauri/src/commands.rs` is the list, and the build
//! script, the shell and the capability files name the same ones.

use std::{collections::BTreeSet, fs};

fn text(file: &str) -> String {
    fs::read_to_string(format!("{}/../src-tauri/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// What stands between `before` and the first character that is in no name.
fn names(text: &str, before: &str) -> BTreeSet<String> {
    let name = |rest: &str| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').unwrap_or(rest.len());
        rest[..end].replace('-', "_")
    };
    text.split(before).skip(1).map(name).collect()
}

#[test]
fn every_command_is_known_to_build_shell_and_a_window() {
    let commands = names(&text("src/commands.rs"), "#[tauri::command]\npub async fn ");
    assert!(commands.len() > 15, "{commands:?}");
    let build = text("build.rs");
    let listed = build.split("&[").nth(1).unwrap().split(']').next().unwrap();
    assert_eq!(names(listed, "        \""), commands, "build.rs");
    let shell = text("src/shell.rs");
    let handled = shell.split("generate_handler![").nth(1).unwrap().split(']').next().unwrap();
    assert_eq!(names(handled, "commands::"), commands, "shell.rs");
    let files = ["admin", "doctor", "kiosk"].map(|window| text(&format!("capabilities/{window}.json")));
    let allowed: BTreeSet<String> = files.iter().flat_map(|file| names(file, "\"allow-")).collect();
    assert_eq!(allowed, commands, "the capability files");
}
