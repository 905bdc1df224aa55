//! The patient who is with the doctor, and the possible steps.

use medlane_shared::{
    identity::Me,
    ids::TicketId,
    queue::{Board, CancelledBy, Label, QueueRow, QueueView, SentOn, State, StepKind},
    time::Timestamp,
};
use yew::prelude::*;

use super::sheets::sent_text;
use crate::{
    i18n::Words,
    kit::{Button, Kind, state_badge},
    queue::{marks, name_of, sent_from, step_key, who, why},
};

/// The doctor's present patient: the one being seen, otherwise the one called last.
pub(super) fn present<'a>(view: &'a QueueView, me: &Me) -> Option<&'a QueueRow> {
    let mine = |row: &&QueueRow| row.called_by == me.person_id;
    view.serving.iter().find(mine).or_else(|| view.called.iter().filter(mine).max_by_key(|row| row.called_at))
}

/// How long a patient who left the queue is named, in milliseconds.
const LEFT_MS: i64 = 10 * 60_000;

/// The patient whom the doctor called, and whose ticket was cancelled since.
fn left<'a>(view: &'a QueueView, me: &Me, at: Timestamp) -> Option<&'a QueueRow> {
    let is_new = |row: &QueueRow| row.ended_at.is_some_and(|ended| at.since_ms(ended) < LEFT_MS);
    let mine = view.ended.iter().filter(|row| row.called_by == me.person_id).max_by_key(|row| row.ended_at);
    mine.filter(|row| row.state == State::Cancelled && is_new(row))
}

/// The visit of the doctor that somebody else has sent on, and nothing of the doctor's own has ended since.
fn sent_off<'a>(view: &'a QueueView, me: &Me, at: Timestamp) -> Option<&'a SentOn> {
    let sent = view.sent.first().filter(|sent| at.since_ms(sent.at) < LEFT_MS)?;
    let by_me = sent.taken_by.as_ref().is_some_and(|taken| taken.person_id == me.person_id);
    let ended = |row: &QueueRow| row.called_by == me.person_id && row.ended_at > Some(sent.at);
    (!by_me && !view.ended.iter().any(ended)).then_some(sent)
}

/// The patient of another doctor who is called to a room, or seen there.
pub(super) fn stranger_in<'a>(
    board: &'a Board,
    view: &QueueView,
    me: &Me,
    room: Option<&str>,
) -> Option<&'a Label> {
    // The two views arrive one after the other: what this doctor calls next, or has called, is no stranger.
    let is_mine = |label: &Label| {
        view.rows().any(|row| {
            row.label == *label
                && (row.called_by == me.person_id || matches!(row.state, State::Waiting | State::Parked))
        })
    };
    let there = board.calling.iter().chain(&board.serving);
    let there = there.filter(|call| room.is_some() && call.room.as_deref() == room);
    there.map(|call| &call.label).find(|label| !is_mine(label))
}

/// Says that the chosen room is in use, or is not the room of the present call.
pub(super) fn room_said(
    words: Words,
    row: Option<&QueueRow>,
    room: Option<&str>,
    stranger: Option<&Label>,
) -> Html {
    let Some(room) = room else { return html! {} };
    if let Some(label) = stranger {
        let label = label.to_string();
        let named = [("room", room.into()), ("label", label.as_str().into())];
        return html! { <p class="alert alert-warning alert-soft mb-4" role="status" id="room-in-use">{ words.say_with("room-in-use", &named) }</p> };
    }
    match row.filter(|row| row.state == State::Called).and_then(|row| Some((row, row.room.as_deref()?))) {
        Some((row, called)) if called != room => {
            let label = row.label.to_string();
            let named = [("label", label.as_str().into()), ("room", called.into()), ("now", room.into())];
            html! { <p class="alert alert-warning alert-soft mb-4" role="status" id="room-differs">{ words.say_with("room-differs", &named) }</p> }
        }
        _ => html! {},
    }
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

/// The words for a called patient whose ticket was cancelled.
fn left_key(row: &QueueRow) -> &'static str {
    if row.cancelled_by == Some(CancelledBy::Patient) { "present-left" } else { "present-cancelled" }
}

/// The patient who is with the doctor, or on the way. `last` is the ticket of the last step, while that can be taken back.
pub(super) fn present_card(
    words: Words,
    (row, view, me): (Option<&QueueRow>, &QueueView, &Me),
    at: Timestamp,
    (act, last): (&Callback<(QueueRow, StepKind)>, Option<TicketId>),
    undo: &Callback<()>,
    ask_more: &Callback<()>,
) -> Html {
    let button = |shortcut: Option<&'static str>, undo: Callback<()>| {
        html! { <Button kind={Kind::Ghost} id="undo" shortcut={shortcut.map(AttrValue::from)} onclick={undo}>{ words.say("step-undo") }</Button> }
    };
    let Some(row) = row else {
        return html! {
            <section class="card border border-base-300 bg-base-100 shadow-sm outline-none" id="present" tabindex="-1">
                <div class="card-body items-center gap-2 p-8 text-center">
                    if let Some(row) = left(view, me, at) {
                        <p class="alert alert-warning alert-soft" role="status" id="present-left">{ words.say_with(left_key(row), &[("label", row.label.to_string().as_str().into()), ("name", name_of(words, row).as_str().into())]) }</p>
                    }
                    if let Some(sent) = sent_off(view, me, at) {
                        <p class="alert alert-info alert-soft" role="status" id="present-sent">{ sent_text(words, sent, &sent.label.to_string(), me.person_id) }</p>
                    }
                    <p class="text-xl font-semibold">{ words.say("nobody-here") }</p>
                    <p class="text-base-content/70">{ words.say("nobody-here-hint") }</p>
                    if last.is_some() { { button(Some("U"), undo.clone()) } }
                </div>
            </section>
        };
    };
    let since = row.serving_at.or(row.called_at).unwrap_or(row.waiting_since);
    let elapsed = u32::try_from(at.since_ms(since).max(0) / 60_000).unwrap_or(u32::MAX);
    let edge = if row.state == State::Called { "border-warning" } else { "border-primary" };
    html! {
        <section class={classes!("card", "border", "border-s-4", "bg-base-100", "shadow-sm", "outline-none", edge)} id="present" tabindex="-1" data-label={row.label.to_string()} data-state={row.state.text()}>
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
                { why(words, row) }
                { sent_from(words, row) }
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
                    if row.undo_until.is_some_and(|until| at < until) {
                        // The key takes back the last step, whichever patient it was about; this button this patient's.
                        { button((last == Some(row.id)).then_some("U"), act.reform({ let row = row.clone(); move |()| (row.clone(), StepKind::Undo) })) }
                    }
                </div>
            </div>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::{
        ids::{BranchId, PersonId, SessionId},
        lean,
    };
    use serde_json::{Value, json};

    use super::*;

    fn person(n: u8) -> PersonId {
        PersonId::new(Timestamp::from_ms(1), [n; 10])
    }

    fn branch() -> BranchId {
        BranchId::new(Timestamp::from_ms(1), [1; 10])
    }

    fn me() -> Me {
        let session = SessionId::new(Timestamp::from_ms(1), [1; 10]);
        lean::read(json!({
            "clinic_id": branch(), "clinic_name": "Al Noor", "session_id": session, "person_id": person(1),
            "name": "Dr. Anna", "role": "doctor", "roles": ["doctor"], "branches": [branch()],
        }))
        .unwrap()
    }

    fn row(n: u8, state: State, called_by: Option<PersonId>, ended_ms: i64) -> Value {
        let ended = (ended_ms > 0).then(|| Timestamp::from_ms(ended_ms));
        json!({
            "id": TicketId::new(Timestamp::from_ms(1), [n; 10]), "label": format!("GP-{n:03}"), "state": state,
            "version": 1, "service_id": branch(), "service_name": "GP", "priority": "normal", "calls": 1,
            "waiting_since": Timestamp::from_ms(0), "called_by": called_by, "ended_at": ended,
            "cancelled_by": (state == State::Cancelled).then_some("patient"),
        })
    }

    fn view(of: &Value) -> QueueView {
        let mut view = json!({
            "branch_id": branch(), "at": Timestamp::from_ms(1), "waiting": [], "called": [], "serving": [],
            "parked": [], "ended": [], "door": "open",
        });
        for (list, rows) in of.as_object().unwrap() {
            view[list] = rows.clone();
        }
        lean::read(view).unwrap()
    }

    #[test]
    fn a_called_patient_who_left_is_named_for_a_while() {
        let (me, at) = (me(), |ms| Timestamp::from_ms(ms));
        let gone = |n, by, ended| row(n, State::Cancelled, Some(person(by)), ended);
        let only = view(&json!({ "ended": [gone(1, 1, 1_000)] }));
        let named = left(&only, &me, at(2_000)).unwrap();
        assert_eq!((named.label.to_string().as_str(), left_key(named)), ("GP-001", "present-left"));
        assert_eq!(left(&only, &me, at(1_000 + LEFT_MS)), None);
        let others = view(&json!({ "ended": [gone(1, 2, 1_000)] }));
        assert_eq!(left(&others, &me, at(2_000)), None, "another doctor's");
        let later =
            view(&json!({ "ended": [row(2, State::Done, Some(person(1)), 1_500), gone(1, 1, 1_000)] }));
        assert_eq!(left(&later, &me, at(2_000)), None, "the doctor has seen somebody since");
    }

    #[test]
    fn a_room_is_in_use_by_others_alone() {
        let me = me();
        let call = |n: u8, room: &str| json!({ "label": format!("GP-{n:03}"), "room": room, "service_name": "GP", "at": Timestamp::from_ms(1), "calls": 1 });
        let board: Board = lean::read(json!({
            "branch_id": branch(), "branch_name": "North", "at": Timestamp::from_ms(1), "next": [], "door": "open",
            "calling": [call(1, "Room 1"), call(4, "Room 4")], "serving": [call(2, "Room 2"), call(3, "Room 3")],
        }))
        .unwrap();
        let own = view(&json!({
            "called": [row(1, State::Called, Some(person(1)), 0)], "serving": [row(2, State::Serving, Some(person(1)), 0)],
            "waiting": [row(4, State::Waiting, None, 0)],
        }));
        let there = |room| stranger_in(&board, &own, &me, room).map(ToString::to_string);
        assert_eq!(there(Some("Room 3")).as_deref(), Some("GP-003"));
        for room in [Some("Room 1"), Some("Room 2"), Some("Room 4"), Some("Room 9"), None] {
            assert_eq!(there(room), None, "{room:?}");
        }
    }
}
