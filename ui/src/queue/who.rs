//! How the staff's lists show a patient: who they are, their priority class, and the place that it gives.

use std::rc::Rc;

use medlane_shared::{
    identity::{Age, Gender, PatientView, RecordNumber, age},
    ids::TicketId,
    queue::{Hand, InLinePlace, Label, Priority, QueueRow, QueueView, StepKind, standing},
    time::Timestamp,
};
use yew::prelude::*;

use super::Steps;
use crate::{i18n::Words, kit::Dialog};

/// The key of a gender's name.
#[must_use]
pub const fn gender_key(gender: Gender) -> &'static str {
    match gender {
        Gender::Male => "gender-male",
        Gender::Female => "gender-female",
        Gender::Other => "gender-other",
        Gender::Unknown => "gender-unknown",
    }
}

/// The genders to choose from. The first option is "not stated".
#[must_use]
pub fn genders(words: Words) -> Vec<(AttrValue, AttrValue)> {
    let none = (AttrValue::default(), words.say("gender-none"));
    let all = Gender::ALL.iter().map(|gender| (gender.text().into(), words.say(gender_key(*gender))));
    std::iter::once(none).chain(all).collect()
}

/// The key of a class's name.
#[must_use]
pub const fn class_key(priority: Priority) -> &'static str {
    match priority {
        Priority::Emergency => "priority-emergency",
        Priority::Urgent => "priority-urgent",
        Priority::Normal => "priority-normal",
    }
}

fn age_text(words: Words, born: &str, at: Timestamp) -> Option<AttrValue> {
    Some(match age(born, &words.local_day(at))? {
        Age::Years(n) => words.say_with("age-years", &[("n", n.into())]),
        Age::Months(n) => words.say_with("age-months", &[("n", n.into())]),
    })
}

/// Age, birth date and record number of a patient.
#[must_use]
pub fn details_of(
    words: Words,
    born: Option<&str>,
    record: Option<RecordNumber>,
    at: Timestamp,
) -> Vec<AttrValue> {
    let age = born.and_then(|born| age_text(words, born, at));
    let born = born.map(|born| words.say_with("born", &[("day", words.date(born).as_str().into())]));
    let record = record.map(|number| record_text(words, &number.to_string()));
    [age, born, record].into_iter().flatten().collect()
}

/// The mark of a patient whose name is similar to another one's.
pub fn similar_mark(words: Words) -> Html {
    html! { <span class="badge badge-warning badge-outline badge-sm me-2 font-medium text-base-content" data-similar="">{ "⚠ " }{ words.say("similar-name") }</span> }
}

/// The facts that tell a patient from others: age, gender and record number; with `full` also the birth date.
fn details(words: Words, row: &QueueRow, at: Timestamp, full: bool) -> Vec<AttrValue> {
    let age = row.birth_date.as_deref().and_then(|born| age_text(words, born, at));
    let gender = row.gender.map(|gender| words.say(gender_key(gender)));
    let born = row.birth_date.as_deref().filter(|_| full).map(|born| words.date(born));
    let born = born.map(|born| words.say_with("born", &[("day", born.as_str().into())]));
    let record = row.record_number.map(|number| record_text(words, &number.to_string()));
    [age, gender, born, record].into_iter().flatten().collect()
}

/// A record number with its name.
#[must_use]
pub fn record_text(words: Words, number: &str) -> AttrValue {
    words.say_with("record-number", &[("number", number.into())])
}

/// A patient's record number, and the numbers of the records that were merged into theirs.
pub fn record_texts(words: Words, patient: &PatientView) -> impl Iterator<Item = AttrValue> {
    let own = patient.record_number.map(|number| record_text(words, &number.to_string()));
    let was = |number: &RecordNumber| {
        words.say_with("record-number-was", &[("number", number.to_string().as_str().into())])
    };
    own.into_iter().chain(patient.former_numbers.iter().map(was).collect::<Vec<_>>())
}

/// The facts beside a patient's name. If another patient has a similar name, all facts are shown with a mark. `full`
/// always shows all.
pub fn who(words: Words, row: &QueueRow, at: Timestamp, full: bool) -> Html {
    let details = details(words, row, at, full || row.similar_name);
    html! {
        <>
            if row.similar_name { { similar_mark(words) } }
            { for details.into_iter().enumerate().map(|(n, text)| html! { <span key={n}>if n > 0 { { " · " } }<bdi class="whitespace-nowrap">{ text }</bdi></span> }) }
        </>
    }
}

/// Why staff set a row's class.
pub fn why(words: Words, row: &QueueRow) -> Html {
    let Some(why) = row.priority_why.as_ref().filter(|why| !why.is_empty()) else { return html! {} };
    html! {
        <p class="page-start text-sm break-words" data-why="">
            <span class="me-2 font-semibold">{ words.say(class_key(row.priority)) }{ ": " }</span><bdi>{ why }</bdi>
        </p>
    }
}

/// Where a patient was sent from, by whom, when and why.
pub fn sent_from(words: Words, row: &QueueRow) -> Html {
    let Some(sent) = &row.sent_from else { return html! {} };
    let (key, doctor) = match sent.taken_by.as_ref().map(|taken| (taken.hand, taken.name.as_deref())) {
        Some((Hand::Doctor, Some(name))) => ("from-doctor", name),
        Some((Hand::Desk, _)) => ("from-desk", ""),
        _ => ("from-service", ""),
    };
    let at = words.clock(sent.at);
    let said = [
        ("service", sent.service_name.as_str().into()),
        ("doctor", doctor.into()),
        ("at", at.as_str().into()),
    ];
    html! {
        <p class="page-start text-sm break-words" data-from="">
            <span class="me-2">{ words.say_with(key, &said) }</span>
            { for sent.why.iter().map(|why| html! { <bdi class="block font-medium" data-from-why="">{ why }</bdi> }) }
        </p>
    }
}

/// A row's class, the class that its patient suggested, the day of an older ticket, and that a called patient is on the
/// way. Each has words and a sign, not only a colour.
pub fn marks(words: Words, row: &QueueRow) -> Html {
    let class = match row.priority {
        Priority::Emergency => Some(("badge-error", "‼ ")),
        Priority::Urgent => Some(("badge-warning", "▲ ")),
        Priority::Normal => None,
    };
    let suggested = row.suggested_priority.filter(|suggested| *suggested < row.priority);
    html! {
        <>
            if let Some((tone, sign)) = class {
                <span class={classes!("badge", "badge-soft", "font-semibold", tone)} data-class={class_key(row.priority)}><span aria-hidden="true">{ sign }</span>{ words.say(class_key(row.priority)) }</span>
            }
            if let Some(suggested) = suggested {
                <span class="badge badge-ghost" data-suggested="">{ words.say_with("suggested", &[("class", words.say(class_key(suggested)).to_lowercase().as_str().into())]) }</span>
            }
            if let Some(at) = row.on_way_at {
                <span class="badge badge-success badge-soft font-medium" data-on-way=""><span aria-hidden="true">{ "➜ " }</span>{ words.say_with("on-the-way-at", &[("at", words.clock(at).as_str().into())]) }</span>
            }
            if let Some(day) = &row.earlier_day {
                <span class="badge badge-ghost" data-earlier="">{ words.say_with("earlier-day", &[("day", words.date(day).as_str().into())]) }</span>
            }
        </>
    }
}

/// The coloured edge of a row, by its class.
#[must_use]
pub const fn edge(priority: Priority) -> Option<&'static str> {
    match priority {
        Priority::Emergency => Some("border-s-8 border-s-error"),
        Priority::Urgent => Some("border-s-4 border-s-warning"),
        Priority::Normal => None,
    }
}

/// A place in words: `3 of 28`.
#[must_use]
pub fn place_text(words: Words, place: InLinePlace) -> AttrValue {
    words.say_with("place-of", &[("n", place.place.into()), ("of", place.of.into())])
}

/// A priority that was just set. The page says what place it gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The ticket.
    pub id: TicketId,
    /// Their label.
    pub label: Label,
    /// The class that was set.
    pub priority: Priority,
    /// The version that the step made. A later step ends the notice.
    pub version: i64,
    /// The place before.
    pub before: InLinePlace,
}

/// The properties of the sentence about a priority.
#[derive(Properties, PartialEq)]
pub struct PlacedSaidProps {
    /// The last priority that was set.
    pub steps: Steps,
    /// The queue.
    pub view: Option<Rc<QueueView>>,
}

/// The place that the last priority gave, once the queue shows it. The sentence says what was then: its figures stay
/// when others come or go.
#[component(PlacedSaid)]
pub fn placed_said(props: &PlacedSaidProps) -> Html {
    let words = crate::i18n::use_words();
    let then = use_mut_ref(|| None::<(TicketId, i64, InLinePlace)>);
    let Some((placed, view)) = props.steps.placed.as_ref().zip(props.view.as_deref()) else {
        return html! {};
    };
    let is_it =
        |row: &&QueueRow| (row.id, row.version, row.priority) == (placed.id, placed.version, placed.priority);
    let row = view.waiting.iter().find(is_it);
    let Some(row) = row else { return html! {} };
    let known = then.borrow().filter(|(id, version, _)| (*id, *version) == (placed.id, placed.version));
    let now = known.map_or_else(|| standing(view, row, row.priority), |(.., then)| then);
    then.replace(Some((placed.id, placed.version, now)));
    let said = [
        ("label", placed.label.to_string().as_str().into()),
        ("class", words.say(class_key(placed.priority)).as_str().into()),
        ("before", placed.before.place.into()),
        ("n", now.place.into()),
        ("of", now.of.into()),
        ("service", row.service_name.as_str().into()),
    ];
    html! { <p role="status" id="placed" class="alert alert-info alert-soft mb-4">{ words.say_with("placed", &said) }</p> }
}

/// The properties of the question about similar names.
#[derive(Properties, PartialEq)]
pub struct AskWhoProps {
    /// The steps that ask it.
    pub steps: Steps,
    /// The server's time.
    pub at: Timestamp,
}

/// Asks with name, birth date and record number. Nothing else can be done meanwhile.
#[component(AskWho)]
pub fn ask_who(props: &AskWhoProps) -> Html {
    let words = crate::i18n::use_words();
    let asked = props.steps.asked.clone();
    let Some((row, request)) = asked else { return html! {} };
    let (question, yes) = match request.step {
        StepKind::Serve => ("ask-who-serve", "ask-who-serve-yes"),
        StepKind::Cancel => ("ask-who-cancel", "ask-who-cancel-yes"),
        StepKind::NoShow => ("ask-who-no-show", "ask-who-no-show-yes"),
        StepKind::Park => ("ask-who-park", "step-park"),
        StepKind::Transfer => ("ask-who-transfer", "step-transfer"),
        _ => ("ask-who", "ask-who-yes"),
    };
    let settle = |yes: bool| {
        let settle = props.steps.settle.clone();
        Callback::from(move |()| settle.emit(yes))
    };
    let title = words.say_with(question, &[("label", row.label.to_string().as_str().into())]);
    html! {
        <Dialog key={row.id.to_string()} id="ask-who" {title} acts={vec![(words.say(yes), settle(true))]} stay={words.say("back")} close={settle(false)}>
            <p class="page-start text-xl font-semibold break-words" dir="auto">{ row.patient_name.clone().unwrap_or_default() }</p>
            <p>{ who(words, &row, props.at, true) }</p>
            <p class="text-base-content/80">{ words.say("ask-who-hint") }</p>
        </Dialog>
    }
}
