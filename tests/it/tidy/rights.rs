//! Personal data is read and written by a grant: a function that touches a table of personal data takes one, or stands
//! in a list with its reason. Only the queue says that a patient is one of today's.

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
    "found_by",
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

/// Functions that touch a table of personal data without a grant, and why.
const EXEMPT: &[(&str, &str, &str)] = &[
    ("audit/store.rs", "audit_since", "the server's: it verifies the log and signs it"),
    ("clinic/store.rs", "catalogue_load", "the engine's: staff who give services, for everybody to see"),
    ("clinic/store.rs", "door_list", "the engine's: staff who paused a queue; a view of the queue asks"),
    ("db/fill.rs", "fill", "the migration's: it fills the index of the search from people's rows"),
    ("engine/writer/work.rs", "flush", "the engine's: it writes the entries of acts that were allowed"),
    ("identity/accounts/store.rs", "admins_active", "a number, for a rule"),
    (
        "identity/accounts/store.rs",
        "person_place",
        "roles and branches, which decide who may manage a person",
    ),
    (
        "identity/contact/person_store.rs",
        "contact_prove",
        "a code, a link or a document proves it, before an account is open",
    ),
    (
        "identity/contact/person_store.rs",
        "contact_yield",
        "a code, a link or a document proves it, before an account is open",
    ),
    (
        "identity/contact/person_store.rs",
        "numbers_proven",
        "the command line's: which of its numbers are taken",
    ),
    (
        "identity/contact/store.rs",
        "verification_by_id",
        "nobody is signed in: the code or the link is what counts",
    ),
    (
        "identity/contact/store.rs",
        "verification_put",
        "nobody is signed in: the code or the link is what counts",
    ),
    ("identity/contact/store.rs", "verification_end", "a new password ends the open codes for one"),
    ("identity/contact/store.rs", "verification_prune", "the keeper's"),
    ("identity/dependants/store.rs", "dependant_ids", "ids alone"),
    ("identity/dependants/store.rs", "guarded_load", "the engine's: ids alone"),
    ("identity/dependants/store.rs", "guardian_list", "ids alone"),
    ("identity/devices/store.rs", "read_hashes", "the device's signature is what counts: hashes alone"),
    ("identity/devices/store.rs", "read_insert", "the device's signature is what counts: hashes alone"),
    ("identity/entry_store.rs", "entry_insert", "follows rows that were written by a right, or by a proof"),
    ("identity/entry_store.rs", "entry_renew", "follows a row that was written by a right, or by a proof"),
    ("identity/entry_store.rs", "fits", "a condition of statements that take a grant"),
    ("identity/merge/store.rs", "has_chart", "yes or no, for a rule"),
    ("identity/merge/store.rs", "kept_id", "an id alone"),
    ("identity/merge/store.rs", "merged_ids", "ids alone"),
    (
        "identity/people.rs",
        "person_insert",
        "registration, the desk, an invitation, the command line: they are new",
    ),
    ("identity/session_store.rs", "session_prune", "the keeper's"),
    ("identity/store.rs", "account_by_contact", "nobody is signed in; or whether a contact is taken"),
    ("identity/store.rs", "account_by_email", "nobody is signed in; or whether a contact is taken"),
    (
        "identity/store.rs",
        "account_by_id",
        "nobody is signed in, or the server writes to its owner: see `UNHELD`",
    ),
    (
        "identity/store.rs",
        "demographics_list",
        "the engine's: it fills the cache from which live views are made",
    ),
    ("identity/store.rs", "has_password", "yes or no, for a rule"),
    ("identity/store.rs", "is_merged", "yes or no, for a rule"),
    ("identity/store.rs", "password_put", "a code or a fresh proof is what counts"),
    ("identity/store.rs", "record_number_last", "a number, for the next one"),
    ("notify/inbox/store.rs", "notice_insert", "the server's: it writes to its owner"),
    ("notify/inbox/store.rs", "notice_prune", "the keeper's"),
    ("notify/push/store.rs", "push_delete", "by its session, which ends"),
    ("notify/push/store.rs", "push_forget", "a new password ends the subscriptions"),
    ("notify/push/store.rs", "push_list", "the server's: it writes to its owner"),
    ("notify/push/store.rs", "push_prune", "the keeper's"),
    ("notify/store.rs", "choice_by_person", "the server's: it writes to its owner"),
    ("notify/store.rs", "message_by_id", "the sender's"),
    ("notify/store.rs", "message_due", "the sender's"),
    ("notify/store.rs", "message_forget", "the keeper's"),
    ("notify/store.rs", "message_next", "the sender's"),
    ("notify/store.rs", "message_oldest", "the sender's"),
    (
        "notify/store.rs",
        "message_outbox",
        "the page of a development server, which is switched on by configuration",
    ),
    ("notify/store.rs", "message_prune", "the keeper's"),
    ("notify/store.rs", "message_put", "the server's: it writes to its owner"),
    ("queue/desk/store.rs", "at_desk", "the engine's: labels of tasks, no names"),
    ("queue/kiosk/store.rs", "label_is_taken", "yes or no, for a rule"),
    ("queue/kiosk/store.rs", "ticket_known", "an id, a branch and a label"),
    ("queue/store.rs", "live_list", "the engine's; `gone` asks for the right before it hands a ticket on"),
    ("queue/store.rs", "live_load", "the engine's: it loads the live queue"),
    ("queue/store.rs", "ticket_insert", "the engine's: it writes what operations have decided"),
    ("queue/store.rs", "ticket_update", "the engine's: it writes what operations have decided"),
    ("queue/turns/store.rs", "turn_list", "the server's: which tickets were told"),
    ("records/store.rs", "note_exists", "a count by an id, of all clinics"),
    ("records/store.rs", "note_row", "its name and text are private until a grant opens them"),
];

/// Sources that look an account up without a grant, with what counts there instead.
const UNHELD: &[(&str, &str)] = &[
    ("identity/accounts/ops.rs", "the link of an invitation"),
    ("identity/contact/ops.rs", "the code for a new password"),
    ("identity/mark.rs", "the password that began a sign-in"),
    ("identity/notices.rs", "the server writes to the owner"),
    ("identity/ops.rs", "the server writes to the owner"),
    ("identity/passwords.rs", "the first half of a sign-in"),
    ("identity/routes/answers.rs", "the session that has just begun"),
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
    for (name, text) in sources("server/src") {
        let name = name.strip_prefix("server/src/").unwrap();
        for function in functions(&text).iter().filter(|function| function.is_public) {
            if tables_of(&text, function, PERSONAL).is_empty() {
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
    assert!(seen >= 90, "only {seen} functions were found");
    let gone: Vec<_> = EXEMPT.iter().filter(|one| !exempt.contains(*one)).collect();
    assert!(gone.is_empty(), "not there any more: {gone:?}");
}

#[test]
fn accounts_are_looked_up_without_a_grant_before_sign_in_alone() {
    let mut found = BTreeSet::new();
    for (name, text) in sources("server/src") {
        let calls = text.matches("account_by_id(").count() > text.matches("fn account_by_id(").count();
        let name = name.strip_prefix("server/src/").unwrap();
        if calls && name != "identity/store.rs" {
            found.insert(name.to_owned());
        }
    }
    let named: BTreeSet<String> = UNHELD.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, named);
}

#[test]
fn who_takes_a_grant_looks_at_it() {
    // A grant in a signature does nothing by itself.
    let mut wrong = Vec::new();
    for (name, text) in sources("server/src") {
        for function in functions(&text).iter().filter(|function| takes_a_grant(function)) {
            let is_used =
                ["grant.", "(grant", "grant,", "grant)"].iter().any(|used| function.body.contains(used));
            if !is_used {
                wrong.push(format!("{name}: {}", function.name));
            }
        }
    }
    assert!(wrong.is_empty(), "these take a grant and do not look at it: {wrong:#?}");
}

/// Views that hold names, contacts, reasons or texts of people.
const VIEWS: &[&str] = &[
    "AccountExport",
    "Activity",
    "AuditEntry",
    "Avatar",
    "ChartNotes",
    "Decided",
    "Dependant",
    "DraftView",
    "Duplicate",
    "Inbox",
    "Me",
    "MessageView",
    "MyTickets",
    "Note",
    "NoteBegun",
    "NoticeView",
    "OwnContact",
    "OwnContacts",
    "PatientView",
    "PersonView",
    "QueueRow",
    "QueueView",
    "Settings",
    "ShownPatient",
    "StaffView",
];

/// Other types of the wire that have such a field, and why nobody is shown by them.
const OTHER_TYPES: &[(&str, &str)] = &[
    ("CheckInRequest", "a request"),
    ("DependantRequest", "a request"),
    ("PatientChange", "a request"),
    ("PatientRequest", "a request"),
    ("ProfileRequest", "a request"),
    ("RegisterRequest", "a request"),
    ("StepRequest", "a request"),
    (
        "TicketView",
        "made without a name: `MyTickets` and the own history add those of the caller's dependants",
    ),
];

/// Functions that answer with such a view without a grant and without asking for one, and why.
const EXEMPT_VIEWS: &[(&str, &str, &str)] = &[
    ("audit/anchor.rs", "last", "a signed checkpoint"),
    ("audit/frontier.rs", "noted", "a signed checkpoint"),
    ("audit/lines.rs", "entry", "of a test"),
    ("audit/verify.rs", "note", "a signed checkpoint"),
    ("clinic/settings/store.rs", "staff_list", "private: its callers hold a grant"),
    ("identity/accounts/store.rs", "views", "private: its callers hold a grant"),
    ("identity/patients/routes.rs", "described", "made of a request"),
    ("identity/patients/store.rs", "view", "private: its callers hold a grant"),
    ("identity/patients/store.rs", "views", "private: its callers hold a grant"),
    ("notify/inbox/store.rs", "view", "of a row that a grant read"),
    ("records/store.rs", "view", "of a row that a grant read"),
    ("notify/store.rs", "view", "of a row that a grant read"),
    ("records/store.rs", "note", "private: its callers hold a grant"),
];

/// What a function does that asks for a right by itself.
const ASKS: &[&str] = &["may(", "at_desk(", "own_by(", "managed_by(", "manages("];

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
        if name.starts_with("demo") {
            continue;
        }
        for function in functions(&text).iter().filter(|function| shows(function.signature)) {
            seen += 1;
            let is_it = |(file, of, _): &&(&str, &str, &str)| *file == name && *of == function.name;
            let asks =
                function.signature.contains("&Grant") || ASKS.iter().any(|asks| function.body.contains(asks));
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
    assert!(seen >= 30, "only {seen} functions were found");
    assert_eq!(exempt.len(), EXEMPT_VIEWS.len(), "one is not there any more: {exempt:?}");
}

#[test]
fn every_type_that_names_people_is_known_as_one() {
    let mut unknown = BTreeSet::new();
    for (_, text) in sources("shared/src") {
        for said in text.split("pub struct ").skip(1) {
            let name = said.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap();
            let fields = said.split("\n}").next().unwrap();
            let names = ["patient_name", "person_name", "birth_date", "recipient", "reason"]
                .iter()
                .any(|field| fields.contains(&format!("    pub {field}: ")));
            let is_known = VIEWS.contains(&name) || OTHER_TYPES.iter().any(|(other, _)| *other == name);
            if names && !is_known {
                unknown.insert(name.to_owned());
            }
        }
    }
    assert!(unknown.is_empty(), "put each into one of the lists: {unknown:?}");
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
