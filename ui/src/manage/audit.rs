//! The audit log, and the check of its chain.

use medlane_shared::{
    api::{ListAudit, VerifyAudit},
    audit::{AuditEntry, AuditQuery, AuditVerdict},
    fault::Fault,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    admin::Entries,
    backend::call,
    i18n::use_words,
    kit::{Button, Card, Field, Kind, alert, empty, skeleton},
};

/// The log, newest first, in pages.
#[component(AuditLog)]
pub fn audit_log() -> Html {
    let words = use_words();
    let (entries, next) = (use_state(|| None::<Vec<AuditEntry>>), use_state(|| None::<String>));
    let (action, fault) = (use_state(String::new), use_state(|| None::<Fault>));
    let (verdict, busy) = (use_state(|| None::<AuditVerdict>), use_state(|| false));
    let load = {
        let (entries, next, fault) = (entries.clone(), next.clone(), fault.clone());
        Callback::from(move |(before, cursor, action): (Vec<AuditEntry>, Option<String>, String)| {
            let (entries, next, fault) = (entries.clone(), next.clone(), fault.clone());
            spawn_local(async move {
                let action = Some(action.trim().to_owned()).filter(|action| !action.is_empty());
                match call::<ListAudit>(&[], &AuditQuery { cursor, action, ..AuditQuery::default() }).await {
                    Ok(page) => {
                        entries.set(Some([before, page.items].concat()));
                        next.set(page.next);
                        fault.set(None);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    use_effect_with((*action).clone(), {
        let load = load.clone();
        move |action| load.emit((Vec::new(), None, action.clone()))
    });
    let more = {
        let (entries, next, action) =
            ((*entries).clone().unwrap_or_default(), (*next).clone(), (*action).clone());
        Callback::from(move |()| load.emit((entries.clone(), next.clone(), action.clone())))
    };
    let verify = {
        let (verdict, busy, fault) = (verdict.clone(), busy.clone(), fault.clone());
        Callback::from(move |()| {
            busy.set(true);
            let (verdict, busy, fault) = (verdict.clone(), busy.clone(), fault.clone());
            spawn_local(async move {
                match call::<VerifyAudit>(&[], &()).await {
                    Ok(found) => {
                        verdict.set(Some(found));
                        fault.set(None);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
                busy.set(false);
            });
        })
    };
    html! {
        <Card>
            <div class="flex flex-wrap items-end gap-3">
                <div class="w-full max-w-72"><Field name="action" label={words.say("filter-action")} value={(*action).clone()}
                    oninput={Callback::from(move |text| action.set(text))} /></div>
                <span class="flex-1"></span>
                <Button kind={Kind::Primary} id="verify" busy={*busy} onclick={verify}>{ words.say("verify") }</Button>
            </div>
            { alert(words, (*fault).clone()) }
            if let Some(verdict) = &*verdict { <Verdict verdict={verdict.clone()} /> }
            { match &*entries {
                None if fault.is_some() => html! {},
                None => skeleton(words),
                Some(entries) if entries.is_empty() => empty(words.say("nothing-found"), words.say("filter-hint")),
                Some(entries) => html! { <Entries entries={entries.clone()} /> },
            } }
            if next.is_some() { <div><Button id="more" onclick={more}>{ words.say("more") }</Button></div> }
        </Card>
    }
}

#[derive(Properties, PartialEq)]
struct VerdictProps {
    verdict: AuditVerdict,
}

#[component(Verdict)]
fn verdict_notice(props: &VerdictProps) -> Html {
    let words = use_words();
    let verdict = &props.verdict;
    let (entries, checkpoints, anchored) = (verdict.entries, verdict.checkpoints, verdict.anchored);
    match &verdict.first_bad {
        None => html! {
            <p role="status" id="verdict" data-ok="true" class="alert alert-success alert-soft">
                { words.say_with("verdict-ok", &[("entries", entries.into()), ("checkpoints", checkpoints.into()), ("anchored", anchored.into())]) }
            </p>
        },
        Some(bad) => {
            let what = words.say(&format!("tampering-{}", bad.tampering.text()));
            html! {
                <p role="alert" id="verdict" data-ok="false" data-code={bad.tampering.text()} class="alert alert-error">
                    { words.say_with("verdict-bad", &[("seq", bad.seq.into()), ("what", what.as_str().into())]) }
                    { " " }<code dir="ltr">{ bad.tampering.text() }</code>
                </p>
            }
        }
    }
}
