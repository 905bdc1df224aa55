//! How a branch runs its queue: hours, calls, priorities, the boards' messages.

use medlane_shared::clinic::{BranchPolicy, Opening, POLICY_NUMBERS};
use wasm_bindgen::JsCast as _;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{form::BranchTyped, wrongs::Wrongs};
use crate::{
    i18n::Words,
    kit::{Field, TextArea, described, wrong_text},
};

/// The keys of the words of [`POLICY_NUMBERS`], which are the ids of their fields too.
pub const NUMBER_KEYS: [&str; POLICY_NUMBERS.len()] = [
    "policy-near",
    "policy-calls",
    "policy-recall",
    "policy-undo",
    "policy-return",
    "policy-urgent-start",
    "policy-urgent-gain",
];

/// What the fields of a policy show, and how they change it.
pub struct Fields<'a> {
    pub policy: &'a BranchPolicy,
    pub typed: &'a BranchTyped,
    /// Receives the changed policy.
    pub set: Callback<BranchPolicy>,
    /// Receives what is typed.
    pub typing: Callback<BranchTyped>,
    /// What is wrong.
    pub wrongs: &'a Wrongs,
}

/// The fields of a policy.
pub fn policy_fields(words: Words, fields: &Fields<'_>) -> Html {
    let Fields { policy, typed, set, typing, wrongs } = fields;
    let remote = {
        let (policy, set) = ((*policy).clone(), set.clone());
        Callback::from(move |_: Event| {
            set.emit(BranchPolicy { remote_join: !policy.remote_join, ..policy.clone() });
        })
    };
    let say = {
        let typed = (*typed).clone();
        typing.reform(move |messages| BranchTyped { messages, ..typed.clone() })
    };
    let number = |n: usize, key: &'static str| {
        let before = (*typed).clone();
        let oninput = typing.reform(move |text| {
            let mut typed = before.clone();
            if let Some(number) = typed.numbers.get_mut(n) {
                *number = text;
            }
            typed
        });
        html! {
            <Field {key} name={key} autocomplete="off" label={words.say(key)} value={typed.numbers.get(n).cloned().unwrap_or_default()} inputmode={"numeric"}
                wrong={wrongs.at(key)} {oninput} />
        }
    };
    let opening = wrongs.at("policy-opening");
    html! {
        <>
            <fieldset id="policy-opening" class="space-y-2" aria-describedby={described("policy-opening", true, opening.is_some())}>
                <legend class="mb-1.5 text-sm font-medium">{ words.say("opening") }</legend>
                { wrong_text("policy-opening", opening.as_ref()) }
                <p id="policy-opening-hint" class="text-sm text-base-content/70">{ words.say("opening-hint") }</p>
                <div class="grid gap-2 sm:grid-cols-2">
                    { for (1..=7).map(|weekday| day(words, policy, weekday, set)) }
                </div>
            </fieldset>
            <label class="flex items-center gap-2">
                <input type="checkbox" id="remote-join" class="checkbox" checked={policy.remote_join} onchange={remote} />{ words.say("remote-join") }
            </label>
            <div class="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
                { for NUMBER_KEYS.into_iter().enumerate().map(|(n, key)| number(n, key)) }
            </div>
            <p class="text-sm text-base-content/70" id="policy-effect">{ effect(words, policy, typed) }</p>
            <TextArea name="board-messages" label={words.say("board-messages")} hint={words.say("board-messages-hint")} max={4_000}
                value={typed.messages.clone()} wrong={wrongs.at("board-messages")} oninput={say} />
        </>
    }
}

/// The effect of the urgent class on the order, in words; empty while its numbers are not.
fn effect(words: Words, policy: &BranchPolicy, typed: &BranchTyped) -> AttrValue {
    let mut policy = policy.clone();
    let wrong = typed.numbers_into(&mut policy);
    if wrong.iter().any(|(path, _)| path.starts_with("policy.urgent")) {
        return AttrValue::default();
    }
    let n = ("n", u32::from(policy.urgent.head_start_min).into());
    match policy.urgent.gain {
        0 | 1 => words.say_with("policy-effect", &[n]),
        gain => words.say_with("policy-effect-gain", &[n, ("gain", u32::from(gain).into())]),
    }
}

/// The hours of a day. A day with several periods shows the first one, and keeps the others.
fn day(words: Words, policy: &BranchPolicy, weekday: u8, set: &Callback<BranchPolicy>) -> Html {
    let here = policy.opening.iter().position(|opening| opening.weekday == weekday);
    let name = words.say(&format!("weekday-{weekday}"));
    let toggle = {
        let (policy, set) = (policy.clone(), set.clone());
        Callback::from(move |_: Event| {
            let mut next = policy.clone();
            if here.is_some() {
                next.opening.retain(|opening| opening.weekday != weekday);
            } else {
                next.opening.push(Opening { weekday, from_min: 8 * 60, to_min: 17 * 60 });
                next.opening.sort();
            }
            set.emit(next);
        })
    };
    let time = |n: usize, is_from: bool| {
        let opening = policy.opening[n];
        let min = if is_from { opening.from_min } else { opening.to_min };
        // A time input has no 24:00.
        let value = format!("{:02}:{:02}", min / 60 % 24, min % 60);
        let (policy, set) = (policy.clone(), set.clone());
        let shown = value.clone();
        let onchange = Callback::from(move |event: Event| {
            let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
            else {
                return;
            };
            // A day that is open has both times: an emptied field shows again what is set.
            let Some(min) = minutes(&input.value()) else { return input.set_value(&shown) };
            let mut next = policy.clone();
            if is_from {
                next.opening[n].from_min = min;
            } else {
                next.opening[n].to_min = if min == 0 { 24 * 60 } else { min };
            }
            set.emit(next);
        });
        let label = format!("{name}, {}", words.say(if is_from { "opens" } else { "closes" }));
        html! { <input type="time" autocomplete="off" class="input input-sm w-28" aria-label={label} {value} {onchange} /> }
    };
    html! {
        <div key={weekday} class="flex flex-wrap items-center gap-2" data-weekday={weekday.to_string()}>
            <label class="flex w-32 items-center gap-2"><input type="checkbox" class="checkbox" checked={here.is_some()} onchange={toggle} />{ name.clone() }</label>
            if let Some(n) = here { { time(n, true) }{ "–" }{ time(n, false) } }
        </div>
    }
}

/// `08:30` in minutes from midnight.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    Some(hours.parse::<u16>().ok()? * 60 + minutes.get(..2)?.parse::<u16>().ok()?)
}
