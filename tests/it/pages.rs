//! The answers beside the interface: pages and their files, the headers of both, health and metrics.

use std::{fs, path::Path};

use medlane_shared::pages;
use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{Answer, World};

/// Faces in the layout of the build, each with its name as its page.
fn faces(dir: &Path) {
    for face in ["companion", "doctor", "console", "kiosk"] {
        let assets = dir.join(face).join("assets");
        fs::create_dir_all(&assets).unwrap();
        fs::write(dir.join(face).join("index.html"), face).unwrap();
        fs::write(assets.join("app-1.js"), "plain").unwrap();
        fs::write(assets.join("app-1.js.br"), "packed").unwrap();
    }
}

async fn world(staff: bool) -> World {
    let mut world = World::sqlite().await;
    let dir = world.dir.path().join("web");
    faces(&dir);
    world
        .restart(|config| {
            config.web.dir = Some(dir);
            config.web.staff = staff;
            config.http.https = true;
        })
        .await;
    world
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_file_that_is_not_there_is_no_page() {
    let world = world(true).await;
    let anyone = world.node.anyone();
    for path in ["/assets/app-0.js", "/assets/", "/doctor/assets/app-0.js", "/kiosk/assets/deep/app-0.wasm"] {
        let answer = anyone.get(path).await;
        answer.refused(404, "not_found");
        assert_eq!(header(&answer, "cache-control"), "no-store", "{path}");
    }
    for path in ["/assets/app-1.js", "/doctor/assets/app-1.js"] {
        let answer = anyone.get(path).await;
        assert_eq!((answer.status.as_u16(), &answer.body), (200, &"plain".into()), "{path}");
        assert_eq!(header(&answer, "cache-control"), "public, max-age=31536000, immutable", "{path}");
    }
}

#[tokio::test]
async fn an_address_is_a_page_or_404() {
    let world = world(true).await;
    let anyone = world.node.anyone();
    let own = |app, paths: &[&'static str]| paths.iter().map(|path| (*path, app)).collect::<Vec<_>>();
    let pages = [
        own("companion", &[pages::COMPANION, "/t/secret"]),
        own("companion", &pages::ACCOUNT),
        own("doctor", &[pages::WORKSTATION]),
        own("console", &pages::CONSOLE),
        own("kiosk", &pages::KIOSK),
        own("console", &["/console/", "/console/people/"]),
    ];
    for (path, app) in pages.concat() {
        let answer = anyone.get(path).await;
        assert_eq!((answer.status.as_u16(), &answer.body), (200, &app.into()), "{path}");
        assert_eq!(header(&answer, "cache-control"), "no-cache", "{path}");
    }
    for path in [
        "/nothing",
        "/t/",
        "/t/a/b",
        "/tickets/7",
        "/doctor/queue",
        "/console/nothing",
        "/kiosk/x",
        "/people",
    ] {
        let answer = anyone.get(path).await;
        // The companion's page says that there is none.
        assert_eq!((answer.status.as_u16(), &answer.body), (404, &"companion".into()), "{path}");
        assert_eq!(header(&answer, "cache-control"), "no-store", "{path}");
    }
}

#[tokio::test]
async fn earlier_addresses_of_the_console_lead_to_its_pages() {
    let world = world(true).await;
    let strict = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    for (before, page) in pages::CONSOLE_BEFORE {
        for path in [before.to_owned(), format!("{before}/")] {
            let answer = strict.get(format!("{}{path}", world.node.base)).send().await.unwrap();
            assert_eq!(
                (answer.status().as_u16(), &answer.headers()["location"]),
                (308, &page.parse().unwrap()),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_page_runs_what_is_its_own_and_stands_in_no_other() {
    let world = world(true).await;
    let answer = world.node.anyone().get("/doctor").await;
    assert_eq!(answer.body, "doctor");
    let policy = header(&answer, "content-security-policy");
    for part in ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval';", "frame-ancestors 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    for (name, value) in [
        ("x-frame-options", "DENY"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ] {
        assert_eq!(header(&answer, name), value, "{name}");
    }
    assert!(header(&answer, "permissions-policy").contains("geolocation=()"));
    let plain = World::sqlite().await;
    let answer = plain.node.anyone().get("/health").await;
    assert!(!answer.headers.contains_key("strict-transport-security"), "not without TLS");
}

#[tokio::test]
async fn the_staffs_faces_are_where_they_are_wanted() {
    for staff in [true, false] {
        let world = world(staff).await;
        let anyone = world.node.anyone();
        for face in ["doctor", "console"] {
            for path in [format!("/{face}"), format!("/{face}/assets/app-1.js")] {
                let answer = anyone.get(&path).await;
                let is_there = answer.body == face || answer.body == "plain";
                assert_eq!(is_there, staff, "{path}");
            }
        }
        for path in ["/kiosk", "/board", "/account", "/register"] {
            let answer = anyone.get(path).await;
            assert!(answer.body == "kiosk" || answer.body == "companion", "{path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn search_engines_find_the_public_pages_alone() {
    let faced = world(true).await;
    let anyone = faced.node.anyone();
    let said = anyone.get("/robots.txt").await;
    assert_eq!(header(&said, "content-type"), "text/plain; charset=utf-8");
    assert_eq!(said.body, "User-agent: *\nAllow: /$\nAllow: /register$\nAllow: /assets/\nDisallow: /\n");
    let personal =
        ["/t/secret", "/account", "/forgot", "/invited", "/doctor", "/console", "/kiosk", "/board"];
    for path in personal.iter().chain(&["/console/patients", "/nothing"]) {
        assert_eq!(header(&anyone.get(path).await, "x-robots-tag"), "noindex", "{path}");
    }
    for path in pages::PUBLIC {
        let page = anyone.get(path).await;
        assert_eq!((page.status.as_u16(), header(&page, "x-robots-tag")), (200, ""), "{path}");
    }
    // A server without pages has nothing to find.
    let mut bare = World::sqlite().await;
    bare.restart(|config| config.web.dir = None).await;
    assert_eq!(bare.node.anyone().get("/robots.txt").await.body, "User-agent: *\nDisallow: /\n");
}

#[tokio::test]
async fn files_go_out_packed_to_who_unpacks_them() {
    let world = world(true).await;
    let anyone = world.node.anyone();
    let ask = |accepts| anyone.request(Method::GET, "/assets/app-1.js").header("accept-encoding", accepts);
    let packed = anyone.send(ask("gzip, br")).await;
    assert_eq!((header(&packed, "content-encoding"), &packed.body), ("br", &"packed".into()));
    assert!(header(&packed, "content-type").contains("javascript"));
    for accepts in ["gzip", "identity", "br;q=0"] {
        let plain = anyone.send(ask(accepts)).await;
        assert_eq!((header(&plain, "content-encoding"), &plain.body), ("", &"plain".into()), "{accepts}");
    }
}

#[tokio::test]
async fn the_server_tells_how_it_is() {
    let world = World::sqlite().await;
    let anyone = world.node.anyone();
    for path in ["/health", "/api/health", "/api/v1/health"] {
        let health: Value = anyone.get(path).await.ok();
        assert_eq!((&health["status"], health["version"].is_string()), (&"ok".into(), true), "{path}");
    }
    assert_eq!(anyone.get("/ready").await.ok::<Value>(), json!({ "status": "ready" }));
}

#[tokio::test]
async fn strangers_see_neither_figures_nor_the_interface() {
    let mut world = World::sqlite().await;
    world.restart(|config| config.web.dir = None).await;
    let faced = self::world(true).await;
    for world in [&world, &faced] {
        for path in ["/metrics", "/api-docs", "/api-docs/", "/api-docs/openapi.json", "/api-docs/index.html"]
        {
            world.node.anyone().get(path).await.refused(404, "not_found");
        }
    }
}

#[tokio::test]
async fn figures_are_for_who_has_the_token() {
    let mut world = World::sqlite().await;
    let alone = format!("127.0.0.1:{}", crate::world::port());
    let token = "the token of Prometheus";
    world
        .restart(|config| {
            config.metrics.token = Some(token.to_owned());
            config.metrics.listen = Some(alone.clone());
        })
        .await;
    let mut anyone = world.node.anyone();
    anyone.get("/health").await.ok::<Value>();
    anyone.get("/metrics").await.refused(401, "token_invalid");
    anyone.token = Some("the token of Prometheuz".to_owned());
    anyone.get("/metrics").await.refused(401, "token_invalid");
    anyone.token = Some(token.to_owned());
    let figures = anyone.get("/metrics").await;
    assert_eq!(header(&figures, "content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let Value::String(figures) = figures.body else { panic!("figures are text") };
    for line in [
        "# TYPE medlane_operations_total counter",
        "# TYPE medlane_batches_total counter",
        "medlane_responses_total{class=\"2xx\"} 1",
        "medlane_responses_total{class=\"4xx\"} 2",
        "medlane_connections 1",
        "medlane_sockets_anonymous 0",
        "medlane_turned_away_total 0",
        "medlane_sockets 0",
        "medlane_audit_broken 0",
        "medlane_outbox_age_seconds 0.0",
        "medlane_http_request_duration_seconds_count{method=\"GET\",route=\"/health\",status=\"200\"} 1",
    ] {
        assert!(figures.lines().any(|said| said == line), "{line}: {figures}");
    }
    assert!(!figures.contains(&world.a.id.to_string()), "no ids: {figures}");
    // The separate listener has only the metrics, and requires the token too if one is set.
    anyone.base = format!("http://{alone}");
    assert!(anyone.get("/metrics").await.status.is_success());
    assert_eq!(anyone.get("/health").await.status, 404);
    anyone.token = None;
    anyone.get("/metrics").await.refused(401, "token_invalid");
    world.restart(|config| config.metrics.listen = Some(alone)).await;
    // It answers once the server serves.
    world.node.anyone().get("/metrics").await.refused(404, "not_found");
    assert!(anyone.get("/metrics").await.status.is_success());
}

#[tokio::test]
async fn the_interface_is_shown_where_the_settings_want_it() {
    let mut world = World::sqlite().await;
    world.restart(|config| config.http.docs = true).await;
    let anyone = world.node.anyone();
    let document: Value = anyone.get("/api-docs/openapi.json").await.ok();
    assert_eq!(document["info"]["title"], "Medlane");
    let shown = anyone.get("/api-docs/").await;
    assert!(shown.status.is_success() && shown.body.as_str().unwrap().contains("swagger-ui"), "{shown:?}");
    assert!(header(&shown, "content-security-policy").contains("'unsafe-inline'"), "which Swagger UI needs");
}
