//! Shows a call on the whole screen with a sound, so that a patient with the phone in a pocket notices it.

use gloo_timers::callback::Interval;
use js_sys::{Array, Function, Reflect};
use medlane_shared::{
    ids::TicketId,
    queue::{State, TicketView},
    time::Timestamp,
};
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use crate::{
    i18n::{Words, use_words},
    kit::{Button, Kind, chime, focus, use_away, use_sound},
};

/// How often the sound and the vibration repeat until the patient confirms the call, in milliseconds.
const AGAIN_MS: u32 = 6_000;

/// One call: the ticket, and the time of the call.
type Call = (TicketId, i64);

/// The latest of the present calls.
fn last_call(tickets: &[TicketView]) -> Option<(Call, &TicketView)> {
    let called = tickets.iter().filter(|ticket| ticket.state == State::Called);
    let last = called.max_by_key(|ticket| ticket.called_at)?;
    Some(((last.id, last.called_at?.ms()), last))
}

/// The sentence that says where to go.
fn says(words: Words, ticket: &TicketView) -> AttrValue {
    match &ticket.room {
        Some(room) => words.say_with("your-turn-at", &[("room", room.as_str().into())]),
        None => words.say("your-turn"),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds of this century")]
fn now() -> Timestamp {
    Timestamp::from_ms(js_sys::Date::now() as i64)
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

/// Fills the screen while a patient is called and has not confirmed it.
#[component(Calling)]
pub fn calling(props: &CallingProps) -> Html {
    let words = use_words();
    use_sound();
    let seen = use_state(|| None::<Call>);
    let call = last_call(&props.tickets);
    let new = call.filter(|(call, _)| *seen != Some(*call));
    let title = call.map(|(_, ticket)| says(words, ticket));
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
    use_effect_with((new.map(|(call, _)| call), away), |(new, away)| {
        let ringing = new.filter(|_| !away).map(|_| {
            let ring = || {
                chime();
                shake();
            };
            ring();
            focus("call-seen");
            Interval::new(AGAIN_MS, ring)
        });
        move || drop(ringing)
    });
    let Some((call, ticket)) = new else { return html! {} };
    let words = words.in_zone(&ticket.time_zone);
    let onclick = Callback::from(move |()| seen.set(Some(call)));
    html! {
        <div id="calling" role="alertdialog" aria-modal="true" aria-labelledby="calling-says" class="fixed inset-0 z-50 flex flex-col items-center justify-center gap-8 bg-accent p-6 text-center text-accent-content">
            if let Some(name) = &ticket.patient_name { <p class="text-2xl font-semibold" dir="auto">{ name }</p> }
            <p class="text-7xl font-semibold tracking-tight" dir="ltr">{ ticket.label.to_string() }</p>
            <p class="text-4xl font-semibold wrap-anywhere" id="calling-says">{ says(words, ticket) }</p>
            <p class="text-lg">{ &ticket.branch_name }</p>
            if away {
                <p class="alert alert-warning" role="status" id="call-offline">{ words.say_with("call-offline", &[("at", words.clock(last.borrow().unwrap_or_else(now)).as_str().into())]) }</p>
            }
            <Button kind={Kind::Primary} id="call-seen" class="btn-xl" {onclick}>{ words.say("call-seen") }</Button>
        </div>
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
        assert_eq!((call, last.label.to_string()), ((family[1].id, 30), "GP-002".to_owned()));
        assert_eq!(last_call(&family[2..]), None, "a call that was taken back does not stand");
        // A recall is a new call, so it fills the screen again.
        let again = [ticket(2, State::Called, 90)];
        assert_ne!(last_call(&again).unwrap().0, call);
    }
}
