//! Pages of other origins: what they may ask, and what a browser could be made to do.

use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::{
    connect_async,
    tungstenite::{Error, client::IntoClientRequest as _},
};

use crate::world::{PASSWORD, World};

const PORTAL: &str = "https://portal.example";
const EVIL: &str = "https://evil.example";

async fn world() -> World {
    let mut world = World::sqlite().await;
    world.restart(|config| config.http.origins = vec![PORTAL.to_owned()]).await;
    world
}

#[tokio::test]
async fn only_named_origins_may_read_what_is_answered() {
    let world = world().await;
    let anyone = world.node.anyone();
    let preflight = async |origin: &str| {
        let request = anyone
            .request(Method::OPTIONS, "/api/v1/queue/join")
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization,idempotency-key");
        anyone.send(request).await
    };
    let allowed = preflight(PORTAL).await;
    assert_eq!(allowed.headers["access-control-allow-origin"], PORTAL);
    assert_eq!(allowed.headers["access-control-allow-credentials"], "true");
    assert!(allowed.headers["access-control-allow-headers"].to_str().unwrap().contains("idempotency-key"));
    assert!(!preflight(EVIL).await.headers.contains_key("access-control-allow-origin"));
    for origin in [PORTAL, EVIL] {
        let request = anyone.request(Method::GET, "/api/v1/branches").header("origin", origin);
        let answer = anyone.send(request).await;
        assert_eq!(answer.headers.contains_key("access-control-allow-origin"), origin == PORTAL);
    }
    // Without configured origins no other page can read anything.
    let plain = World::sqlite().await;
    let anyone = plain.node.anyone();
    let request = anyone.request(Method::GET, "/api/v1/branches").header("origin", PORTAL);
    assert!(!anyone.send(request).await.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn no_page_elsewhere_acts_by_a_cookie() {
    let world = world().await;
    let anyone = world.node.anyone();
    let own = |path: &str, body: &Value| {
        anyone.request(Method::POST, path).header("sec-fetch-site", "same-origin").json(body)
    };
    let login = json!({ "email": "patient0@test.example", "password": PASSWORD });
    let answer = anyone.send(own("/api/v1/auth/login", &login)).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    for path in ["/api/v1/auth/refresh", "/api/v1/auth/logout", "/api/v1/auth/login"] {
        for (name, value) in [("origin", EVIL), ("origin", "null"), ("sec-fetch-site", "cross-site")] {
            let request =
                anyone.request(Method::POST, path).header("cookie", &cookie).header(name, value).json(&login);
            anyone.send(request).await.refused(403, "origin_refused");
        }
    }
    // A form of another site can only send other content types.
    let form = anyone
        .request(Method::POST, "/api/v1/auth/login")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "text/plain")
        .body(login.to_string());
    anyone.send(form).await.refused(415, "unsupported_media");
    let renewed = own("/api/v1/auth/refresh", &json!({})).header("cookie", &cookie);
    assert!(anyone.send(renewed).await.status.is_success(), "none of it ended the session");
    let out = anyone.send(own("/api/v1/auth/logout", &json!({})).header("cookie", &cookie)).await;
    assert!(out.headers["clear-site-data"].to_str().unwrap().contains("storage"));
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
}

#[tokio::test]
async fn a_socket_is_opened_by_own_pages_alone() {
    let world = world().await;
    let open = async |origin: Option<&str>| {
        let url = format!("{}/api/v1/sync", world.node.base.replace("http:", "ws:"));
        let mut request = url.into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        connect_async(request).await
    };
    for origin in [None, Some(world.node.base.as_str()), Some(PORTAL)] {
        assert!(open(origin).await.is_ok(), "{origin:?}");
    }
    for origin in [EVIL, "null", "http://127.0.0.1"] {
        let Err(Error::Http(refused)) = open(Some(origin)).await else { panic!("{origin} was let in") };
        assert_eq!(refused.status(), 403);
    }
}
