//! The doctor workstation.

mod apart;
mod chart;
mod desk;
mod draft;
mod ending;
mod marks;
mod notes;
mod others;
mod pen;
mod present;
pub mod refused;
#[cfg(test)]
mod sample;
mod sheets;
mod signed;
mod unsigned;
mod whose;

use medlane_shared::identity::Face;
use yew::prelude::*;

use crate::{
    backend::embedded,
    i18n::{Speaking, use_words},
    kit::SignedIn,
    lock::locked_screen,
};

#[component(Workstation)]
fn workstation() -> Html {
    let words = use_words();
    html! { <SignedIn face={Face::Doctor} title={words.say("workstation")} view={|me| html! { <desk::Desk {me} /> }} locked={locked_screen} /> }
}

#[component(App)]
fn app() -> Html {
    html! { <Speaking><Workstation /></Speaking> }
}

/// Starts the face.
pub fn start() {
    embedded();
    yew::Renderer::<App>::new().render();
}
