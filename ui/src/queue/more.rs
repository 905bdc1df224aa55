//! The less frequent actions on a ticket: another line, another room, a priority, letting others go first.

use std::rc::Rc;

use medlane_shared::{
    clinic::Service,
    queue::{Priority, QueueRow, QueueView, REASON_MAX_CHARS, State, StepKind, StepRequest, standing},
};
use yew::prelude::*;

use super::{Placed, class_key, place_text};
use crate::{
    i18n::use_words,
    kit::{Button, Field, Kind, TextArea, focus_first, select},
};

/// The properties of the forms.
#[derive(Properties, PartialEq)]
pub struct MoreProps {
    /// The ticket.
    pub row: QueueRow,
    /// The services of the branch.
    pub services: Rc<Vec<Service>>,
    /// The rooms of the branch.
    pub rooms: Vec<String>,
    /// The queue that the ticket is in. It shows the place that a priority class gives.
    #[prop_or_default]
    pub view: Option<Rc<QueueView>>,
    /// Called with a priority that was set.
    #[prop_or_default]
    pub placed: Callback<Placed>,
    /// Called to take a step.
    pub ask: Callback<(QueueRow, StepRequest)>,
    /// Called to close the forms.
    pub close: Callback<()>,
}

/// The forms.
#[component(More)]
pub fn more(props: &MoreProps) -> Html {
    let words = use_words();
    let row = &props.row;
    let (service, doctor) = (use_state(|| row.service_id), use_state(|| row.doctor_id));
    let (priority, reason) = (use_state(|| row.priority), use_state(String::new));
    let (room, handed) = (use_state(|| row.room.clone()), use_state(String::new));
    let into = |change: Rc<dyn Fn(String)>| Callback::from(move |text: String| change(text));
    let ask = |request: StepRequest| {
        let (ask, row, close) = (props.ask.clone(), row.clone(), props.close.clone());
        Callback::from(move |()| {
            ask.emit((row.clone(), request.clone()));
            close.emit(());
        })
    };
    let step = |step: StepKind| StepRequest::new(step, row.version);
    let offered = props.services.iter().find(|offered| offered.id == *service);
    let services: Vec<(AttrValue, AttrValue)> =
        props.services.iter().map(|one| (one.id.to_string().into(), one.name.clone().into())).collect();
    let anyone = (AttrValue::default(), words.say("any-doctor"));
    let doctors: Vec<(AttrValue, AttrValue)> = std::iter::once(anyone)
        .chain(
            offered
                .into_iter()
                .flat_map(|offered| &offered.doctors)
                .map(|one| (one.id.to_string().into(), one.name.clone().into())),
        )
        .collect();
    let rooms: Vec<(AttrValue, AttrValue)> =
        props.rooms.iter().map(|name| (name.clone().into(), name.clone().into())).collect();
    let to_service = into(Rc::new({
        let (service, doctor) = (service.clone(), doctor.clone());
        move |id| {
            if let Ok(id) = id.parse() {
                service.set(id);
                doctor.set(None);
            }
        }
    }));
    let to_doctor = into(Rc::new({
        let doctor = doctor.clone();
        move |id| doctor.set(id.parse().ok())
    }));
    let to_room = into(Rc::new({
        let room = room.clone();
        move |name| room.set(Some(name))
    }));
    let place = |class: Priority| props.view.as_ref().map(|view| standing(view, row, class));
    let prioritise = {
        let (request, placed) = (
            StepRequest {
                priority: Some(*priority),
                reason: Some((*reason).clone()),
                ..step(StepKind::Prioritise)
            },
            place(row.priority).map(|before| Placed {
                id: row.id,
                label: row.label.clone(),
                priority: *priority,
                version: row.version + 1,
                before,
            }),
        );
        let (ask, tell) = (ask(request), props.placed.clone());
        Callback::from(move |()| {
            if let Some(placed) = placed.clone() {
                tell.emit(placed);
            }
            ask.emit(());
        })
    };
    let class = |class: Priority| {
        let chosen = priority.clone();
        html! {
            <label key={class_key(class)} class="flex items-center gap-2">
                <input type="radio" class="radio radio-sm" name="class" id={format!("class-{}", class_key(class))} checked={*priority == class} onchange={move |_| chosen.set(class)} />
                <span>{ words.say(class_key(class)) }</span>
                if let Some(place) = place(class) { <span class="text-sm tabular-nums text-base-content/70">{ place_text(words, place) }</span> }
            </label>
        }
    };
    let same = (*service, *doctor) == (row.service_id, row.doctor_id);
    use_effect_with((), |()| focus_first("more"));
    let line = "flex flex-wrap items-center gap-2";
    html! {
        <div class="space-y-3 rounded-box bg-base-200 p-4" id="more">
            <div class={line}>
                { select(words.say("service"), &services, &service.to_string(), &to_service) }
                if doctors.len() > 1 { { select(words.say("doctor"), &doctors, &doctor.map(|id| id.to_string()).unwrap_or_default(), &to_doctor) } }
                <div class="min-w-40 flex-1"><TextArea name="transfer-why" label={words.say("transfer-why")} rows=1 max={REASON_MAX_CHARS} value={(*handed).clone()} oninput={Callback::from({ let handed = handed.clone(); move |text| handed.set(text) })} /></div>
                <Button kind={Kind::Primary} class="btn-sm" id="transfer" disabled={same}
                    onclick={ask(StepRequest { service_id: Some(*service), doctor_id: *doctor, reason: Some(handed.trim().to_owned()).filter(|why| !why.is_empty()), ..step(StepKind::Transfer) })}>{ words.say("step-transfer") }</Button>
            </div>
            if row.state == State::Called && !rooms.is_empty() {
                <div class={line}>
                    { select(words.say("room"), &rooms, room.as_deref().unwrap_or_default(), &to_room) }
                    <Button class="btn-sm" id="move" disabled={*room == row.room || room.is_none()}
                        onclick={ask(StepRequest { room: (*room).clone(), ..step(StepKind::Move) })}>{ words.say("step-move") }</Button>
                </div>
            }
            if row.state != State::Serving {
                <fieldset class="space-y-2">
                    <legend class="text-sm font-medium" id="place-now">{ match place(row.priority) {
                        Some(now) => words.say_with("place-now", &[("n", now.place.into()), ("of", now.of.into()), ("service", row.service_name.as_str().into())]),
                        None => words.say("step-prioritise"),
                    } }</legend>
                    <div class="flex flex-wrap gap-x-6 gap-y-2">{ for Priority::ALL.iter().map(|one| class(*one)) }</div>
                    <div class="flex flex-wrap items-end gap-2">
                        <div class="min-w-40 flex-1"><Field name="priority-why" autocomplete="off" label={words.say("why")} value={(*reason).clone()} oninput={Callback::from({ let reason = reason.clone(); move |text| reason.set(text) })} /></div>
                        <Button class="btn-sm mb-1.5" id="prioritise" disabled={*priority == row.priority || reason.trim().is_empty()} onclick={prioritise}>{ words.say("step-prioritise") }</Button>
                    </div>
                </fieldset>
            }
            <div class={line}>
                if row.arrived_at.is_none() {
                    <Button class="btn-sm" id="arrive" onclick={ask(step(StepKind::Arrive))}>{ words.say("step-arrive") }</Button>
                }
                if row.state == State::Waiting {
                    <Button class="btn-sm" id="behind" onclick={ask(StepRequest { places: Some(1), ..step(StepKind::StepBack) })}>{ words.say("step-behind") }</Button>
                }
                <span class="flex-1"></span>
                <Button kind={Kind::Ghost} class="btn-sm" onclick={props.close.clone()}>{ words.say("close") }</Button>
            </div>
        </div>
    }
}
