//! The doctor's unsigned notes of all patients. Each can be opened, completed and signed here.

use medlane_shared::{
    api::{ListDrafts, ListNotes},
    fault::Fault,
    ids::{NoteId, PersonId, TicketId},
    records::{DraftView, Note, NotesOf},
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{notes::Unsigned, pen::Of};
use crate::{
    backend::call,
    i18n::use_words,
    kit::{Button, Item, Steady, alert},
};

/// The properties of the list.
#[derive(Properties, PartialEq)]
pub struct UnsignedListProps {
    /// The doctor.
    pub author: Option<PersonId>,
    /// The ticket of the present visit, whose note is written above.
    pub ticket: Option<TicketId>,
    /// The notes that this computer stores and the server does not have yet.
    pub pending: Vec<NoteId>,
    /// Grows when the list may have changed.
    pub turn: u32,
    /// Whether the server can be reached.
    pub online: bool,
    /// Called when a note was signed.
    pub signed: Callback<()>,
}

/// The list; empty if everything is signed.
#[component(UnsignedList)]
pub fn unsigned_list(props: &UnsignedListProps) -> Html {
    let words = use_words();
    let (drafts, fault) = (use_state(Vec::<DraftView>::new), use_state(|| None::<Fault>));
    let open = use_state(|| None::<Note>);
    use_effect_with((props.turn, props.online, props.pending.len(), props.ticket), {
        let (drafts, fault) = (drafts.clone(), fault.clone());
        move |_| {
            spawn_local(async move {
                match call::<ListDrafts>(&[], &()).await {
                    Ok(page) => {
                        drafts.set(page.items);
                        fault.set(None);
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        }
    });
    let shown: Vec<&DraftView> =
        drafts.iter().filter(|draft| draft.ticket_id.is_none() || draft.ticket_id != props.ticket).collect();
    if shown.is_empty() {
        return alert(words, (*fault).clone());
    }
    let row = |draft: &DraftView| {
        let (id, patient_id) = (draft.id, draft.patient_id);
        let (opened, fault) = (open.clone(), fault.clone());
        let toggle = Callback::from(move |()| {
            let (opened, fault) = (opened.clone(), fault.clone());
            if opened.as_ref().is_some_and(|note| note.id == id) {
                return opened.set(None);
            }
            // This reads the chart, so the audit log gets an entry.
            spawn_local(async move {
                match call::<ListNotes>(&[], &NotesOf { patient_id }).await {
                    Ok(page) => opened.set(page.items.into_iter().find(|note| note.id == id)),
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        });
        let name = AttrValue::from(draft.patient_name.clone());
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
                html! { <Unsigned {note} {of} {name} is_open=true {toggle} pending={props.pending.clone()} {signed} /> }
            }
            None => html! {
                <div class="flex flex-wrap items-center gap-3 py-2">
                    <p class="min-w-0 flex-1"><span class="font-medium" dir="auto">{ name }</span><span class="ms-2 text-sm text-base-content/70">{ words.day(draft.created_at) }</span></p>
                    <Button class="btn-sm" id={format!("open-{id}")} onclick={toggle}>{ words.say("note-open") }</Button>
                </div>
            },
        };
        let html = html! { <li key={id.to_string()} data-row={id.to_string()} data-draft="">{ body }</li> };
        Item { key: id.to_string().into(), name: draft.patient_name.clone().into(), urgent: false, html }
    };
    html! {
        <section class="card border border-warning/50 bg-base-100 p-4 shadow-sm" id="unsigned">
            <h2 class="mb-2 flex items-center justify-between font-semibold">{ words.say("notes-unsigned") }<span class="badge badge-warning badge-soft tabular-nums">{ shown.len() }</span></h2>
            { alert(words, (*fault).clone()) }
            <Steady class="max-h-96 divide-y divide-base-200 overflow-y-auto" label={words.say("notes-unsigned")} items={shown.into_iter().map(row).collect::<Vec<_>>()} />
        </section>
    }
}
