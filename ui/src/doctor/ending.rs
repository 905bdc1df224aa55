//! The question before a visit ends or is interrupted: it names the patient, and tells what happens to the note.

use medlane_shared::{
    api::CallNext,
    ids::TicketId,
    queue::{CallNextRequest, QueueRow, State, StepKind, StepRequest},
};
use yew::prelude::*;

use super::notes::Visit;
use crate::{
    backend::call,
    i18n::Words,
    kit::Dialog,
    queue::{Beside, Steps, name_of, step_key},
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
    /// The chart is not loaded, so the state is unknown.
    Unknown,
}

/// The state of a note. `has_chart` is whether the patient has a chart; `unsigned` is whether the field has unsigned
/// text, if there is a field.
fn standing_of(has_chart: bool, unsigned: Option<bool>) -> Standing {
    match unsigned {
        Some(true) => Standing::Unsigned,
        None if has_chart => Standing::Unknown,
        _ => Standing::Settled,
    }
}

/// The state of the note of a row's visit.
pub(super) fn standing(visit: &Visit, row: &QueueRow) -> Standing {
    standing_of(row.patient_id.is_some(), visit.pen(row.id).map(|pen| pen.draft().is_unsigned()))
}

/// Whether a step ends or interrupts the present visit.
pub(super) const fn leaves(step: StepKind) -> bool {
    matches!(step, StepKind::Done | StepKind::Park | StepKind::Transfer)
}

/// Asks before a visit ends or is interrupted: names the patient, and tells what happens to the note.
pub(super) fn ask_end(
    words: Words,
    how: &How,
    row: &QueueRow,
    (standing, busy): (Standing, bool),
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
    let (text, acts) = match standing {
        Standing::Unsigned => (
            format!("{} {}", words.say("note-is-unsigned"), words.say("note-sign-final")).into(),
            vec![(words.say(signs), sign), (words.say(drafts), keep)],
        ),
        Standing::Unknown => (words.say("note-unknown"), vec![(words.say(does), keep)]),
        Standing::Settled => (AttrValue::default(), vec![(words.say(does), keep)]),
    };
    html! { <Dialog id="end-visit" {title} {text} {acts} {busy} stay={words.say("stay")} close={leave.clone()} /> }
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
    fn a_visit_is_left_without_a_question_only_where_nothing_is_left_to_sign() {
        assert_eq!(standing_of(true, Some(true)), Standing::Unsigned);
        assert_eq!(standing_of(true, None), Standing::Unknown, "the chart did not load");
        assert_eq!(standing_of(true, Some(false)), Standing::Settled);
        assert_eq!(standing_of(false, None), Standing::Settled, "nobody's chart");
        assert!([StepKind::Done, StepKind::Park, StepKind::Transfer].into_iter().all(leaves));
        assert!([StepKind::Call, StepKind::Serve, StepKind::Undo].into_iter().all(|step| !leaves(step)));
    }
}
