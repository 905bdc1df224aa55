//! Warns before a session ends that no renewal extends, and says what to do.

use gloo_timers::callback::Interval;
use medlane_shared::identity::Me;
use yew::prelude::*;

use crate::{
    backend::{SessionContext, sign_out},
    clock,
    i18n::use_words,
    kit::Button,
};

/// How long before the end the page warns, and warns more urgently, in milliseconds.
const SAID_MS: i64 = 15 * 60_000;
const URGENT_MS: i64 = 5 * 60_000;
/// How often the remaining time is checked, in milliseconds.
const LOOK_MS: u32 = 5_000;

/// How near the end of the session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Near {
    Soon,
    Now,
}

/// The warning for the time left, in milliseconds. After the end the server itself says so.
const fn near(left_ms: i64) -> Option<Near> {
    match left_ms {
        ..=0 => None,
        1..=URGENT_MS => Some(Near::Now),
        left_ms if left_ms <= SAID_MS => Some(Near::Soon),
        _ => None,
    }
}

/// The properties of the warning.
#[derive(Properties, PartialEq)]
pub struct SessionEndProps {
    /// The signed-in person.
    pub me: Me,
}

/// Warns 15 and 5 minutes before the session ends.
#[component(SessionEnd)]
pub fn session_end(props: &SessionEndProps) -> Html {
    let words = use_words();
    let session = use_context::<SessionContext>();
    let ends_at = props.me.ends_at;
    let left = move || ends_at.and_then(|ends_at| near(ends_at.since_ms(clock::now())));
    let now = use_state(left);
    use_effect_with(ends_at, {
        let now = now.setter();
        move |_| {
            now.set(left());
            let timer = Interval::new(LOOK_MS, move || now.set(left()));
            move || drop(timer)
        }
    });
    let again = Callback::from(move |()| {
        let Some(session) = session.clone() else { return };
        wasm_bindgen_futures::spawn_local(async move { session.set.emit(sign_out().await) });
    });
    let Some((near, ends_at)) = (*now).zip(ends_at) else { return html! {} };
    let (key, role, tone) = match near {
        Near::Soon => ("session-ends", "status", "alert-info"),
        Near::Now => ("session-ends-now", "alert", "alert-warning"),
    };
    let at = words.clock(ends_at);
    html! {
        <div {role} id="session-ends" data-near={key} class={classes!("alert", "alert-soft", "mb-4", tone)}>
            <p class="flex-1">{ words.say_with(key, &[("at", at.as_str().into())]) }</p>
            <Button class="btn-sm" id="session-again" onclick={again}>{ words.say("session-again") }</Button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_said_twice_before_it_comes() {
        let minute = 60_000;
        let said = [16 * minute, 15 * minute, 6 * minute, 5 * minute, 1, 0, -minute].map(near);
        let (soon, now) = (Some(Near::Soon), Some(Near::Now));
        assert_eq!(said, [None, soon, soon, now, now, None, None]);
    }
}
