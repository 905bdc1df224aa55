//! What the last step did, with the button that takes it back.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use medlane_shared::{
    ids::TicketId,
    queue::{QueueRow, QueueView, State, StepKind},
};
use yew::prelude::*;

use super::{Did, Steps, name_of};
use crate::{
    i18n::{Words, use_words},
    kit::Button,
};

/// How long the sentence offers to take the step back, in milliseconds. The row offers it for longer.
const OFFERED_MS: u32 = 10_000;

/// The properties of the sentence.
#[derive(Properties, PartialEq)]
pub struct StepSaidProps {
    /// The steps.
    pub steps: Steps,
    /// The queue.
    pub view: Option<Rc<QueueView>>,
    /// Whether this is the desk, which also says whom it called and whose visit it began. A doctor sees that patient.
    #[prop_or_default]
    pub is_desk: bool,
    /// The ticket that has a button of its own to take its last step back.
    #[prop_or_default]
    pub undone_by: Option<TicketId>,
}

/// Whether the ticket still is as the step left it. A ticket that was sent to another queue is not shown here any more.
fn is_true(did: &Did, view: Option<&QueueView>) -> bool {
    let row = view.into_iter().flat_map(QueueView::rows).find(|row| row.id == did.row.id);
    // A patient who answers that they are on the way changes the ticket, but not whom the desk called and where to.
    let is_call = |row: &QueueRow| row.state == State::Called && row.called_at == did.row.called_at;
    row.is_none_or(|row| {
        row.version <= did.row.version
            || (did.row.state == State::Called && is_call(row) && row.room == did.row.room)
    })
}

/// The key of the sentence; `None` for a step that has another one.
fn said_key(did: &Did, is_desk: bool) -> Option<&'static str> {
    let has_room = did.row.room.is_some();
    Some(match did.step {
        StepKind::Call | StepKind::Recall | StepKind::Move => match (is_desk, did.row.state) {
            (true, State::Called) if has_room => "desk-called-room",
            (true, State::Called) => "desk-called",
            _ => return None,
        },
        StepKind::Serve if is_desk => "said-serve",
        StepKind::Serve | StepKind::Prioritise => return None,
        StepKind::Done => "said-done",
        StepKind::Park => "said-park",
        StepKind::Resume | StepKind::Return => "said-resume",
        StepKind::PutBack => "said-put-back",
        StepKind::NoShow => "said-no-show",
        StepKind::Cancel => "said-cancel",
        StepKind::Transfer => "said-transfer",
        StepKind::StepBack => "said-step-back",
        StepKind::Arrive => "said-arrive",
        StepKind::Undo => "said-undo",
    })
}

fn sentence(words: Words, key: &str, row: &QueueRow) -> AttrValue {
    let (name, room) = (name_of(words, row), row.room.clone().unwrap_or_default());
    let named = [
        ("name", name.as_str().into()),
        ("room", room.as_str().into()),
        ("service", row.service_name.as_str().into()),
    ];
    words.say_with(key, &named)
}

/// Says what the last step did, until the next one or until it is no longer true.
#[component(StepSaid)]
pub fn step_said(props: &StepSaidProps) -> Html {
    let words = use_words();
    let over = use_state(|| None);
    let of = props.steps.did.as_ref().map(|did| (did.row.id, did.row.version));
    use_effect_with(of, {
        let over = over.setter();
        move |of| {
            let of = *of;
            let ends = of.map(|_| Timeout::new(OFFERED_MS, move || over.set(of)));
            move || drop(ends)
        }
    });
    let did = props.steps.did.as_ref().filter(|did| is_true(did, props.view.as_deref()));
    let Some((did, key)) = did.and_then(|did| Some((did, said_key(did, props.is_desk)?))) else {
        return html! {};
    };
    let can_undo = did.step != StepKind::Undo && did.row.undo_until.is_some();
    let undo = (can_undo && props.undone_by != Some(did.row.id) && *over != of).then(|| {
        let (act, row) = (props.steps.act.clone(), did.row.clone());
        Callback::from(move |()| act.emit((row.clone(), StepKind::Undo)))
    });
    let id = if key.starts_with("desk-called") { "desk-called" } else { "said" };
    html! {
        <div class="alert alert-success alert-soft mb-4 flex flex-wrap items-center gap-3">
            <p role="status" class="flex-1 break-words" dir="auto" {id} data-said={key}>{ sentence(words, key, &did.row) }</p>
            if let Some(undo) = undo { <Button class="btn-sm" id="said-undo" onclick={undo}>{ words.say("step-undo") }</Button> }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::{ids::BranchId, lean, time::Timestamp};
    use serde_json::{Value, json};

    use super::*;

    fn row(version: i64, state: State) -> Value {
        let (at, id) = (Timestamp::from_ms(1), BranchId::new(Timestamp::from_ms(1), [1; 10]));
        json!({
            "id": id, "label": "GP-001", "state": state, "version": version, "service_id": id, "service_name": "GP",
            "priority": "normal", "calls": 0, "waiting_since": at,
        })
    }

    fn view(ended: &[Value]) -> QueueView {
        let id = BranchId::new(Timestamp::from_ms(1), [1; 10]);
        lean::read(json!({
            "branch_id": id, "at": Timestamp::from_ms(1), "waiting": [], "called": [], "serving": [], "parked": [],
            "ended": ended, "door": "open",
        }))
        .unwrap()
    }

    #[test]
    fn a_sentence_about_a_step_stays_only_while_it_is_true() {
        let did = Did { step: StepKind::Cancel, row: lean::read(row(2, State::Cancelled)).unwrap() };
        assert!(is_true(&did, Some(&view(&[row(1, State::Waiting)]))), "the list is still behind");
        assert!(is_true(&did, Some(&view(&[row(2, State::Cancelled)]))));
        assert!(!is_true(&did, Some(&view(&[row(3, State::Waiting)]))), "somebody else took it back");
        assert!(is_true(&did, Some(&view(&[]))), "it was sent to another queue");
    }

    #[test]
    fn every_step_of_the_desk_is_said() {
        let key = |step, state| {
            let did = Did { step, row: lean::read(row(2, state)).unwrap() };
            (said_key(&did, true), said_key(&did, false))
        };
        for step in
            [StepKind::Cancel, StepKind::Park, StepKind::NoShow, StepKind::PutBack, StepKind::Transfer]
        {
            let (desk, doctor) = key(step, State::Waiting);
            assert!(desk.is_some() && desk == doctor, "{step:?}");
        }
        for step in [StepKind::Arrive, StepKind::Done, StepKind::Resume, StepKind::Return, StepKind::Undo] {
            assert!(key(step, State::Waiting).0.is_some(), "{step:?}");
        }
        assert_eq!(
            key(StepKind::Call, State::Called),
            (Some("desk-called"), None),
            "a doctor sees the patient"
        );
        assert_eq!(key(StepKind::Prioritise, State::Waiting).0, None, "the place is said");
    }
}
