//! A part of the console that is loaded separately: people, patients, devices.

mod change;
mod contact;
mod decided;
mod devices;
mod duplicates;
mod face;
mod patients;
mod people;

use medlane_shared::identity::{Face, Me};
use yew::prelude::*;

use crate::{
    admin::{Frame, Part, Tab},
    i18n::{Speaking, use_words},
    kit::{Confirming, SignedIn},
};

#[derive(Properties, PartialEq)]
struct ManageProps {
    me: Me,
}

#[component(Manage)]
fn manage(props: &ManageProps) -> Html {
    let me = props.me.clone();
    let view = Callback::from({
        let me = me.clone();
        move |tab| match tab {
            Tab::Devices => html! { <devices::Devices me={me.clone()} /> },
            Tab::Duplicates => html! { <duplicates::Duplicates /> },
            Tab::Patients => html! { <patients::Patients /> },
            _ => html! { <people::People me={me.clone()} /> },
        }
    });
    html! { <><Confirming /><Frame {me} part={Part::Manage} {view} /></> }
}

#[component(Console)]
fn console() -> Html {
    let words = use_words();
    html! { <SignedIn face={Face::Admin} title={words.say("console")} view={|me| html! { <Manage {me} /> }} /> }
}

#[component(App)]
fn app() -> Html {
    html! { <Speaking><Console /></Speaking> }
}

/// Starts the page.
pub fn start() {
    yew::Renderer::<App>::new().render();
}
