//! The question before a visit ends or is interrupted: it names the patient, and tells what happens to the note.

use medlane_shared::{
    api::CallNext,
    ids::TicketId,
    queue::{CallNextRequest, QueueRow, State, StepKind, StepRequest},
    time::Timestamp,
};
use yew::prelude::*;

use super::notes::Visit;
use crate::{
    backend::call,
    clock::now,
    i18n::Words,
    kit::Dialog,
    queue::{Beside, Steps, name_of, step_key, who},
};

/// An action that ends or interrupts the present visit, and so asks first.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum How {
    /// Calls the next patient.
    Next,
    /// A step of the present ticket.
    Step(StepRequest),
}

/// A question about one ticket. It disappears once another patient is seen.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ending {
    /// The ticket of the visit.
    pub ticket: TicketId,
    /// The action.
    pub how: How,
}

/// The state of a visit's note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing is left to sign.
    Settled,
    /// The note is not signed.
    Unsigned,
    /// Another draft of the visit is not signed.
    Beside,
    /// The chart is not loaded, so the state is unknown.
    Unknown,
}

/// The state of a visit's notes. `has_chart` is whether the patient has a chart; `unsigned` is whether the field has
/// unsigned text, if there is a field; `has_other` is whether the visit has another unsigned draft.
fn standing_of(has_chart: bool, unsigned: Option<bool>, has_other: bool) -> Standing {
    match unsigned {
        Some(true) => Standing::Unsigned,
        None if has_chart => Standing::Unknown,
        _ if has_other => Standing::Beside,
        _ => Standing::Settled,
    }
}

/// The state of the note of a row's visit.
pub(super) fn standing(visit: &Visit, row: &QueueRow) -> Standing {
    let unsigned = visit.pen(row.id).map(|pen| pen.draft().is_unsigned());
    standing_of(row.patient_id.is_some(), unsigned, visit.other(row.id).is_some())
}

/// Whether a step ends or interrupts the present visit.
pub(super) const fn leaves(step: StepKind) -> bool {
    matches!(step, StepKind::Done | StepKind::Park | StepKind::Transfer)
}

/// What becomes of an action without the network. `keeps` is whether this computer keeps it until the server is back;
/// `has_next` is whether somebody is waiting who asked for this doctor by name.
pub(super) fn away_key(how: &How, keeps: bool, has_next: bool) -> &'static str {
    match how {
        _ if !keeps => "away-nothing",
        How::Next if has_next => "away-next",
        How::Next => "away-nobody",
        How::Step(request) if request.step == StepKind::Transfer => "away-send",
        How::Step(_) => "away-kept",
    }
}

/// What the question is about besides the row.
pub(super) struct Asked {
    /// The state of the visit's note.
    pub standing: Standing,
    /// When another unsigned draft of the visit was begun.
    pub other: Option<Timestamp>,
    /// The [`away_key`], if there is no connection.
    pub away: Option<&'static str>,
    /// Whether the action is running.
    pub busy: bool,
}

/// Asks before a visit ends or is interrupted: names the patient, and tells what happens to the notes, and to the action
/// if there is no connection.
pub(super) fn ask_end(
    words: Words,
    how: &How,
    row: &QueueRow,
    asked: &Asked,
    end: &Callback<bool>,
    leave: &Callback<()>,
) -> Html {
    let name = name_of(words, row);
    let (title, does, ends) = match how {
        How::Next => ("end-first", "step-done", true),
        How::Step(request) => match request.step {
            StepKind::Park => ("park-visit", "step-park", false),
            StepKind::Transfer => ("send-visit", "step-transfer", false),
            _ => ("end-visit", "step-done", true),
        },
    };
    let title = words.say_with(title, &[("name", name.as_str().into())]);
    let (sign, keep) = (end.reform(|()| true), end.reform(|()| false));
    let (signs, drafts) = match (ends, does) {
        (true, _) => ("end-sign", "end-draft"),
        (false, "step-park") => ("park-sign", "park-draft"),
        (false, _) => ("send-sign", "send-draft"),
    };
    let (mut told, acts) = match asked.standing {
        Standing::Unsigned => (
            vec![words.say("note-is-unsigned"), words.say("note-sign-final")],
            vec![(words.say(signs), sign), (words.say(drafts), keep)],
        ),
        Standing::Unknown => (vec![words.say("note-unknown")], vec![(words.say(does), keep)]),
        Standing::Beside | Standing::Settled => (Vec::new(), vec![(words.say(does), keep)]),
    };
    if let Some(other) = asked.other {
        told.push(words.say_with("note-other-unsigned", &[("at", words.day(other).as_str().into())]));
    }
    told.extend(asked.away.map(|away| words.say(away)));
    let text = AttrValue::from(told.join(" "));
    let busy = asked.busy;
    html! {
        <Dialog id="end-visit" {title} {text} {acts} {busy} stay={words.say("stay")} close={leave.clone()}>
            if row.patient_id.is_some() { <p data-whose="">{ who(words, row, now(), true) }</p> }
        </Dialog>
    }
}

/// Asks before a second patient is called: names the one who is called already, or being seen, and their room.
pub(super) fn ask_beside(
    words: Words,
    beside: &Beside,
    busy: bool,
    call: &Callback<()>,
    leave: &Callback<()>,
) -> Html {
    let (other, name) = (&beside.other, name_of(words, &beside.other));
    let room = other.room.clone().unwrap_or_default();
    let said = [("name", name.as_str().into()), ("room", room.as_str().into())];
    let sees = other.state == State::Serving;
    let title = match (sees, room.is_empty()) {
        (true, _) => "beside-serving",
        (false, true) => "beside-called",
        (false, false) => "beside-called-room",
    };
    // "Call next" ends a visit that is going on. That visit is another window's, since this one would have asked.
    let ends = sees && beside.call.is_none();
    let text = words.say_with(if ends { "beside-ends" } else { "beside-stays" }, &said);
    let does = if ends { "end-and-call" } else { "beside-call" };
    let acts = vec![(words.say(does), call.clone())];
    html! { <Dialog id="beside" title={words.say_with(title, &said)} {text} {acts} {busy} stay={words.say("back")} close={leave.clone()} /> }
}

/// Asks before a patient is marked as not here, or set aside, whom an earlier step has brought to the front: a second
/// press of the same key was meant for the one before.
pub(super) fn ask_step(
    words: Words,
    row: &QueueRow,
    step: StepKind,
    act: &Callback<()>,
    leave: &Callback<()>,
) -> Html {
    let title = if step == StepKind::Park { "park-which" } else { "no-show-which" };
    let title = words.say_with(title, &[("name", name_of(words, row).as_str().into())]);
    let acts = vec![(words.say(step_key(step)), act.clone())];
    html! { <Dialog id="which" {title} {acts} stay={words.say("back")} close={leave.clone()} /> }
}

/// Whether a step asks first, because the row came to the front by a step of another ticket.
pub(super) fn asks_which(row: &QueueRow, step: StepKind, last: Option<TicketId>) -> bool {
    let takes_away = matches!(step, StepKind::NoShow | StepKind::Park);
    row.state == State::Called && takes_away && last.is_some_and(|last| last != row.id)
}

/// Calls the next patient. `named` are the caller's other patients about whom the doctor was asked.
pub(super) async fn call_the_next(steps: &Steps, room: Option<String>, named: Vec<TicketId>) {
    match call::<CallNext>(&[], &CallNextRequest { room, beside: Some(named.clone()) }).await {
        Ok(row) => {
            steps.set_last.emit(Some(row.id));
            steps.set_fault.emit(None);
        }
        Err(refused) => {
            let question = Beside::of(&refused, None, Some(named));
            steps.set_fault.emit(Some(refused).filter(|_| question.is_none()));
            steps.set_beside.emit(question);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_the_network_the_question_says_what_becomes_of_the_action() {
        let step = |step| How::Step(StepRequest::new(step, 1));
        assert_eq!(away_key(&step(StepKind::Done), true, false), "away-kept");
        assert_eq!(away_key(&step(StepKind::Transfer), true, true), "away-send");
        assert_eq!(away_key(&How::Next, true, true), "away-next");
        assert_eq!(away_key(&How::Next, true, false), "away-nobody");
        assert_eq!(away_key(&How::Next, false, true), "away-nothing", "a browser keeps no steps");
    }

    #[test]
    fn a_visit_is_left_without_a_question_only_where_nothing_is_left_to_sign() {
        assert_eq!(standing_of(true, Some(true), false), Standing::Unsigned);
        assert_eq!(standing_of(true, None, false), Standing::Unknown, "the chart did not load");
        assert_eq!(standing_of(true, Some(false), false), Standing::Settled);
        assert_eq!(
            standing_of(true, Some(false), true),
            Standing::Beside,
            "another window wrote a draft too"
        );
        assert_eq!(standing_of(false, None, false), Standing::Settled, "nobody's chart");
        assert!([StepKind::Done, StepKind::Park, StepKind::Transfer].into_iter().all(leaves));
        assert!([StepKind::Call, StepKind::Serve, StepKind::Undo].into_iter().all(|step| !leaves(step)));
    }
}
