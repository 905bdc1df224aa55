//! A ticket as its owner sees it.

use fast_qr::{
    convert::{Builder as _, svg::SvgBuilder},
    qr::QRBuilder,
};
use medlane_shared::{
    queue::{State, TicketView},
    time::Timestamp,
};
use yew::prelude::*;

use super::{ended_badge, ended_by, wait_range};
use crate::i18n::{Words, use_words};

/// The words for a ticket that is not in line. After a missed call they mention a return only while one is possible.
#[must_use]
pub fn now_key(ticket: &TicketView) -> String {
    if let Some(by) = ended_by(ticket.state, ticket.cancelled_by) {
        return format!("now-cancelled-{by}");
    }
    let late = ticket.state == State::NoShow && ticket.return_until.is_none();
    if late { "now-no_show-late".to_owned() } else { format!("now-{}", ticket.state.text()) }
}

/// The services through which a visit went, the first one first.
#[must_use]
pub fn path_text(words: Words, ticket: &TicketView) -> AttrValue {
    words.joined("service-path", ticket.services_before.iter().chain([&ticket.service_name]))
}

/// The line of a ticket: its service, and the doctor who was asked for by name.
#[must_use]
pub fn line_text(ticket: &TicketView) -> String {
    match &ticket.doctor_name {
        Some(doctor) => format!("{} ({doctor})", ticket.service_name),
        None => ticket.service_name.clone(),
    }
}

/// Says that the clinic knows that the patient is on the way.
#[must_use]
pub fn told_text(words: Words, ticket: &TicketView, at: Timestamp) -> AttrValue {
    let at = words.in_zone(&ticket.time_zone).clock(at);
    words.say_with("call-told", &[("at", at.as_str().into())])
}

/// The properties of a ticket's card.
#[derive(Properties, PartialEq)]
pub struct TicketCardProps {
    /// The ticket.
    pub ticket: TicketView,
    /// The actions on it.
    #[prop_or_default]
    pub children: Html,
}

/// Says what happened to a call that has ended, until the next call: the patient may be on the way.
#[hook]
fn use_taken_back(state: State) -> Option<&'static str> {
    let (said, before) = (use_state(|| None), use_mut_ref(|| None::<State>));
    use_effect_with(state, {
        let said = said.clone();
        move |state| {
            let was_called = before.replace(Some(*state)) == Some(State::Called);
            said.set(match state {
                State::Waiting if was_called => Some("call-back"),
                State::Parked if was_called => Some("call-hold"),
                _ => None,
            });
        }
    });
    *said
}

/// A ticket: its label, its state, and what to do now.
#[component(TicketCard)]
pub fn ticket_card(props: &TicketCardProps) -> Html {
    let words = use_words();
    let ticket = &props.ticket;
    let called = ticket.state == State::Called;
    let taken_back = use_taken_back(ticket.state).filter(|_| ticket.sent_at.is_none());
    // The way is shown until the next call, and afterwards in the past.
    let has_way = ticket.sent_at.is_some() || !ticket.state.is_active();
    let service = if has_way { path_text(words, ticket) } else { ticket.service_name.clone().into() };
    let edge = if called { "border-warning ring-4 ring-warning/25" } else { "border-base-300" };
    html! {
        <article class={classes!("card", "border", "bg-base-100", "shadow-sm", edge)} data-state={ticket.state.text()}>
            <div class="card-body gap-5 p-6">
                <div class="flex items-start justify-between gap-3">
                    <div class="min-w-0">
                        if let Some(name) = &ticket.patient_name { <p class="page-start truncate text-sm font-semibold" dir="auto" id="whose">{ name }</p> }
                        <p class="font-medium wrap-anywhere" data-way="">{ service }</p>
                        <p class="text-sm text-base-content/70">{ &ticket.branch_name }</p>
                    </div>
                    { ended_badge(words, ticket) }
                </div>
                <p class="text-center text-6xl font-semibold tracking-tight" dir="ltr" id="label">{ ticket.label.to_string() }</p>
                <div aria-live="polite">
                    if called {
                        <p class="text-center text-xl font-semibold">{ match &ticket.room {
                            Some(room) => words.say_with("go-to", &[("room", room.as_str().into())]),
                            None => words.say("your-turn"),
                        } }</p>
                        if let Some(at) = ticket.on_way_at {
                            <p class="mt-2 text-center text-base-content/80" id="call-told">{ told_text(words, ticket, at) }</p>
                        }
                    } else if let (Some(position), true) = (ticket.position, ticket.wait.is_some() || ticket.paused) {
                        <dl class={classes!("grid", "gap-3", "text-center", ticket.wait.is_some().then_some("grid-cols-2"))}>
                            <div class="rounded-box bg-base-200 p-4">
                                <dt class="text-sm text-base-content/70">{ words.say("position") }</dt>
                                <dd class="text-xl font-semibold tabular-nums sm:text-2xl" id="position">{ position }</dd>
                            </div>
                            if let Some(wait) = ticket.wait {
                                <div class="rounded-box bg-base-200 p-4">
                                    <dt class="text-sm text-base-content/70">{ words.say("waiting-time") }</dt>
                                    <dd class="text-xl font-semibold sm:text-2xl" id="wait">{ wait_range(words, wait) }</dd>
                                </div>
                            }
                        </dl>
                        if ticket.leave_now && ticket.arrived_at.is_none() {
                            <p class="alert alert-warning alert-soft mt-3" id="leave-now">{ words.say("leave-now") }</p>
                        }
                        if ticket.paused {
                            <p class="alert alert-warning alert-soft mt-3" id="paused">{ words.say("queue-paused") }</p>
                        } else {
                            <p class="mt-3 text-center text-sm text-base-content/70">{ words.say("wait-hint") }</p>
                        }
                    } else {
                        <p class="text-center text-base-content/80">{ words.say(&now_key(ticket)) }</p>
                    }
                </div>
                if ticket.sent_at.is_some() {
                    <p role="status" class="alert alert-info alert-soft" id="sent-on">{ words.say_with("sent-on", &[("service", line_text(ticket).as_str().into())]) }</p>
                }
                if let Some(key) = taken_back { <p role="status" class="alert alert-warning alert-soft" id="call-taken-back">{ words.say(key) }</p> }
                { props.children.clone() }
            </div>
        </article>
    }
}

/// The properties of a QR code.
#[derive(Properties, PartialEq)]
pub struct QrProps {
    /// Its text.
    pub text: AttrValue,
    /// Its label for screen readers.
    pub label: AttrValue,
}

/// A QR code.
#[component(Qr)]
pub fn qr(props: &QrProps) -> Html {
    let Ok(code) = QRBuilder::new(props.text.as_bytes()).build() else { return html! {} };
    let svg = SvgBuilder::default().margin(2).to_str(&code);
    html! {
        <div class="mx-auto aspect-square w-full max-w-72 overflow-hidden rounded-box bg-white p-2 [&_svg]:size-full" role="img" aria-label={&props.label}
            data-qr={&props.text}>
            { Html::from_html_unchecked(svg.into()) }
        </div>
    }
}
