//! Cards, notices, placeholders.

use medlane_shared::{
    fault::{Code, Fault},
    identity::Picture,
    queue::{CancelledBy, State, TicketView, Wait},
};
use yew::prelude::*;

use super::Button;
use crate::{
    backend::{is_unread, use_online},
    i18n::{Words, use_words},
};

/// The properties of a card.
#[derive(Properties, PartialEq)]
pub struct CardProps {
    /// Its heading.
    #[prop_or_default]
    pub title: Option<AttrValue>,
    /// Additional CSS classes.
    #[prop_or_default]
    pub class: Classes,
    /// Its contents.
    pub children: Html,
}

/// A surface with a heading.
#[component(Card)]
pub fn card(props: &CardProps) -> Html {
    html! {
        <section class={classes!("card", "bg-base-100", "border", "border-base-300", "shadow-sm", props.class.clone())}>
            <div class="card-body gap-4 p-5">
                if let Some(title) = &props.title { <h2 class="card-title text-lg">{ title }</h2> }
                { props.children.clone() }
            </div>
        </section>
    }
}

/// What went wrong and what to do; empty without a fault.
pub fn alert(words: Words, fault: Option<Fault>) -> Html {
    let Some(fault) = fault else { return html! {} };
    if is_unread(&fault) {
        return html! { <Unread /> };
    }
    let message = fault_text(words, &fault);
    // An empty queue is information, not a failure.
    let tone = if fault.code == Code::NobodyWaiting { "alert-info" } else { "alert-error" };
    html! {
        <div role="alert" class={classes!("alert", "alert-soft", tone)} data-code={fault.code.text()}>
            <div>
                <p class="font-medium">{ message }</p>
                { for fault.fields.iter().filter(|(_, why)| !why.message.is_empty()).map(|(field, why)| html! { <p class="text-sm">{ format!("{}: {}", words.field(field), why.message) }</p> }) }
            </div>
        </div>
    }
}

/// Says that something could not be loaded; once the connection is back, offers to load the page again.
#[component(Unread)]
fn unread() -> Html {
    let words = use_words();
    let is_back = use_online();
    let again = Callback::from(|()| {
        if let Some(page) = web_sys::window() {
            drop(page.location().reload());
        }
    });
    html! {
        <div role="alert" class="alert alert-soft alert-warning flex flex-wrap gap-3" data-code={Code::Offline.text()}>
            <p class="flex-1 font-medium">{ words.say(if is_back { "unread-back" } else { "unread" }) }</p>
            if is_back { <Button class="btn-sm" id="load-again" onclick={again}>{ words.say("load-again") }</Button> }
        </div>
    }
}

/// The words for a refusal. A ticket of another branch says which.
fn fault_text(words: Words, fault: &Fault) -> AttrValue {
    let present = fault.present.as_ref().filter(|_| fault.code == Code::TicketElsewhere);
    match present.and_then(|places| places["branches"].as_array()) {
        Some(branches) => {
            let branches = words.list(branches.iter().filter_map(|name| name.as_str()));
            words.say_with("ticket-elsewhere-at", &[("branch", branches.as_str().into())])
        }
        None => words.say(&format!("fault-{}", fault.code.text())),
    }
}

/// An empty list: says what is missing, and what to do about it.
pub fn empty(title: AttrValue, hint: AttrValue) -> Html {
    html! {
        <div class="rounded-box border border-dashed border-base-300 px-6 py-10 text-center">
            <p class="font-medium">{ title }</p>
            <p class="mt-1 text-sm text-base-content/70">{ hint }</p>
        </div>
    }
}

/// The placeholder of a list that is loading.
pub fn skeleton(words: Words) -> Html {
    html! {
        <div class="space-y-3" role="status">
            <span class="sr-only">{ words.say("loading") }</span>
            { for (0..3).map(|n| html! { <div key={n} class="skeleton h-16 w-full"></div> }) }
        </div>
    }
}

/// A waiting time as a range.
pub fn wait_range(words: Words, wait: Wait) -> Html {
    html! { <span class="tabular-nums">{ words.wait(wait) }</span> }
}

/// The state of a ticket, in words and colour.
pub fn state_badge(words: Words, state: State) -> Html {
    let tone = match state {
        State::Waiting => "badge-info",
        State::Called => "badge-warning",
        State::Serving => "badge-success",
        State::Parked => "text-base-content",
        State::Held | State::Done | State::NoShow | State::Cancelled => "badge-ghost",
    };
    html! { <span class={classes!("badge", "badge-soft", tone)}>{ words.say(&format!("state-{}", state.text())) }</span> }
}

/// The end of a key for a cancelled ticket, if it is known who cancelled it.
#[must_use]
pub fn ended_by(state: State, by: Option<CancelledBy>) -> Option<&'static str> {
    by.filter(|_| state == State::Cancelled).map(|by| match by {
        CancelledBy::Patient => "patient",
        CancelledBy::Clinic => "clinic",
    })
}

/// The state of a ticket for its owner: a cancelled one says who cancelled it.
pub fn ended_badge(words: Words, ticket: &TicketView) -> Html {
    match ended_by(ticket.state, ticket.cancelled_by) {
        Some(by) => {
            html! { <span class="badge badge-soft badge-ghost h-auto text-end">{ words.say(&format!("state-cancelled-{by}")) }</span> }
        }
        None => state_badge(words, ticket.state),
    }
}

/// A person's picture, or a placeholder.
pub fn portrait(words: Words, picture: Option<&Picture>, size: &'static str) -> Html {
    let frame = classes!("shrink-0", "rounded-full", size);
    match picture {
        Some(Picture { content_type, data }) => html! {
            <img class={classes!(frame, "object-cover")} data-portrait="true" alt={words.say("portrait")} src={format!("data:{content_type};base64,{data}")} />
        },
        None => html! {
            <span class={classes!(frame, "grid", "place-items-center", "bg-base-200", "text-base-content/50")} aria-hidden="true">
                <svg viewBox="0 0 24 24" class="size-1/2" fill="currentColor"><circle cx="12" cy="8" r="4.5" /><path d="M3 21a9 7.5 0 0 1 18 0z" /></svg>
            </span>
        },
    }
}
