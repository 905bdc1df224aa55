use medlane_shared::{
    api::{self, Call},
    clinic::BranchSettings,
    identity::{MergeRequest, RegisterRequest},
    queue::{JoinRequest, ListQuery, StepBackRequest},
    shape::{IdempotencyKey, IfMatch},
};
use serde_json::json;

use super::*;

fn now() -> Timestamp {
    Timestamp::from_ms(1_795_250_096_007)
}

fn why<T: ToSchema>(mut value: Value) -> Vec<(String, FieldCode)> {
    let fault = hold::<T>(&mut value, now()).unwrap_err();
    fault.fields.into_iter().map(|(path, why)| (path, why.code)).collect()
}

/// The names of the types in a request, with its own name.
fn parts(name: &str, seen: &mut BTreeSet<String>) {
    fn inner(shape: &Shape, seen: &mut BTreeSet<String>) {
        match shape {
            Shape::Named(name) => parts(name, seen),
            Shape::OneOf(choices) => choices.iter().for_each(|choice| inner(choice, seen)),
            Shape::List { item, .. } => inner(item, seen),
            Shape::Object { fields, .. } => fields.values().for_each(|field| inner(field, seen)),
            _ => {}
        }
    }
    if seen.insert(name.to_owned()) {
        inner(&SHAPES[name], seen);
    }
}

#[test]
fn every_text_number_and_list_of_a_request_is_bound() {
    fn unbound(shape: &Shape, path: &str, found: &mut Vec<String>) {
        match shape {
            Shape::Text(text) if !text.is_bound() => found.push(path.to_owned()),
            Shape::Whole { min: i64::MIN, .. } | Shape::Whole { max: i64::MAX, .. } | Shape::Any => {
                found.push(path.to_owned());
            }
            Shape::OneOf(choices) => choices.iter().for_each(|choice| unbound(choice, path, found)),
            Shape::List { item, max, .. } => {
                if *max == usize::MAX {
                    found.push(path.to_owned());
                }
                unbound(item, path, found);
            }
            Shape::Object { fields, closed, .. } => {
                if !closed && !path.ends_with(']') {
                    found.push(format!("{path} takes anything"));
                }
                for (name, field) in fields {
                    unbound(field, &format!("{path}.{name}"), found);
                }
            }
            _ => {}
        }
    }
    let mut seen = BTreeSet::new();
    macro_rules! take {
        ($($call:ident),*) => { $(
            if std::any::TypeId::of::<<api::$call as Call>::Request>() != std::any::TypeId::of::<()>() {
                parts(&<<api::$call as Call>::Request as ToSchema>::name(), &mut seen);
            }
        )* };
    }
    api::for_each_call!(take);
    let mut found = Vec::new();
    for name in &seen {
        unbound(&SHAPES[name], name, &mut found);
    }
    assert!(seen.len() > 60, "{}", seen.len());
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn every_pattern_and_format_is_known() {
    let described = serde_json::to_value(openapi::document()).unwrap();
    let schemas = described.pointer("/components/schemas").unwrap().as_object().unwrap();
    for (name, schema) in schemas {
        if let Some(pattern) = schema["pattern"].as_str() {
            assert!(Regex::new(pattern).is_ok(), "{name}: {pattern}");
        }
        if let (Some("string"), Some(format)) = (schema["type"].as_str(), schema["format"].as_str()) {
            assert!(formats::is_known(format), "{name}: {format}");
        }
    }
}

#[test]
fn each_field_that_does_not_fit_is_named() {
    let register = |name: &str| json!({ "name": name, "email": "a@b.example" });
    assert!(hold::<RegisterRequest>(&mut register("محمد بن علي"), now()).is_ok());
    for (name, code) in [
        ("", FieldCode::Length),
        ("   ", FieldCode::Line),
        ("a\u{0}b", FieldCode::Line),
        ("a\nb", FieldCode::Line),
        ("\u{3000}\u{a0}", FieldCode::Line),
        ("Ali\u{202e}ilA", FieldCode::Hidden),
        ("A\u{200b}li", FieldCode::Hidden),
        ("\u{3164}", FieldCode::Hidden),
        (&format!("A{}", "\u{301}".repeat(150)), FieldCode::Hidden),
    ] {
        assert_eq!(why::<RegisterRequest>(register(name)), [("name".to_owned(), code)], "{name:?}");
    }
    assert_eq!(why::<RegisterRequest>(register(&"x".repeat(201))), [("name".to_owned(), FieldCode::Length)]);
    let all = json!({ "email": 7, "phone": "x", "birth_date": "2999-01-01", "language": "xx", "colour": 1 });
    let all: Vec<_> =
        why::<RegisterRequest>(all).into_iter().map(|(path, why)| format!("{path} {}", why.text())).collect();
    assert_eq!(
        all,
        [
            "birth_date birth_date",
            "colour unknown",
            "email kind",
            "language language",
            "name missing",
            "phone phone"
        ]
    );
    assert_eq!(why::<RegisterRequest>(json!([])), [(".".to_owned(), FieldCode::Kind)]);
    let nested = json!({
        "name": "A", "address": "", "time_zone": "Nowhere/At_All", "languages": [], "rooms": ["1", "1"],
        "policy": { "near": 0, "messages": ["", "x"] }
    });
    let nested: Vec<_> = why::<BranchSettings>(nested).into_iter().map(|(path, _)| path).collect();
    assert_eq!(nested, ["languages", "policy.messages[0]", "policy.near", "rooms", "time_zone"]);
}

#[test]
fn every_line_that_people_read_hides_nothing() {
    // Lines that are compared or looked up, and never shown.
    let compared = ["SignInName", "FactorCode", "EnrolCode", "TicketCode", "AppVersion", "Part"];
    for (name, shape) in &*SHAPES {
        let Shape::Text(text) = shape else { continue };
        if text.fault == FieldCode::Line && !compared.contains(&name.as_str()) {
            assert_eq!(text.format.as_deref(), Some("line"), "{name}");
        }
    }
}

#[test]
fn a_reason_is_kept_without_what_is_hidden_in_it() {
    let mut join = json!({
        "branch_id": "01a22298-f12e-7932-bb06-411080cf1bfc", "service_id": "01a22298-f12e-7932-bb06-411080cf1bfc",
        "reason_for_visit": "Cough\n\u{202e}10\u{202c} days\u{200b}",
    });
    assert!(hold::<JoinRequest>(&mut join, now()).unwrap());
    assert_eq!(join["reason_for_visit"], "Cough\n10 days");
    assert!(!hold::<JoinRequest>(&mut join, now()).unwrap(), "it is as it is kept");
}

#[test]
fn a_day_that_does_not_exist_is_said_to_be_none() {
    let register = |day: &str| json!({ "name": "Ali", "email": "a@b.example", "birth_date": day });
    for (day, code) in [("1990-02-31", FieldCode::NoSuchDay), ("1899-01-01", FieldCode::BirthDate)] {
        assert_eq!(why::<RegisterRequest>(register(day)), [("birth_date".to_owned(), code)], "{day}");
    }
}

#[test]
fn whole_numbers_are_whole_however_they_are_written() {
    let back = |places: Value| json!({ "places": places });
    let mut value = back(json!(3.0));
    assert!(hold::<StepBackRequest>(&mut value, now()).unwrap());
    assert_eq!(value, back(json!(3)));
    assert!(!hold::<StepBackRequest>(&mut back(json!(3)), now()).unwrap());
    for (places, code) in [
        (json!(0), FieldCode::Range),
        (json!(11), FieldCode::Range),
        (json!(u64::MAX), FieldCode::Range),
        (json!(1e300), FieldCode::Range),
        (json!(1.5), FieldCode::Kind),
        (json!("1"), FieldCode::Kind),
    ] {
        assert_eq!(why::<StepBackRequest>(back(places.clone())), [("places".to_owned(), code)], "{places}");
    }
}

#[test]
fn one_of_several_is_held_against_the_nearest() {
    let id = "01a22298-f12e-7932-bb06-411080cf1bfc";
    let merge = |proof: Value| json!({ "other_id": id, "version": 1, "other_version": 1, "proof": proof });
    for proof in [json!(null), json!({ "identity": "passport" })] {
        assert!(hold::<MergeRequest>(&mut merge(proof), now()).is_ok());
    }
    let wrong = merge(json!({ "code": { "verification_id": id, "code": "12" } }));
    assert_eq!(why::<MergeRequest>(wrong), [("proof.code.code".to_owned(), FieldCode::Form)]);
}

#[test]
fn queries_and_headers_have_shapes_too() {
    let ask = |pairs: &[(&str, &str)]| {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        query::<ListQuery>(pairs, now())
    };
    assert_eq!(ask(&[("limit", "20")]).unwrap(), json!({ "limit": 20 }));
    let why = |pairs: &[(&str, &str)]| {
        let fault = ask(pairs).unwrap_err();
        (fault.code, fault.fields.into_values().next().map(|why| why.code))
    };
    assert_eq!(why(&[("limit", "many")]), (Code::Malformed, Some(FieldCode::Kind)));
    assert_eq!(why(&[("limit", "201")]), (Code::Invalid, Some(FieldCode::Range)));
    assert_eq!(why(&[("limit", "1"), ("limit", "2")]), (Code::Invalid, Some(FieldCode::Twice)));
    assert_eq!(why(&[("colour", "red")]), (Code::Malformed, Some(FieldCode::Unknown)));
    assert_eq!(why(&[("cursor", "")]), (Code::Malformed, Some(FieldCode::Cursor)));
    assert!(header::<IdempotencyKey>("01a22298").is_ok() && header::<IdempotencyKey>("").is_err());
    for fits in ["0", "7", "\"7\"", "W/\"7\""] {
        assert!(header::<IfMatch>(fits).is_ok(), "{fits}");
    }
    for wrong in ["", "*", "-1", "seven", "99999999999999999999"] {
        assert!(header::<IfMatch>(wrong).is_err(), "{wrong}");
    }
}
