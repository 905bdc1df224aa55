//! The signed-in person. The access token is in memory, the refresh token in a cookie that no script can read.

mod watch;

use std::{cell::RefCell, rc::Rc, time::Duration};

use gloo_storage::{LocalStorage, SessionStorage, Storage as _};
use gloo_timers::future::sleep;
use medlane_shared::{
    api::{ConfirmIdentity, EnrolDevice, Login, Logout, Refresh, VerifyMfa},
    fault::{Code, Fault},
    identity::{
        ConfirmRequest, DeviceEnrolRequest, Face, LoginRequest, Me, MfaVerifyRequest, RefreshRequest, Tokens,
    },
    ids::PersonId,
    lean,
};
use serde_json::{Value, json};
pub use watch::use_watch;
use watch::{Word, tell_tabs};
use yew::prelude::*;

use super::{
    desktop::{self, Asking},
    send,
};
use crate::clock::now_ms;

/// How long before its end a token is renewed, in seconds.
const EARLY_S: f64 = 45.0;

#[derive(Default)]
struct Held {
    face: Face,
    token: Option<String>,
    /// Whether there is a session, with or without a token in memory.
    is_known: bool,
    /// Whether a renewal is running. Only one runs at a time, because each one replaces the cookie.
    renewing: bool,
    ends_ms: f64,
    /// The token that stands for a right password until the second factor is entered.
    step: Option<String>,
    /// Called when another person has signed in, or nobody is signed in any more.
    changed: Option<fn()>,
    /// The person who is signed in.
    person: Option<PersonId>,
    /// Called when the session has ended.
    ended: Option<Callback<Session>>,
    /// Whether a session has ended and nobody has signed in since.
    is_over: bool,
}

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

/// What the page knows about its session.
#[derive(Clone, PartialEq)]
pub enum Session {
    /// Not known yet.
    Unknown,
    /// Nobody is signed in.
    SignedOut,
    /// Nobody is signed in, and this computer is not one of the clinic's devices yet.
    Unenrolled,
    /// Unknown, because the server cannot be reached or the keyring is locked.
    Failed(Fault),
    /// A person is signed in, but has to enter the password first.
    Locked(Rc<Me>),
    /// A person is signed in.
    SignedIn(Rc<Me>),
}

/// The session, and a way to change it.
#[derive(Clone, PartialEq)]
pub struct SessionContext {
    /// The session.
    pub session: Session,
    /// Changes it.
    pub set: Callback<Session>,
}

pub(super) fn access_token() -> Option<String> {
    HELD.with_borrow(|held| held.token.clone())
}

/// The face that this page belongs to.
#[must_use]
pub fn face() -> Face {
    HELD.with_borrow(|held| held.face)
}

/// Who is signed in.
#[must_use]
pub fn person() -> Option<PersonId> {
    HELD.with_borrow(|held| held.person)
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
        held.ends_ms = now_ms() + f64::from(tokens.expires_in_s) * 1_000.0;
    });
    tokens.me
}

/// Sends a command to the desktop app's core, which keeps the tokens.
fn ask(command: &'static str, arguments: Value) -> Asking<Session> {
    Box::pin(async move {
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
    })
}

/// Whether the session has to be renewed before a call: its token is missing, or will soon expire. Without a session
/// there is nothing to renew.
fn is_stale(is_known: bool, has_token: bool, left_ms: f64) -> bool {
    is_known && (!has_token || left_ms < EARLY_S * 1_000.0)
}

/// Renews a token that will soon expire, or that is missing after a renewal that did not reach the server.
pub(super) async fn fresh() -> Result<(), Fault> {
    let stale = || {
        let now = now_ms();
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

/// The server says that this token has expired. Renews it, unless there is a newer one already.
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
        // Another person has signed in in another tab: reload, so that nothing of the earlier person stays.
        reload();
    }
    Ok(())
}

fn reload() {
    if let Some(window) = web_sys::window() {
        drop(window.location().reload());
    }
}

/// Sets the function that is called when the session has ended: here, in another tab, or on the server.
pub fn when_ended(set: Callback<Session>) {
    HELD.with_borrow_mut(|held| held.ended = Some(set));
}

/// Whether the page asks to sign in because the session has ended, not because the person left.
#[must_use]
pub fn is_over() -> bool {
    HELD.with_borrow(|held| held.is_over)
}

/// If a refusal means that the session has ended, clears the page and asks to sign in again. Returns whether it did.
pub(super) fn look_at(fault: &Fault) -> bool {
    means_over(fault) && ended()
}

/// Whether the server says that there is no session (any more). If the server cannot be reached, that says nothing.
pub(super) const fn means_over(fault: &Fault) -> bool {
    matches!(
        fault.code,
        Code::SignedOut | Code::TokenExpired | Code::TokenInvalid | Code::TokenReused | Code::DeviceUnproven
    )
}

/// Ends the session on this page, and has the other tabs ask for theirs. Returns whether there was one.
pub(super) fn ended() -> bool {
    let told = HELD.with_borrow_mut(|held| {
        let told = held.ended.clone().filter(|_| held.person.is_some())?;
        (held.token, held.person, held.is_over, held.is_known) = (None, None, true, false);
        Some(told)
    });
    let Some(told) = told else { return false };
    drop(SessionStorage::raw().remove_item(LOCKED));
    changed();
    tell_tabs(Word::Over);
    told.emit(Session::SignedOut);
    if desktop::is_here() {
        // The core deletes its part of the session too.
        wasm_bindgen_futures::spawn_local(async { drop(desktop::ask("sign_out", json!({})).await) });
    }
    true
}

/// This browser's session for a face, if there is one.
pub async fn resume(face: Face) -> Session {
    HELD.with_borrow_mut(|held| held.face = face);
    if desktop::is_here() {
        return ask("resume", json!({})).await.unwrap_or_else(Session::Failed);
    }
    match send::<Refresh>(&[], &RefreshRequest { face, ..RefreshRequest::default() }).await {
        Ok(tokens) if is_marked_locked() => Session::Locked(keep(tokens).into()),
        Ok(tokens) => signed_in(tokens),
        Err(fault) if matches!(fault.code, Code::Offline | Code::DeviceLocked) => Session::Failed(fault),
        Err(_) => {
            if face == Face::Companion {
                keep_tickets(None);
            }
            Session::SignedOut
        }
    }
}

/// Signs a person in.
///
/// # Errors
/// The server's fault; [`Code::MfaRequired`] if [`pass_factor`] has to follow.
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

/// Sets the function that restarts the connection for a new session. A page without live views sets none, and its
/// bundle leaves that code out.
pub(super) fn when_changed(restart: fn()) {
    HELD.with_borrow_mut(|held| held.changed = Some(restart));
}

/// The storage key for the patient's tickets as they were last. They are there without the network, until the session
/// ends or another one begins.
const TICKETS: &str = "medlane.tickets";

/// Stores the patient's tickets in this browser, or deletes them.
pub fn keep_tickets(tickets: Option<&str>) {
    // Without storage a reload without the network shows none.
    drop(match tickets {
        Some(tickets) => LocalStorage::raw().set_item(TICKETS, tickets),
        None => LocalStorage::raw().remove_item(TICKETS),
    });
}

/// The stored tickets. A locked page shows none.
#[must_use]
pub fn kept_tickets() -> Option<String> {
    LocalStorage::raw().get_item(TICKETS).ok().flatten().filter(|_| !is_marked_locked())
}

fn changed() {
    if face() == Face::Companion {
        keep_tickets(None);
    }
    super::confirm::forget();
    if let Some(restart) = HELD.with_borrow(|held| held.changed) {
        restart();
    }
}

/// Makes this the page's session.
#[must_use]
pub fn signed_in(tokens: Tokens) -> Session {
    let me = keep(tokens);
    changed();
    if let Some(person) = me.person_id {
        tell_tabs(Word::SignedIn(person));
    }
    Session::SignedIn(me.into())
}

/// The token that stands for a right password, during a sign-in.
#[must_use]
pub fn step_token() -> Option<String> {
    HELD.with_borrow(|held| held.step.clone())
}

/// Finishes a sign-in by a code of the authenticator app, or a backup code.
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

/// The mark of a locked page. It survives a reload, and ends with the tab.
const LOCKED: &str = "medlane.locked";

fn is_marked_locked() -> bool {
    matches!(SessionStorage::raw().get_item(LOCKED), Ok(Some(_)))
}

/// Locks the page.
pub async fn lock(me: Rc<Me>) -> Session {
    if desktop::is_here() {
        return ask("lock", json!({})).await.unwrap_or_else(Session::Failed);
    }
    // Without storage the page stays locked until it is reloaded.
    drop(SessionStorage::raw().set_item(LOCKED, "1"));
    Session::Locked(me)
}

/// Unlocks the page.
///
/// # Errors
/// [`Code::PasswordWrong`], or another fault of the server.
pub async fn unlock(me: Rc<Me>, password: String) -> Result<Session, Fault> {
    if desktop::is_here() {
        return ask("unlock", json!({ "password": password })).await;
    }
    // The answer is about a proof, which is not needed here.
    super::done::<ConfirmIdentity>(&ConfirmRequest { password, code: None }).await?;
    drop(SessionStorage::raw().remove_item(LOCKED));
    Ok(Session::SignedIn(me))
}

/// Makes this computer one of the clinic's devices. A browser becomes a kiosk or board.
///
/// # Errors
/// The server's fault.
pub async fn enrol(code: String) -> Result<Session, Fault> {
    if desktop::is_here() {
        return ask("enrol", json!({ "code": code })).await;
    }
    // A browser has no key. Its cookie alone identifies it.
    HELD.with_borrow_mut(|held| held.face = Face::Kiosk);
    let request = DeviceEnrolRequest { code, face: Some(Face::Kiosk), ..DeviceEnrolRequest::default() };
    let enrolled = send::<EnrolDevice>(&[], &request).await?;
    enrolled.tokens.map(signed_in).ok_or_else(|| Code::Internal.into())
}

/// Unlocks a device that does not know the clinic's key, with the code of that key.
///
/// # Errors
/// The core's fault.
pub async fn trust_clinic(code: String) -> Result<Session, Fault> {
    ask("trust_clinic", json!({ "code": code })).await
}

/// Signs out. Without the server the page at least forgets the session.
pub async fn sign_out() -> Session {
    if desktop::is_here() {
        return ask("sign_out", json!({})).await.unwrap_or_else(Session::Failed);
    }
    drop(SessionStorage::raw().remove_item(LOCKED));
    // The server ends the session of the cookie. Without the server nothing can be ended here.
    drop(send::<Logout>(&[], &RefreshRequest { face: face(), ..RefreshRequest::default() }).await);
    HELD.with_borrow_mut(|held| (held.token, held.person, held.is_known) = (None, None, false));
    changed();
    tell_tabs(Word::SignedOut);
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
