//! Bad input has a clear code and changes nothing.

use medlane_shared::api::{CALLS, Method};
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn bodies_that_cannot_be_read() {
    let world = World::sqlite().await;
    let patient = world.patient(0).await;
    let mut unknown = world.join();
    unknown["colour"] = json!("red");
    let answer = patient.post("/api/v1/queue/join", &unknown).await;
    answer.refused(400, "malformed");
    assert!(answer.body["fields"].to_string().contains("colour"), "{}", answer.body);
    let mut typed = world.join();
    typed["branch_id"] = json!(7);
    let answer = patient.post("/api/v1/queue/join", &typed).await;
    answer.refused(400, "malformed");
    assert!(answer.body["fields"]["branch_id"]["code"].is_string(), "{}", answer.body);
    let mut long = world.join();
    long["reason_for_visit"] = json!("x".repeat(501));
    patient.post("/api/v1/queue/join", &long).await.refused(422, "invalid");
    long["reason_for_visit"] = json!("x".repeat(70_000));
    patient.post("/api/v1/queue/join", &long).await.refused(413, "too_large");
    let request = patient.request(reqwest::Method::POST, "/api/v1/queue/join");
    patient
        .send(request.header("content-type", "text/plain").body("hello"))
        .await
        .refused(415, "unsupported_media");
    let request = patient.request(reqwest::Method::POST, "/api/v1/queue/join");
    patient
        .send(request.header("content-type", "application/json").body("{"))
        .await
        .refused(400, "malformed");
    patient.get("/api/v1/queue/my-history?limit=900").await.refused(422, "invalid");
    patient.get("/api/v1/queue/my-history?cursor=%27").await.refused(400, "malformed");
    patient.get("/api/v1/nothing").await.refused(404, "not_found");
    patient.delete("/api/v1/queue/join").await.refused(405, "method_not_allowed");
    let mut token = patient.clone();
    token.token = Some("a.b.c".to_owned());
    token.get("/api/v1/me").await.refused(401, "token_invalid");
    let refresh: Value = world
        .node
        .anyone()
        .post(
            "/api/v1/auth/login",
            &json!({ "email": "patient1@test.example", "password": crate::world::PASSWORD }),
        )
        .await
        .ok();
    token.token = Some(refresh["refresh_token"].as_str().unwrap().to_owned());
    token.get("/api/v1/me").await.refused(401, "token_invalid");
    let none: Value = patient.get("/api/v1/queue/my-status").await.ok();
    assert_eq!(none["tickets"], json!([]), "nothing was done");
}

#[tokio::test]
async fn faults_speak_the_callers_language() {
    let world = World::sqlite().await;
    let anyone = world.node.anyone();
    let request =
        anyone.request(reqwest::Method::GET, "/api/v1/me").header("accept-language", "ar-OM,en;q=0.5");
    let answer = anyone.send(request).await;
    answer.refused(401, "signed_out");
    assert_eq!(answer.body["message"], "يُرجى تسجيل الدخول.");
    let body = json!({ "name": "", "email": "somebody@test.example" });
    for (language, why) in
        [("ar", "من 1 إلى 200 حرف"), ("hi", "1 से 200 अक्षर"), ("fr", "is 1 to 200 characters")]
    {
        let asked = anyone.request(reqwest::Method::POST, "/api/v1/auth/register").json(&body);
        let refused = anyone.send(asked.header("accept-language", language)).await;
        refused.refused(422, "invalid");
        assert_eq!(refused.body["fields"]["name"]["message"], why);
    }
    for (name, value) in [("x-content-type-options", "nosniff"), ("cache-control", "no-store")] {
        assert_eq!(answer.headers[name], value);
    }
    assert!(answer.headers["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
}

#[tokio::test]
async fn services_and_doctors_that_do_not_fit() {
    let world = World::sqlite().await;
    let patient = world.patient(0).await;
    let mut body = world.join();
    body["service_id"] = json!(world.a.services[1]);
    patient.post("/api/v1/queue/join", &body).await.refused(422, "service_unavailable");
    let mut body = world.join();
    body["doctor_id"] = json!(world.a.doctors[2]);
    patient.post("/api/v1/queue/join", &body).await.refused(422, "doctor_unavailable");
    let mut body = world.join();
    body["branch_id"] = json!(world.b.branches[0]);
    patient.post("/api/v1/queue/join", &body).await.refused(404, "not_found");
    let doctor = world.doctor(0).await;
    patient.post("/api/v1/queue/join", &world.join()).await.ok::<Value>();
    let row: Value = doctor.post("/api/v1/queue/call-next", &json!({})).await.ok();
    let path = format!("/api/v1/queue/{}/status", row["id"].as_str().unwrap());
    doctor.patch(&path, &json!({ "step": "serve" })).await.refused(422, "invalid");
    doctor
        .patch(&path, &json!({ "step": "prioritise", "version": 2, "priority": "urgent" }))
        .await
        .refused(422, "invalid");
    doctor.patch(&path, &json!({ "step": "dance", "version": 2 })).await.refused(400, "malformed");
}

#[tokio::test]
async fn a_query_names_its_bad_field() {
    let world = World::sqlite().await;
    let (patient, admin) = (world.patient(0).await, world.admin().await);
    for (path, field) in
        [("/api/v1/queue/my-history?colour=red", "colour"), ("/api/v1/queue/my-history?limit=many", "limit")]
    {
        let answer = patient.get(path).await;
        answer.refused(400, "malformed");
        assert!(answer.body["fields"][field]["code"].is_string(), "{path}: {}", answer.body);
    }
    let answer = admin.get("/api/v1/queue/stats?branch_id=7").await;
    answer.refused(400, "malformed");
    assert!(answer.body["fields"]["branch_id"]["code"].is_string(), "{}", answer.body);
}

#[tokio::test]
async fn a_path_that_names_nothing_leads_nowhere() {
    let world = World::sqlite().await;
    let everyone = [
        world.node.anyone(),
        world.patient(0).await,
        world.doctor(0).await,
        world.reception().await,
        world.admin().await,
    ];
    let mut seen = 0;
    for call in CALLS.iter().filter(|call| call.path.contains('{')) {
        for id in ["7", "not-an-id", "%27", "%FF", "00000000-0000-0000-0000-00000000000g"] {
            let mut parts: Vec<&str> = call.path.split('/').collect();
            for part in parts.iter_mut().filter(|part| part.starts_with('{')) {
                *part = id;
            }
            let path = parts.join("/");
            for who in &everyone {
                let method = reqwest::Method::from_bytes(call.method.text().as_bytes()).unwrap();
                let mut request = who.request(method, &path);
                if call.method != Method::Get {
                    request = request.json(&json!({}));
                }
                // A caller who is not signed in is told so first.
                let (status, code) =
                    if who.token.is_none() && !call.open { (401, "signed_out") } else { (404, "not_found") };
                who.send(request).await.refused(status, code);
                seen += 1;
            }
        }
    }
    assert!(seen > 400, "only {seen} were tried");
}

#[tokio::test]
async fn a_socket_is_an_upgrade() {
    let world = World::sqlite().await;
    let anyone = world.node.anyone();
    let answer = anyone.get("/api/v1/sync").await;
    answer.refused(400, "malformed");
    assert!(answer.body["fields"]["Upgrade"]["code"].is_string(), "{}", answer.body);
    anyone.post("/api/v1/sync", &json!({})).await.refused(405, "method_not_allowed");
}
