//! One name, one thing: a reader who meets a type's name knows which type it is.

use std::collections::{BTreeMap, BTreeSet};

use medlane_shared::api::CALLS;

use super::sources;

/// Names that several public types of a crate share: crate, name, and why.
const SHARED_NAMES: &[(&str, &str, &str)] = &[];

/// The name of the public type that a line declares.
fn declared(line: &str) -> Option<&str> {
    let (kind, rest) = line.trim_start().strip_prefix("pub ")?.split_once(' ')?;
    let is_type = ["struct", "enum", "trait", "type", "union"].contains(&kind);
    let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    // A macro's declaration has a variable for the name.
    (is_type && !name.is_empty()).then_some(name)
}

#[test]
fn no_two_public_types_of_a_crate_share_a_name() {
    let mut exempt = BTreeSet::new();
    for room in ["shared", "server", "ui", "src-tauri"] {
        // Two of one file are one type for two systems.
        let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (file, text) in sources(&format!("{room}/src")) {
            for name in text.lines().filter_map(declared) {
                places.entry(name.to_owned()).or_default().insert(file.clone());
            }
        }
        if room == "shared" {
            // A macro makes these types.
            for call in CALLS {
                places.entry(call.name.to_owned()).or_default().insert("shared/src/api.rs".to_owned());
            }
        }
        assert!(places.len() > 20, "{room}: only {} types were found", places.len());
        for (name, files) in places.iter().filter(|(_, files)| files.len() > 1) {
            let known = SHARED_NAMES.iter().find(|(of, known, _)| (*of, *known) == (room, &**name));
            let (of, known, _) = known.unwrap_or_else(|| panic!("several types are named {name}: {files:?}"));
            exempt.insert((of, known));
        }
    }
    assert_eq!(exempt.len(), SHARED_NAMES.len(), "one is not there any more: {exempt:?}");
}

#[test]
fn a_declaration_is_found() {
    assert_eq!(declared("    pub struct Given {"), Some("Given"));
    assert_eq!(declared("pub struct Place<'a> {"), Some("Place"));
    assert_eq!(declared("pub(super) struct Asked {"), None);
    assert_eq!(declared("/// pub struct Given"), None);
    assert_eq!(declared("pub struct $name;"), None);
}
