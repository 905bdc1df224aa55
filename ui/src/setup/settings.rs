//! The settings of an administrator: branches with their rooms, services, and the doctors who give them.

use medlane_shared::{
    api::{AddBranch, AddService, ChangeBranch, ChangeService, GetSettings},
    clinic::{BranchSettings, ServiceSettings, Settings as All},
    fault::{Code, Fault, Language},
    typed::price_text,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{
    fields::{Frame, branch_form, service_form},
    form::{BranchTyped, Form, Ready, ServiceTyped},
    wrongs::Wrongs,
};
use crate::{
    backend::call,
    i18n::use_words,
    kit::{Button, Card, alert, focus, focus_first, skeleton, use_rounds},
};

/// The planned minutes that a new service begins with.
const NEW_MIN: &str = "15";

/// An action on this screen.
#[derive(Clone, PartialEq)]
pub enum Doing {
    Look,
    Open(Option<Box<Form>>),
    Save,
}

/// Saves what a form asks for; without it, loads the settings.
async fn save(asked: Option<Ready>) -> Result<All, Fault> {
    match asked {
        None => call::<GetSettings>(&[], &()).await,
        Some(Ready::Branch(None, settings)) => call::<AddBranch>(&[], &settings).await,
        Some(Ready::Branch(Some(id), settings)) => call::<ChangeBranch>(&[&id.to_string()], &settings).await,
        Some(Ready::Service(None, settings)) => call::<AddService>(&[], &settings).await,
        Some(Ready::Service(Some(id), settings)) => {
            call::<ChangeService>(&[&id.to_string()], &settings).await
        }
    }
}

/// All settings, and a form for one branch or service.
#[component(Settings)]
pub fn settings() -> Html {
    let words = use_words();
    let (all, form, fault) =
        (use_state(|| None::<All>), use_state(|| None::<Form>), use_state(|| None::<Fault>));
    let (busy, rounds) = (use_state(|| false), use_rounds());
    // Counts the tries to save a form. After the first, its wrong numbers are marked as they are typed.
    let (tries, refusals) = (use_state(|| 0_u32), use_state(|| 0_u32));
    let act = {
        let (all, form, fault) = (all.clone(), form.clone(), fault.clone());
        let (busy, tries, refusals) = (busy.clone(), tries.clone(), refusals.clone());
        Callback::from(move |doing: Doing| {
            if let Doing::Open(next) = doing {
                // An answer that is still on its way is not about the form that opens now.
                rounds.begin();
                busy.set(false);
                fault.set(None);
                tries.set(0);
                form.set(next.map(|form| *form));
                return;
            }
            if *busy {
                return;
            }
            let typed = (*form).clone().filter(|_| doing == Doing::Save);
            let asked = typed.as_ref().map(Form::read).transpose();
            if typed.is_some() {
                tries.set(*tries + 1);
            }
            // Nothing is sent while a number cannot be read.
            let Ok(asked) = asked else { return fault.set(None) };
            busy.set(true);
            let refusals = refusals.clone();
            let (all, form, fault, busy) = (all.clone(), form.clone(), fault.clone(), busy.clone());
            let round = rounds.present();
            spawn_local(async move {
                let done = save(asked).await;
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
                    if done.is_err() {
                        refusals.set(*refusals + 1);
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
    let slips = form.as_ref().filter(|_| *tries > 0).and_then(|form| form.read().err()).unwrap_or_default();
    let wrongs =
        form.as_ref().map(|form| Wrongs::of(words, form, &slips, fault.as_ref())).unwrap_or_default();
    // After a try that failed the first wrong field gets the focus, once it is marked.
    use_effect_with((*tries, *refusals), {
        let first = wrongs.first();
        move |_| match first {
            Some((id, true)) => focus_first(id),
            Some((id, false)) => focus(id),
            None => {}
        }
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
    let frame = Frame {
        fault: (*fault).clone(),
        busy: *busy,
        act: act.clone(),
        wrongs,
        has_slips: !slips.is_empty(),
    };
    let line = "flex flex-wrap items-center gap-3 py-3";
    html! {
        <div class="space-y-4">
            { match &*form {
                None => html! {},
                Some(Form::Branch(_, settings, typed)) => branch_form(words, &form, settings, typed, &frame),
                Some(Form::Service(_, settings, typed)) => service_form(words, &form, (settings, typed), &now, &frame),
            } }
            <Card title={words.say("services")}>
                <ul class="divide-y divide-base-300">
                    { for now.services.iter().map(|one| {
                        let (id, settings) = (one.id, one.settings.clone());
                        let price = format!("{} {}", price_text(settings.price_minor, &settings.currency), settings.currency);
                        let hint = format!("{} · {} · {price}", settings.prefix, words.say_with("minutes", &[("n", settings.duration_min.into())]));
                        let typed = ServiceTyped::of(&settings);
                        html! { <li key={id.to_string()} class={line} data-service={settings.prefix.clone()}>{ row(&one.settings.name, hint, Form::Service(Some(id), settings, typed)) }</li> }
                    }) }
                </ul>
                <div><Button id="service-add" onclick={open(Form::Service(None, new_service, ServiceTyped { duration: NEW_MIN.to_owned(), ..ServiceTyped::default() }))}>{ words.say("service-add") }</Button></div>
            </Card>
            <Card title={words.say("branches")}>
                <ul class="divide-y divide-base-300">
                    { for now.branches.iter().map(|one| {
                        let (id, settings) = (one.id, one.settings.clone());
                        let form = Form::Branch(Some(id), settings.clone(), BranchTyped::of(&settings));
                        html! { <li key={id.to_string()} class={line} data-branch={settings.name.clone()}>{ row(&settings.name, words.list(&settings.rooms).to_string(), form) }</li> }
                    }) }
                </ul>
                <div><Button id="branch-add" onclick={open(Form::Branch(None, new_branch.clone(), BranchTyped::of(&new_branch)))}>{ words.say("branch-add") }</Button></div>
            </Card>
        </div>
    }
}
