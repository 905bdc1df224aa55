//! The staff's queue: rows by state, with the steps of each.

use medlane_shared::{
    ids::{PersonId, TicketId},
    queue::{Priority, QueueRow, QueueView, State, StepKind},
    time::Timestamp,
};
use yew::prelude::*;

use super::{class_key, edge, marks, sent_from, who, why};
use crate::{
    i18n::{Words, use_words},
    kit::{Button, Item, Kind, Steady, ahead, empty, state_badge, use_clock},
};

/// Rows of one state.
pub struct QueueList<'a> {
    /// Its heading.
    pub title: AttrValue,
    /// Its rows.
    pub rows: &'a [QueueRow],
    /// The server's time.
    pub at: Timestamp,
    /// The steps that each row offers.
    pub steps: &'a [StepKind],
    /// Takes a step; `None` if the reader may only look.
    pub act: Option<Callback<(QueueRow, StepKind)>>,
    /// The chosen row, and the panel under it.
    pub chosen: Option<(TicketId, Html)>,
    /// Chooses a row, or closes it; `None` if there is nothing more to do.
    pub choose: Option<Callback<TicketId>>,
    /// What a row offers besides its steps.
    pub also: Option<&'a dyn Fn(&QueueRow) -> Html>,
}

/// A ticket's label and its patient's name, for questions and buttons.
#[must_use]
pub fn name_of(words: Words, row: &QueueRow) -> String {
    let name = row.patient_name.clone().map_or_else(|| words.say("no-name"), Into::into);
    format!("{} {name}", row.label)
}

/// The patient whom a person is seeing.
#[must_use]
pub fn seen_by(view: &QueueView, person: Option<PersonId>) -> Option<&QueueRow> {
    view.serving.iter().find(|row| person.is_some() && row.called_by == person)
}

/// The room that a person last called to.
#[must_use]
pub fn room_used(view: &QueueView, person: Option<PersonId>) -> Option<String> {
    let called = [&view.called, &view.serving, &view.ended].into_iter().flatten();
    let mine = called.filter(|row| person.is_some() && row.called_by == person && row.room.is_some());
    mine.max_by_key(|row| row.called_at)?.room.clone()
}

fn minutes(row: &QueueRow, at: Timestamp) -> u32 {
    let since =
        row.serving_at.or(row.called_at).filter(|_| row.state != State::Waiting).unwrap_or(row.waiting_since);
    u32::try_from(at.since_ms(since).max(0) / 60_000).unwrap_or(u32::MAX)
}

/// The service, the doctor by name, and the room. Who waits again is in no room.
fn place_of(row: &QueueRow) -> String {
    let room = row.room.as_ref().filter(|_| row.state != State::Waiting);
    let parts = [Some(&row.service_name), row.doctor_name.as_ref(), room];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" · ")
}

/// A list of rows of one state.
pub fn queue_list(words: Words, list: &QueueList<'_>) -> Html {
    let rows = list.rows.iter().map(|row| {
        let chosen = list.chosen.as_ref().filter(|(id, _)| *id == row.id).map(|(_, panel)| panel.clone());
        let mark = chosen.as_ref().map(|_| "bg-primary/5 ring-2 ring-inset ring-primary/40");
        let more = list.choose.as_ref().filter(|_| row.state.is_active()).map(|choose| {
            let (choose, id) = (choose.clone(), row.id);
            html! {
                <button type="button" class="btn btn-ghost btn-sm btn-square" id={format!("more-{}", row.label)} aria-label={words.say("more-steps")} aria-expanded={chosen.is_some().to_string()}
                    onclick={move |_| choose.emit(id)}>{ "⋯" }</button>
            }
        });
        let html = html! {
            <li key={row.id.to_string()} data-row={row.id.to_string()} class={classes!("flex", "flex-wrap", "items-center", "gap-x-3", "gap-y-2", "px-4", "py-3", edge(row.priority), mark)} data-label={row.label.to_string()} data-state={row.state.text()}
                data-chosen={chosen.is_some().to_string()}>
                <span class="w-24 shrink-0 whitespace-nowrap text-lg font-semibold" dir="ltr">{ row.label.to_string() }</span>
                <div class="min-w-40 flex-1">
                    <p class="page-start font-medium break-words" dir="auto">{ row.patient_name.clone().map_or_else(|| words.say("no-name"), Into::into) }</p>
                    <p class="text-sm">{ who(words, row, list.at, false) }</p>
                    <p class="page-start text-sm text-base-content/70 break-words" dir="auto">
                        { place_of(row) }
                    </p>
                    { why(words, row) }
                    { sent_from(words, row) }
                    if let Some(reason) = row.reason.as_ref().filter(|reason| !reason.is_empty()) {
                        <p class="page-start text-sm break-words" dir="auto" data-reason="">{ reason }</p>
                    }
                </div>
                if row.arrived_at.is_none() && row.state == State::Waiting { <span class="badge badge-ghost" data-away="">{ words.say("on-the-way") }</span> }
                { marks(words, row) }
                if row.state.is_active() {
                    <span class="shrink-0 text-sm tabular-nums text-base-content/70">{ words.duration(minutes(row, list.at)) }</span>
                } else {
                    { state_badge(words, row.state) }
                }
                if let Some(act) = &list.act {
                    { queue_actions(words, row, list.at, list.steps, act, more) }
                }
                if let Some(also) = list.also {
                    { also(row) }
                }
                if let Some(panel) = chosen.filter(|_| row.state.is_active()) { <div class="w-full">{ panel }</div> }
            </li>
        };
        let urgent = row.priority == Priority::Emergency;
        let pressing = (row.priority != Priority::Normal).then(|| words.say(class_key(row.priority)));
        Item { key: row.id.to_string().into(), name: name_of(words, row).into(), urgent, pressing, html }
    });
    html! {
        <section class="card border border-base-300 bg-base-100 shadow-sm">
            <h2 class="flex items-center justify-between px-4 pt-4 pb-2 font-semibold">
                { &list.title }<span class="badge badge-ghost tabular-nums">{ list.rows.len() }</span>
            </h2>
            <Steady class="max-h-[60dvh] divide-y divide-base-200 overflow-y-auto pb-2" label={list.title.clone()} front={Callback::from(ahead)} items={rows.collect::<Vec<_>>()}
                none={html! { <div class="p-4">{ empty(words.say("nobody"), AttrValue::default()) }</div> }} />
        </section>
    }
}

/// The key of a step's words.
#[must_use]
pub fn step_key(step: StepKind) -> &'static str {
    match step {
        StepKind::Call => "step-call",
        StepKind::Recall => "step-recall",
        StepKind::Serve => "step-serve",
        StepKind::Done => "step-done",
        StepKind::Park => "step-park",
        StepKind::Resume => "step-resume",
        StepKind::PutBack => "step-put-back",
        StepKind::NoShow => "step-no-show",
        StepKind::Return => "step-return",
        StepKind::Cancel => "step-cancel",
        StepKind::Prioritise => "step-prioritise",
        StepKind::Transfer => "step-transfer",
        StepKind::Move => "step-move",
        StepKind::StepBack => "step-back",
        StepKind::Arrive => "step-arrive",
        StepKind::Undo => "step-undo",
    }
}

/// The steps of a row; undo only while it is possible.
fn queue_actions(
    words: Words,
    row: &QueueRow,
    at: Timestamp,
    steps: &[StepKind],
    act: &Callback<(QueueRow, StepKind)>,
    more: Option<Html>,
) -> Html {
    let can_undo = row.undo_until.is_some_and(|until| at < until);
    let can = |step: &StepKind| match step {
        StepKind::Undo => can_undo,
        StepKind::Return => row.state == State::NoShow,
        StepKind::Cancel => row.state != State::Serving,
        _ => true,
    };
    let steps = steps.iter().copied().filter(can);
    html! {
        <div class="flex flex-wrap gap-1.5">
            { for steps.map(|step| {
                let kind = if matches!(step, StepKind::Serve | StepKind::Done) { Kind::Primary } else { Kind::Plain };
                let (act, row) = (act.clone(), row.clone());
                let key = step_key(step);
                html! { <Button key={key} id={format!("{key}-{}", row.label)} {kind} class="btn-sm"
                    onclick={move |()| act.emit((row.clone(), step))}>{ words.say(key) }</Button> }
            }) }
            { more }
        </div>
    }
}

/// The properties of a queue.
#[derive(Properties, PartialEq)]
pub struct QueueColumnsProps {
    /// The queue.
    pub view: QueueView,
    /// Takes a step.
    pub act: Callback<(QueueRow, StepKind)>,
    /// The chosen row, and the panel under it.
    pub chosen: Option<(TicketId, Html)>,
    /// Chooses a row, or closes it.
    pub choose: Callback<TicketId>,
}

/// A whole queue, in two columns if there is room.
#[component(QueueColumns)]
pub fn queue_columns(props: &QueueColumnsProps) -> Html {
    use StepKind::{Cancel, Done, NoShow, Park, PutBack, Recall, Resume, Return, Serve, Undo};
    let words = use_words();
    let at = use_clock(Some(props.view.at));
    let list = |key: &str, rows: &[QueueRow], steps: &[StepKind]| {
        let (act, chosen, choose) =
            (Some(props.act.clone()), props.chosen.clone(), Some(props.choose.clone()));
        queue_list(
            words,
            &QueueList { title: words.say(key), rows, at, steps, act, chosen, choose, also: None },
        )
    };
    html! {
        <div class="grid items-start gap-4 xl:grid-cols-2">
            <div class="space-y-4">{ list("waiting", &props.view.waiting, &[StepKind::Call, Park, Cancel, Undo]) }</div>
            <div class="space-y-4">
                { list("called", &props.view.called, &[Serve, Recall, PutBack, NoShow, Undo]) }
                { list("serving", &props.view.serving, &[Done, Park, Undo]) }
                { list("parked", &props.view.parked, &[Resume, StepKind::Call, Undo]) }
                { list("ended", &props.view.ended, &[Return, Undo]) }
            </div>
        </div>
    }
}
