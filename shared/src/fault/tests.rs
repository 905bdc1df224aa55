use super::*;

#[test]
fn a_fault_on_the_wire() {
    let fault = Fault::new(Code::RecallTooSoon).retry_after_s(42);
    let json = serde_json::to_value(&fault).unwrap();
    assert_eq!(json["code"], "recall_too_soon");
    assert_eq!(json["retry_after_s"], 42);
    assert!(json.get("fields").is_none());
    assert!(json.get("message").is_none(), "the server's edge adds the words");
    let fault = Fault::new(Code::Invalid).field("name", FieldFault::length(1, 200));
    let field = serde_json::json!({ "code": "length", "min": 1, "max": 200 });
    assert_eq!(serde_json::to_value(&fault).unwrap()["fields"]["name"], field);
    assert!(FieldCode::ALL.iter().all(|code| FieldCode::from_text(&code.text()) == Some(*code)));
}

#[test]
fn every_code_has_a_distinct_text_and_a_client_or_server_status() {
    let mut texts: Vec<String> = Code::ALL.iter().map(|c| c.text()).collect();
    for code in Code::ALL {
        assert_eq!(serde_json::from_value::<Code>(code.text().into()).unwrap(), *code);
    }
    assert!(serde_json::from_str::<Code>("\"no_such_code\"").is_err());
    assert_eq!((Code::MfaOn.text(), Code::Internal.text()), ("mfa_on".to_owned(), "internal".to_owned()));
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), Code::ALL.len());
    assert!(Code::ALL.iter().all(|c| (400..600).contains(&c.status())));
}

#[test]
fn the_language_is_the_best_accepted_one() {
    assert_eq!(Language::negotiate("fr, ar;q=0.8, en;q=0.5"), Language::Ar);
    assert_eq!(Language::negotiate("ar-OM"), Language::Ar);
    assert_eq!(Language::negotiate("de"), Language::En);
    assert_eq!(Language::negotiate(""), Language::En);
    assert_eq!(Language::negotiate("ar;q=0, en"), Language::En);
}

#[test]
fn a_fault_that_may_pass_says_nothing_about_the_caller() {
    let passing = Code::ALL.iter().filter(|code| code.may_pass());
    assert!(
        passing.clone().all(|code| !matches!(code.status(), 404 | 409 | 410 | 422)),
        "{:?}",
        passing.collect::<Vec<_>>()
    );
    let away = [Code::Offline, Code::Overloaded, Code::RequestSlow, Code::RateLimited, Code::Internal];
    assert!(away.iter().all(|code| code.may_pass()));
    let ends = [
        Code::VersionStale,
        Code::SignedOut,
        Code::TokenReused,
        Code::Forbidden,
        Code::PrinterGone,
        Code::SwitchedOff,
    ];
    assert!(ends.iter().all(|code| !code.may_pass()));
}
