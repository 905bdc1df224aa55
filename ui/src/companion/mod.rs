//! The patients' companion.

mod home;
mod join;
mod link;

use medlane_shared::identity::Face;
use yew::prelude::*;

use crate::{
    i18n::{Speaking, use_words},
    kit::SignedIn,
};

/// The secret of a ticket's link, where this page was opened by one: `/t/<secret>`.
fn secret() -> Option<String> {
    let path = web_sys::window()?.location().pathname().ok()?;
    path.strip_prefix("/t/").filter(|secret| !secret.is_empty()).map(str::to_owned)
}

#[component(Companion)]
fn companion() -> Html {
    let words = use_words();
    match secret() {
        Some(secret) => html! { <link::Link {secret} /> },
        None => {
            html! { <SignedIn face={Face::Companion} title={words.say("companion")} view={|me| html! { <home::Home {me} /> }} /> }
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
