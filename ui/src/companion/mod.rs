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

use medlane_shared::{identity::Face, pages};
use yew::prelude::*;

use crate::{
    address,
    i18n::{Speaking, use_words},
    kit::{Page, SignedIn, missing},
};

#[component(Companion)]
fn companion() -> Html {
    let words = use_words();
    let path = address::path();
    let secret = path.strip_prefix(pages::TICKET).filter(|secret| !secret.is_empty());
    if let Some(secret) = secret {
        return html! { <link::Link secret={secret.to_owned()} /> };
    }
    match path.as_str() {
        pages::COMPANION => {
            html! { <SignedIn face={Face::Companion} title={words.say("companion")} view={|me| html! { <home::Home {me} /> }} kept={move |()| kept::kept(words)} /> }
        }
        // The server shows this page for every unknown address.
        path => html! {
            <Page title="Medlane" place={words.say("page-not-found")}>{ missing(words, "page-not-found", pages::start_of(path)) }</Page>
        },
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
