//! A ticket that was taken: on paper if there is a printer, on the phone, or both.

use gloo_timers::callback::Interval;
use medlane_shared::{
    fault::Fault,
    ids::TicketId,
    queue::{State, TicketView, Wait},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{
    core::{Given, print, settle},
    paper::{Lines, draw},
};
use crate::{
    backend::server_address,
    clock::now,
    i18n::{Words, use_words},
    kit::{Button, Kind, Qr, alert, wait_range},
};

/// How long a ticket stays on the screen, in seconds.
const SHOWN_S: u32 = 30;

/// The facts on a taken ticket.
#[derive(Debug, Clone, PartialEq)]
pub struct Slip {
    /// The ticket.
    id: TicketId,
    /// The label that is printed and called.
    label: String,
    /// The name of the branch.
    place: String,
    /// The service.
    service: String,
    /// The waiting time, if it is known.
    wait: Option<Wait>,
    /// Whether nobody is called for now.
    paused: bool,
    /// The address of its live page.
    link: Option<String>,
    /// Whether it counts only once the patient has it.
    held: bool,
}

impl Slip {
    /// For a ticket from the server.
    #[must_use]
    pub fn of(ticket: TicketView) -> Self {
        let link = ticket.link.map(|link| format!("{}/t/{link}", server_address()));
        let TicketView { id, label, branch_name: place, service_name: service, wait, paused, .. } = ticket;
        Self { id, label: label.to_string(), place, service, wait, paused, link, held: true }
    }

    /// For a ticket that was given without the network.
    #[must_use]
    pub fn given(given: &Given, place: String, service: String, held: bool) -> Self {
        let label = given.label.to_string();
        Self { id: given.id, label, place, service, wait: None, paused: false, link: None, held }
    }

    /// Gives the ticket back, because its patient does not see it any more.
    pub async fn give_back(&self) {
        // If this fails, the server cancels a ticket that is still held after some minutes.
        drop(settle(self.id, false).await);
    }

    async fn print(&self, words: Words) -> Result<(), Fault> {
        let mut lines = vec![
            (self.place.clone(), 34, false),
            (self.label.clone(), 120, true),
            (self.service.clone(), 38, true),
        ];
        lines.extend(self.wait.map(|wait| (words.wait(wait).to_string(), 30, false)));
        lines.extend(self.paused.then(|| (words.say("board-paused").to_string(), 26, false)));
        lines.push((words.day(now()), 26, false));
        let qr = self.link.clone().map(|link| (link, words.say("qr-hint").to_string()));
        if qr.is_none() {
            lines.push((words.say("paper-keep").to_string(), 26, false));
        }
        print(draw(&Lines { lines: &lines, qr })?).await
    }
}

/// The state of the paper.
#[derive(Debug, Clone, PartialEq)]
enum Paper {
    /// No paper is wanted.
    None,
    Printing,
    Printed,
    Failed(Fault),
}

/// The properties of the screen.
#[derive(Properties, PartialEq)]
pub struct TakenProps {
    /// The ticket.
    pub slip: Slip,
    /// Whether it is printed.
    pub prints: bool,
    /// Called to start again.
    pub done: Callback<()>,
}

/// The ticket, until the patient confirms it or its time is over, so that the next patient does not see it.
#[component(Taken)]
pub fn taken(props: &TakenProps) -> Html {
    let words = use_words();
    let paper = use_state(|| if props.prints { Paper::Printing } else { Paper::None });
    let left = use_state(|| SHOWN_S);
    let (slip, done) = (props.slip.clone(), props.done.clone());
    let untold = use_state(|| false);
    let says = {
        let (untold, id, held) = (untold.clone(), slip.id, slip.held);
        move |taken: bool| {
            let untold = untold.clone();
            spawn_local(async move {
                // A void ticket that the server does not hear of lapses by itself.
                if held && settle(id, taken).await.is_err() && taken {
                    untold.set(true);
                }
            });
        }
    };
    // If the server's answer is lost, the ticket is neither on the screen nor on paper, so it must not count.
    let is_shown = !props.prints;
    use_effect_with(slip.id, {
        let says = says.clone();
        move |_| {
            if is_shown {
                says(true);
            }
        }
    });
    use_effect_with(paper.clone(), {
        let (slip, says, left) = (slip.clone(), says.clone(), left.clone());
        move |paper| {
            left.set(SHOWN_S);
            if **paper == Paper::Printing {
                let (paper, slip) = (paper.clone(), slip.clone());
                spawn_local(async move {
                    match slip.print(words).await {
                        Ok(()) => {
                            says(true);
                            paper.set(Paper::Printed);
                        }
                        Err(fault) => paper.set(Paper::Failed(fault)),
                    }
                });
            }
        }
    });
    // A patient who leaves without paper has no ticket.
    let leave = {
        let (paper, says, done) = (paper.clone(), says.clone(), done.clone());
        Callback::from(move |()| {
            if matches!(*paper, Paper::Failed(_)) {
                says(false);
            }
            done.emit(());
        })
    };
    let waits = *paper == Paper::Printing;
    use_effect_with((*left, waits), {
        let (left, leave) = (left.clone(), leave.clone());
        move |(now, waits)| {
            let now = *now;
            let tick = move || if now <= 1 { leave.emit(()) } else { left.set(now - 1) };
            let ticking = (!waits).then(|| Interval::new(1_000, tick));
            move || drop(ticking)
        }
    });
    let turn = |to: Paper| {
        let paper = paper.clone();
        Callback::from(move |()| paper.set(to.clone()))
    };
    let keep = {
        let (paper, says) = (paper.clone(), says);
        Callback::from(move |()| {
            says(true);
            paper.set(Paper::None);
        })
    };
    let label = html! {
        <div>
            <p class="text-2xl">{ words.say("your-number") }</p>
            <h1 class="text-9xl font-semibold tracking-tight" dir="ltr" id="label">{ &slip.label }</h1>
            <p class="text-xl text-base-content/70">{ &slip.service }</p>
            if let Some(wait) = slip.wait { <p class="mt-2 text-2xl">{ wait_range(words, wait) }</p> }
            if slip.paused { <p class="mt-2 text-xl" id="slip-paused">{ words.say("board-paused") }</p> }
        </div>
    };
    let body = match &*paper {
        Paper::Printing => {
            html! { <p role="status" id="printing" class="text-3xl font-semibold">{ words.say("printing") }</p> }
        }
        Paper::Failed(fault) => html! {
            <>
                { alert(words, Some(fault.clone())) }
                <div class="grid gap-4">
                    <Button kind={Kind::Primary} id="print-again" class="btn-xl" onclick={turn(Paper::Printing)}>{ words.say("print-again") }</Button>
                    <Button id="print-not" class="btn-xl" onclick={keep}>{ words.say(if slip.link.is_some() { "take-on-phone" } else { "take-by-heart" }) }</Button>
                    <Button kind={Kind::Ghost} id="print-void" class="h-16 text-lg" onclick={leave}>{ words.say_with("no-ticket", &[("n", (*left).into())]) }</Button>
                </div>
            </>
        },
        Paper::None | Paper::Printed => html! {
            <>
                { label }
                if *untold { <p role="alert" id="untold" class="alert alert-warning text-xl">{ words.say("ticket-untold") }</p> }
                if *paper == Paper::Printed { <p role="status" id="printed" class="text-2xl">{ words.say("printed") }</p> }
                if let Some(link) = &slip.link {
                    <div class="space-y-3">
                        <Qr text={link.clone()} label={words.say("qr-label")} />
                        <p class="text-xl">{ words.say("qr-hint") }</p>
                    </div>
                } else {
                    <p class="text-xl">{ words.say("paper-keep") }</p>
                }
                <Button kind={Kind::Primary} id="taken-done" class="btn-xl" onclick={leave}>{ words.say_with("done-in", &[("n", (*left).into())]) }</Button>
            </>
        },
    };
    html! { <section class="space-y-8 text-center" id="taken" data-label={slip.label.clone()}>{ body }</section> }
}

/// The properties of the check-in's result.
#[derive(Properties, PartialEq)]
pub struct ArrivedProps {
    /// The tickets that were checked in.
    pub tickets: Vec<TicketView>,
    /// Called to start again.
    pub done: Callback<()>,
}

/// Confirms the check-in, and says what comes next.
#[component(Arrived)]
pub fn arrived(props: &ArrivedProps) -> Html {
    let words = use_words();
    let left = use_state(|| SHOWN_S);
    use_effect_with(*left, {
        let (left, done) = (left.clone(), props.done.clone());
        move |now| {
            let now = *now;
            let ticking =
                Interval::new(1_000, move || if now <= 1 { done.emit(()) } else { left.set(now - 1) });
            move || drop(ticking)
        }
    });
    html! {
        <section class="space-y-8 text-center" id="arrived">
            <h1 class="text-4xl font-semibold">{ words.say("checked-in") }</h1>
            { for props.tickets.iter().map(|ticket| html! {
                <div key={ticket.id.to_string()} data-label={ticket.label.to_string()}>
                    <p class="text-8xl font-semibold tracking-tight" dir="ltr">{ ticket.label.to_string() }</p>
                    <p class="text-xl text-base-content/70">{ &ticket.service_name }</p>
                    if let Some(wait) = ticket.wait { <p class="mt-2 text-2xl">{ wait_range(words, wait) }</p> }
                    if ticket.paused { <p class="mt-2 text-xl">{ words.say("board-paused") }</p> }
                    if let Some(room) = &ticket.room {
                        <p class="mt-2 text-2xl">{ words.say_with("go-to", &[("room", room.as_str().into())]) }</p>
                    } else if ticket.state == State::Called {
                        <p class="mt-2 text-2xl">{ words.say("come-to-reception") }</p>
                    }
                </div>
            }) }
            <p class="text-xl">{ words.say("checked-in-hint") }</p>
            <Button kind={Kind::Primary} id="arrived-done" class="btn-xl" onclick={props.done.clone()}>{ words.say_with("done-in", &[("n", (*left).into())]) }</Button>
        </section>
    }
}
