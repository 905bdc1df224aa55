//! The pairs of patients about which somebody has decided, each with the way back.

use std::rc::Rc;

use medlane_shared::{
    api::{ListDecided, UnmergePerson, UntellApart},
    clinic::Page,
    fault::Fault,
    identity::{Decided, DecidedQuery, PersonView, UnmergeRequest, Verdict},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::{call, use_press},
    i18n::{Words, use_words},
    kit::{Button, Card, alert},
    queue::record_text,
};

/// The pairs that were loaded, and the cursor of those that were not.
#[derive(Default)]
struct Pairs {
    items: Vec<Decided>,
    next: Option<String>,
}

/// A page that has come; `true` if it is the first.
type Came = (Page<Decided>, bool);

impl Reducible for Pairs {
    type Action = Came;

    fn reduce(self: Rc<Self>, (page, is_first): Came) -> Rc<Self> {
        let before = if is_first { &[] } else { self.items.as_slice() };
        Rc::new(Self { items: before.iter().cloned().chain(page.items).collect(), next: page.next })
    }
}

/// The properties of the list.
#[derive(Properties, PartialEq)]
pub struct DecidedProps {
    /// Grows when something was decided elsewhere on the page.
    pub turn: u32,
    /// Something was taken back.
    pub changed: Callback<()>,
}

/// What was decided, the latest first.
#[component(DecidedPairs)]
pub fn decided_pairs(props: &DecidedProps) -> Html {
    let words = use_words();
    let pairs = use_reducer(Pairs::default);
    let fault = use_state(|| None::<Fault>);
    let press = use_press();
    let load = {
        let (pairs, fault) = (pairs.dispatcher(), fault.setter());
        Callback::from(move |cursor: Option<String>| {
            let (pairs, fault) = (pairs.clone(), fault.clone());
            spawn_local(async move {
                let is_first = cursor.is_none();
                match call::<ListDecided>(&[], &DecidedQuery { cursor, limit: Some(20) }).await {
                    Ok(page) => {
                        pairs.dispatch((page, is_first));
                        fault.set(None);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    use_effect_with(props.turn, {
        let load = load.clone();
        move |_| load.emit(None)
    });
    let back = {
        let (press, changed) = (press.clone(), props.changed.clone());
        Callback::from(move |pair: Decided| {
            let (first, second) = (pair.first.id.to_string(), pair.second.id.to_string());
            match pair.verdict {
                Verdict::Merged => {
                    let request = UnmergeRequest { version: pair.second.version };
                    press.calls_then::<UnmergePerson>(&[&second], &request, changed.clone());
                }
                Verdict::Distinct => {
                    press.calls_then::<UntellApart>(&[&first, &second], &(), changed.clone());
                }
            }
        })
    };
    if pairs.items.is_empty() && fault.is_none() {
        return html! {};
    }
    let more = pairs.next.clone().map(|next| load.reform(move |()| Some(next.clone())));
    html! {
        <Card title={words.say("decided")}>
            <p class="text-base-content/70">{ words.say("decided-hint") }</p>
            { alert(words, (*fault).clone().or_else(|| press.fault())) }
            <ul class="divide-y divide-base-300" id="decided">{ for pairs.items.iter().map(|pair| row(words, pair, press.is_busy(), &back)) }</ul>
            if let Some(onclick) = more { <div><Button id="decided-more" {onclick}>{ words.say("more") }</Button></div> }
        </Card>
    }
}

/// A record with its number.
fn record(words: Words, person: &PersonView) -> Html {
    let number = person.record_number.map(|number| record_text(words, &number.to_string()));
    html! { <><bdi class="font-medium break-words">{ &person.name }</bdi>if let Some(number) = number { { " · " }<bdi class="tabular-nums">{ number }</bdi> }</> }
}

fn row(words: Words, pair: &Decided, is_busy: bool, back: &Callback<Decided>) -> Html {
    let said = match pair.verdict {
        Verdict::Merged => "decided-merged",
        Verdict::Distinct => "decided-distinct",
    };
    let onclick = {
        let pair = pair.clone();
        back.reform(move |()| pair.clone())
    };
    html! {
        <li key={format!("{}{}", pair.first.id, pair.second.id)} class="flex flex-wrap items-center gap-3 py-3" data-decided={pair.second.name.clone()}>
            <div class="min-w-0 flex-1">
                <p>{ record(words, &pair.second) }</p>
                <p>{ record(words, &pair.first) }</p>
                <p class="text-sm text-base-content/70">{ words.say(said) }{ " · " }<bdi>{ words.day(pair.at) }</bdi></p>
            </div>
            <Button class="btn-sm" id={format!("back-{}", pair.second.id)} disabled={is_busy} {onclick}>{ words.say("duplicates-back") }</Button>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::lean;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_further_page_follows_and_the_first_one_begins_anew() {
        let person = |name: &str| json!({ "id": "01a22450-4394-7014-910e-1d3266ac1e67", "name": name, "roles": [], "branches": [], "standing": "active", "has_factor": false, "has_avatar": false, "invited": false, "created_at": "2026-01-01T00:00:00Z", "version": 1 });
        let page = |name: &str, next: Option<&str>| -> Page<Decided> {
            lean::read(json!({
                "items": [{ "verdict": "distinct", "at": "2026-01-01T00:00:00Z", "first": person(name), "second": person("other") }],
                "next": next,
            }))
            .unwrap()
        };
        let names =
            |pairs: &Pairs| pairs.items.iter().map(|pair| pair.first.name.clone()).collect::<Vec<_>>();
        let one = Rc::new(Pairs::default()).reduce((page("a", Some("1")), true));
        let two = one.reduce((page("b", None), false));
        assert_eq!((names(&two), &two.next), (vec!["a".to_owned(), "b".to_owned()], &None));
        assert_eq!(names(&two.reduce((page("c", None), true))), ["c"]);
    }
}
