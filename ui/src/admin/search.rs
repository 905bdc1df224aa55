//! Searches for patients once typing pauses, not at every key. Each search leaves an audit entry that names the
//! patients it showed, so half-typed words must not be searched.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use medlane_shared::{
    api::FindPatients,
    fault::Fault,
    identity::{PatientView, PatientsQuery, is_query},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::backend::call;

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

/// The patients found; `None` without a search that counts.
#[derive(Default)]
struct Found(Option<Vec<PatientView>>);

enum FoundAct {
    /// A search has ended.
    Put(Option<Vec<PatientView>>),
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
                Self(self.0.as_ref().map(|found| found.iter().map(change).collect()))
            }
        })
    }
}

/// A search and its result.
#[derive(Clone, PartialEq)]
pub struct Search {
    /// The patients found; `None` before enough was typed.
    pub found: Option<Vec<PatientView>>,
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
                        Ok(page) => {
                            found.dispatch(FoundAct::Put(Some(page.items)));
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
    let shown = found.0.clone().filter(|_| is_query(q));
    Search { found: shown, fault: (*fault).clone(), changed }
}
