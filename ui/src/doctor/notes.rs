//! The consultation note of the visit, and those before it.

use std::time::Duration;

use gloo_timers::{callback::Timeout, future::sleep};
use medlane_shared::{
    api::ListNotes,
    fault::Fault,
    identity::Me,
    ids::{NoteId, PersonId, TicketId},
    records::{NOTE_MAX_CHARS, Note, NoteSave, NoteSign, NoteState, NotesOf},
    time::Timestamp,
};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::{
    backend::{call, save_note, sign_note},
    i18n::use_words,
    kit::{Button, Card, Kind, TextArea, alert, skeleton},
};

/// Idle time after which a draft is saved.
const SAVE_AFTER_MS: u32 = 1_500;

/// A visit's notes.
#[derive(Properties, PartialEq)]
pub struct NotesProps {
    /// Whose.
    pub patient: PersonId,
    /// The visit's ticket.
    pub ticket: TicketId,
    /// The doctor.
    pub me: Me,
    /// The notes that are kept here and that the server does not have yet.
    pub pending: Vec<NoteId>,
}

/// The draft as it is here.
#[derive(Clone, PartialEq)]
struct Draft {
    id: NoteId,
    text: String,
    version: i64,
    /// As the server last had it.
    saved: String,
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "milliseconds and bytes")]
fn draft_new() -> Draft {
    let random = std::array::from_fn(|_| (js_sys::Math::random() * 256.0) as u8);
    let id = NoteId::new(Timestamp::from_ms(js_sys::Date::now() as i64), random);
    Draft { id, text: String::new(), version: 0, saved: String::new() }
}

/// Writes the visit's note; reads those before.
#[component(Notes)]
pub fn notes(props: &NotesProps) -> Html {
    let words = use_words();
    let (notes, draft) = (use_state(|| None::<Vec<Note>>), use_state(draft_new));
    // What was typed last, for saves that began before.
    let typed = use_mut_ref(draft_new);
    // One save at a time: a second from the same version would stand beside the first as a draft of its own.
    let saving = use_mut_ref(|| false);
    let (busy, fault) = (use_state(|| false), use_state(|| None::<Fault>));
    let timer = use_mut_ref(|| None::<Timeout>);
    let show = {
        let (typed, draft) = (typed.clone(), draft.clone());
        Callback::from(move |next: Draft| {
            *typed.borrow_mut() = next.clone();
            draft.set(next);
        })
    };
    let load = {
        let (notes, fault, show, me) = (notes.clone(), fault.clone(), show.clone(), props.me.person_id);
        Callback::from(move |patient_id: PersonId| {
            let (notes, fault, show) = (notes.clone(), fault.clone(), show.clone());
            spawn_local(async move {
                match call::<ListNotes>(&[], &NotesOf { patient_id }).await {
                    Ok(page) => {
                        let own = page
                            .items
                            .iter()
                            .find(|note| note.state == NoteState::Draft && Some(note.author_id) == me);
                        show.emit(own.map_or_else(draft_new, |note| Draft {
                            id: note.id,
                            text: note.text.clone(),
                            version: note.version,
                            saved: note.text.clone(),
                        }));
                        notes.set(Some(page.items));
                    }
                    Err(refused) => fault.set(Some(refused)),
                }
            });
        })
    };
    use_effect_with(props.patient, {
        let load = load.clone();
        move |patient| load.emit(*patient)
    });
    let save = {
        let (typed, busy, fault, show) = (typed.clone(), busy.clone(), fault.clone(), show.clone());
        let (patient_id, ticket_id) = (props.patient, Some(props.ticket));
        Callback::from(move |sign: bool| {
            let (typed, busy, fault, show) = (typed.clone(), busy.clone(), fault.clone(), show.clone());
            let (load, saving) = (load.clone(), saving.clone());
            spawn_local(async move {
                while saving.replace(true) {
                    sleep(Duration::from_millis(100)).await;
                }
                let now = typed.borrow().clone();
                let request = NoteSave {
                    id: now.id,
                    patient_id,
                    ticket_id,
                    text: now.text.clone(),
                    version: now.version,
                };
                busy.set(true);
                let saved =
                    if now.text == now.saved { Ok((now.id, now.version)) } else { save_note(&request).await };
                let done = match saved {
                    Ok((id, version)) if sign => {
                        let signed = sign_note(&NoteSign { id, version }).await;
                        signed.map(|()| load.emit(patient_id))
                    }
                    Ok((id, version)) => {
                        let text = typed.borrow().text.clone();
                        show.emit(Draft { id, text, version, saved: now.text });
                        Ok(())
                    }
                    Err(refused) => Err(refused),
                };
                fault.set(done.err());
                busy.set(false);
                saving.replace(false);
            });
        })
    };
    // Whoever calls the next patient right after the last word loses none of it.
    use_effect_with((), {
        let (save, typed) = (save.clone(), typed.clone());
        move |()| {
            move || {
                let unsaved = typed.borrow().text != typed.borrow().saved;
                if unsaved {
                    save.emit(false);
                }
            }
        }
    });
    let oninput = {
        let (typed, show, timer, save) = (typed.clone(), show.clone(), timer.clone(), save.clone());
        Callback::from(move |text: String| {
            let next = Draft { text, ..typed.borrow().clone() };
            show.emit(next);
            let save = save.clone();
            *timer.borrow_mut() = Some(Timeout::new(SAVE_AFTER_MS, move || save.emit(false)));
        })
    };
    let sign = {
        let timer = timer.clone();
        Callback::from(move |()| {
            *timer.borrow_mut() = None;
            save.emit(true);
        })
    };
    let Some(all) = &*notes else {
        return html! { <Card title={words.say("note")}>{ alert(words, (*fault).clone()) }if fault.is_none() { { skeleton(words) } }</Card> };
    };
    let standing = if *busy {
        "note-saving"
    } else if draft.text != draft.saved {
        "note-unsaved"
    } else if props.pending.contains(&draft.id) {
        "note-pending"
    } else if draft.version > 0 {
        "note-saved"
    } else {
        "note-empty"
    };
    html! {
        <Card title={words.say("note")}>
            { alert(words, (*fault).clone()) }
            <TextArea name="note" label={words.say("note-label")} rows=8 max={NOTE_MAX_CHARS} value={draft.text.clone()} {oninput} />
            <div class="flex items-center gap-3">
                <p class="flex-1 text-sm text-base-content/70" role="status" id="note-standing" data-standing={standing}>{ words.say(standing) }</p>
                <Button kind={Kind::Primary} id="note-sign" busy={*busy} disabled={draft.text.trim().is_empty()} onclick={sign}>{ words.say("note-sign") }</Button>
            </div>
            { for all.iter().filter(|note| note.id != draft.id).map(|note| html! {
                <details key={note.id.to_string()} class="collapse-arrow collapse border border-base-300" data-note={note.id.to_string()}>
                    <summary class="collapse-title text-sm font-medium">
                        { words.day(note.created_at) }{ " · " }
                        { words.say(if note.state == NoteState::Signed { "note-signed" } else { "note-draft" }) }
                    </summary>
                    <div class="collapse-content whitespace-pre-wrap" dir="auto">{ &note.text }</div>
                </details>
            }) }
        </Card>
    }
}
