//! Registration, and a new password: the contact, the code, the password; one question per screen.

use medlane_shared::{
    api::{ForgotPassword, Register, ResendCode, ResetPassword, VerifyCode},
    fault::{Code, Fault},
    identity::{
        Face, ForgotRequest, RegisterRequest, ResendRequest, ResetRequest, VerificationBegun, VerifyRequest,
        is_whole_code,
    },
    notify::Channel,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::email_or_phone;
use crate::{
    backend::call,
    i18n::{Words, use_words},
    kit::{Button, Card, Field, Kind, Page, alert},
};

/// What the person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A new account.
    Register,
    /// A new password.
    Reset,
}

/// The properties of these screens.
#[derive(Properties, PartialEq)]
pub struct ProofProps {
    /// What the person wants.
    pub purpose: Purpose,
}

/// The present step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Contact,
    Code,
    Password,
    Done,
}

/// The text typed so far.
#[derive(Clone, Default, PartialEq)]
struct Typed {
    name: String,
    contact: String,
    code: String,
    password: String,
}

async fn begin(purpose: Purpose, typed: &Typed, words: Words) -> Result<VerificationBegun, Fault> {
    let (email, phone) = email_or_phone(&typed.contact);
    match purpose {
        Purpose::Register => {
            let (name, language) = (typed.name.clone(), Some(words.tag().to_owned()));
            let request = RegisterRequest { name, email, phone, birth_date: None, language };
            call::<Register>(&[], &request).await
        }
        Purpose::Reset => call::<ForgotPassword>(&[], &ForgotRequest { email, phone }).await,
    }
}

/// Sends the code to the server; with the password it finishes.
async fn prove(purpose: Purpose, begun: &VerificationBegun, typed: &Typed, with: bool) -> Result<(), Fault> {
    let (verification_id, code) = (begun.verification_id, typed.code.trim().to_owned());
    let password = with.then(|| typed.password.clone());
    match purpose {
        Purpose::Register => {
            let request = VerifyRequest { verification_id, code, password, face: Face::Companion };
            call::<VerifyCode>(&[], &request).await.map(drop)
        }
        Purpose::Reset => call::<ResetPassword>(&[], &ResetRequest { verification_id, code, password }).await,
    }
}

/// The screens.
#[component(Proof)]
pub fn proof(props: &ProofProps) -> Html {
    let words = use_words();
    let purpose = props.purpose;
    let (place, typed) = (use_state(|| Place::Contact), use_state(Typed::default));
    let (busy, fault) = (use_state(|| false), use_state(|| None::<Fault>));
    let (begun, again) = (use_state(|| None::<VerificationBegun>), use_state(|| false));
    // Runs a step, and goes on if it succeeded.
    let go = {
        let (place, typed, busy, fault, begun) =
            (place.clone(), typed.clone(), busy.clone(), fault.clone(), begun.clone());
        Callback::from(move |to: Place| {
            if *busy {
                return;
            }
            busy.set(true);
            let (place, typed, busy, fault, begun) =
                (place.clone(), typed.clone(), busy.clone(), fault.clone(), begun.clone());
            spawn_local(async move {
                let done = match (to, &*begun) {
                    (Place::Code, _) => begin(purpose, &typed, words).await.map(|now| begun.set(Some(now))),
                    (_, Some(now)) => prove(purpose, now, &typed, to == Place::Done).await,
                    (_, None) => Err(Code::CodeExpired.into()),
                };
                let worked = done.is_ok();
                fault.set(done.err());
                busy.set(false);
                if worked && to == Place::Done && purpose == Purpose::Register {
                    // The cookie has signed the person in.
                    if let Some(window) = web_sys::window() {
                        drop(window.location().set_href("/"));
                    }
                } else if worked {
                    place.set(to);
                }
            });
        })
    };
    let resend = {
        let (begun, fault, again) = (begun.clone(), fault.clone(), again.clone());
        Callback::from(move |()| {
            let (begun, fault, again) = (begun.clone(), fault.clone(), again.clone());
            spawn_local(async move {
                let Some(now) = (*begun).clone() else { return };
                let request = ResendRequest { verification_id: now.verification_id };
                let sent = call::<ResendCode>(&[], &request).await;
                again.set(sent.is_ok());
                fault.set(sent.err());
            });
        })
    };
    let back = {
        let (place, fault, again) = (place.clone(), fault.clone(), again.clone());
        Callback::from(move |()| {
            fault.set(None);
            again.set(false);
            place.set(Place::Contact);
        })
    };
    let input = |set: fn(&mut Typed, String)| {
        let typed = typed.clone();
        Callback::from(move |text: String| {
            let mut next = (*typed).clone();
            set(&mut next, text);
            typed.set(next);
        })
    };
    let form = |to: Place, key: &str, ready: bool, fields: Html| {
        let go = go.clone();
        let onsubmit = Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            go.emit(to);
        });
        html! {
            <form class="space-y-4" {onsubmit}>
                { alert(words, (*fault).clone()) }
                { fields }
                <button type="submit" id="go-on" class="btn btn-primary btn-lg w-full" disabled={*busy || !ready}>
                    if *busy { <span class="loading loading-spinner loading-sm" aria-hidden="true"></span> }
                    { words.say(key) }
                </button>
            </form>
        }
    };
    let registers = purpose == Purpose::Register;
    let title = words.say(match (*place, registers) {
        (Place::Contact, true) => "register",
        (Place::Contact, false) => "forgot",
        (Place::Code, _) => "code-title",
        (Place::Password, _) => "choose-password",
        (Place::Done, _) => "reset-title",
    });
    let body = match *place {
        Place::Contact => {
            let named = !registers || !typed.name.trim().is_empty();
            form(
                Place::Code,
                "send-code",
                named && typed.contact.trim().len() > 3,
                html! {
                    <>
                        if registers {
                            <Field name="name" autocomplete="name" label={words.say("your-name")} value={typed.name.clone()} oninput={input(|typed, text| typed.name = text)} />
                        }
                        <Field name="contact" autocomplete="username" inputmode="email" label={words.say("contact")} hint={words.say("contact-hint")}
                            value={typed.contact.clone()} oninput={input(|typed, text| typed.contact = text)} />
                    </>
                },
            )
        }
        Place::Code => {
            let key = match begun.as_ref().map(|now| now.channel) {
                Some(Channel::Sms) => "code-sent-sms",
                _ => "code-sent-email",
            };
            html! {
                <>
                    <p>{ words.say_with(key, &[("to", typed.contact.trim().into())]) }</p>
                    { form(Place::Password, "go-on", is_whole_code(&typed.code), html! {
                        <Field name="code" autocomplete="one-time-code" inputmode="numeric" label={words.say("code")}
                            value={typed.code.clone()} oninput={input(|typed, text| typed.code = text)} />
                    }) }
                    if *again { <p role="status" class="text-center text-sm">{ words.say("code-again-sent") }</p> }
                    <div class="flex flex-wrap justify-center gap-2">
                        <Button kind={Kind::Ghost} id="resend" onclick={resend}>{ words.say("code-again") }</Button>
                        <Button kind={Kind::Ghost} onclick={back}>{ words.say("code-other") }</Button>
                    </div>
                </>
            }
        }
        Place::Password => {
            let key = if registers { "register-finish" } else { "reset-finish" };
            form(
                Place::Done,
                key,
                !typed.password.is_empty(),
                html! {
                    <Field name="password" kind="password" autocomplete="new-password" label={words.say("password")} hint={words.say("password-hint")}
                        value={typed.password.clone()} oninput={input(|typed, text| typed.password = text)} />
                },
            )
        }
        Place::Done => html! {
            <>
                <p role="status" id="reset-done">{ words.say("reset-done") }</p>
                <a class="btn btn-primary btn-lg w-full" href="/">{ words.say("sign-in") }</a>
            </>
        },
    };
    html! {
        <Page title={words.say("companion")} place={&title}>
            <div class="mx-auto max-w-md space-y-4 pt-6">
                <Card {title}><div class="space-y-4">{ body }</div></Card>
                if *place == Place::Contact {
                    <p class="text-center text-sm"><a class="underline underline-offset-4" href="/">{ words.say("have-account") }</a></p>
                }
            </div>
        </Page>
    }
}
