//! The staff's queue: rows by state, and what can be done with each.

use medlane_shared::{
    api::ControlQueue,
    fault::Fault,
    ids::BranchId,
    queue::{Door, Priority, QueueControl, QueueRow, QueueView, State, StepKind},
    time::Timestamp,
};
use yew::prelude::*;

use crate::{
    backend::call,
    i18n::use_words,
    kit::{Button, Empty, Kind, StateBadge, use_clock},
};

/// A list's props.
#[derive(Properties, PartialEq)]
pub struct QueueListProps {
    /// Its heading.
    pub title: AttrValue,
    /// Its rows.
    pub rows: Vec<QueueRow>,
    /// The server's time.
    pub at: Timestamp,
    /// The steps that each row offers.
    pub steps: Vec<StepKind>,
    /// Takes a step; none where the reader only looks.
    #[prop_or_default]
    pub act: Option<Callback<(QueueRow, StepKind)>>,
}

fn minutes(row: &QueueRow, at: Timestamp) -> i64 {
    let since =
        row.serving_at.or(row.called_at).filter(|_| row.state != State::Waiting).unwrap_or(row.waiting_since);
    at.since_ms(since).max(0) / 60_000
}

/// Rows of one state.
#[component(QueueList)]
pub fn queue_list(props: &QueueListProps) -> Html {
    let words = use_words();
    let rows = props.rows.iter().map(|row| {
        let urgent = (row.priority != Priority::Normal).then(|| match row.priority {
            Priority::Emergency => words.say("priority-emergency"),
            _ => words.say("priority-urgent"),
        });
        html! {
            <li key={row.id.to_string()} class="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3" data-label={row.label.to_string()} data-state={row.state.text()}>
                <span class="w-24 shrink-0 whitespace-nowrap text-lg font-semibold" dir="ltr">{ row.label.to_string() }</span>
                <div class="min-w-40 flex-1">
                    <p class="page-start truncate font-medium" dir="auto">{ row.patient_name.clone().map_or_else(|| words.say("no-name"), Into::into) }</p>
                    <p class="page-start truncate text-sm text-base-content/70" dir="auto">
                        { &row.service_name }{ row.room.as_ref().map(|room| format!(" · {room}")).unwrap_or_default() }
                        if let Some(reason) = row.reason.as_ref().filter(|reason| !reason.is_empty()) { { " · " }<bdi>{ reason }</bdi> }
                    </p>
                </div>
                if let Some(urgent) = urgent { <span class="badge badge-error badge-soft">{ urgent }</span> }
                if row.state.is_active() {
                    <span class="shrink-0 text-sm tabular-nums text-base-content/70">{ words.say_with("minutes", &[("n", minutes(row, props.at).into())]) }</span>
                } else {
                    <StateBadge state={row.state} />
                }
                if let Some(act) = &props.act {
                    <QueueActions row={row.clone()} steps={props.steps.clone()} at={props.at} act={act.clone()} />
                }
            </li>
        }
    });
    html! {
        <section class="card border border-base-300 bg-base-100 shadow-sm">
            <h2 class="flex items-center justify-between px-4 pt-4 pb-2 font-semibold">
                { &props.title }<span class="badge badge-ghost tabular-nums">{ props.rows.len() }</span>
            </h2>
            if props.rows.is_empty() {
                <div class="p-4"><Empty title={words.say("nobody")} /></div>
            } else {
                <ul class="max-h-[60dvh] divide-y divide-base-200 overflow-y-auto pb-2" tabindex="0" aria-label={&props.title}>{ for rows }</ul>
            }
        </section>
    }
}

/// A row's actions.
#[derive(Properties, PartialEq)]
pub struct QueueActionsProps {
    /// The row.
    pub row: QueueRow,
    /// The steps on offer.
    pub steps: Vec<StepKind>,
    /// The server's time.
    pub at: Timestamp,
    /// Takes one.
    pub act: Callback<(QueueRow, StepKind)>,
}

/// The words of a step.
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
        StepKind::Undo => "step-undo",
    }
}

/// What can be done with a row; undo only while it still can be.
#[component(QueueActions)]
pub fn queue_actions(props: &QueueActionsProps) -> Html {
    let words = use_words();
    let can_undo = props.row.undo_until.is_some_and(|until| props.at < until);
    let can = |step: &StepKind| match step {
        StepKind::Undo => can_undo,
        StepKind::Return => props.row.state == State::NoShow,
        StepKind::Cancel => props.row.state != State::Serving,
        _ => true,
    };
    let steps = props.steps.iter().copied().filter(can);
    html! {
        <div class="flex flex-wrap gap-1.5">
            { for steps.map(|step| {
                let kind = if matches!(step, StepKind::Serve | StepKind::Done) { Kind::Primary } else { Kind::Plain };
                let (act, row) = (props.act.clone(), props.row.clone());
                let key = step_key(step);
                html! { <Button key={key} id={format!("{key}-{}", props.row.label)} {kind} class="btn-sm"
                    onclick={move |()| act.emit((row.clone(), step))}>{ words.say(key) }</Button> }
            }) }
        </div>
    }
}

/// A queue's props.
#[derive(Properties, PartialEq)]
pub struct QueueColumnsProps {
    /// The queue.
    pub view: QueueView,
    /// Takes a step; none where the reader only looks.
    #[prop_or_default]
    pub act: Option<Callback<(QueueRow, StepKind)>>,
}

/// A whole queue, side by side where there is room.
#[component(QueueColumns)]
pub fn queue_columns(props: &QueueColumnsProps) -> Html {
    use StepKind::{Cancel, Done, NoShow, Park, PutBack, Recall, Resume, Return, Serve, Undo};
    let words = use_words();
    let at = use_clock(Some(props.view.at));
    let list = |key: &str, rows: &[QueueRow], steps: &[StepKind]| {
        html! { <QueueList title={words.say(key)} rows={rows.to_vec()} {at} steps={steps.to_vec()} act={props.act.clone()} /> }
    };
    html! {
        <div class="grid items-start gap-4 xl:grid-cols-2">
            <div class="space-y-4">{ list("waiting", &props.view.waiting, &[StepKind::Call, Park, Cancel]) }</div>
            <div class="space-y-4">
                { list("called", &props.view.called, &[Serve, Recall, PutBack, NoShow, Undo]) }
                { list("serving", &props.view.serving, &[Done, Park, Undo]) }
                { list("parked", &props.view.parked, &[Resume, StepKind::Call, Undo]) }
                { list("ended", &props.view.ended, &[Return, Undo]) }
            </div>
        </div>
    }
}

/// A door's props.
#[derive(Properties, PartialEq)]
pub struct DoorControlProps {
    /// The branch.
    pub branch: BranchId,
    /// How its queue is.
    pub door: Door,
    /// Takes what was refused.
    pub refused: Callback<Option<Fault>>,
}

/// Opens, pauses and closes a branch's queue.
#[component(DoorControl)]
pub fn door_control(props: &DoorControlProps) -> Html {
    let words = use_words();
    let doors = [(Door::Open, "door-open"), (Door::Paused, "door-paused"), (Door::Closed, "door-close")];
    html! {
        <div role="group" class="join" aria-label={words.say("door")}>
            { for doors.into_iter().map(|(door, key)| {
                let (branch, refused) = (props.branch.to_string(), props.refused.clone());
                let active = props.door == door;
                let onclick = move |_| {
                    let (branch, refused) = (branch.clone(), refused.clone());
                    wasm_bindgen_futures::spawn_local(async move {
                        refused.emit(call::<ControlQueue>(&[&branch], &QueueControl { door }).await.err());
                    });
                };
                html! { <button key={key} type="button" id={key} aria-pressed={active.to_string()}
                    class={classes!("btn", "btn-sm", "join-item", active.then_some("btn-active"))} {onclick}>{ words.say(key) }</button> }
            }) }
        </div>
    }
}
