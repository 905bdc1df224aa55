//! The people whom the person looks after.

use medlane_shared::{
    api::{AddDependant, EndDependant, ListDependants},
    fault::Fault,
    identity::{Dependant, DependantRequest, Gender},
    ids::PersonId,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::call,
    i18n::use_words,
    kit::{Button, Card, DateFields, Field, Kind, alert, select, skeleton},
    queue::genders,
};

/// An action on this screen.
#[derive(Clone, Copy, PartialEq)]
enum Doing {
    Look,
    Add,
    End(PersonId),
}

/// The list, and a form to add a person.
#[component(Dependants)]
pub fn dependants() -> Html {
    let words = use_words();
    let list = use_state(|| None::<Vec<Dependant>>);
    let fault = use_state(|| None::<Fault>);
    let (adding, ending) = (use_state(|| false), use_state(|| None::<PersonId>));
    let (name, born) = (use_state(String::new), use_state(String::new));
    let (gender, busy) = (use_state(|| None::<Gender>), use_state(|| false));
    let act = {
        let (list, fault, adding, ending) = (list.clone(), fault.clone(), adding.clone(), ending.clone());
        let (name, born, gender, busy) = (name.clone(), born.clone(), gender.clone(), busy.clone());
        Callback::from(move |doing: Doing| {
            let (list, fault, adding, ending) = (list.clone(), fault.clone(), adding.clone(), ending.clone());
            let (name, born, gender) = (name.clone(), born.clone(), gender.clone());
            // A second press would add the same person again.
            if *busy {
                return;
            }
            busy.set(true);
            let busy = busy.clone();
            spawn_local(async move {
                // The list is changed here, and not loaded again: a change that is done would look refused if loading
                // failed.
                let known = (*list).clone().unwrap_or_default();
                let done = match doing {
                    Doing::Look => call::<ListDependants>(&[], &()).await.map(|page| page.items),
                    Doing::Add => {
                        let request = DependantRequest {
                            name: (*name).clone(),
                            birth_date: (*born).clone(),
                            gender: *gender,
                        };
                        let added = call::<AddDependant>(&[], &request).await;
                        added.map(|added| known.into_iter().chain([added]).collect())
                    }
                    Doing::End(id) => {
                        let ended = call::<EndDependant>(&[&id.to_string()], &()).await;
                        ended.map(|()| known.into_iter().filter(|one| one.id != id).collect())
                    }
                };
                busy.set(false);
                match done {
                    Ok(now) => {
                        if doing == Doing::Add {
                            name.set(String::new());
                            born.set(String::new());
                            gender.set(None);
                        }
                        adding.set(false);
                        ending.set(None);
                        list.set(Some(now));
                        fault.set(None);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    use_effect_with((), {
        let act = act.clone();
        move |()| act.emit(Doing::Look)
    });
    let input = |into: &UseStateHandle<String>| {
        let into = into.clone();
        Callback::from(move |text| into.set(text))
    };
    let row = |one: &Dependant| {
        let id = one.id;
        let ask = {
            let ending = ending.clone();
            Callback::from(move |()| ending.set(if *ending == Some(id) { None } else { Some(id) }))
        };
        html! {
            <li key={id.to_string()} class="space-y-3 py-3" data-dependant={one.name.clone()}>
                <div class="flex flex-wrap items-center gap-3">
                    <div class="min-w-0 flex-1">
                        <p class="page-start truncate font-medium" dir="auto">{ &one.name }</p>
                        <p class="text-sm text-base-content/70 tabular-nums">{ one.birth_date.as_deref().map(|born| words.date(born)) }</p>
                    </div>
                    <Button class="btn-sm" kind={Kind::Ghost} id={format!("dependant-end-{id}")} onclick={ask.clone()}>{ words.say("remove") }</Button>
                </div>
                if *ending == Some(id) {
                    <div class="flex flex-wrap items-center gap-3 rounded-box bg-base-200 p-4">
                        <p class="min-w-40 flex-1">{ words.say("dependant-end-sure") }</p>
                        <Button kind={Kind::Danger} id="dependant-sure" onclick={act.reform(move |()| Doing::End(id))}>{ words.say("remove") }</Button>
                        <Button onclick={ask}>{ words.say("cancel") }</Button>
                    </div>
                }
            </li>
        }
    };
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Doing::Add
    });
    let toggle = |to: bool| {
        let adding = adding.clone();
        Callback::from(move |()| adding.set(to))
    };
    html! {
        <Card title={words.say("dependants")}>
            <p class="text-base-content/70">{ words.say("dependants-hint") }</p>
            { alert(words, (*fault).clone()) }
            { match &*list {
                None if fault.is_some() => html! {},
                None => skeleton(words),
                Some(list) => html! { <ul class="divide-y divide-base-300">{ for list.iter().map(row) }</ul> },
            } }
            if *adding {
                <form class="space-y-4" {onsubmit}>
                    <Field name="dependant-name" autocomplete="off" label={words.say("your-name-of")} value={(*name).clone()} oninput={input(&name)} />
                    <DateFields name="dependant-born" value={(*born).clone()} oninput={input(&born)} />
                    <div class="space-y-1.5">
                        <p class="text-sm font-medium" aria-hidden="true">{ words.say("gender") }</p>
                        { select(words.say("gender"), &genders(words), gender.map_or("", Gender::text), &Callback::from({ let gender = gender.clone(); move |text: String| gender.set(Gender::from_text(&text)) })) }
                    </div>
                    <div class="flex gap-2">
                        <button type="submit" id="dependant-save" class="btn btn-primary" disabled={*busy}>{ words.say("save") }</button>
                        <Button kind={Kind::Ghost} onclick={toggle(false)}>{ words.say("cancel") }</Button>
                    </div>
                </form>
            } else {
                <div><Button id="dependant-add" onclick={toggle(true)}>{ words.say("dependant-add") }</Button></div>
            }
        </Card>
    }
}
