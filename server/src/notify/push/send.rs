//! Sends one message to one browser.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use medlane_shared::time::Timestamp;
use reqwest::{StatusCode, Url, header};
use serde_json::json;
use web_push_native::{
    Auth, encrypt,
    p256::{
        PublicKey,
        ecdsa::{Signature, SigningKey, VerifyingKey, signature::Signer as _},
    },
};

use super::subscription::Subscription;
use crate::notify::{Contents, ops::Tried};

/// How long our signature is valid, in seconds. A push service accepts at most 24 h.
const SIGNED_S: i64 = 12 * 3_600;
/// How long a push service keeps a message without a time of its own, in seconds.
const KEPT_S: i64 = 12 * 3_600;

/// What is needed to send.
pub struct Push<'a> {
    /// The client for push services.
    pub client: &'a reqwest::Client,
    /// The clinic's key.
    pub key: SigningKey,
    /// The contact that a push service may write to: `mailto:` or `https:`.
    pub contact: String,
    /// Now.
    pub now: Timestamp,
    /// After this time the message is useless.
    pub expires_at: Option<Timestamp>,
}

/// Tries to send a message to a browser.
pub async fn send(push: &Push<'_>, contents: &Contents) -> Tried {
    let Ok(Subscription { browser, .. }) = serde_json::from_str::<Subscription>(&contents.to) else {
        return Tried::Never("the subscription cannot be read".to_owned());
    };
    let Contents { subject, text, tag, quiet, .. } = contents;
    let words = json!({ "title": subject, "body": text, "tag": tag, "quiet": quiet }).to_string();
    let Some((url, body)) = sealed(&browser.endpoint, &browser.p256dh, &browser.auth, words) else {
        return Tried::Never("the subscription cannot be used".to_owned());
    };
    let lives_s = push.expires_at.map_or(KEPT_S, |end| end.since_ms(push.now) / 1_000).max(0);
    let request = push
        .client
        .post(url.clone())
        .header("ttl", lives_s)
        .header("urgency", "high")
        .header(header::CONTENT_ENCODING, "aes128gcm")
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .header(header::AUTHORIZATION, vapid(push, &url))
        .body(body);
    match request.send().await {
        Err(error) => Tried::Later(error.without_url().to_string()),
        Ok(answer) => match answer.status() {
            status if status.is_success() => Tried::Sent,
            StatusCode::NOT_FOUND | StatusCode::GONE => Tried::Gone,
            status if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() => {
                Tried::Later(status.to_string())
            }
            status => Tried::Never(status.to_string()),
        },
    }
}

fn sealed(endpoint: &str, p256dh: &str, auth: &str, words: String) -> Option<(Url, Vec<u8>)> {
    let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
    let key = PublicKey::from_sec1_bytes(&decode(p256dh)?).ok()?;
    let auth: [u8; 16] = decode(auth)?.try_into().ok()?;
    Some((Url::parse(endpoint).ok()?, encrypt(words.into_bytes(), &key, &Auth::from(auth)).ok()?))
}

/// The `Authorization` header of RFC 8292: a token for this push service only, and the key to verify it with.
fn vapid(push: &Push<'_>, url: &Url) -> String {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let head = encode(br#"{"typ":"JWT","alg":"ES256"}"#);
    let claims = json!({
        "aud": url.origin().ascii_serialization(),
        "exp": push.now.ms() / 1_000 + SIGNED_S,
        "sub": push.contact,
    });
    let text = format!("{head}.{}", encode(claims.to_string().as_bytes()));
    let signature: Signature = push.key.sign(text.as_bytes());
    let public = VerifyingKey::from(&push.key).to_encoded_point(false);
    format!("vapid t={text}.{}, k={}", encode(&signature.to_bytes()), encode(public.as_bytes()))
}
