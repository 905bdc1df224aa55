//! A part of the console that is loaded separately: the clinic's settings, the accuracy of its waiting times, the
//! delivery state of its messages, and the audit log.

mod audit;
mod estimates;
mod fields;
mod form;
mod messages;
mod policy;
mod settings;
mod wrongs;

use medlane_shared::identity::{Face, Me};
use yew::prelude::*;

use crate::{
    admin::{Frame, Part, Tab},
    i18n::{Speaking, use_words},
    kit::SignedIn,
};

#[derive(Properties, PartialEq)]
struct SetUpProps {
    me: Me,
}

#[component(SetUp)]
fn set_up(props: &SetUpProps) -> Html {
    let me = props.me.clone();
    let view = Callback::from({
        let me = me.clone();
        move |tab| match tab {
            Tab::Settings => html! { <settings::Settings /> },
            Tab::Audit => html! { <audit::AuditLog /> },
            Tab::Messages => html! { <messages::Messages /> },
            _ => html! { <estimates::Estimates me={me.clone()} /> },
        }
    });
    html! { <Frame {me} part={Part::SetUp} {view} /> }
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
