//! The live activity of the clinic.

use medlane_shared::{
    audit::{Activity, AuditEntry, Outcome},
    ids::PersonId,
    sync::Topic,
};
use yew::prelude::*;

use crate::{
    backend::use_live,
    i18n::{Words, use_words},
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

/// The properties of [`Entries`].
#[derive(Properties, PartialEq)]
pub struct EntriesProps {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// Somebody's name was pressed. Without it, names are text.
    #[prop_or_default]
    pub follow: Option<Callback<Followed>>,
}

/// Whose entries are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Followed {
    /// What a person did.
    Person(PersonId, String),
    /// What concerns a patient.
    Patient(PersonId, String),
}

/// A name, which can be pressed where entries can be followed.
fn named(name: &str, to: Option<Followed>, follow: Option<&Callback<Followed>>) -> Html {
    match to.zip(follow) {
        Some((to, follow)) => {
            let onclick = follow.reform(move |_: MouseEvent| to.clone());
            html! { <button type="button" class="link link-hover text-start" {onclick}><bdi>{ name }</bdi></button> }
        }
        None => html! { <bdi>{ name }</bdi> },
    }
}

/// The refused call, because the action itself only says that something was refused.
fn refused_call(entry: &AuditEntry) -> String {
    let target = entry.target.strip_prefix("call:").unwrap_or(&entry.target);
    if entry.action == "access.refused" { format!(" {target}") } else { String::new() }
}

/// The name before and after, where somebody changed theirs: other entries show the present one.
fn renamed(entry: &AuditEntry) -> Html {
    let name = entry.detail.as_ref().and_then(|detail| detail.get("name"));
    let part = |key| name.and_then(|name| name.get(key)).and_then(|text| text.as_str());
    match (part("was"), part("is")) {
        (Some(was), Some(is)) => {
            html! { <span class="block text-xs"><bdi>{ was }</bdi>{ " → " }<bdi>{ is }</bdi></span> }
        }
        _ => html! {},
    }
}

/// The patient whom an entry concerns, and the patients that it showed beside: some by name, the rest as a number.
fn patients(words: Words, entry: &AuditEntry, follow: Option<&Callback<Followed>>) -> Html {
    let patient = |id, name: &String| named(name, Some(Followed::Patient(id, name.clone())), follow);
    let concerned = entry.patient_id.zip(entry.patient_name.as_ref()).map(|(id, name)| patient(id, name));
    // Whom else it is about: a member of staff, or a patient who asked for something themselves.
    let is_shown = || entry.shown.iter().any(|one| Some(one.id) == entry.about());
    let about = || entry.target_name.as_ref().filter(|_| entry.about() != entry.person_id && !is_shown());
    let first = concerned.or_else(|| about().map(|name| named(name, None, None)));
    let shown = entry.shown.iter().filter(|one| entry.patient_id != Some(one.id));
    let shown = shown.filter_map(|one| Some(patient(one.id, one.name.as_ref()?)));
    let all: Vec<Html> = first.into_iter().chain(shown).collect();
    let told = entry.shown.iter().filter(|one| one.name.is_some()).count();
    let rest = entry.shown_count.saturating_sub(u32::try_from(told).unwrap_or(u32::MAX));
    html! {
        <>
            { for all.into_iter().enumerate().map(|(n, one)| html! { <>{ if n > 0 { " · " } else { "" } }{ one }</> }) }
            if rest > 0 { { " " }{ words.say_with("shown-more", &[("n", rest.into())]) } }
        </>
    }
}

/// Entries of the audit log, as a table.
#[component(Entries)]
pub fn entries(props: &EntriesProps) -> Html {
    let words = use_words();
    let row = |entry: &AuditEntry| {
        let nobody = || words.say(if entry.device_id.is_some() { "a-device" } else { "the-system" });
        let who = match entry.person_id.zip(entry.person_name.clone()) {
            Some((id, name)) => named(&name.clone(), Some(Followed::Person(id, name)), props.follow.as_ref()),
            None => html! { <bdi>{ nobody() }</bdi> },
        };
        let (key, tone) = match entry.outcome {
            Outcome::Success => ("outcome-done", "badge-success"),
            Outcome::Refused => ("outcome-refused", "badge-warning"),
        };
        html! {
            <tr key={entry.seq} data-seq={entry.seq.to_string()} data-action={entry.action.clone()}>
                <td class="tabular-nums text-base-content/70">{ entry.seq }</td>
                <td class="whitespace-nowrap tabular-nums">{ words.day(entry.at) }</td>
                <td>
                    { who }
                    if let Some(role) = entry.role {
                        <span class="block text-xs text-base-content/70">{ words.of_code("role", role.text()) }</span>
                    }
                    if let Some(right) = &entry.right {
                        <span class="block text-xs text-base-content/70" data-right={right.by.text()}>{ words.of_code("right", right.by.text()) }</span>
                    }
                </td>
                <td>{ words.of_code("action", &entry.action) }<code dir="ltr">{ refused_call(entry) }</code>{ renamed(entry) }</td>
                <td>{ patients(words, entry, props.follow.as_ref()) }</td>
                <td><span class={classes!("badge", "badge-soft", "badge-sm", tone)}>{ words.say(key) }</span></td>
            </tr>
        }
    };
    html! {
        <div class="overflow-x-auto" tabindex="0" role="region" aria-label={words.say("tab-audit")}>
            <table class="table table-sm">
                <thead><tr>
                    { for ["column-number", "column-at", "column-who", "column-action", "column-patient", "column-outcome"].into_iter().map(|key| html! { <th key={key} scope="col">{ words.say(key) }</th> }) }
                </tr></thead>
                <tbody>{ for props.entries.iter().map(row) }</tbody>
            </table>
        </div>
    }
}
