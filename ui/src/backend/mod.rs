//! The way to the server: calls over HTTP, live views over one socket.

mod desktop;
mod live;
mod notes;
mod session;

use gloo_net::http::{Method, RequestBuilder};
use medlane_shared::{
    api::{Call, Method as CallMethod, fill},
    fault::{Code, Fault},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use live::{Live, pending_notes, use_live};
pub use notes::{save_note, sign_note};
pub use session::{Session, SessionContext, enrol, resume, sign_in, sign_out};

/// Makes a call. An access token that has run out is renewed once.
///
/// # Errors
/// The server's fault, or [`Code::Offline`].
pub async fn call<C: Call>(parameters: &[&str], request: &C::Request) -> Result<C::Response, Fault> {
    session::fresh().await?;
    match send::<C>(parameters, request).await {
        Err(fault) if fault.code == Code::TokenExpired => {
            session::renew().await?;
            send::<C>(parameters, request).await
        }
        done => done,
    }
}

/// Makes a call as it is.
async fn send<C: Call>(parameters: &[&str], request: &C::Request) -> Result<C::Response, Fault> {
    if desktop::is_here() {
        let language = session::language();
        let asked =
            json!({ "name": C::NAME, "parameters": parameters, "request": request, "language": language });
        let answer = desktop::ask("call", json!({ "request": asked })).await?;
        return answer.as_str().and_then(read).ok_or_else(|| Code::Internal.into());
    }
    let path = fill(C::PATH, parameters).ok_or(Code::NotFound)?;
    let body = serde_json::to_value(request).map_err(|_| Code::Malformed)?;
    let method = match C::METHOD {
        CallMethod::Get => Method::GET,
        CallMethod::Post => Method::POST,
        CallMethod::Put => Method::PUT,
        CallMethod::Patch => Method::PATCH,
        CallMethod::Delete => Method::DELETE,
    };
    let mut builder =
        RequestBuilder::new(&path).method(method).header("accept-language", session::language().as_str());
    if let Some(token) = session::access_token() {
        builder = builder.header("authorization", &format!("Bearer {token}"));
    }
    let offline = |_| Fault::new(Code::Offline);
    let response = match C::METHOD {
        CallMethod::Get => {
            let pairs: Vec<(String, String)> =
                body.as_object().into_iter().flatten().filter_map(pair).collect();
            builder
                .query(pairs.iter().map(|(name, value)| (name.as_str(), value)))
                .send()
                .await
                .map_err(offline)?
        }
        CallMethod::Delete => builder.send().await.map_err(offline)?,
        _ => {
            let key = format!("{:x}{:x}", js_sys::Math::random().to_bits(), js_sys::Math::random().to_bits());
            builder
                .header("idempotency-key", &key)
                .json(&body)
                .map_err(offline)?
                .send()
                .await
                .map_err(offline)?
        }
    };
    let ok = response.ok();
    let text = response.text().await.map_err(offline)?;
    if ok {
        return read(&text).ok_or_else(|| Code::Internal.into());
    }
    Err(read(&text).unwrap_or_else(|| Fault::new(Code::Internal)))
}

/// The server's address as others reach it: a desktop app's page has another of its own.
#[must_use]
pub fn server_address() -> String {
    let told = desktop::server();
    let own = || web_sys::window()?.location().origin().ok();
    told.or_else(own).unwrap_or_default()
}

/// Reads JSON, every type by way of [`Value`]: a parser for each would be a fifth of the bundle.
fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    let value: Value = serde_json::from_str(text).ok()?;
    serde_json::from_value(value).ok()
}

fn pair((name, value): (&String, &Value)) -> Option<(String, String)> {
    match value {
        Value::Null => None,
        Value::String(text) => Some((name.clone(), text.clone())),
        other => Some((name.clone(), other.to_string())),
    }
}
