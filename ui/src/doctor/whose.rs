//! Whose a note is: the patient with the facts that tell them from others of the same name, and the visit.

use std::collections::HashSet;

use medlane_shared::{
    identity::{FoldedName, RecordNumber, alike, folded},
    ids::PersonId,
    queue::{Label, QueueRow, QueueView},
    records::DraftView,
    time::Timestamp,
};
use yew::prelude::*;

use crate::{
    clock::now,
    i18n::{Words, use_words},
    queue::{details_of, similar_mark},
};

/// The patient and the visit of a note.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Whose {
    /// The patient's name.
    pub name: AttrValue,
    birth_date: Option<String>,
    record_number: Option<RecordNumber>,
    label: Option<Label>,
    /// When the visit began; before that, since when the patient waits.
    at: Option<Timestamp>,
    /// Whether another patient on the screen has a similar name.
    is_similar: bool,
}

impl Whose {
    /// The patient and the visit of a row of the queue.
    #[must_use]
    pub fn of_row(row: &QueueRow) -> Self {
        Self {
            name: row.patient_name.clone().unwrap_or_default().into(),
            birth_date: row.birth_date.clone(),
            record_number: row.record_number,
            label: Some(row.label.clone()),
            at: Some(row.serving_at.unwrap_or(row.waiting_since)),
            is_similar: row.similar_name,
        }
    }

    /// Those of an unsigned note. Without the network the list of notes may lack facts that the queue has.
    #[must_use]
    pub fn of_draft(draft: &DraftView, view: Option<&QueueView>, similar: &HashSet<PersonId>) -> Self {
        let row = view.into_iter().flat_map(QueueView::rows).find(|row| Some(row.id) == draft.ticket_id);
        let seen = row.map(Self::of_row).unwrap_or_default();
        Self {
            name: draft.patient_name.clone().into(),
            birth_date: draft.birth_date.clone().or(seen.birth_date),
            record_number: draft.record_number.or(seen.record_number),
            label: draft.label.clone().or(seen.label),
            // A visit that was sent on may be seen by another doctor since.
            at: draft.visit_at.or(seen.at.filter(|at| *at <= draft.created_at)).or(Some(draft.created_at)),
            is_similar: seen.is_similar || similar.contains(&draft.patient_id),
        }
    }

    /// The same patient's note of another visit, begun at this time.
    #[must_use]
    pub fn of_other_visit(&self, began: Timestamp) -> Self {
        Self { label: None, at: Some(began), ..self.clone() }
    }

    /// The name with the visit: `Kwame Al Lawati, GP-014, 09:12`.
    #[must_use]
    pub fn title(&self, words: Words) -> AttrValue {
        let Some(at) = self.at else { return self.name.clone() };
        let is_today = words.local_day(at) == words.local_day(now());
        let at = if is_today { words.clock(at) } else { format!("{} {}", words.day(at), words.clock(at)) };
        let label = self.label.as_ref().map(ToString::to_string);
        let key = if label.is_some() { "whose-visit" } else { "whose-note" };
        let named = [
            ("name", self.name.as_str().into()),
            ("label", label.as_deref().unwrap_or_default().into()),
            ("at", at.as_str().into()),
        ];
        words.say_with(key, &named)
    }
}

/// The patients of the unsigned notes and of the queue whose names are similar to another one's.
pub(super) fn similar_names(drafts: &[DraftView], view: Option<&QueueView>) -> HashSet<PersonId> {
    let noted = drafts.iter().map(|draft| (draft.patient_id, folded(&draft.patient_name)));
    let rows = view.into_iter().flat_map(QueueView::rows);
    let waits = rows.filter_map(|row| Some((row.patient_id?, folded(row.patient_name.as_ref()?))));
    let people: Vec<(PersonId, FoldedName)> = noted.chain(waits).collect();
    alike(&people)
}

/// The properties of the facts.
#[derive(Properties, PartialEq)]
pub struct FactsProps {
    /// The patient and the visit.
    pub whose: Whose,
}

/// The facts beside the name: the mark of a similar name, age and birth date, record number.
#[component(Facts)]
pub fn facts(props: &FactsProps) -> Html {
    let words = use_words();
    let whose = &props.whose;
    let known = details_of(words, whose.birth_date.as_deref(), whose.record_number, now());
    html! {
        <span data-whose="">
            if whose.is_similar { { similar_mark(words) } }
            { for known.into_iter().enumerate().map(|(n, text)| html! { <span key={n}>if n > 0 { { " · " } }<bdi class="whitespace-nowrap">{ text }</bdi></span> }) }
        </span>
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::ids::{NoteId, TicketId};

    use super::*;

    fn draft(n: u8, name: &str) -> DraftView {
        let at = Timestamp::from_ms(1);
        DraftView {
            id: NoteId::new(at, [n; 10]),
            patient_id: PersonId::new(at, [n; 10]),
            patient_name: name.to_owned(),
            ticket_id: Some(TicketId::new(at, [n; 10])),
            created_at: at,
            birth_date: Some(format!("19{n}0-01-31")),
            record_number: RecordNumber::new(u32::from(n)),
            label: Label::new("GP", u32::from(n)).ok(),
            visit_at: Some(at),
        }
    }

    #[test]
    fn two_notes_for_one_name_are_told_apart() {
        let drafts = [draft(6, "Juan Novak"), draft(7, "Novak Juan"), draft(8, "Kwame Al Lawati")];
        let similar = similar_names(&drafts, None);
        assert_eq!(similar, drafts[..2].iter().map(|draft| draft.patient_id).collect());
        let [one, other, third] = drafts.each_ref().map(|draft| Whose::of_draft(draft, None, &similar));
        assert_eq!([one.is_similar, other.is_similar, third.is_similar], [true, true, false]);
        assert_ne!(
            (&one.birth_date, one.record_number, &one.label),
            (&other.birth_date, other.record_number, &other.label)
        );
        // Several notes of one patient are no similar names.
        assert!(similar_names(&[draft(6, "Juan Novak"), draft(6, "Juan Novak")], None).is_empty());
    }
}
