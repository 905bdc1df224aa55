//! Patients, their contacts, and which of them are confirmed.

use medlane_shared::{identity::PatientView, ids::PersonId};
use yew::prelude::*;

use super::{
    change::{Change, opener},
    contact::Contacts,
};
use crate::{
    admin::{more_match, use_patients},
    i18n::use_words,
    kit::{Button, Card, Field, alert, empty, use_kept},
    queue::{gender_key, record_texts},
};

/// How many patients are shown at once.
const SHOWN: u32 = 20;

/// Searches for a patient, shows their details and contacts, and corrects them.
#[component(Patients)]
pub fn patients() -> Html {
    let words = use_words();
    let q = use_kept("patients-q", String::new);
    let search = use_patients(&q, SHOWN);
    // The patient whose details are being changed.
    let changing = use_kept("patients-changing", || None::<PersonId>);
    let row = |patient: &PatientView| {
        let id = patient.id;
        let open = {
            let changing = changing.clone();
            Callback::from(move |()| changing.set(Some(id)))
        };
        let close = {
            let changing = changing.clone();
            Callback::from(move |()| changing.set(None))
        };
        let known = [
            patient.birth_date.as_deref().map(|day| AttrValue::from(words.date(day))),
            patient.gender.map(|gender| words.say(gender_key(gender))),
        ];
        let known = known.into_iter().flatten().chain(record_texts(words, patient));
        let is_changing = *changing == Some(id);
        html! {
            <li key={id.to_string()} class="py-3" data-patient={patient.name.clone()}>
                <div class="flex flex-wrap items-start gap-3">
                    <div class="min-w-0 flex-1">
                        <p class="page-start font-medium break-words" dir="auto">{ &patient.name }</p>
                        <p class="text-sm text-base-content/70">
                            { for known.enumerate().map(|(n, text)| html! { <>if n > 0 { { " · " } }<bdi>{ text }</bdi></> }) }
                        </p>
                    </div>
                    <Button class="btn-sm" id={opener(id)} onclick={open}>{ words.say("change-details") }</Button>
                </div>
                if is_changing {
                    <Change patient={patient.clone()} changed={search.changed.clone()} {close} />
                }
                <Contacts key={patient.version} patient={patient.clone()} changed={search.changed.clone()} />
            </li>
        }
    };
    let oninput = {
        let q = q.clone();
        Callback::from(move |text| q.set(text))
    };
    html! {
        <Card>
            <div class="w-full max-w-96"><Field name="patients-q" autocomplete="off" label={words.say("walk-in-who")} hint={words.say("walk-in-hint")} value={(*q).clone()} {oninput} /></div>
            { alert(words, search.fault.clone()) }
            { more_match(words, &search) }
            { match &search.found {
                None => html! {},
                Some(found) if found.is_empty() => empty(words.say("nothing-found"), AttrValue::default()),
                Some(found) => html! { <ul class="divide-y divide-base-300">{ for found.iter().map(row) }</ul> },
            } }
        </Card>
    }
}
