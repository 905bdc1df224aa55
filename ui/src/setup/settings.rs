//! The settings of an administrator: branches with their rooms, services, and the doctors who give them.

use medlane_shared::{
    api::{AddBranch, AddService, ChangeBranch, ChangeService, GetSettings},
    clinic::{BranchPolicy, BranchSettings, Given, ServiceSettings, Settings as All},
    fault::{Code, Fault, Language},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{
    form::{Form, Lists},
    policy::policy_fields,
};
use crate::{
    backend::call,
    i18n::{Words, use_words},
    kit::{Button, Card, Field, Kind, TextArea, alert, skeleton, use_rounds},
};

/// An action on this screen.
#[derive(Clone, PartialEq)]
enum Doing {
    Look,
    Open(Option<Box<Form>>),
    Save,
}

/// Saves a form; without one, loads the settings.
async fn save(form: Option<Form>) -> Result<All, Fault> {
    match form {
        None => call::<GetSettings>(&[], &()).await,
        Some(Form::Branch(id, settings, lists)) => {
            let settings = lists.into_settings(settings);
            match id {
                None => call::<AddBranch>(&[], &settings).await,
                Some(id) => call::<ChangeBranch>(&[&id.to_string()], &settings).await,
            }
        }
        Some(Form::Service(None, settings)) => call::<AddService>(&[], &settings).await,
        Some(Form::Service(Some(id), settings)) => call::<ChangeService>(&[&id.to_string()], &settings).await,
    }
}

/// All settings, and a form for one branch or service.
#[component(Settings)]
pub fn settings() -> Html {
    let words = use_words();
    let (all, form, fault) =
        (use_state(|| None::<All>), use_state(|| None::<Form>), use_state(|| None::<Fault>));
    let (busy, rounds) = (use_state(|| false), use_rounds());
    let act = {
        let (all, form, fault) = (all.clone(), form.clone(), fault.clone());
        let busy = busy.clone();
        Callback::from(move |doing: Doing| {
            if let Doing::Open(next) = doing {
                // An answer that is still on its way is not about the form that opens now.
                rounds.begin();
                busy.set(false);
                fault.set(None);
                form.set(next.map(|form| *form));
                return;
            }
            if *busy {
                return;
            }
            busy.set(true);
            let (all, form, fault, busy) = (all.clone(), form.clone(), fault.clone(), busy.clone());
            let round = rounds.present();
            spawn_local(async move {
                let typed = (*form).clone().filter(|_| doing == Doing::Save);
                let done = save(typed.clone()).await;
                let stale = done.as_ref().is_err_and(|refused| refused.code == Code::VersionStale);
                // Another person has changed the same: show the present values, and keep what was typed.
                let now = if stale {
                    call::<GetSettings>(&[], &()).await.ok()
                } else {
                    done.as_ref().ok().cloned()
                };
                if !round.is_over() {
                    match (stale, typed, &*all, &now) {
                        (true, Some(typed), Some(before), Some(now)) => {
                            form.set(Some(typed.onto(before, now)));
                        }
                        (false, ..) if done.is_ok() => form.set(None),
                        _ => {}
                    }
                    fault.set(done.err());
                    busy.set(false);
                }
                if now.is_some() {
                    all.set(now);
                }
            });
        })
    };
    use_effect_with((), {
        let act = act.clone();
        move |()| act.emit(Doing::Look)
    });
    let Some(now) = (*all).clone() else {
        return html! { <Card>{ alert(words, (*fault).clone()) } if fault.is_none() { { skeleton(words) } }</Card> };
    };
    let open = |form: Form| act.reform(move |()| Doing::Open(Some(Box::new(form.clone()))));
    let new_branch = BranchSettings {
        time_zone: now
            .branches
            .first()
            .map_or_else(|| "Asia/Muscat".to_owned(), |one| one.settings.time_zone.clone()),
        languages: Language::ALL.iter().map(|language| language.tag().to_owned()).collect(),
        ..BranchSettings::default()
    };
    let new_service = ServiceSettings {
        duration_min: 15,
        currency: now.services.first().map_or_else(|| "OMR".to_owned(), |one| one.settings.currency.clone()),
        walk_in: true,
        ..ServiceSettings::default()
    };
    let row = |name: &str, hint: String, form: Form| {
        html! {
            <>
                <div class="min-w-0 flex-1">
                    <p class="page-start truncate font-medium" dir="auto">{ name.to_owned() }</p>
                    <p class="page-start truncate text-sm text-base-content/70" dir="auto">{ hint }</p>
                </div>
                <Button class="btn-sm" onclick={open(form)}>{ words.say("change") }</Button>
            </>
        }
    };
    let frame = Frame { fault: (*fault).clone(), busy: *busy, act: act.clone() };
    let line = "flex flex-wrap items-center gap-3 py-3";
    html! {
        <div class="space-y-4">
            { match &*form {
                None => html! {},
                Some(Form::Branch(_, settings, lists)) => branch_form(words, &form, settings, lists, &frame),
                Some(Form::Service(_, settings)) => service_form(words, &form, settings, &now, &frame),
            } }
            <Card title={words.say("services")}>
                <ul class="divide-y divide-base-300">
                    { for now.services.iter().map(|one| {
                        let (id, settings) = (one.id, one.settings.clone());
                        let hint = format!("{} · {}", settings.prefix, words.say_with("minutes", &[("n", settings.duration_min.into())]));
                        html! { <li key={id.to_string()} class={line} data-service={settings.prefix.clone()}>{ row(&one.settings.name, hint, Form::Service(Some(id), settings)) }</li> }
                    }) }
                </ul>
                <div><Button id="service-add" onclick={open(Form::Service(None, new_service))}>{ words.say("service-add") }</Button></div>
            </Card>
            <Card title={words.say("branches")}>
                <ul class="divide-y divide-base-300">
                    { for now.branches.iter().map(|one| {
                        let (id, settings) = (one.id, one.settings.clone());
                        let form = Form::Branch(Some(id), settings.clone(), Lists::of(&settings));
                        html! { <li key={id.to_string()} class={line} data-branch={settings.name.clone()}>{ row(&settings.name, settings.rooms.join(", "), form) }</li> }
                    }) }
                </ul>
                <div><Button id="branch-add" onclick={open(Form::Branch(None, new_branch, Lists::default()))}>{ words.say("branch-add") }</Button></div>
            </Card>
        </div>
    }
}

/// What every form shows.
struct Frame {
    fault: Option<Fault>,
    busy: bool,
    act: Callback<Doing>,
}

/// The frame of a form: its title, the fault, its buttons.
fn framed(words: Words, title: &str, id: &'static str, frame: &Frame, fields: Html) -> Html {
    let Frame { fault, busy, act } = frame;
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Doing::Save
    });
    html! {
        <Card title={words.say(title)}>
            { alert(words, fault.clone()) }
            <form class="space-y-4" {onsubmit}>
                { fields }
                <div class="flex gap-2">
                    <button type="submit" {id} class="btn btn-primary" disabled={*busy} aria-busy={busy.then_some("true")}>{ words.say("save") }</button>
                    <Button kind={Kind::Ghost} onclick={act.reform(|()| Doing::Open(None))}>{ words.say("leave-it") }</Button>
                </div>
            </form>
        </Card>
    }
}

fn branch_form(
    words: Words,
    form: &UseStateHandle<Option<Form>>,
    settings: &BranchSettings,
    lists: &Lists,
    frame: &Frame,
) -> Html {
    let into = |change: fn(&mut BranchSettings, &mut Lists, String)| {
        let form = form.clone();
        Callback::from(move |text: String| {
            if let Some(Form::Branch(id, mut settings, mut lists)) = (*form).clone() {
                change(&mut settings, &mut lists, text);
                form.set(Some(Form::Branch(id, settings, lists)));
            }
        })
    };
    let toggle = into(|settings, _, tag| {
        if settings.languages.contains(&tag) {
            settings.languages.retain(|other| *other != tag);
        } else {
            settings.languages.push(tag);
        }
    });
    let set = {
        let form = form.clone();
        Callback::from(move |policy: BranchPolicy| {
            if let Some(Form::Branch(id, settings, lists)) = (*form).clone() {
                form.set(Some(Form::Branch(id, BranchSettings { policy, ..settings }, lists)));
            }
        })
    };
    framed(
        words,
        "branch",
        "branch-save",
        frame,
        html! {
            <>
                <div class="grid gap-4 md:grid-cols-2">
                    <Field name="branch-name" label={words.say("name")} value={settings.name.clone()} oninput={into(|settings, _, text| settings.name = text)} />
                    <Field name="branch-address" label={words.say("address")} value={settings.address.clone()} oninput={into(|settings, _, text| settings.address = text)} />
                    <Field name="branch-zone" label={words.say("time-zone")} value={settings.time_zone.clone()} oninput={into(|settings, _, text| settings.time_zone = text)} />
                    <fieldset class="flex flex-wrap items-center gap-4">
                        <legend class="mb-1.5 text-sm font-medium">{ words.say("languages") }</legend>
                        { for Language::ALL.iter().map(|language| (language.tag(), language.name())).map(|(tag, name)| html! {
                            <label key={tag} class="flex items-center gap-2">
                                <input type="checkbox" class="checkbox" checked={settings.languages.iter().any(|one| one == tag)} onchange={toggle.reform(move |_: Event| tag.to_owned())} />{ name }
                            </label>
                        }) }
                    </fieldset>
                </div>
                <TextArea name="branch-rooms" label={words.say("rooms")} hint={words.say("rooms-hint")} max={6_000} value={lists.rooms.clone()} oninput={into(|_, lists, text| lists.rooms = text)} />
                { policy_fields(words, &settings.policy, &lists.messages, &set, into(|_, lists, text| lists.messages = text)) }
            </>
        },
    )
}

fn service_form(
    words: Words,
    form: &UseStateHandle<Option<Form>>,
    settings: &ServiceSettings,
    all: &All,
    frame: &Frame,
) -> Html {
    let into = |change: fn(&mut ServiceSettings, String)| {
        let form = form.clone();
        Callback::from(move |text: String| {
            if let Some(Form::Service(id, mut settings)) = (*form).clone() {
                change(&mut settings, text);
                form.set(Some(Form::Service(id, settings)));
            }
        })
    };
    let give = |given: Given| {
        let form = form.clone();
        Callback::from(move |_: Event| {
            if let Some(Form::Service(id, mut settings)) = (*form).clone() {
                if settings.given.contains(&given) {
                    settings.given.retain(|other| *other != given);
                } else {
                    settings.given.push(given);
                }
                form.set(Some(Form::Service(id, settings)));
            }
        })
    };
    let walk_in = into(|settings, _| settings.walk_in = !settings.walk_in);
    framed(
        words,
        "service",
        "service-save",
        frame,
        html! {
            <>
                <div class="grid gap-4 md:grid-cols-2">
                    <Field name="service-name" label={words.say("name")} value={settings.name.clone()} oninput={into(|settings, text| settings.name = text)} />
                    <Field name="service-prefix" label={words.say("prefix")} hint={words.say("prefix-hint")} value={settings.prefix.clone()} oninput={into(|settings, text| settings.prefix = text.to_uppercase())} />
                    <Field name="service-minutes" inputmode="numeric" label={words.say("duration")} value={settings.duration_min.to_string()} oninput={into(|settings, text| settings.duration_min = text.trim().parse().unwrap_or_default())} />
                    <div class="grid grid-cols-2 gap-4">
                        <Field name="service-price" inputmode="numeric" label={words.say("price")} hint={words.say("price-hint")} value={settings.price_minor.to_string()} oninput={into(|settings, text| settings.price_minor = text.trim().parse().unwrap_or_default())} />
                        <Field name="service-currency" label={words.say("currency")} value={settings.currency.clone()} oninput={into(|settings, text| settings.currency = text.to_uppercase())} />
                    </div>
                </div>
                <label class="flex items-center gap-2">
                    <input type="checkbox" class="checkbox" checked={settings.walk_in} onchange={walk_in.reform(|_: Event| String::new())} />{ words.say("walk-in-may") }
                </label>
                <div id="given" class="space-y-3">
                    { for all.branches.iter().map(|branch| html! {
                        <fieldset key={branch.id.to_string()} class="flex flex-wrap items-center gap-x-5 gap-y-2">
                            <legend class="mb-1.5 text-sm font-medium">{ words.say_with("given-at", &[("name", branch.settings.name.as_str().into())]) }</legend>
                            { for all.staff.iter().filter(|person| person.branches.contains(&branch.id)).map(|person| {
                                let given = Given { branch_id: branch.id, person_id: person.id };
                                html! {
                                    <label key={person.id.to_string()} class="flex items-center gap-2">
                                        <input type="checkbox" class="checkbox" checked={settings.given.contains(&given)} onchange={give(given)} /><bdi>{ &person.name }</bdi>
                                    </label>
                                }
                            }) }
                        </fieldset>
                    }) }
                </div>
            </>
        },
    )
}
