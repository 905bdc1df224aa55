//! The days of the filter.

use medlane_shared::{fault::Fault, time::Timestamp};
use yew::prelude::*;

use super::asked::Asked;
use crate::{
    clock::now,
    i18n::use_words,
    kit::{Button, DateFields},
};

const DAY_MS: i64 = 24 * 3_600_000;

/// The properties of the days.
#[derive(Properties, PartialEq)]
pub struct DaysProps {
    /// The filter.
    pub asked: Asked,
    /// The clinic's time zone.
    pub zone: AttrValue,
    /// What the server said of the filter.
    pub fault: Option<Fault>,
    /// Called with the first and the last day.
    pub choose: Callback<(String, String)>,
}

/// Two dates, and the stretches that are asked for most.
#[component(Days)]
pub fn days(props: &DaysProps) -> Html {
    let words = use_words().in_zone(&props.zone);
    let typed = use_state(|| (props.asked.first_day.clone(), props.asked.last_day.clone()));
    use_effect_with((props.asked.first_day.clone(), props.asked.last_day.clone()), {
        let typed = typed.clone();
        move |now| typed.set(now.clone())
    });
    let onsubmit = {
        let (typed, choose) = (typed.clone(), props.choose.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            choose.emit((*typed).clone());
        })
    };
    let wrong = |field: &str| {
        let why = props.fault.as_ref().and_then(|fault| fault.fields.get(field));
        why.map(|why| AttrValue::from(why.message.clone()))
    };
    let (first, last) = (*typed).clone();
    let set_first = {
        let (typed, last) = (typed.clone(), last.clone());
        Callback::from(move |first| typed.set((first, last.clone())))
    };
    let set_last = {
        let (typed, first) = (typed.clone(), first.clone());
        Callback::from(move |last| typed.set((first.clone(), last)))
    };
    let since = |days: i64| {
        props.choose.reform(move |()| {
            let now = now();
            let first = Timestamp::from_ms(now.ms() - days * DAY_MS);
            (words.local_day(first), words.local_day(now))
        })
    };
    html! {
        <form class="flex flex-wrap items-end gap-3" id="audit-days" {onsubmit}>
            <DateFields name="audit-first" label={words.say("first-day")} value={first} wrong={wrong("first_day")} oninput={set_first} />
            <DateFields name="audit-last" label={words.say("last-day")} value={last} wrong={wrong("last_day")} oninput={set_last} />
            <div class="flex flex-wrap gap-2 pb-1">
                <button type="submit" class="btn btn-soft" id="audit-days-show">{ words.say("audit-days") }</button>
                <Button id="audit-today" onclick={since(0)}>{ words.say("audit-today") }</Button>
                <Button id="audit-week" onclick={since(6)}>{ words.say("audit-week") }</Button>
                if !props.asked.first_day.is_empty() || !props.asked.last_day.is_empty() {
                    <Button id="audit-any-day" onclick={props.choose.reform(|()| (String::new(), String::new()))}>{ words.say("audit-any-day") }</Button>
                }
            </div>
        </form>
    }
}
