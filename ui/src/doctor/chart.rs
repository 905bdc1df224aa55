//! The notes of a patient's chart: read when the visit opens, and again when they change.

use std::rc::Rc;

use medlane_shared::{
    api::ListNotes,
    fault::Fault,
    ids::{PersonId, TicketId},
    records::{ChartMoves, ChartNotes, Note, NoteState, NotesOf},
    sync::Topic,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::pen::page_changes;
use crate::{
    backend::{call, use_live},
    i18n::Words,
    kit::{listen, window},
};

/// The notes of a chart as they were read.
#[derive(Clone)]
pub(super) struct Chart {
    pub read: Rc<ChartNotes>,
    /// [`page_changes`] when the read began.
    pub changes: u64,
}

impl PartialEq for Chart {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.read, &other.read)
    }
}

/// The notes of a chart, and a function to read them again. The notes are `None` until they are loaded.
#[hook]
pub(super) fn use_chart(patient: PersonId, online: bool) -> (Option<Chart>, Option<Fault>, Callback<()>) {
    let (chart, fault) = (use_state(|| None::<Chart>), use_state(|| None::<Fault>));
    let load = {
        let (chart, fault) = (chart.clone(), fault.clone());
        Callback::from(move |()| {
            let (chart, fault) = (chart.clone(), fault.clone());
            let changes = page_changes();
            spawn_local(async move {
                match call::<ListNotes>(&[], &NotesOf { patient_id: patient }).await {
                    Ok(read) => {
                        chart.set(Some(Chart { read: Rc::new(read), changes }));
                        fault.set(None);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    use_effect_with(patient, {
        let load = load.clone();
        move |_| load.emit(())
    });
    // Another window may have written on the note, or signed it, while this one was behind it.
    use_effect_with(patient, {
        let load = load.clone();
        move |_| {
            let hears = window().map(|window| listen(&window, "focus", false, move |_| load.emit(())));
            move || drop(hears)
        }
    });
    // Another doctor has begun or signed a note. What was read after that knows of it already.
    let moved = use_live::<ChartMoves>(Some(Topic::Chart(patient))).value.map(|moved| moved.moves);
    let known = chart.as_ref().map(|chart| chart.read.moves);
    use_effect_with((moved, known), {
        let load = load.clone();
        move |(moved, known)| {
            if known.is_some() && moved > known {
                load.emit(());
            }
        }
    });
    // A chart that could not be read is read again once the server can be reached.
    use_effect_with(online, {
        let (load, failed) = (load.clone(), fault.is_some());
        move |online| {
            if *online && failed {
                load.emit(());
            }
        }
    });
    ((*chart).clone(), (*fault).clone(), load)
}

/// What the reader has to know of a chart beside its notes: some may be missing here, or another doctor has begun one.
pub(super) fn chart_said(words: Words, read: &ChartNotes, visit: TicketId, me: Option<PersonId>) -> Html {
    let begun = read.begun.iter().filter(|begun| begun.ticket_id == visit).map(|begun| {
        let at = words.clock(begun.created_at);
        let said = [("doctor", begun.author_name.as_str().into()), ("at", at.as_str().into())];
        html! { <p class="alert alert-info alert-soft" role="status" data-begun="" dir="auto">{ words.say_with("note-begun-by", &said) }</p> }
    });
    let signed = read.items.iter().filter(|note| is_of_others(note, visit, me)).map(|note| {
        let at = words.clock(note.signed_at.unwrap_or(note.updated_at));
        let doctor = note.author_name.as_deref().unwrap_or_default();
        let said = [("doctor", doctor.into()), ("at", at.as_str().into())];
        html! { <p class="alert alert-info alert-soft" role="status" data-signed="" dir="auto">{ words.say_with("note-signed-by", &said) }</p> }
    });
    html! {
        <>
            if read.partial { <p class="alert alert-warning alert-soft" role="status" id="chart-partial">{ words.say("chart-partial") }</p> }
            { for begun }
            { for signed }
        </>
    }
}

/// Whether another author has signed this note of the visit.
fn is_of_others(note: &Note, visit: TicketId, me: Option<PersonId>) -> bool {
    note.state == NoteState::Signed && note.ticket_id == Some(visit) && Some(note.author_id) != me
}

/// A signed note. One that another doctor wrote about the same visit is open.
pub(super) fn signed_note(words: Words, signed: &Note, visit: TicketId, me: Option<PersonId>) -> Html {
    let author = signed.author_name.as_ref().map(|name| html! { <>{ " · " }<bdi>{ name }</bdi></> });
    html! {
        <details key={signed.id.to_string()} open={is_of_others(signed, visit, me)} class="collapse-arrow collapse border border-base-300" data-note={signed.id.to_string()}>
            <summary class="collapse-title text-sm font-medium">{ words.day(signed.created_at) }{ for author }{ " · " }{ words.say("note-signed") }</summary>
            <div class="collapse-content whitespace-pre-wrap" dir="auto">{ &signed.text }</div>
        </details>
    }
}
