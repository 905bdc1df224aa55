//! The question before the desk ends or interrupts a visit that somebody else sees: they may be writing its note.

use medlane_shared::{
    clinic::Service,
    ids::PersonId,
    queue::{QueueRow, State, StepKind},
};
use yew::prelude::*;

use crate::{
    i18n::Words,
    kit::Dialog,
    queue::{name_of, step_key},
};

/// Whether a step takes a visit away from somebody else. What they have written is not asked for: a workstation may keep
/// text of which the server knows nothing.
pub(super) fn takes_away(row: &QueueRow, step: StepKind, me: Option<PersonId>) -> bool {
    let ends = matches!(step, StepKind::Done | StepKind::Park | StepKind::Transfer | StepKind::Undo);
    ends && row.state == State::Serving && row.called_by.is_some() && row.called_by != me
}

/// The name of the doctor who sees a row's patient; `None` if they give no service here.
fn doctor_of<'a>(row: &QueueRow, services: &'a [Service]) -> Option<&'a str> {
    let doctors = services.iter().flat_map(|service| &service.doctors);
    doctors.into_iter().find(|doctor| Some(doctor.id) == row.called_by).map(|doctor| doctor.name.as_str())
}

/// Asks, naming the patient and the doctor.
pub(super) fn ask_away(
    words: Words,
    (row, step): (&QueueRow, StepKind),
    services: &[Service],
    act: &Callback<()>,
    leave: &Callback<()>,
) -> Html {
    let title = match step {
        StepKind::Park => "park-visit",
        StepKind::Transfer => "send-visit",
        StepKind::Undo => "undo-visit",
        _ => "end-visit",
    };
    let title = words.say_with(title, &[("name", name_of(words, row).as_str().into())]);
    let text = match doctor_of(row, services) {
        Some(doctor) => words.say_with("seen-by-doctor", &[("doctor", doctor.into())]),
        None => words.say("seen-by-somebody"),
    };
    let acts = vec![(words.say(step_key(step)), act.clone())];
    html! { <Dialog id="taken-away" {title} {text} {acts} stay={words.say("back")} close={leave.clone()} /> }
}

#[cfg(test)]
mod tests {
    use medlane_shared::{ids::BranchId, lean, time::Timestamp};
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_visit_of_somebody_else_asks() {
        let at = Timestamp::from_ms(1);
        let (me, doctor) = (PersonId::new(at, [1; 10]), PersonId::new(at, [2; 10]));
        let row = |state: State, by: Option<PersonId>| -> QueueRow {
            lean::read(json!({
                "id": BranchId::new(at, [3; 10]), "label": "GP-001", "state": state, "version": 1, "calls": 1,
                "service_id": BranchId::new(at, [4; 10]), "service_name": "GP", "priority": "normal",
                "waiting_since": at, "called_by": by,
            }))
            .unwrap()
        };
        let asks = |row: &QueueRow, step| takes_away(row, step, Some(me));
        let seen = row(State::Serving, Some(doctor));
        assert!(
            [StepKind::Done, StepKind::Park, StepKind::Transfer, StepKind::Undo]
                .into_iter()
                .all(|step| asks(&seen, step))
        );
        assert!(!asks(&seen, StepKind::Serve));
        assert!(!asks(&row(State::Serving, Some(me)), StepKind::Done), "the desk's own");
        assert!(!asks(&row(State::Called, Some(doctor)), StepKind::Park), "nobody is seen yet");
        let services: Vec<Service> = lean::read(json!([{
            "id": BranchId::new(at, [4; 10]), "name": "GP", "prefix": "GP", "duration_min": 10, "price_minor": 0,
            "currency": "OMR", "walk_in": true, "doctors": [{ "id": doctor, "name": "Dr. Anna" }],
        }]))
        .unwrap();
        assert_eq!(doctor_of(&seen, &services), Some("Dr. Anna"));
        assert_eq!(doctor_of(&seen, &[]), None, "the services have not loaded");
    }
}
