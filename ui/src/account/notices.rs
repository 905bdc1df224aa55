//! How the person is told about their visits.

use js_sys::{Array, Intl::DateTimeFormat, Object, Reflect};
use medlane_shared::{
    api::{ChangeProfile, ChooseNotices, GetNotices},
    fault::{Fault, Language},
    identity::ProfileRequest,
    notify::{Channel, Notices, Quiet},
    typed::phone_text,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::call,
    i18n::use_words,
    kit::{Card, Field, alert, select, skeleton},
};

/// The properties of the choice.
#[derive(Properties, PartialEq)]
pub struct ChoiceProps {
    /// The language of messages now.
    pub language: Option<String>,
}

/// The browser's time zone.
fn time_zone() -> String {
    let options = DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
    let zone = Reflect::get(&options, &"timeZone".into()).ok().and_then(|zone| zone.as_string());
    zone.unwrap_or_else(|| "UTC".to_owned())
}

/// The choice of channels and quiet hours.
#[component(Choice)]
pub fn choice(props: &ChoiceProps) -> Html {
    let words = use_words();
    let (notices, fault, saved) =
        (use_state(|| None::<Notices>), use_state(|| None::<Fault>), use_state(|| false));
    let language = use_state(|| props.language.clone().unwrap_or_else(|| words.tag().to_owned()));
    let act = {
        let (notices, fault, saved, language) =
            (notices.clone(), fault.clone(), saved.clone(), language.clone());
        Callback::from(move |keeps: bool| {
            let (notices, fault, saved, language) =
                (notices.clone(), fault.clone(), saved.clone(), (*language).clone());
            spawn_local(async move {
                let done = match (*notices).clone().filter(|_| keeps) {
                    None => call::<GetNotices>(&[], &()).await,
                    Some(chosen) => {
                        let profile =
                            ProfileRequest { language: Some(language), ..ProfileRequest::default() };
                        match call::<ChangeProfile>(&[], &profile).await {
                            Ok(_) => call::<ChooseNotices>(&[], &chosen.choice).await,
                            Err(refused) => Err(refused),
                        }
                    }
                };
                match done {
                    Ok(now) => {
                        notices.set(Some(now));
                        saved.set(keeps);
                        fault.set(None);
                    }
                    Err(refused) => {
                        saved.set(false);
                        fault.set(Some(refused));
                    }
                }
            });
        })
    };
    use_effect_with((), {
        let act = act.clone();
        move |()| act.emit(false)
    });
    let Some(now) = (*notices).clone() else {
        return html! {
            <Card title={words.say("notices")}>
                { alert(words, (*fault).clone()) }
                if fault.is_none() { { skeleton(words) } }
            </Card>
        };
    };
    let change = |change: fn(&mut Notices, String)| {
        let (notices, saved, now) = (notices.clone(), saved.clone(), now.clone());
        Callback::from(move |text: String| {
            let mut next = now.clone();
            change(&mut next, text);
            saved.set(false);
            notices.set(Some(next));
        })
    };
    let channel = |channel: Channel, address: &str| {
        let key = format!("channel-{}", channel.text());
        let toggle = change(|next, text| {
            let Some(channel) = Channel::from_text(&text) else { return };
            let chosen = &mut next.choice.channels;
            if chosen.contains(&channel) {
                chosen.retain(|other| *other != channel);
            } else {
                chosen.push(channel);
            }
        });
        html! {
            <label key={key.clone()} class="flex items-center gap-3">
                <input type="checkbox" class="checkbox" id={key.clone()} checked={now.choice.channels.contains(&channel)}
                    onchange={toggle.reform(move |_: Event| channel.text().to_owned())} />
                <span>{ words.say(&key) }{ " " }<bdi class="text-base-content/70">{ phone_text(address) }</bdi></span>
            </label>
        }
    };
    let quiet = now.choice.quiet.as_ref();
    let hush = change(|next, _| {
        next.choice.quiet = match next.choice.quiet {
            Some(_) => None,
            None => {
                Some(Quiet { from: "22:00".to_owned(), until: "07:00".to_owned(), time_zone: time_zone() })
            }
        };
    });
    let hour = |change: fn(&mut Quiet) -> &mut String| {
        let (notices, saved, now) = (notices.clone(), saved.clone(), now.clone());
        Callback::from(move |text: String| {
            let mut next = now.clone();
            if let Some(quiet) = &mut next.choice.quiet {
                *change(quiet) = text;
                quiet.time_zone = time_zone();
            }
            saved.set(false);
            notices.set(Some(next));
        })
    };
    let tongues: Vec<(AttrValue, AttrValue)> =
        Language::ALL.iter().map(|language| (language.tag().into(), language.name().into())).collect();
    let speak = {
        let (language, saved) = (language.clone(), saved.clone());
        Callback::from(move |tag| {
            saved.set(false);
            language.set(tag);
        })
    };
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        true
    });
    html! {
        <Card title={words.say("notices")}>
            <p class="text-base-content/70">{ words.say("notices-hint") }</p>
            { alert(words, (*fault).clone()) }
            if *saved { <p role="status" class="alert alert-success alert-soft" id="notices-saved">{ words.say("account-saved") }</p> }
            <form class="space-y-4" {onsubmit}>
                <fieldset class="space-y-3">
                    <legend class="sr-only">{ words.say("notices") }</legend>
                    { for now.reached.iter().map(|reached| channel(reached.channel, &reached.address)) }
                    <label class="flex items-center gap-3">
                        <input type="checkbox" class="checkbox" id="quiet" checked={quiet.is_some()} onchange={hush.reform(|_: Event| String::new())} />
                        { words.say("quiet") }
                    </label>
                </fieldset>
                if let Some(quiet) = quiet {
                    <div class="grid grid-cols-2 gap-4">
                        <Field name="quiet-from" autocomplete="off" kind="time" label={words.say("quiet-from")} value={quiet.from.clone()} oninput={hour(|quiet| &mut quiet.from)} />
                        <Field name="quiet-until" autocomplete="off" kind="time" label={words.say("quiet-until")} value={quiet.until.clone()} oninput={hour(|quiet| &mut quiet.until)} />
                    </div>
                }
                <div class="flex flex-wrap items-center gap-3">
                    <span class="text-sm font-medium" aria-hidden="true">{ words.say("notices-language") }</span>
                    { select(words.say("notices-language"), &tongues, &language, &speak) }
                </div>
                <button type="submit" id="notices-save" class="btn btn-primary">{ words.say("save") }</button>
            </form>
        </Card>
    }
}
