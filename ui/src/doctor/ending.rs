//! The question before a visit ends or is interrupted: it names the patient, and tells what happens to the note.

use medlane_shared::{
    ids::TicketId,
    queue::{QueueRow, StepKind, StepRequest},
};
use yew::prelude::*;

use super::notes::Visit;
use crate::{i18n::Words, kit::Dialog, queue::name_of};

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
    standing_of(row.patient_id.is_some(), visit.pen().map(|pen| pen.draft().is_unsigned()))
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
    let (signs, drafts) = if ends { ("end-sign", "end-draft") } else { ("sign-first", "draft-first") };
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
