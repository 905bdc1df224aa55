//! Patients, their contacts, and which of them are confirmed.

use medlane_shared::{
    api::FindPatients,
    fault::Fault,
    identity::{PatientView, PatientsQuery, is_query},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::contact::Contacts;
use crate::{
    backend::call,
    i18n::use_words,
    kit::{Card, Field, alert, empty},
};

/// How many patients are shown at once.
const SHOWN: u32 = 20;

/// Finds a patient, and shows their contacts.
#[component(Patients)]
pub fn patients() -> Html {
    let words = use_words();
    let (q, found) = (use_state(String::new), use_state(|| None::<Vec<PatientView>>));
    let fault = use_state(|| None::<Fault>);
    let asked = use_mut_ref(|| 0_u32);
    let find = {
        let (q, found, fault) = (q.clone(), found.clone(), fault.clone());
        Callback::from(move |text: String| {
            q.set(text.clone());
            *asked.borrow_mut() += 1;
            let (asked, turn) = (asked.clone(), *asked.borrow());
            let (found, fault) = (found.clone(), fault.clone());
            if !is_query(&text) {
                return found.set(None);
            }
            spawn_local(async move {
                let done = call::<FindPatients>(&[], &PatientsQuery { q: text, limit: Some(SHOWN) }).await;
                // The answer to an earlier search is not shown.
                if *asked.borrow() == turn {
                    match done {
                        Ok(page) => {
                            found.set(Some(page.items));
                            fault.set(None);
                        }
                        Err(refused) => fault.set(Some(refused)),
                    }
                }
            });
        })
    };
    let changed = {
        let found = found.clone();
        Callback::from(move |now: PatientView| {
            let mut list = (*found).clone().unwrap_or_default();
            if let Some(one) = list.iter_mut().find(|one| one.id == now.id) {
                *one = now;
            }
            found.set(Some(list));
        })
    };
    let row = |patient: &PatientView| {
        html! {
            <li key={patient.id.to_string()} class="py-3" data-patient={patient.name.clone()}>
                <p class="page-start truncate font-medium" dir="auto">{ &patient.name }</p>
                <p class="text-sm text-base-content/70 tabular-nums" dir="ltr">{ patient.birth_date.clone().unwrap_or_default() }</p>
                <Contacts patient={patient.clone()} changed={changed.clone()} />
            </li>
        }
    };
    html! {
        <Card>
            <div class="w-full max-w-96"><Field name="patients-q" label={words.say("walk-in-who")} hint={words.say("walk-in-hint")} value={(*q).clone()} oninput={find} /></div>
            { alert(words, (*fault).clone()) }
            { match &*found {
                None => html! {},
                Some(found) if found.is_empty() => empty(words.say("nothing-found"), AttrValue::default()),
                Some(found) => html! { <ul class="divide-y divide-base-300">{ for found.iter().map(row) }</ul> },
            } }
        </Card>
    }
}
