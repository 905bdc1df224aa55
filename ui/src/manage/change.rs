//! Corrects a patient's details at the desk: shows the present values, what is wrong with the new ones, and similar
//! patients.

use medlane_shared::{
    api::ChangePatient,
    fault::{Code, Fault},
    identity::{Gender, PatientChange, PatientView},
    ids::PersonId,
    lean,
    typed::phone_text,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::call,
    i18n::{Words, languages, use_words},
    kit::{Button, DateFields, Field, Kind, alert, focus, retyped, select, use_focus, use_kept},
    queue::{genders, record_text},
};

/// The properties of the form.
#[derive(Properties, PartialEq)]
pub struct ChangeProps {
    /// The patient, as the search found them.
    pub patient: PatientView,
    /// Called with the changed patient.
    pub changed: Callback<PatientView>,
    /// Called to close the form without a change.
    pub close: Callback<()>,
}

/// The typed values, and whose they are.
type Typed = Option<(PersonId, PatientChange)>;

/// The typed text; `None` if it is empty.
fn given(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

/// The form with the present values.
fn present(patient: &PatientView) -> PatientChange {
    let PatientView { name, birth_date, phone, email, gender, language, version, .. } = patient.clone();
    PatientChange { name, birth_date, phone, email, gender, language, is_new: false, version: Some(version) }
}

/// What was typed, upon the details that another person has changed meanwhile: a field that this form did not change
/// takes the present value.
fn onto(typed: PatientChange, before: &PatientView, now: &PatientView) -> PatientChange {
    let (before, now) = (present(before), present(now));
    PatientChange {
        name: retyped(typed.name, &before.name, now.name),
        birth_date: retyped(typed.birth_date, &before.birth_date, now.birth_date),
        phone: retyped(typed.phone, &before.phone, now.phone),
        email: retyped(typed.email, &before.email, now.email),
        gender: retyped(typed.gender, &before.gender, now.gender),
        language: retyped(typed.language, &before.language, now.language),
        is_new: false,
        version: now.version,
    }
}

/// The sentence that names similar patients.
fn alike_list(words: Words, alike: &[PatientView]) -> Html {
    html! {
        <div class="alert alert-warning alert-soft items-start" role="alert" id="change-alike" tabindex="-1">
            <div class="space-y-2">
                <p class="font-medium">{ words.say("change-alike") }</p>
                <ul class="list-disc ps-5">{ for alike.iter().map(|one| {
                    let known = [
                        one.birth_date.as_deref().map(|day| AttrValue::from(words.date(day))),
                        one.record_number.map(|number| record_text(words, &number.to_string())),
                        one.phone.as_deref().map(|phone| AttrValue::from(phone_text(phone))),
                    ];
                    html! { <li key={one.id.to_string()}><bdi class="font-medium break-words">{ &one.name }</bdi>{ for known.into_iter().flatten().map(|text| html! { <>{ " · " }<bdi>{ text }</bdi></> }) }</li> }
                }) }</ul>
            </div>
        </div>
    }
}

/// The form.
#[component(Change)]
pub fn change(props: &ChangeProps) -> Html {
    let words = use_words();
    let typed = use_kept("patient-change", || Typed::None);
    let (fault, alike) = (use_state(|| None::<Fault>), use_state(Vec::<PatientView>::new));
    let busy = use_state(|| false);
    let id = props.patient.id;
    let fields = typed.as_ref().filter(|(of, _)| *of == id).map(|(_, fields)| fields.clone());
    let fields = fields.unwrap_or_else(|| present(&props.patient));
    use_focus((), "change-name");
    let into = |change: fn(&mut PatientChange, String)| {
        let (typed, fields, alike) = (typed.clone(), fields.clone(), alike.clone());
        Callback::from(move |text: String| {
            let mut next = fields.clone();
            change(&mut next, text);
            typed.set(Some((id, next)));
            // The question was about the values before.
            alike.set(Vec::new());
        })
    };
    let leave = {
        let (typed, close) = (typed.clone(), props.close.clone());
        Callback::from(move |()| {
            typed.set(None);
            close.emit(());
            focus(&opener(id));
        })
    };
    let save = {
        let (typed, fields, fault, alike, busy) =
            (typed.clone(), fields.clone(), fault.clone(), alike.clone(), busy.clone());
        let (changed, close) = (props.changed.clone(), props.close.clone());
        let before = props.patient.clone();
        Callback::from(move |()| {
            if *busy {
                return;
            }
            busy.set(true);
            let request = PatientChange { is_new: !alike.is_empty(), ..fields.clone() };
            let (typed, fault, alike, busy) = (typed.clone(), fault.clone(), alike.clone(), busy.clone());
            let (changed, close, before) = (changed.clone(), close.clone(), before.clone());
            spawn_local(async move {
                match call::<ChangePatient>(&[&id.to_string()], &request).await {
                    Ok(now) => {
                        typed.set(None);
                        changed.emit(now);
                        close.emit(());
                        focus(&opener(id));
                        return;
                    }
                    Err(refused) => {
                        let found = refused.present.clone();
                        match refused.code {
                            Code::PatientAlike => {
                                alike.set(found.and_then(|found| lean::read(found).ok()).unwrap_or_default());
                            }
                            // Another person has changed the patient: show the present values, and keep what was
                            // typed.
                            Code::VersionStale => {
                                if let Some(now) =
                                    found.and_then(|found| lean::read::<PatientView>(found).ok())
                                {
                                    typed.set(Some((id, onto(request, &before, &now))));
                                    changed.emit(now);
                                }
                            }
                            _ => {}
                        }
                        fault.set(Some(refused));
                    }
                }
                busy.set(false);
            });
        })
    };
    let is_new = !alike.is_empty();
    // The focus leaves the button, and Enter does not answer the question: a second press is not meant for it.
    use_effect_with(is_new, |is_new| {
        if *is_new {
            focus("change-alike");
        }
    });
    let onsubmit = {
        let save = save.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if !is_new {
                save.emit(());
            }
        })
    };
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let none = (AttrValue::default(), words.say("language-none"));
    let spoken: Vec<(AttrValue, AttrValue)> =
        std::iter::once(none).chain(languages().map(|(tag, name)| (tag.into(), name.into()))).collect();
    let labelled = |label: AttrValue, field: Html| html! { <div class="space-y-1.5"><p class="text-sm font-medium" aria-hidden="true">{ label }</p>{ field }</div> };
    html! {
        <form class="my-3 space-y-4 rounded-box bg-base-200 p-4" id="change-form" {onsubmit}>
            { alert(words, (*fault).clone().filter(|fault| fault.code != Code::PatientAlike)) }
            if is_new { { alike_list(words, &alike) } }
            <div class="grid gap-4 md:grid-cols-2">
                <Field name="change-name" autocomplete="off" label={words.say("your-name-of")} value={fields.name.clone()} oninput={into(|fields, text| fields.name = text)} />
                <DateFields name="change-born" value={text(&fields.birth_date)} oninput={into(|fields, text| fields.birth_date = given(text))} />
                { labelled(words.say("gender"), select(words.say("gender"), &genders(words), fields.gender.map_or("", Gender::text), &into(|fields, text| fields.gender = Gender::from_text(&text)))) }
                { labelled(words.say("notices-language"), select(words.say("notices-language"), &spoken, fields.language.as_deref().unwrap_or_default(), &into(|fields, text| fields.language = given(text)))) }
                <Field name="change-phone" autocomplete="off" inputmode="tel" label={words.say("phone")} hint={words.say("phone-hint")} value={text(&fields.phone)} oninput={into(|fields, text| fields.phone = Some(text))} />
                <Field name="change-email" autocomplete="off" inputmode="email" label={words.say("email")} value={text(&fields.email)} oninput={into(|fields, text| fields.email = Some(text))} />
            </div>
            <p class="text-sm text-base-content/70">{ words.say("change-hint") }</p>
            <div class="flex flex-wrap gap-2">
                if is_new {
                    <Button id="change-save" busy={*busy} onclick={save}>{ words.say("change-anyway") }</Button>
                } else {
                    <button type="submit" id="change-save" class="btn btn-primary" disabled={*busy}>{ words.say("save") }</button>
                }
                <Button kind={Kind::Ghost} id="change-cancel" onclick={leave}>{ words.say("cancel") }</Button>
            </div>
        </form>
    }
}

/// The id of the button that opens the form of a patient.
#[must_use]
pub fn opener(patient: PersonId) -> String {
    format!("change-{patient}")
}

#[cfg(test)]
mod tests {
    use medlane_shared::time::Timestamp;

    use super::*;

    #[test]
    fn a_form_that_is_late_changes_only_what_was_typed_in_it() {
        let before = PatientView {
            id: PersonId::new(Timestamp::from_ms(1), [1; 10]),
            name: "Ana".to_owned(),
            birth_date: None,
            phone: Some("+96890000001".to_owned()),
            email: None,
            gender: None,
            record_number: None,
            former_numbers: Vec::new(),
            proven: Vec::new(),
            language: None,
            version: 1,
        };
        let now = PatientView { phone: Some("+96890000002".to_owned()), version: 2, ..before.clone() };
        let typed = PatientChange { name: "Anna".to_owned(), ..present(&before) };
        let next = onto(typed, &before, &now);
        assert_eq!((next.name.as_str(), &next.phone, next.version), ("Anna", &now.phone, Some(2)));
    }
}
