//! What every page of the console has: its tabs, its title, and the calls for help of the branch.

use medlane_shared::{access::Role, fault::Fault, identity::Me};
use yew::prelude::*;

use super::{
    help::HelpCalls,
    log_state::LogState,
    tabs::{Opened, Part, Tab, go_to, remember, tab_list},
};
use crate::{
    ends::SessionEnd,
    i18n::use_words,
    kit::{Page, alert, listen, skeleton, window},
    queue::use_branch,
};

/// The properties of a page of the console.
#[derive(Properties, PartialEq)]
pub struct FrameProps {
    /// The person who is signed in.
    pub me: Me,
    /// The page.
    pub part: Part,
    /// Shows a tab of the page.
    pub view: Callback<Tab, Html>,
}

/// A page of the console with its tabs.
#[component(Frame)]
pub fn frame(props: &FrameProps) -> Html {
    let words = use_words();
    let (part, role) = (props.part, props.me.role);
    let opened = use_state(|| Opened::now(part, role));
    use_effect_with((), {
        let opened = opened.setter();
        move |()| {
            // The address was changed by hand, or by a link to a tab of this page.
            let hears = window().map(|window| {
                listen(&window, "hashchange", false, move |_| opened.set(Opened::now(part, role)))
            });
            move || drop(hears)
        }
    });
    use_effect_with(*opened, |opened| {
        if let Opened::Elsewhere(tab) = opened {
            go_to(*tab);
        }
    });
    let Opened::Here(tab) = *opened else {
        return html! { <Page title={AttrValue::from(props.me.clinic_name.clone())} me={props.me.clone()}>{ skeleton(words) }</Page> };
    };
    let choose = Callback::from(move |tab| {
        opened.set(Opened::Here(tab));
        remember(tab);
    });
    html! {
        <Page title={AttrValue::from(props.me.clinic_name.clone())} place={words.say(tab.key())} me={props.me.clone()} wide=true>
            <SessionEnd me={props.me.clone()} />
            { tab_list(words, role, tab, &choose) }
            if role == Role::Admin { <LogState /> }
            // The queue shows the calls of the branch that is chosen there.
            if tab != Tab::Queue { <HelpHere me={props.me.clone()} /> }
            { props.view.emit(tab) }
        </Page>
    }
}

#[derive(Properties, PartialEq)]
struct HelpHereProps {
    me: Me,
}

/// The calls for help of the branch that was chosen last.
#[component(HelpHere)]
fn help_here(props: &HelpHereProps) -> Html {
    let words = use_words();
    let place = use_branch(&props.me);
    let fault = use_state(|| None::<Fault>);
    let refused = {
        let fault = fault.clone();
        Callback::from(move |refused| fault.set(refused))
    };
    html! {
        <>
            <div class="mb-4 empty:hidden">{ alert(words, (*fault).clone().or(place.fault)) }</div>
            if let Some(branch) = place.chosen { <HelpCalls key={branch.id.to_string()} branch={branch.id} {refused} /> }
        </>
    }
}
