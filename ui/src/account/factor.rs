//! The second factor: setting up an app, backup codes, switching off.

use std::rc::Rc;

use medlane_shared::{
    api::{DisableMfa, EnableMfa, GetMfa, RenewBackupCodes, SetUpMfa},
    fault::Fault,
    identity::{BackupCodes, MfaEnableRequest, MfaSetup, MfaSetupRequest, MfaView, Tokens},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::{SessionContext, call, face, signed_in, step_token},
    i18n::{Words, use_words},
    kit::{Button, Card, Field, Kind, Qr, alert, skeleton},
};

/// The properties of the setup.
#[derive(Properties, PartialEq)]
pub struct SetUpProps {
    /// Whether it is part of a sign-in, which then continues.
    pub step: bool,
    /// Called after the codes were shown. A sign-in continues by itself.
    #[prop_or_default]
    pub done: Callback<()>,
}

/// The present step.
#[derive(Clone)]
enum Place {
    Begin,
    App(MfaSetup),
    Codes(Vec<String>, Option<Rc<Tokens>>),
}

/// A handler that puts typed text into a state.
fn input(into: &UseStateHandle<String>) -> Callback<String> {
    let into = into.clone();
    Callback::from(move |text| into.set(text))
}

/// A form of one button.
fn form(words: Words, key: &str, id: &str, fault: Option<Fault>, go: &Callback<()>, fields: Html) -> Html {
    let onsubmit = go.reform(|event: SubmitEvent| event.prevent_default());
    html! {
        <form class="space-y-4" {onsubmit}>
            { alert(words, fault) }
            { fields }
            <button type="submit" id={id.to_owned()} class="btn btn-primary">{ words.say(key) }</button>
        </form>
    }
}

/// Sets up an app: the app's code, then the backup codes.
#[component(SetUp)]
pub fn set_up(props: &SetUpProps) -> Html {
    let words = use_words();
    let session = use_context::<SessionContext>();
    let place = use_state(|| Place::Begin);
    let code = use_state(String::new);
    let fault = use_state(|| None::<Fault>);
    let step = props.step;
    use_effect_with(step, {
        let (place, fault) = (place.clone(), fault.clone());
        move |step| {
            let mfa_token = step.then(step_token).flatten();
            spawn_local(async move {
                let request = MfaSetupRequest { mfa_token };
                let answer = call::<SetUpMfa>(&[], &request).await;
                match answer {
                    Ok(setup) => {
                        fault.set(None);
                        place.set(Place::App(setup));
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        }
    });
    let enable = {
        let (place, code, fault) = (place.clone(), code.clone(), fault.clone());
        Callback::from(move |()| {
            let (place, fault, code) = (place.clone(), fault.clone(), (*code).clone());
            spawn_local(async move {
                let mfa_token = step.then(step_token).flatten();
                match call::<EnableMfa>(&[], &MfaEnableRequest { code, mfa_token, face: face() }).await {
                    Ok(BackupCodes { codes, tokens }) => {
                        fault.set(None);
                        place.set(Place::Codes(codes, tokens.map(Rc::new)));
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    match &*place {
        Place::Begin => html! {
            if fault.is_some() { { alert(words, (*fault).clone()) } } else { { skeleton(words) } }
        },
        Place::App(setup) => html! {
            <>
                <p>{ words.say("factor-scan") }</p>
                <Qr text={setup.uri.clone()} label={words.say("factor-qr")} />
                <details>
                    <summary class="cursor-pointer text-sm">{ words.say("factor-by-hand") }</summary>
                    <p class="mt-2 font-mono break-all select-all" dir="ltr" id="factor-secret">{ grouped(&setup.secret) }</p>
                </details>
                { form(words, "factor-on", "factor-enable", (*fault).clone(), &enable, html! {
                    <Field name="factor-first-code" autocomplete="one-time-code" inputmode="numeric" label={words.say("factor-code")}
                        value={(*code).clone()} oninput={input(&code)} />
                }) }
            </>
        },
        Place::Codes(codes, tokens) => {
            let (tokens, done) = (tokens.clone(), props.done.clone());
            let go_on = Callback::from(move |()| match (&tokens, &session) {
                (Some(tokens), Some(session)) => session.set.emit(signed_in((**tokens).clone())),
                _ => done.emit(()),
            });
            code_list(words, codes, go_on)
        }
    }
}

/// The secret in groups of four, easier to read and type.
fn grouped(secret: &str) -> String {
    let letters: Vec<char> = secret.chars().collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The backup codes. They are shown only once.
fn code_list(words: Words, codes: &[String], done: Callback<()>) -> Html {
    html! {
        <>
            <p role="status">{ words.say("factor-codes") }</p>
            <ul class="grid grid-cols-2 gap-2 rounded-box bg-base-200 p-4 font-mono select-all" dir="ltr" id="factor-codes">
                { for codes.iter().map(|code| html! { <li key={code.clone()}>{ code }</li> }) }
            </ul>
            <Button kind={Kind::Primary} id="factor-kept" onclick={done}>{ words.say("factor-kept") }</Button>
        </>
    }
}

/// The change in progress.
#[derive(Clone, PartialEq)]
enum Doing {
    Nothing,
    SetUp,
    Seen(Vec<String>),
}

/// The state of the person's second factor, and what they can do about it.
#[component(Factor)]
pub fn factor() -> Html {
    let words = use_words();
    let view = use_state(|| None::<MfaView>);
    let doing = use_state(|| Doing::Nothing);
    let fault = use_state(|| None::<Fault>);
    let load = {
        let (view, fault) = (view.clone(), fault.clone());
        Callback::from(move |()| {
            let (view, fault) = (view.clone(), fault.clone());
            spawn_local(async move {
                let now = call::<GetMfa>(&[], &()).await;
                view.set(now.as_ref().ok().cloned());
                fault.set(now.err());
            });
        })
    };
    use_effect_with((*doing).clone(), {
        let load = load.clone();
        move |_| load.emit(())
    });
    let ask = |next: Doing| {
        let (doing, fault) = (doing.clone(), fault.clone());
        Callback::from(move |()| {
            fault.set(None);
            doing.set(next.clone());
        })
    };
    // Both actions need a confirmed identity; the page's dialog asks for it.
    let change = |off: bool| {
        let (doing, view, fault, load) = (doing.clone(), view.clone(), fault.clone(), load.clone());
        Callback::from(move |()| {
            let (doing, view, fault, load) = (doing.clone(), view.clone(), fault.clone(), load.clone());
            spawn_local(async move {
                let done = if off {
                    call::<DisableMfa>(&[], &()).await.map(|()| Doing::Nothing)
                } else {
                    call::<RenewBackupCodes>(&[], &()).await.map(|fresh| Doing::Seen(fresh.codes))
                };
                match done {
                    Ok(next) => {
                        doing.set(next);
                        // The change is done: the state from before is not shown, also if the present one cannot be
                        // loaded.
                        view.set(None);
                        fault.set(None);
                        load.emit(());
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    let body = match (&*doing, &*view) {
        (Doing::SetUp, _) => html! { <SetUp step=false done={ask(Doing::Nothing)} /> },
        (Doing::Seen(codes), _) => code_list(words, codes, ask(Doing::Nothing)),
        (Doing::Nothing, None) if fault.is_some() => html! {
            <>
                { alert(words, (*fault).clone()) }
                <div><Button id="factor-load" onclick={load.reform(|()| ())}>{ words.say("try-again") }</Button></div>
            </>
        },
        (Doing::Nothing, None) => skeleton(words),
        (Doing::Nothing, Some(MfaView { enabled_at: None, .. })) => html! {
            <>
                <p>{ words.say("factor-why") }</p>
                <div><Button kind={Kind::Primary} id="factor-set-up" onclick={ask(Doing::SetUp)}>{ words.say("factor-set-up") }</Button></div>
            </>
        },
        (Doing::Nothing, Some(now)) => html! {
            <>
                { alert(words, (*fault).clone()) }
                <p id="factor-is-on"><span class="badge badge-success badge-soft me-2">{ words.say("factor-is-on") }</span>
                    { words.say_with("factor-left", &[("n", now.codes_left.into())]) }</p>
                <div class="flex flex-wrap gap-2">
                    <Button id="factor-renew" onclick={change(false)}>{ words.say("factor-renew") }</Button>
                    if !now.required {
                        <Button kind={Kind::Danger} id="factor-off" onclick={change(true)}>{ words.say("factor-off") }</Button>
                    }
                </div>
            </>
        },
    };
    html! { <Card title={words.say("factor")}><div class="space-y-4">{ body }</div></Card> }
}
