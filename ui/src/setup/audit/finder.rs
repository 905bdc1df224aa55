//! Finds a person for the filter: somebody who acts, or a patient whom entries concern. They need not be in the list shown.

use medlane_shared::{
    api::ListPeople,
    fault::Fault,
    identity::{PatientView, PeopleQuery, PersonView},
    ids::PersonId,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    admin::{use_patients, use_rest},
    backend::call,
    i18n::use_words,
    kit::{Button, Field, alert, use_next_focus, use_rounds},
    queue::record_texts,
};

/// How many people are offered at once.
const OFFERED: usize = 8;
/// How many people are asked for: staff are offered first, whenever they joined.
const ASKED: u32 = 100;
/// The fewest characters that are looked for among all people.
const CHARS_MIN: usize = 2;

/// The properties of a finder.
#[derive(Properties, PartialEq)]
pub struct FinderProps {
    /// Whether it finds patients; otherwise people who act.
    pub patients: bool,
    /// The chosen person, and their name.
    pub chosen: Option<(PersonId, AttrValue)>,
    /// Called with the choice.
    pub choose: Callback<Option<(PersonId, String)>>,
}

/// People by a part of their name or address, once typing pauses; `None` before enough was typed.
#[hook]
fn use_people(q: &str) -> (Option<Vec<PersonView>>, Option<Fault>) {
    let (found, fault, rounds) =
        (use_state(|| None::<Vec<PersonView>>), use_state(|| None::<Fault>), use_rounds());
    let rested = use_rest(q);
    use_effect_with(rested, {
        let (found, fault) = (found.clone(), fault.clone());
        move |q| {
            let (round, q) = (rounds.begin(), q.trim().to_owned());
            found.set(None);
            if q.chars().count() < CHARS_MIN {
                return;
            }
            let query = PeopleQuery { q: Some(q), limit: Some(ASKED), ..PeopleQuery::default() };
            spawn_local(async move {
                let done = call::<ListPeople>(&[], &query).await;
                if round.is_over() {
                    return;
                }
                fault.set(done.as_ref().err().cloned());
                found.set(done.ok().map(|page| {
                    let mut people = page.items;
                    people.sort_by_key(|one| !one.roles.iter().any(|role| role.is_staff()));
                    people
                }));
            });
        }
    });
    ((*found).clone(), (*fault).clone())
}

/// Somebody who can be chosen: their id, name, and what tells them from others.
type Offer = (PersonId, String, String);

/// The field with what it finds, or the person who was chosen.
#[component(Finder)]
pub fn finder(props: &FinderProps) -> Html {
    let words = use_words();
    let q = use_state(String::new);
    let of = if props.patients { "patient" } else { "person" };
    let (name, clear) = (format!("audit-{of}"), format!("audit-{of}-clear"));
    use_next_focus(props.chosen.is_some(), vec![clear.clone().into(), name.clone().into()]);
    let search = use_patients(if props.patients { &q } else { "" }, ASKED.min(50));
    let (people, fault) = use_people(if props.patients { "" } else { &q });
    if let Some((_, chosen)) = &props.chosen {
        return html! {
            <p role="status" class="flex flex-wrap items-center gap-3" id={format!("{name}-chosen")}>
                <span>{ words.say_with(&format!("audit-of-{of}"), &[("name", chosen.as_str().into())]) }</span>
                <Button class="btn-sm" id={clear} onclick={props.choose.reform(|()| None)}>{ words.say("audit-everybody") }</Button>
            </p>
        };
    }
    let patients = search.found.map(|found| {
        let one = |one: &PatientView| -> Offer {
            let born = one.birth_date.as_deref().map(|day| words.date(day).into());
            let about: Vec<AttrValue> = born.into_iter().chain(record_texts(words, one)).collect();
            (one.id, one.name.clone(), about.join(" · "))
        };
        found.iter().map(one).collect::<Vec<_>>()
    });
    let staff = people.map(|found| {
        let one = |one: &PersonView| -> Offer {
            let roles: Vec<AttrValue> =
                one.roles.iter().map(|role| words.of_code("role", role.text())).collect();
            (one.id, one.name.clone(), words.list(roles).to_string())
        };
        found.iter().map(one).collect::<Vec<_>>()
    });
    let row = |(id, who, about): &Offer| {
        let onclick = {
            let (q, choose, chosen) = (q.clone(), props.choose.clone(), Some((*id, who.clone())));
            Callback::from(move |_: MouseEvent| {
                q.set(String::new());
                choose.emit(chosen.clone());
            })
        };
        html! {
            <li key={id.to_string()}>
                <button type="button" class="btn btn-ghost btn-sm h-auto w-full justify-start gap-x-3 py-1 text-start" {onclick}>
                    <bdi class="font-medium">{ who }</bdi><bdi class="font-normal text-base-content/70">{ about }</bdi>
                </button>
            </li>
        }
    };
    let value = AttrValue::from((*q).clone());
    let oninput = {
        let q = q.clone();
        Callback::from(move |text| q.set(text))
    };
    html! {
        <div>
            <Field name={name.clone()} label={words.say(&name)} {value} autocomplete="off" {oninput} />
            { alert(words, search.fault.or(fault)) }
            if let Some(found) = patients.or(staff).filter(|_| !q.is_empty()) {
                <ul class="mt-1 rounded-box border border-base-300 p-1" id={format!("{name}-found")}>
                    if found.is_empty() { <li role="status" class="px-3 py-1">{ words.say("nothing-found") }</li> }
                    { for found.iter().take(OFFERED).map(row) }
                </ul>
            }
        </div>
    }
}
