//! The doctor's unsigned notes of all patients. Each can be opened, completed and signed here.

use std::rc::Rc;

use medlane_shared::{
    api::{ListDrafts, ListNotes},
    fault::Fault,
    ids::{NoteId, PersonId, TicketId},
    queue::QueueView,
    records::{DraftVersions, DraftView, Note, NotesOf},
    sync::Topic,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{
    notes::{Unsigned, leave_to},
    pen::{Of, unsaved_notes, when_unsaved_change},
    whose::{Facts, Whose, similar_names},
};
use crate::{
    backend::{call, use_live},
    i18n::use_words,
    kit::{Button, Item, Steady, alert, types_somewhere, use_next_focus, use_rounds},
};

/// The properties of the list.
#[derive(Properties, PartialEq)]
pub struct UnsignedListProps {
    /// The doctor.
    pub author: Option<PersonId>,
    /// The visits whose notes have their editors above, with their patients.
    pub above: Vec<(TicketId, PersonId)>,
    /// The queue, which may know more of the patients.
    pub view: Option<Rc<QueueView>>,
    /// The notes that are kept here and that the server does not have yet.
    pub pending: Vec<NoteId>,
    /// Grows when the list may have changed.
    pub turn: u32,
    /// Whether the server can be reached.
    pub online: bool,
    /// Called when a note was signed.
    pub signed: Callback<()>,
    /// Called with the number of notes.
    pub count: Callback<usize>,
}

/// The notes to show, with those that only this page has so far, and without those that have their editors above. The
/// note that is open here stays: its field is never taken away while somebody writes in it.
fn listed(
    drafts: &[DraftView],
    unsaved: &[(Of, Note)],
    above: &[(TicketId, PersonId)],
    open: Option<&Note>,
) -> Vec<DraftView> {
    let is_new = |note: &&Note| drafts.iter().all(|draft| draft.id != note.id);
    let is_unsaved = |id: NoteId| unsaved.iter().any(|(_, note)| note.id == id);
    let typed = unsaved.iter().map(|(_, note)| note).filter(is_new).filter_map(DraftView::of);
    let left = open.filter(is_new).filter(|note| !is_unsaved(note.id)).and_then(DraftView::of);
    let elsewhere = |draft: &DraftView| {
        let is_above = |(ticket, patient): &(TicketId, PersonId)| {
            draft.ticket_id == Some(*ticket) || draft.patient_id == *patient
        };
        open.is_some_and(|open| open.id == draft.id) || !above.iter().any(is_above)
    };
    typed.chain(left).chain(drafts.iter().cloned()).filter(elsewhere).collect()
}

/// The list; empty if everything is signed.
#[component(UnsignedList)]
pub fn unsigned_list(props: &UnsignedListProps) -> Html {
    let words = use_words();
    let (drafts, fault) = (use_state(Vec::<DraftView>::new), use_state(|| None::<Fault>));
    let open = use_state(|| None::<Note>);
    let (lists, notes) = (use_rounds(), use_rounds());
    // Grows when a note that only this page had was saved: then the server lists it.
    let saved = use_state(|| 0_u32);
    let held = use_mut_ref(|| 0_usize);
    let latest = use_mut_ref(|| (*saved, props.above.clone()));
    *latest.borrow_mut() = (*saved, props.above.clone());
    let changed = use_force_update();
    use_effect_with((), {
        let saved = saved.setter();
        move |()| {
            when_unsaved_change(Callback::from(move |()| {
                // The notes that are written above are not in the list.
                let (turn, above) = latest.borrow().clone();
                let is_above = |of: &Of| above.iter().any(|(ticket, _)| of.ticket == Some(*ticket));
                let now = unsaved_notes().iter().filter(|(of, _)| !is_above(of)).count();
                if held.replace(now) > now {
                    saved.set(turn + 1);
                } else {
                    changed.force_update();
                }
            }));
            || when_unsaved_change(Callback::noop())
        }
    });
    // Another window has begun, signed or thrown away a note.
    let marks = use_live::<DraftVersions>(props.author.map(|_| Topic::Drafts)).value;
    let there: Option<Vec<NoteId>> = marks.map(|marks| marks.notes.iter().map(|mark| mark.id).collect());
    use_effect_with((props.turn, props.online, props.pending.len(), props.above.clone(), *saved, there), {
        let (drafts, fault) = (drafts.clone(), fault.clone());
        move |_| {
            let round = lists.begin();
            spawn_local(async move {
                match call::<ListDrafts>(&[], &()).await {
                    _ if round.is_over() => {}
                    Ok(page) => {
                        drafts.set(page.items);
                        fault.set(None);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        }
    });
    let unsaved = unsaved_notes();
    let shown = listed(&drafts, &unsaved, &props.above, open.as_ref());
    use_effect_with(shown.len(), {
        let count = props.count.clone();
        move |n| count.emit(*n)
    });
    // Whether the last act was to throw one of them away.
    let is_thrown = use_state(|| false);
    use_effect_with(props.above.clone(), {
        let is_thrown = is_thrown.clone();
        move |_| is_thrown.set(false)
    });
    // Not "Call next": a further Enter must call nobody.
    use_next_focus(shown.len(), ["unsigned", "note", "present", "main"].map(AttrValue::from).to_vec());
    // The note that was asked for, until its chart has loaded.
    let opening = use_state(|| None::<NoteId>);
    // The note that was closed to be kept. It has its row again.
    let kept = use_mut_ref(|| None::<NoteId>);
    use_effect_with(open.as_ref().map(|note| note.id), {
        let kept = kept.clone();
        move |now| {
            if let Some(id) = kept.take().filter(|_| now.is_none() && !types_somewhere()) {
                leave_to(id);
            }
        }
    });
    let view = props.view.as_deref();
    let similar = similar_names(&shown, view);
    let said = html! { if *is_thrown { <p role="status" class="text-sm text-base-content/70" id="unsigned-said">{ words.say("draft-discarded") }</p> } };
    if shown.is_empty() {
        return html! { <>{ alert(words, (*fault).clone()) }{ said }</> };
    }
    let row = |draft: &DraftView| {
        let (id, patient_id) = (draft.id, draft.patient_id);
        let (opened, fault, notes) = (open.clone(), fault.clone(), notes.clone());
        let here = unsaved.iter().find(|(_, note)| note.id == id).map(|(_, note)| note.clone());
        let (was_thrown, asked, kept) = (is_thrown.clone(), opening.clone(), kept.clone());
        let toggle = Callback::from(move |()| {
            let (opened, fault, asked) = (opened.clone(), fault.clone(), asked.clone());
            was_thrown.set(false);
            asked.set(None);
            // A note that was asked for before must not open in place of this one.
            let round = notes.begin();
            if opened.as_ref().is_some_and(|note| note.id == id) {
                kept.replace(Some(id));
                return opened.set(None);
            }
            // The latest text is in this page already.
            if let Some(note) = here.clone() {
                return opened.set(Some(note));
            }
            // This reads the chart, and the audit log records it.
            asked.set(Some(id));
            spawn_local(async move {
                let answer = call::<ListNotes>(&[], &NotesOf { patient_id }).await;
                if round.is_over() {
                    return;
                }
                match answer {
                    Ok(page) => opened.set(page.items.into_iter().find(|note| note.id == id)),
                    Err(refused) => fault.set(Some(refused)),
                }
                asked.set(None);
            });
        });
        let whose = Whose::of_draft(draft, view, &similar);
        let opens = (*opening == Some(id)).then_some("");
        let note = open.as_ref().filter(|note| note.id == id).cloned();
        let body = match note {
            Some(note) => {
                let of = Of { author: props.author, patient: patient_id, ticket: note.ticket_id };
                let signed = {
                    let (signed, open) = (props.signed.clone(), open.clone());
                    Callback::from(move |()| {
                        open.set(None);
                        signed.emit(());
                    })
                };
                let discarded = {
                    let (signed, is_thrown) = (signed.clone(), is_thrown.clone());
                    Callback::from(move |()| {
                        is_thrown.set(true);
                        signed.emit(());
                    })
                };
                html! { <Unsigned {note} {of} {whose} is_open=true {toggle} pending={props.pending.clone()} {signed} {discarded} left={props.signed.clone()} /> }
            }
            None => html! {
                <div class="flex flex-wrap items-center gap-3 py-2" data-opening={opens}>
                    <p class="min-w-0 flex-1"><span class="block font-medium break-words" dir="auto">{ whose.title(words) }</span><span class="text-sm text-base-content/80"><Facts {whose} /></span></p>
                    <Button class="btn-sm" id={format!("open-{id}")} onclick={toggle}>{ words.say("note-open") }</Button>
                </div>
            },
        };
        let html = html! { <li key={id.to_string()} data-row={id.to_string()} data-draft="">{ body }</li> };
        Item {
            key: id.to_string().into(),
            name: draft.patient_name.clone().into(),
            urgent: false,
            pressing: None,
            html,
        }
    };
    html! {
        <section class="card border border-warning/50 bg-base-100 p-4 shadow-sm" id="unsigned" tabindex="-1">
            <h2 class="mb-2 flex items-center justify-between font-semibold">{ words.say("notes-unsigned") }<span class="badge badge-warning badge-soft tabular-nums">{ shown.len() }</span></h2>
            { alert(words, (*fault).clone()) }
            { said }
            <Steady class="max-h-96 divide-y divide-base-200 overflow-y-auto" label={words.say("notes-unsigned")} items={shown.iter().map(row).collect::<Vec<_>>()} />
        </section>
    }
}

#[cfg(test)]
mod tests {
    use medlane_shared::time::Timestamp;

    use super::{super::sample, *};

    fn note(n: u8, patient: u8, ticket: u8) -> (Of, Note) {
        let at = Timestamp::from_ms(1);
        let (author, patient) = (PersonId::new(at, [99; 10]), PersonId::new(at, [patient; 10]));
        let ticket = Some(TicketId::new(at, [ticket; 10]));
        let note = Note {
            patient_id: patient,
            patient_name: format!("Patient {n}"),
            ticket_id: ticket,
            author_id: author,
            text: "typed".to_owned(),
            version: 0,
            ..sample::note(n)
        };
        (Of { author: Some(author), patient, ticket }, note)
    }

    #[test]
    fn what_is_not_saved_yet_is_listed_once_and_the_present_patients_notes_are_not() {
        let all = [note(1, 1, 1), note(2, 2, 2), note(3, 2, 3), note(4, 3, 4)];
        let drafts: Vec<DraftView> = all[..3].iter().filter_map(|(_, note)| DraftView::of(note)).collect();
        let names = |above: &[(TicketId, PersonId)], open: Option<&Note>| -> Vec<String> {
            listed(&drafts, &all[2..], above, open).into_iter().map(|one| one.patient_name).collect()
        };
        assert_eq!(names(&[], None), ["Patient 4", "Patient 1", "Patient 2", "Patient 3"]);
        let (of, second) = &all[1];
        let above: Vec<_> = of.ticket.into_iter().map(|ticket| (ticket, of.patient)).collect();
        assert_eq!(names(&above, None), ["Patient 4", "Patient 1"], "one editor a note");
        assert_eq!(names(&above, Some(second)), ["Patient 4", "Patient 1", "Patient 2"], "it is open here");
        let (_, gone) = note(9, 9, 9);
        assert_eq!(names(&above, Some(&gone)).len(), 3, "a note that was signed elsewhere while it was open");
    }
}
