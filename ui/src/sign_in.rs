//! The way in.

use medlane_shared::{fault::Fault, identity::Face};
use yew::prelude::*;

use crate::{
    backend::{SessionContext, face, is_window, server_address, sign_in},
    i18n::use_words,
    kit::{Alert, Card, Field},
};

/// Asks for address and password.
#[component(SignIn)]
pub fn sign_in_form() -> Html {
    let words = use_words();
    let session = use_context::<SessionContext>();
    let (email, password) = (use_state(String::new), use_state(String::new));
    let (busy, fault) = (use_state(|| false), use_state(|| None::<Fault>));
    let onsubmit = {
        let (email, password, busy, fault) = (email.clone(), password.clone(), busy.clone(), fault.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(session) = session.clone().filter(|_| !*busy) else { return };
            busy.set(true);
            let (busy, fault) = (busy.clone(), fault.clone());
            let (email, password) = ((*email).clone(), (*password).clone());
            wasm_bindgen_futures::spawn_local(async move {
                match sign_in(email, password).await {
                    Ok(signed_in) => session.set.emit(signed_in),
                    Err(refused) => {
                        fault.set(Some(refused));
                        busy.set(false);
                    }
                }
            });
        })
    };
    html! {
        <div class="mx-auto max-w-md pt-6">
            <Card title={words.say("sign-in")}>
                <form class="space-y-4" {onsubmit}>
                    <Alert fault={(*fault).clone()} />
                    <Field name="email" inputmode="email" autocomplete="username" label={words.say("contact")} value={(*email).clone()}
                        oninput={Callback::from(move |text| email.set(text))} />
                    <Field name="password" kind="password" autocomplete="current-password" label={words.say("password")} value={(*password).clone()}
                        oninput={Callback::from(move |text| password.set(text))} />
                    <button type="submit" id="sign-in" class="btn btn-primary btn-lg w-full" disabled={*busy}>
                        if *busy { <span class="loading loading-spinner loading-sm" aria-hidden="true"></span> }
                        { words.say("sign-in") }
                    </button>
                </form>
                <p class="pt-2 text-center text-sm">
                    if is_window() {
                        // A window has no other page: it says where one is.
                        { words.say_with("forgot-at", &[("address", format!("{}/forgot", server_address()).as_str().into())]) }
                    } else {
                        <a class="underline underline-offset-4" href="/forgot" id="forgot">{ words.say("forgot") }</a>
                    }
                </p>
            </Card>
            if face() == Face::Companion {
                <a class="btn btn-soft btn-lg mt-4 w-full" href="/register" id="register">{ words.say("register") }</a>
            }
        </div>
    }
}
