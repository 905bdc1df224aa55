//! A branch's whole queue on one screen.

use medlane_shared::{
    access::Role,
    api::{GetQueueStats, SettleTask, StepTicket},
    fault::Fault,
    identity::Me,
    ids::{BranchId, TicketId},
    queue::{
        BranchQuery, DeskTask, Label, QueueRow, QueueStats, QueueView, State, StepKind, StepRequest, TaskKind,
    },
    sync::Topic,
};
use yew::prelude::*;

use super::{
    calls::{calls, next_here, nobody_here, use_desk_room},
    figures::Figures,
    help::HelpCalls,
    leaving::{ask_away, takes_away},
    walk_in::WalkIn,
};
use crate::{
    backend::{call, use_live},
    i18n::{Words, use_words},
    kit::{Button, Dialog, Key, Keys, Kind, Offline, alert, select, skeleton, use_next_focus, use_rounds},
    queue::{
        AskWho, DoorControl, DoorSaid, More, PlacedSaid, QueueColumns, StepSaid, name_of, use_branch,
        use_services, use_steps,
    },
};

/// The keyboard shortcuts of the desk.
const KEYS: &[Key] = &[
    ("KeyN", "call-next"),
    ("KeyW", "walk-in"),
    ("ArrowDown", "key-down"),
    ("ArrowUp", "key-up"),
    ("KeyJ", "key-down"),
    ("KeyK", "key-up"),
    ("KeyC", "step-call"),
    ("KeyR", "step-recall"),
    ("KeyS", "step-serve"),
    ("KeyD", "step-done"),
    ("KeyP", "step-park"),
    ("KeyB", "step-put-back"),
    ("KeyX", "step-no-show"),
    ("KeyT", "more-steps"),
    ("KeyU", "step-undo"),
];

/// The properties of the queue screen.
#[derive(Properties, PartialEq)]
pub struct BranchQueueProps {
    /// The person who is signed in.
    pub me: Me,
}

/// The queue of the chosen branch, with today's figures and the door.
#[component(BranchQueue)]
pub fn branch_queue(props: &BranchQueueProps) -> Html {
    let words = use_words();
    let place = use_branch(&props.me);
    let me = &props.me;
    let id = place.chosen.as_ref().map(|branch| branch.id);
    let live = use_live::<QueueView>(id.map(Topic::Queue));
    let room = use_desk_room(place.chosen.as_ref(), live.value.as_deref(), me.person_id);
    let steps = use_steps(room.chosen.clone());
    let services = use_services(id);
    let (chosen, asking, walking) =
        (use_state(|| None::<TicketId>), use_state(|| false), use_state(|| false));
    let choose = {
        let (chosen, asking) = (chosen.clone(), asking.clone());
        Callback::from(move |id: TicketId| {
            asking.set(*chosen != Some(id) || !*asking);
            chosen.set(Some(id));
        })
    };
    // A step that takes a visit away from the doctor who sees it asks first.
    let (taking, person) = (use_state(|| None::<(QueueRow, StepRequest)>), me.person_id);
    let act = {
        let (act, room, taking) = (steps.act.clone(), room.clone(), taking.clone());
        Callback::from(move |(row, step): (QueueRow, StepKind)| {
            if takes_away(&row, step, person) {
                let request = StepRequest::new(step, row.version);
                taking.set(Some((row, request)));
            } else if !calls(&row, step) || room.is_set() {
                act.emit((row, step));
            }
        })
    };
    let ask = {
        let (ask, taking) = (steps.ask.clone(), taking.clone());
        Callback::from(move |(row, request): (QueueRow, StepRequest)| {
            if takes_away(&row, request.step, person) {
                taking.set(Some((row, request)));
            } else {
                ask.emit((row, request));
            }
        })
    };
    // The question goes when the ticket has changed.
    let is_present = |(row, _): &(QueueRow, StepRequest)| {
        let is_it = |now: &QueueRow| now.id == row.id && now.version == row.version;
        live.value.as_ref().is_some_and(|view| view.rows().any(is_it))
    };
    let taken_away = (*taking).clone().filter(is_present).map(|(row, request)| {
        let leave = {
            let taking = taking.clone();
            Callback::from(move |()| taking.set(None))
        };
        let take = {
            let (ask, leave, row, request) = (steps.ask.clone(), leave.clone(), row.clone(), request.clone());
            Callback::from(move |()| {
                leave.emit(());
                ask.emit((row.clone(), request.clone()));
            })
        };
        ask_away(words, (&row, request.step), &services, &take, &leave)
    });
    let next = live.value.as_ref().and_then(|view| next_here(view, steps.after.as_ref())).cloned();
    // How many were on the way when the next patient was asked for and nobody was here; `None` once that is over.
    let vain = use_state(|| None::<usize>);
    use_effect_with((next.is_some(), steps.did.is_some()), {
        let vain = vain.clone();
        move |(has_next, has_done)| {
            if vain.is_some() && (*has_next || *has_done) {
                vain.set(None);
            }
        }
    });
    let call_next = {
        let (act, next, vain, value) = (act.clone(), next.clone(), vain.clone(), live.value.clone());
        let (set_last, last) = (steps.set_last.clone(), steps.last);
        Callback::from(move |()| {
            if next.is_none() {
                // What was said of the step before is over.
                set_last.emit(last);
            }
            vain.set(value.as_ref().filter(|_| next.is_none()).map(|view| view.waiting.len()));
            if let Some(row) = &next {
                act.emit((row.clone(), StepKind::Call));
            }
        })
    };
    // A visit that this desk began in the chosen room ends before the next patient goes there, so it asks first.
    let (ending, calling) = (use_state(|| None::<TicketId>), use_state(|| false));
    let is_seen =
        |row: &&QueueRow| me.person_id.is_some() && row.called_by == me.person_id && row.room == room.chosen;
    let seeing = live.value.as_ref().and_then(|view| view.serving.iter().find(is_seen)).cloned();
    let ask_next = {
        let (ending, call_next, room) = (ending.clone(), call_next.clone(), room.clone());
        let seen = seeing.as_ref().filter(|_| next.is_some()).map(|row| row.id);
        Callback::from(move |()| match seen {
            _ if !room.is_set() => {}
            Some(seen) => ending.set(Some(seen)),
            None => call_next.emit(()),
        })
    };
    // The question belongs to one visit, and goes when that visit ends.
    let asked = seeing.filter(|row| *ending == Some(row.id));
    use_effect_with((asked.is_none(), ending.is_some()), {
        let ending = ending.clone();
        move |(is_none, is_set)| {
            if *is_none && *is_set {
                ending.set(None);
            }
        }
    });
    let leave = {
        let ending = ending.clone();
        Callback::from(move |()| ending.set(None))
    };
    let end = {
        let (ending, call_next, calling) = (ending.clone(), call_next.clone(), calling.clone());
        let (fault, seen) = (steps.set_fault.clone(), asked.clone());
        Callback::from(move |()| {
            let Some(row) = seen.clone().filter(|_| !*calling) else { return };
            let (ending, call_next, calling) = (ending.clone(), call_next.clone(), calling.clone());
            let fault = fault.clone();
            calling.set(true);
            wasm_bindgen_futures::spawn_local(async move {
                let done = StepRequest::new(StepKind::Done, row.version);
                match call::<StepTicket>(&[&row.id.to_string()], &done).await {
                    Ok(_) => call_next.emit(()),
                    Err(refused) => fault.emit(Some(refused)),
                }
                ending.set(None);
                calling.set(false);
            });
        })
    };
    let walk = {
        let walking = walking.clone();
        Callback::from(move |()| walking.set(!*walking))
    };
    let pressed = {
        let (value, steps, chosen, asking) =
            (live.value.clone(), steps.clone(), chosen.clone(), asking.clone());
        let (walk, call_next, act) = (walk.clone(), ask_next.clone(), act.clone());
        let oversees = props.me.role == Role::Admin;
        Callback::from(move |key: String| {
            let rows: Vec<&QueueRow> = value.iter().flat_map(|view| active(view)).collect();
            let at = rows.iter().position(|row| Some(row.id) == *chosen);
            let go = |to: usize| {
                if let Some(row) = rows.get(to) {
                    asking.set(false);
                    chosen.set(Some(row.id));
                    show(&row.label.to_string());
                }
            };
            match key.as_str() {
                "ArrowDown" | "j" => go(at.map_or(0, |at| at + 1)),
                "ArrowUp" | "k" => go(at.map_or(0, |at| at.saturating_sub(1))),
                "w" => walk.emit(()),
                "n" if !oversees => call_next.emit(()),
                "t" if at.is_some() => asking.set(!*asking),
                "u" => {
                    let all = value.iter().flat_map(|view| active(view).chain(&view.ended));
                    if let Some(row) = all.into_iter().find(|row| Some(row.id) == steps.last) {
                        steps.act.emit((row.clone(), StepKind::Undo));
                    }
                }
                key => {
                    if let Some((row, step)) =
                        at.and_then(|at| rows.get(at)).and_then(|row| Some((*row, step_of(key, row.state)?)))
                    {
                        act.emit((row.clone(), step));
                    }
                }
            }
        })
    };
    use_next_focus(*walking, vec!["walk-in".into()]);
    // The focus goes to the menu of the row that was stepped, or to what the step did: a further Enter must not call or
    // take away anybody.
    let row_of = |id: Option<TicketId>| {
        id.and_then(|id| live.value.as_ref()?.rows().find(|row| row.id == id && row.state.is_active()))
    };
    let menus = [row_of(steps.about), row_of(*chosen)].into_iter().flatten();
    let focuses: Vec<AttrValue> = menus
        .map(|row| format!("more-{}", row.label).into())
        .chain(["desk-said", "desk-lists"].map(AttrValue::from))
        .collect();
    let about = steps.about.and_then(|about| live.value.as_ref()?.rows().find(|row| row.id == about));
    let did = steps.did.as_ref().map(|did| did.row.version);
    use_next_focus((about.map(|row| (row.id, row.version)), did, *asking, asked.is_some()), focuses);
    let (stats, rounds) = (use_state(|| None::<QueueStats>), use_rounds());
    use_effect_with((id, live.value.as_ref().map(|view| view.at)), {
        let stats = stats.clone();
        move |(id, _)| {
            let branch_id = *id;
            let round = rounds.begin();
            if branch_id.is_some() {
                wasm_bindgen_futures::spawn_local(async move {
                    // Without the figures the lists still say enough.
                    let found = call::<GetQueueStats>(&[], &BranchQuery { branch_id }).await.ok();
                    if !round.is_over() {
                        stats.set(found);
                    }
                });
            }
        }
    });
    let places: Vec<(AttrValue, AttrValue)> = place
        .branches
        .iter()
        .map(|branch| (branch.id.to_string().into(), branch.name.clone().into()))
        .collect();
    let panel = |view: &QueueView| {
        let row = active(view).find(|row| Some(row.id) == *chosen)?;
        let close = {
            let asking = asking.clone();
            Callback::from(move |()| asking.set(false))
        };
        let more = html! {
            if *asking { <More key={row.version} row={row.clone()} services={services.clone()} rooms={room.rooms.clone()} view={live.value.clone()} placed={steps.set_placed.clone()} ask={ask.clone()} {close} /> }
        };
        Some((row.id, more))
    };
    html! {
        <>
            <div class="mb-4 flex flex-wrap items-center gap-3">
                if places.len() > 1 {
                    { select(words.say("branch"), &places, &id.map(|id| id.to_string()).unwrap_or_default(), &place.choose) }
                } else if let Some(branch) = &place.chosen {
                    <p class="text-lg font-semibold">{ &branch.name }</p>
                }
                { room.choice(words) }
                <Button kind={Kind::Primary} id="walk-in" shortcut="W" onclick={walk.clone()}>{ words.say("walk-in") }</Button>
                if me.role != Role::Admin { <Button id="desk-next" busy={*calling} shortcut="N" onclick={ask_next}>{ words.say("call-next") }</Button> }
                <Keys person={me.person_id} keys={KEYS} {pressed} />
                <span class="flex-1"></span>
                if let Some(view) = &live.value {
                    <DoorControl branch={view.branch_id} door={view.door} refused={steps.set_fault.clone()} />
                }
            </div>
            if let Some(stats) = stats.as_ref().filter(|stats| Some(stats.branch_id) == id) { <Figures stats={stats.clone()} /> }
            <Offline online={live.online} />
            if let Some(view) = &live.value { <DoorSaid branch={view.branch_id} door={view.door} set={view.door_set.clone()} refused={steps.set_fault.clone()} /> }
            if let Some(branch) = id { <HelpCalls key={branch.to_string()} {branch} refused={steps.set_fault.clone()} /> }
            <div>{ for live.value.iter().flat_map(|view| &view.tasks).map(|task| settle(words, task, id, &steps.set_fault)) }</div>
            <div class="mb-4 empty:hidden">{ alert(words, steps.fault.clone().or(live.refused.clone()).or(place.fault.clone())) }</div>
            <div id="desk-said" tabindex="-1" class="outline-none empty:hidden">
                <StepSaid steps={steps.clone()} view={live.value.clone()} is_desk=true />
                if let Some(n) = *vain { { nobody_here(words, n) } }
                <PlacedSaid steps={steps.clone()} view={live.value.clone()} />
            </div>
            <AskWho steps={steps.clone()} at={live.value.as_ref().map(|view| view.at).unwrap_or_default()} />
            { taken_away.unwrap_or_default() }
            if let Some(row) = asked {
                <Dialog id="end-visit" title={words.say_with("end-first", &[("name", name_of(words, &row).as_str().into())])}
                    acts={vec![(words.say("end-and-call"), end)]} busy={*calling} stay={words.say("stay")} close={leave} />
            }
            if let Some(branch) = id.filter(|_| *walking) {
                <WalkIn key={branch.to_string()} {branch} services={services.clone()} close={walk} />
            }
            if let Some(view) = &live.value {
                <div id="desk-lists" tabindex="-1" class="outline-none"><QueueColumns view={(**view).clone()} act={act} chosen={panel(view)} {choose} /></div>
            } else if live.refused.is_none() && place.fault.is_none() {
                { skeleton(words) }
            }
        </>
    }
}

/// A task that only a person can settle.
fn settle(
    words: Words,
    task: &DeskTask,
    branch: Option<BranchId>,
    refused: &Callback<Option<Fault>>,
) -> Html {
    let (id, branch) = (task.id.to_string(), branch.map(|id| id.to_string()).unwrap_or_default());
    let key = match task.kind {
        TaskKind::Twin => "task-twin",
        TaskKind::LabelTwice => "task-label-twice",
        TaskKind::CallRefused => "task-call-refused",
        TaskKind::NotTaken if task.label.is_none() => "task-unreadable",
        TaskKind::NotTaken => "task-not-taken",
    };
    let text = |label: &Option<Label>| label.as_ref().map(ToString::to_string).unwrap_or_default();
    let (label, other) = (text(&task.label), text(&task.other));
    let done = {
        let (id, refused) = (id.clone(), refused.clone());
        Callback::from(move |()| {
            let (id, branch, refused) = (id.clone(), branch.clone(), refused.clone());
            wasm_bindgen_futures::spawn_local(async move {
                refused.emit(call::<SettleTask>(&[&branch, &id], &()).await.err());
            });
        })
    };
    html! {
        <div key={id} role="alert" class="alert alert-info mb-4" data-task={label.clone()}>
            <p class="flex-1">{ words.say_with(key, &[("label", label.as_str().into()), ("other", other.as_str().into())]) }</p>
            <Button class="btn-sm" id="task-done" onclick={done}>{ words.say("task-done") }</Button>
        </div>
    }
}

/// The rows that have not ended, in the order of the screen.
fn active(view: &QueueView) -> impl Iterator<Item = &QueueRow> {
    [&view.waiting, &view.called, &view.serving, &view.parked].into_iter().flatten()
}

/// The step of a keyboard shortcut, for a ticket in this state.
fn step_of(key: &str, state: State) -> Option<StepKind> {
    Some(match (key, state) {
        ("c", State::Waiting | State::Parked) => StepKind::Call,
        ("r", State::Called) => StepKind::Recall,
        ("s", State::Called) => StepKind::Serve,
        ("d", State::Serving) => StepKind::Done,
        ("p", State::Parked) => StepKind::Resume,
        ("p", _) => StepKind::Park,
        ("b", State::Called) => StepKind::PutBack,
        ("x", State::Called) => StepKind::NoShow,
        _ => return None,
    })
}

/// Scrolls the row with this label into view.
fn show(label: &str) {
    let row = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.query_selector(&format!("[data-label=\"{label}\"]")).ok().flatten());
    if let Some(row) = row {
        row.scroll_into_view_with_bool(false);
    }
}
