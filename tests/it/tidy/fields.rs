//! Each field of a form says what a browser may fill in: a receptionist's own name must not go into a patient's record, and one
//! patient's data must not be offered for the next one.

use super::sources;

/// The values of `autocomplete` that stand in the sources. `bday-day` and its like are those of an own date.
const KNOWN: &[&str] =
    &["off", "name", "email", "username", "one-time-code", "current-password", "new-password"];

/// Folders and files whose forms ask for the data of others.
const OF_OTHERS: &[&str] = &[
    "ui/src/admin/",
    "ui/src/manage/",
    "ui/src/setup/",
    "ui/src/kiosk/",
    "ui/src/queue/",
    "ui/src/account/dependants.rs",
];

/// The fields in a source: the text of each tag.
fn fields(text: &str) -> Vec<&str> {
    let tags = ["<Field ", "<input ", "<textarea ", "<select "];
    let starts = tags.iter().flat_map(|tag| text.match_indices(tag).map(|(at, _)| at));
    let ends = |at: usize| {
        text[at..].find("/>").or_else(|| text[at..].find(">\n")).map_or(text.len(), |end| at + end)
    };
    starts.map(|at| &text[at..ends(at)]).collect()
}

/// Whether nothing is typed into a field: a box to check, a file.
fn is_pressed(tag: &str) -> bool {
    ["checkbox", "radio", "file"].iter().any(|kind| tag.contains(&format!("type=\"{kind}\"")))
}

#[test]
fn every_field_says_what_a_browser_may_fill_in() {
    let (mut found, mut wrong) = (0, Vec::new());
    for (file, text) in sources("ui/src") {
        for tag in fields(&text).into_iter().filter(|tag| !is_pressed(tag)) {
            found += 1;
            let value = tag.split_once("autocomplete=").map(|(_, rest)| rest.trim_start_matches(['{', '"']));
            let value = value.map(|rest| rest.split(['"', '}']).next().unwrap());
            // The parts of the kit take the value from where they are used.
            let is_kit =
                file.starts_with("ui/src/kit/") && value.is_some_and(|value| value.starts_with(['&', 'i']));
            let is_known = value.is_some_and(|value| KNOWN.contains(&value));
            let is_others = OF_OTHERS.iter().any(|folder| file.starts_with(folder));
            if !(is_kit || is_known && (!is_others || value == Some("off"))) {
                wrong.push(format!("{file}: {tag}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(found > 40, "{found}");
}

#[test]
fn a_field_without_it_is_found() {
    let text = "<Field name=\"a\" oninput={x} />\n<input type=\"checkbox\" />\n<select aria-label={label}>\n";
    let found: Vec<&str> = fields(text).into_iter().filter(|tag| !is_pressed(tag)).collect();
    assert_eq!(found, ["<Field name=\"a\" oninput={x} ", "<select aria-label={label}"]);
}
