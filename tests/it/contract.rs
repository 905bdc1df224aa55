//! The API does what its OpenAPI description says. `cargo xtask contract` makes every call as each role with a public
//! tester. Here are tests for what it has found, and for what it cannot see.

use std::sync::LazyLock;

use medlane_shared::api::{CALLS, Method};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

static DESCRIBED: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(medlane_server::http::document()).unwrap());

/// Fails a test if the server gives an answer that the call's description does not have.
pub fn described(method: &str, path: &str, status: StatusCode) {
    // The path belongs to a call with another method.
    if status == StatusCode::METHOD_NOT_ALLOWED {
        return;
    }
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let of: Vec<&str> = template.split('/').collect();
        of.len() == parts.len() && of.iter().zip(&parts).all(|(of, part)| of == part || of.starts_with('{'))
    };
    // `/queue/join` before `/queue/{id}`: the path with the fewest parameters.
    let paths = CALLS.iter().filter(|call| call.method.text() == method && fits(call.path));
    let Some(call) = paths.min_by_key(|call| call.path.matches('{').count()) else { return };
    let responses = &DESCRIBED["paths"][call.path][method.to_lowercase()]["responses"];
    assert!(responses.get(status.as_str()).is_some(), "{}: {status} is not described", call.name);
}

fn addressed(path: &str, by: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { by } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn who_is_not_signed_in_hears_so_before_anything_else() {
    let world = World::sqlite().await;
    let anyone = world.node.anyone();
    let mut seen = 0;
    for call in CALLS.iter().filter(|call| !call.open) {
        let method = reqwest::Method::from_bytes(call.method.text().as_bytes()).unwrap();
        for path in ["7", "%FF", "01a22298-f12e-7932-bb06-411080cf1bfc"].map(|id| addressed(call.path, id)) {
            let request = anyone.request(method.clone(), &format!("{path}?limit=nothing"));
            let request = request.header("idempotency-key", "").header("if-match", "nothing");
            let request = request.header("content-type", "text/plain").body("nothing");
            let answer = anyone.send(request).await;
            answer.refused(401, "signed_out");
            seen += 1;
        }
    }
    assert!(seen > 200, "only {seen} were tried");
}

#[tokio::test]
async fn a_method_that_is_not_there_names_those_that_are() {
    let world = World::sqlite().await;
    let admin = world.admin().await;
    let methods = [Method::Get, Method::Post, Method::Put, Method::Patch, Method::Delete];
    for call in CALLS {
        let own = |method: &Method| CALLS.iter().any(|one| one.path == call.path && one.method == *method);
        let path = addressed(call.path, "01a22298-f12e-7932-bb06-411080cf1bfc");
        // A path may match another call too: `/queue/{id}` also matches `/queue/join`.
        for method in methods.iter().filter(|method| !own(method)) {
            let name = reqwest::Method::from_bytes(method.text().as_bytes()).unwrap();
            let request = admin.request(name, &path).header("idempotency-key", "").body("x");
            let answer = admin.send(request).await;
            answer.refused(405, "method_not_allowed");
            let allow = answer.headers["allow"].to_str().unwrap();
            let allowed: Vec<&str> = allow.split(',').map(str::trim).filter(|one| *one != "HEAD").collect();
            assert!(
                allowed.iter().all(|one| methods.iter().any(|m| m.text() == *one && own(m))),
                "{path}: {allow}"
            );
        }
    }
}

#[test]
fn each_list_is_of_its_own_kind() {
    let pages: Vec<&String> = DESCRIBED["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| name.ends_with("Page"))
        .collect();
    assert!(pages.len() > 12, "{pages:?}");
    let of = |path: &str| {
        &DESCRIBED["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    };
    assert_eq!(of("/api/v1/messages"), "#/components/schemas/MessageViewPage");
    let items =
        &DESCRIBED["components"]["schemas"]["MessageViewPage"]["properties"]["items"]["items"]["$ref"];
    assert_eq!(items, "#/components/schemas/MessageView");
}

#[tokio::test]
async fn rubbish_is_refused_by_its_field() {
    let world = World::sqlite().await;
    let (admin, patient) = (world.admin().await, world.patient(0).await);
    // A character that PostgreSQL cannot store in a text.
    let named = json!({ "name": "A\u{0}B", "birth_date": "2019-01-31" });
    let answer = patient.post("/api/v1/users/me/dependants", &named).await;
    answer.refused(422, "invalid");
    assert_eq!(answer.body["fields"]["name"]["code"], "line");
    // Numbers that no type can hold, and whole numbers that are written with a decimal point.
    let back = |places: Value| json!({ "places": places, "version": 1.0 });
    let path = "/api/v1/queue/01a22298-f12e-7932-bb06-411080cf1bfc/step-back";
    for places in [json!(u64::MAX), json!(1e300), json!(-1)] {
        let answer = patient.post(path, &back(places)).await;
        answer.refused(422, "invalid");
        assert_eq!(answer.body["fields"]["places"]["max"], 10, "{}", answer.body);
    }
    patient.post(path, &back(json!(1.0))).await.refused(404, "not_found");
    // A parameter that occurs twice.
    let answer = admin.get("/api/v1/audit?limit=1&limit=2").await;
    answer.refused(422, "invalid");
    assert_eq!(answer.body["fields"]["limit"]["code"], "twice");
    let twice = patient.request(reqwest::Method::POST, path);
    let twice = twice.header("content-type", "application/json").body(r#"{"places":1,"places":2}"#);
    patient.send(twice).await.refused(400, "malformed");
    // Bytes that are not UTF-8, in headers and in a body.
    for header in ["idempotency-key", "if-match"] {
        let raw = reqwest::header::HeaderValue::from_bytes(b"\xff\xfe").unwrap();
        let request = patient.request(reqwest::Method::POST, path).header(header, raw);
        patient.send(request.json(&back(json!(1)))).await.refused(400, "malformed");
    }
    for header in ["accept-language", "user-agent", "cookie", "medlane-confirm"] {
        let raw = reqwest::header::HeaderValue::from_bytes(b"\xff\xfe").unwrap();
        let request = patient.request(reqwest::Method::GET, "/api/v1/me").header(header, raw);
        patient.send(request).await.ok::<Value>();
    }
    let raw = patient.request(reqwest::Method::POST, path).header("content-type", "application/json");
    patient.send(raw.body(b"{\"places\":\"\xff\"}".to_vec())).await.refused(400, "malformed");
}
