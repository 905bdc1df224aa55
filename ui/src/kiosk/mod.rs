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

use medlane_shared::identity::Face;
use yew::prelude::*;

use crate::{
    backend::{Session, SessionContext, resume},
    enrol::{Enrol, from_address},
    i18n::{Speaking, use_words},
    kit::{Failed, Page, skeleton},
};

/// Whether this is the board.
fn is_board() -> bool {
    let path = web_sys::window().and_then(|window| window.location().pathname().ok());
    path.is_some_and(|path| path.starts_with("/board"))
}

#[component(Device)]
fn device() -> Html {
    let words = use_words();
    let session = use_state(|| Session::Unknown);
    let begin = {
        let session = session.clone();
        Callback::from(move |()| {
            let session = session.clone();
            wasm_bindgen_futures::spawn_local(async move {
                session.set(match from_address().await {
                    Some(enrolled) => enrolled,
                    None => resume(Face::Kiosk).await,
                });
            });
        })
    };
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
            html! { <Page {title}><Enrol /></Page> }
        }
        Session::Failed(fault) => html! {
            <Failed {title} fault={fault.clone()} again={begin} />
        },
        Session::SignedIn(me) => match me.branches.first() {
            Some(branch) if is_board() => html! { <board::BoardScreen branch={*branch} /> },
            Some(branch) => html! { <screen::Screen branch={*branch} /> },
            None => html! { <Page {title}><Enrol /></Page> },
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
    yew::Renderer::<App>::new().render();
}
