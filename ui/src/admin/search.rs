//! Looking for a patient: once the hand rests, not with every key. Each search is an entry of the audit log that names whom it
//! showed, so it is made for what was meant, and for no half of a word.

use gloo_timers::callback::Timeout;
use medlane_shared::{
    api::FindPatients,
    fault::Fault,
    identity::{PatientView, PatientsQuery, is_query},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::backend::call;

/// What was typed counts once nothing more was typed for so long. In milliseconds.
const REST_MS: u32 = 300;

/// What was typed, once the hand rests.
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

/// A search, and what it has found.
#[derive(Clone, PartialEq)]
pub struct Search {
    /// Whom it has found; none before enough was typed.
    pub found: Option<Vec<PatientView>>,
    /// Why it was refused.
    pub fault: Option<Fault>,
    /// Shows a patient who was found as they are now.
    pub changed: Callback<PatientView>,
}

/// Looks for patients by what was typed, at most so many.
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
                // An answer to what was typed before is not shown.
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
