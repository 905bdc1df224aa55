//! The patient who is with the doctor, and the possible steps.

use medlane_shared::{
    identity::Me,
    queue::{QueueRow, QueueView, State, StepKind},
    time::Timestamp,
};
use yew::prelude::*;

use crate::{
    i18n::Words,
    kit::{Button, Kind, state_badge},
    queue::{marks, step_key, who},
};

/// The doctor's present patient: the one being seen, otherwise the one called last.
pub(super) fn present<'a>(view: &'a QueueView, me: &Me) -> Option<&'a QueueRow> {
    let mine = |row: &&QueueRow| row.called_by == me.person_id;
    view.serving.iter().find(mine).or_else(|| view.called.iter().filter(mine).max_by_key(|row| row.called_at))
}

/// The room that the doctor last called to.
pub(super) fn room_used(view: &QueueView, me: &Me) -> Option<String> {
    let called = [&view.called, &view.serving, &view.ended].into_iter().flatten();
    let mine = called.filter(|row| row.called_by == me.person_id && row.room.is_some());
    mine.max_by_key(|row| row.called_at)?.room.clone()
}

/// The steps from a state with their keys, the usual step first.
fn steps_from(state: State) -> &'static [(StepKind, &'static str)] {
    match state {
        State::Called => {
            &[(StepKind::Serve, "S"), (StepKind::Recall, "R"), (StepKind::Park, "P"), (StepKind::NoShow, "X")]
        }
        State::Serving => &[(StepKind::Done, "D"), (StepKind::Park, "P")],
        _ => &[],
    }
}

/// The patient who is with the doctor, or on the way.
pub(super) fn present_card(
    words: Words,
    row: Option<&QueueRow>,
    at: Timestamp,
    (act, can_undo): (&Callback<(QueueRow, StepKind)>, bool),
    undo: &Callback<()>,
    ask_more: &Callback<()>,
) -> Html {
    let undo = html! { <Button kind={Kind::Ghost} id="undo" shortcut="U" onclick={undo.clone()}>{ words.say("step-undo") }</Button> };
    let Some(row) = row else {
        return html! {
            <section class="card border border-base-300 bg-base-100 shadow-sm" id="present">
                <div class="card-body items-center gap-2 p-8 text-center">
                    <p class="text-xl font-semibold">{ words.say("nobody-here") }</p>
                    <p class="text-base-content/70">{ words.say("nobody-here-hint") }</p>
                    if can_undo { { undo } }
                </div>
            </section>
        };
    };
    let since = row.serving_at.or(row.called_at).unwrap_or(row.waiting_since);
    let elapsed = u32::try_from(at.since_ms(since).max(0) / 60_000).unwrap_or(u32::MAX);
    let edge = if row.state == State::Called { "border-warning" } else { "border-primary" };
    html! {
        <section class={classes!("card", "border", "border-s-4", "bg-base-100", "shadow-sm", edge)} id="present" data-label={row.label.to_string()} data-state={row.state.text()}>
            <div class="card-body gap-4 p-6">
                <div class="flex flex-wrap items-start gap-x-6 gap-y-2">
                    <p class="grow-0 text-5xl font-semibold tracking-tight" dir="ltr">{ row.label.to_string() }</p>
                    <div class="min-w-0 flex-1">
                        <h2 class="page-start text-2xl font-semibold break-words" dir="auto">{ row.patient_name.clone().map_or_else(|| words.say("no-name"), Into::into) }</h2>
                        <p id="present-who">{ who(words, row, at, true) }</p>
                        <p class="text-base-content/70">{ &row.service_name }{ row.room.as_ref().map(|room| format!(" · {room}")).unwrap_or_default() }</p>
                    </div>
                    <div class="text-end">
                        { marks(words, row) }
                        { state_badge(words, row.state) }
                        <p class="mt-1 text-sm tabular-nums text-base-content/70">{ words.duration(elapsed) }</p>
                    </div>
                </div>
                if let Some(reason) = row.reason.as_ref().filter(|reason| !reason.is_empty()) {
                    <p class="rounded-box bg-base-200 px-4 py-3"><span class="me-2 text-sm text-base-content/70">{ words.say("comes-for") }</span><bdi class="break-words">{ reason }</bdi></p>
                }
                <div class="flex flex-wrap gap-2">
                    { for steps_from(row.state).iter().enumerate().map(|(n, (step, key))| {
                        let (act, row, step) = (act.clone(), row.clone(), *step);
                        let kind = match step {
                            _ if n == 0 => Kind::Primary,
                            StepKind::NoShow => Kind::Danger,
                            _ => Kind::Plain,
                        };
                        html! { <Button key={step_key(step)} id={step_key(step)} {kind} shortcut={*key}
                            onclick={move |()| act.emit((row.clone(), step))}>{ words.say(step_key(step)) }</Button> }
                    }) }
                    <Button id="send-on" shortcut="T" onclick={ask_more.clone()}>{ words.say("step-transfer") }</Button>
                    if row.undo_until.is_some_and(|until| at < until) { { undo } }
                </div>
            </div>
        </section>
    }
}
