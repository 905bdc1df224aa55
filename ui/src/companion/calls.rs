//! Shows calls on the whole screen with a sound, so that a patient with the phone in a pocket notices them.

use gloo_timers::callback::Interval;
use js_sys::{Array, Function, Reflect};
use medlane_shared::{
    api::{AnswerCall, ArriveSelf},
    ids::TicketId,
    queue::{MyTickets, TicketView},
    sync::Topic,
    time::Timestamp,
};
use wasm_bindgen::JsCast as _;
use yew::prelude::*;

use super::{
    kept::use_kept_tickets,
    rings::{Ring, Rings},
};
use crate::{
    backend::{Press, use_live, use_press},
    clock::now,
    i18n::{Words, use_words},
    kit::{
        Button, Kind, Modal, Offline, alert, chime, line_text, told_text, use_away, use_next_focus,
        use_sound, use_urgent_title,
    },
};

/// How often the sound and the vibration repeat until the patient confirms the call, in milliseconds.
const AGAIN_MS: u32 = 6_000;

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
    /// The tickets of the page's reader, also those that ended last.
    pub tickets: Vec<TicketView>,
    /// Whether they show the server's present state.
    pub online: bool,
    /// Whether an answer reaches the clinic. Behind a secret link nobody says who they are.
    #[prop_or(true)]
    pub tells: bool,
}

/// The calls of the signed-in person, on a page that does not show their tickets.
#[component(Calls)]
pub fn calls() -> Html {
    let live = use_live::<MyTickets>(Some(Topic::Mine));
    use_kept_tickets(live.value.clone(), live.online);
    html! {
        <>
            <Offline online={live.online} />
            if let Some(mine) = &live.value { <Calling tickets={mine.all()} online={live.online} /> }
        </>
    }
}

/// The page's title while patients are called: one call in a sentence, several with their tickets' labels.
fn title_of(words: Words, called: &[Ring]) -> Option<AttrValue> {
    match called {
        [] => None,
        [only] => Some(says(words, &only.ticket)),
        all => {
            let each = all.iter().map(|Ring { ticket, .. }| {
                let place = ticket.room.clone().unwrap_or_else(|| words.say("come-to-reception").to_string());
                format!("{}: {place}", ticket.label)
            });
            Some(each.collect::<Vec<_>>().join(" · ").into())
        }
    }
}

/// Sounds and vibrates while a call waits for its answer. An answer does not sound.
#[hook]
fn use_ringing(open: Vec<Ring>) {
    let heard = use_mut_ref(Vec::<Ring>::new);
    use_effect_with(open, move |open| {
        let ring = || {
            chime();
            shake();
        };
        let before = heard.replace(open.clone());
        if open.iter().any(|ring| !before.contains(ring)) {
            ring();
        }
        let ringing = (!open.is_empty()).then(|| Interval::new(AGAIN_MS, ring));
        move || drop(ringing)
    });
}

/// Brings a ticket's card into sight, on a page that has it.
fn show_card(ticket: TicketId) {
    let page = web_sys::window().and_then(|window| window.document());
    let card = page.and_then(|page| page.query_selector(&format!("[data-row='{ticket}']")).ok().flatten());
    if let Some(card) = card {
        card.scroll_into_view();
    }
}

/// The id of the answer to a call, by its place on the screen.
fn answer_id(place: usize) -> String {
    if place == 0 { "call-seen".to_owned() } else { format!("call-seen-{}", place + 1) }
}

/// Fills the screen while a patient is called and has not confirmed it, and when a call that was shown has ended in
/// another way than by the visit. Several calls stand one below the other, each with its own answer.
#[component(Calling)]
pub fn calling(props: &CallingProps) -> Html {
    let words = use_words();
    use_sound();
    let (press, telling) = (use_press(), use_press());
    let rings = use_mut_ref(Rings::default);
    let changed = use_force_update();
    rings.borrow_mut().follow(&props.tickets);
    let (all, open) = (rings.borrow().all().to_vec(), rings.borrow().open());
    let called: Vec<Ring> = all.iter().filter(|ring| ring.over.is_none()).cloned().collect();
    use_urgent_title(title_of(words, &called));
    // Without the network the call may have been undone. The screen says so, and the sound stops.
    let away = use_away(props.online);
    let last = use_mut_ref(|| None::<Timestamp>);
    use_effect_with(props.online, {
        let last = last.clone();
        move |online| *last.borrow_mut() = (!online).then(now)
    });
    let loud = open.iter().filter(|_| !away).map(|ring| ring.clone().told()).collect();
    use_ringing(loud);
    let ids: Vec<AttrValue> = all
        .iter()
        .enumerate()
        .filter(|(_, ring)| !ring.is_answered)
        .map(|(place, _)| answer_id(place).into())
        .collect();
    use_next_focus(ids.clone(), ids.clone());
    let answered = use_mut_ref(|| None::<TicketId>);
    use_effect_with(open.is_empty(), {
        let answered = answered.clone();
        move |is_closed| {
            if let Some(ticket) = answered.take().filter(|_| *is_closed) {
                show_card(ticket);
            }
        }
    });
    let untold: Vec<TicketId> = called
        .iter()
        .filter(|ring| ring.is_answered && ring.ticket.on_way_at.is_none())
        .map(|ring| ring.ticket.id)
        .filter(|_| props.tells && telling.fault().is_some())
        .collect();
    // The answer goes to the clinic as soon as the server is back.
    use_effect_with(props.online, {
        let (telling, untold) = (telling.clone(), untold.clone());
        move |online| {
            if *online {
                tell(&telling, &untold);
            }
        }
    });
    if open.is_empty() {
        return still_untold(words, &telling, untold);
    }
    let answer = {
        let tells = props.tells;
        Callback::from(move |(ticket, is_over): (TicketId, bool)| {
            rings.borrow_mut().answer(ticket);
            answered.replace(Some(ticket));
            changed.force_update();
            if tells && !is_over {
                tell(&telling, &[ticket]);
            }
        })
    };
    let at = words.in_zone(&open[0].ticket.time_zone).clock(last.borrow().unwrap_or_else(now));
    let names =
        (0..all.len()).map(|place| format!("calling-{}", answer_id(place))).collect::<Vec<_>>().join(" ");
    html! {
        <Modal id="calling" title={names} first={ids.first().cloned().unwrap_or_default()} urgent=true
            class="fixed inset-0 m-0 h-dvh max-h-none w-screen max-w-none overflow-y-auto bg-accent px-6 pt-[8dvh] pb-24 text-center text-accent-content">
            // A new call comes below, so that nothing moves under a finger.
            <div class="mx-auto max-w-xl space-y-6" aria-live="assertive">
                { for all.iter().enumerate().map(|(place, ring)| rung(words, (ring, place), props.tells, &press, &answer)) }
            </div>
            { alert(words, press.fault()) }
            if away {
                <p class="alert alert-warning mx-auto mt-6 max-w-xl" role="status" id="call-offline">{ words.say_with("call-offline", &[("at", at.as_str().into())]) }</p>
            }
        </Modal>
    }
}

/// Tells the clinic that patients are on the way.
fn tell(telling: &Press, tickets: &[TicketId]) {
    for ticket in tickets {
        telling.calls::<AnswerCall>(&[&ticket.to_string()], &());
    }
}

/// Says that the clinic does not know yet of an answer; nothing if it knows.
fn still_untold(words: Words, telling: &Press, untold: Vec<TicketId>) -> Html {
    if untold.is_empty() {
        return html! {};
    }
    let again = {
        let telling = telling.clone();
        Callback::from(move |()| tell(&telling, &untold))
    };
    html! {
        <div class="alert alert-warning sticky top-2 z-10 mb-4 flex flex-wrap items-center gap-3" role="alert" id="call-untold">
            <span class="flex-1">{ words.say("call-untold") }</span>
            <Button id="call-untold-again" busy={telling.is_busy()} onclick={again}>{ words.say("call-untold-again") }</Button>
        </div>
    }
}

/// What stands in the place of an answer that was given.
fn answered_text(words: Words, ring: &Ring, tells: bool) -> AttrValue {
    let ticket = &ring.ticket;
    match ticket.on_way_at {
        _ if ring.over.is_some() || !tells => words.say("call-read"),
        Some(at) => told_text(words, ticket, at),
        None => words.say("call-coming"),
    }
}

/// One call on the screen, at its place from 0: whose it is, where to go, and its answer. `tells` is whether the answer
/// reaches the clinic.
fn rung(
    words: Words,
    (ring, place): (&Ring, usize),
    tells: bool,
    press: &Press,
    answer: &Callback<(TicketId, bool)>,
) -> Html {
    let Ring { ticket, is_moved, over, is_answered } = ring;
    let id = ticket.id;
    let here = {
        let press = press.clone();
        Callback::from(move |()| press.calls::<ArriveSelf>(&[&id.to_string()], &()))
    };
    let is_over = over.is_some();
    let onclick = answer.reform(move |()| (id, is_over));
    let does = if is_over || !tells { "put-away" } else { "call-seen" };
    let key = answer_id(place);
    let says_id = if place == 0 { "calling-says".to_owned() } else { format!("calling-says-{}", place + 1) };
    html! {
        <section key={id.to_string()} class="space-y-3 rounded-box border-2 border-current/30 px-4 py-5" data-call={ticket.label.to_string()}>
            <div id={format!("calling-{key}")} class="space-y-2">
                if let Some(name) = &ticket.patient_name { <p class="text-2xl font-semibold wrap-anywhere" dir="auto" data-whose="">{ name }</p> }
                <p class="text-6xl font-semibold tracking-tight" dir="ltr">{ ticket.label.to_string() }</p>
                if let Some(over) = over {
                    <p class="text-2xl font-semibold wrap-anywhere" id={says_id} data-over="">{ words.say_with(over, &[("service", line_text(ticket).as_str().into())]) }</p>
                } else {
                    if *is_moved { <p class="text-xl font-semibold" id={(place == 0).then_some("call-moved")}>{ words.say("call-moved") }</p> }
                    <p class="text-3xl font-semibold wrap-anywhere" id={says_id}>{ says(words, ticket) }</p>
                }
                <p>{ &ticket.branch_name }</p>
            </div>
            if *is_answered {
                <p class="text-lg font-semibold">{ answered_text(words, ring, tells) }</p>
            } else {
                <div class="flex flex-wrap justify-center gap-3">
                    if over.is_some() && ticket.return_until.is_some() {
                        <Button id={format!("here-{key}")} class="btn-xl" busy={press.is_busy()} onclick={here}>{ words.say("here-now") }</Button>
                    }
                    <Button kind={Kind::Primary} id={key} class="btn-xl" {onclick}>{ words.say(does) }</Button>
                </div>
            }
        </section>
    }
}
