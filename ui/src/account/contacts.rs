//! The person's own contacts, and replacing one by another.

use medlane_shared::{
    api::{ConfirmOwnContact, GetContacts, ProveContact},
    fault::Fault,
    identity::{ContactConfirmRequest, OwnContact, OwnContactRequest, OwnContacts, is_whole_code},
    ids::VerificationId,
    typed::phone_text,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::email_or_phone;
use crate::{
    backend::call,
    i18n::{Words, use_words},
    kit::{Button, Card, Field, Kind, alert, skeleton},
};

/// The present step.
#[derive(Clone, Default, PartialEq)]
enum Place {
    #[default]
    Look,
    /// Enter the address.
    Address,
    /// Enter the code that was sent.
    Code(VerificationId),
}

/// The text typed so far.
#[derive(Clone, Default, PartialEq)]
struct Typed {
    address: String,
    code: String,
}

/// An action on this screen.
#[derive(Clone, PartialEq)]
enum Doing {
    Look,
    Open(String),
    Close,
    Send,
    Confirm,
}

/// The person's contacts.
#[component(Contacts)]
pub fn contacts() -> Html {
    let words = use_words();
    let (all, place, typed) =
        (use_state(|| None::<OwnContacts>), use_state(Place::default), use_state(Typed::default));
    let (done, fault) = (use_state(|| false), use_state(|| None::<Fault>));
    let act = {
        let (all, place, typed) = (all.clone(), place.clone(), typed.clone());
        let (done, fault) = (done.clone(), fault.clone());
        Callback::from(move |doing: Doing| {
            let (all, place, typed) = (all.clone(), place.clone(), typed.clone());
            let (done, fault) = (done.clone(), fault.clone());
            done.set(false);
            match doing {
                Doing::Open(address) => {
                    typed.set(Typed { address, ..Typed::default() });
                    return place.set(Place::Address);
                }
                Doing::Close => {
                    fault.set(None);
                    return place.set(Place::Look);
                }
                Doing::Look | Doing::Send | Doing::Confirm => {}
            }
            spawn_local(async move {
                let result = match (&doing, &*place) {
                    (Doing::Send, _) => {
                        let (email, phone) = email_or_phone(&typed.address);
                        let request = OwnContactRequest { email, phone };
                        let sent = call::<ProveContact>(&[], &request).await;
                        sent.map(|sent| place.set(Place::Code(sent.verification_id)))
                    }
                    (Doing::Confirm, Place::Code(id)) => {
                        let request =
                            ContactConfirmRequest { verification_id: *id, code: typed.code.clone() };
                        let now = call::<ConfirmOwnContact>(&[], &request).await;
                        now.map(|now| {
                            all.set(Some(now));
                            done.set(true);
                            typed.set(Typed::default());
                            place.set(Place::Look);
                        })
                    }
                    _ => call::<GetContacts>(&[], &()).await.map(|now| all.set(Some(now))),
                };
                fault.set(result.err());
            });
        })
    };
    use_effect_with((), {
        let act = act.clone();
        move |()| act.emit(Doing::Look)
    });
    let input = |set: fn(&mut Typed, String)| {
        let typed = typed.clone();
        Callback::from(move |text: String| {
            let mut next = (*typed).clone();
            set(&mut next, text);
            typed.set(next);
        })
    };
    let form = |doing: Doing, key: &'static str, ready: bool, fields: Html| {
        let onsubmit = act.reform(move |event: SubmitEvent| {
            event.prevent_default();
            doing.clone()
        });
        html! {
            <form class="space-y-4 rounded-box bg-base-200 p-4" {onsubmit}>
                { fields }
                <div class="flex flex-wrap gap-2">
                    <button type="submit" id={key} class="btn btn-primary" disabled={!ready}>{ words.say(key) }</button>
                    <Button kind={Kind::Ghost} onclick={act.reform(|()| Doing::Close)}>{ words.say("cancel") }</Button>
                </div>
            </form>
        }
    };
    let body = match &*place {
        Place::Look => {
            html! { <div><Button id="contact-other" onclick={act.reform(|()| Doing::Open(String::new()))}>{ words.say("contact-other") }</Button></div> }
        }
        Place::Address => form(
            Doing::Send,
            "send-code",
            typed.address.trim().len() > 3,
            html! {
                <Field name="contact-address" autocomplete="email" inputmode="email" label={words.say("contact")} hint={words.say("contact-hint")}
                    value={typed.address.clone()} oninput={input(|typed, text| typed.address = text)} />
            },
        ),
        Place::Code(_) => form(
            Doing::Confirm,
            "contact-confirm",
            is_whole_code(&typed.code),
            html! {
                <Field name="contact-code" autocomplete="one-time-code" inputmode="numeric" label={words.say("code")}
                    hint={words.say_with("contact-sent", &[("to", typed.address.trim().into())])}
                    value={typed.code.clone()} oninput={input(|typed, text| typed.code = text)} />
            },
        ),
    };
    html! {
        <Card title={words.say("contacts")}>
            <p class="text-base-content/70">{ words.say("contacts-hint") }</p>
            { alert(words, (*fault).clone()) }
            if *done { <p role="status" class="alert alert-success alert-soft" id="contact-done">{ words.say("contact-done") }</p> }
            { match &*all {
                None if fault.is_some() => html! {},
                None => skeleton(words),
                Some(all) => html! { <ul class="divide-y divide-base-300">{ for all.contacts.iter().map(|one| line(words, one, &act)) }</ul> },
            } }
            { body }
        </Card>
    }
}

/// A contact, and whether it is confirmed.
fn line(words: Words, one: &OwnContact, act: &Callback<Doing>) -> Html {
    let (channel, address) = (one.channel.text(), one.address.clone());
    html! {
        <li key={channel} class="flex flex-wrap items-center gap-3 py-3" data-own-contact={channel} data-proven={one.proven_at.is_some().to_string()}>
            <div class="min-w-0 flex-1">
                <p class="page-start truncate font-medium"><bdi>{ phone_text(&one.address) }</bdi></p>
                if let Some(at) = one.proven_at {
                    <p class="text-sm text-base-content/70">{ words.say_with("contact-since", &[("at", words.day(at).as_str().into())]) }</p>
                } else {
                    <p class="text-sm text-base-content/70">{ words.say("contact-silent") }</p>
                }
            </div>
            if one.proven_at.is_some() {
                <span class="badge badge-success badge-soft">{ words.say("contact-confirmed") }</span>
            } else {
                <span class="badge badge-warning badge-soft">{ words.say("contact-unconfirmed") }</span>
                <Button class="btn-sm" id={format!("contact-prove-{channel}")} onclick={act.reform(move |()| Doing::Open(address.clone()))}>{ words.say("contact-confirm") }</Button>
            }
        </li>
    }
}
