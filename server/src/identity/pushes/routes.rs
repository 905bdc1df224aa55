//! Subscriptions over REST.

use std::sync::Arc;

use axum::extract::State;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use medlane_shared::{
    api,
    fault::{Code, Fault, FieldCode},
    notify::{PushKey, PushRequest},
};
use web_push_native::p256;

use super::ops::{Subscribe, Unsubscribe};
use crate::{
    app::App,
    config::PushConfig,
    engine::{own, own_by},
    http::{Asked, CallAnswer, Caller, Reply, Routes},
    notify::push::{push_by_session, vapid},
    writer::Once,
};

/// The length of a browser's secret, in bytes.
const AUTH: usize = 16;
/// The most characters of a push service's address.
const ENDPOINT_MAX: usize = 1_000;

/// The part's routes.
pub fn routes() -> Routes {
    Routes::new()
        .on(api::GetPushKey, key)
        .on(api::SubscribePush, subscribe)
        .on(api::UnsubscribePush, unsubscribe)
}

async fn key(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::GetPushKey> {
    let (_, session, grant) = own_by(&caller.actor)?;
    let clinic = app.core.clinics.get(caller.actor.clinic())?;
    let key = vapid(&app.core.root, clinic.id);
    let point = p256::ecdsa::VerifyingKey::from(&key).to_encoded_point(false);
    let held = push_by_session(&mut app.core.read().await?, &grant, &clinic.key, session).await;
    let subscribed = held.map_err(|error| app.core.broken(&error))?.is_some();
    let public_key = BASE64_URL_SAFE_NO_PAD.encode(point.as_bytes());
    Ok(CallAnswer::of(PushKey { public_key, subscribed }))
}

/// Checks that this is a browser's subscription at a known push service. A made-up address could make the server
/// connect to any host.
fn check(push: &PushConfig, asked: &PushRequest) -> Result<(), Fault> {
    let wrong = |field: &str, why: FieldCode| Err(Fault::new(Code::Invalid).field(field, why));
    let url = reqwest::Url::parse(&asked.endpoint).ok().filter(|_| asked.endpoint.len() <= ENDPOINT_MAX);
    let is_known = url.is_some_and(|url| {
        let origin = url.origin().ascii_serialization();
        let host = url.host_str().unwrap_or_default().to_owned();
        let knows = |service: &String| {
            *service == origin
                || (url.scheme() == "https" && (host == *service || host.ends_with(&format!(".{service}"))))
        };
        push.services.iter().any(knows)
    });
    if !is_known {
        return wrong("endpoint", FieldCode::PushService);
    }
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).unwrap_or_default();
    if p256::PublicKey::from_sec1_bytes(&decode(&asked.p256dh)).is_err() {
        return wrong("p256dh", FieldCode::PushKey);
    }
    if decode(&asked.auth).len() != AUTH {
        return wrong("auth", FieldCode::PushSecret);
    }
    Ok(())
}

async fn subscribe(
    State(app): State<Arc<App>>,
    caller: Caller,
    Asked { body, once }: Asked<api::SubscribePush>,
) -> Reply<api::SubscribePush> {
    own(&caller.actor)?;
    if app.config.push.services.is_empty() {
        return Err(Code::SwitchedOff.into());
    }
    check(&app.config.push, &body)?;
    Ok(CallAnswer::of(app.writer.run(caller.by(once), Subscribe(body)).await?))
}

async fn unsubscribe(State(app): State<Arc<App>>, caller: Caller) -> Reply<api::UnsubscribePush> {
    Ok(CallAnswer::of(app.writer.run(caller.by(Once::No), Unsubscribe).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_push_services_are_knocked_at() {
        let push = PushConfig { services: vec!["push.example".to_owned()], contact: String::new() };
        let key = p256::SecretKey::from_slice(&[7; 32]).unwrap().public_key();
        let key = p256::ecdsa::VerifyingKey::from(&key).to_encoded_point(false);
        let asked = |endpoint: &str| PushRequest {
            endpoint: endpoint.to_owned(),
            p256dh: BASE64_URL_SAFE_NO_PAD.encode(key.as_bytes()),
            auth: BASE64_URL_SAFE_NO_PAD.encode([1; 16]),
        };
        for known in ["https://push.example/x", "https://eu.push.example/x"] {
            assert!(check(&push, &asked(known)).is_ok(), "{known}");
        }
        for strange in
            ["http://push.example/x", "https://push.example.evil/x", "https://notpush.example/x", "x"]
        {
            assert!(check(&push, &asked(strange)).is_err(), "{strange}");
        }
        let known = asked("https://push.example/x");
        assert!(check(&push, &PushRequest { auth: "AA".to_owned(), ..known.clone() }).is_err());
        assert!(check(&push, &PushRequest { p256dh: "AA".to_owned(), ..known }).is_err());
    }
}
