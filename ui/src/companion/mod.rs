//! The patients' companion.

pub mod calls;
mod ended;
mod home;
mod join;
pub mod kept;
mod link;
mod rings;
mod told;
mod visits;

use medlane_shared::identity::Face;
use yew::prelude::*;

use crate::{
    i18n::{Speaking, use_words},
    kit::SignedIn,
};

#[component(Companion)]
fn companion() -> Html {
    let words = use_words();
    let path = web_sys::window().and_then(|window| window.location().pathname().ok()).unwrap_or_default();
    match path.as_str() {
        // A ticket's link. The rest of the path is its secret.
        path if path.len() > "/t/".len() && path.starts_with("/t/") => {
            html! { <link::Link secret={path["/t/".len()..].to_owned()} /> }
        }
        _ => {
            html! { <SignedIn face={Face::Companion} title={words.say("companion")} view={|me| html! { <home::Home {me} /> }} kept={move |()| kept::kept(words)} /> }
        }
    }
}

#[component(App)]
fn app() -> Html {
    html! { <Speaking><Companion /></Speaking> }
}

/// Starts the face.
pub fn start() {
    yew::Renderer::<App>::new().render();
}
