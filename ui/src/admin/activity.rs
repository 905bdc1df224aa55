//! The live activity of the clinic.

use medlane_shared::{audit::Activity, sync::Topic};
use yew::prelude::*;

use super::entries::Entries;
use crate::{
    backend::use_live,
    i18n::use_words,
    kit::{Card, Offline, alert, empty, skeleton},
};

/// The live activity.
#[component(ActivityView)]
pub fn activity_view() -> Html {
    let words = use_words();
    let live = use_live::<Activity>(Some(Topic::Activity));
    let Some(activity) = &live.value else {
        return if live.refused.is_some() { alert(words, live.refused.clone()) } else { skeleton(words) };
    };
    html! {
        <Card title={words.say_with("activity-title", &[("n", activity.sockets.into())])}>
            <Offline online={live.online} />
            if activity.entries.is_empty() { { empty(words.say("nothing-yet"), AttrValue::default()) } }
            <Entries entries={activity.entries.clone()} />
        </Card>
    }
}
