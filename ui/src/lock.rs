//! Locks a screen that nobody uses. Its owner unlocks it, or another person takes over.

use std::rc::Rc;

use medlane_shared::{access::Role, fault::Fault, identity::Me};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::{Session, SessionContext, lock, sign_out, unlock},
    i18n::use_words,
    idle::use_stillness,
    kit::{Button, Card, Field, Kind, alert, use_focus},
};

/// How long the screen of one person may be idle until it locks, in milliseconds.
const OWN_MS: f64 = 300_000.0;
/// The same for a desk that several people share.
const SHARED_MS: f64 = 120_000.0;
/// How often the idle time is checked, in milliseconds.
const LOOK_MS: u32 = 5_000;
/// Calls `idle` once a member of staff has been idle for long enough. Patients' pages never lock.
#[hook]
pub fn use_idle(me: Option<Rc<Me>>, idle: Callback<Rc<Me>>) {
    let me = me.filter(|me| me.role.is_staff());
    use_stillness(
        me.is_some(),
        LOOK_MS,
        Callback::from(move |still: f64| {
            if let Some(me) = me.as_ref()
                && still >= if me.role == Role::Reception { SHARED_MS } else { OWN_MS }
            {
                idle.emit(me.clone());
            }
        }),
    );
}

/// The properties of the locked screen.
#[derive(Properties, PartialEq)]
struct LockedProps {
    /// The person who is signed in.
    me: Rc<Me>,
}

/// The locked screen of a person.
pub fn locked_screen(me: Rc<Me>) -> Html {
    html! { <Locked {me} /> }
}

/// Asks for the password of the signed-in person, or lets another person take over.
#[component(Locked)]
fn locked(props: &LockedProps) -> Html {
    let words = use_words();
    let session = use_context::<SessionContext>();
    let (password, busy) = (use_state(String::new), use_state(|| false));
    let fault = use_state(|| None::<Fault>);
    // Again after a wrong password, which empties the field.
    use_focus(fault.is_some() && !*busy, "unlock-password");
    let onsubmit = {
        let (session, me) = (session.clone(), props.me.clone());
        let (password, busy, fault) = (password.clone(), busy.clone(), fault.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(session) = session.clone().filter(|_| !*busy) else { return };
            busy.set(true);
            let (me, password, busy, fault) = (me.clone(), password.clone(), busy.clone(), fault.clone());
            spawn_local(async move {
                match unlock(me, (*password).clone()).await {
                    Ok(open) => session.set.emit(open),
                    Err(refused) if refused.code.status() == 401 => session.set.emit(Session::SignedOut),
                    Err(refused) => {
                        password.set(String::new());
                        fault.set(Some(refused));
                        busy.set(false);
                    }
                }
            });
        })
    };
    let switch = Callback::from(move |()| {
        let session = session.clone();
        spawn_local(async move {
            let out = sign_out().await;
            if let Some(session) = session {
                session.set.emit(out);
            }
        });
    });
    html! {
        <div class="mx-auto max-w-md pt-6" id="locked">
            <Card title={words.say_with("locked-by", &[("name", props.me.name.as_str().into())])}>
                <form class="space-y-4" {onsubmit}>
                    { alert(words, (*fault).clone()) }
                    <Field name="unlock-password" kind="password" autocomplete="current-password" label={words.say("password")} value={(*password).clone()}
                        oninput={Callback::from(move |text| password.set(text))} />
                    <button type="submit" id="unlock" class="btn btn-primary btn-lg w-full" disabled={*busy}>{ words.say("unlock") }</button>
                </form>
                <Button kind={Kind::Ghost} class="w-full" id="switch" onclick={switch}>{ words.say("switch-user") }</Button>
            </Card>
        </div>
    }
}

/// Locks the screen of a session.
#[must_use]
pub fn lock_session(set: Callback<Session>) -> Callback<Rc<Me>> {
    Callback::from(move |me: Rc<Me>| {
        let set = set.clone();
        spawn_local(async move { set.emit(lock(me).await) });
    })
}
