//! A part of the console that is loaded separately: people, devices, the audit log.

mod audit;
mod change;
mod contact;
mod devices;
mod duplicates;
mod patients;
mod people;

use medlane_shared::identity::{Face, Me};
use yew::prelude::*;

use crate::{
    admin::{Part, Tab, chosen, tabs},
    ends::SessionEnd,
    i18n::{Speaking, use_words},
    kit::{Confirming, Page, SignedIn},
};

#[derive(Properties, PartialEq)]
struct ManageProps {
    me: Me,
}

#[component(Manage)]
fn manage(props: &ManageProps) -> Html {
    let words = use_words();
    let tab = use_state(chosen);
    let me = &props.me;
    html! {
        <Page title={AttrValue::from(me.clinic_name.clone())} me={me.clone()} wide=true>
            <Confirming />
            <SessionEnd me={me.clone()} />
            { tabs(words, me.role, &tab, Part::Manage) }
            { match *tab {
                Tab::Audit => html! { <audit::AuditLog /> },
                Tab::Devices => html! { <devices::Devices me={me.clone()} /> },
                Tab::Duplicates => html! { <duplicates::Duplicates /> },
                Tab::Patients => html! { <patients::Patients /> },
                _ => html! { <people::People me={me.clone()} /> },
            } }
        </Page>
    }
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
