//! A part of the console that is loaded separately: the clinic's settings, the accuracy of its waiting times, and the
//! delivery state of its messages.

mod estimates;
mod form;
mod messages;
mod policy;
mod settings;

use medlane_shared::{
    access::Role,
    identity::{Face, Me},
};
use yew::prelude::*;

use crate::{
    admin::{Part, Tab, chosen, tabs},
    ends::SessionEnd,
    i18n::{Speaking, use_words},
    kit::{Page, SignedIn},
};

#[derive(Properties, PartialEq)]
struct SetUpProps {
    me: Me,
}

#[component(SetUp)]
fn set_up(props: &SetUpProps) -> Html {
    let words = use_words();
    let tab = use_state(chosen);
    let me = &props.me;
    html! {
        <Page title={AttrValue::from(me.clinic_name.clone())} me={me.clone()} wide=true>
            <SessionEnd me={me.clone()} />
            { tabs(words, me.role, &tab, Part::SetUp) }
            { match *tab {
                Tab::Settings if me.role == Role::Admin => html! { <settings::Settings /> },
                Tab::Messages if me.role == Role::Admin => html! { <messages::Messages /> },
                _ => html! { <estimates::Estimates me={me.clone()} /> },
            } }
        </Page>
    }
}

#[component(Console)]
fn console() -> Html {
    let words = use_words();
    html! { <SignedIn face={Face::Admin} title={words.say("console")} view={|me| html! { <SetUp {me} /> }} /> }
}

#[component(App)]
fn app() -> Html {
    html! { <Speaking><Console /></Speaking> }
}

/// Starts the page.
pub fn start() {
    yew::Renderer::<App>::new().render();
}
