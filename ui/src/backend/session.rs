//! Who is signed in. The access token lives in memory, the refresh token in a cookie that no script reads.

use std::{cell::RefCell, rc::Rc, time::Duration};

use gloo_storage::{LocalStorage, SessionStorage, Storage as _};
use gloo_timers::future::sleep;
use js_sys::Reflect;
use medlane_shared::{
    api::{ConfirmIdentity, EnrolDevice, GetMe, Login, Logout, Refresh, VerifyMfa},
    fault::{Code, Fault},
    identity::{
        ConfirmRequest, DeviceEnrolRequest, Face, LoginRequest, Me, MfaVerifyRequest, RefreshRequest, Tokens,
    },
    ids::PersonId,
    lean,
};
use serde_json::{Value, json};
use wasm_bindgen::JsValue;
use yew::prelude::*;

use super::{desktop, send};
use crate::kit::{listen, window};

/// Seconds before its end at which a token is renewed.
const EARLY_S: f64 = 45.0;

#[derive(Default)]
struct Held {
    face: Face,
    token: Option<String>,
    /// There is a session here, whether or not its token is at hand.
    is_known: bool,
    /// One renewal at a time: the cookie of each is another.
    renewing: bool,
    ends_ms: f64,
    /// What stands for a right password until the second factor comes.
    step: Option<String>,
    /// Called when somebody else is signed in, or nobody any more.
    changed: Option<fn()>,
    /// Who is signed in.
    person: Option<PersonId>,
    /// Where the page hears that its session has ended.
    ended: Option<Callback<Session>>,
    /// It has ended, and nobody has signed in since.
    is_over: bool,
}

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

/// What the page knows of its session.
#[derive(Clone, PartialEq)]
pub enum Session {
    /// Not known yet.
    Unknown,
    /// Nobody.
    SignedOut,
    /// Nobody, and this computer is none of the clinic's devices yet.
    Unenrolled,
    /// It cannot be found out: no server, or a locked keyring.
    Failed(Fault),
    /// Somebody, who has to give the password first.
    Locked(Rc<Me>),
    /// Somebody.
    SignedIn(Rc<Me>),
}

/// The session, and how it changes.
#[derive(Clone, PartialEq)]
pub struct SessionContext {
    /// As it is.
    pub session: Session,
    /// Changes it.
    pub set: Callback<Session>,
}

pub(super) fn access_token() -> Option<String> {
    HELD.with_borrow(|held| held.token.clone())
}

/// The program that this page is.
#[must_use]
pub fn face() -> Face {
    HELD.with_borrow(|held| held.face)
}

pub(super) fn language() -> String {
    let root = web_sys::window().and_then(|window| window.document()?.document_element());
    root.and_then(|root| root.get_attribute("lang")).unwrap_or_else(|| "en".to_owned())
}

fn keep(tokens: Tokens) -> Me {
    HELD.with_borrow_mut(|held| {
        (held.token, held.is_known) = (Some(tokens.access_token), true);
        held.person = tokens.me.person_id;
        held.is_over = false;
        held.ends_ms = js_sys::Date::now() + f64::from(tokens.expires_in_s) * 1_000.0;
    });
    tokens.me
}

/// Asks the desktop app's core, which keeps the tokens.
async fn ask(command: &str, arguments: Value) -> Result<Session, Fault> {
    let mut standing = desktop::ask(command, arguments).await?;
    Ok(match standing["state"].as_str() {
        Some("signed_in") => {
            let me = lean::read::<Me>(standing["me"].take()).map_err(|_| Code::Internal)?;
            HELD.with_borrow_mut(|held| (held.person, held.is_over) = (me.person_id, false));
            Session::SignedIn(me.into())
        }
        Some("locked") => {
            Session::Locked(lean::read::<Me>(standing["me"].take()).map_err(|_| Code::Internal)?.into())
        }
        Some("unenrolled") => Session::Unenrolled,
        Some("offline") => Session::Failed(Code::Offline.into()),
        _ => Session::SignedOut,
    })
}

/// Whether a session has to be renewed before anything is asked in its name: its token is not at hand, or about to run out.
/// Where there is no session, there is nothing to renew.
fn is_stale(is_known: bool, has_token: bool, left_ms: f64) -> bool {
    is_known && (!has_token || left_ms < EARLY_S * 1_000.0)
}

/// Renews a token that is about to run out, or that a renewal which did not reach the server left behind.
pub(super) async fn fresh() -> Result<(), Fault> {
    let stale = || {
        let now = js_sys::Date::now();
        HELD.with_borrow(|held| is_stale(held.is_known, held.token.is_some(), held.ends_ms - now))
    };
    while stale() {
        if HELD.with_borrow_mut(|held| std::mem::replace(&mut held.renewing, true)) {
            sleep(Duration::from_millis(50)).await;
            continue;
        }
        let done = renew().await;
        HELD.with_borrow_mut(|held| held.renewing = false);
        return done;
    }
    Ok(())
}

/// The server says that this token has run out: it is renewed, unless another is here already.
pub(super) async fn renew_after(used: Option<String>) -> Result<(), Fault> {
    HELD.with_borrow_mut(|held| {
        if held.token == used {
            held.token = None;
        }
    });
    fresh().await
}

/// Renews the session by its cookie.
async fn renew() -> Result<(), Fault> {
    HELD.with_borrow_mut(|held| held.token = None);
    let before = HELD.with_borrow(|held| held.person);
    let request = RefreshRequest { face: face(), ..RefreshRequest::default() };
    let tokens = send::<Refresh>(&[], &request).await?;
    if keep(tokens).person_id != before && before.is_some() {
        // Somebody else signed in in another tab: nothing of the one before stays here.
        reload();
    }
    Ok(())
}

fn reload() {
    if let Some(window) = web_sys::window() {
        drop(window.location().reload());
    }
}

/// Has the page hear when its session has ended: here, in another tab, or with the server.
pub fn when_ended(set: Callback<Session>) {
    HELD.with_borrow_mut(|held| held.ended = Some(set));
}

/// Whether the page shows a sign-in since its session has ended, and not since somebody left.
#[must_use]
pub fn is_over() -> bool {
    HELD.with_borrow(|held| held.is_over)
}

/// Looks whether a refusal means that the session has ended. Then the page clears, and asks to sign in again where it is.
pub(super) fn look_at(fault: &Fault) -> bool {
    means_over(fault) && ended()
}

/// Whether the server says that there is no session (any more). That it was not reached says nothing of it.
pub(super) const fn means_over(fault: &Fault) -> bool {
    matches!(
        fault.code,
        Code::SignedOut | Code::TokenExpired | Code::TokenInvalid | Code::TokenReused | Code::DeviceUnproven
    )
}

/// The session has ended; whether there was one.
pub(super) fn ended() -> bool {
    let told = HELD.with_borrow_mut(|held| {
        let told = held.ended.clone().filter(|_| held.person.is_some())?;
        (held.token, held.person, held.is_over, held.is_known) = (None, None, true, false);
        Some(told)
    });
    let Some(told) = told else { return false };
    drop(SessionStorage::raw().remove_item(LOCKED));
    changed();
    told.emit(Session::SignedOut);
    if desktop::is_here() {
        // What the core still has of it goes as well.
        wasm_bindgen_futures::spawn_local(async { drop(desktop::ask("sign_out", json!({})).await) });
    }
    true
}

/// Where other tabs hear who is signed in: `<face> <person>`, without a person once nobody is.
const TOLD: &str = "medlane.session";

fn tell_tabs(person: Option<PersonId>) {
    let who = person.map(|id| id.to_string()).unwrap_or_default();
    // What is removed first is news, also where it says the same. Without storage each tab finds out by itself.
    drop(LocalStorage::raw().remove_item(TOLD));
    drop(LocalStorage::raw().set_item(TOLD, &format!("{:?} {who}", face())));
}

fn root() -> Option<web_sys::Element> {
    web_sys::window()?.document()?.document_element()
}

fn field(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or_default()
}

/// What another tab said.
fn hear_tab(said: &str) {
    let mut parts = said.split(' ');
    if said.is_empty() || parts.next() != Some(format!("{:?}", face()).as_str()) {
        return;
    }
    let who = parts.next().unwrap_or_default();
    let own = HELD.with_borrow(|held| held.person).map(|id| id.to_string());
    if who.is_empty() {
        ended();
    } else if own.is_some_and(|own| own != who) {
        reload();
    }
}

/// Keeps the page true to its session: told by other tabs, looked at whenever the page is looked at again, and hidden when
/// it is left, so that going back shows nothing that may be over.
#[hook]
pub fn use_watch() {
    use_effect_with((), |()| {
        let heard = |event: Event| {
            if field(&event, "key").as_string().as_deref() == Some(TOLD) {
                hear_tab(&field(&event, "newValue").as_string().unwrap_or_default());
            }
        };
        let hide = |_| drop(root().map(|root| root.set_attribute("hidden", "")));
        let back = |event: Event| {
            if field(&event, "persisted").is_truthy() {
                reload();
            }
        };
        let look = |_| {
            let is_seen = root().is_some_and(|root| {
                let page = root.owner_document();
                page.is_some_and(|page| {
                    field(&page, "visibilityState").as_string().as_deref() == Some("visible")
                })
            });
            if is_seen && HELD.with_borrow(|held| held.person.is_some()) {
                wasm_bindgen_futures::spawn_local(async { drop(super::fetched::<GetMe>().await) });
            }
        };
        let hears = window().filter(|_| !desktop::is_here()).map(|window| {
            (
                listen(&window, "storage", false, heard),
                listen(&window, "pagehide", false, hide),
                listen(&window, "pageshow", false, back),
                listen(&window, "visibilitychange", true, look),
            )
        });
        move || drop(hears)
    });
}

/// The session of this browser for a face, should there be one.
pub async fn resume(face: Face) -> Session {
    HELD.with_borrow_mut(|held| held.face = face);
    if desktop::is_here() {
        return ask("resume", json!({})).await.unwrap_or_else(Session::Failed);
    }
    match send::<Refresh>(&[], &RefreshRequest { face, ..RefreshRequest::default() }).await {
        Ok(tokens) if is_marked_locked() => Session::Locked(keep(tokens).into()),
        Ok(tokens) => signed_in(tokens),
        Err(fault) if matches!(fault.code, Code::Offline | Code::DeviceLocked) => Session::Failed(fault),
        Err(_) => Session::SignedOut,
    }
}

/// Signs a person in.
///
/// # Errors
/// The server's fault; [`Code::MfaRequired`] where [`pass_factor`] has to follow.
pub async fn sign_in(email: String, password: String) -> Result<Session, Fault> {
    if desktop::is_here() {
        return ask("sign_in", json!({ "email": email, "password": password })).await;
    }
    let request = LoginRequest { email, password, role: None, face: face(), device: None };
    let answer = send::<Login>(&[], &request).await;
    if let Err(Fault { code: Code::MfaRequired, present: Some(step), .. }) = &answer {
        let token = step["mfa_token"].as_str().map(str::to_owned);
        HELD.with_borrow_mut(|held| held.step = token);
    }
    answer.map(signed_in)
}

/// Has the line begin anew with every session. A page that follows nothing has no line, and its code is not in the bundle.
pub(super) fn when_changed(restart: fn()) {
    HELD.with_borrow_mut(|held| held.changed = Some(restart));
}

fn changed() {
    super::confirm::forget();
    if let Some(restart) = HELD.with_borrow(|held| held.changed) {
        restart();
    }
}

/// The page's session from now on.
#[must_use]
pub fn signed_in(tokens: Tokens) -> Session {
    let me = keep(tokens);
    changed();
    tell_tabs(me.person_id);
    Session::SignedIn(me.into())
}

/// What stands for a right password, in the middle of a sign-in.
#[must_use]
pub fn step_token() -> Option<String> {
    HELD.with_borrow(|held| held.step.clone())
}

/// Ends a sign-in by a code of the authenticator app, or a backup code.
///
/// # Errors
/// The server's fault.
pub async fn pass_factor(code: String) -> Result<Session, Fault> {
    if desktop::is_here() {
        return ask("pass_factor", json!({ "code": code })).await;
    }
    let mfa_token = step_token().ok_or(Code::SignedOut)?;
    send::<VerifyMfa>(&[], &MfaVerifyRequest { mfa_token, code, face: face() }).await.map(signed_in)
}

/// The mark of a locked page: it stays when the page is loaded again, and goes with its tab.
const LOCKED: &str = "medlane.locked";

fn is_marked_locked() -> bool {
    matches!(SessionStorage::raw().get_item(LOCKED), Ok(Some(_)))
}

/// Locks the page.
pub async fn lock(me: Rc<Me>) -> Session {
    if desktop::is_here() {
        return ask("lock", json!({})).await.unwrap_or_else(Session::Failed);
    }
    // Without storage it is locked as long as it is not loaded again.
    drop(SessionStorage::raw().set_item(LOCKED, "1"));
    Session::Locked(me)
}

/// Opens a locked page.
///
/// # Errors
/// [`Code::PasswordWrong`], and the server's.
pub async fn unlock(me: Rc<Me>, password: String) -> Result<Session, Fault> {
    if desktop::is_here() {
        return ask("unlock", json!({ "password": password })).await;
    }
    // What is answered is for a proof, which nobody asks for here.
    super::done::<ConfirmIdentity>(&ConfirmRequest { password, code: None }).await?;
    drop(SessionStorage::raw().remove_item(LOCKED));
    Ok(Session::SignedIn(me))
}

/// Makes this computer one of the clinic's devices; a browser a kiosk or board.
///
/// # Errors
/// The server's fault.
pub async fn enrol(code: String) -> Result<Session, Fault> {
    if desktop::is_here() {
        return ask("enrol", json!({ "code": code })).await;
    }
    // It keeps no key: its cookie is its own alone.
    HELD.with_borrow_mut(|held| held.face = Face::Kiosk);
    let request = DeviceEnrolRequest { code, face: Some(Face::Kiosk), ..DeviceEnrolRequest::default() };
    let enrolled = send::<EnrolDevice>(&[], &request).await?;
    enrolled.tokens.map(signed_in).ok_or_else(|| Code::Internal.into())
}

/// Signs out; offline the page at least forgets.
pub async fn sign_out() -> Session {
    if desktop::is_here() {
        return ask("sign_out", json!({})).await.unwrap_or_else(Session::Failed);
    }
    drop(SessionStorage::raw().remove_item(LOCKED));
    // The cookie's session is ended by the server; without it there is nothing to end here.
    drop(send::<Logout>(&[], &RefreshRequest { face: face(), ..RefreshRequest::default() }).await);
    HELD.with_borrow_mut(|held| (held.token, held.person, held.is_known) = (None, None, false));
    changed();
    tell_tabs(None);
    Session::SignedOut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_without_its_token_is_renewed_before_anything_is_asked() {
        assert!(is_stale(true, false, 600_000.0), "a renewal did not reach the server: it is tried again");
        assert!(is_stale(true, true, 44_000.0) && !is_stale(true, true, 46_000.0));
        assert!(!is_stale(false, false, 0.0), "whoever never signed in has nothing to renew");
    }

    #[test]
    fn a_server_that_is_not_reached_ends_no_session() {
        let over = [Code::SignedOut, Code::TokenExpired, Code::TokenInvalid, Code::TokenReused];
        assert!(over.into_iter().all(|code| means_over(&code.into())));
        assert!([Code::Offline, Code::Internal].into_iter().all(|code| !means_over(&code.into())));
    }
}
