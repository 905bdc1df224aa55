//! The forms of a branch and of a service.

use medlane_shared::{
    clinic::{BranchPolicy, BranchSettings, Given, PRICE_MAX_MINOR, ServiceSettings, Settings as All},
    fault::{Fault, Language},
    typed::{money_text, price},
};
use yew::prelude::*;

use super::{
    form::{BranchTyped, Form, ServiceTyped},
    policy::{Fields, policy_fields},
    settings::Doing,
    wrongs::{Wrongs, elsewhere, example},
};
use crate::{
    i18n::Words,
    kit::{Button, Card, Field, Kind, TextArea, alert, described, wrong_text},
};

/// What every form shows.
pub struct Frame {
    pub fault: Option<Fault>,
    pub busy: bool,
    pub act: Callback<Doing>,
    /// What is wrong with its fields.
    pub wrongs: Wrongs,
    /// Whether it was not sent, because a number cannot be read.
    pub has_slips: bool,
}

/// The frame of a form: its title, its buttons, and above these why it was not saved. What is wrong with one field
/// stands at the field.
fn framed(
    words: Words,
    title: &str,
    id: &'static str,
    frame: &Frame,
    form: Option<&Form>,
    fields: Html,
) -> Html {
    let Frame { fault, busy, act, .. } = frame;
    let fault = fault.as_ref().zip(form).map(|(fault, form)| elsewhere(form, fault));
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Doing::Save
    });
    html! {
        <Card title={words.say(title)}>
            <form class="space-y-4" {onsubmit} novalidate=true>
                { fields }
                if frame.has_slips { <p role="alert" id="not-sent" class="alert alert-soft alert-error">{ words.say("not-sent") }</p> }
                { alert(words, fault) }
                <div class="flex gap-2">
                    <button type="submit" {id} class="btn btn-primary" disabled={*busy} aria-busy={busy.then_some("true")}>{ words.say("save") }</button>
                    <Button kind={Kind::Ghost} onclick={act.reform(|()| Doing::Open(None))}>{ words.say("cancel") }</Button>
                </div>
            </form>
        </Card>
    }
}

/// The form of a branch.
pub fn branch_form(
    words: Words,
    form: &UseStateHandle<Option<Form>>,
    settings: &BranchSettings,
    typed: &BranchTyped,
    frame: &Frame,
) -> Html {
    let into = |change: fn(&mut BranchSettings, &mut BranchTyped, String)| {
        let form = form.clone();
        Callback::from(move |text: String| {
            if let Some(Form::Branch(id, mut settings, mut typed)) = (*form).clone() {
                change(&mut settings, &mut typed, text);
                form.set(Some(Form::Branch(id, settings, typed)));
            }
        })
    };
    let rooms = into(|_, typed, text| typed.rooms = text);
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
            if let Some(Form::Branch(id, settings, typed)) = (*form).clone() {
                form.set(Some(Form::Branch(id, BranchSettings { policy, ..settings }, typed)));
            }
        })
    };
    let typing = {
        let form = form.clone();
        Callback::from(move |typed: BranchTyped| {
            if let Some(Form::Branch(id, settings, _)) = (*form).clone() {
                form.set(Some(Form::Branch(id, settings, typed)));
            }
        })
    };
    let wrongs = &frame.wrongs;
    let languages = wrongs.at("branch-languages");
    let fields = Fields { policy: &settings.policy, typed, set, typing, wrongs };
    framed(
        words,
        "branch",
        "branch-save",
        frame,
        form.as_ref(),
        html! {
            <>
                <div class="grid gap-4 md:grid-cols-2">
                    <Field name="branch-name" autocomplete="off" label={words.say("name")} value={settings.name.clone()} wrong={wrongs.at("branch-name")} oninput={into(|settings, _, text| settings.name = text)} />
                    <Field name="branch-address" autocomplete="off" label={words.say("address")} value={settings.address.clone()} wrong={wrongs.at("branch-address")} oninput={into(|settings, _, text| settings.address = text)} />
                    <Field name="branch-zone" autocomplete="off" label={words.say("time-zone")} value={settings.time_zone.clone()} wrong={wrongs.at("branch-zone")} oninput={into(|settings, _, text| settings.time_zone = text)} />
                    <fieldset id="branch-languages" class="flex flex-wrap items-center gap-4" aria-describedby={described("branch-languages", false, languages.is_some())}>
                        <legend class="mb-1.5 text-sm font-medium">{ words.say("languages") }</legend>
                        { for Language::ALL.iter().map(|language| (language.tag(), language.name())).map(|(tag, name)| html! {
                            <label key={tag} class="flex items-center gap-2">
                                <input type="checkbox" class="checkbox" checked={settings.languages.iter().any(|one| one == tag)}
                                    aria-invalid={languages.as_ref().map(|_| "true")} onchange={toggle.reform(move |_: Event| tag.to_owned())} />{ name }
                            </label>
                        }) }
                        { wrong_text("branch-languages", languages.as_ref()) }
                    </fieldset>
                </div>
                <TextArea name="branch-rooms" label={words.say("rooms")} hint={words.say("rooms-hint")} max={6_000} value={typed.rooms.clone()} wrong={wrongs.at("branch-rooms")} oninput={rooms} />
                { policy_fields(words, &fields) }
            </>
        },
    )
}

/// The form of a service.
pub fn service_form(
    words: Words,
    form: &UseStateHandle<Option<Form>>,
    (settings, typed): (&ServiceSettings, &ServiceTyped),
    all: &All,
    frame: &Frame,
) -> Html {
    let into = |change: fn(&mut ServiceSettings, &mut ServiceTyped, String)| {
        let form = form.clone();
        Callback::from(move |text: String| {
            if let Some(Form::Service(id, mut settings, mut typed)) = (*form).clone() {
                change(&mut settings, &mut typed, text);
                form.set(Some(Form::Service(id, settings, typed)));
            }
        })
    };
    let give = |given: Given| {
        let form = form.clone();
        Callback::from(move |_: Event| {
            if let Some(Form::Service(id, mut settings, typed)) = (*form).clone() {
                if settings.given.contains(&given) {
                    settings.given.retain(|other| *other != given);
                } else {
                    settings.given.push(given);
                }
                form.set(Some(Form::Service(id, settings, typed)));
            }
        })
    };
    let wrongs = &frame.wrongs;
    let given = wrongs.at("given");
    // The hint shows the decimals of the currency that is typed.
    let like = example(&settings.currency);
    let price_hint = words.say_with(
        "price-hint",
        &[("currency", settings.currency.as_str().into()), ("like", like.as_str().into())],
    );
    // What was read, so that a slip is seen before it is saved.
    let money = price(&typed.price, &settings.currency, PRICE_MAX_MINOR);
    let money = money.map_or_else(|_| String::new(), |minor| money_text(minor, &settings.currency));
    let walk_in = into(|settings, _, _| settings.walk_in = !settings.walk_in);
    framed(
        words,
        "service",
        "service-save",
        frame,
        form.as_ref(),
        html! {
            <>
                <div class="grid gap-4 md:grid-cols-2">
                    <Field name="service-name" autocomplete="off" label={words.say("name")} value={settings.name.clone()} wrong={wrongs.at("service-name")} oninput={into(|settings, _, text| settings.name = text)} />
                    <Field name="service-prefix" autocomplete="off" label={words.say("prefix")} hint={words.say("prefix-hint")} value={settings.prefix.clone()} wrong={wrongs.at("service-prefix")} oninput={into(|settings, _, text| settings.prefix = text.to_uppercase())} />
                    <Field name="service-minutes" autocomplete="off" inputmode="numeric" label={words.say("duration")} value={typed.duration.clone()} wrong={wrongs.at("service-minutes")} oninput={into(|_, typed, text| typed.duration = text)} />
                    <div class="grid grid-cols-2 gap-4">
                        <div>
                            <Field name="service-price" autocomplete="off" inputmode="decimal" label={words.say("price")} hint={price_hint} value={typed.price.clone()} wrong={wrongs.at("service-price")} oninput={into(|_, typed, text| typed.price = text)} />
                            <p class="mt-1 text-sm font-medium" id="service-money" role="status" dir="ltr">{ money }</p>
                        </div>
                        <Field name="service-currency" autocomplete="off" label={words.say("currency")} value={settings.currency.clone()} wrong={wrongs.at("service-currency")} oninput={into(|settings, _, text| settings.currency = text.to_uppercase())} />
                    </div>
                </div>
                <label class="flex items-center gap-2">
                    <input type="checkbox" class="checkbox" checked={settings.walk_in} onchange={walk_in.reform(|_: Event| String::new())} />{ words.say("walk-in-may") }
                </label>
                <div id="given" role="group" aria-label={words.say("given-by")} class="space-y-3" aria-describedby={described("given", false, given.is_some())}>
                    { wrong_text("given", given.as_ref()) }
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
