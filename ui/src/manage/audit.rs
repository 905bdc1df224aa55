//! The audit log, and the check of its chain.

use medlane_shared::{
    api::{ListAudit, VerifyAudit},
    audit::{ACTIONS, AuditEntry, AuditQuery, AuditVerdict, BadRange, Tampering},
    fault::Fault,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    admin::{Entries, Followed},
    backend::call,
    i18n::{Words, use_words},
    kit::{Button, Card, Kind, alert, empty, select, skeleton},
};

/// The filter: one action or all, with or without frequent entries; of everybody, or of one person.
#[derive(Debug, Clone, Default, PartialEq)]
struct Asked {
    action: String,
    all: bool,
    followed: Option<Followed>,
}

impl Asked {
    fn query(self, cursor: Option<String>) -> AuditQuery {
        // A chosen action is shown, also if it is a frequent one.
        let quiet = (!self.all && self.action.is_empty()).then_some(true);
        let action = Some(self.action).filter(|action| !action.is_empty());
        let (person_id, patient_id) = match self.followed {
            Some(Followed::Person(id, _)) => (Some(id), None),
            Some(Followed::Patient(id, _)) => (None, Some(id)),
            None => (None, None),
        };
        AuditQuery { cursor, action, quiet, person_id, patient_id, ..AuditQuery::default() }
    }
}

/// Whose entries are shown, with the way back to everybody's.
fn followed(words: Words, followed: &Followed, leave: Callback<()>) -> Html {
    let (key, name) = match followed {
        Followed::Person(_, name) => ("audit-of-person", name),
        Followed::Patient(_, name) => ("audit-of-patient", name),
    };
    html! {
        <p role="status" class="flex flex-wrap items-center gap-3" id="audit-followed">
            <span>{ words.say_with(key, &[("name", name.as_str().into())]) }</span>
            <Button class="btn-sm" id="audit-everybody" onclick={leave}>{ words.say("audit-everybody") }</Button>
        </p>
    }
}

/// The actions to choose from, sorted by their words; the first choice is all of them.
fn actions(words: Words) -> Vec<(AttrValue, AttrValue)> {
    let mut all: Vec<(AttrValue, AttrValue)> =
        ACTIONS.iter().map(|action| (AttrValue::Static(action), words.of_code("action", action))).collect();
    all.sort_by(|(_, one), (_, other)| one.cmp(other));
    all.insert(0, (AttrValue::default(), words.say("filter-all")));
    all
}

/// The log, newest first, page by page.
#[component(AuditLog)]
pub fn audit_log() -> Html {
    let words = use_words();
    let (entries, next) = (use_state(|| None::<Vec<AuditEntry>>), use_state(|| None::<String>));
    let (asked, fault) = (use_state(Asked::default), use_state(|| None::<Fault>));
    // An answer to an older request may come later; it is not shown.
    let turn = use_mut_ref(|| 0_u32);
    let (verdict, busy) = (use_state(|| None::<AuditVerdict>), use_state(|| false));
    let load = {
        let (entries, next, fault) = (entries.clone(), next.clone(), fault.clone());
        Callback::from(move |(before, cursor, asked): (Vec<AuditEntry>, Option<String>, Asked)| {
            let (entries, next, fault) = (entries.clone(), next.clone(), fault.clone());
            *turn.borrow_mut() += 1;
            let (turn, now) = (turn.clone(), *turn.borrow());
            spawn_local(async move {
                let found = call::<ListAudit>(&[], &asked.query(cursor)).await;
                if *turn.borrow() != now {
                    return;
                }
                match found {
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
    use_effect_with((*asked).clone(), {
        let load = load.clone();
        move |asked| load.emit((Vec::new(), None, asked.clone()))
    });
    let more = {
        let (entries, next, asked) =
            ((*entries).clone().unwrap_or_default(), (*next).clone(), (*asked).clone());
        Callback::from(move |()| load.emit((entries.clone(), next.clone(), asked.clone())))
    };
    let choose = {
        let asked = asked.clone();
        Callback::from(move |action| asked.set(Asked { action, ..(*asked).clone() }))
    };
    let toggle = {
        let asked = asked.clone();
        Callback::from(move |_: Event| asked.set(Asked { all: !asked.all, ..(*asked).clone() }))
    };
    let follow = {
        let asked = asked.clone();
        Callback::from(move |followed| asked.set(Asked { followed, ..(*asked).clone() }))
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
                <div class="max-w-full">{ select(words.say("filter-action"), &actions(words), &asked.action, &choose) }</div>
                if asked.action.is_empty() {
                    <label class="flex items-center gap-2 pb-2">
                        <input type="checkbox" class="checkbox" id="audit-all" checked={asked.all} onchange={toggle} />
                        { words.say("audit-all") }
                    </label>
                }
                <span class="flex-1"></span>
                <Button kind={Kind::Primary} id="verify" busy={*busy} onclick={verify}>{ words.say("verify") }</Button>
            </div>
            if let Some(one) = &asked.followed { { followed(words, one, follow.reform(|()| None)) } }
            { alert(words, (*fault).clone()) }
            if let Some(verdict) = &*verdict { <Verdict verdict={verdict.clone()} /> }
            { match &*entries {
                None if fault.is_some() => html! {},
                None => skeleton(words),
                Some(entries) if entries.is_empty() => empty(words.say("nothing-found"), AttrValue::default()),
                Some(entries) => html! { <Entries entries={entries.clone()} follow={follow.reform(Some)} /> },
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
            let class = classes!(
                "alert",
                "items-start",
                if verdict.is_recorded() { "alert-warning" } else { "alert-error" }
            );
            html! {
                <div role="alert" id="verdict" data-ok="false" data-code={bad.tampering.text()} class={class}>
                    <div class="flex flex-col gap-1">
                        <p>
                            if verdict.is_recorded() { { words.say("verdict-recorded") } }
                            else { { words.say_with("verdict-bad", &[("seq", bad.seq.into()), ("what", what.as_str().into())]) } }
                            { " " }<code dir="ltr">{ bad.tampering.text() }</code>
                        </p>
                        <ul class="list-disc ps-5">{ for verdict.bad.iter().map(|bad| html! { <li>{ finding(words, bad) }</li> }) }</ul>
                        <p>{ words.say_with("verdict-holds", &[("runs", runs(verdict).as_str().into())]) }</p>
                    </div>
                </div>
            }
        }
    }
}

/// The entries that hold, as `1–4, 9–20`.
fn runs(verdict: &AuditVerdict) -> String {
    let runs: Vec<String> = verdict.holding().iter().map(|(from, upto)| format!("{from}–{upto}")).collect();
    if runs.is_empty() { "–".to_owned() } else { runs.join(", ") }
}

/// One finding, and since when the log records it.
fn finding(words: Words, bad: &BadRange) -> String {
    let what = words.say(&format!("tampering-{}", bad.tampering.text()));
    let range = [("from", bad.from.into()), ("upto", bad.upto.into())];
    let entry = words.say_with("verdict-entry", &[("seq", bad.seq.into()), ("what", what.as_str().into())]);
    let mut said = vec![entry.to_string()];
    if bad.tampering.is_of_entries() {
        said.push(words.say_with("verdict-unproven", &range).to_string());
    } else if bad.tampering == Tampering::RolledBack {
        said.push(words.say_with("verdict-lost", &range).to_string());
    }
    if let (Some(entry), Some(at)) = (bad.recorded, bad.recorded_at) {
        let at = words.day(at);
        let since = words.say_with("verdict-since", &[("entry", entry.into()), ("at", at.as_str().into())]);
        said.push(since.to_string());
    }
    said.join(" ")
}
