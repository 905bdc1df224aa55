//! Staff accept their invitation by choosing a password. The link's secret is in the fragment of the address, which
//! no server receives, and it is removed from there at once.

use medlane_shared::{
    access::Role,
    api::AcceptInvitation,
    fault::{Code, Fault},
    identity::{AcceptRequest, Accepted},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::call,
    i18n::use_words,
    kit::{Card, Field, Page, alert},
};

/// The id and secret of the link.
fn told() -> Option<(String, String)> {
    let window = web_sys::window()?;
    let hash = window.location().hash().ok()?;
    let (id, secret) = hash.trim_start_matches('#').split_once('.')?;
    // Removes the secret from the address and from the browser's history.
    let plain =
        window.history().ok()?.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some("/invited"));
    plain.ok()?;
    Some((id.to_owned(), secret.to_owned()))
}

/// The page.
#[component(Invited)]
pub fn invited() -> Html {
    let words = use_words();
    let link = use_state(told);
    let password = use_state(String::new);
    let (busy, fault) = (use_state(|| false), use_state(|| None::<Fault>));
    let accepted = use_state(|| None::<Accepted>);
    let onsubmit = {
        let (link, password, busy, fault, accepted) =
            (link.clone(), password.clone(), busy.clone(), fault.clone(), accepted.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let request = (*link).as_ref().and_then(|(id, secret)| {
                let (secret, password) = (secret.clone(), (*password).clone());
                Some(AcceptRequest { invitation_id: id.parse().ok()?, secret, password })
            });
            let Some(request) = request else { return fault.set(Some(Code::CodeExpired.into())) };
            busy.set(true);
            let (busy, fault, accepted) = (busy.clone(), fault.clone(), accepted.clone());
            spawn_local(async move {
                match call::<AcceptInvitation>(&[], &request).await {
                    Ok(taken) => accepted.set(Some(taken)),
                    Err(refused) => fault.set(Some(refused)),
                }
                busy.set(false);
            });
        })
    };
    let body = match &*accepted {
        Some(taken) => {
            let doctor = taken.roles.contains(&Role::Doctor);
            html! {
                <>
                    <p role="status" id="accepted">{ words.say_with("accepted", &[("email", taken.email.as_str().into())]) }</p>
                    <a class="btn btn-primary btn-lg w-full" href={if doctor { "/doctor" } else { "/console" }}>{ words.say(if doctor { "workstation" } else { "console" }) }</a>
                </>
            }
        }
        None => html! {
            <form class="space-y-4" {onsubmit}>
                { alert(words, (*fault).clone().or_else(|| link.is_none().then(|| Code::CodeExpired.into()))) }
                <Field name="password" kind="password" autocomplete="new-password" label={words.say("password")} hint={words.say("password-hint")}
                    value={(*password).clone()} oninput={Callback::from(move |text| password.set(text))} />
                <button type="submit" id="go-on" class="btn btn-primary btn-lg w-full" disabled={*busy || link.is_none()}>{ words.say("go-on") }</button>
            </form>
        },
    };
    html! {
        <Page title={words.say("companion")} place={words.say("choose-password")}>
            <div class="mx-auto max-w-md pt-6"><Card title={words.say("choose-password")}><div class="space-y-4">{ body }</div></Card></div>
        </Page>
    }
}
