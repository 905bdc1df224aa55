//! What a check of the chain found.

use medlane_shared::audit::{AuditVerdict, BadRange, Tampering};
use yew::prelude::*;

use crate::i18n::{Words, use_words};

/// The properties of [`Verdict`].
#[derive(Properties, PartialEq)]
pub struct VerdictProps {
    /// What was found.
    pub verdict: AuditVerdict,
}

/// The notice.
#[component(Verdict)]
pub fn verdict_notice(props: &VerdictProps) -> Html {
    let words = use_words();
    let verdict = &props.verdict;
    let (entries, checkpoints, anchored) = (verdict.entries, verdict.checkpoints, verdict.anchored);
    match &verdict.first_bad {
        None => html! {
            <p role="status" id="verdict" data-ok="true" class="alert alert-success alert-soft">
                { words.say_with("verdict-ok", &[("entries", entries.into()), ("checkpoints", checkpoints.into()), ("anchored", anchored.into())]) }
            </p>
        },
        Some(bad) => {
            let what = words.say(&format!("tampering-{}", bad.tampering.text()));
            let class = classes!(
                "alert",
                "items-start",
                if verdict.is_recorded() { "alert-warning" } else { "alert-error" }
            );
            html! {
                <div role="alert" id="verdict" data-ok="false" data-code={bad.tampering.text()} class={class}>
                    <div class="flex flex-col gap-1">
                        <p>
                            if verdict.is_recorded() { { words.say("verdict-recorded") } }
                            else { { words.say_with("verdict-bad", &[("seq", bad.seq.into()), ("what", what.as_str().into())]) } }
                            { " " }<code dir="ltr">{ bad.tampering.text() }</code>
                        </p>
                        <ul class="list-disc ps-5">{ for verdict.bad.iter().map(|bad| html! { <li>{ finding(words, bad) }</li> }) }</ul>
                        <p>{ words.say_with("verdict-holds", &[("runs", runs(verdict).as_str().into())]) }</p>
                    </div>
                </div>
            }
        }
    }
}

/// The entries that hold, as `1–4, 9–20`.
fn runs(verdict: &AuditVerdict) -> String {
    let runs: Vec<String> = verdict.holding().iter().map(|(from, upto)| format!("{from}–{upto}")).collect();
    if runs.is_empty() { "–".to_owned() } else { runs.join(", ") }
}

/// One finding, and since when the log records it.
fn finding(words: Words, bad: &BadRange) -> String {
    let what = words.say(&format!("tampering-{}", bad.tampering.text()));
    let range = [("from", bad.from.into()), ("upto", bad.upto.into())];
    let entry = words.say_with("verdict-entry", &[("seq", bad.seq.into()), ("what", what.as_str().into())]);
    let mut said = vec![entry.to_string()];
    if bad.tampering.is_of_entries() {
        said.push(words.say_with("verdict-unproven", &range).to_string());
    } else if bad.tampering == Tampering::RolledBack {
        said.push(words.say_with("verdict-lost", &range).to_string());
    }
    if let (Some(entry), Some(at)) = (bad.recorded, bad.recorded_at) {
        let at = words.day(at);
        let since = words.say_with("verdict-since", &[("entry", entry.into()), ("at", at.as_str().into())]);
        said.push(since.to_string());
    }
    said.join(" ")
}
