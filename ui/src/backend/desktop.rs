//! Calls to the desktop app's core, if this page is in an app's window.

use std::{
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
};

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

/// Whether a desktop app embeds this program. The optimiser removes the code for windows from a program that never sets it.
static IS_EMBEDDED: AtomicBool = AtomicBool::new(false);

/// Says that a desktop app embeds this program.
pub fn embedded() {
    IS_EMBEDDED.store(true, Ordering::Relaxed);
}

/// Whether this page is a desktop app's window.
#[must_use]
#[inline]
pub fn is_here() -> bool {
    IS_EMBEDDED.load(Ordering::Relaxed) && internals().is_some()
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

/// An answer of the core that is still to come. It is boxed: the code of a future that is awaited directly stays in a
/// program that never creates one.
pub type Asking<T> = Pin<Box<dyn Future<Output = Result<T, Fault>>>>;

/// Sends a command to the core. The answer is the core's value, or its fault.
#[must_use]
pub fn ask(command: &'static str, arguments: Value) -> Asking<Value> {
    Box::pin(async move {
        let promise = promise(command, &arguments).ok_or(Code::Internal)?;
        match JsFuture::from(promise).await {
            Ok(answer) => Ok(value(&answer).unwrap_or_default()),
            Err(refused) => Err(value(&refused)
                .and_then(|fault| lean::read(fault).ok())
                .unwrap_or_else(|| Code::Internal.into())),
        }
    })
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
