//! Today's figures of a branch.

use medlane_shared::queue::QueueStats;
use yew::prelude::*;

use crate::i18n::use_words;

#[expect(clippy::cast_possible_truncation, reason = "minutes of a day")]
fn rounded(minutes: f64) -> i64 {
    minutes.round() as i64
}

/// The properties of the figures.
#[derive(Properties, PartialEq)]
pub struct FiguresProps {
    /// Today's figures.
    pub stats: QueueStats,
}

/// The figures.
#[component(Figures)]
pub fn figures(props: &FiguresProps) -> Html {
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
