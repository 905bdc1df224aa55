//! The board in the waiting room. It shows only labels, large enough to read from across the room.

use std::collections::BTreeMap;

use medlane_shared::{
    ids::BranchId,
    queue::{Board, BoardCall, BoardNext, Door},
    sync::Topic,
    time::Timestamp,
};
use yew::prelude::*;

use super::voice;
use crate::{
    backend::use_live,
    i18n::{Words, languages, use_words, use_zone},
    kit::{chime, skeleton, use_clock, use_title, wait_range},
};

/// The properties of the board.
#[derive(Properties, PartialEq)]
pub struct BoardScreenProps {
    /// The board's branch.
    pub branch: BranchId,
}

/// The board.
#[component(BoardScreen)]
pub fn board_screen(props: &BoardScreenProps) -> Html {
    let words = use_words();
    use_title(format!("{} · Medlane", words.say("board")));
    let live = use_live::<Board>(Some(Topic::Board(props.branch)));
    use_zone(live.value.as_ref().map(|board| board.time_zone.clone()));
    let now = use_clock(live.value.as_ref().map(|board| board.at));
    let calls = live.value.as_ref().map(|board| calls_of(&board.calling));
    let spoken_here = live.value.as_ref().map(|board| board.languages.clone()).unwrap_or_default();
    let heard = use_mut_ref(|| None::<Calls>);
    use_effect_with(calls, move |calls| {
        let Some(calls) = calls else { return };
        let before = heard.replace(Some(calls.clone()));
        // A call to another room is announced again: the patient may have gone to the wrong room.
        let is_new = |(label, (times, room)): &(&String, &(u8, Option<String>))| {
            let newer = |(n, at): &(u8, Option<String>)| n < times || at != room;
            before.as_ref().is_some_and(|before| before.get(*label).is_none_or(newer))
        };
        // Calls from before the board was switched on were announced already.
        let new: Vec<_> = calls.iter().filter(is_new).collect();
        if !new.is_empty() {
            chime();
        }
        for (label, (_, room)) in new {
            say(spoken_here.clone(), label.clone(), room.clone());
        }
    });
    let Some(board) = &live.value else { return html! { <div class="p-10">{ skeleton(words) }</div> } };
    html! {
        <div class="flex h-dvh flex-col overflow-hidden bg-base-200">
            <header class="flex items-center gap-6 bg-primary px-10 py-5 text-primary-content">
                <h1 class="page-start min-w-0 flex-1 truncate text-4xl font-semibold" dir="auto">{ &board.branch_name }</h1>
                if board.door == Door::Closed { <p class="text-2xl">{ words.say("board-closed") }</p> }
                if board.door == Door::Paused { <p class="text-2xl" id="board-paused">{ words.say("board-paused") }</p> }
                <time class="text-4xl font-semibold tabular-nums">{ words.clock(now) }</time>
            </header>
            if !live.online { <p role="status" id="offline" class="bg-warning px-10 py-3 text-2xl font-semibold text-warning-content">{ words.say("board-stale") }</p> }
            <main class="grid min-h-0 flex-1 grid-cols-[minmax(0,3fr)_minmax(0,2fr)] gap-6 p-6">
                <section class="flex min-h-0 flex-col gap-4" aria-live="assertive">
                    <h2 class="text-3xl font-semibold">{ words.say("board-calling") }</h2>
                    if board.calling.is_empty() { <p class="rounded-box bg-base-100 p-10 text-center text-2xl text-base-content/70">{ words.say("board-nobody") }</p> }
                    <ul class="grid gap-4">{ for board.calling.iter().take(5).enumerate().map(|(n, call)| html! { <Called key={call.label.to_string()} call={call.clone()} newest={n == 0} /> }) }</ul>
                    if !board.serving.is_empty() {
                        <h2 class="mt-2 text-2xl font-semibold text-base-content/80">{ words.say("board-serving") }</h2>
                        <ul class="grid grid-cols-3 gap-3">{ for board.serving.iter().map(|call| html! {
                            <li key={call.label.to_string()} class="flex items-baseline justify-between gap-2 rounded-box bg-base-100 px-5 py-3">
                                <span class="text-2xl font-semibold" dir="ltr">{ call.label.to_string() }</span>
                                <span class="page-start truncate text-lg text-base-content/70" dir="auto">{ call.room.clone().unwrap_or_default() }</span>
                            </li>
                        }) }</ul>
                    }
                </section>
                <section class="flex min-h-0 flex-col gap-4">
                    <h2 class="text-3xl font-semibold">{ words.say("board-next") }</h2>
                    <ul class="grid gap-3">{ for board.next.iter().map(|next| html! { <Next key={next.service_id.map_or_else(|| next.service_name.clone(), |id| id.to_string())} next={next.clone()} /> }) }</ul>
                </section>
            </main>
            if let Some(message) = message_of(&board.messages, now) {
                <aside id="message" class="bg-primary/10 px-10 py-5 text-center text-2xl" dir="auto" aria-label={words.say("board-messages")}>{ message.to_owned() }</aside>
            }
        </div>
    }
}

/// How long a message is shown, in milliseconds.
const MESSAGE_MS: i64 = 12_000;

/// The message to show now.
fn message_of(messages: &[String], now: Timestamp) -> Option<&str> {
    let count = i64::try_from(messages.len()).ok().filter(|count| *count > 0)?;
    messages.get(usize::try_from((now.ms() / MESSAGE_MS).rem_euclid(count)).ok()?).map(String::as_str)
}

/// For each label: how often it was called, and the room.
type Calls = BTreeMap<String, (u8, Option<String>)>;

fn calls_of(calling: &[BoardCall]) -> Calls {
    calling.iter().map(|call| (call.label.to_string(), (call.calls, call.room.clone()))).collect()
}

/// A label as it is spoken: letter by letter, then the number.
fn spoken(label: &str) -> String {
    let (prefix, number) = label.split_once('-').unwrap_or((label, ""));
    let letters: Vec<String> = prefix.chars().map(String::from).collect();
    format!("{} {}", letters.join(" "), number.trim_start_matches('0'))
}

/// Speaks a call in every language of the branch, one after the other.
fn say(spoken_here: Vec<String>, label: String, room: Option<String>) {
    wasm_bindgen_futures::spawn_local(async move {
        for (tag, _) in languages().filter(|(tag, _)| spoken_here.iter().any(|one| one == tag)) {
            // Without the network only languages that are loaded already are spoken.
            let Some(words) = Words::of(tag).await else { continue };
            let label = spoken(&label);
            let named =
                [("label", label.as_str().into()), ("room", room.as_deref().unwrap_or_default().into())];
            let text = words.say_with(if room.is_some() { "speak-room" } else { "speak" }, &named);
            voice::say(&text, tag);
        }
    });
}

#[derive(Properties, PartialEq)]
struct CalledProps {
    call: BoardCall,
    newest: bool,
}

#[component(Called)]
fn called(props: &CalledProps) -> Html {
    let words = use_words();
    let place = props.call.room.clone().map_or_else(|| words.say("come-to-reception"), Into::into);
    let tone = if props.newest { "bg-accent text-accent-content" } else { "bg-base-100" };
    html! {
        <li class={classes!("flex", "items-center", "justify-between", "gap-6", "rounded-2xl", "px-8", "py-5", "shadow-sm", tone)} data-label={props.call.label.to_string()}>
            <span class="text-7xl font-semibold tracking-tight" dir="ltr">{ props.call.label.to_string() }</span>
            <span class="min-w-0 text-end">
                <span class={classes!("page-start", "block", "text-4xl", "font-semibold", props.call.room.is_some().then_some("truncate"))} dir="auto">{ place }</span>
                <span class="page-start block truncate text-xl opacity-80" dir="auto">{ &props.call.service_name }</span>
            </span>
        </li>
    }
}

#[derive(Properties, PartialEq)]
struct NextProps {
    next: BoardNext,
}

#[component(Next)]
fn next_of(props: &NextProps) -> Html {
    let words = use_words();
    let next = &props.next;
    html! {
        <li class="rounded-box bg-base-100 px-6 py-4">
            <div class="flex items-baseline justify-between gap-4">
                <p class="page-start truncate text-xl font-semibold" dir="auto">{ &next.service_name }</p>
                if let Some(wait) = next.wait { <p class="shrink-0 text-lg text-base-content/70">{ wait_range(words, wait) }</p> }
            </div>
            <p class="mt-1 flex flex-wrap gap-x-4 text-2xl">
                { for next.labels.iter().map(|label| html! { <span key={label.to_string()} dir="ltr">{ label.to_string() }</span> }) }
                if next.labels.is_empty() { <span class="text-lg text-base-content/70">{ words.say("nobody") }</span> }
            </p>
        </li>
    }
}
