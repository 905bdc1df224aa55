//! Enrols this computer by an administrator's one-time code, or unlocks one that does not know the clinic's key by the code of
//! that key.

use medlane_shared::fault::Fault;
use yew::prelude::*;

use crate::{
    backend::{Session, SessionContext, enrol, trust_clinic},
    i18n::use_words,
    kit::{Card, Field, alert},
};

/// Enrols by the code in the address (`#code=`), and removes it from there.
pub async fn from_address() -> Option<Session> {
    let window = web_sys::window()?;
    let hash = window.location().hash().ok()?;
    let code = hash.strip_prefix("#code=")?.to_owned();
    // The code is a secret and must not stay in the browser's history.
    let path = window.location().pathname().ok()?;
    drop(window.history().ok()?.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&path)));
    enrol(code).await.ok()
}

/// The props of the form.
#[derive(Properties, PartialEq)]
pub struct EnrolProps {
    /// The prefix of its words.
    #[prop_or("enrol")]
    pub words: &'static str,
}

/// The prefix for the code of the clinic's key, at a locked device.
pub const CLINIC_KEY: &str = "clinic-key";

/// Asks for the code.
#[component(Enrol)]
pub fn enrol_form(props: &EnrolProps) -> Html {
    let words = use_words();
    let (key, is_key) = (props.words, props.words == CLINIC_KEY);
    let session = use_context::<SessionContext>();
    let (code, busy, fault) = (use_state(String::new), use_state(|| false), use_state(|| None::<Fault>));
    let onsubmit = {
        let (code, busy, fault) = (code.clone(), busy.clone(), fault.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(session) = session.clone().filter(|_| !*busy) else { return };
            busy.set(true);
            let (code, busy, fault) = ((*code).clone(), busy.clone(), fault.clone());
            wasm_bindgen_futures::spawn_local(async move {
                let done = if is_key { trust_clinic(code).await } else { enrol(code).await };
                match done {
                    Ok(enrolled) => session.set.emit(enrolled),
                    Err(refused) => {
                        fault.set(Some(refused));
                        busy.set(false);
                    }
                }
            });
        })
    };
    let empty = code.trim().is_empty();
    let value = (*code).clone();
    html! {
        <Card title={words.say(&format!("{key}-title"))}>
            <p class="text-base-content/80">{ words.say(&format!("{key}-hint")) }</p>
            <form class="space-y-4" {onsubmit}>
                { alert(words, (*fault).clone()) }
                <Field name="code" autocomplete="one-time-code" label={words.say(&format!("{key}-code"))} {value}
                    oninput={Callback::from(move |text| code.set(text))} />
                <button type="submit" id={key} class="btn btn-primary btn-lg w-full" disabled={*busy || empty}>{ words.say(key) }</button>
            </form>
        </Card>
    }
}
