//! What allowed each act of the day: the evidence of its grant stands in its entry.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::world::Client;

/// Acts that need no right, and why.
const WITHOUT: &[(&str, &str)] = &[
    ("session.sign_in", "nobody is signed in yet: the password is what counts"),
    ("session.password", "half of a sign-in"),
    ("session.factor", "the rest of a sign-in"),
    ("session.refresh", "the token is what counts"),
    ("session.sign_out", "the token is what counts"),
    ("account.register", "nobody is signed in yet"),
    ("account.resend", "nobody is signed in yet"),
    ("account.open", "nobody is signed in yet: the code is what counts"),
    ("password.forgot", "nobody is signed in yet"),
    ("password.reset", "nobody is signed in yet: the code is what counts"),
    ("person.accept", "nobody is signed in yet: the link is what counts"),
    ("device.enrol", "the device is new: its code is what counts"),
    ("device.wiped", "the device wiped itself: its proof is what counts"),
    ("person.add", "the command line"),
    ("people.add", "the command line"),
    ("message.send", "the sender's work"),
    ("ticket.lapse", "the work of the keeper who ends a day"),
];

/// Acts of the day, the action that was allowed, and the kind of evidence.
const BY: &[(&str, &str, &str)] = &[
    ("account.export", "SelfRead", "own"),
    ("audit.read", "AuditRead", "role"),
    ("branch.save", "SettingsManage", "role"),
    ("dependant.add", "SelfChange", "own"),
    ("kiosk.letter", "TicketHold", "role"),
    ("note.list", "NoteWrite", "author"),
    ("note.read", "ChartRead", "today"),
    ("note.save", "NoteWrite", "today"),
    ("note.sign", "NoteWrite", "author"),
    ("password.change", "SelfChange", "own"),
    ("patients.find", "PatientRead", "role"),
    ("people.read", "PeopleManage", "role"),
    ("person.merge", "PatientMerge", "role"),
    ("person.roles", "PeopleManage", "role"),
    ("queue.control", "QueueControl", "role"),
    ("queue.read", "QueueRead", "role"),
    ("ticket.call", "TicketCall", "today"),
    ("ticket.join", "TicketJoin", "own"),
    ("ticket.serve", "TicketCall", "today"),
];

/// Looks through the whole log.
pub(super) async fn every_act_says_what_allowed_it(admin: &Client) {
    let mut entries: Vec<Value> = Vec::new();
    let mut cursor = None;
    loop {
        let before = cursor.map_or_else(String::new, |cursor: String| format!("&cursor={cursor}"));
        let page: Value = admin.get(&format!("/api/v1/audit?limit=200{before}")).await.ok();
        entries.extend(page["items"].as_array().unwrap().iter().cloned());
        cursor = page["next"].as_str().map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    let mut found: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    let mut without = BTreeSet::new();
    for entry in entries.iter().filter(|entry| entry["outcome"] == "success") {
        let action = entry["action"].as_str().unwrap();
        assert!(entry["detail"].get("right").is_none(), "the right stands beside the details: {entry}");
        // An offline read was recorded by the device, which asked for no right.
        let is_offline = entry["detail"]["offline"] == true;
        match entry.get("right") {
            Some(right) => found.entry(action.to_owned()).or_default().push(right),
            None if is_offline => {}
            None => {
                assert!(WITHOUT.iter().any(|(name, _)| *name == action), "nothing allowed it: {entry}");
                without.insert(action.to_owned());
            }
        }
    }
    for (action, right, by) in BY {
        let all = found.get(*action).unwrap_or_else(|| panic!("the day has no {action}"));
        let is_it = |one: &&&Value| one["action"] == *right && one["by"] == *by;
        let one = all.iter().find(is_it).unwrap_or_else(|| panic!("{action}: {all:?}"));
        assert_eq!(one.get("id").is_some(), *by == "today", "{action}: which ticket: {one}");
    }
    // The evidence of the note is the ticket that was called.
    let ids =
        |action: &str| found[action].iter().filter_map(|right| right["id"].as_str()).collect::<Vec<_>>();
    assert!(ids("ticket.call").contains(&ids("note.save")[0]), "{found:?}");
    for (action, _) in WITHOUT {
        assert!(!found.contains_key(*action), "{action} has a right: take it from the list");
    }
    assert!(without.len() > 8, "{without:?}");
}
