//! The notes that are kept here, put over the server's lists.

use std::sync::Arc;

use medlane_shared::{
    api::{Call, ListDrafts, ListNotes},
    audit::Read,
    clinic::Page,
    fault::{Code, Fault},
    ids::PersonId,
    records::{ChartNotes, DraftView, Note, NoteState, NotesOf},
    sync::Bucket,
};
use serde::{Serialize, de::DeserializeOwned};

use super::NoteDraft;
use crate::{
    rooms::{Desk, Part, failed},
    session::Request,
};

/// The room's part in a call.
pub(super) fn part(request: &Request) -> Option<Arc<dyn Part>> {
    if request.name == ListDrafts::NAME {
        return Some(Arc::new(Unsigned));
    }
    let is_chart = request.name == ListNotes::NAME;
    let of: NotesOf = is_chart.then(|| serde_json::from_value(request.request.clone()).ok())??;
    Some(Arc::new(Chart(of.patient_id)))
}

/// A patient's notes.
struct Chart(PersonId);

impl Part for Chart {
    fn reads(&self, _me: PersonId) -> Option<Read> {
        Some(Read::Chart(self.0))
    }

    fn away(&self, desk: &mut Desk<'_>) -> Result<String, Fault> {
        let chart = Bucket::Chart(self.0);
        let is_kept = !desk.in_doubt && desk.vault.charts().contains(&chart);
        let mut items = rows(desk, if is_kept { vec![chart] } else { Vec::new() })?;
        items.sort_by_key(|note| std::cmp::Reverse(note.created_at));
        self.with_drafts(desk, ChartNotes { items, partial: !is_kept, ..ChartNotes::default() })
    }

    fn over(&self, answer: String, desk: &mut Desk<'_>) -> Result<String, Fault> {
        self.with_drafts(desk, read(&answer)?)
    }
}

impl Chart {
    fn with_drafts(&self, desk: &Desk<'_>, mut page: ChartNotes) -> Result<String, Fault> {
        for draft in drafts(desk)?.into_iter().filter(|draft| draft.note.patient_id == self.0) {
            overlay(&mut page.items, draft, desk.me);
        }
        written(&page)
    }
}

/// The author's unsigned notes.
struct Unsigned;

impl Part for Unsigned {
    fn reads(&self, me: PersonId) -> Option<Read> {
        Some(Read::Drafts(me))
    }

    fn away(&self, desk: &mut Desk<'_>) -> Result<String, Fault> {
        let charts = if desk.in_doubt { Vec::new() } else { desk.vault.charts() };
        let rows = rows(desk, charts)?;
        let own = rows.iter().filter(|note| note.author_id == desk.me);
        with_unsigned(desk, Page { items: own.filter_map(DraftView::of).collect(), next: None })
    }

    fn over(&self, answer: String, desk: &mut Desk<'_>) -> Result<String, Fault> {
        with_unsigned(desk, read(&answer)?)
    }
}

fn with_unsigned(desk: &Desk<'_>, mut page: Page<DraftView>) -> Result<String, Fault> {
    for draft in drafts(desk)? {
        overlay_unsigned(&mut page.items, draft);
    }
    page.items.sort_by_key(|draft| std::cmp::Reverse(draft.created_at));
    written(&page)
}

/// The drafts to show: those that the server does not have, or all if the clock is in doubt and nothing else may be
/// shown.
fn drafts(desk: &Desk<'_>) -> Result<Vec<NoteDraft>, Fault> {
    let mut drafts: Vec<NoteDraft> = desk.vault.drafts().map_err(failed)?;
    drafts.retain(|draft| desk.in_doubt || !draft.is_settled());
    Ok(drafts)
}

/// The notes of kept charts.
fn rows(desk: &Desk<'_>, charts: Vec<Bucket>) -> Result<Vec<Note>, Fault> {
    let mut rows = Vec::new();
    for chart in charts {
        rows.extend(desk.vault.rows(chart).map_err(failed)?);
    }
    Ok(rows)
}

fn read<T: DeserializeOwned>(answer: &str) -> Result<T, Fault> {
    serde_json::from_str(answer).map_err(|_| Code::Internal.into())
}

fn written(page: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(page).map_err(|_| Code::Internal.into())
}

/// Puts a draft of this computer over the server's version of the note.
fn overlay(notes: &mut Vec<Note>, draft: NoteDraft, author: PersonId) {
    if draft.discard {
        notes.retain(|note| note.id != draft.note.id);
        return;
    }
    let same = |note: &&mut Note| note.id == draft.note.id && note.state == NoteState::Draft;
    // The page shows it as signed, because its writer signed it here: the server gets it signed.
    let (state, signed_at) =
        if draft.sign { (NoteState::Signed, Some(draft.written_at)) } else { (NoteState::Draft, None) };
    if let Some(note) = notes.iter_mut().find(same) {
        note.text = draft.note.text;
        note.id = draft.began;
        (note.state, note.signed_at) = (state, signed_at);
        return;
    }
    notes.insert(
        0,
        Note {
            id: draft.began,
            patient_id: draft.note.patient_id,
            patient_name: draft.patient_name.unwrap_or_default(),
            ticket_id: draft.note.ticket_id,
            author_id: author,
            author_name: None,
            text: draft.note.text,
            state,
            version: draft.note.version,
            sibling_of: None,
            created_at: draft.written_at,
            updated_at: draft.written_at,
            signed_at,
        },
    );
}

/// Puts an unsigned note of this computer over the server's list.
fn overlay_unsigned(items: &mut Vec<DraftView>, draft: NoteDraft) {
    let known = items.iter().position(|item| item.id == draft.note.id);
    let before = known.map(|known| items.remove(known));
    if draft.sign || draft.discard {
        return;
    }
    let item = DraftView {
        id: draft.began,
        patient_id: draft.note.patient_id,
        patient_name: draft.patient_name.unwrap_or_default(),
        ticket_id: draft.note.ticket_id,
        created_at: draft.written_at,
        birth_date: None,
        record_number: None,
        label: None,
        visit_at: None,
    };
    items.push(before.map_or(item, |before| DraftView { id: draft.began, ..before }));
}
