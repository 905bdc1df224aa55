//! The kiosk's screens: the language, what the patient needs, who they are. There is one question per screen, and at
//! most three.

use gloo_timers::future::sleep;
use medlane_shared::{
    api::{CheckIn as CheckInCall, JoinQueue, ListBranches, ListServices},
    clinic::{Branch, Service},
    fault::{Code, Fault},
    ids::BranchId,
    lean,
    queue::{Board, CheckInChoice, CheckInRequest, Door, JoinRequest, Label, TicketView},
    sync::Topic,
};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{
    around::{Above, Below, Ease, Tongues},
    check_in::CheckIn,
    core::{AGAIN, give, prints},
    taken::{Arrived, Slip, Taken},
    voice,
    which::Which,
};
use crate::{
    backend::{call, is_window, use_live},
    i18n::{Language, languages, use_words, use_zone},
    idle::use_stillness,
    kit::{Round, alert, skeleton, use_away, use_rounds, use_title, wait_range},
};

/// After this time without a touch the screen asks whether the patient is still there, in milliseconds.
const STILL_MS: f64 = 30_000.0;
/// After this further time the screen starts again, in milliseconds.
const WARN_MS: f64 = 10_000.0;

/// The present step.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Language,
    Need,
    Who,
    Which(CheckInRequest, Vec<Label>),
    Taken(Slip),
    Arrived(Vec<TicketView>),
}

/// The labels to choose from, if a refusal asks which tickets are meant; `None` if it names none.
fn which(refused: &Fault) -> Option<Vec<Label>> {
    let found = refused.present.clone().filter(|_| refused.code == Code::CheckInWhich)?;
    lean::read::<CheckInChoice>(found).ok().map(|found| found.labels).filter(|labels| !labels.is_empty())
}

/// A ticket that a patient asks for.
struct Wish {
    branch_id: BranchId,
    service: Service,
    /// The check-in that the server matches later.
    claim: Option<CheckInRequest>,
    /// The name of the branch, for the paper.
    place: String,
    has_printer: bool,
}

impl Wish {
    /// Takes the ticket: from the server, or of this kiosk's own series. Only tickets of its own series bring a
    /// check-in to the server.
    async fn take(self, round: &Round) -> Result<Slip, Fault> {
        let Self { branch_id, service, claim, place, has_printer } = self;
        if claim.is_none() {
            let request = JoinRequest {
                branch_id,
                service_id: service.id,
                doctor_id: None,
                reason_for_visit: String::new(),
                suggested_priority: None,
                patient_id: None,
                held: true,
            };
            match call::<JoinQueue>(&[], &request).await {
                Ok(ticket) => return Ok(Slip::of(ticket)),
                Err(refused) if refused.code != Code::Offline || round.is_over() => return Err(refused),
                Err(_) => {}
            }
        }
        let given = give(service.id, claim).await?;
        Ok(Slip::given(&given, place, service.name, has_printer))
    }
}

/// The properties of the screen.
#[derive(Properties, PartialEq)]
pub struct ScreenProps {
    /// The kiosk's branch.
    pub branch: BranchId,
}

/// The kiosk's screen.
#[component(Screen)]
pub fn screen(props: &ScreenProps) -> Html {
    let words = use_words();
    use_title(format!("{} · Medlane", words.say("kiosk")));
    let (services, place) = (use_state(|| None::<Vec<Service>>), use_state(|| None::<Branch>));
    let (step, ease) = (use_state(|| Step::Language), use_state(Ease::default));
    let (busy, fault, claim) =
        (use_state(|| false), use_state(|| None::<Fault>), use_state(|| None::<CheckInRequest>));
    let has_printer = use_state(|| false);
    let board = use_live::<Board>(Some(Topic::Board(props.branch)));
    use_effect_with((props.branch, board.online), {
        let (services, place, fault, has_printer) =
            (services.clone(), place.clone(), fault.clone(), has_printer.clone());
        move |(branch, _)| {
            let branch = *branch;
            spawn_local(async move {
                has_printer.set(prints().await);
                loop {
                    let found = call::<ListServices>(&[&branch.to_string()], &()).await;
                    let refused = match (found, call::<ListBranches>(&[], &()).await) {
                        (Ok(page), Ok(branches)) => {
                            services.set(Some(page.items));
                            let here = branches.items.into_iter().find(|here| here.id == branch);
                            place.set(here);
                            return fault.set(None);
                        }
                        (Err(refused), _) | (_, Err(refused)) => refused,
                    };
                    // Known data stays, and is loaded again with the connection. That the connection is down is said
                    // only once.
                    if services.is_some() {
                        return;
                    }
                    let passes = refused.code.may_pass();
                    fault.set(Some(refused));
                    if !passes {
                        return;
                    }
                    sleep(AGAIN).await;
                }
            });
        }
    });
    // The next patient finds the screen in the clinic's language, without data of the patient before.
    let language = use_context::<Language>();
    let began = *use_state(|| words.tag());
    use_zone(place.as_ref().map(|place| place.time_zone.clone()));
    let own = place.as_ref().and_then(|place| place.languages.first());
    let own = own.and_then(|own| languages().map(|(tag, _)| tag).find(|tag| tag == own));
    let first = own.unwrap_or(began);
    use_effect_with(own, {
        let (language, untouched) = (language.clone(), *step == Step::Language && *ease == Ease::default());
        move |own| {
            if let (Some(language), Some(own), true) = (language, own, untouched) {
                language.choose.emit(own);
            }
        }
    });
    let rounds = use_rounds();
    let again = {
        let (step, ease, fault, claim) = (step.clone(), ease.clone(), fault.clone(), claim.clone());
        let (language, busy, rounds) = (language.clone(), busy.clone(), rounds.clone());
        Callback::from(move |()| {
            // An answer that is still on its way belongs to the patient before.
            rounds.begin();
            busy.set(false);
            step.set(Step::Language);
            ease.set(Ease::default());
            fault.set(None);
            claim.set(None);
            voice::hush();
            if let Some(language) = &language {
                language.choose.emit(first);
            }
        })
    };
    use_effect_with(*ease, |ease| ease.show());
    // If the patient wants it, each screen is read aloud.
    use_effect_with(((*step).clone(), ease.speaks, words.tag(), (*fault).clone()), |(_, speaks, tag, _)| {
        voice::hush();
        let main = web_sys::window().and_then(|window| window.document()?.get_element_by_id("main"));
        let main = main.and_then(|main| main.dyn_into::<web_sys::HtmlElement>().ok());
        if let Some(main) = main.filter(|_| *speaks) {
            voice::say(&main.inner_text(), tag);
        }
    });
    let asks = matches!(*step, Step::Language | Step::Need | Step::Who | Step::Which(..));
    let used = asks && (*step != Step::Language || *ease != Ease::default() || words.tag() != first);
    let left = use_state(|| None::<u32>);
    use_stillness(used, 1_000, {
        let (left, again) = (left.clone(), again.clone());
        Callback::from(move |still: f64| {
            let over = still - STILL_MS;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "seconds of a warning"
            )]
            let seconds = ((WARN_MS - over) / 1_000.0).ceil() as u32;
            left.set((0.0..WARN_MS).contains(&over).then_some(seconds));
            if over >= WARN_MS {
                again.emit(());
            }
        })
    });
    let take = {
        let (step, busy, fault, claim, place) =
            (step.clone(), busy.clone(), fault.clone(), claim.clone(), place.clone());
        let (branch_id, has_printer, rounds) = (props.branch, *has_printer, rounds.clone());
        Callback::from(move |service: Service| {
            busy.set(true);
            let (step, busy, fault, round) = (step.clone(), busy.clone(), fault.clone(), rounds.present());
            let wish = Wish {
                branch_id,
                service,
                claim: (*claim).clone(),
                place: place.as_ref().map(|place| place.name.clone()).unwrap_or_default(),
                has_printer,
            };
            spawn_local(async move {
                let taken = wish.take(&round).await;
                if round.is_over() {
                    // Nobody sees this ticket: it must not be called.
                    if let Ok(slip) = taken {
                        slip.give_back().await;
                    }
                    return;
                }
                match taken {
                    Ok(slip) => {
                        fault.set(None);
                        step.set(Step::Taken(slip));
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
                busy.set(false);
            });
        })
    };
    let arrive = {
        let (step, busy, fault, claim) = (step.clone(), busy.clone(), fault.clone(), claim.clone());
        let (branch, rounds) = (props.branch.to_string(), rounds.clone());
        Callback::from(move |said: CheckInRequest| {
            busy.set(true);
            let (step, busy, fault, claim, branch) =
                (step.clone(), busy.clone(), fault.clone(), claim.clone(), branch.clone());
            let round = rounds.present();
            spawn_local(async move {
                let arrived = call::<CheckInCall>(&[&branch], &said).await;
                if round.is_over() {
                    return;
                }
                match arrived {
                    Ok(mine) => {
                        fault.set(None);
                        step.set(Step::Arrived(mine.tickets));
                    }
                    // The server will match it later. Until then a new ticket keeps the place.
                    Err(Fault { code: Code::Offline, .. }) if is_window() => {
                        claim.set(Some(said));
                        fault.set(None);
                        step.set(Step::Need);
                    }
                    // The question shows labels, so that nobody can read the names.
                    Err(refused) => match which(&refused) {
                        Some(labels) => {
                            fault.set(None);
                            step.set(Step::Which(said, labels));
                        }
                        None => fault.set(Some(refused)),
                    },
                }
                busy.set(false);
            });
        })
    };
    let go = |to: Step| {
        let (step, fault) = (step.clone(), fault.clone());
        Callback::from(move |()| {
            fault.set(None);
            step.set(to.clone());
        })
    };
    let closed = board.value.as_ref().is_some_and(|board| board.door == Door::Closed);
    let goes_on = board.online || is_window();
    let paused = board.value.as_ref().is_some_and(|board| board.door == Door::Paused);
    let away = use_away(board.online);
    let inner = match (&*step, &*services) {
        // The buttons appear only when their final places are known.
        (Step::Language, None) if fault.is_none() => skeleton(words),
        (Step::Language, _) => {
            html! { <Tongues here={place.as_ref().map(|place| place.languages.clone()).unwrap_or_default()} chosen={go(Step::Need)} /> }
        }
        (Step::Taken(slip), _) => {
            html! { <Taken slip={slip.clone()} prints={*has_printer} done={again.clone()} /> }
        }
        (Step::Arrived(tickets), _) => html! { <Arrived tickets={tickets.clone()} done={again.clone()} /> },
        (Step::Which(said, labels), _) => {
            let said = said.clone();
            let chosen = arrive.reform(move |labels| CheckInRequest { labels, ..said.clone() });
            html! { <Which labels={labels.clone()} busy={*busy} {chosen} /> }
        }
        (Step::Who, _) => html! { <CheckIn busy={*busy} claim={arrive} /> },
        (Step::Need, Some(services)) => html! {
            <>
                <h1 class="text-center text-4xl font-semibold">{ words.say(if claim.is_some() { "kiosk-matched-later" } else { "kiosk-question" }) }</h1>
                <ul class="space-y-4">
                    if claim.is_none() {
                        <li><button type="button" id="have-ticket" class="btn btn-neutral h-20 w-full rounded-2xl text-2xl" disabled={*busy} onclick={go(Step::Who).reform(|_| ())}>{ words.say("have-ticket") }</button></li>
                    }
                    { for services.iter().filter(|service| service.walk_in).map(|service| {
                        let next = board.value.as_ref().filter(|_| board.online);
                        let next = next.and_then(|board| board.next_of(service.id));
                        let (take, picked) = (take.clone(), service.clone());
                        html! {
                            <li key={service.id.to_string()}>
                                <button type="button" class="btn h-auto w-full justify-between gap-6 rounded-2xl border-base-300 bg-base-100 px-8 py-7 text-start font-normal shadow-sm"
                                    data-service={service.prefix.clone()} disabled={*busy || closed || !goes_on} onclick={move |_| take.emit(picked.clone())}>
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
                    }) }
                </ul>
            </>
        },
        (Step::Need, None) if fault.is_some() => html! {},
        (Step::Need, None) => skeleton(words),
    };
    let above = if ease.low { "justify-end" } else { "justify-center" };
    html! {
        <div class="flex min-h-dvh flex-col bg-base-200">
            <Above place={place.as_ref().map(|place| place.name.clone()).unwrap_or_default()} again={(asks && *step != Step::Language).then(|| again.clone())} />
            <main id="main" class="mx-auto flex w-full max-w-3xl flex-1 flex-col px-6 pb-8">
                // Notices have a place of their own, so that nothing moves under a finger.
                <div class="min-h-20 space-y-3">
                    if let Some(left) = left.filter(|_| used) {
                        <p role="alert" id="still-there" class="alert alert-info text-xl">{ words.say_with("still-there", &[("n", left.into())]) }</p>
                    }
                    { alert(words, (*fault).clone()) }
                    if away && services.is_some() { <p role="status" id="offline" class="alert alert-warning text-lg">{ words.say(if goes_on { "kiosk-goes-on" } else { "kiosk-offline" }) }</p> }
                    if paused { <p class="alert alert-warning text-lg" id="paused">{ words.say("queue-paused-join") }</p> }
                    if closed { <p class="alert alert-warning text-lg">{ words.say("door-closed") }</p> }
                </div>
                <div class={classes!("flex", "flex-1", "flex-col", "gap-8", above)}>{ inner }</div>
            </main>
            <Below branch={props.branch} tongues={(*step == Step::Language).then(|| place.as_ref().map(|place| place.languages.clone()).unwrap_or_default())} online={board.online} ease={*ease} set={Callback::from({ let ease = ease.clone(); move |next| ease.set(next) })} />
        </div>
    }
}
