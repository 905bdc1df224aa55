//! The door of a branch's queue: open, paused or closed, and by whom.

use medlane_shared::{
    api::ControlQueue,
    fault::Fault,
    ids::BranchId,
    queue::{Door, DoorSet, QueueControl},
};
use yew::prelude::*;

use crate::{
    backend::call,
    i18n::{Words, use_words},
    kit::Button,
};

/// The properties of the door's buttons.
#[derive(Properties, PartialEq)]
pub struct DoorControlProps {
    /// The branch.
    pub branch: BranchId,
    /// The present state of the door.
    pub door: Door,
    /// Who set it last.
    #[prop_or_default]
    pub set: Option<DoorSet>,
    /// Receives the fault of a refused call.
    pub refused: Callback<Option<Fault>>,
}

fn control(branch: BranchId, door: Door, refused: &Callback<Option<Fault>>) -> Callback<()> {
    let (branch, refused) = (branch.to_string(), refused.clone());
    Callback::from(move |()| {
        let (branch, refused) = (branch.clone(), refused.clone());
        wasm_bindgen_futures::spawn_local(async move {
            refused.emit(call::<ControlQueue>(&[&branch], &QueueControl { door }).await.err());
        });
    })
}

/// Who paused or closed the queue, and when.
pub fn door_set(words: Words, door: Door, set: Option<&DoorSet>) -> Html {
    let key = match door {
        Door::Open => return html! {},
        Door::Paused => "door-paused-by",
        Door::Closed => "door-closed-by",
    };
    let Some((name, at)) = set.and_then(|set| Some((set.name.as_deref()?, set.at))) else { return html! {} };
    let at = words.clock(at);
    html! { <span class="block text-sm" id="door-set" dir="auto">{ words.say_with(key, &[("name", name.into()), ("at", at.as_str().into())]) }</span> }
}

/// Says at every desk of a branch what it means that the queue is paused or closed and who did it, with the button that
/// opens it again.
#[component(DoorSaid)]
pub fn door_said(props: &DoorControlProps) -> Html {
    let words = use_words();
    let (said, again) = match props.door {
        Door::Open => return html! {},
        Door::Paused => ("door-is-paused", "door-resume"),
        Door::Closed => ("door-is-closed", "door-reopen"),
    };
    html! {
        <div class="alert alert-warning alert-soft mb-4 flex flex-wrap items-center gap-3" id="door-said">
            <p role="status" class="flex-1">{ words.say(said) }{ door_set(words, props.door, props.set.as_ref()) }</p>
            <Button class="btn-sm" id="door-again" onclick={control(props.branch, Door::Open, &props.refused)}>{ words.say(again) }</Button>
        </div>
    }
}

/// Buttons that open, pause and close a branch's queue.
#[component(DoorControl)]
pub fn door_control(props: &DoorControlProps) -> Html {
    let words = use_words();
    let doors = [(Door::Open, "door-open"), (Door::Paused, "door-paused"), (Door::Closed, "door-close")];
    html! {
        <div role="group" class="join" aria-label={words.say("door")}>
            { for doors.into_iter().map(|(door, key)| {
                let active = props.door == door;
                let onclick = control(props.branch, door, &props.refused).reform(|_: MouseEvent| ());
                html! { <button key={key} type="button" id={key} aria-pressed={active.to_string()}
                    class={classes!("btn", "btn-sm", "join-item", active.then_some("btn-primary"))} {onclick}>{ words.say(key) }</button> }
            }) }
        </div>
    }
}
