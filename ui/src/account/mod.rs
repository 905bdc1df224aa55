//! The account of a patient or of staff: registration, password, invitation, second factor, sessions.

mod contacts;
mod dependants;
mod factor;
mod invited;
mod leaving;
mod notices;
mod own;
mod portrait;
mod proof;

use medlane_shared::identity::Face;
use yew::prelude::*;

use crate::{
    i18n::{Speaking, use_words},
    kit::SignedIn,
};

#[component(Account)]
fn account() -> Html {
    let words = use_words();
    let path = web_sys::window().and_then(|window| window.location().pathname().ok()).unwrap_or_default();
    match path.as_str() {
        "/invited" => html! { <invited::Invited /> },
        "/register" => html! { <proof::Proof purpose={proof::Purpose::Register} /> },
        "/forgot" => html! { <proof::Proof purpose={proof::Purpose::Reset} /> },
        _ => html! {
            <SignedIn face={Face::Companion} title={words.say("account")} view={|me| html! { <own::Account {me} /> }}
                set_up={|()| html! { <factor::SetUp step=true /> }} />
        },
    }
}

#[component(App)]
fn app() -> Html {
    html! { <Speaking><Account /></Speaking> }
}

/// Starts the page.
pub fn start() {
    yew::Renderer::<App>::new().render();
}
