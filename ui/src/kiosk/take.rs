//! Taking a ticket at the kiosk: one question, then the ticket.

use gloo_timers::callback::Interval;
use medlane_shared::{
    api::{AskHelp, JoinQueue, ListServices},
    clinic::Service,
    fault::Fault,
    ids::BranchId,
    queue::{Board, Door, JoinRequest, TicketView},
    sync::Topic,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::{call, server_address, use_live},
    i18n::{Language, languages, use_words},
    idle::use_stillness,
    kit::{Button, Kind, Qr, alert, skeleton, wait_range},
};

/// Without a touch for so long somebody is asked whether they are there.
const STILL_MS: f64 = 30_000.0;
/// And for so long again until the screen begins anew.
const WARN_MS: f64 = 10_000.0;
/// How long a ticket stays on the screen.
const SHOWN_S: u32 = 30;

/// Where the kiosk stands.
#[derive(Properties, PartialEq)]
pub struct TakeProps {
    /// Its branch.
    pub branch: BranchId,
}

/// The kiosk's screen.
#[component(Take)]
pub fn take(props: &TakeProps) -> Html {
    let words = use_words();
    let services = use_state(|| None::<Vec<Service>>);
    let (ticket, busy, fault) =
        (use_state(|| None::<TicketView>), use_state(|| false), use_state(|| None::<Fault>));
    let board = use_live::<Board>(Some(Topic::Board(props.branch)));
    use_effect_with((props.branch, board.online), {
        let (services, fault) = (services.clone(), fault.clone());
        move |(branch, _)| {
            let branch = branch.to_string();
            spawn_local(async move {
                match call::<ListServices>(&[&branch], &()).await {
                    Ok(page) => {
                        services.set(Some(page.items));
                        fault.set(None);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        }
    });
    let join = {
        let (ticket, busy, fault, branch_id) = (ticket.clone(), busy.clone(), fault.clone(), props.branch);
        Callback::from(move |service: Service| {
            let request = JoinRequest {
                branch_id,
                service_id: service.id,
                doctor_id: None,
                reason_for_visit: String::new(),
                suggested_priority: None,
                patient_id: None,
            };
            busy.set(true);
            let (ticket, busy, fault) = (ticket.clone(), busy.clone(), fault.clone());
            spawn_local(async move {
                match call::<JoinQueue>(&[], &request).await {
                    Ok(taken) => {
                        ticket.set(Some(taken));
                        fault.set(None);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
                busy.set(false);
            });
        })
    };
    // Whoever comes next finds it as it was: in the clinic's language, with nothing of the one before.
    let language = use_context::<Language>();
    let first = *use_state(|| words.tag());
    let used = ticket.is_none() && (words.tag() != first || fault.is_some());
    let left = use_state(|| None::<u32>);
    use_stillness(used, 1_000, {
        let (left, fault) = (left.clone(), fault.clone());
        Callback::from(move |still: f64| {
            let over = still - STILL_MS;
            if over < 0.0 {
                left.set(None);
            } else if over < WARN_MS {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "seconds of a warning"
                )]
                left.set(Some(((WARN_MS - over) / 1_000.0).ceil() as u32));
            } else {
                left.set(None);
                fault.set(None);
                if let Some(language) = &language {
                    language.choose.emit(first);
                }
            }
        })
    });
    let closed = board.value.as_ref().is_some_and(|board| board.door == Door::Closed);
    let name = board.value.as_ref().map(|board| board.branch_name.clone()).unwrap_or_default();
    let next_of = |service: &Service| {
        let board = board.value.as_ref()?;
        board.next.iter().find(|next| next.service_name == service.name).cloned()
    };
    let choice = |service: &Service| {
        let (join, picked, next) = (join.clone(), service.clone(), next_of(service));
        html! {
            <li key={service.id.to_string()}>
                <button type="button" class="btn h-auto w-full justify-between gap-6 rounded-2xl border-base-300 bg-base-100 px-8 py-7 text-start font-normal shadow-sm"
                    data-service={service.prefix.clone()} disabled={*busy || closed || !board.online} onclick={move |_| join.emit(picked.clone())}>
                    <span class="text-2xl font-semibold">{ &service.name }</span>
                    if let Some(next) = next {
                        <span class="shrink-0 text-end text-base text-base-content/70">
                            <span class="block">{ words.say_with("waiting-count", &[("n", next.waiting.into())]) }</span>
                            if let Some(wait) = next.wait { <span class="block">{ wait_range(words, wait) }</span> }
                        </span>
                    }
                </button>
            </li>
        }
    };
    let inner = match (&*ticket, &*services) {
        (Some(taken), _) => {
            let ticket = ticket.clone();
            html! { <Taken key={taken.id.to_string()} ticket={taken.clone()} done={Callback::from(move |()| ticket.set(None))} /> }
        }
        (None, Some(services)) => html! {
            <>
                <h1 class="text-center text-4xl font-semibold">{ words.say("kiosk-question") }</h1>
                <ul class="space-y-4">{ for services.iter().filter(|service| service.walk_in).map(choice) }</ul>
            </>
        },
        (None, None) if fault.is_some() => html! {},
        (None, None) => skeleton(words),
    };
    html! {
        <div class="flex min-h-dvh flex-col bg-base-200">
            <Languages place={name} />
            <main id="main" class="mx-auto flex w-full max-w-3xl flex-1 flex-col justify-center gap-8 px-6 py-8">
                if let Some(left) = left.filter(|_| used) {
                    <p role="alert" id="still-there" class="alert alert-info text-xl">{ words.say_with("still-there", &[("n", left.into())]) }</p>
                }
                { alert(words, (*fault).clone()) }
                if !board.online && board.value.is_some() { <p role="status" id="offline" class="alert alert-warning text-lg">{ words.say("kiosk-offline") }</p> }
                if closed { <p class="alert alert-warning text-lg">{ words.say("door-closed") }</p> }
                { inner }
            </main>
            <Help branch={props.branch} online={board.online} />
        </div>
    }
}

/// How long it is said that somebody comes.
const HELP_S: u32 = 20;

#[derive(Properties, PartialEq)]
struct HelpProps {
    branch: BranchId,
    online: bool,
}

/// A way to somebody who helps, on every screen, where also short arms reach.
#[component(Help)]
fn help(props: &HelpProps) -> Html {
    let words = use_words();
    let (asked, fault) = (use_state(|| false), use_state(|| None::<Fault>));
    use_effect_with(*asked, {
        let asked = asked.clone();
        move |now| {
            let over =
                now.then(|| gloo_timers::callback::Timeout::new(HELP_S * 1_000, move || asked.set(false)));
            move || drop(over)
        }
    });
    let ask = {
        let (asked, fault, branch) = (asked.clone(), fault.clone(), props.branch.to_string());
        Callback::from(move |()| {
            let (asked, fault, branch) = (asked.clone(), fault.clone(), branch.clone());
            spawn_local(async move {
                let refused = call::<AskHelp>(&[&branch], &()).await.err();
                asked.set(refused.is_none());
                fault.set(refused);
            });
        })
    };
    html! {
        <footer class="mx-auto w-full max-w-3xl space-y-3 px-6 pb-8">
            { alert(words, (*fault).clone()) }
            if *asked {
                <p role="status" id="help-comes" class="alert alert-success text-lg">{ words.say("help-comes") }</p>
            } else {
                <Button kind={Kind::Plain} id="help" class="btn-xl w-full" disabled={!props.online} onclick={ask}>{ words.say("help-ask") }</Button>
            }
        </footer>
    }
}

#[derive(Properties, PartialEq)]
struct LanguagesProps {
    place: AttrValue,
}

/// Every language, each in its own words.
#[component(Languages)]
fn language_choice(props: &LanguagesProps) -> Html {
    let words = use_words();
    let language = use_context::<Language>();
    html! {
        <header class="flex items-center gap-4 px-8 py-6">
            <span class="grid size-12 place-items-center rounded-2xl bg-primary text-2xl font-semibold text-primary-content" aria-hidden="true">{ "M" }</span>
            <p class="page-start min-w-0 flex-1 truncate text-xl font-semibold" dir="auto">{ &props.place }</p>
            <div class="flex gap-2">
                { for languages().map(|(tag, name)| {
                    let choose = language.as_ref().map(|language| language.choose.clone()).unwrap_or_default();
                    let active = tag == words.tag();
                    html! { <button key={tag} type="button" lang={tag} aria-pressed={active.to_string()}
                        class={classes!("btn", "btn-lg", if active { "btn-neutral" } else { "btn-outline" })} onclick={choose.reform(move |_| tag)}>{ name }</button> }
                }) }
            </div>
        </header>
    }
}

#[derive(Properties, PartialEq)]
struct TakenProps {
    ticket: TicketView,
    done: Callback<()>,
}

/// The ticket, until it is taken note of or its time is over: the next one in line must not see it.
#[component(Taken)]
fn taken(props: &TakenProps) -> Html {
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
    let origin = server_address();
    let ticket = &props.ticket;
    html! {
        <section class="space-y-8 text-center" id="taken" data-label={ticket.label.to_string()}>
            <div>
                <p class="text-2xl">{ words.say("your-number") }</p>
                <h1 class="text-9xl font-semibold tracking-tight" dir="ltr" id="label">{ ticket.label.to_string() }</h1>
                <p class="text-xl text-base-content/70">{ &ticket.service_name }</p>
                if let Some(wait) = ticket.wait { <p class="mt-2 text-2xl">{ wait_range(words, wait) }</p> }
            </div>
            if let Some(link) = &ticket.link {
                <div class="space-y-3">
                    <Qr text={format!("{origin}/t/{link}")} label={words.say("qr-label")} />
                    <p class="text-xl">{ words.say("qr-hint") }</p>
                </div>
            }
            <Button kind={Kind::Primary} id="taken-done" class="btn-xl" onclick={props.done.clone()}>{ words.say_with("done-in", &[("n", (*left).into())]) }</Button>
        </section>
    }
}
