//! A patient who walks in: the desk finds or registers them, and puts them in line.

use std::rc::Rc;

use medlane_shared::{
    api::{JoinQueue, RegisterPatient},
    clinic::Service,
    fault::{Code, Fault},
    identity::{Gender, PatientRequest, PatientView},
    ids::{BranchId, PersonId, ServiceId},
    lean,
    notify::Channel,
    queue::{JoinRequest, TicketView},
    typed::phone_text,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{
    begun::{BEGUN, Begun},
    search::{Search, more_match, use_patients},
};
use crate::{
    address::PageLink,
    backend::call,
    i18n::{Words, use_words},
    kit::{
        Button, Card, DateFields, Field, Kind, alert, focus, focus_first, forget_kept, select, use_kept,
        use_next_focus,
    },
    queue::{gender_key, genders, record_texts},
};

/// How many patients are shown at once.
const SHOWN: u32 = 8;

/// The branch.
#[derive(Properties, PartialEq)]
pub struct WalkInProps {
    /// The branch.
    pub branch: BranchId,
    /// The services of the branch.
    pub services: Rc<Vec<Service>>,
    /// Called to leave the screens.
    pub close: Callback<()>,
}

/// The present step: find the patient, register them, put them in line, done.
#[derive(Clone, PartialEq)]
enum Place {
    Find,
    New { alike: Vec<PatientView> },
    Join(Option<PatientView>),
    Joined(Box<TicketView>),
}

/// An action on these screens.
#[derive(Clone, PartialEq)]
enum Doing {
    Find(String),
    Go(Place),
    /// Goes on with the registration that was begun.
    GoOn,
    Typed(PatientRequest),
    Register {
        is_new: bool,
    },
    Join,
    /// The next patient: nothing of the last one stays.
    Next,
}

/// The screens, with one question each.
#[component(WalkIn)]
pub fn walk_in(props: &WalkInProps) -> Html {
    let words = use_words();
    // What was typed before a lock, or before the screens were left, is offered for the same person.
    let begun = use_kept(BEGUN, Begun::default);
    let fields = &begun.fields;
    let place = use_state(|| Place::Find);
    let q = use_state(String::new);
    let search = use_patients(&q, SHOWN);
    let service = use_state(|| None::<ServiceId>);
    let doctor = use_state(|| None::<PersonId>);
    let fault = use_state(|| None::<Fault>);
    // A service is chosen for the patient only where there is no other.
    let chosen = (*service).or_else(|| only_one(props.services.iter().filter(|one| one.walk_in)));
    let act = {
        let (place, q) = (place.clone(), q.clone());
        let (begun, service, doctor, fault) = (begun.clone(), service.clone(), doctor.clone(), fault.clone());
        let (branch_id, language) = (props.branch, words.tag());
        Callback::from(move |doing: Doing| {
            let (place, fault) = (place.clone(), fault.clone());
            match doing {
                Doing::Go(next) => {
                    if let Place::New { .. } = &next
                        && !matches!(*place, Place::New { .. })
                    {
                        begun.set(begun.of(&q));
                    }
                    if let (Place::New { .. }, Place::Join(Some(_))) = (&*place, &next) {
                        // It is one of the patients who are registered already.
                        begun.set(Begun::default());
                    }
                    if let Place::Join(_) | Place::Find = &next {
                        // The service was chosen for somebody else.
                        service.set(None);
                        doctor.set(None);
                    }
                    fault.set(None);
                    place.set(next);
                }
                Doing::GoOn => {
                    q.set(begun.q.clone());
                    place.set(Place::New { alike: Vec::new() });
                }
                Doing::Next => {
                    q.set(String::new());
                    begun.set(Begun::default());
                    service.set(None);
                    doctor.set(None);
                    fault.set(None);
                    place.set(Place::Find);
                }
                Doing::Find(text) => q.set(text),
                Doing::Typed(request) => {
                    begun.set(Begun { fields: request, ..(*begun).clone() });
                    // A question about similar patients was about the values before.
                    place.set(Place::New { alike: Vec::new() });
                }
                Doing::Register { is_new } => {
                    let request = PatientRequest {
                        is_new,
                        language: Some(language.to_owned()),
                        ..begun.fields.clone()
                    };
                    let begun = begun.clone();
                    spawn_local(async move {
                        match call::<RegisterPatient>(&[], &request).await {
                            Ok(patient) => {
                                fault.set(None);
                                begun.set(Begun::default());
                                place.set(Place::Join(Some(patient)));
                            }
                            Err(refused) => {
                                if refused.code == Code::PatientAlike {
                                    let alike = refused.present.clone().and_then(|it| lean::read(it).ok());
                                    place.set(Place::New { alike: alike.unwrap_or_default() });
                                }
                                fault.set(Some(refused));
                            }
                        }
                    });
                }
                Doing::Join => {
                    let Place::Join(patient) = &*place else { return };
                    let Some(service_id) = chosen else { return };
                    let request = JoinRequest {
                        branch_id,
                        service_id,
                        doctor_id: *doctor,
                        reason_for_visit: String::new(),
                        suggested_priority: None,
                        patient_id: patient.as_ref().map(|patient| patient.id),
                        held: false,
                    };
                    let place = place.clone();
                    spawn_local(async move {
                        match call::<JoinQueue>(&[], &request).await {
                            Ok(ticket) => {
                                fault.set(None);
                                place.set(Place::Joined(Box::new(ticket)));
                            }
                            Err(refused) => fault.set(Some(refused)),
                        }
                    });
                }
            }
        })
    };
    let close = {
        let close = props.close.clone();
        Callback::from(move |()| {
            forget_kept(BEGUN);
            close.emit(());
        })
    };
    let opened = match &*place {
        Place::Find => "walk-in-q",
        // Not on the button that was pressed last: a second press would register the patient twice.
        Place::New { alike } if !alike.is_empty() => "walk-in-alike-said",
        Place::New { .. } => "new-name",
        Place::Join(_) if chosen.is_none() => "walk-in-service",
        Place::Join(_) => "walk-in-join",
        Place::Joined(_) => "walk-in-next",
    };
    use_effect_with(opened, |opened| match *opened {
        "walk-in-service" => focus_first("walk-in-service"),
        opened => focus(opened),
    });
    use_next_focus(begun.is_begun(), vec!["walk-in-q".into()]);
    let body = match &*place {
        Place::Find => find(words, (&q, &begun), &search, &act),
        Place::New { alike } => register(words, fields, alike, &act),
        Place::Join(patient) => {
            let open = chosen.is_none().then(|| (AttrValue::default(), words.say("walk-in-service")));
            let all = props.services.iter().filter(|one| one.walk_in);
            let all = all.map(|one| (one.id.to_string().into(), one.name.clone().into()));
            let offered: Vec<(AttrValue, AttrValue)> = open.into_iter().chain(all).collect();
            let doctors =
                props.services.iter().find(|one| Some(one.id) == chosen).map(|one| one.doctors.as_slice());
            let anyone = (AttrValue::default(), words.say("any-doctor"));
            let doctors: Vec<(AttrValue, AttrValue)> = std::iter::once(anyone)
                .chain(
                    doctors
                        .into_iter()
                        .flatten()
                        .map(|one| (one.id.to_string().into(), one.name.clone().into())),
                )
                .collect();
            let to_service = Callback::from({
                let (service, doctor) = (service.clone(), doctor.clone());
                move |id: String| {
                    service.set(id.parse().ok());
                    doctor.set(None);
                }
            });
            let to_doctor = Callback::from({
                let doctor = doctor.clone();
                move |id: String| doctor.set(id.parse().ok())
            });
            html! {
                <div class="space-y-4">
                    <p class="page-start text-lg font-medium" dir="auto">{ patient.as_ref().map_or_else(|| words.say("no-name"), |patient| patient.name.clone().into()) }</p>
                    if let Some(patient) = patient { <p class="flex flex-wrap items-center gap-x-3 text-sm" id="walk-in-facts">{ facts(words, patient) }</p> }
                    { unconfirmed(words, patient.as_ref()) }
                    <div class="flex flex-wrap gap-3">
                        <div id="walk-in-service">{ select(words.say("service"), &offered, &chosen.map(|id| id.to_string()).unwrap_or_default(), &to_service) }</div>
                        if doctors.len() > 1 { { select(words.say("doctor"), &doctors, &doctor.map(|id| id.to_string()).unwrap_or_default(), &to_doctor) } }
                    </div>
                    <div class="flex gap-2">
                        <Button kind={Kind::Primary} id="walk-in-join" disabled={chosen.is_none()} onclick={act.reform(|()| Doing::Join)}>{ words.say("walk-in-join") }</Button>
                        <Button kind={Kind::Ghost} onclick={act.reform(|()| Doing::Go(Place::Find))}>{ words.say("back") }</Button>
                    </div>
                </div>
            }
        }
        Place::Joined(ticket) => html! {
            <div class="space-y-4" role="status">
                <p class="text-5xl font-semibold tracking-tight" dir="ltr" id="walk-in-label">{ ticket.label.to_string() }</p>
                <p class="text-base-content/70">{ &ticket.service_name }</p>
                if ticket.paused { <p class="alert alert-warning alert-soft" id="walk-in-paused">{ words.say("door-is-paused") }</p> }
                <div class="flex gap-2">
                    <Button kind={Kind::Primary} id="walk-in-next" onclick={act.reform(|()| Doing::Next)}>{ words.say("walk-in-next") }</Button>
                    <Button kind={Kind::Ghost} onclick={close.clone()}>{ words.say("close") }</Button>
                </div>
            </div>
        },
    };
    html! {
        <Card title={words.say("walk-in")} class="mb-4">
            { alert(words, (*fault).clone().or(search.fault)) }
            { body }
            if !matches!(&*place, Place::Joined(_)) {
                <div><Button kind={Kind::Ghost} class="btn-sm" id="walk-in-close" onclick={close.clone()}>{ words.say("close") }</Button></div>
            }
        </Card>
    }
}

/// A contact, marked if it is not confirmed.
pub fn contact_line(words: Words, address: &str, is_proven: bool) -> Html {
    html! {
        <span class="inline-flex min-w-0 flex-wrap items-center gap-2">
            <bdi class="truncate">{ phone_text(address) }</bdi>
            if !is_proven { <span class="badge badge-warning badge-soft badge-sm" data-unconfirmed="true">{ words.say("contact-unconfirmed") }</span> }
        </span>
    }
}

/// A note that the patient has an unconfirmed contact, with the link to confirm it.
fn unconfirmed(words: Words, patient: Option<&PatientView>) -> Html {
    let reached = patient.map(|one| [(&one.phone, Channel::Sms), (&one.email, Channel::Email)]);
    let proven = patient.map(|one| one.proven.as_slice()).unwrap_or_default();
    let is_open =
        |(address, channel): &(&Option<String>, Channel)| address.is_some() && !proven.contains(channel);
    if !reached.into_iter().flatten().any(|one| is_open(&one)) {
        return html! {};
    }
    html! {
        <p class="text-sm" id="walk-in-unconfirmed">
            { words.say("walk-in-unconfirmed") }{ " " }
            <PageLink class="underline underline-offset-4" href="/console/patients">{ words.say("tab-patients") }</PageLink>
        </p>
    }
}

/// The facts that tell a patient from others of the same name.
fn facts(words: Words, patient: &PatientView) -> Html {
    let known = [
        patient.birth_date.as_deref().map(|day| words.date(day)),
        patient.gender.map(|gender| words.say(gender_key(gender)).to_string()),
    ];
    let known = known.into_iter().flatten().map(AttrValue::from).chain(record_texts(words, patient));
    let reached = [(&patient.phone, Channel::Sms), (&patient.email, Channel::Email)];
    let reached = reached.into_iter().filter_map(|(address, channel)| Some((address.as_ref()?, channel)));
    html! {
        <>
            { for known.map(|one| html! { <bdi class="tabular-nums">{ one }</bdi> }) }
            { for reached.map(|(address, channel)| contact_line(words, address, patient.proven.contains(&channel))) }
        </>
    }
}

/// The id of a service that is the only one.
fn only_one<'a>(mut services: impl Iterator<Item = &'a Service>) -> Option<ServiceId> {
    let first = services.next()?;
    services.next().is_none().then_some(first.id)
}

/// A patient, with the facts that tell them from others.
fn patient(words: Words, patient: &PatientView, act: &Callback<Doing>) -> Html {
    let chosen = Some(patient.clone());
    html! {
        <li key={patient.id.to_string()}>
            <button type="button" class="btn btn-ghost h-auto w-full justify-start py-3 text-start font-normal" data-patient={patient.name.clone()} onclick={act.reform(move |_: MouseEvent| Doing::Go(Place::Join(chosen.clone())))}>
                <span class="min-w-0">
                    <span class="page-start block font-medium break-words" dir="auto">{ &patient.name }</span>
                    <span class="flex flex-wrap items-center gap-x-3 text-sm text-base-content/70">
                        { facts(words, patient) }
                    </span>
                </span>
            </button>
        </li>
    }
}

fn find(words: Words, (q, begun): (&str, &Begun), search: &Search, act: &Callback<Doing>) -> Html {
    let more = more_match(words, search);
    html! {
        <div class="space-y-3">
            if begun.is_begun() && q.is_empty() {
                <div class="flex flex-wrap items-center gap-3 alert alert-info alert-soft" id="walk-in-begun">
                    <p class="flex-1 break-words" dir="auto">{ words.say_with("walk-in-begun", &[("name", begun.name().into())]) }</p>
                    <Button class="btn-sm" id="walk-in-go-on" onclick={act.reform(|()| Doing::GoOn)}>{ words.say("walk-in-go-on") }</Button>
                    <Button kind={Kind::Ghost} class="btn-sm" id="walk-in-start-over" onclick={act.reform(|()| Doing::Next)}>{ words.say("walk-in-start-over") }</Button>
                </div>
            }
            <Field name="walk-in-q" autocomplete="off" label={words.say("walk-in-who")} hint={words.say("walk-in-hint")} value={q.to_owned()} oninput={act.reform(Doing::Find)} />
            { more }
            if let Some(found) = &search.found {
                if found.is_empty() {
                    <p class="text-base-content/70" id="walk-in-none">{ words.say("nothing-found") }</p>
                } else {
                    <ul class="divide-y divide-base-300">{ for found.iter().map(|one| patient(words, one, act)) }</ul>
                }
            }
            <div class="flex flex-wrap gap-2">
                <Button id="walk-in-new" onclick={act.reform(|()| Doing::Go(Place::New { alike: Vec::new() }))}>{ words.say("walk-in-new") }</Button>
                <Button kind={Kind::Ghost} id="walk-in-nameless" onclick={act.reform(|()| Doing::Go(Place::Join(None)))}>{ words.say("no-name") }</Button>
            </div>
        </div>
    }
}

fn register(words: Words, fields: &PatientRequest, alike: &[PatientView], act: &Callback<Doing>) -> Html {
    let into = |change: fn(&mut PatientRequest, String)| {
        let fields = fields.clone();
        act.reform(move |text: String| {
            let mut next = fields.clone();
            change(&mut next, text);
            Doing::Typed(next)
        })
    };
    let is_new = !alike.is_empty();
    let asked = alike.to_vec();
    let onsubmit = act.reform(move |event: SubmitEvent| {
        event.prevent_default();
        // Enter does not answer the question about similar patients: the button below does.
        if asked.is_empty() {
            Doing::Register { is_new: false }
        } else {
            Doing::Go(Place::New { alike: asked.clone() })
        }
    });
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    html! {
        <form class="space-y-4" {onsubmit}>
            if is_new {
                <p class="font-medium" id="walk-in-alike-said" tabindex="-1">{ words.say("walk-in-alike") }</p>
                <ul class="divide-y divide-base-300" id="walk-in-alike">{ for alike.iter().map(|one| patient(words, one, act)) }</ul>
            }
            <div class="grid gap-4 md:grid-cols-2">
                <Field name="new-name" autocomplete="off" label={words.say("your-name-of")} value={fields.name.clone()} oninput={into(|fields, text| fields.name = text)} />
                <DateFields name="new-born" value={text(&fields.birth_date)} oninput={into(|fields, text| fields.birth_date = Some(text))} />
                <div class="space-y-1.5">
                    <p class="text-sm font-medium" aria-hidden="true">{ words.say("gender") }</p>
                    { select(words.say("gender"), &genders(words), fields.gender.map_or("", Gender::text), &into(|fields, text| fields.gender = Gender::from_text(&text))) }
                </div>
                <Field name="new-phone" autocomplete="off" inputmode="tel" label={words.say("phone")} hint={words.say("phone-hint")} value={text(&fields.phone)} oninput={into(|fields, text| fields.phone = Some(text))} />
                <Field name="new-email" autocomplete="off" inputmode="email" label={words.say("email")} value={text(&fields.email)} oninput={into(|fields, text| fields.email = Some(text))} />
            </div>
            <div class="flex gap-2">
                if is_new {
                    <Button id="walk-in-register" onclick={act.reform(|()| Doing::Register { is_new: true })}>{ words.say("walk-in-anyway") }</Button>
                } else {
                    <button type="submit" id="walk-in-register" class="btn btn-primary">{ words.say("walk-in-register") }</button>
                }
                <Button kind={Kind::Ghost} onclick={act.reform(|()| Doing::Go(Place::Find))}>{ words.say("back") }</Button>
            </div>
        </form>
    }
}
