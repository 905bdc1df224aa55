//! A branch's whole queue on one screen.

use medlane_shared::{
    api::GetQueueStats,
    identity::Me,
    queue::{BranchQuery, QueueStats, QueueView},
    sync::Topic,
};
use yew::prelude::*;

use crate::{
    backend::{call, use_live},
    i18n::use_words,
    kit::{Offline, alert, select, skeleton},
    queue::{DoorControl, QueueColumns, use_branch, use_steps},
};

/// Whose console.
#[derive(Properties, PartialEq)]
pub struct BranchQueueProps {
    /// Who is signed in.
    pub me: Me,
}

/// The queue of the chosen branch, with today's figures and its door.
#[component(BranchQueue)]
pub fn branch_queue(props: &BranchQueueProps) -> Html {
    let words = use_words();
    let place = use_branch(&props.me);
    let steps = use_steps(None);
    let id = place.chosen.as_ref().map(|branch| branch.id);
    let live = use_live::<QueueView>(id.map(Topic::Queue));
    let stats = use_state(|| None::<QueueStats>);
    use_effect_with((id, live.value.as_ref().map(|view| view.at)), {
        let stats = stats.clone();
        move |(id, _)| {
            let branch_id = *id;
            if branch_id.is_some() {
                wasm_bindgen_futures::spawn_local(async move {
                    // The lists say enough without the figures.
                    stats.set(call::<GetQueueStats>(&[], &BranchQuery { branch_id }).await.ok());
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
        <>
            <div class="mb-4 flex flex-wrap items-center gap-3">
                if places.len() > 1 {
                    { select(words.say("branch"), &places, &id.map(|id| id.to_string()).unwrap_or_default(), &place.choose) }
                } else if let Some(branch) = &place.chosen {
                    <p class="text-lg font-semibold">{ &branch.name }</p>
                }
                <span class="flex-1"></span>
                if let Some(view) = &live.value {
                    <DoorControl branch={view.branch_id} door={view.door} refused={steps.set_fault.clone()} />
                }
            </div>
            if let Some(stats) = stats.as_ref().filter(|stats| Some(stats.branch_id) == id) { <Figures stats={stats.clone()} /> }
            <Offline online={live.online} />
            <div class="mb-4 empty:hidden">{ alert(words, steps.fault.clone().or(live.refused.clone()).or(place.fault.clone())) }</div>
            if let Some(view) = &live.value {
                <QueueColumns view={(**view).clone()} act={steps.act.clone()} />
            } else if live.refused.is_none() && place.fault.is_none() {
                { skeleton(words) }
            }
        </>
    }
}

#[expect(clippy::cast_possible_truncation, reason = "minutes of a day")]
fn rounded(minutes: f64) -> i64 {
    minutes.round() as i64
}

#[derive(Properties, PartialEq)]
struct FiguresProps {
    stats: QueueStats,
}

#[component(Figures)]
fn figures(props: &FiguresProps) -> Html {
    let words = use_words();
    let stats = &props.stats;
    let mean = |minutes: Option<f64>| {
        minutes.map_or_else(|| "–".into(), |n| words.say_with("minutes", &[("n", rounded(n).into())]))
    };
    let figures = [
        ("waiting", stats.waiting.to_string().into()),
        ("serving", stats.serving.to_string().into()),
        ("seen", stats.done.to_string().into()),
        ("state-no_show", stats.no_show.to_string().into()),
        ("mean-wait", mean(stats.mean_wait_min)),
        ("mean-service", mean(stats.mean_service_min)),
    ];
    html! {
        <dl class="mb-4 grid grid-cols-2 gap-px overflow-hidden rounded-box border border-base-300 bg-base-300 sm:grid-cols-3 xl:grid-cols-6">
            { for figures.into_iter().map(|(key, value)| html! {
                <div key={key} class="bg-base-100 px-4 py-3">
                    <dt class="text-sm text-base-content/70">{ words.say(key) }</dt>
                    <dd class="text-2xl font-semibold tabular-nums">{ value }</dd>
                </div>
            }) }
        </dl>
    }
}
