//! Tells administrators on every page of the console that the audit log does not hold.

use gloo_storage::Storage as _;
use gloo_timers::callback::Interval;
use medlane_shared::{
    api::GetAuditState,
    audit::{AuditState, FirstBad},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{address::PageLink, backend::call, i18n::use_words, kit::Button};

/// How often the state of the log is asked for, in milliseconds.
const ASK_MS: u32 = 5 * 60_000;
/// The storage key of the finding that this browser's user has seen.
const SEEN: &str = "medlane.log.seen";

/// A finding as the browser remembers it.
fn name(bad: &FirstBad) -> String {
    format!("{}:{}", bad.seq, bad.tampering.text())
}

/// The finding to tell of, unless it is the one that was seen.
fn told<'a>(state: Option<&'a AuditState>, seen: Option<&str>) -> Option<&'a FirstBad> {
    state?.first_bad.as_ref().filter(|bad| seen != Some(&name(bad)))
}

/// What the last check found, until somebody has seen it.
#[component(LogState)]
pub fn log_state() -> Html {
    let words = use_words();
    let state = use_state(|| None::<AuditState>);
    let seen = use_state(|| gloo_storage::LocalStorage::raw().get_item(SEEN).ok().flatten());
    use_effect_with((), {
        let state = state.setter();
        move |()| {
            let ask = move || {
                let state = state.clone();
                spawn_local(async move {
                    // A fault is told by whatever else the page loads.
                    if let Ok(now) = call::<GetAuditState>(&[], &()).await {
                        state.set(Some(now));
                    }
                });
            };
            ask();
            let again = Interval::new(ASK_MS, ask);
            move || drop(again)
        }
    });
    let Some(bad) = told(state.as_ref(), seen.as_deref()).copied() else { return html! {} };
    let what = words.say(&format!("tampering-{}", bad.tampering.text()));
    let said = words.say_with("verdict-bad", &[("seq", bad.seq.into()), ("what", what.as_str().into())]);
    let is_signed = state.as_ref().is_some_and(|state| state.is_signed);
    let close = Callback::from(move |()| {
        // Without storage it is told again on the next page.
        drop(gloo_storage::LocalStorage::raw().set_item(SEEN, &name(&bad)));
        seen.set(Some(name(&bad)));
    });
    html! {
        <div role="alert" id="log-state" class="alert alert-error mb-4 flex-wrap items-center">
            <p class="min-w-0 flex-1">
                { said }
                if !is_signed { { " " }{ words.say("log-unsigned") } }
                { " " }<PageLink class="underline underline-offset-4" href="/console/audit">{ words.say("tab-audit") }</PageLink>
            </p>
            <Button class="btn-sm" id="log-seen" onclick={close}>{ words.say("log-seen") }</Button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::audit::Tampering;

    use super::*;

    #[test]
    fn a_finding_is_told_until_it_was_seen_and_another_one_anew() {
        let bad = FirstBad { seq: 3, id: None, tampering: Tampering::Changed };
        let state = AuditState { first_bad: Some(bad), is_signed: true, checked_at: None };
        assert_eq!(told(None, None), None);
        assert_eq!(told(Some(&AuditState { first_bad: None, ..state }), None), None);
        assert_eq!(told(Some(&state), None), Some(&bad));
        assert_eq!(told(Some(&state), Some("3:changed")), None);
        assert_eq!(told(Some(&state), Some("3:removed")), Some(&bad));
    }
}
