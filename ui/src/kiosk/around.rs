//! What is around every screen of the kiosk: the place, the languages, help, and what makes it easier to use.

use medlane_shared::{api::AskHelp, fault::Fault, ids::BranchId, queue::HelpView, sync::Topic};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::voice;
use crate::{
    backend::{call, use_live},
    i18n::{Language, languages, use_words},
    kit::{Button, Kind, alert},
};

/// What makes the kiosk easier to use for whoever stands there.
#[expect(clippy::struct_excessive_bools, reason = "four switches, each for itself")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ease {
    /// Larger letters.
    pub large: bool,
    /// Black on white.
    pub contrast: bool,
    /// Everything within reach from a wheelchair.
    pub low: bool,
    /// Each screen is read out.
    pub speaks: bool,
}

impl Ease {
    /// Shows it on the page.
    pub fn show(self) {
        let root = web_sys::window().and_then(|window| window.document()?.document_element());
        let Some(root) = root else { return };
        for (name, on) in [("data-kiosk", true), ("data-large", self.large), ("data-contrast", self.contrast)]
        {
            drop(if on { root.set_attribute(name, "") } else { root.remove_attribute(name) });
        }
    }
}

/// The footer's props.
#[derive(Properties, PartialEq)]
pub struct BelowProps {
    /// Where the kiosk stands.
    pub branch: BranchId,
    /// Whether somebody can be asked.
    pub online: bool,
    /// What is on.
    pub ease: Ease,
    /// Changes it.
    pub set: Callback<Ease>,
}

/// A way to somebody who helps, and to an easier screen: on every screen, where also short arms reach.
#[component(Below)]
pub fn below(props: &BelowProps) -> Html {
    let words = use_words();
    let fault = use_state(|| None::<Fault>);
    // What the desk knows and says, and nothing before it does.
    let help = use_live::<HelpView>(Some(Topic::Help(props.branch)));
    let is_told = help.value.as_ref().is_some_and(|help| !help.calls.is_empty());
    let is_coming = help.value.as_ref().is_some_and(|help| help.coming);
    let ask = {
        let (fault, branch) = (fault.clone(), props.branch.to_string());
        Callback::from(move |()| {
            let (fault, branch) = (fault.clone(), branch.clone());
            spawn_local(async move { fault.set(call::<AskHelp>(&[&branch], &()).await.err()) });
        })
    };
    let Ease { large, contrast, low, speaks } = props.ease;
    let toggle = |id: &'static str, on: bool, ease: Ease| {
        let set = props.set.clone();
        html! {
            <button type="button" {id} class={classes!("btn", "h-16", "flex-1", if on { "btn-neutral" } else { "btn-outline" })} aria-pressed={on.to_string()}
                onclick={move |_| set.emit(ease)}>{ words.say(id) }</button>
        }
    };
    html! {
        <footer class="mx-auto w-full max-w-3xl space-y-3 px-6 pb-6">
            { alert(words, (*fault).clone()) }
            <div class="flex flex-wrap gap-3">
                { toggle("ease-large", large, Ease { large: !large, ..props.ease }) }
                { toggle("ease-contrast", contrast, Ease { contrast: !contrast, ..props.ease }) }
                { toggle("ease-low", low, Ease { low: !low, ..props.ease }) }
                if voice::is_here() { { toggle("ease-speaks", speaks, Ease { speaks: !speaks, ..props.ease }) } }
            </div>
            if is_coming {
                <p role="status" id="help-comes" class="alert alert-success text-lg">{ words.say("help-comes") }</p>
            } else if is_told {
                <p role="status" id="help-told" class="alert alert-info text-lg">{ words.say("help-told") }</p>
            } else {
                <Button kind={Kind::Plain} id="help" class="btn-xl w-full" disabled={!props.online} onclick={ask}>{ words.say("help-ask") }</Button>
            }
        </footer>
    }
}

/// The header's props.
#[derive(Properties, PartialEq)]
pub struct AboveProps {
    /// The place's name.
    pub place: AttrValue,
    /// Begins anew; none on the first screen.
    pub again: Option<Callback<()>>,
}

/// Where this is, and the way back to the beginning.
#[component(Above)]
pub fn above(props: &AboveProps) -> Html {
    let words = use_words();
    html! {
        <header class="flex items-center gap-4 px-8 py-6">
            <span class="grid size-12 place-items-center rounded-2xl bg-primary text-2xl font-semibold text-primary-content" aria-hidden="true">{ "M" }</span>
            <p class="page-start min-w-0 flex-1 truncate text-xl font-semibold" dir="auto">{ &props.place }</p>
            if let Some(again) = &props.again {
                <Button id="again" class="h-16 px-8" onclick={again.clone()}>{ words.say("begin-again") }</Button>
            }
        </header>
    }
}

/// The first screen's props.
#[derive(Properties, PartialEq)]
pub struct TonguesProps {
    /// Those of the branch, the first its own; all that the page speaks while they are not known.
    pub here: Vec<String>,
    /// One was chosen.
    pub chosen: Callback<()>,
}

/// The first question: the language, each in its own words.
#[component(Tongues)]
pub fn tongues(props: &TonguesProps) -> Html {
    let words = use_words();
    let language = use_context::<Language>();
    html! {
        <>
            <h1 class="text-center text-4xl font-semibold">{ words.say("kiosk-welcome") }</h1>
            <ul class="space-y-4">
                { for languages().filter(|(tag, _)| props.here.is_empty() || props.here.iter().any(|one| one == tag)).map(|(tag, name)| {
                    let choose = language.as_ref().map(|language| language.choose.clone()).unwrap_or_default();
                    let chosen = props.chosen.clone();
                    html! {
                        <li key={tag}>
                            <button type="button" lang={tag} class="btn h-24 w-full rounded-2xl border-base-300 bg-base-100 text-3xl font-semibold shadow-sm"
                                onclick={move |_| { choose.emit(tag); chosen.emit(()); }}>{ name }</button>
                        </li>
                    }
                }) }
            </ul>
        </>
    }
}
