//! Keeps a page true to its session: what other tabs say, and when the page asks the server.

use std::{cell::Cell, rc::Rc};

use gloo_storage::{LocalStorage, Storage as _};
use gloo_timers::callback::Interval;
use js_sys::Reflect;
use medlane_shared::{api::GetMe, fault::Code, ids::PersonId};
use wasm_bindgen::JsValue;
use yew::prelude::*;

use super::{access_token, ended, face, is_marked_locked, person, reload};
use crate::{
    backend::{asked, desktop, exchange, look_at},
    clock::now_ms,
    idle::SIGNS,
    kit::{listen, window},
};

/// How often a page in sight asks for its session, in milliseconds. A page without a socket hears of its end in no
/// other way.
const LOOK_MS: u32 = 60_000;
/// The storage key over which the tabs of a face talk: `<face> <word>`.
const TOLD: &str = "medlane.session";

/// What one tab tells the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// This person has signed in here.
    SignedIn(PersonId),
    /// The person has signed out here.
    SignedOut,
    /// The server says that the session of this tab is over. Another tab may have begun a newer one: it asks itself.
    Over,
}

impl Word {
    fn text(self) -> String {
        match self {
            Self::SignedIn(person) => person.to_string(),
            Self::SignedOut => "out".to_owned(),
            Self::Over => "over".to_owned(),
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text {
            "out" => Some(Self::SignedOut),
            "over" => Some(Self::Over),
            person => person.parse().ok().map(Self::SignedIn),
        }
    }
}

/// Tells the other tabs of this face.
pub(super) fn tell_tabs(word: Word) {
    // Removing the value first makes the same value a change too. Without storage each tab finds out by itself.
    drop(LocalStorage::raw().remove_item(TOLD));
    drop(LocalStorage::raw().set_item(TOLD, &format!("{:?} {}", face(), word.text())));
}

/// Handles the word of another tab.
fn hear_tab(said: &str) {
    let Some((of, word)) = said.split_once(' ') else { return };
    if of != format!("{:?}", face()) {
        return;
    }
    match Word::read(word) {
        Some(Word::SignedOut) => drop(ended()),
        Some(Word::Over) => ask(false),
        Some(Word::SignedIn(who)) if person().is_some_and(|own| own != who) => reload(),
        Some(Word::SignedIn(_)) | None => {}
    }
}

fn root() -> Option<web_sys::Element> {
    web_sys::window()?.document()?.document_element()
}

fn field(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or_default()
}

fn is_in_sight() -> bool {
    let page = root().and_then(|root| root.owner_document());
    page.is_some_and(|page| field(&page, "visibilityState").as_string().as_deref() == Some("visible"))
}

/// Asks the server whether there is still a session; a refusal clears the page. Only with `renews` is an expired token
/// renewed: a page that nobody uses must not keep its session alive.
fn ask(renews: bool) {
    if person().is_none() || (!renews && access_token().is_none()) {
        return;
    }
    wasm_bindgen_futures::spawn_local(async move {
        let Ok(call) = asked::<GetMe>(&[], &()) else { return };
        if let Err(fault) = exchange(call, renews).await
            && !renews
            && fault.code != Code::TokenExpired
        {
            look_at(&fault);
        }
    });
}

/// Asks for the session. It is called when the page becomes visible or has the focus, when it is touched, and every
/// minute. Only somebody at the page renews the session, and only at a page that is not locked.
fn look(is_used: bool) {
    if is_in_sight() {
        ask(is_used && !is_marked_locked());
    }
}

/// Listens to the other tabs, asks for the session (see [`look`]), and hides the page when it is left, so that the
/// browser's back button shows nothing outdated.
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
        let asked_ms = Rc::new(Cell::new(now_ms()));
        let hears = window().filter(|_| !desktop::is_here()).map(|window| {
            let comes = ["visibilitychange", "focus"].map(|name| listen(&window, name, true, |_| look(true)));
            let touches = SIGNS.map(|name| {
                let asked_ms = Rc::clone(&asked_ms);
                listen(&window, name, true, move |_| {
                    if now_ms() - asked_ms.get() >= f64::from(LOOK_MS) {
                        asked_ms.set(now_ms());
                        look(true);
                    }
                })
            });
            (
                listen(&window, "storage", false, heard),
                listen(&window, "pagehide", false, hide),
                listen(&window, "pageshow", false, back),
                comes,
                touches,
                Interval::new(LOOK_MS, || look(false)),
            )
        });
        move || drop(hears)
    });
}

#[cfg(test)]
mod tests {
    use medlane_shared::time::Timestamp;

    use super::*;

    #[test]
    fn tabs_read_each_others_words() {
        for word in [
            Word::SignedIn(PersonId::new(Timestamp::from_ms(1_800_000_000_000), [7; 10])),
            Word::SignedOut,
            Word::Over,
        ] {
            assert_eq!(Word::read(&word.text()), Some(word));
        }
        assert_eq!(Word::read("Companion"), None);
    }
}
