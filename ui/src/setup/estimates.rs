//! The accuracy of the waiting times that patients were told.

use medlane_shared::{
    api::GetEstimates,
    fault::Fault,
    identity::Me,
    queue::{BranchQuery, EstimateView},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::call,
    i18n::{Words, use_words},
    kit::{Card, alert, empty, select, skeleton, use_rounds},
    queue::use_branch,
};

/// The properties of the screen.
#[derive(Properties, PartialEq)]
pub struct EstimatesProps {
    /// The person who is signed in.
    pub me: Me,
}

/// The coverage that counts as right: around four of five.
const COVERED: std::ops::RangeInclusive<f64> = 0.72..=0.88;

/// The services of a branch, and the accuracy of their waiting times.
#[component(Estimates)]
pub fn estimates(props: &EstimatesProps) -> Html {
    let words = use_words();
    let place = use_branch(&props.me);
    let (list, fault) = (use_state(|| None::<Vec<EstimateView>>), use_state(|| None::<Fault>));
    let id = place.chosen.as_ref().map(|branch| branch.id);
    let rounds = use_rounds();
    use_effect_with(id, {
        let (list, fault) = (list.clone(), fault.clone());
        move |id| {
            let branch_id = *id;
            list.set(None);
            let round = rounds.begin();
            if branch_id.is_some() {
                spawn_local(async move {
                    match call::<GetEstimates>(&[], &BranchQuery { branch_id }).await {
                        // The figures of another branch must not stand under this one.
                        _ if round.is_over() => {}
                        Ok(page) => {
                            list.set(Some(page.items));
                            fault.set(None);
                        }
                        Err(refused) => fault.set(Some(refused)),
                    }
                });
            }
        }
    });
    let places: Vec<(AttrValue, AttrValue)> = place
        .branches
        .iter()
        .map(|branch| (branch.id.to_string().into(), branch.name.clone().into()))
        .collect();
    html! {
        <Card>
            <div class="flex flex-wrap items-center gap-3">
                <p class="min-w-60 flex-1 text-base-content/70">{ words.say("estimates-hint") }</p>
                if places.len() > 1 {
                    { select(words.say("branch"), &places, &id.map(|id| id.to_string()).unwrap_or_default(), &place.choose) }
                }
            </div>
            { alert(words, (*fault).clone().or(place.fault.clone())) }
            { match &*list {
                None if fault.is_some() || place.fault.is_some() => html! {},
                None => skeleton(words),
                Some(list) if list.is_empty() => empty(words.say("nothing-yet"), words.say("estimates-none")),
                Some(list) => table(words, list),
            } }
        </Card>
    }
}

fn table(words: Words, list: &[EstimateView]) -> Html {
    let tenths = |value: f64| format!("{value:.1}");
    let row = |one: &EstimateView| {
        let tone = if COVERED.contains(&one.coverage) { "badge-success" } else { "badge-warning" };
        let sign = if one.bias_min > 0.0 { "+" } else { "" };
        html! {
            <tr key={one.service_id.to_string()} data-service={one.service_name.clone()}>
                <th scope="row" class="font-medium">{ &one.service_name }</th>
                <td class="tabular-nums">{ one.waits }</td>
                <td class="tabular-nums">{ tenths(one.mean_error_min) }</td>
                <td class="tabular-nums" dir="ltr">{ format!("{sign}{}", tenths(one.bias_min)) }</td>
                <td><span class={classes!("badge", "badge-soft", "tabular-nums", tone)}>{ format!("{:.0} %", one.coverage * 100.0) }</span></td>
            </tr>
        }
    };
    html! {
        <div class="overflow-x-auto" tabindex="0">
            <table class="table">
                <thead><tr>
                    { for ["service", "estimates-waits", "estimates-error", "estimates-bias", "estimates-coverage"].into_iter().map(|key| html! {
                        <th key={key} scope="col">{ words.say(key) }</th>
                    }) }
                </tr></thead>
                <tbody>{ for list.iter().map(row) }</tbody>
            </table>
        </div>
    }
}
