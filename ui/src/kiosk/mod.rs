//! The kiosk and the board: one program, which goes by the address that it is opened at.

mod around;
mod board;
mod check_in;
mod core;
mod paper;
mod screen;
mod taken;
mod voice;
mod which;

use gloo_timers::callback::Interval;
use medlane_shared::identity::Face;
use yew::prelude::*;

use crate::{
    backend::{Session, SessionContext, embedded, resume},
    enrol::{Enrol, from_address},
    i18n::{Speaking, use_words},
    kit::{Failed, Page, skeleton},
};

/// How often a kiosk or board that could not start tries again, in milliseconds.
const AGAIN_MS: u32 = 3_000;

/// Whether this is the board.
fn is_board() -> bool {
    let path = web_sys::window().and_then(|window| window.location().pathname().ok());
    path.is_some_and(|path| path.starts_with("/board"))
}

#[component(Device)]
fn device() -> Html {
    let words = use_words();
    let session = use_state(|| Session::Unknown);
    // Set before the first await: a keyring that is locked takes longer than the pause between two attempts.
    let at_work = use_mut_ref(|| false);
    let begin = {
        let session = session.clone();
        Callback::from(move |()| {
            if at_work.replace(true) {
                return;
            }
            let (session, at_work) = (session.clone(), at_work.clone());
            wasm_bindgen_futures::spawn_local(async move {
                let now = match from_address().await {
                    Some(enrolled) => enrolled,
                    None => resume(Face::Kiosk).await,
                };
                at_work.replace(false);
                session.set(now);
            });
        })
    };
    // A computer that has just started may have no keyring or network yet, and nobody stands here to press a button.
    use_effect_with(matches!(*session, Session::Failed(_)), {
        let begin = begin.clone();
        move |failed| {
            let timer = failed.then(|| Interval::new(AGAIN_MS, move || begin.emit(())));
            move || drop(timer)
        }
    });
    use_effect_with((), {
        let begin = begin.clone();
        move |()| begin.emit(())
    });
    let context = SessionContext {
        session: (*session).clone(),
        set: Callback::from({
            let session = session.clone();
            move |next| session.set(next)
        }),
    };
    let title = words.say(if is_board() { "board" } else { "kiosk" });
    let inner = match &*session {
        Session::Unknown => html! { <Page {title}>{ skeleton(words) }</Page> },
        Session::SignedOut | Session::Unenrolled | Session::Locked(_) => {
            html! { <Page {title} place={words.say("enrol-title")}><Enrol /></Page> }
        }
        Session::Failed(fault) => html! {
            <Failed {title} fault={fault.clone()} again={begin} />
        },
        Session::SignedIn(me) => match me.branches.first() {
            Some(branch) if is_board() => html! { <board::BoardScreen branch={*branch} /> },
            Some(branch) => html! { <screen::Screen branch={*branch} /> },
            None => html! { <Page {title} place={words.say("enrol-title")}><Enrol /></Page> },
        },
    };
    html! { <ContextProvider<SessionContext> {context}>{ inner }</ContextProvider<SessionContext>> }
}

#[component(App)]
fn app() -> Html {
    html! { <Speaking><Device /></Speaking> }
}

/// Starts the face.
pub fn start() {
    embedded();
    yew::Renderer::<App>::new().render();
}
