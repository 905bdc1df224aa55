//! The past visits of the patient and of the people they look after.

use medlane_shared::{
    api::MyHistory,
    fault::Fault,
    queue::{ListQuery, TicketView},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::call,
    i18n::use_words,
    kit::{Button, alert, ended_badge, path_text, skeleton},
};

/// How many visits are shown at once.
const PAGE: u32 = 10;

/// The properties of the list.
#[derive(Properties, PartialEq)]
pub struct VisitsProps {
    /// How many visits are active. When one ends, the list is loaded again.
    pub active: usize,
    /// Whether the server can be reached.
    pub online: bool,
}

/// Past visits. They are loaded when the person opens the list.
#[component(Visits)]
pub fn visits(props: &VisitsProps) -> Html {
    let words = use_words();
    let (open, busy, fault) = (use_state(|| false), use_state(|| false), use_state(|| None::<Fault>));
    let (found, next) = (use_state(|| None::<Vec<TicketView>>), use_state(|| None::<String>));
    let read = {
        let (busy, fault, found, next) = (busy.clone(), fault.clone(), found.clone(), next.clone());
        Callback::from(move |cursor: Option<String>| {
            busy.set(true);
            let before = found.as_ref().filter(|_| cursor.is_some()).cloned().unwrap_or_default();
            let (busy, fault, found, next) = (busy.clone(), fault.clone(), found.clone(), next.clone());
            spawn_local(async move {
                match call::<MyHistory>(&[], &ListQuery { cursor, limit: Some(PAGE) }).await {
                    Ok(page) => {
                        found.set(Some(before.into_iter().chain(page.items).collect()));
                        next.set(page.next);
                        fault.set(None);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
                busy.set(false);
            });
        })
    };
    use_effect_with((*open, props.active, props.online), {
        let (read, is_known) = (read.clone(), found.is_some());
        move |(open, _, online)| {
            // While the server is away, known visits stay. They are loaded again when it is back.
            if *open && (*online || !is_known) {
                read.emit(None);
            }
        }
    });
    let turn = {
        let open = open.clone();
        Callback::from(move |event: MouseEvent| {
            event.prevent_default();
            open.set(!*open);
        })
    };
    let more = {
        let next = next.clone();
        Callback::from(move |()| read.emit((*next).clone()))
    };
    let list = match &*found {
        None if fault.is_some() => html! {},
        None => skeleton(words),
        Some(all) if all.is_empty() => {
            html! { <p class="text-base-content/70">{ words.say("visits-none") }</p> }
        }
        Some(all) => html! {
            <ul class="divide-y divide-base-200">
                { for all.iter().map(|visit| html! {
                    <li key={visit.id.to_string()} class="flex items-start justify-between gap-4 py-3" data-visit={visit.label.to_string()}>
                        <div class="min-w-0">
                            <p class="font-medium wrap-anywhere">{ path_text(words, visit) }</p>
                            if let Some(name) = &visit.patient_name { <p class="page-start wrap-anywhere" dir="auto">{ name }</p> }
                            <p class="text-sm text-base-content/70">{ words.in_zone(&visit.time_zone).day(visit.joined_at) }</p>
                            <p class="text-sm text-base-content/70 wrap-anywhere">{ &visit.branch_name }</p>
                        </div>
                        <div class="shrink-0 space-y-1 text-end">
                            <p class="text-sm font-medium" dir="ltr">{ visit.label.to_string() }</p>
                            { ended_badge(words, visit) }
                        </div>
                    </li>
                }) }
            </ul>
        },
    };
    html! {
        <details class="rounded-box border border-base-300 bg-base-100 px-4 py-3" open={*open}>
            <summary id="visits" class="cursor-pointer font-medium" onclick={turn}>{ words.say("visits") }</summary>
            <div class="space-y-3 pt-3">
                { alert(words, (*fault).clone()) }
                { list }
                if next.is_some() { <Button id="more" class="w-full" busy={*busy} onclick={more}>{ words.say("more") }</Button> }
            </div>
        </details>
    }
}
