//! Joining a queue from home: the branch, the service with its present wait, the reason.

use gloo_storage::{LocalStorage, Storage as _};
use medlane_shared::{
    api::{JoinQueue, ListBranches, ListDependants, ListServices},
    clinic::{Branch, Service},
    fault::Fault,
    identity::Dependant,
    ids::{BranchId, PersonId, ServiceId},
    queue::{Board, Door, JoinRequest, REASON_MAX_CHARS, TicketView},
    sync::Topic,
};
use yew::prelude::*;

use crate::{
    backend::{call, is_unread, person, use_live, use_online, use_press},
    i18n::{Words, use_words, use_zone},
    kit::{Button, Card, Kind, TextArea, alert, select, skeleton, use_rounds, wait_range},
};

/// A line in which somebody of the family waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Taken {
    /// The dependant; `None` for the reader.
    whom: Option<PersonId>,
    service: ServiceId,
    branch: BranchId,
    branch_name: String,
}

impl Taken {
    /// The line of a ticket.
    #[must_use]
    pub fn of(ticket: &TicketView) -> Self {
        Self {
            whom: ticket.patient_id,
            service: ticket.service_id,
            branch: ticket.branch_id,
            branch_name: ticket.branch_name.clone(),
        }
    }
}

/// What the form says about a service in which this person waits already: nobody can wait for it twice, also at
/// another branch.
fn joined(words: Words, taken: &Taken, branch: Option<BranchId>) -> AttrValue {
    if branch == Some(taken.branch) {
        words.say("joined")
    } else {
        words.say_with("joined-at", &[("branch", taken.branch_name.as_str().into())])
    }
}

/// The storage key for the branch that was chosen last: `<person> <branch>`.
const CHOSEN: &str = "medlane.branch";

fn remember(branch: BranchId) {
    if let Some(person) = person() {
        // Without storage it is chosen again each time.
        drop(LocalStorage::raw().set_item(CHOSEN, &format!("{person} {branch}")));
    }
}

/// The branch that this person chose last.
fn remembered() -> Option<BranchId> {
    let kept = LocalStorage::raw().get_item(CHOSEN).ok().flatten()?;
    let (of, branch) = kept.split_once(' ')?;
    person().filter(|person| person.to_string() == of).and(branch.parse().ok())
}

/// The branch that is chosen already: where the family waits, or the one chosen last, or the only one. Otherwise
/// none is, because somebody who does not look would join the line of another place.
fn first_branch(all: &[BranchId], taken: &[Taken], last: Option<BranchId>) -> Option<BranchId> {
    let only = all.first().filter(|_| all.len() == 1).copied();
    let waits = taken.iter().map(|taken| taken.branch);
    waits.chain(last).find(|branch| all.contains(branch)).or(only)
}

/// The properties of the form.
#[derive(Properties, PartialEq)]
pub struct JoinProps {
    /// The lines in which the family waits.
    pub taken: Vec<Taken>,
}

/// The form to join a queue.
#[component(Join)]
pub fn join(props: &JoinProps) -> Html {
    let words = use_words();
    let branches = use_state(|| None::<Vec<Branch>>);
    let (chosen, service) = (use_state(|| None::<BranchId>), use_state(|| None::<Service>));
    let services = use_state(|| None::<Vec<Service>>);
    let (dependants, whom) = (use_state(Vec::<Dependant>::new), use_state(|| None::<PersonId>));
    let fault = use_state(|| None::<Fault>);
    // What could not be loaded without the network is loaded as soon as it is back.
    let is_back = use_online() && fault.as_ref().is_some_and(is_unread);
    use_effect_with(is_back && branches.is_none(), {
        let (branches, fault) = (branches.clone(), fault.clone());
        let dependants = dependants.clone();
        move |_| {
            if branches.is_some() {
                return;
            }
            wasm_bindgen_futures::spawn_local(async move {
                // Without the list the reader can still join for themselves.
                if let Ok(page) = call::<ListDependants>(&[], &()).await {
                    dependants.set(page.items);
                }
            });
            wasm_bindgen_futures::spawn_local(async move {
                match call::<ListBranches>(&[], &()).await {
                    Ok(page) => {
                        fault.set(None);
                        branches.set(Some(page.items));
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        }
    });
    let all = branches.iter().flatten();
    let ids: Vec<BranchId> = all.clone().map(|branch| branch.id).collect();
    // The tickets may come after the branches.
    let branch = (*chosen).or_else(|| first_branch(&ids, &props.taken, remembered()));
    let place = all.clone().find(|place| Some(place.id) == branch);
    use_zone(place.map(|place| place.time_zone.clone()));
    let place_name = AttrValue::from(place.map(|place| place.name.clone()).unwrap_or_default());
    let rounds = use_rounds();
    let loaded = use_mut_ref(|| None::<BranchId>);
    use_effect_with((branch, is_back), {
        let (services, service, fault) = (services.clone(), service.clone(), fault.clone());
        move |(branch, _)| {
            // A chosen service stays when only the connection has changed.
            if *loaded.borrow() == *branch {
                return;
            }
            loaded.replace(None);
            services.set(None);
            service.set(None);
            let round = rounds.begin();
            if let Some(branch) = *branch {
                wasm_bindgen_futures::spawn_local(async move {
                    match call::<ListServices>(&[&branch.to_string()], &()).await {
                        // The services of another branch must not stand under this one.
                        _ if round.is_over() => {}
                        Ok(page) => {
                            loaded.replace(Some(branch));
                            fault.set(None);
                            services.set(Some(page.items));
                        }
                        Err(refused) => fault.set(Some(refused)),
                    }
                });
            }
        }
    });
    let board = use_live::<Board>(branch.map(Topic::Board));
    let wait_of = |service: ServiceId| board.value.as_ref()?.next_of(service)?.wait;
    let closed = board.value.as_ref().is_some_and(|board| board.door == Door::Closed);
    let paused = board.value.as_ref().is_some_and(|board| board.door == Door::Paused);
    let tabs = all.map(|place| {
        let (chosen, id) = (chosen.clone(), place.id);
        let active = branch == Some(id);
        html! { <button key={id.to_string()} type="button" role="tab" aria-selected={active.to_string()} class={classes!("btn", "h-auto", "min-h-12", "py-2", active.then_some("btn-primary"))}
            onclick={move |_| { remember(id); chosen.set(Some(id)); }}>{ &place.name }</button> }
    });
    let is_unchosen = branch.is_none() && branches.is_some();
    html! {
            <Card title={words.say("join-title")}>
                { alert(words, (*fault).clone()) }
                if !dependants.is_empty() { { for_whom(words, &dependants, &whom) } }
                if is_unchosen { <p class="font-medium" id="join-where">{ words.say("join-where") }</p> }
                <div role="tablist" class="flex flex-wrap gap-2" aria-label={words.say("join-where")}>{ for tabs }</div>
                if paused { <p class="alert alert-warning alert-soft" id="join-paused">{ words.say("queue-paused-join") }</p> }
                if closed { <p class="alert alert-warning alert-soft">{ words.say("door-closed") }</p> }
                if let (Some(chosen), Some(branch)) = (&*service, branch) {
                    <Reason {branch} place={place_name.clone()} whom={*whom} service={chosen.clone()} back={Callback::from({ let service = service.clone(); move |()| service.set(None) })} />
                } else if let Some(services) = &*services {
                    <ul class="space-y-2">
                        { for services.iter().filter(|offered| offered.walk_in).map(|offered| {
                            let (service, picked) = (service.clone(), offered.clone());
                            // From here on the branch stays, whatever tickets come.
                            let pick = {
                                let chosen = chosen.clone();
                                move |_| { chosen.set(branch); service.set(Some(picked.clone())); }
                            };
                            let taken = props.taken.iter().find(|taken| (taken.whom, taken.service) == (*whom, offered.id));
                            html! {
                                <li key={offered.id.to_string()}>
                                    <button type="button" disabled={taken.is_some() || closed} data-service={offered.prefix.clone()}
                                        class="btn h-auto w-full justify-between gap-3 px-4 py-3 text-start font-normal" onclick={pick}>
                                        <span class="min-w-0">
                                            <span class="block font-medium text-base-content">{ &offered.name }</span>
                                            <span class="block text-sm text-base-content/70">{ words.list(offered.doctors.iter().map(|doctor| &doctor.name)) }</span>
                                        </span>
    if let Some(taken) = taken { <span class="badge badge-soft badge-info h-auto text-end" data-joined="">{ joined(words, taken, branch) }</span> }
                                        else if let Some(wait) = wait_of(offered.id) { <span class="shrink-0 text-sm">{ wait_range(words, wait) }</span> }
                                    </button>
                                </li>
                            }
                        }) }
                    </ul>
                } else if !is_unchosen {
                    { skeleton(words) }
                }
            </Card>
        }
}

/// The choice of the patient: the reader, or one of their dependants.
fn for_whom(words: Words, dependants: &[Dependant], whom: &UseStateHandle<Option<PersonId>>) -> Html {
    let own = (AttrValue::default(), words.say("for-myself"));
    let others = dependants.iter().map(|one| (one.id.to_string().into(), one.name.clone().into()));
    let onchange = {
        let whom = whom.clone();
        Callback::from(move |id: String| whom.set(id.parse().ok()))
    };
    html! {
        <div class="flex flex-wrap items-center gap-3" id="for-whom">
            <span class="font-medium">{ words.say("for-whom") }</span>
            { select(words.say("for-whom"), &std::iter::once(own).chain(others).collect::<Vec<_>>(), &whom.map(|id| id.to_string()).unwrap_or_default(), &onchange) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ReasonProps {
    branch: BranchId,
    place: AttrValue,
    whom: Option<PersonId>,
    service: Service,
    back: Callback<()>,
}

#[component(Reason)]
fn reason(props: &ReasonProps) -> Html {
    let words = use_words();
    let (text, press) = (use_state(String::new), use_press());
    let go = {
        let (text, press, back) = (text.clone(), press.clone(), props.back.clone());
        let (branch_id, service_id, patient_id) = (props.branch, props.service.id, props.whom);
        Callback::from(move |()| {
            let request = JoinRequest {
                branch_id,
                service_id,
                doctor_id: None,
                reason_for_visit: (*text).clone(),
                suggested_priority: None,
                patient_id,
                held: false,
            };
            press.calls_then::<JoinQueue>(&[], &request, back.clone());
        })
    };
    html! {
        <div class="space-y-4">
            <p class="font-medium">{ &props.service.name }<span class="block text-sm font-normal" id="join-place">{ props.place.clone() }</span></p>
            { alert(words, press.fault()) }
            <TextArea name="reason" label={words.say("reason-for-visit")} hint={words.say("reason-for-visit-hint")} max={REASON_MAX_CHARS} value={(*text).clone()}
                oninput={Callback::from(move |typed| text.set(typed))} />
            <div class="flex gap-3">
                <Button kind={Kind::Primary} id="join" class="flex-1" busy={press.is_busy()} onclick={go}>{ words.say("join") }</Button>
                <Button kind={Kind::Ghost} onclick={props.back.clone()}>{ words.say("back") }</Button>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::time::Timestamp;

    use super::*;

    fn taken(branch: BranchId) -> Taken {
        let service = ServiceId::new(Timestamp::from_ms(1), [9; 10]);
        Taken { whom: None, service, branch, branch_name: String::new() }
    }

    #[test]
    fn no_branch_is_chosen_for_somebody_who_could_mean_another() {
        let [here, there, gone] = [1, 2, 3].map(|n| BranchId::new(Timestamp::from_ms(1), [n; 10]));
        assert_eq!(first_branch(&[here, there], &[], None), None);
        assert_eq!(first_branch(&[here], &[], None), Some(here), "there is no other");
        assert_eq!(first_branch(&[here, there], &[], Some(there)), Some(there));
        assert_eq!(first_branch(&[here, there], &[], Some(gone)), None, "it is closed for good");
        assert_eq!(first_branch(&[here, there], &[taken(there)], Some(here)), Some(there), "they wait there");
    }
}
