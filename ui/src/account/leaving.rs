//! Asks the clinic to delete the account.

use medlane_shared::{
    api::{AskDeletion, GetDeletion, WithdrawDeletion},
    fault::Fault,
    identity::Deletion,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::call,
    i18n::use_words,
    kit::{Button, Card, Kind, alert},
};

/// An action on this screen.
#[derive(Clone, Copy, PartialEq)]
enum Doing {
    Look,
    Ask,
    Withdraw,
}

/// The state of the request, and what the person can do.
#[component(Leaving)]
pub fn leaving() -> Html {
    let words = use_words();
    let (deletion, fault) = (use_state(Deletion::default), use_state(|| None::<Fault>));
    let asking = use_state(|| false);
    let act = {
        let (deletion, fault, asking) = (deletion.clone(), fault.clone(), asking.clone());
        Callback::from(move |doing: Doing| {
            let (deletion, fault, asking) = (deletion.clone(), fault.clone(), asking.clone());
            spawn_local(async move {
                let done = match doing {
                    Doing::Look => call::<GetDeletion>(&[], &()).await,
                    Doing::Ask => call::<AskDeletion>(&[], &()).await,
                    Doing::Withdraw => call::<WithdrawDeletion>(&[], &()).await,
                };
                match done {
                    Ok(now) => {
                        deletion.set(now);
                        asking.set(false);
                        fault.set(None);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    use_effect_with((), {
        let act = act.clone();
        move |()| act.emit(Doing::Look)
    });
    let open = |to: bool| {
        let asking = asking.clone();
        Callback::from(move |()| asking.set(to))
    };
    let onsubmit = act.reform(|event: SubmitEvent| {
        event.prevent_default();
        Doing::Ask
    });
    html! {
        <Card title={words.say("leaving")}>
            { alert(words, (*fault).clone()) }
            if let Some(at) = deletion.asked_at {
                <p role="status" class="alert alert-warning alert-soft" id="leaving-asked">{ words.say_with("leaving-asked", &[("at", words.day(at).as_str().into())]) }</p>
                <div><Button id="leaving-back" onclick={act.reform(|()| Doing::Withdraw)}>{ words.say("leaving-back") }</Button></div>
            } else if *asking {
                <form class="space-y-4 rounded-box bg-base-200 p-4" {onsubmit}>
                    <p>{ words.say("leaving-sure") }</p>
                    <div class="flex flex-wrap gap-2">
                        <button type="submit" id="leaving-ask" class="btn btn-error btn-soft">{ words.say("leaving-ask") }</button>
                        <Button kind={Kind::Ghost} onclick={open(false)}>{ words.say("cancel") }</Button>
                    </div>
                </form>
            } else {
                <p class="text-base-content/70">{ words.say("leaving-hint") }</p>
                <div><Button kind={Kind::Ghost} id="leaving-open" onclick={open(true)}>{ words.say("leaving-ask") }</Button></div>
            }
        </Card>
    }
}
