//! Shows a call on the whole screen with a sound, so that a patient with the phone in a pocket notices it.

use gloo_timers::callback::Interval;
use js_sys::{Array, Function, Reflect};
use medlane_shared::{
    ids::TicketId,
    queue::{MyTickets, State, TicketView},
    sync::Topic,
    time::Timestamp,
};
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use crate::{
    backend::use_live,
    clock::now,
    i18n::{Words, use_words},
    kit::{Button, Kind, Modal, chime, use_away, use_sound},
};

/// How often the sound and the vibration repeat until the patient confirms the call, in milliseconds.
const AGAIN_MS: u32 = 6_000;

/// A call: the ticket, the time of the call, and the room.
type Call = (TicketId, i64, Option<String>);

/// The latest of the present calls.
fn last_call(tickets: &[TicketView]) -> Option<(Call, &TicketView)> {
    let called = tickets.iter().filter(|ticket| ticket.state == State::Called);
    let last = called.max_by_key(|ticket| ticket.called_at)?;
    Some(((last.id, last.called_at?.ms(), last.room.clone()), last))
}

/// Whether two calls differ only in the room: the patient may be on the way to the wrong one.
fn is_moved(before: &Call, call: &Call) -> bool {
    (before.0, before.1) == (call.0, call.1) && before.2 != call.2
}

/// The sentence that says where to go.
fn says(words: Words, ticket: &TicketView) -> AttrValue {
    match &ticket.room {
        Some(room) => words.say_with("your-turn-at", &[("room", room.as_str().into())]),
        None => words.say("your-turn"),
    }
}

/// Vibrates the phone, if it can.
fn shake() {
    let shaken = || {
        let navigator = web_sys::window()?.navigator();
        let vibrate: Function = Reflect::get(&navigator, &"vibrate".into()).ok()?.dyn_into().ok()?;
        vibrate
            .call1(&navigator, &Array::of5(&400.into(), &200.into(), &400.into(), &200.into(), &400.into()))
            .ok()
    };
    drop(shaken());
}

/// The properties of the call screen.
#[derive(Properties, PartialEq)]
pub struct CallingProps {
    /// The tickets on the page.
    pub tickets: Vec<TicketView>,
    /// Whether they show the server's present state.
    pub online: bool,
}

/// The calls of the signed-in person, on a page that does not show their tickets.
#[component(Calls)]
pub fn calls() -> Html {
    let live = use_live::<MyTickets>(Some(Topic::Mine));
    let Some(mine) = &live.value else { return html! {} };
    html! { <Calling tickets={mine.tickets.clone()} online={live.online} /> }
}

/// Fills the screen while a patient is called and has not confirmed it.
#[component(Calling)]
pub fn calling(props: &CallingProps) -> Html {
    let words = use_words();
    use_sound();
    let seen = use_state(|| None::<Call>);
    let call = last_call(&props.tickets);
    let title = call.as_ref().map(|(_, ticket)| says(words, ticket));
    let new = call.filter(|(call, _)| seen.as_ref() != Some(call));
    // The call that was shown last, and whether it changed the room of the call before.
    let shown = use_mut_ref(|| None::<(Call, bool)>);
    if let Some((call, _)) = &new {
        let before = shown.take();
        let moved =
            before.as_ref().is_some_and(|(last, moved)| is_moved(last, call) || (last == call && *moved));
        shown.replace(Some((call.clone(), moved)));
    }
    use_effect_with(title, |title| {
        let page = web_sys::window().and_then(|window| window.document());
        let former = page.zip(title.as_deref()).map(|(page, title)| {
            let former = page.title();
            page.set_title(title);
            (page, former)
        });
        move || {
            if let Some((page, former)) = former {
                page.set_title(&former);
            }
        }
    });
    // Without the network the call may have been undone. The screen says so, and the sound stops.
    let away = use_away(props.online);
    let last = use_mut_ref(|| None::<Timestamp>);
    use_effect_with(props.online, {
        let last = last.clone();
        move |online| *last.borrow_mut() = (!online).then(now)
    });
    use_effect_with((new.as_ref().map(|(call, _)| call.clone()), away), |(new, away)| {
        let ringing = new.as_ref().filter(|_| !away).map(|_| {
            let ring = || {
                chime();
                shake();
            };
            ring();
            Interval::new(AGAIN_MS, ring)
        });
        move || drop(ringing)
    });
    let Some((call, ticket)) = new else { return html! {} };
    let words = words.in_zone(&ticket.time_zone);
    let moved = shown.borrow().as_ref().is_some_and(|(_, moved)| *moved);
    let onclick = Callback::from(move |()| seen.set(Some(call.clone())));
    html! {
        <Modal id="calling" title="calling-says" first="call-seen" urgent=true
            class="fixed inset-0 m-0 flex h-dvh max-h-none w-screen max-w-none flex-col items-center justify-center gap-8 overflow-y-auto bg-accent p-6 text-center text-accent-content">
            if let Some(name) = &ticket.patient_name { <p class="text-2xl font-semibold" dir="auto">{ name }</p> }
            <p class="text-7xl font-semibold tracking-tight" dir="ltr">{ ticket.label.to_string() }</p>
            <div aria-live="assertive" class="space-y-4">
                if moved { <p class="text-2xl font-semibold" id="call-moved">{ words.say("call-moved") }</p> }
                <p class="text-4xl font-semibold wrap-anywhere" id="calling-says">{ says(words, ticket) }</p>
            </div>
            <p class="text-lg">{ &ticket.branch_name }</p>
            if away {
                <p class="alert alert-warning" role="status" id="call-offline">{ words.say_with("call-offline", &[("at", words.clock(last.borrow().unwrap_or_else(now)).as_str().into())]) }</p>
            }
            <Button kind={Kind::Primary} id="call-seen" class="btn-xl" {onclick}>{ words.say("call-seen") }</Button>
        </Modal>
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::lean;
    use serde_json::json;

    use super::*;

    fn ticket(n: u8, state: State, called_ms: i64) -> TicketView {
        let id = TicketId::new(Timestamp::from_ms(1), [n; 10]);
        let view = json!({
            "id": id, "label": format!("GP-{n:03}"), "state": state, "version": 1, "branch_id": id,
            "branch_name": "Harbour Clinic", "service_id": id, "service_name": "GP", "calls": 1,
            "joined_at": Timestamp::from_ms(0), "called_at": Timestamp::from_ms(called_ms),
        });
        lean::read(view).unwrap()
    }

    #[test]
    fn of_a_family_the_one_who_was_called_last_fills_the_screen() {
        let family = [
            ticket(1, State::Called, 10),
            ticket(2, State::Called, 30),
            ticket(3, State::Serving, 40),
            ticket(4, State::Waiting, 50),
        ];
        let (call, last) = last_call(&family).unwrap();
        assert_eq!((&call, last.label.to_string()), (&(family[1].id, 30, None), "GP-002".to_owned()));
        assert_eq!(last_call(&family[2..]), None, "a call that was taken back does not stand");
        // A recall is a new call, so it fills the screen again.
        let again = [ticket(2, State::Called, 90)];
        assert_ne!(last_call(&again).unwrap().0, call);
        // The same holds for another room of the same call; the screen says that the room changed.
        let mut moved = family[1].clone();
        moved.room = Some("Room 5".to_owned());
        let moved = last_call(&[moved]).unwrap().0;
        assert!(moved != call && is_moved(&call, &moved));
        assert!(!is_moved(&call, &last_call(&again).unwrap().0));
    }
}
