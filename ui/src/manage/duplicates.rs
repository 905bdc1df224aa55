//! Patients who are probably registered twice: merge them, or mark them as different people.

use medlane_shared::{
    api::{ListDuplicates, MergePeople, TellApart, UnmergePerson, UntellApart},
    fault::{Code, Fault},
    identity::{DistinctRequest, Duplicate, Likeness, MergeProof, MergeRequest, PersonView, UnmergeRequest},
    notify::Channel,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{contact::Proof, decided::DecidedPairs};
use crate::{
    admin::contact_line,
    backend::call,
    i18n::{Words, use_words},
    kit::{Button, Card, Kind, alert, empty, skeleton},
    queue::record_text,
};

/// An action on this screen.
#[derive(Clone, PartialEq)]
enum Doing {
    Look,
    /// Merge: the first stays, the second is the same person; with a proof if a chart would be opened.
    Merge(PersonView, PersonView, Option<MergeProof>),
    /// Close the question about the proof.
    Leave,
    Apart(PersonView, PersonView),
    /// Undo what was decided last.
    Back(Last),
}

/// What was decided last on this screen, so that it can be taken back beside its message.
#[derive(Clone, PartialEq)]
enum Last {
    /// The record that was merged, and the one that stays.
    Merged(PersonView, PersonView),
    /// Two people.
    Apart(PersonView, PersonView),
}

/// Pairs of patients who are probably the same person, the most certain first.
#[component(Duplicates)]
pub fn duplicates() -> Html {
    let words = use_words();
    let (list, fault) = (use_state(|| None::<Vec<Duplicate>>), use_state(|| None::<Fault>));
    let last = use_state(|| None::<Last>);
    // Grows with every decision, so that the list of decisions is loaded again.
    let turn = use_mut_ref(|| 0_u32);
    // The two records of a merge that needs a proof.
    let proving = use_state(|| None::<(PersonView, PersonView)>);
    let act = {
        let (list, fault, last, proving) = (list.clone(), fault.clone(), last.clone(), proving.clone());
        let turn = turn.clone();
        Callback::from(move |doing: Doing| {
            let (list, fault, last, proving) = (list.clone(), fault.clone(), last.clone(), proving.clone());
            let turn = turn.clone();
            spawn_local(async move {
                let done = match &doing {
                    Doing::Look | Doing::Leave => Ok(None),
                    Doing::Merge(stays, other, proof) => {
                        let request = MergeRequest {
                            other_id: other.id,
                            version: stays.version,
                            other_version: other.version,
                            proof: proof.clone(),
                        };
                        // The merge has raised the other record's version by one.
                        let gone = PersonView { version: other.version + 1, ..other.clone() };
                        let done = call::<MergePeople>(&[&stays.id.to_string()], &request).await;
                        done.map(|stays| Some(Last::Merged(gone, stays)))
                    }
                    Doing::Apart(one, other) => {
                        let request = DistinctRequest { other_id: other.id };
                        let done = call::<TellApart>(&[&one.id.to_string()], &request).await;
                        done.map(|()| Some(Last::Apart(one.clone(), other.clone())))
                    }
                    Doing::Back(Last::Apart(one, other)) => {
                        let ids = [one.id.to_string(), other.id.to_string()];
                        call::<UntellApart>(&[&ids[0], &ids[1]], &()).await.map(|()| None)
                    }
                    Doing::Back(Last::Merged(other, _)) => {
                        let request = UnmergeRequest { version: other.version };
                        call::<UnmergePerson>(&[&other.id.to_string()], &request).await.map(|_| None)
                    }
                };
                let shows = match (&doing, &done) {
                    (Doing::Merge(stays, other, _), Err(refused)) => {
                        // After a wrong code the form stays open.
                        let again = matches!(refused.code, Code::IdentityUnproven | Code::CodeWrong);
                        again.then(|| (stays.clone(), other.clone()))
                    }
                    _ => None,
                };
                proving.set(shows);
                let why = match done {
                    Ok(now) => {
                        last.set(now);
                        *turn.borrow_mut() += 1;
                        None
                    }
                    // Another person has changed one of the two: show the present records.
                    Err(refused) if refused.code == Code::VersionStale => Some(refused),
                    Err(refused) => return fault.set(Some(refused)),
                };
                match call::<ListDuplicates>(&[], &()).await {
                    Ok(page) => {
                        list.set(Some(page.items));
                        fault.set(why);
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
    html! {
        <div class="space-y-4">
        <Card>
            <p class="text-base-content/70">{ words.say("duplicates-hint") }</p>
            { alert(words, (*fault).clone()) }
            if let Some(last) = &*last {
                <div role="status" class="alert alert-success alert-soft" id="merged">
                    <span>{ said(words, last) }</span>
                    <Button class="btn-sm" id="merge-back" onclick={{ let last = last.clone(); act.reform(move |()| Doing::Back(last.clone())) }}>{ words.say("duplicates-back") }</Button>
                </div>
            }
            { match &*list {
                None if fault.is_some() => html! {},
                None => skeleton(words),
                Some(pairs) if pairs.is_empty() => empty(words.say("duplicates-none"), words.say("duplicates-none-hint")),
                Some(pairs) => html! { <ul class="divide-y divide-base-300">{ for pairs.iter().map(|pair| row(words, pair, proving.as_ref(), &act)) }</ul> },
            } }
        </Card>
        <DecidedPairs turn={*turn.borrow()} changed={act.reform(|()| Doing::Look)} />
        </div>
    }
}

/// What was decided last.
fn said(words: Words, last: &Last) -> AttrValue {
    match last {
        Last::Merged(_, stays) => {
            words.say_with("duplicates-merged", &[("name", stays.name.as_str().into())])
        }
        Last::Apart(one, other) => words.say_with(
            "duplicates-apart-said",
            &[("name", one.name.as_str().into()), ("other", other.name.as_str().into())],
        ),
    }
}

fn row(
    words: Words,
    pair: &Duplicate,
    proving: Option<&(PersonView, PersonView)>,
    act: &Callback<Doing>,
) -> Html {
    let key = |alike: &Likeness| match alike {
        Likeness::Name => "alike-name",
        Likeness::BirthDate => "alike-birth",
        Likeness::Phone => "alike-phone",
    };
    let (one, other) = (pair.first.clone(), pair.second.clone());
    let keep = |stays: &PersonView, other: &PersonView| {
        let (stays, other) = (stays.clone(), other.clone());
        act.reform(move |()| Doing::Merge(stays.clone(), other.clone(), None))
    };
    let person = |person: &PersonView, onclick: Callback<()>, id: &str| {
        html! {
            <div class="min-w-60 flex-1 space-y-1 rounded-box bg-base-200 p-4">
                <p class="page-start truncate font-medium" dir="auto">{ &person.name }</p>
                if let Some(number) = person.record_number { <p class="text-sm text-base-content/70">{ record_text(words, &number.to_string()) }</p> }
                <p class="text-sm text-base-content/70">{ person.birth_date.as_deref().map(|day| words.date(day)).unwrap_or_default() }</p>
                { for [(&person.email, Channel::Email), (&person.phone, Channel::Sms)].into_iter().map(|(address, channel)| html! {
                    if let Some(address) = address { <p class="page-start text-sm text-base-content/70">{ contact_line(words, address, person.proven.contains(&channel)) }</p> }
                }) }
                <p class="text-sm text-base-content/70">{ words.say_with("since", &[("at", words.day(person.created_at).as_str().into())]) }</p>
                <div class="pt-2"><Button class="btn-sm" id={id.to_owned()} {onclick}>{ words.say("duplicates-keep") }</Button></div>
            </div>
        }
    };
    let apart = {
        let (one, other) = (one.clone(), other.clone());
        act.reform(move |()| Doing::Apart(one.clone(), other.clone()))
    };
    html! {
        <li key={format!("{}{}", one.id, other.id)} class="space-y-3 py-4" data-pair={pair.score.to_string()}>
            <div class="flex flex-wrap items-center gap-2">
                { for pair.alike.iter().map(|alike| html! { <span class="badge badge-info badge-soft">{ words.say(key(alike)) }</span> }) }
                <span class="flex-1"></span>
                <Button kind={Kind::Ghost} class="btn-sm" id={format!("apart-{}", other.id)} onclick={apart}>{ words.say("duplicates-apart") }</Button>
            </div>
            <div class="flex flex-wrap gap-3">
                { person(&one, keep(&one, &other), &format!("keep-{}", one.id)) }
                { person(&other, keep(&other, &one), &format!("keep-{}", other.id)) }
            </div>
            if let Some((stays, gone)) = proving.filter(|(stays, gone)| [stays.id, gone.id].iter().all(|id| [one.id, other.id].contains(id))) {
                <Proof stays={stays.clone()} other={gone.clone()} leave={act.reform(|()| Doing::Leave)}
                    go={{ let (stays, gone) = (stays.clone(), gone.clone()); act.reform(move |proof| Doing::Merge(stays.clone(), gone.clone(), Some(proof))) }} />
            }
        </li>
    }
}
