//! All patients whom the list of an entry showed.

use medlane_shared::{
    api::ListAuditPatients,
    audit::{AuditPatientsQuery, ShownPatient},
    fault::Fault,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    admin::Followed,
    backend::call,
    i18n::use_words,
    kit::{Button, Modal, alert, skeleton},
};

/// How many patients are loaded at once.
const LOADED: u32 = 200;

/// The properties of the list.
#[derive(Properties, PartialEq)]
pub struct WholeProps {
    /// The number of the entry.
    pub seq: i64,
    /// How many patients it showed.
    pub count: u32,
    /// Somebody's name was pressed.
    pub follow: Callback<Followed>,
    /// Closes the list.
    pub close: Callback<()>,
}

/// The patients, in a dialog.
#[component(Whole)]
pub fn whole(props: &WholeProps) -> Html {
    let words = use_words();
    // The patients so far, and the cursor of the rest; `None` before the first page.
    let (list, fault) =
        (use_state(|| None::<(Vec<ShownPatient>, Option<String>)>), use_state(|| None::<Fault>));
    let load = {
        let (list, fault, seq) = (list.clone(), fault.clone(), props.seq);
        Callback::from(move |()| {
            let (list, fault) = (list.clone(), fault.clone());
            let (before, cursor) = (*list).clone().unwrap_or_default();
            spawn_local(async move {
                let query = AuditPatientsQuery { seq, cursor, limit: Some(LOADED) };
                match call::<ListAuditPatients>(&[], &query).await {
                    Ok(page) => {
                        fault.set(None);
                        list.set(Some(([before, page.items].concat(), page.next)));
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    use_effect_with((), {
        let load = load.clone();
        move |()| load.emit(())
    });
    let row = |one: &ShownPatient| {
        let Some(name) = &one.name else {
            return html! { <li key={one.id.to_string()}>{ words.say("audit-erased") }</li> };
        };
        let to = Followed::Patient(one.id, name.clone());
        let onclick = props.follow.reform(move |_: MouseEvent| to.clone());
        html! { <li key={one.id.to_string()}><button type="button" class="link link-hover text-start" {onclick}><bdi>{ name }</bdi></button></li> }
    };
    let again = if list.is_some() { "more" } else { "try-again" };
    let has_more = list.as_ref().is_some_and(|(_, next)| next.is_some());
    html! {
        <Modal id="audit-whole" title="audit-whole-title" first="audit-whole-close" leave={props.close.clone()}>
            <h2 id="audit-whole-title" class="text-lg font-semibold">{ words.say_with("audit-whole", &[("n", props.count.into()), ("seq", props.seq.into())]) }</h2>
            { alert(words, (*fault).clone()) }
            { match &*list {
                None if fault.is_some() => html! {},
                None => skeleton(words),
                Some((all, _)) => html! {
                    <ul class="max-h-[60dvh] space-y-1 overflow-y-auto" tabindex="0" aria-labelledby="audit-whole-title">{ for all.iter().map(row) }</ul>
                },
            } }
            <div class="flex flex-wrap gap-2">
                if has_more || fault.is_some() { <Button id="audit-whole-more" onclick={load}>{ words.say(again) }</Button> }
                <Button id="audit-whole-close" onclick={props.close.clone()}>{ words.say("close") }</Button>
            </div>
        </Modal>
    }
}
