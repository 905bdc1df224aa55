//! Searches for patients once typing pauses, not at every key. Each search leaves an audit entry that names the
//! patients it showed, so half-typed words must not be searched.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use medlane_shared::{
    api::FindPatients,
    fault::Fault,
    identity::{MATCHES_MAX, PatientView, PatientsFound, PatientsQuery, is_query},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{backend::call, i18n::Words};

/// How long typing must pause before a search, in milliseconds.
const REST_MS: u32 = 300;

/// The typed text, after a pause.
#[hook]
pub fn use_rest(text: &str) -> String {
    let rested = use_state(|| text.to_owned());
    use_effect_with(text.to_owned(), {
        let rested = rested.setter();
        move |text| {
            let text = text.clone();
            let timer = Timeout::new(REST_MS, move || rested.set(text));
            move || drop(timer)
        }
    });
    (*rested).clone()
}

/// The answer to the search; `None` without a search that counts.
#[derive(Default)]
struct Found(Option<PatientsFound>);

enum FoundAct {
    /// A search has ended.
    Put(Option<PatientsFound>),
    /// One of them has changed.
    Change(PatientView),
}

impl Reducible for Found {
    type Action = FoundAct;

    fn reduce(self: Rc<Self>, act: FoundAct) -> Rc<Self> {
        Rc::new(match act {
            FoundAct::Put(found) => Self(found),
            FoundAct::Change(now) => {
                let change = |one: &PatientView| if one.id == now.id { now.clone() } else { one.clone() };
                Self(self.0.as_ref().map(|found| PatientsFound {
                    items: found.items.iter().map(change).collect(),
                    matches: found.matches,
                }))
            }
        })
    }
}

fn count(found: &PatientsFound) -> u32 {
    u32::try_from(found.items.len()).unwrap_or(u32::MAX)
}

/// A note that more patients match than are shown.
pub fn more_match(words: Words, search: &Search) -> Html {
    let (Some(all), Some(shown)) = (search.more, &search.found) else { return html! {} };
    let (key, all) = if all > MATCHES_MAX { ("search-more-than", MATCHES_MAX) } else { ("search-more", all) };
    let shown = i64::try_from(shown.len()).unwrap_or(i64::MAX);
    html! {
        <p class="text-sm font-medium" id="search-more" role="status">
            { words.say_with(key, &[("all", i64::from(all).into()), ("shown", shown.into())]) }
        </p>
    }
}

/// A search and its result.
#[derive(Clone, PartialEq)]
pub struct Search {
    /// The patients found; `None` before enough was typed.
    pub found: Option<Vec<PatientView>>,
    /// How many patients match, if more than those.
    pub more: Option<u32>,
    /// Why the search was refused.
    pub fault: Option<Fault>,
    /// Replaces a found patient with their changed details.
    pub changed: Callback<PatientView>,
}

/// Searches for at most `limit` patients by the typed text.
#[hook]
pub fn use_patients(q: &str, limit: u32) -> Search {
    let (found, fault) = (use_reducer(Found::default), use_state(|| None::<Fault>));
    let asked = use_mut_ref(|| 0_u32);
    let rested = use_rest(q);
    use_effect_with(rested, {
        let (found, fault) = (found.dispatcher(), fault.clone());
        move |text| {
            *asked.borrow_mut() += 1;
            let turn = *asked.borrow();
            if !is_query(text) {
                return found.dispatch(FoundAct::Put(None));
            }
            let query = PatientsQuery { q: text.clone(), limit: Some(limit) };
            spawn_local(async move {
                let done = call::<FindPatients>(&[], &query).await;
                // Ignore the answer to an older text.
                if *asked.borrow() == turn {
                    match done {
                        Ok(answer) => {
                            found.dispatch(FoundAct::Put(Some(answer)));
                            fault.set(None);
                        }
                        // The patients of the text before must not stand under this one.
                        Err(refused) => {
                            found.dispatch(FoundAct::Put(None));
                            fault.set(Some(refused));
                        }
                    }
                }
            });
        }
    });
    let changed = {
        let found = found.dispatcher();
        Callback::from(move |now: PatientView| found.dispatch(FoundAct::Change(now)))
    };
    let shown = found.0.as_ref().filter(|_| is_query(q));
    let more = shown.map(|found| found.matches).filter(|all| shown.is_some_and(|found| *all > count(found)));
    Search { found: shown.map(|found| found.items.clone()), more, fault: (*fault).clone(), changed }
}
