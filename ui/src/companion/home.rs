//! Home: the patient's tickets, and the form to join a queue.

use medlane_shared::{
    api::{ArriveSelf, CancelTicket, StepBack},
    identity::Me,
    queue::{MyTickets, State, StepBackRequest, TicketView},
    sync::Topic,
};
use yew::prelude::*;

use super::{
    calls::Calling,
    ended::{Ended, is_put_away},
    kept::use_kept_tickets,
    parts::{PatientScreen, room},
};
use crate::{
    address::PageLink,
    backend::{server_address, use_live, use_press},
    i18n::use_words,
    kit::{Button, Item, Kind, Offline, Page, Steady, TicketCard, alert, skeleton},
};

/// The properties of home.
#[derive(Properties, PartialEq)]
pub struct HomeProps {
    /// The person who is signed in.
    pub me: Me,
}

/// The patient's home.
#[component(Home)]
pub fn home(props: &HomeProps) -> Html {
    let words = use_words();
    let live = use_live::<MyTickets>(Some(Topic::Mine));
    use_kept_tickets(live.value.clone(), live.online);
    let changed = use_force_update();
    let gone = Callback::from(move |()| changed.force_update());
    let body = match &live.value {
        None => skeleton(words),
        Some(mine) => html! {
            <div class="space-y-6">
                { cards(mine, &gone) }
                { room(PatientScreen::Beside(mine.clone(), live.online), None) }
            </div>
        },
    };
    html! {
        <Page title={AttrValue::from(props.me.clinic_name.clone())} place={words.say("companion")} me={props.me.clone()}>
            <p class="mb-4 text-2xl font-semibold">{ words.say_with("hello", &[("name", props.me.name.as_str().into())]) }</p>
            { alert(words, live.refused.clone()) }
            <Offline online={live.online} />
            if let Some(mine) = &live.value { <Calling tickets={mine.all()} online={live.online} /> }
            { body }
            <p class="mt-8 text-center text-sm"><PageLink class="underline underline-offset-4" href="/account" id="account">{ words.say("account") }</PageLink></p>
        </Page>
    }
}

/// The active tickets, and how the last ones ended. A card does not move away under a finger.
fn cards(mine: &MyTickets, gone: &Callback<()>) -> Html {
    let item = |ticket: &TicketView, card: Html| Item {
        key: ticket.id.to_string().into(),
        name: ticket.label.to_string().into(),
        urgent: false,
        pressing: None,
        html: html! { <li key={ticket.id.to_string()} data-row={ticket.id.to_string()}>{ card }</li> },
    };
    let own = mine.tickets.iter().map(|ticket| item(ticket, html! { <Own ticket={ticket.clone()} /> }));
    let ended = mine.ended.iter().filter(|ticket| !is_put_away(ticket));
    let ended =
        ended.map(|ticket| item(ticket, html! { <Ended ticket={ticket.clone()} gone={gone.clone()} /> }));
    html! { <Steady class="space-y-6" items={own.chain(ended).collect::<Vec<_>>()} /> }
}

#[derive(Properties, PartialEq)]
struct OwnProps {
    ticket: TicketView,
}

/// A ticket that the patient can give up. It asks first, because the place is lost.
#[component(Own)]
fn own(props: &OwnProps) -> Html {
    let words = use_words();
    let (asking, letting, press) = (use_state(|| false), use_state(|| false), use_press());
    let ask = |to: bool| {
        let asking = asking.clone();
        Callback::from(move |()| asking.set(to))
    };
    let let_go = |to: bool| {
        let letting = letting.clone();
        Callback::from(move |()| letting.set(to))
    };
    let id = props.ticket.id.to_string();
    let give_up = {
        let (press, id) = (press.clone(), id.clone());
        Callback::from(move |()| press.calls::<CancelTicket>(&[&id], &()))
    };
    let step_back = {
        let (press, letting, id) = (press.clone(), letting.clone(), id.clone());
        let version = Some(props.ticket.version);
        Callback::from(move |places: u32| {
            letting.set(false);
            press.calls::<StepBack>(&[&id], &StepBackRequest { places, version });
        })
    };
    let arrive = {
        let press = press.clone();
        Callback::from(move |()| press.calls::<ArriveSelf>(&[&id], &()))
    };
    let away = props.ticket.arrived_at.is_none() && props.ticket.state == State::Waiting;
    html! {
        <TicketCard ticket={props.ticket.clone()}>
            { alert(words, press.fault()) }
            if let Some(code) = props.ticket.code.as_ref().filter(|_| away) {
                <div class="space-y-3 rounded-box bg-base-200 p-4 text-center">
                    <p>{ words.say("check-in-how") }</p>
                    <p class="text-2xl font-semibold tracking-widest" dir="ltr" id="check-in-code">{ code }</p>
                    if let Some(link) = &props.ticket.link {
                        <details>
                            <summary class="cursor-pointer underline underline-offset-4">{ words.say("check-in-code-yours") }</summary>
                            <div class="pt-3">{ room(PatientScreen::Code(format!("{}/t/{link}", server_address()).into(), words.say("check-in-code-yours")), None) }</div>
                        </details>
                    }
                    <Button kind={Kind::Primary} id="arrive" busy={press.is_busy()} onclick={arrive}>{ words.say("arrive") }</Button>
                </div>
            }
            // A patient who is being seen has no place in the queue to leave.
            if props.ticket.state == State::Serving {
            } else if *asking {
                <div class="space-y-3 rounded-box bg-base-200 p-4 text-center">
                    <p>{ words.say("give-up-sure") }</p>
                    <div class="flex justify-center gap-3">
                        <Button kind={Kind::Danger} id="give-up-yes" busy={press.is_busy()} onclick={give_up}>{ words.say("give-up") }</Button>
                        <Button onclick={ask(false)}>{ words.say("keep-place") }</Button>
                    </div>
                </div>
            } else if *letting {
                <div class="space-y-3 rounded-box bg-base-200 p-4 text-center">
                    <p>{ words.say("let-go-first") }</p>
                    <div class="flex flex-wrap justify-center gap-3">
                        { for [1_u32, 2, 3, 5].into_iter().map(|places| html! {
                            <Button key={places} id={format!("let-{places}")} busy={press.is_busy()} onclick={step_back.reform(move |()| places)}>{ places }</Button>
                        }) }
                        <Button kind={Kind::Ghost} onclick={let_go(false)}>{ words.say("keep-place") }</Button>
                    </div>
                </div>
            } else {
                <div class="flex flex-wrap justify-center gap-2">
                    if props.ticket.state == State::Waiting { <Button kind={Kind::Ghost} id="let-go" onclick={let_go(true)}>{ words.say("step-back") }</Button> }
                    <Button kind={Kind::Ghost} id="give-up" onclick={ask(true)}>{ words.say("give-up") }</Button>
                </div>
            }
        </TicketCard>
    }
}
