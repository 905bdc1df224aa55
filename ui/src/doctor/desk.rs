//! The doctor's desk: the present patient, the next ones, and a key for each step.

use medlane_shared::{
    api::CallNext,
    fault::Code,
    identity::Me,
    queue::{CallNextRequest, Door, QueueRow, QueueView, State, StepKind, StepRequest},
    sync::Topic,
    time::Timestamp,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{
    ending::{Ending, How, Standing, ask_end, leaves, standing},
    notes::{Notes, Visit},
    pen::use_pens,
    present::{present, present_card, room_used},
    refused::Refused,
    unsigned::{UnsignedList, UnsignedListProps},
};
use crate::{
    backend::{call, pending_notes, pending_steps, refused_notes, use_live},
    ends::SessionEnd,
    i18n::{Words, use_words},
    kit::{
        Button, Key, Keys, Kind, Offline, Page, alert, empty, focus, select, skeleton, use_clock,
        use_next_focus,
    },
    queue::{AskWho, More, QueueList, Steps, placed, queue_list, use_branch, use_services, use_steps},
};

/// The properties of the desk.
#[derive(Properties, PartialEq)]
pub struct DeskProps {
    /// The doctor who is signed in.
    pub me: Me,
}

/// The keys of the desk.
const KEYS: &[Key] = &[
    ("KeyN", "call-next"),
    ("KeyS", "step-serve"),
    ("KeyD", "step-done"),
    ("KeyR", "step-recall"),
    ("KeyP", "step-park"),
    ("KeyX", "step-no-show"),
    ("KeyT", "step-transfer"),
    ("KeyU", "step-undo"),
];

/// The step of a shortcut, for the present patient.
fn step_of(key: &str) -> Option<StepKind> {
    match key {
        "s" => Some(StepKind::Serve),
        "d" => Some(StepKind::Done),
        "r" => Some(StepKind::Recall),
        "p" => Some(StepKind::Park),
        "x" => Some(StepKind::NoShow),
        _ => None,
    }
}

/// Calls the next patient.
async fn call_the_next(steps: &Steps, room: Option<String>) {
    match call::<CallNext>(&[], &CallNextRequest { room }).await {
        Ok(row) => {
            steps.set_last.emit(Some(row.id));
            steps.set_fault.emit(None);
        }
        Err(refused) => steps.set_fault.emit(Some(refused)),
    }
}

/// The element that gets the focus when the row has this state: the next thing to do.
const fn next_of(state: Option<State>) -> &'static str {
    match state {
        Some(State::Called) => "step-serve",
        Some(State::Serving) => "note",
        _ => "call-next",
    }
}

/// The desk.
#[component(Desk)]
pub fn desk(props: &DeskProps) -> Html {
    let words = use_words();
    let place = use_branch(&props.me);
    let room = use_state(|| None::<String>);
    let rooms: Vec<String> =
        place.chosen.iter().flat_map(|branch| &branch.rooms).map(|room| room.name.clone()).collect();
    let live = use_live::<QueueView>(place.chosen.as_ref().map(|branch| Topic::Queue(branch.id)));
    let used = live.value.as_ref().and_then(|view| room_used(view, &props.me));
    let mut likely = (*room).clone().into_iter().chain(used).chain(rooms.first().cloned());
    let room_now = likely.find(|room| rooms.contains(room));
    let steps = use_steps(room_now.clone());
    let at = use_clock(live.value.as_ref().map(|view| view.at));
    let services = use_services(place.chosen.as_ref().map(|branch| branch.id));
    // Whether the panel with further steps is open.
    let asking = use_state(|| false);
    let ask_more = {
        let asking = asking.clone();
        Callback::from(move |()| asking.set(!*asking))
    };
    let calling = use_state(|| false);
    // Set before the first await, so that a second press calls nobody.
    let at_work = use_mut_ref(|| false);

    let call_next = {
        let (calling, at_work) = (calling.clone(), at_work.clone());
        let (steps, room) = (steps.clone(), room_now.clone());
        Callback::from(move |()| {
            if at_work.replace(true) {
                return;
            }
            calling.set(true);
            let (calling, at_work) = (calling.clone(), at_work.clone());
            let (steps, room) = (steps.clone(), room.clone());
            spawn_local(async move {
                call_the_next(&steps, room).await;
                at_work.replace(false);
                calling.set(false);
            });
        })
    };
    let undo = {
        let (steps, value) = (steps.clone(), live.value.clone());
        Callback::from(move |()| {
            let row = value
                .as_ref()
                .zip(steps.last)
                .and_then(|(view, last)| view.rows().find(|row| row.id == last));
            match row {
                Some(row) => steps.act.emit((row.clone(), StepKind::Undo)),
                None => steps.set_fault.emit(Some(Code::UndoTooLate.into())),
            }
        })
    };
    use_pens();
    let visit = use_state(Visit::default);
    let ending = use_state(|| None::<Ending>);
    let unsigned = use_state(|| 0_usize);
    // Grows when the list of unsigned notes may have changed.
    let turn = use_mut_ref(|| 0_u32);
    let changed = {
        let (turn, update) = (turn.clone(), use_force_update());
        Callback::from(move |()| {
            *turn.borrow_mut() += 1;
            update.force_update();
        })
    };
    let now = live.value.as_ref().and_then(|view| present(view, &props.me)).cloned();
    let seeing = now.clone().filter(|row| row.state == State::Serving);
    let ask_next = {
        let (ending, call_next, seen) =
            (ending.clone(), call_next.clone(), seeing.as_ref().map(|row| row.id));
        Callback::from(move |()| match seen {
            Some(ticket) => ending.set(Some(Ending { ticket, how: How::Next })),
            None => call_next.emit(()),
        })
    };
    // A visit whose note is unsigned, or may be, does not end without a question.
    let asks = {
        let (ending, visit, seen) = (ending.clone(), visit.clone(), seeing.as_ref().map(|row| row.id));
        move |row: &QueueRow, request: &StepRequest| {
            let open = seen == Some(row.id) && standing(&visit, row) != Standing::Settled;
            let asks = leaves(request.step) && open;
            if asks {
                ending.set(Some(Ending { ticket: row.id, how: How::Step(request.clone()) }));
            }
            asks
        }
    };
    let act = {
        let (asks, act) = (asks.clone(), steps.act.clone());
        Callback::from(move |(row, step): (QueueRow, StepKind)| {
            if !asks(&row, &StepRequest::new(step, row.version)) {
                act.emit((row, step));
            }
        })
    };
    let ask = {
        let ask = steps.ask.clone();
        Callback::from(move |(row, request): (QueueRow, StepRequest)| {
            if !asks(&row, &request) {
                ask.emit((row, request));
            }
        })
    };
    // The question belongs to one visit, and goes when that visit ends.
    let asked = (*ending).clone().zip(seeing.clone()).filter(|(ending, row)| ending.ticket == row.id);
    use_effect_with((asked.is_none(), ending.is_some()), {
        let ending = ending.clone();
        move |(is_none, is_set)| {
            if *is_none && *is_set {
                ending.set(None);
            }
        }
    });
    let end = {
        let (ending, asked, steps, visit) = (ending.clone(), asked.clone(), steps.clone(), visit.clone());
        let (calling, at_work, room) = (calling.clone(), at_work.clone(), room_now.clone());
        let changed = changed.clone();
        Callback::from(move |signs: bool| {
            let Some((Ending { how, .. }, row)) = asked.clone() else { return };
            if at_work.replace(true) {
                return;
            }
            calling.set(true);
            let (ending, steps, room) = (ending.clone(), steps.clone(), room.clone());
            let (calling, at_work) = (calling.clone(), at_work.clone());
            let (pen, changed) = (visit.pen(), changed.clone());
            spawn_local(async move {
                // The note comes first: if it cannot be signed, the visit goes on.
                let put = match pen {
                    Some(pen) => pen.put_down(signs).await,
                    None => Ok(()),
                };
                match (put, how) {
                    (Err(refused), _) => steps.set_fault.emit(Some(refused)),
                    (Ok(()), How::Next) => call_the_next(&steps, room).await,
                    (Ok(()), How::Step(request)) => steps.ask.emit((row, request)),
                }
                ending.set(None);
                at_work.replace(false);
                calling.set(false);
                changed.emit(());
            });
        })
    };
    let pressed = {
        let (now, act, next) = (now.clone(), act.clone(), ask_next.clone());
        let (undo, ask_more) = (undo.clone(), ask_more.clone());
        Callback::from(move |key: String| match key.as_str() {
            "n" => next.emit(()),
            "u" => undo.emit(()),
            "t" => ask_more.emit(()),
            key => {
                if let Some((row, step)) = now.as_ref().zip(step_of(key)) {
                    act.emit((row.clone(), step));
                }
            }
        })
    };
    let state = now.as_ref().map(|row| (row.id, row.state));
    use_next_focus(
        (state, *asking, asked.is_some()),
        vec![next_of(state.map(|(_, state)| state)).into(), "call-next".into()],
    );

    let leave = {
        let ending = ending.clone();
        Callback::from(move |()| ending.set(None))
    };
    let choose_room = {
        let room = room.clone();
        Callback::from(move |name: String| room.set(Some(name)))
    };
    let options = |names: &[String]| {
        names.iter().map(|name| (name.clone().into(), name.clone().into())).collect::<Vec<_>>()
    };
    let places: Vec<(AttrValue, AttrValue)> = place
        .branches
        .iter()
        .map(|branch| (branch.id.to_string().into(), branch.name.clone().into()))
        .collect();
    let (pending, refused) = (pending_notes(), refused_notes());
    let sending = pending.len() - refused.len().min(pending.len());
    let waiting = live.value.as_ref().map_or(0, |view| view.waiting.len());
    // How long the day will last, by the planned durations.
    let planned = |row: &QueueRow| {
        services.iter().find(|one| one.id == row.service_id).map_or(0, |one| one.duration_min)
    };
    let left: u32 = live.value.iter().flat_map(|view| &view.waiting).map(planned).sum();
    let signing = UnsignedListProps {
        author: props.me.person_id,
        ticket: now.as_ref().map(|row| row.id),
        patient: now.as_ref().and_then(|row| row.patient_id),
        pending: pending.clone(),
        turn: *turn.borrow(),
        online: live.online,
        signed: changed.clone(),
        count: Callback::from({
            let unsigned = unsigned.clone();
            move |n| unsigned.set(n)
        }),
    };
    let refused_here = live.refused.clone().or(place.fault.clone());
    let body = match &live.value {
        // The doctor's own notes stay open while the computer's clock is in doubt.
        None if refused_here.as_ref().is_some_and(|fault| fault.code == Code::ClockWrong) => html! {
            <div class="space-y-4">
                <p class="text-base-content/80" id="clock-doubt">{ words.say("clock-doubt") }</p>
                <UnsignedList ..signing />
            </div>
        },
        None if refused_here.is_some() => html! {},
        None => skeleton(words),
        Some(view) => {
            html! {
                <div class="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
                    <div class="space-y-4">
                        { present_card(words, now.as_ref(), at, (&steps, &act), &undo, &ask_more) }
                        if let Some(row) = now.clone().filter(|_| *asking) {
                            <More key={row.version} row={row.clone()} services={services.clone()} rooms={rooms.clone()} view={live.value.clone()} placed={steps.set_placed.clone()} {ask} close={ask_more.clone()} />
                        }
                        if let Some((row, patient)) = now.as_ref().and_then(|row| row.patient_id.map(|patient| (row, patient))) {
                            <Notes key={row.id.to_string()} {patient} name={row.patient_name.clone().unwrap_or_default()} ticket={row.id} author={props.me.person_id} online={live.online}
                                pending={pending.clone()} visit={(*visit).clone()} changed={changed.clone()} />
                        }
                        <UnsignedList ..signing />
                    </div>
                    { lists(words, view, at, &props.me, &steps.act) }
                </div>
            }
        }
    };
    html! {
        <Page title={words.say("workstation")} me={props.me.clone()} wide=true>
            <div class="mb-4 flex flex-wrap items-center gap-3">
                <Button kind={Kind::Primary} id="call-next" class="btn-lg" busy={*calling} shortcut="N" onclick={ask_next}>{ words.say("call-next") }</Button>
                <Keys person={props.me.person_id} keys={KEYS} {pressed} />
                <p class="text-sm text-base-content/70" id="waiting-count">
                    { words.say_with("waiting-count", &[("n", waiting.into())]) }
                    if left > 0 { { " · " }{ words.say_with("day-left", &[("time", words.duration(left).as_str().into())]) } }
                </p>
                if *unsigned > 0 {
                    <Button class="btn-sm btn-warning" id="unsigned-count" onclick={Callback::from(|()| focus("unsigned"))}>{ words.say_with("unsigned-count", &[("n", (*unsigned).into())]) }</Button>
                }
                <span class="flex-1"></span>
                if places.len() > 1 {
                    { select(words.say("branch"), &places, &place.chosen.as_ref().map(|branch| branch.id.to_string()).unwrap_or_default(), &place.choose) }
                }
                { select(words.say("room"), &options(&rooms), &room_now.unwrap_or_default(), &choose_room) }
            </div>
            <Offline online={live.online} />
            <SessionEnd me={props.me.clone()} />
            <Refused notes={refused} />
            if sending > 0 {
                <p class="alert alert-info alert-soft mb-4" role="status" id="pending">{ words.say_with("notes-pending", &[("n", sending.into())]) }</p>
            }
            if pending_steps() > 0 {
                <p class="alert alert-info alert-soft mb-4" role="status" id="pending-steps">{ words.say_with("steps-pending", &[("n", pending_steps().into())]) }</p>
            }
            if live.value.as_ref().is_some_and(|view| view.door != Door::Open) {
                <p class="alert alert-warning alert-soft mb-4">{ words.say("door-not-open") }</p>
            }
            <div class="mb-4 empty:hidden">{ alert(words, steps.fault.clone().or(refused_here)) }</div>
            { placed(words, &steps, live.value.as_deref()) }
            <AskWho steps={steps.clone()} {at} />
            { asked.map(|(ending, row)| ask_end(words, &ending.how, &row, (standing(&visit, &row), *calling), &end, &leave)).unwrap_or_default() }
            { body }
        </Page>
    }
}

/// The other patients.
fn lists(
    words: Words,
    view: &QueueView,
    at: Timestamp,
    me: &Me,
    act: &Callback<(QueueRow, StepKind)>,
) -> Html {
    let shown = present(view, me).map(|row| row.id);
    let others =
        |rows: &[QueueRow]| rows.iter().filter(|row| Some(row.id) != shown).cloned().collect::<Vec<_>>();
    let list = |key: &str, rows: &[QueueRow], steps: &[StepKind]| {
        let act = Some(act.clone());
        queue_list(
            words,
            &QueueList { title: words.say(key), rows, at, steps, act, chosen: None, choose: None },
        )
    };
    let elsewhere: Vec<QueueRow> = [others(&view.called), others(&view.serving)].concat();
    let calm = view.waiting.is_empty() && elsewhere.is_empty() && view.parked.is_empty();
    html! {
        <div class="space-y-4">
            if calm {
                { empty(words.say("all-seen"), words.say("all-seen-hint")) }
            } else {
                { list("waiting", &view.waiting, &[StepKind::Call, StepKind::Park]) }
            }
            if !elsewhere.is_empty() { { list("called", &elsewhere, &[StepKind::PutBack, StepKind::NoShow]) } }
            if !view.parked.is_empty() { { list("parked", &view.parked, &[StepKind::Call, StepKind::Resume]) } }
            if !view.ended.is_empty() { { list("ended", &view.ended, &[StepKind::Return, StepKind::Undo]) } }
        </div>
    }
}
