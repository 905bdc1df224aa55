//! The connection to the server: calls over HTTP, live views over one socket.

mod confirm;
mod desktop;
mod live;
mod notes;
mod press;
mod session;

use gloo_net::http::{Method, RequestBuilder};
use medlane_shared::{
    api::{Call, Method as CallMethod, fill},
    fault::{Code, Fault},
    identity::CONFIRM_HEADER,
    lean,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use confirm::{confirm, settle, when_confirm_needed};
pub use desktop::{ask as ask_app, embedded, is_here as is_window};
pub use live::{
    Live, keeps_here, last_body, pending_notes, pending_steps, refused_notes, use_live, use_online,
};
pub use notes::{SavedNote, discard_note, save_note, settle_refused, sign_note};
pub use press::{Press, use_press};
pub use session::{
    Session, SessionContext, enrol, face, is_over, keep_tickets, kept_tickets, lock, pass_factor, person,
    resume, sign_in, sign_out, signed_in, step_token, trust_clinic, unlock, use_watch, when_ended,
};

/// Makes a call. An expired access token is renewed once.
///
/// # Errors
/// The server's fault, or [`Code::Offline`].
pub async fn call<C: Call>(parameters: &[&str], request: &C::Request) -> Result<C::Response, Fault> {
    take(exchange(asked::<C>(parameters, request)?, true).await)
}

/// The unparsed answer of a call, for data that is only stored.
///
/// # Errors
/// As [`call`].
pub async fn fetched<C: Call<Request = ()>>() -> Result<Value, Fault> {
    exchange(asked::<C>(&[], &())?, true).await
}

/// Makes a call and ignores its answer.
///
/// # Errors
/// As [`call`].
pub async fn done<C: Call>(request: &C::Request) -> Result<(), Fault> {
    exchange(asked::<C>(&[], request)?, true).await.map(drop)
}

/// Makes a call without renewing the session first.
async fn send<C: Call>(parameters: &[&str], request: &C::Request) -> Result<C::Response, Fault> {
    take(exchange(asked::<C>(parameters, request)?, false).await)
}

/// A call without its types, so that the code below is in the bundle once, and not once per call.
#[derive(Clone)]
struct Asked {
    name: &'static str,
    method: CallMethod,
    path: &'static str,
    parameters: Vec<String>,
    body: Value,
}

fn asked<C: Call>(parameters: &[&str], request: &C::Request) -> Result<Asked, Fault> {
    let body = serde_json::to_value(request).map_err(|_| Code::Malformed)?;
    let parameters = parameters.iter().map(|&text| text.to_owned()).collect();
    Ok(Asked { name: C::NAME, method: C::METHOD, path: C::PATH, parameters, body })
}

fn take<T: DeserializeOwned>(answer: Result<Value, Fault>) -> Result<T, Fault> {
    lean::read(answer?).map_err(|_| Code::Internal.into())
}

/// Makes a call. If the caller has to confirm their identity, it asks them and then tries again.
async fn exchange(asked: Asked, renews: bool) -> Result<Value, Fault> {
    let mut asks = true;
    loop {
        match attempt(&asked, renews).await {
            Err(fault) if asks && fault.code == Code::ConfirmNeeded => {
                asks = false;
                if !confirm::asked(&fault).await {
                    return Err(fault);
                }
            }
            done => return done.map_err(|fault| of_read(asked.method, fault)),
        }
    }
}

/// Marks that a failed call only read, so that nobody is asked to look whether it was done.
fn of_read(method: CallMethod, fault: Fault) -> Fault {
    let is_read = method == CallMethod::Get && fault.code == Code::Offline;
    if is_read { Fault { present: Some(READ.into()), ..fault } } else { fault }
}

const READ: &str = "read";

/// Whether a call failed that only reads, because there was no connection.
#[must_use]
pub fn is_unread(fault: &Fault) -> bool {
    fault.code == Code::Offline && fault.present.as_ref().and_then(Value::as_str) == Some(READ)
}

/// Makes a call. With `renews` the session is renewed first if its token has expired or soon will.
async fn attempt(asked: &Asked, renews: bool) -> Result<Value, Fault> {
    if desktop::is_here() {
        let Asked { name, parameters, body, .. } = asked;
        let language = session::language();
        let request =
            json!({ "name": name, "parameters": parameters, "request": body, "language": language });
        let answer = desktop::ask("call", json!({ "request": request })).await;
        if let Err(fault) = &answer {
            session::look_at(fault);
        }
        let answer = answer?;
        return answer.as_str().and_then(read).ok_or_else(|| Code::Internal.into());
    }
    let done = if renews { renewing(asked).await } else { over_http(asked).await };
    if let Err(fault) = &done
        && renews
    {
        look_at(fault);
    }
    done
}

async fn renewing(asked: &Asked) -> Result<Value, Fault> {
    Box::pin(session::fresh()).await?;
    let used = session::access_token();
    match over_http(asked).await {
        Err(fault) if fault.code == Code::TokenExpired => {
            Box::pin(session::renew_after(used)).await?;
            over_http(asked).await
        }
        done => done,
    }
}

/// Clears the page if nobody may work here any more, or if the session is over.
fn look_at(fault: &Fault) {
    begin_anew(fault);
    session::look_at(fault);
}

/// Reloads the page if nobody may work here any more. The new page says why.
fn begin_anew(fault: &Fault) {
    if matches!(fault.code, Code::DeviceLocked | Code::DeviceRestart | Code::DeviceRevoked | Code::ClockWrong)
        && let Some(window) = web_sys::window()
    {
        drop(window.location().reload());
    }
}

async fn over_http(asked: &Asked) -> Result<Value, Fault> {
    let parameters: Vec<&str> = asked.parameters.iter().map(String::as_str).collect();
    let path = fill(asked.path, &parameters).ok_or(Code::NotFound)?;
    let method = match asked.method {
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
    if let Some(proof) = confirm::proof() {
        builder = builder.header(CONFIRM_HEADER, &proof);
    }
    let offline = |_| Fault::new(Code::Offline);
    let request = match asked.method {
        CallMethod::Get => {
            let pairs: Vec<(String, String)> =
                asked.body.as_object().into_iter().flatten().filter_map(pair).collect();
            builder.query(pairs.iter().map(|(name, value)| (name.as_str(), value))).build()
        }
        CallMethod::Delete => builder.build(),
        _ => {
            let key = format!("{:x}{:x}", js_sys::Math::random().to_bits(), js_sys::Math::random().to_bits());
            builder.header("idempotency-key", &key).json(&asked.body)
        }
    };
    let response = request.map_err(offline)?.send().await.map_err(offline)?;
    let ok = response.ok();
    let text = response.text().await.map_err(offline)?;
    if ok {
        return read(&text).ok_or_else(|| Code::Internal.into());
    }
    Err(read(&text).unwrap_or_else(|| Fault::new(Code::Internal)))
}

/// The server's public address. A desktop app's page has another address of its own.
#[must_use]
pub fn server_address() -> String {
    let told = desktop::is_here().then(desktop::server).flatten();
    let own = || web_sys::window()?.location().origin().ok();
    told.or_else(own).unwrap_or_default()
}

/// Parses JSON by way of [`Value`] for every type: a parser for each type would be a fifth of the bundle.
fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    let value: Value = serde_json::from_str(text).ok()?;
    lean::read(value).ok()
}

fn pair((name, value): (&String, &Value)) -> Option<(String, String)> {
    match value {
        Value::Null => None,
        Value::String(text) => Some((name.clone(), text.clone())),
        other => Some((name.clone(), other.to_string())),
    }
}
