//! Calls to the desktop app's core, if this page is in an app's window.

use js_sys::{Function, JSON, Promise, Reflect};
use medlane_shared::{
    fault::{Code, Fault},
    lean,
};
use serde_json::{Value, json};
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;

/// The object that the app gives its pages; `None` in a browser.
fn internals() -> Option<JsValue> {
    let window: JsValue = web_sys::window()?.into();
    Reflect::get(&window, &"__TAURI_INTERNALS__".into()).ok().filter(JsValue::is_object)
}

/// Whether this page is a desktop app's window.
#[must_use]
pub fn is_here() -> bool {
    internals().is_some()
}

/// The server's address that the app was started with.
pub fn server() -> Option<String> {
    let window: JsValue = web_sys::window()?.into();
    Reflect::get(&window, &"medlaneServer".into()).ok()?.as_string()
}

fn function(name: &str) -> Option<(JsValue, Function)> {
    let internals = internals()?;
    let function = Reflect::get(&internals, &name.into()).ok()?.dyn_into().ok()?;
    Some((internals, function))
}

fn value(of: &JsValue) -> Option<Value> {
    serde_json::from_str(&String::from(JSON::stringify(of).ok()?)).ok()
}

fn promise(command: &str, arguments: &Value) -> Option<Promise> {
    let (this, invoke) = function("invoke")?;
    let arguments = JSON::parse(&arguments.to_string()).ok()?;
    invoke.call2(&this, &command.into(), &arguments).ok()?.dyn_into().ok()
}

/// Sends a command to the core.
///
/// # Errors
/// The core's fault.
pub async fn ask(command: &str, arguments: Value) -> Result<Value, Fault> {
    let promise = promise(command, &arguments).ok_or(Code::Internal)?;
    match JsFuture::from(promise).await {
        Ok(answer) => Ok(value(&answer).unwrap_or_default()),
        Err(refused) => Err(value(&refused)
            .and_then(|fault| lean::read(fault).ok())
            .unwrap_or_else(|| Code::Internal.into())),
    }
}

/// Receives the messages that the core sends without a request, for as long as the page lives. Messages from before
/// this returns are lost.
pub async fn listen(heard: impl Fn(Value) + 'static) {
    let Some((this, transform)) = function("transformCallback") else { return };
    let told = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
        if let Some(payload) = value(&event).and_then(|mut event| event.get_mut("payload").map(Value::take)) {
            heard(payload);
        }
    });
    let handler = transform.call1(&this, &told.into_js_value()).ok().and_then(|id| id.as_f64());
    let arguments = json!({ "event": "told", "target": { "kind": "Any" }, "handler": handler });
    // The core always answers, because it is part of this program.
    drop(ask("plugin:event|listen", arguments).await);
}
