//! Home: the patient's tickets, and the way into a queue.

use medlane_shared::{
    api::{ArriveSelf, CancelTicket, StepBack},
    fault::Fault,
    identity::Me,
    queue::{MyTickets, State, StepBackRequest, TicketView},
    sync::Topic,
};
use yew::prelude::*;

use super::{
    join::Join,
    told::{Pushed, Told},
    visits::Visits,
};
use crate::{
    backend::{call, server_address, use_live},
    i18n::use_words,
    kit::{Button, Kind, Offline, Page, Qr, TicketCard, alert, skeleton},
};

/// Whose home.
#[derive(Properties, PartialEq)]
pub struct HomeProps {
    /// Who is signed in.
    pub me: Me,
}

/// The patient's home.
#[component(Home)]
pub fn home(props: &HomeProps) -> Html {
    let words = use_words();
    let live = use_live::<MyTickets>(Some(Topic::Mine));
    let body = match &live.value {
        None => skeleton(words),
        Some(mine) => html! {
            <div class="space-y-6">
                { for mine.tickets.iter().map(|ticket| html! { <Own key={ticket.id.to_string()} ticket={ticket.clone()} /> }) }
                if !mine.tickets.is_empty() { <Pushed /> }
                <Told />
                <Join taken={mine.tickets.iter().map(|ticket| (ticket.patient_id, ticket.service_id)).collect::<Vec<_>>()} />
                <Visits active={mine.tickets.len()} online={live.online} />
            </div>
        },
    };
    html! {
        <Page title={AttrValue::from(props.me.clinic_name.clone())} me={props.me.clone()}>
            <p class="mb-4 text-2xl font-semibold">{ words.say_with("hello", &[("name", props.me.name.as_str().into())]) }</p>
            { alert(words, live.refused.clone()) }
            <Offline online={live.online} />
            { body }
            <p class="mt-8 text-center text-sm"><a class="underline underline-offset-4" href="/account" id="account">{ words.say("account") }</a></p>
        </Page>
    }
}

#[derive(Properties, PartialEq)]
struct OwnProps {
    ticket: TicketView,
}

/// A ticket that can be given up; asked twice, since the place is lost.
#[component(Own)]
fn own(props: &OwnProps) -> Html {
    let words = use_words();
    let (asking, busy, fault) = (use_state(|| false), use_state(|| false), use_state(|| None::<Fault>));
    let ask = |to: bool| {
        let asking = asking.clone();
        Callback::from(move |()| asking.set(to))
    };
    let give_up = {
        let (busy, fault, id) = (busy.clone(), fault.clone(), props.ticket.id.to_string());
        Callback::from(move |()| {
            busy.set(true);
            let (busy, fault, id) = (busy.clone(), fault.clone(), id.clone());
            wasm_bindgen_futures::spawn_local(async move {
                fault.set(call::<CancelTicket>(&[&id], &()).await.err());
                busy.set(false);
            });
        })
    };
    let letting = use_state(|| false);
    let let_go = |to: bool| {
        let letting = letting.clone();
        Callback::from(move |()| letting.set(to))
    };
    let step_back = {
        let (busy, fault, letting) = (busy.clone(), fault.clone(), letting.clone());
        let (id, version) = (props.ticket.id.to_string(), Some(props.ticket.version));
        Callback::from(move |places: u32| {
            busy.set(true);
            let (busy, fault, letting, id) = (busy.clone(), fault.clone(), letting.clone(), id.clone());
            wasm_bindgen_futures::spawn_local(async move {
                fault.set(call::<StepBack>(&[&id], &StepBackRequest { places, version }).await.err());
                letting.set(false);
                busy.set(false);
            });
        })
    };
    let arrive = {
        let (busy, fault, id) = (busy.clone(), fault.clone(), props.ticket.id.to_string());
        Callback::from(move |()| {
            busy.set(true);
            let (busy, fault, id) = (busy.clone(), fault.clone(), id.clone());
            wasm_bindgen_futures::spawn_local(async move {
                fault.set(call::<ArriveSelf>(&[&id], &()).await.err());
                busy.set(false);
            });
        })
    };
    let away = props.ticket.arrived_at.is_none() && props.ticket.state == State::Waiting;
    html! {
        <TicketCard ticket={props.ticket.clone()}>
            { alert(words, (*fault).clone()) }
            if let Some(code) = props.ticket.code.as_ref().filter(|_| away) {
                <div class="space-y-3 rounded-box bg-base-200 p-4 text-center">
                    <p>{ words.say("check-in-how") }</p>
                    <p class="text-2xl font-semibold tracking-widest" dir="ltr" id="check-in-code">{ code }</p>
                    if let Some(link) = &props.ticket.link {
                        <details>
                            <summary class="cursor-pointer underline underline-offset-4">{ words.say("check-in-code-yours") }</summary>
                            <div class="pt-3"><Qr text={format!("{}/t/{link}", server_address())} label={words.say("check-in-code-yours")} /></div>
                        </details>
                    }
                    <Button kind={Kind::Primary} id="arrive" busy={*busy} onclick={arrive}>{ words.say("arrive") }</Button>
                </div>
            }
            if *asking {
                <div class="space-y-3 rounded-box bg-base-200 p-4 text-center">
                    <p>{ words.say("give-up-sure") }</p>
                    <div class="flex justify-center gap-3">
                        <Button kind={Kind::Danger} id="give-up-yes" busy={*busy} onclick={give_up}>{ words.say("give-up") }</Button>
                        <Button onclick={ask(false)}>{ words.say("keep-place") }</Button>
                    </div>
                </div>
            } else if *letting {
                <div class="space-y-3 rounded-box bg-base-200 p-4 text-center">
                    <p>{ words.say("let-go-first") }</p>
                    <div class="flex flex-wrap justify-center gap-3">
                        { for [1_u32, 2, 3, 5].into_iter().map(|places| html! {
                            <Button key={places} id={format!("let-{places}")} busy={*busy} onclick={step_back.reform(move |()| places)}>{ places }</Button>
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
