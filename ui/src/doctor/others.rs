//! The patients beside the present one.

use medlane_shared::{
    identity::Me,
    queue::{QueueRow, QueueView, State, StepKind},
    time::Timestamp,
};
use yew::prelude::*;

use super::present::present;
use crate::{
    i18n::Words,
    kit::{Button, empty},
    queue::{QueueList, queue_list, seen_by},
};

/// The other patients.
pub(super) fn lists(
    words: Words,
    view: &QueueView,
    at: Timestamp,
    me: &Me,
    act: &Callback<(QueueRow, StepKind)>,
    read: &Callback<QueueRow>,
) -> Html {
    let shown = present(view, me).map(|row| row.id);
    let others =
        |rows: &[QueueRow]| rows.iter().filter(|row| Some(row.id) != shown).cloned().collect::<Vec<_>>();
    let list = |key: &str, rows: &[QueueRow], steps: &[StepKind]| {
        let act = Some(act.clone());
        // The notes of a visit of one's own that has ended can be read, and added to.
        let notes = |row: &QueueRow| {
            if row.state != State::Done || row.called_by != me.person_id || row.patient_id.is_none() {
                return html! {};
            }
            let (read, of) = (read.clone(), row.clone());
            html! { <Button class="btn-sm" id={format!("notes-{}", row.label)} onclick={move |()| read.emit(of.clone())}>{ words.say("notes-read") }</Button> }
        };
        let list = QueueList {
            title: words.say(key),
            rows,
            at,
            steps,
            act,
            chosen: None,
            choose: None,
            also: Some(&notes),
        };
        queue_list(words, &list)
    };
    let (called, serving) = (others(&view.called), others(&view.serving));
    let calm = [&view.waiting, &called, &serving, &view.parked].iter().all(|rows| rows.is_empty());
    // The visit of a patient who was called before begins here, but not beside another visit.
    let begins = seen_by(view, me.person_id).is_none().then_some(StepKind::Serve);
    let steps = [StepKind::Recall, StepKind::PutBack, StepKind::NoShow];
    let called_steps: Vec<StepKind> = begins.into_iter().chain(steps).collect();
    html! {
        <div class="space-y-4">
            if calm {
                { empty(words.say("all-seen"), words.say("all-seen-hint")) }
            } else {
                { list("waiting", &view.waiting, &[StepKind::Call, StepKind::Park]) }
            }
            if !called.is_empty() { { list("called", &called, &called_steps) } }
            if !serving.is_empty() { { list("serving", &serving, &[StepKind::Done, StepKind::Park]) } }
            if !view.parked.is_empty() { { list("parked", &view.parked, &[StepKind::Call, StepKind::Resume]) } }
            if !view.ended.is_empty() { { list("ended", &view.ended, &[StepKind::Return, StepKind::Undo]) } }
        </div>
    }
}
