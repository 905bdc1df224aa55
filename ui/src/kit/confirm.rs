//! "Confirm it's you": one dialog for all calls that a stolen session must not be able to make.

use medlane_shared::fault::{Code, Fault};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{Button, Field, Kind, Modal, alert};
use crate::{
    backend::{confirm, settle, when_confirm_needed},
    i18n::use_words,
};

/// Asks for the password, and for a code if needed, whenever a call requires it.
#[component(Confirming)]
pub fn confirming() -> Html {
    let words = use_words();
    // `None` while it is closed; otherwise whether it asks for a code.
    let open = use_state(|| None::<bool>);
    let (password, code) = (use_state(String::new), use_state(String::new));
    let (busy, fault) = (use_state(|| false), use_state(|| None::<Fault>));
    use_effect_with((), {
        let open = open.clone();
        move |()| {
            when_confirm_needed(Some(Callback::from(move |with_code| open.set(Some(with_code)))));
            || when_confirm_needed(None)
        }
    });
    let end = {
        let open = open.clone();
        let (password, code, fault) = (password.clone(), code.clone(), fault.clone());
        Callback::from(move |done: bool| {
            password.set(String::new());
            code.set(String::new());
            fault.set(None);
            open.set(None);
            settle(done);
        })
    };
    let onsubmit = {
        let (open, end, busy, fault) = (open.clone(), end.clone(), busy.clone(), fault.clone());
        let (password, code) = (password.clone(), code.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *busy {
                return;
            }
            busy.set(true);
            let (open, end, busy, fault) = (open.clone(), end.clone(), busy.clone(), fault.clone());
            let typed = (*open == Some(true)).then(|| (*code).clone());
            let password = (*password).clone();
            spawn_local(async move {
                let done = confirm(password, typed).await;
                busy.set(false);
                match done {
                    Ok(()) => end.emit(true),
                    Err(refused) => {
                        if refused.code == Code::CodeWrong {
                            open.set(Some(true));
                        }
                        fault.set(Some(refused));
                    }
                }
            });
        })
    };
    let input = |into: &UseStateHandle<String>| {
        let into = into.clone();
        Callback::from(move |text| into.set(text))
    };
    let Some(with_code) = *open else { return html! {} };
    html! {
        <Modal id="confirm" title="confirm-title" first="confirm-password" leave={end.reform(|()| false)}>
            <form class="space-y-4" {onsubmit}>
                <h2 id="confirm-title" class="text-lg font-semibold">{ words.say("confirm-title") }</h2>
                <p class="text-base-content/70">{ words.say("confirm-why") }</p>
                { alert(words, (*fault).clone()) }
                <Field name="confirm-password" kind="password" autocomplete="current-password" label={words.say("password-present")}
                    value={(*password).clone()} oninput={input(&password)} />
                if with_code {
                    <Field name="confirm-code" autocomplete="one-time-code" label={words.say("factor-code")} hint={words.say("factor-hint")}
                        value={(*code).clone()} oninput={input(&code)} />
                }
                <div class="flex flex-wrap gap-2">
                    <button type="submit" id="confirm-go" class="btn btn-primary" disabled={*busy}>{ words.say("confirm-go") }</button>
                    <Button kind={Kind::Ghost} id="confirm-leave" onclick={end.reform(|()| false)}>{ words.say("cancel") }</Button>
                </div>
            </form>
        </Modal>
    }
}
