//! What an act changed: the values before and after, read from the detail of its entry.

use std::collections::{BTreeMap, HashMap};

use medlane_shared::{
    audit::AuditChange,
    ids::{BranchId, PersonId, ServiceId},
    typed::price_text,
};
use serde_json::Value as Json;

use crate::clinic::Catalogue;

/// Fields that say nothing to a reader.
const UNSAID: &[&str] = &["version", "policy.emergency"];

/// A value, before its ids have names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Branch(BranchId),
    Service(ServiceId),
    Person(PersonId),
    /// Somebody who gives a service at a branch.
    Given(PersonId, BranchId),
}

/// A field that an act changed, before ids have names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Changed {
    field: String,
    was: Vec<Part>,
    is: Vec<Part>,
}

/// The changes that the detail of an entry tells. Three shapes are told: `before` and `after`, of a value or of fields;
/// `name: {was, is}`; and a ticket's states `from` and `to`.
pub(super) fn changed(action: &str, detail: &Json) -> Vec<Changed> {
    let mut all = Vec::new();
    // Another address may look the same once it is masked.
    let is_masked = |field: &str| {
        let changed = detail.get("changed").and_then(Json::as_array);
        ["phone", "email"].contains(&field) && changed.is_some_and(|all| all.iter().any(|one| one == field))
    };
    let mut add = |field: &str, was: &Json, is: &Json| {
        let (was, is) = (parts(field, was), parts(field, is));
        if was != is || is_masked(field) {
            all.push(Changed { field: field.to_owned(), was, is });
        }
    };
    if let (Some(before), Some(after)) = (detail.get("before"), detail.get("after")) {
        if before.is_object() || after.is_object() {
            let (before, after) = (fields(before), fields(after));
            let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
            names.sort_unstable();
            names.dedup();
            for name in names.into_iter().filter(|name| !UNSAID.contains(&name.as_str())) {
                add(name, before.get(name).unwrap_or(&Json::Null), after.get(name).unwrap_or(&Json::Null));
            }
        } else {
            add(if action.starts_with("person.") { "standing" } else { "name" }, before, after);
        }
    }
    if let Some(name) = detail.get("name").filter(|name| name.is_object()) {
        add("name", &name["was"], &name["is"]);
    }
    if let (Some(from), Some(to)) = (detail.get("from"), detail.get("to"))
        && action.starts_with("ticket.")
    {
        add("state", from, to);
    }
    all
}

/// The fields of an object and of the objects in it, by their paths. A price is one with its currency.
fn fields(of: &Json) -> BTreeMap<String, Json> {
    let mut all = BTreeMap::new();
    gather("", of, &mut all);
    let price = all.get("price_minor").and_then(Json::as_i64);
    let currency = all.get("currency").and_then(Json::as_str);
    if let Some((price, currency)) = price.zip(currency) {
        let price = format!("{} {currency}", price_text(price, currency));
        all.remove("price_minor");
        all.remove("currency");
        all.insert("price".to_owned(), price.into());
    }
    all
}

fn gather(path: &str, of: &Json, all: &mut BTreeMap<String, Json>) {
    let Some(fields) = of.as_object() else { return };
    for (name, value) in fields {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        if value.is_object() { gather(&path, value, all) } else { drop(all.insert(path, value.clone())) }
    }
}

/// A value as parts: each item of a list is one, and nothing is none.
fn parts(field: &str, value: &Json) -> Vec<Part> {
    match value {
        Json::Null => Vec::new(),
        Json::Array(items) => items.iter().map(|item| part(field, item)).collect(),
        one => vec![part(field, one)],
    }
}

fn part(field: &str, value: &Json) -> Part {
    let text = || value.as_str().unwrap_or_default();
    let id = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    let known = match field {
        "branches" => text().parse().ok().map(Part::Branch),
        "service" => text().parse().ok().map(Part::Service),
        "doctor" => text().parse().ok().map(Part::Person),
        "given" => id("person_id")
            .parse()
            .ok()
            .zip(id("branch_id").parse().ok())
            .map(|(who, at)| Part::Given(who, at)),
        "policy.opening" => hours(value).map(Part::Text),
        _ => None,
    };
    known.unwrap_or_else(|| {
        Part::Text(match value {
            Json::String(text) => text.clone(),
            Json::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
            other => other.to_string(),
        })
    })
}

/// A stretch of opening hours: the number of the weekday from Monday, and the times.
fn hours(value: &Json) -> Option<String> {
    let number = |name: &str| value[name].as_u64();
    let time = |minutes: u64| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let (from, to) = (time(number("from_min")?), time(number("to_min")?));
    Some(format!("{} {from}–{to}", number("weekday")?))
}

/// The people whom changes name.
pub(super) fn people(changed: &[Changed]) -> impl Iterator<Item = PersonId> {
    changed.iter().flat_map(|one| one.was.iter().chain(&one.is)).filter_map(|part| match part {
        Part::Person(id) | Part::Given(id, _) => Some(*id),
        _ => None,
    })
}

/// The changes as they are shown: with names for ids. An id without a name stays.
pub(super) fn named(
    changed: Vec<Changed>,
    names: &HashMap<PersonId, String>,
    catalogue: &Catalogue,
) -> Vec<AuditChange> {
    let person = |id: &PersonId| names.get(id).cloned().unwrap_or_else(|| id.to_string());
    let branch =
        |id: &BranchId| catalogue.branch(*id).map_or_else(|| id.to_string(), |branch| branch.name.clone());
    let say = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Branch(id) => branch(id),
        Part::Service(id) => {
            catalogue.service(*id).map_or_else(|| id.to_string(), |service| service.name.clone())
        }
        Part::Person(id) => person(id),
        Part::Given(who, at) => format!("{} ({})", person(who), branch(at)),
    };
    let one = |one: Changed| AuditChange {
        field: one.field,
        was: one.was.iter().map(say).collect(),
        is: one.is.iter().map(say).collect(),
    };
    changed.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(action: &str, detail: &Json) -> Vec<(String, String, String)> {
        let all = named(changed(action, detail), &HashMap::new(), &Catalogue::default());
        all.into_iter().map(|one| (one.field, one.was.join(", "), one.is.join(", "))).collect()
    }

    fn one(field: &str, was: &str, is: &str) -> Vec<(String, String, String)> {
        vec![(field.to_owned(), was.to_owned(), is.to_owned())]
    }

    #[test]
    fn each_shape_of_a_detail_is_told() {
        let roles = json!({ "before": { "roles": ["doctor"], "branches": [] },
            "after": { "roles": ["doctor", "reception"], "branches": [] }, "gives_no_more": [] });
        assert_eq!(said("person.roles", &roles), one("roles", "doctor", "doctor, reception"));
        let standing = json!({ "before": "active", "after": "suspended", "why": "left", "erased": null });
        assert_eq!(said("person.suspend", &standing), one("standing", "active", "suspended"));
        let device = json!({ "before": "Room 1", "after": "Room 2" });
        assert_eq!(said("device.rename", &device), one("name", "Room 1", "Room 2"));
        let name = json!({ "changed": ["name"], "name": { "was": "Anna", "is": "Anne" } });
        assert_eq!(said("person.profile", &name), one("name", "Anna", "Anne"));
        let ticket = json!({ "label": "GP-001", "from": "waiting", "to": "called", "service": null });
        assert_eq!(said("ticket.call", &ticket), one("state", "waiting", "called"));
        let masked = json!({ "changed": ["email"], "before": { "email": "a…@x.example", "proven": [] },
            "after": { "email": "a…@x.example", "proven": [] } });
        assert_eq!(said("patient.correct", &masked), one("email", "a…@x.example", "a…@x.example"));
        // What is the same before and after is no change, and a merge has other words with these names.
        assert!(said("device.lock", &json!({ "before": "A", "after": "A" })).is_empty());
        assert!(said("person.unmerge", &json!({ "from": "x" })).is_empty());
        assert!(said("kiosk.letter", &json!({ "letter": "A", "before": "x" })).is_empty());
    }

    #[test]
    fn settings_are_compared_field_by_field() {
        let before = json!({ "name": "GP", "price_minor": 5_000, "currency": "OMR", "walk_in": true, "given": [], "version": 1 });
        let after = json!({ "name": "GP", "price_minor": 5_500, "currency": "OMR", "walk_in": false, "given": [], "version": 2 });
        let detail = json!({ "before": before, "after": after });
        let expected = [one("price", "5.000 OMR", "5.500 OMR"), one("walk_in", "yes", "no")].concat();
        assert_eq!(said("service.save", &detail), expected);
        let before = json!({ "policy": { "near": 3, "opening": [], "urgent": { "gain": 1 } } });
        let opening = json!([{ "weekday": 1, "from_min": 480, "to_min": 1_020 }]);
        let after = json!({ "policy": { "near": 4, "opening": opening, "urgent": { "gain": 2 } } });
        let expected = [
            one("policy.near", "3", "4"),
            one("policy.opening", "", "1 08:00–17:00"),
            one("policy.urgent.gain", "1", "2"),
        ];
        assert_eq!(said("branch.save", &json!({ "before": before, "after": after })), expected.concat());
        let new = json!({ "before": null, "after": { "name": "New" } });
        assert_eq!(said("branch.save", &new), one("name", "", "New"));
    }

    #[test]
    fn ids_have_names() {
        let [who, other] =
            [1, 2].map(|n| PersonId::new(medlane_shared::time::Timestamp::from_ms(n), [1; 10]));
        let names = HashMap::from([(who, "Anna".to_owned())]);
        let detail = json!({ "before": { "doctor": who }, "after": { "doctor": other } });
        let all = named(changed("ticket.transfer", &detail), &names, &Catalogue::default());
        assert_eq!((&all[0].was[0], &all[0].is[0]), (&"Anna".to_owned(), &other.to_string()));
        assert_eq!(people(&changed("ticket.transfer", &detail)).collect::<Vec<_>>(), [who, other]);
    }
}
