//! The tickets of several people fit what the patient entered. The screen asks who is here, by label and never by
//! name.

use medlane_shared::queue::Label;
use yew::prelude::*;

use crate::i18n::use_words;

/// The properties of the question.
#[derive(Properties, PartialEq)]
pub struct WhichProps {
    /// Their labels.
    pub labels: Vec<Label>,
    /// Whether the check-in is running.
    pub busy: bool,
    /// Called with the chosen labels.
    pub chosen: Callback<Vec<Label>>,
}

/// One button per ticket. Several can be pressed.
#[component(Which)]
pub fn which(props: &WhichProps) -> Html {
    let words = use_words();
    let here = use_state(Vec::<Label>::new);
    let toggle = |label: &Label| {
        let (here, label) = (here.clone(), label.clone());
        Callback::from(move |_: MouseEvent| {
            let mut next = (*here).clone();
            if next.contains(&label) {
                next.retain(|other| *other != label);
            } else {
                next.push(label.clone());
            }
            here.set(next);
        })
    };
    let done = {
        let (here, chosen) = (here.clone(), props.chosen.clone());
        Callback::from(move |_: MouseEvent| chosen.emit((*here).clone()))
    };
    html! {
        <section class="space-y-6" id="which">
            <h1 class="text-center text-4xl font-semibold">{ words.say("check-in-which") }</h1>
            <p class="text-center text-xl text-base-content/80">{ words.say("check-in-which-hint") }</p>
            <ul class="space-y-4">
                { for props.labels.iter().map(|label| {
                    let on = here.contains(label);
                    let tone = if on { "btn-primary" } else { "border-base-300 bg-base-100" };
                    html! {
                        <li key={label.to_string()}>
                            <button type="button" class={classes!("btn", "h-20", "w-full", "justify-between", "rounded-2xl", "px-8", "text-3xl", tone)} data-ticket={label.to_string()} aria-pressed={on.to_string()} onclick={toggle(label)}>
                                <span dir="ltr">{ label.to_string() }</span><span aria-hidden="true">{ if on { "✓" } else { "" } }</span>
                            </button>
                        </li>
                    }
                }) }
            </ul>
            <button type="button" id="which-done" class="btn btn-primary btn-xl w-full" disabled={here.is_empty() || props.busy} aria-busy={props.busy.then_some("true")} onclick={done}>{ words.say("check-in") }</button>
        </section>
    }
}
