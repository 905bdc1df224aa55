//! The console: the branch's queue for reception, and the clinic's administration. Its rooms are [`crate::admin`],
//! [`crate::manage`] and [`crate::setup`]; here are their addresses, the rail that leads to them, and what all pages have.

mod page;

use medlane_shared::{
    access::Role,
    fault::Fault,
    identity::{Face, Me},
};
use web_sys::{ScrollIntoViewOptions, ScrollLogicalPosition};
use yew::prelude::*;

use self::page::{ADMINISTRATION, ConsolePage, DAILY, replaced};
use crate::{
    address::{PageLink, hash, replace, use_path},
    admin::{ActivityView, BranchQueue, HelpCalls, LogState, over_lock},
    backend::embedded,
    ends::SessionEnd,
    i18n::{Speaking, Words, use_words},
    kit::{Confirming, Page, SignedIn, alert, missing, use_next_focus},
    lock::locked_screen,
    manage::{Devices, Duplicates, Patients, People},
    queue::use_branch,
    setup::{AuditLog, Estimates, Messages, Settings},
};

fn view(page: ConsolePage, me: Me) -> Html {
    match page {
        ConsolePage::Today => html! { <BranchQueue {me} /> },
        ConsolePage::Patients => html! { <Patients /> },
        ConsolePage::Duplicates => html! { <Duplicates /> },
        ConsolePage::People => html! { <People {me} /> },
        ConsolePage::Devices => html! { <Devices {me} /> },
        ConsolePage::Settings => html! { <Settings /> },
        ConsolePage::Estimates => html! { <Estimates {me} /> },
        ConsolePage::Messages => html! { <Messages /> },
        ConsolePage::Audit => html! { <AuditLog /> },
        ConsolePage::Activity => html! { <ActivityView /> },
    }
}

/// The links to the pages that a role has: a column, or a strip on a narrow screen.
fn rail(words: Words, role: Role, present: Option<ConsolePage>) -> Html {
    let list = |pages: &[ConsolePage]| {
        pages
            .iter()
            .filter(|page| page.serves(role))
            .map(|page| {
                let class = "flex min-h-11 items-center rounded-field px-3 text-sm whitespace-nowrap hover:bg-base-200 \
                    aria-[current=page]:bg-primary/10 aria-[current=page]:font-semibold lg:min-h-9 lg:whitespace-normal";
                html! {
                    <li key={page.key()}>
                        <PageLink href={page.path()} id={page.key()} {class} current={present == Some(*page)}>{ words.say(page.key()) }</PageLink>
                    </li>
                }
            })
            .collect::<Vec<_>>()
    };
    let (daily, administration) = (list(&DAILY), list(&ADMINISTRATION));
    let class = "flex gap-1 lg:flex-col lg:gap-0.5";
    html! {
        <nav id="rail" aria-label={words.say("console")} class="shrink-0 border-base-300 bg-base-100 max-lg:overflow-x-auto max-lg:border-b lg:w-44 lg:border-e">
            <div class="flex w-max gap-1 px-2 py-1 lg:sticky lg:top-0 lg:w-full lg:flex-col lg:py-4">
                <ul {class}>{ daily }</ul>
                if !administration.is_empty() {
                    <h2 id="rail-administration" class="px-3 pt-4 pb-1 text-xs font-semibold text-base-content/70 max-lg:sr-only">{ words.say("rail-administration") }</h2>
                    <ul {class} aria-labelledby="rail-administration">{ administration }</ul>
                }
            </div>
        </nav>
    }
}

/// Brings the link of the open page into view, where the rail is a strip.
fn show(page: ConsolePage) {
    let found = web_sys::window().and_then(|window| window.document()?.get_element_by_id(page.key()));
    if let Some(link) = found {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        options.set_inline(ScrollLogicalPosition::Nearest);
        link.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

#[derive(Properties, PartialEq)]
struct ConsoleProps {
    me: Me,
}

/// The open page, or why it cannot be shown.
#[component(Console)]
fn console(props: &ConsoleProps) -> Html {
    let words = use_words();
    let path = use_path();
    let (me, role) = (props.me.clone(), props.me.role);
    let named = ConsolePage::at(&path);
    let page = named.filter(|page| page.serves(role));
    use_effect_with(page, |page| {
        if let Some(page) = *page {
            show(page);
        }
    });
    // A link inside a page goes away with it.
    use_next_focus(path, vec!["main".into()]);
    let why = if named.is_some() { "page-not-yours" } else { "page-not-found" };
    let place = words.say(page.map_or(why, ConsolePage::key));
    let title = AttrValue::from(me.clinic_name.clone());
    html! {
        <>
            <Confirming />
            <Page title={&title} {place} site={title} me={me.clone()} wide=true rail={rail(words, role, page)}>
                <SessionEnd me={me.clone()} />
                if role == Role::Admin { <LogState /> }
                // The queue shows the calls of the branch that is chosen there.
                if page != Some(ConsolePage::Today) { <HelpHere me={me.clone()} /> }
                { match page {
                    Some(page) => view(page, me),
                    None => missing(words, why, ConsolePage::Today.path()),
                } }
            </Page>
        </>
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

#[component(Signed)]
fn signed() -> Html {
    let words = use_words();
    html! { <SignedIn face={Face::Admin} title={words.say("console")} view={|me| html! { <Console {me} /> }} locked={locked_screen} over_lock={Callback::from(|me: Me| over_lock(&me))} /> }
}

#[component(App)]
fn app() -> Html {
    html! { <Speaking><Signed /></Speaking> }
}

/// Starts the console.
pub fn start() {
    embedded();
    if let Some(to) = replaced(&hash()) {
        replace(&to);
    }
    yew::Renderer::<App>::new().render();
}
