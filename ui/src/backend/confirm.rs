//! Calls for which the caller has to confirm their identity. The page asks once, and then the call goes on.

use std::cell::RefCell;

use js_sys::{Function, Promise};
use medlane_shared::{
    api::ConfirmIdentity,
    fault::{Code, Fault},
    identity::{ConfirmNeeds, ConfirmRequest},
    lean,
};
use serde_json::json;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use yew::Callback;

use super::{desktop, send};
use crate::clock::now_ms;

#[derive(Default)]
struct Asking {
    /// Shows the dialog, with or without a field for a code. `None` on pages without the dialog, whose bundle leaves
    /// its code out.
    show: Option<fn(bool) -> Promise>,
    /// The dialog.
    dialog: Option<Callback<bool>>,
    /// The proof, and when it expires, in milliseconds of the browser's clock. A desktop app's core keeps its own
    /// proof.
    proof: Option<(String, f64)>,
    /// The calls that wait for the dialog.
    waiting: Vec<Function>,
}

thread_local! {
    static ASKING: RefCell<Asking> = RefCell::default();
}

/// The proof, if it is still valid.
pub(super) fn proof() -> Option<String> {
    ASKING.with_borrow(|asking| {
        asking.proof.clone().filter(|(_, ends_ms)| now_ms() < *ends_ms).map(|(proof, _)| proof)
    })
}

/// Forgets the proof, because the session has changed or ended.
pub(super) fn forget() {
    ASKING.with_borrow_mut(|asking| asking.proof = None);
}

/// Sets the page's dialog. With `None` it is gone, and the waiting calls are given up.
pub fn when_confirm_needed(dialog: Option<Callback<bool>>) {
    let is_gone = dialog.is_none();
    ASKING.with_borrow_mut(|asking| {
        asking.show = dialog.is_some().then_some(show as fn(bool) -> Promise);
        asking.dialog = dialog;
    });
    if is_gone {
        settle(false);
    }
}

fn show(with_code: bool) -> Promise {
    let settled = Promise::new(&mut |settle, _| {
        ASKING.with_borrow_mut(|asking| asking.waiting.push(settle));
    });
    if let Some(dialog) = ASKING.with_borrow(|asking| asking.dialog.clone()) {
        dialog.emit(with_code);
    }
    settled
}

/// Asks the user to confirm their identity, as a refusal requires. Returns whether they did.
pub(super) async fn asked(fault: &Fault) -> bool {
    let Some(show) = ASKING.with_borrow(|asking| asking.show) else { return false };
    let with_code = fault.present.as_ref().is_some_and(|wanted| wanted["code"] == true);
    JsFuture::from(show(with_code)).await.is_ok_and(|done| done.is_truthy())
}

/// Ends the dialog: the waiting calls go on, or are given up.
pub fn settle(done: bool) {
    for waiting in ASKING.with_borrow_mut(|asking| std::mem::take(&mut asking.waiting)) {
        // The resolved promise cannot throw.
        drop(waiting.call1(&JsValue::NULL, &done.into()));
    }
}

/// Confirms the caller's identity by the password and, if needed, a code.
///
/// # Errors
/// The server's fault; [`Code::CodeWrong`] if a code is missing, [`Code::MfaNeeded`] if a second factor has to be set
/// up.
pub async fn confirm(password: String, code: Option<String>) -> Result<(), Fault> {
    let needs = if desktop::is_here() {
        let needs = desktop::ask("confirm", json!({ "password": password, "code": code })).await?;
        lean::read::<Option<ConfirmNeeds>>(needs).map_err(|_| Code::Internal)?
    } else {
        let confirmed = send::<ConfirmIdentity>(&[], &ConfirmRequest { password, code }).await?;
        let ends_ms = now_ms() + f64::from(confirmed.expires_in_s) * 1_000.0;
        ASKING.with_borrow_mut(|asking| asking.proof = confirmed.proof.map(|proof| (proof, ends_ms)));
        confirmed.needs
    };
    match needs {
        None => Ok(()),
        Some(ConfirmNeeds::Code) => Err(Code::CodeWrong.into()),
        Some(ConfirmNeeds::Factor) => Err(Code::MfaNeeded.into()),
    }
}
