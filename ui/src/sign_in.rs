//! Signing in: address and password, then the second factor if there is one.

use medlane_shared::{
    fault::{Code, Fault},
    identity::Face,
};
use yew::prelude::*;

use crate::{
    backend::{SessionContext, face, is_over, is_window, pass_factor, server_address, sign_in},
    i18n::use_words,
    kit::{Card, Field, alert},
};

/// The properties of the form.
#[derive(Properties, PartialEq)]
pub struct SignInProps {
    /// Shows the setup of a second factor, on pages that have it.
    pub set_up: Option<Callback<(), Html>>,
}

/// The present step.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Password,
    Factor,
    SetUp,
}

/// Asks for address and password, and then for a code if one is needed.
#[component(SignIn)]
pub fn sign_in_form(props: &SignInProps) -> Html {
    let words = use_words();
    let session = use_context::<SessionContext>();
    let place = use_state(|| Place::Password);
    let (email, password, code) = (use_state(String::new), use_state(String::new), use_state(String::new));
    // If the session was ended elsewhere, the page says so. The person can sign in again and go on at the same place.
    let (busy, fault) = (use_state(|| false), use_state(|| is_over().then(|| Fault::new(Code::SignedOut))));
    let onsubmit = {
        let (email, password, code) = (email.clone(), password.clone(), code.clone());
        let (place, busy, fault) = (place.clone(), busy.clone(), fault.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(session) = session.clone().filter(|_| !*busy) else { return };
            busy.set(true);
            let (place, busy, fault) = (place.clone(), busy.clone(), fault.clone());
            let (email, password, code) = ((*email).clone(), (*password).clone(), (*code).clone());
            wasm_bindgen_futures::spawn_local(async move {
                let done = match *place {
                    Place::Password => sign_in(email, password).await,
                    Place::Factor | Place::SetUp => pass_factor(code).await,
                };
                busy.set(false);
                match done {
                    Ok(signed_in) => session.set.emit(signed_in),
                    Err(Fault { code: Code::MfaRequired, present, .. }) => {
                        let enrolled = present.is_some_and(|step| step["enrolled"] == true);
                        fault.set(None);
                        place.set(if enrolled { Place::Factor } else { Place::SetUp });
                    }
                    Err(refused) => {
                        // Too late for the code, so the password is asked for again.
                        if matches!(refused.code, Code::TokenExpired | Code::SignedOut) {
                            place.set(Place::Password);
                        }
                        fault.set(Some(refused));
                    }
                }
            });
        })
    };
    let form = |fields: Html| {
        html! {
            <form class="space-y-4" {onsubmit}>
                { alert(words, (*fault).clone()) }
                { fields }
                <button type="submit" id="sign-in" class="btn btn-primary btn-lg w-full" disabled={*busy}>
                    if *busy { <span class="loading loading-spinner loading-sm" aria-hidden="true"></span> }
                    { words.say("sign-in") }
                </button>
            </form>
        }
    };
    let input = |into: &UseStateHandle<String>| {
        let into = into.clone();
        Callback::from(move |text| into.set(text))
    };
    let body = match (*place, &props.set_up) {
        (Place::Password, _) => html! {
            <>
                { form(html! {
                    <>
                        <Field name="email" inputmode="email" autocomplete="username" label={words.say("contact")} value={(*email).clone()} oninput={input(&email)} />
                        <Field name="password" kind="password" autocomplete="current-password" label={words.say("password")} value={(*password).clone()} oninput={input(&password)} />
                    </>
                }) }
                <p class="pt-2 text-center text-sm">
                    if is_window() {
                        // A desktop app's window has no such page, so it shows the address.
                        { words.say_with("forgot-at", &[("address", format!("{}/forgot", server_address()).as_str().into())]) }
                    } else {
                        <a class="underline underline-offset-4" href="/forgot" id="forgot">{ words.say("forgot") }</a>
                    }
                </p>
            </>
        },
        (Place::Factor, _) => form(html! {
            <Field name="factor" autocomplete="one-time-code" inputmode="text" label={words.say("factor-code")} hint={words.say("factor-hint")}
                value={(*code).clone()} oninput={input(&code)} />
        }),
        (Place::SetUp, Some(set_up)) => set_up.emit(()),
        (Place::SetUp, None) => {
            let address = format!("{}/account", server_address());
            html! {
                <>
                    <p id="factor-first">{ words.say("factor-first") }</p>
                    if is_window() {
                        <p class="font-medium"><bdi>{ address }</bdi></p>
                    } else {
                        <a class="btn btn-primary btn-lg w-full" href="/account">{ words.say("account") }</a>
                    }
                </>
            }
        }
    };
    html! {
        <div class="mx-auto max-w-md pt-6">
            <Card title={words.say(if *place == Place::Password { "sign-in" } else { "factor" })}><div class="space-y-4">{ body }</div></Card>
            if face() == Face::Companion && *place == Place::Password {
                <a class="btn btn-soft btn-lg mt-4 w-full" href="/register" id="register">{ words.say("register") }</a>
            }
        </div>
    }
}
