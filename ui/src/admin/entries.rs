//! Entries of the audit log as a table, by days.

use medlane_shared::{
    audit::{AuditChange, AuditEntry, Outcome},
    ids::PersonId,
};
use yew::prelude::*;

use crate::i18n::{Words, use_words};

/// More changes than this are folded.
const CHANGES: usize = 3;

/// The properties of [`Entries`].
#[derive(Properties, PartialEq)]
pub struct EntriesProps {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// The time zone of the times; empty for that of the page.
    #[prop_or_default]
    pub zone: AttrValue,
    /// Somebody's name was pressed. Without it, names are text.
    #[prop_or_default]
    pub follow: Option<Callback<Followed>>,
    /// The rest of a list of patients is wanted: the number of the entry, and how many it showed.
    #[prop_or_default]
    pub whole: Option<Callback<(i64, u32)>>,
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

/// The key of a field's name where its path gives none.
const NAMES: &[(&str, &str)] = &[
    ("duration_min", "duration"),
    ("given", "given-by"),
    ("state", "change-state"),
    ("walk_in", "walk-in-may"),
    ("policy.remote_join", "remote-join"),
    ("policy.opening", "opening"),
    ("policy.messages", "board-messages"),
    ("policy.calls_max", "policy-calls"),
    ("policy.recall_after_s", "policy-recall"),
    ("policy.undo_s", "policy-undo"),
    ("policy.return_min", "policy-return"),
    ("policy.urgent.head_start_min", "policy-urgent-start"),
];

/// A value in words, if it is a code.
fn value(words: Words, field: &str, text: &str) -> String {
    let said = |of: &str| {
        let key = format!("{of}-{text}");
        let said = words.say(&key);
        if *said == *key { text.to_owned() } else { said.to_string() }
    };
    match (field, text) {
        ("roles", _) => said("role"),
        ("door", "closed") => words.say("door-close").to_string(),
        ("standing" | "state" | "door" | "gender" | "priority", _) => said(field),
        ("channels", _) => said("channel"),
        ("proven", "email") => words.say("email").to_string(),
        ("proven", _) => words.say("phone").to_string(),
        ("walk_in" | "policy.remote_join", _) => words.say(text).to_string(),
        ("birth_date", _) => words.date(text),
        ("policy.opening", _) => text.split_once(' ').map_or_else(
            || text.to_owned(),
            |(day, hours)| format!("{} {hours}", words.say(&format!("weekday-{day}"))),
        ),
        _ => text.to_owned(),
    }
}

/// What a field was, and what it became.
fn change(words: Words, change: &AuditChange) -> Html {
    let of = |values: &[String]| {
        let values: Vec<String> = values.iter().map(|text| value(words, &change.field, text)).collect();
        if values.is_empty() { "–".to_owned() } else { words.list(values).to_string() }
    };
    let name = NAMES.iter().find(|(field, _)| *field == change.field);
    let name = name.map_or_else(|| words.field(&change.field), |(_, key)| words.say(key));
    let (was, is) = (of(&change.was), of(&change.is));
    let said = [("field", name.as_str().into()), ("was", was.as_str().into()), ("is", is.as_str().into())];
    html! { <span class="block text-xs break-words" data-change={change.field.clone()}>{ words.say_with("audit-change", &said) }</span> }
}

/// What an act changed; many changes are folded.
fn changes(words: Words, entry: &AuditEntry) -> Html {
    let all = entry.changes.iter().map(|one| change(words, one));
    if entry.changes.len() <= CHANGES {
        return html! { <>{ for all }</> };
    }
    html! {
        <details class="text-xs">
            <summary class="cursor-pointer py-1">{ words.say_with("audit-changes", &[("n", entry.changes.len().into())]) }</summary>
            { for all }
        </details>
    }
}

/// The patient whom an entry concerns, and the patients that it showed beside: some by name, the rest as a number.
fn patients(words: Words, entry: &AuditEntry, props: &EntriesProps) -> Html {
    let patient =
        |id, name: &String| named(name, Some(Followed::Patient(id, name.clone())), props.follow.as_ref());
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
    let said = words.say_with("shown-more", &[("n", rest.into())]);
    let open = props.whole.as_ref().map(|whole| {
        let one = (entry.seq, entry.shown_count);
        whole.reform(move |_: MouseEvent| one)
    });
    html! {
        <>
            { for all.into_iter().enumerate().map(|(n, one)| html! { <>{ if n > 0 { " · " } else { "" } }{ one }</> }) }
            if rest > 0 {
                { " " }
                if let Some(onclick) = open { <button type="button" class="link text-start" data-more="" {onclick}>{ said }</button> }
                else { { said } }
            }
        </>
    }
}

fn row(words: Words, entry: &AuditEntry, props: &EntriesProps) -> Html {
    let nobody = || words.say(if entry.device_id.is_some() { "a-device" } else { "the-system" });
    let who = match entry.person_id.zip(entry.person_name.as_ref()) {
        Some((id, name)) => named(name, Some(Followed::Person(id, name.clone())), props.follow.as_ref()),
        None => html! { <bdi>{ nobody() }</bdi> },
    };
    let (key, tone) = match entry.outcome {
        Outcome::Success => ("outcome-done", "badge-success"),
        Outcome::Refused => ("outcome-refused", "badge-warning"),
    };
    // On a phone an entry is a card: who and when, what, about whom.
    html! {
        <tr key={entry.seq} data-seq={entry.seq.to_string()} data-action={entry.action.clone()}
            class="max-md:grid max-md:grid-cols-[auto_1fr_auto] max-md:gap-x-3 max-md:gap-y-1 max-md:border-b max-md:border-base-300 max-md:py-3 max-md:*:border-0 max-md:*:p-0">
            <td class="tabular-nums text-base-content/70 max-md:order-last">{ entry.seq }</td>
            <td class="whitespace-nowrap tabular-nums"><time datetime={entry.at.to_string()}>{ words.clock(entry.at) }</time></td>
            <td class="md:min-w-32">
                { who }
                if let Some(role) = entry.role {
                    <span class="block text-xs text-base-content/70">{ words.of_code("role", role.text()) }</span>
                }
                if let Some(right) = &entry.right {
                    <span class="block text-xs text-base-content/70" data-right={right.by.text()}>{ words.of_code("right", right.by.text()) }</span>
                }
            </td>
            <td class="max-md:order-2 max-md:col-span-3">{ words.of_code("action", &entry.action) }<code dir="ltr">{ refused_call(entry) }</code>{ changes(words, entry) }</td>
            <td class="max-md:order-3 max-md:col-span-2">{ patients(words, entry, props) }</td>
            <td class="max-md:order-1"><span class={classes!("badge", "badge-soft", "badge-sm", tone)}>{ words.say(key) }</span></td>
        </tr>
    }
}

/// Entries of the audit log, as a table: the day above its entries.
#[component(Entries)]
pub fn entries(props: &EntriesProps) -> Html {
    let mut words = use_words();
    if !props.zone.is_empty() {
        words = words.in_zone(&props.zone);
    }
    let mut days: Vec<(String, Vec<Html>)> = Vec::new();
    for entry in &props.entries {
        let day = words.local_day(entry.at);
        let row = row(words, entry, props);
        match days.last_mut() {
            Some((last, rows)) if *last == day => rows.push(row),
            _ => days.push((day, vec![row])),
        }
    }
    let columns =
        ["column-number", "column-at", "column-who", "column-action", "column-patient", "column-outcome"];
    html! {
        <div class="overflow-x-auto" tabindex="0" role="region" aria-label={words.say("tab-audit")}>
            if let Some(zone) = words.zone() { <p class="pb-2 text-sm text-base-content/70" data-zone={zone}>{ words.say_with("audit-zone", &[("zone", zone.into())]) }</p> }
            <table class="table table-sm max-md:block">
                <thead class="max-md:sr-only"><tr>
                    { for columns.into_iter().map(|key| html! { <th key={key} scope="col">{ words.say(key) }</th> }) }
                </tr></thead>
                { for days.into_iter().map(|(day, rows)| html! {
                    <tbody key={day.clone()} class="max-md:block" data-day={day.clone()}>
                        <tr class="max-md:block"><th scope="rowgroup" colspan="6" class="bg-base-200 max-md:block">{ words.date(&day) }</th></tr>
                        { for rows }
                    </tbody>
                }) }
            </table>
        </div>
    }
}
