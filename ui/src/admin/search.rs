//! Searches for patients once typing pauses, not at every key. Each search leaves an audit entry that names the
//! patients it showed, so half-typed words must not be searched.

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
    let (found, fault) = (use_state(|| None::<Vec<PatientView>>), use_state(|| None::<Fault>));
    let asked = use_mut_ref(|| 0_u32);
    let rested = use_rest(q);
    use_effect_with(rested, {
        let (found, fault) = (found.clone(), fault.clone());
        move |text| {
            *asked.borrow_mut() += 1;
            let turn = *asked.borrow();
            if !is_query(text) {
                return found.set(None);
            }
            let query = PatientsQuery { q: text.clone(), limit: Some(limit) };
            spawn_local(async move {
                let done = call::<FindPatients>(&[], &query).await;
                // Ignore the answer to an older text.
                if *asked.borrow() == turn {
                    match done {
                        Ok(page) => {
                            found.set(Some(page.items));
                            fault.set(None);
                        }
                        Err(refused) => fault.set(Some(refused)),
                    }
                }
            });
        }
    });
    let changed = {
        let found = found.clone();
        Callback::from(move |now: PatientView| {
            let mut list = (*found).clone().unwrap_or_default();
            if let Some(one) = list.iter_mut().find(|one| one.id == now.id) {
                *one = now;
            }
            found.set(Some(list));
        })
    };
    let shown = (*found).clone().filter(|_| is_query(q));
    Search { found: shown, fault: (*fault).clone(), changed }
}
