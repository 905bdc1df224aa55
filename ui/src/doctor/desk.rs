//! The doctor's desk: the present patient, the next ones, and a key for each step.

use std::{cell::RefCell, collections::BTreeSet};

use medlane_shared::{
    fault::Code,
    identity::Me,
    ids::TicketId,
    queue::{Board, Door, QueueRow, QueueView, State, StepKind, StepRequest, next_own},
    sync::Topic,
};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{
    ending::{
        Asked, Ending, How, Standing, ask_beside, ask_end, ask_step, asks_which, away_key, call_the_next,
        leaves, standing,
    },
    notes::{NoteSaid, Notes, Visit},
    others::lists,
    pen::{is_written, use_pens},
    present::{present, present_card, room_said, stranger_in},
    refused::Refused,
    sheets::{Begun, Sheet, by_whom, happened, is_own, next_sheets, sent_away, sent_text},
    signed::{signed_away, use_signed},
    unsigned::{UnsignedList, UnsignedListProps},
    whose::Whose,
};
use crate::{
    backend::{keeps_here, pending_notes, pending_steps, refused_notes, use_live},
    ends::SessionEnd,
    i18n::use_words,
    kit::{
        Button, Key, Keys, Kind, Offline, Page, alert, focus, listen, select, skeleton, types_in,
        types_somewhere, use_clock, use_next_focus, window,
    },
    queue::{
        AskWho, Beside, More, PlacedSaid, StepSaid, Steps, door_set, room_used, use_branch, use_own_steps,
        use_services,
    },
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

/// The ticket whose last step an undo takes back, as the queue shows it. A ticket that was sent to another doctor is in
/// this doctor's queue no more: then it is what the server answered to that step.
fn undo_row(steps: &Steps, view: Option<&QueueView>) -> Option<QueueRow> {
    let last = steps.last?;
    let shown = view.and_then(|view| view.rows().find(|row| row.id == last)).cloned();
    shown.or_else(|| steps.after.clone().filter(|row| row.id == last))
}

/// Whether the note of a visit that has just begun waits for the focus.
fn is_waiting(begun: &RefCell<Begun>) -> bool {
    begun.borrow().waits().is_some()
}

/// The element that gets the focus when the row has this state: the next thing to do.
const fn next_of(state: Option<State>) -> &'static str {
    match state {
        Some(State::Called) => "step-serve",
        Some(State::Serving) => "note",
        // Not "Call next": a further Enter must call nobody.
        _ => "present",
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
    // Who is in the rooms: the doctor's own queue does not name the patients of others.
    let board = use_live::<Board>(place.chosen.as_ref().map(|branch| Topic::Board(branch.id)));
    let used = live.value.as_ref().and_then(|view| room_used(view, props.me.person_id));
    let mut likely = (*room).clone().into_iter().chain(used).chain(rooms.first().cloned());
    let room_now = likely.find(|room| rooms.contains(room));
    let steps = use_own_steps(room_now.clone());
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
        Callback::from(move |named: Vec<TicketId>| {
            if at_work.replace(true) {
                return;
            }
            calling.set(true);
            let (calling, at_work) = (calling.clone(), at_work.clone());
            let (steps, room) = (steps.clone(), room.clone());
            spawn_local(async move {
                call_the_next(&steps, room, named).await;
                at_work.replace(false);
                calling.set(false);
            });
        })
    };
    let undoes = undo_row(&steps, live.value.as_deref());
    let can_undo = undoes.as_ref().is_some_and(|row| row.undo_until.is_some_and(|until| at < until));
    let undo = {
        let steps = steps.clone();
        Callback::from(move |()| match undoes.clone() {
            Some(row) => steps.act.emit((row, StepKind::Undo)),
            None => steps.set_fault.emit(Some(Code::UndoTooLate.into())),
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
        let (ending, call_next, present) = (ending.clone(), call_next.clone(), now.clone());
        let set_beside = steps.set_beside.clone();
        Callback::from(move |()| match &present {
            Some(row) if row.state == State::Serving => {
                ending.set(Some(Ending { ticket: row.id, how: How::Next }));
            }
            Some(row) => {
                set_beside.emit(Some(Beside { other: row.clone(), call: None, named: vec![row.id] }));
            }
            None => call_next.emit(Vec::new()),
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
    // Which note was signed, and where to find it, until the next step of another visit.
    let (signed, say_signed) = use_signed(steps.about, now.as_ref().map(|row| row.id));
    let which = use_state(|| None::<(QueueRow, StepKind)>);
    let act = {
        let (asks, act, which, last) = (asks.clone(), steps.act.clone(), which.clone(), steps.last);
        Callback::from(move |(row, step): (QueueRow, StepKind)| {
            if asks_which(&row, step, last) {
                which.set(Some((row, step)));
            } else if !asks(&row, &StepRequest::new(step, row.version)) {
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
    // The visit whose end the doctor has answered for: its field goes with it.
    let answered = use_mut_ref(|| None::<TicketId>);
    let end = {
        let answered = answered.clone();
        let (ending, asked, steps, visit) = (ending.clone(), asked.clone(), steps.clone(), visit.clone());
        let (calling, at_work, room) = (calling.clone(), at_work.clone(), room_now.clone());
        let (changed, say) = (changed.clone(), say_signed.clone());
        Callback::from(move |signs: bool| {
            let Some((Ending { how, .. }, row)) = asked.clone() else { return };
            if at_work.replace(true) {
                return;
            }
            calling.set(true);
            let (ending, steps, room) = (ending.clone(), steps.clone(), room.clone());
            let (calling, at_work) = (calling.clone(), at_work.clone());
            let (pen, changed, answered) = (visit.pen(row.id), changed.clone(), answered.clone());
            let say = say.clone();
            spawn_local(async move {
                // The note comes first: if it cannot be signed, the visit goes on.
                let put = match pen {
                    Some(pen) => pen.put_down(signs).await,
                    None => Ok(()),
                };
                answered.replace(Some(row.id).filter(|_| put.is_ok()));
                if signs && put.is_ok() {
                    say.emit(signed_away(words, row.id, &Whose::of_row(&row)));
                }
                match (put, how) {
                    (Err(refused), _) => steps.set_fault.emit(Some(refused)),
                    (Ok(()), How::Next) => call_the_next(&steps, room, vec![row.id]).await,
                    (Ok(()), How::Step(request)) => steps.ask.emit((row, request)),
                }
                ending.set(None);
                at_work.replace(false);
                calling.set(false);
                changed.emit(());
            });
        })
    };
    let sheet = now.as_ref().and_then(Sheet::of);
    let begun = use_mut_ref(Begun::default);
    if live.value.is_some() {
        begun.borrow_mut().see(now.as_ref().map(|row| (row.id, row.state)), sheet.is_some());
    }
    let begins = now.as_ref().filter(|row| row.state == State::Called).map(|row| (row.id, row.version));
    let is_beginning = begins.is_some() && begins == steps.began;
    let settle = {
        let (begun, update) = (begun.clone(), use_force_update());
        Callback::from(move |()| {
            begun.borrow_mut().settle();
            update.force_update();
        })
    };
    use_effect_with((), {
        let settle = settle.clone();
        move |()| {
            let hears = window().map(|window| {
                listen(&window, "keydown", true, move |event| {
                    if event.dyn_into::<KeyboardEvent>().is_ok_and(|event| event.code() == "Escape") {
                        settle.emit(());
                    }
                })
            });
            move || drop(hears)
        }
    });
    let (shown, held) = (use_mut_ref(Vec::<Sheet>::new), use_mut_ref(BTreeSet::<TicketId>::new));
    // The ended visits whose notes the doctor has opened, and the one whose field is to get the focus.
    let (read, wanted) = (use_mut_ref(BTreeSet::<TicketId>::new), use_mut_ref(|| None::<TicketId>));
    let read_notes = {
        let (shown, held, read) = (shown.clone(), held.clone(), read.clone());
        let (wanted, changed) = (wanted.clone(), changed.clone());
        Callback::from(move |row: QueueRow| {
            let Some(sheet) = Sheet::of(&row) else { return };
            wanted.replace(Some(row.id));
            if shown.borrow().iter().all(|one| one.ticket != row.id) {
                read.borrow_mut().insert(row.id);
                held.borrow_mut().insert(row.id);
                shown.borrow_mut().push(sheet);
            }
            changed.emit(());
        })
    };
    let focused = {
        let (wanted, settle) = (wanted.clone(), settle.clone());
        Callback::from(move |()| {
            wanted.replace(None);
            settle.emit(());
        })
    };
    let is_written = |sheet: &Sheet| {
        *answered.borrow() != Some(sheet.ticket) && (types_in(&sheet.element()) || is_written(sheet.patient))
    };
    let sheets = next_sheets(&shown.borrow(), sheet, &mut held.borrow_mut(), is_written);
    shown.replace(sheets.clone());
    read.borrow_mut().retain(|ticket| held.borrow().contains(ticket));
    if answered.borrow().is_some() && *answered.borrow() != now.as_ref().map(|row| row.id) {
        answered.replace(None);
    }
    let pressed = {
        let (now, act, next) = (now.clone(), act.clone(), ask_next.clone());
        let (undo, ask_more) = (undo.clone(), ask_more.clone());
        let (begun, settle) = (begun.clone(), settle.clone());
        Callback::from(move |key: String| match key.as_str() {
            // The doctor means to type: letters are no commands before the note has the focus.
            _ if is_beginning => {}
            _ if is_waiting(&begun) => {
                focus("note");
                if types_somewhere() {
                    settle.emit(());
                }
            }
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
        (state, *asking, asked.is_some(), sheets.len()),
        // The note of a visit that has just begun gets the focus once it has loaded.
        std::iter::once(next_of(state.map(|(_, state)| state)).into())
            .chain(begun.borrow().waits().is_none().then(|| "present".into()))
            .collect(),
    );

    let beside = {
        let (steps, call_next) = (steps.clone(), call_next.clone());
        let (leave, busy) = (steps.set_beside.reform(|()| None), *calling);
        let go = Callback::from(move |question: Beside| {
            steps.set_beside.emit(None);
            match question.call {
                Some((row, request)) => {
                    let request = StepRequest { beside: Some(question.named), ..request };
                    steps.ask.emit((row, request));
                }
                None => call_next.emit(question.named),
            }
        });
        move |question: &Beside| {
            let (go, question) = (go.clone(), question.clone());
            let call = {
                let question = question.clone();
                Callback::from(move |()| go.emit(question.clone()))
            };
            ask_beside(words, &question, busy, &call, &leave)
        }
    };
    let ask_which = |(row, step): &(QueueRow, StepKind)| {
        let leave = {
            let which = which.clone();
            Callback::from(move |()| which.set(None))
        };
        let go = {
            let (act, leave, row, step) = (steps.act.clone(), leave.clone(), row.clone(), *step);
            Callback::from(move |()| {
                leave.emit(());
                act.emit((row.clone(), step));
            })
        };
        ask_step(words, row, *step, &go, &leave)
    };
    let leave = {
        let ending = ending.clone();
        Callback::from(move |()| ending.set(None))
    };
    let question = |(Ending { how, .. }, row): (Ending, QueueRow)| {
        let me = props.me.person_id;
        let has_next =
            || me.zip(live.value.as_deref()).is_some_and(|(me, view)| next_own(view, me).is_some());
        let asked = Asked {
            standing: standing(&visit, &row),
            other: visit.other(row.id),
            away: (!live.online).then(|| away_key(&how, keeps_here(), has_next())),
            busy: *calling,
        };
        ask_end(words, &how, &row, &asked, &end, &leave)
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
        above: sheets.iter().map(|sheet| (sheet.ticket, sheet.patient)).collect(),
        view: live.value.clone(),
        pending: pending.clone(),
        turn: *turn.borrow(),
        online: live.online,
        signed: changed.clone(),
        count: Callback::from({
            let unsigned = unsigned.clone();
            move |n| unsigned.set(n)
        }),
    };
    let stranger = {
        let seen = board.value.as_deref().filter(|_| board.online).zip(live.value.as_deref());
        seen.and_then(|(board, view)| stranger_in(board, view, &props.me, room_now.as_deref()))
    };
    let room_said = room_said(words, now.as_ref(), room_now.as_deref(), stranger);
    let refused_here = live.refused.clone().or(place.fault.clone());
    let top = match &live.value {
        // The doctor's own notes stay open while the computer's clock is in doubt.
        None if refused_here.as_ref().is_some_and(|fault| fault.code == Code::ClockWrong) => html! {
            <p class="text-base-content/80" id="clock-doubt">{ words.say("clock-doubt") }</p>
        },
        None if refused_here.is_some() => html! {},
        None => skeleton(words),
        Some(view) => html! {
            <>
                { present_card(words, (now.as_ref(), view, &props.me), at, (&act, steps.last.filter(|_| can_undo)), &undo, &ask_more) }
                if let Some(row) = now.clone().filter(|_| *asking) {
                    <More key={row.version} row={row.clone()} services={services.clone()} rooms={rooms.clone()} view={live.value.clone()} placed={steps.set_placed.clone()} {ask} close={ask_more.clone()} />
                }
            </>
        },
    };
    let lists_notes =
        live.value.is_some() || refused_here.as_ref().is_some_and(|fault| fault.code == Code::ClockWrong);
    let field = |sheet: &Sheet| {
        let is_read = read.borrow().contains(&sheet.ticket);
        let happened = held.borrow().contains(&sheet.ticket).then(|| {
            if is_read {
                return words.say("sheet-read");
            }
            if let Some(sent) = sent_away(live.value.as_deref(), sheet.ticket, props.me.person_id) {
                let what = sent_text(words, sent, &sheet.name, props.me.person_id);
                return AttrValue::from(format!("{what} {}", words.say("sheet-stays")));
            }
            let what = happened(live.value.as_deref(), sheet.ticket, props.me.person_id);
            let what = words.say_with(what, &[("name", sheet.name.as_str().into())]);
            let own = live.value.is_none() || is_own(&steps, live.value.as_deref(), sheet.ticket);
            let who = if own {
                AttrValue::default()
            } else {
                let (key, name) = by_whom(live.value.as_deref(), sheet.ticket, props.me.person_id);
                words.say_with(key, &[("doctor", name.as_str().into())])
            };
            AttrValue::from(format!("{what} {who} {}", words.say("sheet-stays")))
        });
        let close = {
            let (shown, update, ticket) = (shown.clone(), changed.clone(), sheet.ticket);
            Callback::from(move |()| {
                shown.borrow_mut().retain(|sheet| sheet.ticket != ticket);
                update.emit(());
            })
        };
        // The note of the one who is here comes first also where its field may not move.
        let order = if happened.is_none() { "order-first" } else { "order-none" };
        let takes_focus = [begun.borrow().waits(), *wanted.borrow()].contains(&Some(sheet.ticket));
        html! {
            <div key={sheet.ticket.to_string()} id={sheet.element()} class={order}>
                <Notes patient={sheet.patient} whose={sheet.whose.clone()} {is_read} ticket={sheet.ticket} author={props.me.person_id} online={live.online}
                    pending={pending.clone()} visit={(*visit).clone()} changed={changed.clone()} {happened} {close}
                    {takes_focus} focused={focused.clone()} />
            </div>
        }
    };
    // Every part has an element of its own: a field that is written in stays, whatever happens around it.
    let body = html! {
        <div class="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
            <div class="space-y-4">
                <div class="space-y-4 empty:hidden">{ top }</div>
                <div class="flex flex-col gap-4 empty:hidden">{ for sheets.iter().map(field) }</div>
                <div class="empty:hidden">if lists_notes { <UnsignedList ..signing /> }</div>
            </div>
            <div class="empty:hidden">if let Some(view) = &live.value { { lists(words, view, at, &props.me, &steps.act, &read_notes) } }</div>
        </div>
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
            if let Some(view) = live.value.as_ref().filter(|view| view.door != Door::Open) {
                <p class="alert alert-warning alert-soft mb-4" id="door-not-open">{ words.say("door-not-open") }{ door_set(words, view.door, view.door_set.as_ref()) }</p>
            }
            <div class="mb-4 empty:hidden">{ alert(words, steps.fault.clone().or(refused_here)) }</div>
            { room_said }
            // The visit of the doctor has its own Undo.
            <StepSaid steps={steps.clone()} view={live.value.clone()} undone_by={now.as_ref().map_or(steps.last, |row| Some(row.id))} />
            <PlacedSaid steps={steps.clone()} view={live.value.clone()} />
            if let Some(signed) = &signed { <p class="alert alert-success alert-soft mb-4" role="status" id="note-said" dir="auto">{ signed }</p> }
            <AskWho steps={steps.clone()} {at} />
            { steps.beside.as_ref().map(beside).unwrap_or_default() }
            { which.as_ref().map(ask_which).unwrap_or_default() }
            { asked.map(question).unwrap_or_default() }
            <ContextProvider<NoteSaid> context={NoteSaid(say_signed.reform(|text| (None, text)))}>{ body }</ContextProvider<NoteSaid>>
        </Page>
    }
}
