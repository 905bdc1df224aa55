//! The audit log: looked through by action, outcome, person, patient and day; saved as a file; its chain checked.

mod asked;
mod days;
mod file;
mod finder;
mod verdict;
mod whole;

use std::collections::BTreeMap;

use medlane_shared::{
    api::{ListAudit, ListBranches, VerifyAudit},
    audit::{ACTIONS, AuditEntry, AuditVerdict},
    clinic::first_branch,
    fault::Fault,
    ids::PersonId,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use self::{asked::Asked, days::Days, file::File, finder::Finder, verdict::Verdict, whole::Whole};
use crate::{
    address::{MOVED, hash, put_hash},
    admin::{Entries, Followed},
    backend::call,
    i18n::{Words, use_words},
    kit::{Button, Card, Kind, alert, empty, listen, select, skeleton, use_rounds, window},
};

/// The actions to choose from, sorted by their words; the first choice is all of them.
fn actions(words: Words) -> Vec<(AttrValue, AttrValue)> {
    let mut all: Vec<(AttrValue, AttrValue)> =
        ACTIONS.iter().map(|action| (AttrValue::Static(action), words.of_code("action", action))).collect();
    all.sort_by(|(_, one), (_, other)| one.cmp(other));
    all.insert(0, (AttrValue::default(), words.say("filter-all")));
    all
}

/// The outcomes to choose from.
fn outcomes(words: Words) -> [(AttrValue, AttrValue); 3] {
    [("", "filter-outcomes"), ("success", "outcome-done"), ("refused", "outcome-refused")]
        .map(|(code, key)| (code.into(), words.say(key)))
}

/// The time zone of the clinic; empty until it is known.
#[hook]
fn use_clinic_zone() -> AttrValue {
    let zone = use_state(AttrValue::default);
    use_effect_with((), {
        let zone = zone.clone();
        move |()| {
            spawn_local(async move {
                // Without it the times stay those of the branch that is chosen in this browser, and the page says of which zone.
                if let Ok(page) = call::<ListBranches>(&[], &()).await
                    && let Some(first) = first_branch(&page.items)
                {
                    zone.set(first.time_zone.clone().into());
                }
            });
        }
    });
    (*zone).clone()
}

/// The name of a chosen person: as it was pressed, or as an entry has it.
fn name_of(
    words: Words,
    id: PersonId,
    pressed: &BTreeMap<PersonId, String>,
    entries: Option<&Vec<AuditEntry>>,
) -> AttrValue {
    let in_entry = |entry: &AuditEntry| {
        let acts = entry.person_name.clone().filter(|_| entry.person_id == Some(id));
        let concerned = entry.patient_name.clone().filter(|_| entry.patient_id == Some(id));
        let shown = entry.shown.iter().find(|one| one.id == id).and_then(|one| one.name.clone());
        acts.or(concerned).or(shown)
    };
    let found = pressed.get(&id).cloned().or_else(|| entries?.iter().find_map(in_entry));
    found.map_or_else(|| words.say("audit-somebody"), Into::into)
}

/// The log, newest first, page by page.
#[component(AuditLog)]
pub fn audit_log() -> Html {
    let words = use_words();
    let zone = use_clinic_zone();
    let (entries, next) = (use_state(|| None::<Vec<AuditEntry>>), use_state(|| None::<String>));
    let (asked, fault) = (use_state(|| Asked::of(&hash())), use_state(|| None::<Fault>));
    let (names, whole) = (use_state(BTreeMap::<PersonId, String>::new), use_state(|| None::<(i64, u32)>));
    // An answer to an older request may come later; it is not shown.
    let rounds = use_rounds();
    let (verdict, busy) = (use_state(|| None::<AuditVerdict>), use_state(|| false));
    let load = {
        let (entries, next, fault) = (entries.clone(), next.clone(), fault.clone());
        Callback::from(move |(before, cursor, asked): (Vec<AuditEntry>, Option<String>, Asked)| {
            let (entries, next, fault, round) =
                (entries.clone(), next.clone(), fault.clone(), rounds.begin());
            spawn_local(async move {
                let found = call::<ListAudit>(&[], &asked.query(cursor)).await;
                if round.is_over() {
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
    let anew = {
        let (load, entries, next, fault) = (load.clone(), entries.clone(), next.clone(), fault.clone());
        Callback::from(move |asked: Asked| {
            // Entries of another filter must not stand under this one.
            entries.set(None);
            next.set(None);
            fault.set(None);
            load.emit((Vec::new(), None, asked));
        })
    };
    use_effect_with((*asked).clone(), {
        let anew = anew.clone();
        move |asked| {
            put_hash(&asked.address());
            anew.emit(asked.clone());
        }
    });
    use_effect_with((), {
        let asked = asked.setter();
        move |()| {
            let hears =
                window().map(|window| listen(&window, MOVED, false, move |_| asked.set(Asked::of(&hash()))));
            move || drop(hears)
        }
    });
    let more = {
        let (entries, next, asked) =
            ((*entries).clone().unwrap_or_default(), (*next).clone(), (*asked).clone());
        let load = load.clone();
        Callback::from(move |()| load.emit((entries.clone(), next.clone(), asked.clone())))
    };
    let change = {
        let asked = asked.clone();
        move |with: fn(&mut Asked, String)| {
            let asked = asked.clone();
            Callback::from(move |text: String| {
                let mut now = (*asked).clone();
                with(&mut now, text);
                asked.set(now);
            })
        }
    };
    let toggle = change(|asked, _| asked.all = !asked.all).reform(|_: Event| String::new());
    let choose = {
        let (asked, names) = (asked.clone(), names.clone());
        Callback::from(move |(is_patient, chosen): (bool, Option<(PersonId, String)>)| {
            let mut now = (*asked).clone();
            *(if is_patient { &mut now.patient } else { &mut now.person }) =
                chosen.as_ref().map(|(id, _)| *id);
            if let Some((id, name)) = chosen {
                let mut known = (*names).clone();
                known.insert(id, name);
                names.set(known);
            }
            asked.set(now);
        })
    };
    let follow = {
        let whole = whole.setter();
        choose.reform(move |followed| {
            whole.set(None);
            match followed {
                Followed::Person(id, name) => (false, Some((id, name))),
                Followed::Patient(id, name) => (true, Some((id, name))),
            }
        })
    };
    let to_days = {
        let asked = asked.clone();
        Callback::from(move |(first_day, last_day)| {
            asked.set(Asked { first_day, last_day, ..(*asked).clone() });
        })
    };
    let clear = {
        let asked = asked.clone();
        Callback::from(move |()| asked.set(Asked::default()))
    };
    let again = {
        let asked = (*asked).clone();
        anew.reform(move |()| asked.clone())
    };
    let open = {
        let whole = whole.clone();
        Callback::from(move |one| whole.set(Some(one)))
    };
    let close = {
        let whole = whole.clone();
        Callback::from(move |()| whole.set(None))
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
    let finder = |patients: bool, chosen: Option<PersonId>| {
        let chosen = chosen.map(|id| (id, name_of(words, id, &names, entries.as_ref())));
        html! { <Finder {patients} {chosen} choose={choose.reform(move |chosen| (patients, chosen))} /> }
    };
    // A field of the filter that is wrong is mended there; anything else is tried again.
    let can_retry = fault.as_ref().is_some_and(|fault| fault.fields.is_empty()) && entries.is_none();
    html! {
        <Card>
            <div class="flex flex-wrap items-center gap-3">
                <div class="max-w-full">{ select(words.say("filter-action"), &actions(words), &asked.action, &change(|asked, action| asked.action = action)) }</div>
                { select(words.say("column-outcome"), &outcomes(words), &asked.outcome, &change(|asked, outcome| asked.outcome = outcome)) }
                if asked.action.is_empty() {
                    <label class="flex items-center gap-2">
                        <input type="checkbox" class="checkbox" id="audit-all" checked={asked.all} onchange={toggle} />
                        { words.say("audit-all") }
                    </label>
                }
            </div>
            <div class="grid items-end gap-4 md:grid-cols-2">
                { finder(false, asked.person) }
                { finder(true, asked.patient) }
            </div>
            <Days asked={(*asked).clone()} zone={zone.clone()} fault={(*fault).clone()} choose={to_days} />
            <div class="flex flex-wrap items-center gap-3 border-t border-base-300 pt-4">
                <Button kind={Kind::Primary} id="verify" busy={*busy} onclick={verify}>{ words.say("verify") }</Button>
                <File asked={(*asked).clone()} />
            </div>
            { alert(words, (*fault).clone()) }
            if can_retry { <div><Button id="audit-again" onclick={again}>{ words.say("try-again") }</Button></div> }
            if let Some(verdict) = &*verdict { <Verdict verdict={verdict.clone()} /> }
            { match &*entries {
                None if fault.is_some() => html! {},
                None => skeleton(words),
                Some(entries) if entries.is_empty() => html! {
                    <>
                        { empty(words.say("nothing-found"), words.say("audit-nothing")) }
                        <div><Button id="audit-clear" onclick={clear}>{ words.say("audit-clear") }</Button></div>
                    </>
                },
                Some(entries) => html! { <Entries entries={entries.clone()} zone={zone.clone()} follow={follow.clone()} whole={open} /> },
            } }
            if next.is_some() { <div><Button id="more" onclick={more}>{ words.say("more") }</Button></div> }
            if let Some((seq, count)) = *whole { <Whole {seq} {count} {follow} {close} /> }
        </Card>
    }
}
