//! The parts around every screen of the kiosk: the place, the languages, help, and accessibility.

use gloo_timers::callback::Timeout;
use medlane_shared::{
    api::{AskHelp, WithdrawHelp},
    ids::BranchId,
    queue::{HELP_COMING_MS, HelpView},
    sync::Topic,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::voice;
use crate::{
    backend::{use_live, use_press},
    i18n::{Language, Words, languages, use_words},
    kit::{Button, Kind, alert, use_rounds},
};

/// The accessibility settings of the kiosk.
#[expect(clippy::struct_excessive_bools, reason = "four switches, each for itself")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ease {
    /// Whether letters are larger.
    pub large: bool,
    /// Whether the page is black on white.
    pub contrast: bool,
    /// Whether everything is within reach from a wheelchair.
    pub low: bool,
    /// Whether each screen is read aloud.
    pub speaks: bool,
}

impl Ease {
    /// Applies the settings to the page.
    pub fn show(self) {
        let root = web_sys::window().and_then(|window| window.document()?.document_element());
        let Some(root) = root else { return };
        for (name, on) in [("data-kiosk", true), ("data-large", self.large), ("data-contrast", self.contrast)]
        {
            drop(if on { root.set_attribute(name, "") } else { root.remove_attribute(name) });
        }
    }
}

/// A sentence in several languages.
#[derive(Properties, PartialEq)]
struct InTonguesProps {
    /// The key of the sentence.
    say: &'static str,
    /// The languages; empty for the language of the page.
    tags: Vec<String>,
}

/// Shows a sentence in every language of the branch while nobody has chosen one.
#[component(InTongues)]
fn in_tongues(props: &InTonguesProps) -> Html {
    let words = use_words();
    let (spoken, rounds) = (use_state(Vec::new), use_rounds());
    use_effect_with(props.tags.clone(), {
        let spoken = spoken.clone();
        move |tags| {
            let (tags, round) = (tags.clone(), rounds.begin());
            spawn_local(async move {
                let mut all = Vec::new();
                for (tag, _) in languages().filter(|(tag, _)| tags.iter().any(|one| one == tag)) {
                    // Without the network only languages that are loaded are shown.
                    all.extend(Words::of(tag).await);
                }
                if !round.is_over() {
                    spoken.set(all);
                }
            });
        }
    });
    if spoken.is_empty() {
        return html! { <span>{ words.say(props.say) }</span> };
    }
    html! { <span class="block">{ for spoken.iter().map(|words| html! { <span key={words.tag()} lang={words.tag()} dir="auto" class="block">{ words.say(props.say) }</span> }) }</span> }
}

/// Whether the kiosk shows that somebody is on the way: for a while, or until it is back at its start.
#[hook]
fn use_coming(is_coming: bool, is_first: bool) -> bool {
    let over = use_state(|| false);
    use_effect_with(is_coming, {
        let over = over.clone();
        move |is_coming| {
            over.set(false);
            let most_ms = u32::try_from(HELP_COMING_MS).unwrap_or(u32::MAX);
            let ending = is_coming.then(|| Timeout::new(most_ms, move || over.set(true)));
            move || drop(ending)
        }
    });
    use_effect_with(is_first, {
        let over = over.clone();
        move |is_first| {
            if *is_first && is_coming {
                over.set(true);
            }
        }
    });
    is_coming && !*over
}

/// The properties of the footer.
#[derive(Properties, PartialEq)]
pub struct BelowProps {
    /// The kiosk's branch.
    pub branch: BranchId,
    /// The languages of the branch while nobody has chosen one; `None` afterwards.
    pub tongues: Option<Vec<String>>,
    /// Whether help can be called, because the server can be reached.
    pub online: bool,
    /// The present settings.
    pub ease: Ease,
    /// Called with changed settings.
    pub set: Callback<Ease>,
}

/// Buttons for help and for accessibility. They are on every screen, low enough for short arms.
#[component(Below)]
pub fn below(props: &BelowProps) -> Html {
    let words = use_words();
    let press = use_press();
    // The screen shows the server's answer, and nothing before it arrives.
    let help = use_live::<HelpView>(Some(Topic::Help(props.branch)));
    let is_told = help.value.as_ref().is_some_and(|help| !help.calls.is_empty());
    let is_coming = use_coming(help.value.as_ref().is_some_and(|help| help.coming), props.tongues.is_some());
    let tags = props.tongues.clone().unwrap_or_default();
    let ask = {
        let (press, branch) = (press.clone(), props.branch.to_string());
        Callback::from(move |()| press.calls::<AskHelp>(&[&branch], &()))
    };
    let withdraw = {
        let (press, branch) = (press.clone(), props.branch.to_string());
        Callback::from(move |()| press.calls::<WithdrawHelp>(&[&branch], &()))
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
            { alert(words, press.fault()) }
            <div class="flex flex-wrap gap-3">
                { toggle("ease-large", large, Ease { large: !large, ..props.ease }) }
                { toggle("ease-contrast", contrast, Ease { contrast: !contrast, ..props.ease }) }
                { toggle("ease-low", low, Ease { low: !low, ..props.ease }) }
                if voice::is_here() { { toggle("ease-speaks", speaks, Ease { speaks: !speaks, ..props.ease }) } }
            </div>
            if is_coming || is_told {
                if is_coming {
                    <div role="status" id="help-comes" class="alert alert-success text-lg"><InTongues say="help-comes" tags={tags.clone()} /></div>
                } else {
                    <div role="status" id="help-told" class="alert alert-info text-lg"><InTongues say="help-told" tags={tags.clone()} /></div>
                }
                <Button id="help-withdraw" class="btn-lg h-auto w-full py-3" busy={press.is_busy()} disabled={!props.online} onclick={withdraw}><InTongues say="help-withdraw" {tags} /></Button>
            } else {
                <Button kind={Kind::Plain} id="help" class="btn-xl w-full" busy={press.is_busy()} disabled={!props.online} onclick={ask}>{ words.say("help-ask") }</Button>
            }
        </footer>
    }
}

/// The properties of the header.
#[derive(Properties, PartialEq)]
pub struct AboveProps {
    /// The name of the branch.
    pub place: AttrValue,
    /// Called to start again; `None` on the first screen.
    pub again: Option<Callback<()>>,
}

/// The name of the branch, and the button to start again.
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

/// The properties of the first screen.
#[derive(Properties, PartialEq)]
pub struct TonguesProps {
    /// The languages of the branch, its default first. While it is empty, all languages of the page are offered.
    pub here: Vec<String>,
    /// Called when a language was chosen.
    pub chosen: Callback<()>,
}

/// The first question: the language. Each button is in its own language.
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
