//! Personal data is read and written by a grant: a store's function that touches a table of personal data takes one,
//! or stands in a list with its reason. Only the queue says that a patient is one of today's.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use super::{root, sources};

/// Tables of personal data.
const PERSONAL: &[&str] = &[
    "audit",
    "audit_shown",
    "avatar",
    "device_read",
    "guardian",
    "identity_check",
    "message",
    "note",
    "notice",
    "notice_choice",
    "person",
    "person_distinct",
    "push_subscription",
    "ticket",
    "verification",
];

/// Stores whose functions do not all take a grant yet, where they touch these tables: the operations and routes before
/// them ask for the right. They hold the tables of [`HELD`].
const LATER: &[&str] = &[
    "audit/store.rs",
    "clinic/settings/store.rs",
    "clinic/store.rs",
    "identity/accounts/store.rs",
    "identity/contact/person_store.rs",
    "identity/contact/store.rs",
    "identity/dependants/store.rs",
    "identity/devices/store.rs",
    "identity/profile/store.rs",
    "identity/session_store.rs",
    "identity/store.rs",
    "notify/inbox/store.rs",
    "notify/push/store.rs",
    "notify/store.rs",
];

/// Tables of personal data that every store reads and writes by a grant.
const HELD: &[&str] = &["note", "ticket"];

/// Tables that tell nothing about a person without one of the others.
const OTHERS: &[(&str, &str)] = &[
    ("attempt", "keyed hashes"),
    ("audit_checkpoint", "signed hashes"),
    ("backup_code", "keyed hashes"),
    ("branch", "settings"),
    ("change", "ids of the feed"),
    ("clinic", "settings"),
    ("clinic_head", "numbers"),
    ("desk_task", "ids and labels"),
    ("device", "the clinic's devices"),
    ("device_code", "codes of devices"),
    ("factor", "sealed secrets"),
    ("help_call", "the kiosk that asks"),
    ("idempotency", "stored answers: ids and versions"),
    ("outbox", "numbers of a device"),
    ("outbox_answer", "stored answers: ids and versions"),
    ("person_branch", "where staff work"),
    ("person_role", "roles"),
    ("quote", "waiting times of tickets"),
    ("room", "settings"),
    ("service", "settings"),
    ("service_given", "who gives a service"),
    ("service_learned", "durations"),
    ("session", "sessions of accounts"),
    ("signing_key", "numbers"),
    ("subject_key", "wrapped keys"),
    ("turn_notice", "which tickets were told"),
];

/// Functions that touch a held table without a grant, and why.
const EXEMPT: &[(&str, &str, &str)] = &[
    ("records/store.rs", "note_row", "its name and text are private until a grant opens them"),
    ("records/store.rs", "author_by_id", "whose view of unsigned notes is read again"),
    ("records/store.rs", "note_exists", "a count by an id, of all clinics"),
    ("identity/merge/store.rs", "has_chart", "yes or no, for a rule"),
    ("identity/merge/store.rs", "merged_ids", "ids alone"),
    ("queue/store.rs", "live_load", "the engine's: it loads the live queue"),
    ("queue/store.rs", "live_list", "the engine's; `gone` asks for the right before it hands a ticket on"),
    ("queue/store.rs", "ticket_insert", "the engine's: it writes what operations have decided"),
    ("queue/store.rs", "ticket_update", "the engine's: it writes what operations have decided"),
    ("queue/desk/store.rs", "at_desk", "the engine's: labels of tasks, no names"),
    ("queue/kiosk/store.rs", "ticket_known", "an id, a branch and a label"),
    ("queue/kiosk/store.rs", "label_is_taken", "yes or no, for a rule"),
    ("queue/turns/store.rs", "turn_list", "the server's: which tickets were told"),
];

/// A function of a source: its name, its signature, its body, and whether other files can call it.
#[derive(Debug)]
struct Function<'a> {
    name: &'a str,
    signature: &'a str,
    body: &'a str,
    is_public: bool,
}

/// The functions of a source, in order. A body ends with the line that closes it.
fn functions(text: &str) -> Vec<Function<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let said = line.trim_start();
        let indent = &line[..line.len() - said.len()];
        let Some((before, rest)) = said.split_once("fn ") else { continue };
        if !before.split_whitespace().all(|word| {
            ["async", "const"].contains(&word)
                || word.starts_with("pub")
                || word.starts_with("in ")
                || word.ends_with(')')
        }) {
            continue;
        }
        let name = rest.split(['(', '<']).next().unwrap();
        let whole = &text[start..];
        let close = format!("\n{indent}}}");
        let Some(opens) = whole.find(" {\n") else { continue };
        let Some(ends) = whole[opens..].find(&close) else { continue };
        let (signature, body) = (&whole[..opens], &whole[opens..opens + ends]);
        found.push(Function { name, signature, body, is_public: before.starts_with("pub") });
    }
    found
}

/// The texts of a source's constants, by name.
fn constants(text: &str) -> BTreeMap<&str, &str> {
    let all = text.match_indices("const ").filter_map(|(at, _)| {
        let (name, rest) = text[at + 6..].split_once(": &str = ")?;
        let is_name = name.bytes().all(|letter| letter.is_ascii_uppercase() || letter == b'_');
        is_name.then(|| (name, rest.split("\";").next().unwrap_or(rest)))
    });
    all.collect()
}

/// Whether a statement in the text reads or writes the table.
fn touches(text: &str, table: &str) -> bool {
    ["from", "join", "into", "update"].into_iter().any(|word| {
        text.match_indices(&format!("{word} {table}")).any(|(at, said)| {
            !text[at + said.len()..].starts_with(|next: char| next.is_ascii_alphanumeric() || next == '_')
        })
    })
}

/// The tables that a function touches: in its own text, in the constants that it names, and in the private functions
/// that it calls.
fn tables_of<'a>(text: &str, function: &Function<'_>, tables: &[&'a str]) -> BTreeSet<&'a str> {
    let named = constants(text);
    let own = functions(text);
    let mut seen = BTreeSet::from([function.name]);
    let mut bodies = vec![function.body];
    let mut said = String::new();
    while let Some(body) = bodies.pop() {
        said.push_str(body);
        for (_, value) in named.iter().filter(|(name, _)| body.contains(**name)) {
            said.push_str(value);
        }
        for other in own.iter().filter(|other| !other.is_public && body.contains(&format!("{}(", other.name)))
        {
            if seen.insert(other.name) {
                bodies.push(other.body);
            }
        }
    }
    tables.iter().copied().filter(|table| touches(&said, table)).collect()
}

fn takes_a_grant(function: &Function<'_>) -> bool {
    function.signature.contains(": &Grant")
}

#[test]
fn the_reader_sees_what_a_function_touches() {
    let text = "const NOTES: &str = \"select id from note n where\";\n\n\
        pub async fn by_const(conn: &mut Conn) -> Result {\n    run(NOTES)\n}\n\n\
        pub async fn by_other(conn: &mut Conn, grant: &Grant) -> Result {\n    inner()\n}\n\n\
        fn inner() {\n    run(\"insert into note (id)\")\n}\n\n\
        pub(super) fn other(conn: &mut Conn) {\n    run(\"select id from note_book\")\n}\n";
    let all = functions(text);
    let names: Vec<(&str, bool, bool)> = all
        .iter()
        .map(|one| (one.name, takes_a_grant(one), !tables_of(text, one, &["note"]).is_empty()))
        .collect();
    assert_eq!(
        names,
        [
            ("by_const", false, true),
            ("by_other", true, true),
            ("inner", false, true),
            ("other", false, false)
        ]
    );
}

#[test]
fn every_table_is_said_to_hold_personal_data_or_not() {
    let mut tables = BTreeSet::new();
    for entry in fs::read_dir(root().join("migrations/sqlite")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for said in text.split("create table ").skip(1) {
            tables.insert(said.split([' ', '(']).next().unwrap().to_owned());
        }
    }
    // A table that replaced another has its name now.
    tables.retain(|table| !table.ends_with("_next"));
    let others = OTHERS.iter().map(|(table, _)| *table);
    let named: Vec<&str> = PERSONAL.iter().copied().chain(others).collect();
    let once: BTreeSet<String> = named.iter().map(ToString::to_string).collect();
    assert_eq!(named.len(), once.len(), "each stands in one list");
    assert_eq!(tables, once, "a new table stands in one of the lists");
}

#[test]
fn stores_touch_personal_data_by_a_grant() {
    let (mut seen, mut exempt, mut wrong) = (0, BTreeSet::new(), Vec::new());
    let mut later = BTreeSet::new();
    for (name, text) in sources("server/src") {
        let name = name.strip_prefix("server/src/").unwrap();
        if !name.ends_with("store.rs") {
            continue;
        }
        let is_later = LATER.contains(&name);
        for function in functions(&text).iter().filter(|function| function.is_public) {
            let tables = tables_of(&text, function, PERSONAL);
            if is_later && !tables.is_empty() && !takes_a_grant(function) {
                later.insert(name.to_owned());
            }
            if tables.is_empty() || (is_later && !tables.iter().any(|table| HELD.contains(table))) {
                continue;
            }
            seen += 1;
            let is_it = |(file, of, _): &&(&str, &str, &str)| *file == name && *of == function.name;
            match EXEMPT.iter().find(is_it) {
                Some(one) => {
                    assert!(!takes_a_grant(function), "{one:?} takes a grant now");
                    exempt.insert(*one);
                }
                None if takes_a_grant(function) => {}
                None => wrong.push(format!("{name}: {}", function.name)),
            }
        }
    }
    assert!(wrong.is_empty(), "without a grant: {wrong:#?}");
    let whole: Vec<_> = LATER.iter().filter(|name| !later.contains(**name)).collect();
    assert!(whole.is_empty(), "these take a grant everywhere: take them from the list: {whole:?}");
    assert!(seen >= 25, "only {seen} functions were found");
    assert_eq!(exempt.len(), EXEMPT.len(), "one is not there any more: {exempt:?}");
}

/// Views that hold names, reasons or texts of patients.
const VIEWS: &[&str] = &["Note", "DraftView", "QueueRow", "QueueView", "MyTickets", "PatientView"];

/// Functions that answer with such a view without a grant and without asking for one, and why.
const EXEMPT_VIEWS: &[(&str, &str, &str)] = &[
    ("records/store.rs", "note", "private: its callers hold a grant"),
    ("identity/patients/store.rs", "view", "private: its callers hold a grant"),
    ("identity/patients/store.rs", "views", "private: its callers hold a grant"),
];

fn shows(signature: &str) -> bool {
    let answer = signature.rsplit_once("->").map_or("", |(_, answer)| answer);
    let mut words = answer.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    words.any(|word| VIEWS.contains(&word))
}

#[test]
fn views_with_names_take_a_grant_or_ask_for_one() {
    let (mut seen, mut exempt, mut wrong) = (0, BTreeSet::new(), Vec::new());
    for (name, text) in sources("server/src") {
        let name = name.strip_prefix("server/src/").unwrap();
        // A route answers with what an operation or a view has made. A note of the audit log is a signed checkpoint.
        if name.contains("routes") || name.starts_with("demo") || name.starts_with("audit/") {
            continue;
        }
        for function in functions(&text).iter().filter(|function| shows(function.signature)) {
            seen += 1;
            let is_it = |(file, of, _): &&(&str, &str, &str)| *file == name && *of == function.name;
            let asks = function.signature.contains("&Grant")
                || ["may(", "at_desk("].iter().any(|asks| function.body.contains(asks));
            match EXEMPT_VIEWS.iter().find(is_it) {
                Some(one) => {
                    assert!(!asks, "{one:?} needs no exemption");
                    exempt.insert(*one);
                }
                None if asks => {}
                None => wrong.push(format!("{name}: {}", function.name)),
            }
        }
    }
    assert!(wrong.is_empty(), "neither take a grant nor ask for one: {wrong:#?}");
    assert!(seen >= 9, "only {seen} functions were found");
    assert_eq!(exempt.len(), EXEMPT_VIEWS.len(), "one is not there any more: {exempt:?}");
}

#[test]
fn only_the_queue_finds_the_patients_of_today() {
    let mut found = BTreeSet::new();
    for (name, text) in sources("server/src") {
        for kind in ["today", "consent", "emergency"] {
            if text.contains(&format!("Found::{kind}(")) {
                found.insert((kind, name.clone()));
            }
        }
    }
    assert_eq!(found, BTreeSet::from([("today", "server/src/queue/today.rs".to_owned())]));
}
