//! How a branch runs its queue: hours, calls, priorities, the boards' messages.

use medlane_shared::clinic::{BranchPolicy, Opening};
use yew::prelude::*;

use crate::{
    i18n::Words,
    kit::{Field, TextArea},
};

/// A number in the policy: the key of its words, how to read it, and how to set it.
type Number = (&'static str, fn(&BranchPolicy) -> u32, fn(&mut BranchPolicy, u32));

fn small(n: u32) -> u8 {
    u8::try_from(n).unwrap_or(u8::MAX)
}

fn middle(n: u32) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// How a typed text changes the policy.
type Change = Box<dyn Fn(&mut BranchPolicy, String)>;

const NUMBERS: &[Number] = &[
    ("policy-near", |policy| policy.near.into(), |policy, n| policy.near = small(n)),
    ("policy-calls", |policy| policy.calls_max.into(), |policy, n| policy.calls_max = small(n)),
    ("policy-recall", |policy| policy.recall_after_s.into(), |policy, n| policy.recall_after_s = middle(n)),
    ("policy-undo", |policy| policy.undo_s.into(), |policy, n| policy.undo_s = middle(n)),
    ("policy-return", |policy| policy.return_min.into(), |policy, n| policy.return_min = middle(n)),
    (
        "policy-urgent-start",
        |policy| policy.urgent.head_start_min.into(),
        |policy, n| policy.urgent.head_start_min = middle(n),
    ),
    ("policy-urgent-gain", |policy| policy.urgent.gain.into(), |policy, n| policy.urgent.gain = small(n)),
];

/// The fields of a policy. `set` receives the changed policy, `say` the typed messages of the boards.
pub fn policy_fields(
    words: Words,
    policy: &BranchPolicy,
    messages: &str,
    set: &Callback<BranchPolicy>,
    say: Callback<String>,
) -> Html {
    let changed = |change: Change| {
        let (policy, set) = (policy.clone(), set.clone());
        Callback::from(move |text: String| {
            let mut next = policy.clone();
            change(&mut next, text);
            set.emit(next);
        })
    };
    let remote = changed(Box::new(|policy, _| policy.remote_join = !policy.remote_join));
    html! {
        <>
            <fieldset class="space-y-2">
                <legend class="mb-1.5 text-sm font-medium">{ words.say("opening") }</legend>
                <p class="text-sm text-base-content/70">{ words.say("opening-hint") }</p>
                <div class="grid gap-2 sm:grid-cols-2">
                    { for (1..=7).map(|weekday| day(words, policy, weekday, set)) }
                </div>
            </fieldset>
            <label class="flex items-center gap-2">
                <input type="checkbox" id="remote-join" class="checkbox" checked={policy.remote_join} onchange={remote.reform(|_: Event| String::new())} />{ words.say("remote-join") }
            </label>
            <div class="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
                { for NUMBERS.iter().map(|(key, get, put)| {
                    let put = *put;
                    let oninput = changed(Box::new(move |policy, text| put(policy, text.trim().parse().unwrap_or(0))));
                    html! { <Field key={*key} name={*key} label={words.say(key)} value={get(policy).to_string()} inputmode={"numeric"} {oninput} /> }
                }) }
            </div>
            <p class="text-sm text-base-content/70" id="policy-effect">{ effect(words, policy) }</p>
            <TextArea name="board-messages" label={words.say("board-messages")} hint={words.say("board-messages-hint")} max={4_000} value={messages.to_owned()} oninput={say} />
        </>
    }
}

/// The effect of the urgent class on the order, in words.
fn effect(words: Words, policy: &BranchPolicy) -> AttrValue {
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
        let onchange = Callback::from(move |event: Event| {
            let text = event.target().and_then(|target| js_sys::Reflect::get(&target, &"value".into()).ok());
            let Some(min) = text.and_then(|text| minutes(&text.as_string()?)) else { return };
            let mut next = policy.clone();
            if is_from {
                next.opening[n].from_min = min;
            } else {
                next.opening[n].to_min = if min == 0 { 24 * 60 } else { min };
            }
            set.emit(next);
        });
        let label = format!("{name}, {}", words.say(if is_from { "opens" } else { "closes" }));
        html! { <input type="time" class="input input-sm w-28" aria-label={label} {value} {onchange} /> }
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
